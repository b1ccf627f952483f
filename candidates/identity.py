"""Identity numbers: checked, encrypted at rest, found by a keyed digest, shown masked.

The check digit follows GB 11643-1999 (ISO 7064 MOD 11-2). Keys come from settings:
`IDENTITY_KEYS` (Fernet keys, newest first; older ones still decrypt) and `IDENTITY_PEPPER` (bytes).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from datetime import date
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SHAPE = re.compile(r"\d{17}[\dX]", re.ASCII)


def normalise(raw: str) -> str:
    """Full-width digits folded, blanks and hyphens dropped, X in upper case."""
    folded = unicodedata.normalize("NFKC", raw)
    return re.sub(r"[\s\-]", "", folded).upper().lstrip("'")


def check_digit(first17: str) -> str:
    """The 18th character for the first 17 digits."""
    return _CHECKS[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def validate(raw: str) -> str:
    """The normalised number. Raises Invalid saying what is wrong with it, never quoting it whole."""
    number = normalise(raw)
    if not _SHAPE.fullmatch(number):
        raise Invalid(
            "identity_shape",
            _("证件号应为 18 位：17 位数字加 1 位数字或 X（现为 %(n)d 位）。") % {"n": len(number)},
            hint=_("请核对证件号；Excel 会把长数字改成科学计数，请把该列设为文本。"),
        )
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise Invalid(
            "identity_birthday", _("证件号第 7–14 位不是有效日期。"), hint=_("请核对出生日期。")
        ) from error
    if not 1900 <= born.year <= timezone.localdate().year:
        raise Invalid("identity_birthday", _("证件号中的出生年份不合理。"), hint=_("请核对出生日期。"))
    if check_digit(number[:17]) != number[17]:
        raise Invalid("identity_check", _("证件号校验位不符。"), hint=_("多半是抄错一位，请核对原件。"))
    return number


def mask(number: str) -> str:
    """`370102********1234`: enough to recognise, too little to misuse."""
    return f"{number[:6]}{'*' * 8}{number[-4:]}"


def blind(number: str) -> str:
    """Keyed digest (HMAC-SHA-256, hex): equal numbers, equal digests; useless without the key."""
    return hmac.new(settings.IDENTITY_PEPPER, number.encode(), hashlib.sha256).hexdigest()


def seal(number: str) -> bytes:
    return _box(tuple(settings.IDENTITY_KEYS)).encrypt(number.encode())


def unseal(cipher: bytes | memoryview) -> str:
    return _box(tuple(settings.IDENTITY_KEYS)).decrypt(bytes(cipher)).decode()


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
