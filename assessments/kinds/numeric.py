"""数值：one number, with an absolute or a relative tolerance.

Right is what differs from the value by no more than the tolerance (``absolute``), or by no more than the tolerance
times the value's size (``relative``). What cannot be read as a number goes to a person.
"""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.kinds.base import Drafted, FormData, Json, Kind, Problem, Strict, Unscorable
from assessments.kinds.text import decimal_text, parse_number

KINDS_OF_TOLERANCE = {"absolute": gettext_lazy("绝对误差"), "relative": gettext_lazy("相对误差")}


def require_sane(value: Decimal) -> None:
    """Raise ``ValueError`` for what no item needs and exact arithmetic cannot afford: NaN, infinity, huge exponents."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -12 or value.adjusted() > 15:
        raise ValueError(_("数值超出范围：须在 ±10^15 以内，小数不超过 12 位"))


class Content(Strict, frozen=True):
    unit: Annotated[str, msgspec.Meta(max_length=20)] = ""
    hint: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Key(Strict, frozen=True):
    value: Decimal
    tolerance: Decimal = Decimal("0")
    tolerance_kind: Literal["absolute", "relative"] = "absolute"

    def __post_init__(self) -> None:
        require_sane(self.value)
        require_sane(self.tolerance)


class Response(Strict, frozen=True):
    value: Annotated[str, msgspec.Meta(max_length=200)] = ""


def within(value: Decimal, key: Decimal, tolerance: Decimal, kind: str = "absolute") -> bool:
    """Whether ``value`` is as near to ``key`` as the tolerance asks, computed exactly."""
    allowed = Fraction(tolerance) * (abs(Fraction(key)) if kind == "relative" else 1)
    return abs(Fraction(value) - Fraction(key)) <= allowed


def check_tolerance(place: str, tolerance: Decimal, kind: str = "absolute") -> list[Problem]:
    """Rules for a tolerance: not negative, and a relative one below the whole."""
    if tolerance < 0:
        return [Problem(place, "tolerance_sign", _("误差不能是负数"), _("写 0 或正数"))]
    if kind == "relative" and tolerance >= 1:
        return [Problem(place, "tolerance_wide", _("相对误差达到或超过 100%"), _("例如 0.01 表示 1%"))]
    return []


class Numeric(Kind[Content, Key, Response]):
    name, label, position = "numeric", gettext_lazy("数值题"), 50
    content_type, key_type, response_type = Content, Key, Response

    def check(self, stem: str, content: Content, key: Key) -> list[Problem]:
        return check_tolerance("key.tolerance", key.tolerance, key.tolerance_kind)

    def blank(self) -> Drafted:
        return Drafted(
            {"unit": "", "hint": ""}, {"value": "", "tolerance": "0", "tolerance_kind": "absolute"}, {}
        )

    def from_form(self, data: FormData) -> Drafted:
        content = {"unit": str(data.get("unit", "")).strip(), "hint": str(data.get("hint", "")).strip()}
        key = {
            "value": _number_text(str(data.get("value", ""))),
            "tolerance": _number_text(str(data.get("tolerance", ""))) or "0",
            "tolerance_kind": str(data.get("tolerance_kind", "absolute")),
        }
        return Drafted(content, key, {})

    def form_context(self, drafted: Drafted) -> Json:
        return {**drafted.content, **drafted.key, "tolerance_kinds": KINDS_OF_TOLERANCE}

    def public(self, content: Json, seed: int = 0) -> Json:
        parsed = self.read_content(content)
        return {"unit": parsed.unit, "hint": parsed.hint}

    def answered(self, response: Response) -> bool:
        return bool(response.value.strip())

    def share(self, content: Content, key: Key, response: Response) -> tuple[Fraction, Json]:
        value = parse_number(response.value, content.unit)
        if value is None:
            raise Unscorable("not_a_number", {"value": response.value})
        right = within(value, key.value, key.tolerance, key.tolerance_kind)
        return Fraction(int(right)), {"right": right, "read": decimal_text(value)}

    def key_response(self, content: Json, key: Json) -> Json:
        return {"value": decimal_text(self.read_key(key).value)}

    def random_response(self, content: Json, rng: random.Random) -> Json:
        return {"value": f"{rng.randint(-1000, 100000)}.{rng.randint(0, 99):02d}"}

    def words(self, content: Content, response: Response) -> str:
        typed = response.value.strip()
        return typed if not content.unit or typed.endswith(content.unit) else f"{typed} {content.unit}"

    def key_words(self, content: Content, key: Key) -> str:
        text = f"{decimal_text(key.value)} {content.unit}".strip()
        if not key.tolerance:
            return text
        return text + f"（{KINDS_OF_TOLERANCE[key.tolerance_kind]!s} ±{decimal_text(key.tolerance)}）"


def _number_text(typed: str) -> str:
    """A number as an author typed it in canonical digits; unreadable text is kept, for validation to report."""
    value = parse_number(typed)
    return typed.strip() if value is None else decimal_text(value)


KIND = Numeric()
