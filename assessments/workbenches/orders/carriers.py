"""Carriers and their tracking numbers.

S10 numbers (EMS, e邮宝 and, in this world, 燕文) follow UPU standard S10: two letters, eight digits, a check
digit with weights 8 6 4 2 3 5 9 7 modulo 11, two letters. UPS 1Z numbers carry a modulo-10 check digit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..rng import Prng

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


@dataclass(frozen=True)
class Carrier:
    """A carrier with the shape of its numbers, said so that a person can check it."""

    code: str
    label: str
    pattern: str
    shape: str
    example: str
    limit_g: int
    check: str  # s10, ups or none


CARRIERS: dict[str, Carrier] = {
    carrier.code: carrier
    for carrier in (
        Carrier(
            "YANWEN",
            "燕文物流",
            r"U[A-Z]\d{9}YP",
            "U 加 1 位字母 + 9 位数字 + YP，共 13 位",
            "UM123456785YP",
            2000,
            "s10",
        ),
        Carrier(
            "4PX",
            "递四方 4PX",
            r"4PX\d{13}CN",
            "4PX + 13 位数字 + CN，共 18 位",
            "4PX3001234567890CN",
            5000,
            "none",
        ),
        Carrier(
            "EUB",
            "中国邮政 e邮宝",
            r"L[A-Z]\d{9}CN",
            "L 加 1 位字母 + 9 位数字 + CN，共 13 位",
            "LK123456785CN",
            2000,
            "s10",
        ),
        Carrier(
            "EMS",
            "EMS 国际特快",
            r"E[A-Z]\d{9}CN",
            "E 加 1 位字母 + 9 位数字 + CN，共 13 位",
            "EA123456785CN",
            30000,
            "s10",
        ),
        Carrier(
            "UPS",
            "UPS",
            r"1Z[0-9A-Z]{16}",
            "1Z + 16 位数字或字母，共 18 位",
            "1Z999AA10123456784",
            30000,
            "ups",
        ),
    )
}


def s10_digit(digits: str) -> int:
    """The check digit for the eight digits of an S10 number (UPU S10-12)."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, _S10_WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def ups_digit(body: str) -> int:
    """The check digit for the fifteen characters between ``1Z`` and the last one."""
    values = [int(char) if char.isdigit() else (ord(char) - 63) % 10 for char in body]
    total = sum(value * (2 if index % 2 else 1) for index, value in enumerate(values))
    return (10 - total % 10) % 10


def problem_with(carrier: str, tracking: str) -> str:
    """Why `tracking` can't be a number of `carrier`, in the marketplace's words; empty if it can."""
    known = CARRIERS[carrier]
    if not re.fullmatch(known.pattern, tracking):
        return f"运单号格式不符：{known.label}的运单号应为{known.shape}，例如 {known.example}。"
    if known.check == "s10" and s10_digit(tracking[2:10]) != int(tracking[10]):
        return f"运单号校验位不符：{tracking} 的第 9 位数字与前 8 位算出的校验位不一致，请与物流商核对。"
    if known.check == "ups" and str(ups_digit(tracking[2:17])) != tracking[17]:
        return f"运单号校验位不符：{tracking} 的最后一位与前面各位算出的校验位不一致，请与物流商核对。"
    return ""


def make_number(carrier: str, rng: Prng) -> str:
    """A well-formed number of `carrier`."""
    digits = "".join(str(rng.below(10)) for _ in range(8))
    if carrier in ("YANWEN", "EUB", "EMS"):
        head = {"YANWEN": "U", "EUB": "L", "EMS": "E"}[carrier]
        tail = "YP" if carrier == "YANWEN" else "CN"
        return f"{head}{rng.choice('ABCFGHKMNRT')}{digits}{s10_digit(digits)}{tail}"
    if carrier == "4PX":
        return f"4PX300{digits}{rng.between(10, 99)}CN"
    body = "".join(rng.choice("0123456789ABCEFHKRWXY") for _ in range(6)) + rng.choice(["03", "67", "04"])
    body += digits[:7]
    return f"1Z{body}{ups_digit(body)}"


def spoil(carrier: str, tracking: str, rng: Prng) -> str:
    """A number near `tracking` that `carrier` can't have issued."""
    while True:
        if rng.chance(50):
            cut = rng.between(6, 9)
            spoilt = tracking[:cut] + tracking[cut + 1 :]
        else:
            place = rng.between(4, 8)
            other = str((int(tracking[place]) + rng.between(1, 9)) % 10) if tracking[place].isdigit() else "7"
            spoilt = tracking[:place] + other + tracking[place + 1 :]
        if problem_with(carrier, spoilt):
            return spoilt
