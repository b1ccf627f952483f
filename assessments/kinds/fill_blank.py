"""填空：blanks ``{{1}}`` ``{{2}}`` in the stem, each with accepted words or a number.

Every blank carries the same weight; the share of right blanks is earned (``partial``), or all are asked for
(``all_or_nothing``). Words are compared after folding (see ``text.fold_text``). A numeric blank that holds something
unreadable sends the whole response to a person, since its worth cannot be told by rule.
"""

from __future__ import annotations

import random
import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.kinds.base import (
    Drafted,
    FormData,
    Id,
    Json,
    Kind,
    Problem,
    Strict,
    Unscorable,
    at,
    duplicates,
    list_of,
)
from assessments.kinds.numeric import check_tolerance, require_sane, within
from assessments.kinds.text import decimal_text, fold_text, parse_number

MARK = re.compile(r"\{\{\s*([A-Za-z0-9_\-]{1,16})\s*\}\}")
SCORINGS = {"partial": gettext_lazy("按答对的空给分"), "all_or_nothing": gettext_lazy("全部答对才得分")}


class Blank(Strict, frozen=True):
    id: Id
    width: Annotated[int, msgspec.Meta(ge=2, le=60)] = 8
    unit: Annotated[str, msgspec.Meta(max_length=20)] = ""


class Content(Strict, frozen=True):
    blanks: Annotated[list[Blank], msgspec.Meta(max_length=12)]


class BlankKey(Strict, frozen=True, omit_defaults=True):
    """Accepted words, or a value with its tolerance; exactly one of the two."""

    accept: list[Annotated[str, msgspec.Meta(max_length=200)]] | None = None
    fold_case: bool = True
    value: Decimal | None = None
    tolerance: Decimal = Decimal("0")

    def __post_init__(self) -> None:
        if (self.accept is None) == (self.value is None):
            raise ValueError(_("每个空写 accept（词）或 value（数），二者取一"))
        for number in (self.value, self.tolerance):
            if number is not None:
                require_sane(number)


class Key(Strict, frozen=True):
    blanks: dict[str, BlankKey]
    scoring: Literal["partial", "all_or_nothing"] = "partial"


class Response(Strict, frozen=True):
    blanks: Annotated[
        dict[Id, Annotated[str, msgspec.Meta(max_length=500)]], msgspec.Meta(max_length=12)
    ] = {}


class FillBlank(Kind[Content, Key, Response]):
    name, label, position = "fill_blank", gettext_lazy("填空题"), 40
    content_type, key_type, response_type = Content, Key, Response

    def check(self, stem: str, content: Content, key: Key) -> list[Problem]:
        problems = []
        marks, ids = MARK.findall(stem), [blank.id for blank in content.blanks]
        if not ids:
            problems.append(
                Problem("content.blanks", "blank_none", _("没有填空"), _("在题干里用 {{1}} 标出空"))
            )
        for twice in duplicates(marks):
            problems.append(
                Problem("stem", "mark_twice", _("题干里 {{%s}} 出现了两次") % twice, _("每个空只标一次"))
            )
        for twice in duplicates(ids):
            problems.append(
                Problem("content.blanks", "blank_twice", _("空 %s 定义了两次") % twice, _("删去一个"))
            )
        for mark in marks:
            if mark not in ids:
                problems.append(
                    Problem(
                        "content.blanks",
                        "blank_missing",
                        _("题干里的 {{%s}} 没有定义") % mark,
                        _("补上这个空"),
                    )
                )
        for index, blank in enumerate(content.blanks):
            if blank.id not in marks:
                message = _("题干里找不到 {{%s}}") % blank.id
                problems.append(
                    Problem(f"content.blanks[{index}].id", "mark_missing", message, _("在题干里标出它的位置"))
                )
            if blank.id not in key.blanks:
                place = f"key.blanks.{blank.id}"
                problems.append(
                    Problem(place, "key_missing", _("空 %s 没有答案") % blank.id, _("写出可接受的答案"))
                )
        for name, blank_key in key.blanks.items():
            problems += self._check_key(f"key.blanks.{name}", name in ids, blank_key)
        return problems

    def _check_key(self, place: str, known: bool, key: BlankKey) -> list[Problem]:
        if not known:
            return [Problem(place, "key_unknown", _("答案所指的空不存在"), _("删去它，或补上这个空"))]
        if key.value is not None:
            return check_tolerance(f"{place}.tolerance", key.tolerance)
        accepted = [fold_text(word, fold_case=key.fold_case) for word in key.accept or []]
        if not accepted or not all(accepted):
            return [Problem(f"{place}.accept", "accept_empty", _("可接受的答案是空的"), _("至少写一个答案"))]
        return [
            Problem(
                f"{place}.accept",
                "accept_twice",
                _("答案“%s”折算后重复") % twice,
                _("全半角、大小写不必分别列出"),
            )
            for twice in duplicates(accepted)
        ]

    def blank(self) -> Drafted:
        return Drafted({"blanks": [{"id": "1", "width": 8}]}, {"blanks": {}, "scoring": "partial"}, {})

    def from_form(self, data: FormData) -> Drafted:
        ids, widths, units = (
            list_of(data, "blank_id"),
            list_of(data, "blank_width"),
            list_of(data, "blank_unit"),
        )
        modes, accepts = list_of(data, "blank_mode"), [str(value) for value in data.getlist("blank_accept")]
        values, tolerances = list_of(data, "blank_value"), list_of(data, "blank_tolerance")
        exact = {str(value) for value in data.getlist("blank_exact")}
        blanks: list[Json] = []
        keys: Json = {}
        for index, name in enumerate(ids):
            if not name:
                continue
            width = at(widths, index)
            blank: Json = {
                "id": name,
                "width": int(width) if width.isascii() and width.isdigit() and len(width) < 6 else 8,
            }
            if unit := at(units, index):
                blank["unit"] = unit
            blanks.append(blank)
            if at(modes, index) == "number":
                keys[name] = {"value": at(values, index), "tolerance": at(tolerances, index) or "0"}
            elif words := [
                word.strip() for word in re.split(r"[\r\n|]+", at(accepts, index)) if word.strip()
            ]:
                keys[name] = {"accept": words, **({"fold_case": False} if name in exact else {})}
        return Drafted(
            {"blanks": blanks}, {"blanks": keys, "scoring": str(data.get("scoring", "partial"))}, {}
        )

    def form_context(self, drafted: Drafted) -> Json:
        keys = drafted.key.get("blanks") or {}
        rows = []
        for index, blank in enumerate(drafted.content.get("blanks") or []):
            key = keys.get(blank.get("id"), {}) if isinstance(keys, dict) else {}
            rows.append(
                {
                    **blank,
                    "mode": "number" if "value" in key else "text",
                    "accept": "\n".join(key.get("accept") or []),
                    "exact": key.get("fold_case") is False,
                    "value": key.get("value", ""),
                    "tolerance": key.get("tolerance", "0"),
                    "place": f"content.blanks[{index}].id",
                    "key_place": f"key.blanks.{blank.get('id')}",
                }
            )
        return {"rows": rows, "scorings": SCORINGS, "scoring": drafted.key.get("scoring")}

    def public(self, content: Json, seed: int = 0) -> Json:
        parsed = self.read_content(content)
        return {"blanks": [{"id": b.id, "width": b.width, "unit": b.unit} for b in parsed.blanks]}

    def unfit(self, content: Content, response: Response) -> str:
        known = {blank.id for blank in content.blanks}
        return "、".join(name for name in response.blanks if name not in known)

    def answered(self, response: Response) -> bool:
        return any(text.strip() for text in response.blanks.values())

    def share(self, content: Content, key: Key, response: Response) -> tuple[Fraction, Json]:
        parts: Json = {}
        unreadable = []
        for blank in content.blanks:
            typed, blank_key = response.blanks.get(blank.id, ""), key.blanks.get(blank.id)
            if blank_key is None:
                raise Unscorable("item_unreadable", {"blank": blank.id})
            parts[blank.id] = right = self._right(blank, blank_key, typed)
            if right is None:
                unreadable.append(blank.id)
        if unreadable or not parts:
            raise Unscorable("not_a_number", {"blanks": unreadable, "parts": parts})
        hits = sum(1 for right in parts.values() if right)
        share = Fraction(hits, len(parts))
        if key.scoring == "all_or_nothing":
            share = Fraction(int(share))
        return share, {"scoring": key.scoring, "parts": parts, "right": hits, "of": len(parts)}

    def _right(self, blank: Blank, key: BlankKey, typed: str) -> bool | None:
        """Whether one blank is right; ``None`` where it should hold a number and none can be read."""
        if not typed.strip():
            return False
        if key.value is not None:
            value = parse_number(typed, blank.unit)
            return None if value is None else within(value, key.value, key.tolerance)
        given = fold_text(typed, fold_case=key.fold_case)
        return any(given == fold_text(word, fold_case=key.fold_case) for word in key.accept or [])

    def key_response(self, content: Json, key: Json) -> Json:
        parsed = self.read_key(key)
        first = {}
        for blank in self.read_content(content).blanks:
            answer = parsed.blanks[blank.id]
            first[blank.id] = (
                (answer.accept or [""])[0] if answer.value is None else decimal_text(answer.value)
            )
        return {"blanks": first}

    def random_response(self, content: Json, rng: random.Random) -> Json:
        # Digits, so that numeric blanks can be read and are merely wrong.
        return {
            "blanks": {blank.id: str(rng.randint(0, 9999)) for blank in self.read_content(content).blanks}
        }

    def words(self, content: Content, response: Response) -> str:
        return "；".join(
            f"({blank.id}) {response.blanks.get(blank.id, '') or '—'}" for blank in content.blanks
        )

    def key_words(self, content: Content, key: Key) -> str:
        parts = []
        for blank in content.blanks:
            answer = key.blanks.get(blank.id)
            if answer is None:
                parts.append(f"({blank.id}) ？")
            elif answer.value is None:
                parts.append(f"({blank.id}) " + " / ".join(answer.accept or []))
            else:
                tolerance = f" ±{decimal_text(answer.tolerance)}" if answer.tolerance else ""
                parts.append(f"({blank.id}) {decimal_text(answer.value)}{tolerance}")
        return "；".join(parts)


KIND = FillBlank()
