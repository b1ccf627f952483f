"""Certificate numbers: ``LC 2026 1 0000123 X``, written without blanks.

=========  ======================================================================================
prefix     two to four capital letters, the issuing body's (setting ``CERTIFICATE_PREFIX``)
year       four digits, the year of issue in Asia/Shanghai
level      one digit, the number of the level in its standard (1 初级, 2 中级, 3 高级)
running    seven digits, counted per prefix, year and level
check      one character, ISO/IEC 7064 MOD 11-2 over all digits before it (``X`` stands for ten),
           the system that resident identity numbers use: it catches every single wrong digit and
           every swap of neighbours
=========  ======================================================================================
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from grading.certificates.errors import CertificateError

_SHAPE = re.compile(r"(?P<prefix>[A-Z]{2,4})(?P<year>\d{4})(?P<level>\d)(?P<running>\d{7})(?P<check>[\dX])")
_IGNORED = re.compile(r"[\s\-_.·—–]+")
MAX_RUNNING = 9_999_999


@dataclass(frozen=True, slots=True)
class CertificateNumber:
    """The parts of a number; ``str()`` gives the stored form, ``spaced`` the printed one."""

    prefix: str
    year: int
    level: int
    running: int

    def __str__(self) -> str:
        body = f"{self.year:04d}{self.level:d}{self.running:07d}"
        return f"{self.prefix}{body}{check_character(body)}"

    @property
    def spaced(self) -> str:
        """The number in groups, easier to read aloud and to type."""
        text = str(self)
        cut = len(self.prefix)
        return f"{text[:cut]} {text[cut : cut + 4]} {text[cut + 4]} {text[cut + 5 : -1]} {text[-1]}"


def check_character(digits: str) -> str:
    """ISO/IEC 7064 MOD 11-2 over a string of decimal digits."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2 % 11
    value = (12 - total) % 11
    return "X" if value == 10 else str(value)


def make_number(*, prefix: str, year: int, level: int, running: int) -> CertificateNumber:
    """A number from its parts; raises ``CertificateError`` when a part does not fit the scheme."""
    if not re.fullmatch(r"[A-Z]{2,4}", prefix):
        raise CertificateError("number.prefix", "证书编号前缀应为 2 至 4 个大写字母。")
    if not 2000 <= year <= 9999 or not 0 <= level <= 9:
        raise CertificateError("number.part", "证书编号的年份或等级超出范围。")
    if not 1 <= running <= MAX_RUNNING:
        raise CertificateError("number.running", "证书流水号超出范围。")
    return CertificateNumber(prefix, year, level, running)


def parse_number(text: str) -> CertificateNumber:
    """Read a number as people type it: any case, full-width, with blanks or dashes.

    Raises ``CertificateError`` (``number.shape`` or ``number.check``) when it can't be a number of ours.
    """
    folded = _IGNORED.sub("", unicodedata.normalize("NFKC", text[:64])).upper()
    match = _SHAPE.fullmatch(folded) if folded.isascii() else None
    if match is None:
        raise CertificateError(
            "number.shape", "证书编号由字母前缀和 13 位数字（末位可为 X）组成，请对照证书重新输入。"
        )
    number = CertificateNumber(
        match["prefix"], int(match["year"]), int(match["level"]), int(match["running"])
    )
    if str(number) != folded:
        raise CertificateError("number.check", "证书编号的校验位不符，可能有一位抄错。")
    return number
