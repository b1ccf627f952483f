"""Certificates: the candidate's own, the school's list and archive, the examiner's register."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Refusal
from accounts.services import audit

from ..certificates.claims import parse_intent
from ..certificates.numbers import parse_number
from ..enums import CertificateState
from ..models import Certificate, CertificateFile
from ..queries.certificates import (
    certificates_for_officer,
    get_certificate,
    listed,
    own_certificates,
    pending_revocation,
    pending_revocations,
    stuck_reservations,
)
from ..services import certificates

PAGE = 50
ARCHIVE_LIMIT = 5000


def pdf_response(certificate: Certificate) -> HttpResponse:
    """The signed file; only while the certificate holds."""
    if certificate.state != CertificateState.ISSUED:
        raise Refusal(
            "certificate_not_valid",
            _("这张证书已不在有效状态，不提供下载。"),
            hint=_("可在查验页面查看它的状态。"),
        )
    stored = CertificateFile.objects.get(pk=certificate.pk)
    response = HttpResponse(bytes(stored.pdf), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{certificate.number}.pdf"'
    response["ETag"] = f'"{stored.sha256}"'
    response["Cache-Control"] = "private, no-cache"
    return response


def filtered(rows: QuerySet[Certificate], params: Any) -> QuerySet[Certificate]:
    """The filters of the address: state, level, q."""
    if params.get("state") in ("issued", "revoked", "superseded"):
        rows = rows.filter(state=params.get("state"))
    level = str(params.get("level", ""))
    if level.isascii() and level.isdigit():
        rows = rows.filter(level__number=int(level[:4]))
    words = str(params.get("q", "")).strip().replace("\x00", "")[:60]
    if words:
        rows = rows.filter(
            Q(number__istartswith=words.replace(" ", ""))
            | Q(candidate__name__icontains=words)
            | Q(candidate__student_no__istartswith=words)
        )
    return rows.order_by("-issued_at", "-pk")


# ------------------------------------------------------------------ candidate


@allow(Role.CANDIDATE)
@require_GET
def my_certificates(request: HttpRequest) -> HttpResponse:
    """The candidate's certificates, to show and to download."""
    rows = [
        {
            "certificate": entry,
            "claims": parse_intent(entry.claims).claims,
            "spaced": parse_number(entry.number).spaced,
        }
        for entry in own_certificates(request.user).order_by("-issued_at")
    ]
    return render(request, "grading/my_certificates.html", {"rows": rows})


@allow(Role.CANDIDATE)
@require_GET
def my_certificate_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Download one's own certificate."""
    return pdf_response(get_certificate(own_certificates(request.user), number))


# ------------------------------------------------------------------ school


@allow(Role.OFFICER)
@require_GET
def school_certificates(request: HttpRequest) -> HttpResponse:
    """The certificates of the officer's schools."""
    everything = certificates_for_officer(request.user)
    page = Paginator(filtered(everything, request.GET), PAGE).get_page(request.GET.get("page"))
    counts = everything.order_by().aggregate(
        total=Count("pk"), issued=Count("pk", filter=Q(state=CertificateState.ISSUED))
    )
    return render(request, "grading/school_certificates.html", {"page": page, "counts": counts})


@allow(Role.OFFICER)
@require_GET
def school_certificate_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Download one certificate of the school."""
    return pdf_response(get_certificate(certificates_for_officer(request.user), number))


class _Pipe(io.RawIOBase):
    """Collects what the zip writer writes, to be sent on piece by piece."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What came since the last call."""
        data = b"".join(self.parts)
        self.parts.clear()
        return data


@allow(Role.OFFICER)
@require_GET
def school_archive(request: HttpRequest) -> HttpResponseBase:
    """All certificates of the filtered list as one zip file, streamed."""
    rows = filtered(certificates_for_officer(request.user), request.GET).filter(state=CertificateState.ISSUED)
    ids = list(rows.values_list("pk", "number", "candidate__name")[: ARCHIVE_LIMIT + 1])
    if not ids:
        raise Refusal("archive_empty", _("没有可以下载的证书。"), hint=_("请放宽筛选条件。"))
    if len(ids) > ARCHIVE_LIMIT:
        raise Refusal(
            "archive_too_large",
            _("一次至多打包 %(n)d 张证书。") % {"n": ARCHIVE_LIMIT},
            hint=_("请按等级筛选后分批下载。"),
        )
    audit.record(actor=request.user, verb="certificate.export", target=request.user, data={"count": len(ids)})

    def stream() -> Iterator[bytes]:
        pipe = _Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
            for pk, number, name in ids:
                stored = CertificateFile.objects.only("pdf").get(pk=pk)
                safe = "".join(char for char in name if char.isalnum())[:30]
                archive.writestr(f"{number}-{safe}.pdf", bytes(stored.pdf))
                yield pipe.take()
        yield pipe.take()

    response = StreamingHttpResponse(stream(), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="certificates.zip"'
    return response


# ------------------------------------------------------------------ examiner


@allow(Role.EXAMINER)
@require_GET
def certificate_list(request: HttpRequest) -> HttpResponse:
    """The register of certificates, and the requests to revoke that wait."""
    page = Paginator(filtered(listed(), request.GET), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "pending": pending_revocations()[:50], "stuck": stuck_reservations()[:50]}
    return render(request, "grading/certificate_list.html", context)


@allow(Role.EXAMINER)
@require_GET
def certificate_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One certificate: what it says, its log, and its revocation."""
    certificate = get_certificate(listed(), number)
    pending = pending_revocation(certificate)
    context = {
        "certificate": certificate,
        "claims": parse_intent(certificate.claims).claims,
        "spaced": parse_number(certificate.number).spaced,
        "events": certificate.events.all(),
        "pending": pending,
        "mine": pending is not None and pending.data.get("by") == request.user.pk,
        "sha256": CertificateFile.objects.filter(pk=certificate.pk).values_list("sha256", flat=True).first(),
    }
    return render(request, "grading/certificate_detail.html", context)


@allow(Role.EXAMINER)
@require_GET
def certificate_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The signed file, for the examiner."""
    return pdf_response(get_certificate(listed(), number))


@allow(Role.EXAMINER)
@require_POST
def revoke_request(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a revocation."""
    certificates.request_revocation(
        actor=request.user, number=number, reason=str(request.POST.get("reason", ""))
    )
    messages.success(request, _("撤销申请已提交，请另一位考务人员确认。"))
    return redirect("grading:certificate_detail", number)


@allow(Role.EXAMINER)
@require_POST
def revoke_decide(request: HttpRequest, number: str) -> HttpResponse:
    """Confirm or drop it."""
    approve = request.POST.get("decision") == "approve"
    certificates.decide_revocation(actor=request.user, number=number, approve=approve)
    messages.success(request, _("证书已撤销。") if approve else _("撤销申请已驳回。"))
    return redirect("grading:certificate_detail", number)
