"""Certificates as each may see them, and the certificates still to be made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import NotFound
from accounts.models import User

from ..enums import CertificateState
from ..models import Certificate, CertificateEvent, Result
from .results import released_results, schools_of

PUBLIC_STATES = (CertificateState.ISSUED, CertificateState.REVOKED, CertificateState.SUPERSEDED)


def awaiting_certificate() -> QuerySet[Result]:
    """Released passes whose holder never had a certificate of that level and edition."""
    known = Certificate.objects.filter(
        person_blind=OuterRef("attempt__registration__candidate__id_blind"),
        level=OuterRef("attempt__registration__session__exam__blueprint__level"),
        edition=OuterRef("attempt__registration__session__exam__blueprint__edition"),
    )
    return released_results().filter(~Exists(known), passed=True, is_current=True)


def stale_reservations(*, older_than_seconds: float, limit: int) -> list[int]:
    """Numbers reserved a while ago and not issued, oldest first."""
    before = timezone.now() - timedelta(seconds=older_than_seconds)
    rows = Certificate.objects.filter(state=CertificateState.RESERVED, reserved_at__lte=before)
    return list(rows.order_by("reserved_at").values_list("pk", flat=True)[:limit])


def stuck_reservations() -> QuerySet[Certificate]:
    """Numbers that workers could not bring to an end within two minutes: a person must look."""
    before = timezone.now() - timedelta(minutes=2)
    rows = Certificate.objects.filter(state=CertificateState.RESERVED, reserved_at__lte=before)
    return rows.select_related("candidate__school").defer("claims").order_by("reserved_at")


def listed() -> QuerySet[Certificate]:
    """Certificates with what a list shows; numbers that are only reserved do not count."""
    return (
        Certificate.objects.filter(state__in=PUBLIC_STATES)
        .select_related(
            "candidate__school", "level", "edition__standard", "result__attempt__registration__session__exam"
        )
        .defer("claims", "edition__source_text", "edition__ledger")
    )


def certificates_for_school(school_ids: list[int]) -> QuerySet[Certificate]:
    """Certificates of the candidates of these schools."""
    return listed().filter(candidate__school__in=school_ids)


def certificates_for_officer(user: User) -> QuerySet[Certificate]:
    """Certificates an officer may see."""
    return certificates_for_school(schools_of(user))


def own_certificates(user: User) -> QuerySet[Certificate]:
    """A candidate's own certificates."""
    return listed().filter(candidate__user=user)


def get_certificate(rows: QuerySet[Certificate], number: str) -> Certificate:
    """One of the rows by number, or NotFound."""
    certificate = rows.filter(number=number[:32]).first()
    if certificate is None:
        raise NotFound("certificate_unknown", _("没有这张证书。"))
    return certificate


def pending_revocation(certificate: Certificate) -> CertificateEvent | None:
    """The request to revoke that nobody has decided yet."""
    latest: Any = (
        CertificateEvent.objects.filter(
            certificate=certificate, kind__in=["revoke_ask", "revoke_no", "revoked"]
        )
        .order_by("-id")
        .first()
    )
    return latest if latest is not None and latest.kind == "revoke_ask" else None


def pending_revocations() -> QuerySet[CertificateEvent]:
    """All requests to revoke that wait for a second person."""
    later = CertificateEvent.objects.filter(
        certificate=OuterRef("certificate"), id__gt=OuterRef("id"), kind__in=["revoke_no", "revoked"]
    )
    return (
        CertificateEvent.objects.filter(
            ~Exists(later), kind="revoke_ask", certificate__state=CertificateState.ISSUED
        )
        .select_related("certificate__candidate")
        .order_by(F("id").desc())
    )
