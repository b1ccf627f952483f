"""简答：a written answer, judged by markers against an analytic rubric.

Rubric points are relative: :func:`scaled_rubric` turns them into points of the slot, exactly summing to it.
"""

from __future__ import annotations

import random
import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.kinds.base import (
    CENT,
    HARD_TEXT_LIMIT,
    Drafted,
    FormData,
    Id,
    Json,
    Kind,
    Problem,
    Strict,
    Text,
    Unscorable,
    at,
    duplicates,
    list_of,
)
from assessments.kinds.numeric import require_sane
from assessments.kinds.text import decimal_text


class Content(Strict, frozen=True):
    max_chars: Annotated[int, msgspec.Meta(ge=20, le=5_000)] = 300


class Level(Strict, frozen=True):
    points: Decimal
    descriptor: Text

    def __post_init__(self) -> None:
        require_sane(self.points)


class Criterion(Strict, frozen=True):
    id: Id
    criterion: Text
    points: Decimal
    levels: Annotated[list[Level], msgspec.Meta(max_length=10)] = []

    def __post_init__(self) -> None:
        require_sane(self.points)


class Key(Strict, frozen=True):
    rubric: Annotated[list[Criterion], msgspec.Meta(max_length=12)]
    sample_answer: Text = ""


class Response(Strict, frozen=True):
    text: Annotated[str, msgspec.Meta(max_length=HARD_TEXT_LIMIT)] = ""


class ScaledLevel(msgspec.Struct, frozen=True):
    points: Decimal
    descriptor: str


class ScaledCriterion(msgspec.Struct, frozen=True):
    """One criterion as a marker sees it: ``points`` is the most it can earn in this slot."""

    id: str
    criterion: str
    points: Decimal
    levels: list[ScaledLevel]


def scaled_rubric(key: Json, points: Decimal) -> list[ScaledCriterion]:
    """The rubric in points of the slot.

    Each criterion gets its share of ``points`` in hundredths; what rounding leaves over goes, a hundredth each, to the
    criteria with the largest remainders, so that they sum to ``points`` exactly. Levels keep their proportion to the
    criterion. ``key`` must be valid. Raises ``msgspec.ValidationError`` otherwise.
    """
    rubric = msgspec.convert(key, Key).rubric
    total = sum((Fraction(criterion.points) for criterion in rubric), Fraction(0))
    if not total:
        return []
    exact = [Fraction(points) * Fraction(criterion.points) / total for criterion in rubric]
    cents = [int(share * 100) for share in exact]
    left = int(Fraction(points) * 100) - sum(cents)
    by_remainder = sorted(range(len(rubric)), key=lambda index: (cents[index] - exact[index] * 100, index))
    for index in by_remainder[:left]:
        cents[index] += 1
    return [_scaled(criterion, Decimal(count) * CENT) for criterion, count in zip(rubric, cents, strict=True)]


def _scaled(criterion: Criterion, most: Decimal) -> ScaledCriterion:
    levels = criterion.levels or [
        Level(points=criterion.points, descriptor=""),
        Level(points=Decimal(0), descriptor=""),
    ]
    scaled = [
        ScaledLevel(
            points=(most * level.points / criterion.points).quantize(CENT), descriptor=level.descriptor
        )
        for level in levels
    ]
    return ScaledCriterion(id=criterion.id, criterion=criterion.criterion, points=most, levels=scaled)


class ShortAnswer(Kind[Content, Key, Response]):
    name, label, position, marked_by_person = "short_answer", gettext_lazy("简答题"), 80, True
    content_type, key_type, response_type = Content, Key, Response

    def check(self, stem: str, content: Content, key: Key) -> list[Problem]:
        problems = []
        if not key.rubric:
            problems.append(Problem("key.rubric", "rubric_empty", _("没有评分要点"), _("至少写一条评分要点")))
        for twice in duplicates([criterion.id for criterion in key.rubric]):
            problems.append(
                Problem("key.rubric", "criterion_twice", _("要点编号 %s 重复") % twice, _("用不同的编号"))
            )
        for index, criterion in enumerate(key.rubric):
            problems += self._check_criterion(f"key.rubric[{index}]", criterion)
        if not key.sample_answer.strip():
            problems.append(
                Problem(
                    "key.sample_answer",
                    "sample_missing",
                    _("没有参考答案"),
                    _("写出一份满分答案，供阅卷参考"),
                )
            )
        return problems

    def _check_criterion(self, place: str, criterion: Criterion) -> list[Problem]:
        problems = []
        if not criterion.criterion.strip():
            problems.append(
                Problem(f"{place}.criterion", "criterion_empty", _("评分要点是空的"), _("写明看什么"))
            )
        if criterion.points <= 0:
            problems.append(
                Problem(f"{place}.points", "criterion_points", _("要点的分值须大于 0"), _("写一个正数"))
            )
        if not criterion.levels:
            return problems
        points = [level.points for level in criterion.levels]
        if max(points) != criterion.points or min(points) < 0:
            message = _("各档分值须在 0 与要点分值之间，最高一档等于要点分值")
            problems.append(Problem(f"{place}.levels", "level_points", message, _("改正各档的分值")))
        if len(set(points)) < len(points):
            problems.append(Problem(f"{place}.levels", "level_twice", _("有两档分值相同"), _("合并或改分值")))
        if min(points) > 0:
            problems.append(
                Problem(f"{place}.levels", "level_zero", _("缺少 0 分的一档"), _("写明什么情形得 0 分"))
            )
        return problems

    def blank(self) -> Drafted:
        return Drafted({"max_chars": 300}, {"rubric": [], "sample_answer": ""}, {})

    def from_form(self, data: FormData) -> Drafted:
        limit = str(data.get("max_chars", "")).strip()
        texts, points, levels = (
            list_of(data, name) for name in ("criterion_text", "criterion_points", "criterion_levels")
        )
        rubric: list[Json] = []
        for index, text in enumerate(texts):
            if not text and not at(levels, index):
                continue
            lines = [_level(line) for line in at(levels, index).splitlines() if line.strip()]
            worth = at(points, index) or (lines[0]["points"] if lines else "")
            rubric.append({"id": f"c{len(rubric) + 1}", "criterion": text, "points": worth, "levels": lines})
        content = {"max_chars": int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 9 else 300}
        return Drafted(
            content, {"rubric": rubric, "sample_answer": str(data.get("sample_answer", "")).strip()}, {}
        )

    def form_context(self, drafted: Drafted) -> Json:
        rows = []
        for index, criterion in enumerate(drafted.key.get("rubric") or []):
            lines = [
                f"{level.get('points')} {level.get('descriptor')}" for level in criterion.get("levels") or []
            ]
            rows.append({**criterion, "lines": "\n".join(lines), "place": f"key.rubric[{index}]"})
        return {
            "rows": rows or [{}, {}],
            "max_chars": drafted.content.get("max_chars", 300),
            "sample_answer": drafted.key.get("sample_answer", ""),
        }

    def public(self, content: Json, seed: int = 0) -> Json:
        return {"max_chars": self.read_content(content).max_chars}

    def answered(self, response: Response) -> bool:
        return bool(response.text.strip())

    def share(self, content: Content, key: Key, response: Response) -> tuple[Fraction, Json]:
        raise Unscorable("rubric", {"criteria": [criterion.id for criterion in key.rubric]})

    def key_response(self, content: Json, key: Json) -> Json:
        return {"text": self.read_key(key).sample_answer}

    def random_response(self, content: Json, rng: random.Random) -> Json:
        words = ["先核对订单", "联系买家说明情况", "按平台规则处理", "登记并跟进结果", "不清楚"]
        return {"text": "，".join(rng.sample(words, rng.randint(1, 4))) + "。"}

    def words(self, content: Content, response: Response) -> str:
        return response.text.strip()

    def key_words(self, content: Content, key: Key) -> str:
        points = "；".join(
            f"{criterion.criterion}（{decimal_text(criterion.points)}）" for criterion in key.rubric
        )
        return f"{key.sample_answer}\n{_('评分要点')}：{points}"


_LEVEL = re.compile(r"^\s*([\d.]+)\s*(?:分)?[\s|:：，,]*(.*)$")


def _level(line: str) -> Json:
    """One level out of a line such as ``2 分 要点齐全``."""
    found = _LEVEL.match(line)
    return (
        {"points": found[1], "descriptor": found[2].strip()}
        if found
        else {"points": "", "descriptor": line.strip()}
    )


KIND = ShortAnswer()
