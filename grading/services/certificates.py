"""Issue certificates: reserve a number and store the intent, sign and store the file, log it as issued.

Each step is a transaction of its own and can be repeated: what is done is found done. Rendering is
deterministic, so a step that died half way makes the same file again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import Forbidden, Invalid, NotFound, Refusal
from accounts.models import User
from accounts.services import audit

from ..certificates.claims import CertificateIntent, Claims, DomainClaim, new_code, parse_intent
from ..certificates.envelope import seal
from ..certificates.errors import CertificateError
from ..certificates.numbers import make_number
from ..certificates.rendering import TEMPLATE_VERSION, render
from ..enums import CertificateState
from ..models import Certificate, CertificateEvent, CertificateFile, Result
from ..queries.certificates import awaiting_certificate, pending_revocation
from ..queries.profiles import certificate_profile, domain_tallies
from ..rules import plain
from . import keys

log = structlog.get_logger(__name__)
NEXT_NUMBER = """
INSERT INTO grading_certificateseries (prefix, year, level, last) VALUES (%s, %s, %s, 1)
ON CONFLICT (prefix, year, level) DO UPDATE SET last = grading_certificateseries.last + 1
RETURNING last
"""


def prefix() -> str:
    """The issuing body's prefix of certificate numbers."""
    return str(getattr(settings, "CERTIFICATE_PREFIX", "LC"))


def issuer() -> str:
    """The issuing body, as printed and signed."""
    return str(getattr(settings, "CERTIFICATE_ISSUER", "") or "量才职业技能评价中心（演示）")


def verify_url(number: str, code: str) -> str:
    """The public address that the QR code leads to."""
    return f"{settings.SITE_URL}/verify/{number}?c={code}"


# ------------------------------------------------------------------ step 1: number and intent


def reserve_certificate(result_id: int) -> Certificate | None:
    """Give a released, passed result its number and fix what will be signed.

    None when there is nothing to certify: the person holds a certificate of this level and edition (or
    held one that was revoked), or the result is not released, not passed or not current.
    """
    result = (
        awaiting_certificate()
        .filter(pk=result_id)
        .select_related(
            "attempt__registration__candidate",
            "attempt__registration__session__exam__blueprint__edition__standard",
            "attempt__registration__session__exam__blueprint__level",
        )
        .first()
    )
    if result is None:
        return None
    key = keys.active_key()
    try:
        with transaction.atomic():
            if not _still_due(result_id):
                return None
            certificate = _reserve(result, key.kid)
    except IntegrityError:  # another worker was first: the constraint keeps one in force
        return None
    return certificate


def _still_due(result_id: int) -> bool:
    """Lock the result, so that no regrade replaces it meanwhile, and look again: one may just have done so."""
    list(Result.objects.select_for_update(no_key=True).filter(pk=result_id).values_list("pk"))
    return awaiting_certificate().filter(pk=result_id).exists()


def _reserve(result: Result, kid: str) -> Certificate:
    registration = result.attempt.registration
    exam = registration.session.exam
    level = exam.blueprint.level
    now = timezone.localtime()
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER, [prefix(), now.year, level.number])
        running = cursor.fetchone()[0]
    number = str(make_number(prefix=prefix(), year=now.year, level=level.number, running=running))
    intent = _intent(result, number, now)
    certificate = Certificate.objects.create(
        number=number,
        candidate=registration.candidate,
        person_blind=registration.candidate.id_blind,
        edition=exam.blueprint.edition,
        level=level,
        result=result,
        claims=msgspec.to_builtins(intent),
        template=TEMPLATE_VERSION,
        kid_id=kid,
    )
    _log_event(certificate, "reserved", {"result": result.pk})
    audit.record(
        actor=None, verb="certificate.reserve", target=certificate, school=registration.candidate.school
    )
    return certificate


def _intent(result: Result, number: str, now: Any) -> CertificateIntent:
    attempt = result.attempt
    registration = attempt.registration
    exam = registration.session.exam
    blueprint = exam.blueprint
    code = new_code()
    lower = blueprint.edition.levels.filter(number__lt=blueprint.level.number).order_by("number")
    claims = Claims(
        number=number,
        code=code,
        holder=registration.candidate.name,
        id_masked=registration.candidate.id_masked,
        standard=blueprint.edition.standard.title,
        edition=blueprint.edition.label,
        level=blueprint.level.name,
        level_number=blueprint.level.number,
        covers=[level.name for level in lower],
        exam=exam.title,
        passed_on=timezone.localtime(attempt.finished_at).date().isoformat(),
        issued_on=now.date().isoformat(),
        issuer=issuer(),
        total=plain(result.points),
        maximum=plain(result.max_points),
        domains=[
            DomainClaim(
                code=domain.code, name=domain.name, points=plain(domain.points), maximum=plain(domain.maximum)
            )
            for domain in domain_tallies(result)
        ],
        verify_url=verify_url(number, code),
        template=TEMPLATE_VERSION,
    )
    return CertificateIntent(
        claims=claims, profile=certificate_profile(result), created_at=int(now.timestamp())
    )


# ------------------------------------------------------------------ step 2: sign and store


def store_file(certificate: Certificate) -> CertificateFile:
    """Make and store the signed PDF of a reserved certificate, once."""
    stored = CertificateFile.objects.filter(pk=certificate.pk).first()
    if stored is not None:
        return stored
    intent = parse_intent(certificate.claims)
    data = seal(render(intent), intent.claims, keys.signer_for(certificate.kid_id))
    with transaction.atomic():
        current = Certificate.objects.select_for_update().only("pk", "state").get(pk=certificate.pk)
        if current.state != CertificateState.RESERVED:
            return CertificateFile.objects.get(pk=certificate.pk)
        stored, made = CertificateFile.objects.get_or_create(
            certificate=current, defaults={"pdf": data, "sha256": hashlib.sha256(data).hexdigest()}
        )
        if made:
            _log_event(current, "signed", {"kid": certificate.kid_id, "sha256": stored.sha256})
    return stored


# ------------------------------------------------------------------ step 3: issued


@transaction.atomic
def finish_certificate(certificate_id: int) -> bool:
    """A number with a stored file is issued; True if this call did it."""
    certificate = Certificate.objects.select_for_update().defer("claims").get(pk=certificate_id)
    if certificate.state != CertificateState.RESERVED:
        return False
    stored = CertificateFile.objects.filter(pk=certificate_id).only("sha256").first()
    if stored is None:
        return False
    certificate.state = CertificateState.ISSUED
    certificate.issued_at = timezone.now()
    certificate.save(update_fields=["state", "issued_at"])
    _log_event(certificate, "issued", {"sha256": stored.sha256})
    audit.record(actor=None, verb="certificate.issue", target=certificate, data={"sha256": stored.sha256})
    return True


def complete_certificate(certificate: Certificate) -> bool:
    """Steps 2 and 3 for a reserved number; True if this call issued it."""
    store_file(certificate)
    return finish_certificate(certificate.pk)


def issue_for_results(result_ids: Iterable[int]) -> int:
    """All three steps for each result; one that fails is named in the log and holds up no other."""
    issued = 0
    for result_id in result_ids:
        try:
            certificate = reserve_certificate(result_id)
            if certificate is not None:
                issued += complete_certificate(certificate)
        except (CertificateError, Refusal, msgspec.ValidationError) as error:
            log.error("certificate.failed", result=result_id, error=str(error)[:200])
    return issued


def complete_reserved(certificate_ids: Iterable[int]) -> int:
    """Take up certificates that were left between their number and their issue."""
    issued = 0
    for certificate in Certificate.objects.filter(
        pk__in=list(certificate_ids), state=CertificateState.RESERVED
    ):
        try:
            issued += complete_certificate(certificate)
        except (CertificateError, Refusal, msgspec.ValidationError) as error:
            log.error("certificate.failed", certificate=certificate.number, error=str(error)[:200])
    return issued


# ------------------------------------------------------------------ the end of a certificate


def _require_examiner(actor: User) -> None:
    if Role.EXAMINER not in roles_of(actor):
        raise Forbidden("role_required", _("只有考务人员可以撤销证书。"))


def _locked(number: str) -> Certificate:
    certificate = Certificate.objects.select_for_update().defer("claims").filter(number=number).first()
    if certificate is None:
        raise NotFound("certificate_unknown", _("没有编号为 %(number)s 的证书。") % {"number": number})
    if certificate.state != CertificateState.ISSUED:
        raise Refusal("certificate_not_valid", _("这张证书不在有效状态，不能撤销。"))
    return certificate


@transaction.atomic
def request_revocation(*, actor: User, number: str, reason: str) -> Certificate:
    """Ask for a certificate to be revoked; another examiner must confirm."""
    _require_examiner(actor)
    if not reason.strip():
        raise Invalid("reason_missing", _("撤销证书必须写明理由。"))
    certificate = _locked(number)
    if pending_revocation(certificate) is not None:
        raise Refusal("revocation_open", _("这张证书已有待确认的撤销申请。"))
    _log_event(
        certificate, "revoke_ask", {"by": actor.pk, "name": str(actor), "reason": reason.strip()[:1000]}
    )
    audit.record(
        actor=actor, verb="certificate.revoke_request", target=certificate, data={"reason": reason[:1000]}
    )
    return certificate


@transaction.atomic
def decide_revocation(*, actor: User, number: str, approve: bool) -> Certificate:
    """Confirm or drop a request to revoke; never by who asked."""
    _require_examiner(actor)
    certificate = _locked(number)
    request = pending_revocation(certificate)
    if request is None:
        raise Refusal("revocation_none", _("这张证书没有待确认的撤销申请。"))
    if request.data.get("by") == actor.pk:
        raise Refusal(
            "four_eyes",
            _("申请人不能确认自己的撤销申请。"),
            hint=_("请另一位考务人员确认。"),
            status=403,
        )
    reason = str(request.data.get("reason", ""))
    if approve:
        certificate.state = CertificateState.REVOKED
        certificate.ended_at = timezone.now()
        certificate.end_reason = reason
        certificate.save(update_fields=["state", "ended_at", "end_reason"])
    _log_event(certificate, "revoked" if approve else "revoke_no", {"by": actor.pk, "reason": reason})
    audit.record(
        actor=actor,
        verb="certificate.revoke" if approve else "certificate.revoke_reject",
        target=certificate,
        data={"reason": reason},
    )
    return certificate


def _log_event(certificate: Certificate, kind: str, data: dict[str, Any]) -> None:
    CertificateEvent.objects.create(certificate=certificate, kind=kind, data=data)
