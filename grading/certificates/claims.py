"""What a certificate says: the signed claims and the profile printed on its back."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from grading.certificates.canonical import canonical_json

CLAIMS_VERSION = 1
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class DomainClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one 工作领域 was shown: points won of points offered, as decimal strings."""

    code: str
    name: str
    points: str
    maximum: str


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The sentence that is signed. All text; amounts are decimal strings, dates ISO 8601."""

    v: int = CLAIMS_VERSION
    number: str
    code: str
    holder: str
    id_masked: str
    standard: str
    edition: str
    level: str
    level_number: int
    covers: list[str]
    exam: str
    passed_on: str
    issued_on: str
    issuer: str
    total: str
    maximum: str
    domains: list[DomainClaim]
    verify_url: str
    template: str

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, ready for the canonical form and for a JSON column."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    def canonical(self) -> bytes:
        """The canonical bytes of the claims alone."""
        return canonical_json(self.as_json())


class ProfileRequirement(msgspec.Struct, frozen=True, kw_only=True):
    """One 职业技能要求 on the back: ``band`` is mastered, fair, weak or unseen (not examined)."""

    code: str
    text: str
    band: str
    percent: int | None
    evidence: int


class ProfileTask(msgspec.Struct, frozen=True, kw_only=True):
    """One 工作任务 with its requirements."""

    code: str
    name: str
    requirements: list[ProfileRequirement]


class ProfileDomain(msgspec.Struct, frozen=True, kw_only=True):
    """One 工作领域 with its tasks; ``percent`` is None when nothing in it was examined."""

    code: str
    name: str
    percent: int | None
    tasks: list[ProfileTask]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The requirement profile (能力画像) on the back of the certificate."""

    domains: list[ProfileDomain]


class CertificateIntent(msgspec.Struct, frozen=True, kw_only=True):
    """All that a certificate file is made from. The same intent gives the same bytes."""

    claims: Claims
    profile: Profile
    created_at: int
    """Seconds since the epoch: the PDF's creation date, pinned when the intent is stored."""


def parse_claims(value: Any) -> Claims:
    """Claims from JSON values; raises ``msgspec.ValidationError`` when they are not of the known shape."""
    return msgspec.convert(value, Claims)


def parse_intent(value: Any) -> CertificateIntent:
    """An intent from the JSON column it was stored in."""
    return msgspec.convert(value, CertificateIntent)


def new_code() -> str:
    """A random eight-character 查验码 (about 40 bits), without letters that look alike.

    It is printed on the certificate and held in its QR code. Who has it may see the holder's full name
    on the public page; who only guesses numbers may not.
    """
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(8))


def mask_name(name: str) -> str:
    """``张三丰`` → ``张＊＊``; for a name with blanks, the first word's first letter stays."""
    stripped = name.strip()
    return stripped[:1] + "＊" * max(1, min(len(stripped) - 1, 3)) if stripped else "＊"
