"""What may be said in public of a certificate: valid, revoked, superseded, or unknown. Never valid when unsure."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec
import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from ..certificates.claims import Claims, mask_name, parse_intent
from ..certificates.errors import CertificateError
from ..certificates.keys import Keyring
from ..certificates.numbers import parse_number
from ..certificates.verification import Finding, Verdict, verify
from ..enums import CertificateState
from ..models import Certificate

log = structlog.get_logger(__name__)


class Status(StrEnum):
    """The public answer. ``invalid`` is only said of a file: it was altered or is not ours."""

    VALID = "valid"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, its one line, and the claims behind it as far as the asker may see them."""

    status: Status
    line: str
    detail: str = ""
    number: str = ""
    claims: Claims | None = None
    full: bool = False
    issued_at: datetime | None = None
    ended_at: datetime | None = None
    kid: str = ""
    file_sha256: str = ""
    checked_at: datetime | None = None

    @property
    def holder(self) -> str:
        """The name, masked unless the asker has shown the certificate itself."""
        if self.claims is None:
            return ""
        return self.claims.holder if self.full else mask_name(self.claims.holder)

    @property
    def passed_on(self) -> date | None:
        """The claims' day as a date."""
        return date.fromisoformat(self.claims.passed_on) if self.claims else None

    def as_json(self) -> dict[str, Any]:
        """The public JSON of the answer."""
        claims = self.claims
        shown: dict[str, Any] | None = None
        if claims is not None:
            shown = {
                "holder": self.holder,
                "standard": claims.standard,
                "edition": claims.edition,
                "level": claims.level,
                "level_number": claims.level_number,
                "covers": claims.covers,
                "exam": claims.exam,
                "passed_on": claims.passed_on,
                "issued_on": claims.issued_on,
                "issuer": claims.issuer,
            }
            if self.full:
                shown |= {"id_masked": claims.id_masked, "total": claims.total, "maximum": claims.maximum}
        return {
            "status": self.status.value,
            "message": self.line,
            "detail": self.detail,
            "number": self.number,
            "claims": shown,
            "issued_at": self.issued_at.isoformat() if self.issued_at else None,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "kid": self.kid,
            "sha256": self.file_sha256,
            "checked_at": (self.checked_at or timezone.now()).isoformat(),
        }


def _unknown(detail: str, number: str = "") -> Answer:
    return Answer(
        Status.UNKNOWN,
        _("查无此证：本平台不能确认这张证书。"),
        detail,
        number=number,
        checked_at=timezone.now(),
    )


def answer_for_number(text: str, keyring: Keyring, *, code: str = "") -> Answer:
    """What is on record under a number as typed. ``code`` is the 查验码 printed on the certificate."""
    try:
        number = str(parse_number(text))
    except CertificateError as error:
        return _unknown(error.message)
    certificate = Certificate.objects.select_related("file").filter(number=number).first()
    if certificate is None or certificate.state == CertificateState.RESERVED:
        return _unknown(_("没有以此编号签发的证书。请核对编号；刚通过考试的证书可能还在签发。"), number)
    try:
        claims = parse_intent(certificate.claims).claims
        pdf = bytes(certificate.file.pdf)
    except (msgspec.ValidationError, Certificate.file.RelatedObjectDoesNotExist):
        log.error("verify.record_broken", number=number)
        return _unknown(_("此编号的存档不完整，暂不能确认，请联系签发机构。"), number)
    verdict = verify(pdf, keyring)
    on_record = (
        verdict.genuine and verdict.file_sha256 == certificate.file.sha256 and verdict.claims == claims
    )
    if not on_record and verdict.finding is not Finding.REVOKED_KEY:
        log.error("verify.record_not_genuine", number=number, finding=verdict.finding.value)
        return _unknown(_("此编号的存档未通过签名核对，暂不能确认，请联系签发机构。"), number)
    full = bool(code) and hmac.compare_digest(code.strip().upper().encode(), claims.code.encode())
    return _answer(certificate, claims, full=full)


def answer_for_file(data: bytes, keyring: Keyring) -> Answer:
    """What can be said of an uploaded file: its signature first, then what is on record under its number."""
    verdict = verify(data, keyring)
    if verdict.finding is Finding.REVOKED_KEY:
        return _by_stored_bytes(data, verdict)
    if not verdict.genuine or verdict.claims is None:
        return Answer(
            Status.INVALID,
            _("文件无效：不能证明它是本平台签发的原件。"),
            " ".join(filter(None, [verdict.message, verdict.detail])),
            kid=verdict.kid,
            checked_at=timezone.now(),
        )
    certificate = Certificate.objects.filter(number=verdict.claims.number).select_related("file").first()
    if certificate is None or certificate.state == CertificateState.RESERVED:
        return _unknown(_("签名有效，但本平台没有这张证书的签发记录。"), verdict.claims.number)
    if certificate.file.sha256 != verdict.file_sha256:
        return _unknown(_("签名有效，但文件与存档的原件不同。"), verdict.claims.number)
    return _answer(certificate, verdict.claims, full=True)


def _by_stored_bytes(data: bytes, verdict: Verdict) -> Answer:
    """The signing key is revoked: only the exact bytes on record still count."""
    import hashlib

    digest = hashlib.sha256(data).hexdigest()
    certificate = Certificate.objects.filter(file__sha256=digest).select_related("file").first()
    if certificate is None:
        return Answer(Status.INVALID, _("文件无效：签名密钥已被吊销。"), verdict.message, kid=verdict.kid)
    return _answer(certificate, parse_intent(certificate.claims).claims, full=True)


def _answer(certificate: Certificate, claims: Claims, *, full: bool) -> Answer:
    lines = {
        CertificateState.ISSUED: (Status.VALID, _("有效：这张证书由本平台签发，目前有效。")),
        CertificateState.REVOKED: (Status.REVOKED, _("已撤销：这张证书曾由本平台签发，现已撤销，不再有效。")),
        CertificateState.SUPERSEDED: (Status.SUPERSEDED, _("已换发：这张证书已由新证书取代，不再有效。")),
    }
    found = lines.get(CertificateState(certificate.state))
    if found is None:
        return _unknown(_("没有以此编号签发的证书。"), certificate.number)
    status, line = found
    return Answer(
        status,
        line,
        number=certificate.number,
        claims=claims,
        full=full,
        issued_at=certificate.issued_at,
        ended_at=certificate.ended_at,
        kid=certificate.kid_id,
        file_sha256=certificate.file.sha256,
        checked_at=timezone.now(),
    )
