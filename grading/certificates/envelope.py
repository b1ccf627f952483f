"""The signature at the end of the PDF.

After the document's own ``%%EOF`` comes one comment line::

    %LIANGCAI-SIGNATURE <base64 of the canonical JSON {alg, claims, kid, pdf_sha256, sig, v}>

and after it the document's last ``startxref … %%EOF`` once more, byte for byte, because viewers look for
it in the last 1,024 bytes. ``pdf_sha256`` is over every byte before the line; ``sig`` is Ed25519 over
the canonical JSON of the same object without ``sig``. So each byte of the file is either signed, or the
signature, or a copy of signed bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from grading.certificates.canonical import canonical_json, parse_canonical
from grading.certificates.claims import Claims
from grading.certificates.errors import CertificateError
from grading.certificates.keys import ALGORITHM, Signer

VERSION = 1
MARK = b"%LIANGCAI-SIGNATURE "
MAX_BYTES = 5_000_000
_TAIL = re.compile(rb"startxref\r?\n\d{1,10}\r?\n%%EOF[\r\n]*\Z")
_FIELDS = {"alg", "claims", "kid", "pdf_sha256", "sig", "v"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A file taken apart: the PDF, and what the line says of it. Nothing is verified yet."""

    pdf: bytes
    header: dict[str, Any]
    signature: bytes

    @property
    def message(self) -> bytes:
        """The bytes that the signature is over."""
        return canonical_json(self.header)


def _tail_of(pdf: bytes) -> bytes:
    match = _TAIL.search(pdf, max(0, len(pdf) - 64))
    if not pdf.startswith(b"%PDF-") or match is None:
        raise CertificateError("envelope.pdf", "不是完整的 PDF 文件。")
    return match.group(0)


def seal(pdf: bytes, claims: Claims, signer: Signer) -> bytes:
    """The PDF with its signature attached. The same PDF, claims and key give the same bytes."""
    tail = _tail_of(pdf)
    if not pdf.endswith(b"\n"):
        pdf += b"\n"
        tail += b"\n"
    header = {
        "v": VERSION,
        "kid": signer.kid,
        "alg": ALGORITHM,
        "claims": claims.as_json(),
        "pdf_sha256": hashlib.sha256(pdf).hexdigest(),
    }
    signature = signer.sign(canonical_json(header))
    body = canonical_json({**header, "sig": base64.b64encode(signature).decode()})
    return pdf + MARK + base64.b64encode(body) + b"\n" + tail


def open_envelope(data: bytes) -> Envelope:
    """Take a certificate file apart; raises ``CertificateError`` when it is not exactly of our form."""
    if len(data) > MAX_BYTES:
        raise CertificateError("envelope.size", "文件过大，不是本平台的证书。")
    if not data.startswith(b"%PDF-"):
        raise CertificateError("envelope.pdf", "不是 PDF 文件。")
    start = data.rfind(b"\n" + MARK) + 1
    if start == 0:
        raise CertificateError("envelope.missing", "文件中没有本平台的签名。")
    pdf, rest = data[:start], data[start + len(MARK) :]
    line, newline, tail = rest.partition(b"\n")
    if not newline or tail != _tail_of(pdf):
        raise CertificateError("envelope.tail", "签名之后的内容被改动。")
    try:
        body = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CertificateError("envelope.base64", "签名行无法读取。") from error
    if base64.b64encode(body) != line:
        raise CertificateError("envelope.base64", "签名行不是规范形式。")
    document = parse_canonical(body)
    if not isinstance(document, dict) or set(document) != _FIELDS:
        raise CertificateError("envelope.fields", "签名行的字段不符。")
    encoded = document.pop("sig")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        raise CertificateError("envelope.signature", "签名无法读取。") from error
    if len(signature) != 64 or base64.b64encode(signature).decode() != encoded:
        raise CertificateError("envelope.signature", "签名不是规范形式。")
    return Envelope(pdf, document, signature)
