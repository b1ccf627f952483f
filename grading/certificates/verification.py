"""Checking a certificate file: pure, offline, and never "genuine" when in doubt."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from grading.certificates.claims import Claims, parse_claims
from grading.certificates.envelope import VERSION, open_envelope
from grading.certificates.errors import CertificateError
from grading.certificates.keys import ALGORITHM, Keyring, KeyState
from grading.certificates.numbers import parse_number


class Finding(StrEnum):
    """What a check of the file alone can find."""

    GENUINE = "genuine"
    NOT_SIGNED = "not_signed"
    ALTERED = "altered"
    UNKNOWN_KEY = "unknown_key"
    REVOKED_KEY = "revoked_key"


MESSAGES = {
    Finding.GENUINE: "签名有效：文件由所列机构签发，签发后未被改动。是否已被撤销须联网查验。",
    Finding.NOT_SIGNED: "文件中没有可以识别的证书签名，不能证明任何事项。",
    Finding.ALTERED: "签名无效：文件或签名被改动，不能作为证书使用。",
    Finding.UNKNOWN_KEY: "签名所用的密钥不在公钥文件中，不能确认签发者。",
    Finding.REVOKED_KEY: "签名所用的密钥已被吊销，不能仅凭文件确认，请联网按编号查验。",
}
_UNSIGNED = {"envelope.pdf", "envelope.missing", "envelope.size"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a check. ``claims`` and ``pdf_sha256`` are given only when the file is genuine."""

    finding: Finding
    message: str
    detail: str = ""
    claims: Claims | None = None
    kid: str = ""
    file_sha256: str = ""

    @property
    def genuine(self) -> bool:
        """Whether the file is exactly what a trusted key signed."""
        return self.finding is Finding.GENUINE


def _no(finding: Finding, detail: str = "", kid: str = "") -> Verdict:
    return Verdict(finding, MESSAGES[finding], detail, kid=kid)


def verify(data: bytes, keyring: Keyring) -> Verdict:
    """Check ``data`` against ``keyring``. Never raises; whatever is not provably genuine is not."""
    try:
        envelope = open_envelope(data)
    except CertificateError as error:
        finding = Finding.NOT_SIGNED if error.code in _UNSIGNED else Finding.ALTERED
        return _no(finding, error.message)
    header = envelope.header
    if header["v"] != VERSION or isinstance(header["v"], bool) or header["alg"] != ALGORITHM:
        return _no(Finding.ALTERED, "签名的版本或算法不被接受。")
    kid = header["kid"]
    key = keyring.get(kid) if isinstance(kid, str) else None
    if key is None:
        return _no(Finding.UNKNOWN_KEY)
    digest = hashlib.sha256(envelope.pdf).hexdigest()
    stated = header["pdf_sha256"]
    if not isinstance(stated, str) or not hmac.compare_digest(digest.encode(), stated.encode()):
        return _no(Finding.ALTERED, "PDF 内容与签名不符。", kid)
    if not key.verifies(envelope.signature, envelope.message):
        return _no(Finding.ALTERED, "签名与公钥不符。", kid)
    if key.state is KeyState.REVOKED:
        return _no(Finding.REVOKED_KEY, kid=kid)
    try:
        claims = parse_claims(header["claims"])
        parse_number(claims.number)
    except (msgspec.ValidationError, CertificateError):
        return _no(Finding.ALTERED, "签名中的证书内容不合格式。", kid)
    return Verdict(
        Finding.GENUINE,
        MESSAGES[Finding.GENUINE],
        claims=claims,
        kid=kid,
        file_sha256=hashlib.sha256(data).hexdigest(),
    )
