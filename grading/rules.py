"""From marks to a result: pure arithmetic in ``Decimal``, without a database.

Three steps, each a function: `settle` decides what one slot is worth from its marks, `fold` adds slots up
by section, component, domain, task and requirement, `decide` applies the pass rules one by one and says
each in a sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from .enums import MarkSource

CENT = Decimal("0.01")
SHARE_STEP = Decimal("0.0001")
DISAGREEMENT_SHARE = Decimal("0.20")
"""Two markers further apart than this part of the slot's points need an arbiter."""
DEFAULT_TOTAL = Decimal(60)
"""Percent of all points that passes where an exam states no rule at all."""
MASTERED, FAIR = Decimal(80), Decimal(60)
"""Percentages from which a requirement counts as 掌握 and as 基本掌握."""
THIN_EVIDENCE = 2
"""Fewer slots than this are thin evidence, and are called so."""


class Band(StrEnum):
    """How well a node of the tree was shown."""

    MASTERED = "mastered"
    FAIR = "fair"
    WEAK = "weak"
    UNSEEN = "unseen"


class Standing(StrEnum):
    """What is known of one slot."""

    SETTLED = "settled"
    WAITING = "waiting"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class MarkFact:
    """A mark as the rules see it."""

    slot: int
    source: str
    round: int
    points: Decimal | None
    requirements: Mapping[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """Where the scorer itself knows it: points won and offered by requirement id."""


@dataclass(frozen=True, slots=True)
class SlotFact:
    """A slot of a form: its points, its place, and the requirements it is evidence for, with weights."""

    id: int
    position: int
    section: int
    component: str
    points: Decimal
    weights: Mapping[int, Decimal]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a slot is worth. ``points`` is None unless the slot is settled."""

    standing: Standing
    points: Decimal | None = None
    source: str = ""


@dataclass(slots=True)
class Tally:
    """Points won and offered, and the number of slots behind them."""

    points: Decimal = Decimal(0)
    maximum: Decimal = Decimal(0)
    evidence: int = 0

    def add(self, points: Decimal, maximum: Decimal, evidence: int = 1) -> None:
        """Count one more slot, or one more part of one."""
        self.points += points
        self.maximum += maximum
        self.evidence += evidence

    @property
    def percent(self) -> Decimal | None:
        """Percent won to one decimal, rounded down so that 59.96 is not shown as a pass; None of nothing."""
        return percent_of(self.points, self.maximum)

    @property
    def band(self) -> Band:
        """The mastery band, judged on exact values."""
        return band_of(self.points, self.maximum)

    def as_json(self) -> dict[str, Any]:
        """Compact JSON values: p(oints), m(aximum), n(umber of slots)."""
        return {"p": plain(self.points), "m": plain(self.maximum), "n": self.evidence}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a requirement stands in the tree, by ids; ``domain_code`` is the code within its level."""

    task: int
    domain: int
    domain_code: str
    level: int


@dataclass(frozen=True, slots=True)
class Fold:
    """A whole result before the pass decision."""

    total: Tally
    sections: Mapping[int, Tally]
    components: Mapping[str, Tally]
    domains: Mapping[int, Tally]
    tasks: Mapping[int, Tally]
    requirements: Mapping[int, Tally]

    def as_json(self) -> dict[str, Any]:
        """The ``breakdown`` column of a result: tallies by id (components by name)."""
        groups = {
            "sections": self.sections,
            "components": self.components,
            "domains": self.domains,
            "tasks": self.tasks,
            "requirements": self.requirements,
        }
        return {
            name: {str(key): tally.as_json() for key, tally in group.items()}  # type: ignore[attr-defined]
            for name, group in groups.items()
        }


class PassRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Percentages of the points of each part. A part without a rule is not judged."""

    total: Decimal | None = None
    theory: Decimal | None = None
    practical: Decimal | None = None
    domains: dict[str, Decimal] = {}


class BadPassRules(ValueError):
    """The stored pass rules can't be read; nothing may be decided by them."""


def parse_pass_rules(value: Any) -> PassRules:
    """Pass rules from JSON; none at all means 60% of the total. Raises `BadPassRules`."""
    try:
        rules = msgspec.convert(value or {}, PassRules, strict=False)
    except msgspec.ValidationError as error:
        raise BadPassRules(str(error)) from error
    stated = [rules.total, rules.theory, rules.practical, *rules.domains.values()]
    if any(share is not None and not (share.is_finite() and 0 <= share <= 100) for share in stated):
        raise BadPassRules("a percentage is not between 0 and 100")
    if all(share is None for share in stated):
        return PassRules(total=DEFAULT_TOTAL)
    return rules


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One pass rule: what it asks, what was reached, and the sentence that says so."""

    code: str
    label: str
    required: Decimal
    points: Decimal
    maximum: Decimal
    met: bool
    text: str

    def as_json(self) -> dict[str, Any]:
        """JSON values for the ``decision`` column."""
        percent = percent_of(self.points, self.maximum)
        return {
            "code": self.code,
            "label": self.label,
            "required": plain(self.required),
            "points": plain(self.points),
            "maximum": plain(self.maximum),
            "percent": None if percent is None else plain(percent),
            "met": self.met,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """Passed only when every rule is met; ``rules`` is never empty."""

    passed: bool
    rules: tuple[RuleOutcome, ...]

    def as_json(self) -> dict[str, Any]:
        """JSON values for the ``decision`` column."""
        return {"passed": self.passed, "rules": [rule.as_json() for rule in self.rules]}


def plain(value: Decimal) -> str:
    """A decimal as people write it: no exponent, no trailing zeros (``12.50`` → ``12.5``)."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent_of(points: Decimal, maximum: Decimal) -> Decimal | None:
    """Percent to one decimal, rounded down; None where nothing was offered."""
    if maximum <= 0:
        return None
    return (points * 100 / maximum).quantize(Decimal("0.1"), rounding=ROUND_DOWN)


def band_of(points: Decimal, maximum: Decimal) -> Band:
    """The mastery band of points won of points offered."""
    if maximum <= 0:
        return Band.UNSEEN
    if points * 100 >= MASTERED * maximum:
        return Band.MASTERED
    return Band.FAIR if points * 100 >= FAIR * maximum else Band.WEAK


def disagree(first: Decimal, second: Decimal, maximum: Decimal) -> bool:
    """Whether two markers are too far apart for their mean to stand."""
    return abs(first - second) > maximum * DISAGREEMENT_SHARE


def settle(maximum: Decimal, marks: Iterable[MarkFact]) -> Outcome:
    """What one slot is worth.

    The latest override counts; else the arbiter's mark; else the mean of both markers when they agree
    within a fifth of the points; else the latest mark of the machine. A mark without points (the machine
    could not judge) settles nothing.
    """
    by_source: dict[str, dict[int, Decimal]] = {}
    for mark in marks:
        if mark.points is not None:
            by_source.setdefault(mark.source, {})[mark.round] = mark.points
    for source in (MarkSource.OVERRIDE, MarkSource.ARBITER):
        if source in by_source:
            rounds = by_source[source]
            return Outcome(Standing.SETTLED, rounds[max(rounds)], source)
    markers = by_source.get(MarkSource.MARKER, {})
    if len(markers) >= 2:
        first, second = (markers[number] for number in sorted(markers)[:2])
        if disagree(first, second, maximum):
            return Outcome(Standing.DISPUTED)
        mean = ((first + second) / 2).quantize(CENT, rounding=ROUND_HALF_UP)
        return Outcome(Standing.SETTLED, mean, MarkSource.MARKER)
    if markers:
        return Outcome(Standing.WAITING)
    automatic = by_source.get(MarkSource.AUTO, {})
    if automatic:
        return Outcome(Standing.SETTLED, automatic[max(automatic)], MarkSource.AUTO)
    return Outcome(Standing.WAITING)


def scale_rubric(won: Decimal, offered: Decimal, points: Decimal) -> Decimal:
    """Rubric points brought to the slot's points, to the cent, half up."""
    if offered <= 0 or not 0 <= won <= offered:
        raise ValueError("rubric points out of range")
    return (points * won / offered).quantize(CENT, rounding=ROUND_HALF_UP)


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """``amount`` in parts by weight whose sum is exactly ``amount``; no part is negative."""
    whole = sum(weights, Decimal(0))
    if not weights or whole <= 0:
        raise ValueError("weights must be positive")
    parts = [(amount * weight / whole).quantize(SHARE_STEP, rounding=ROUND_DOWN) for weight in weights[:-1]]
    return [*parts, amount - sum(parts, Decimal(0))]


def attribute(
    slot: SlotFact, points: Decimal, known: Mapping[int, tuple[Decimal, Decimal]]
) -> dict[int, tuple[Decimal, Decimal]]:
    """Points won and offered by requirement. Sums are exactly ``points`` and the slot's points.

    Without more knowledge the weights of the item decide. Where the scorer says how it came about
    (practical tasks), its proportions hold; what a person added or took away is spread over what was
    still open, or taken evenly from what was won.
    """
    if not known:
        ids = sorted(slot.weights)
        if not ids:
            return {}
        weights = [slot.weights[key] for key in ids]
        pairs = zip(split(points, weights), split(slot.points, weights), strict=True)
        return dict(zip(ids, pairs, strict=True))
    ids = sorted(key for key, (_won, offered) in known.items() if offered > 0)
    offered = split(slot.points, [known[key][1] for key in ids])
    scale = [part / known[key][1] for key, part in zip(ids, offered, strict=True)]
    won = [
        min((max(known[key][0], Decimal(0)) * s).quantize(SHARE_STEP, rounding=ROUND_DOWN), part)
        for key, s, part in zip(ids, scale, offered, strict=True)
    ]
    total = sum(won, Decimal(0))
    if points < total:
        won = split(points, won)
    elif points > total:
        open_parts = [part - have for part, have in zip(offered, won, strict=True)]
        won = [have + more for have, more in zip(won, split(points - total, open_parts), strict=True)]
    return dict(zip(ids, zip(_level(won, offered), offered, strict=True), strict=True))


def _level(parts: list[Decimal], caps: list[Decimal]) -> list[Decimal]:
    """Move the last digits that rounding put above a cap to parts that have room; the sum stays."""
    excess = sum((max(part - cap, Decimal(0)) for part, cap in zip(parts, caps, strict=True)), Decimal(0))
    result = []
    for part, cap in zip(parts, caps, strict=True):
        given = min(cap - part, excess) if part < cap else Decimal(0)
        excess -= given
        result.append(min(part, cap) + given)
    return result


def fold(
    slots: Sequence[SlotFact],
    outcomes: Mapping[int, Outcome],
    places: Mapping[int, Place],
    known: Mapping[int, Mapping[int, tuple[Decimal, Decimal]]] | None = None,
) -> Fold:
    """Add settled slots up. Raises ``ValueError`` when a slot is not settled."""
    total = Tally()
    sections: dict[int, Tally] = {}
    components: dict[str, Tally] = {}
    domains: dict[int, Tally] = {}
    tasks: dict[int, Tally] = {}
    requirements: dict[int, Tally] = {}
    for slot in slots:
        outcome = outcomes[slot.id]
        if outcome.standing is not Standing.SETTLED or outcome.points is None:
            raise ValueError(f"slot {slot.id} is not settled")
        total.add(outcome.points, slot.points)
        sections.setdefault(slot.section, Tally()).add(outcome.points, slot.points)
        components.setdefault(slot.component, Tally()).add(outcome.points, slot.points)
        seen_tasks: set[int] = set()
        seen_domains: set[int] = set()
        shares = attribute(slot, outcome.points, (known or {}).get(slot.id, {}))
        for requirement, (won, offered) in shares.items():
            place = places[requirement]
            requirements.setdefault(requirement, Tally()).add(won, offered)
            tasks.setdefault(place.task, Tally()).add(won, offered, int(place.task not in seen_tasks))
            domains.setdefault(place.domain, Tally()).add(won, offered, int(place.domain not in seen_domains))
            seen_tasks.add(place.task)
            seen_domains.add(place.domain)
    return Fold(total, sections, components, domains, tasks, requirements)


def _judge(code: str, label: str, required: Decimal, tally: Tally) -> RuleOutcome:
    met = tally.maximum > 0 and tally.points * 100 >= required * tally.maximum
    facts = {
        "label": label,
        "points": plain(tally.points.quantize(CENT, rounding=ROUND_DOWN)),
        "maximum": plain(tally.maximum.quantize(CENT)),
        "percent": plain(tally.percent or Decimal(0)),
        "required": plain(required),
    }
    if tally.maximum <= 0:
        text = (
            _("%(label)s：要求得分率不低于 %(required)s%%，但试卷中没有相应的题目，不能判定为达到。") % facts
        )
    elif met:
        text = (
            _(
                "%(label)s：得 %(points)s 分（满分 %(maximum)s 分），得分率 %(percent)s%%，要求不低于 %(required)s%%，达到。"
            )
            % facts
        )
    else:
        text = (
            _(
                "%(label)s：得 %(points)s 分（满分 %(maximum)s 分），得分率 %(percent)s%%，要求不低于 %(required)s%%，未达到。"
            )
            % facts
        )
    return RuleOutcome(code, label, required, tally.points, tally.maximum, met, text)


def decide(rules: PassRules, folded: Fold, domains: Mapping[str, tuple[int, str]]) -> Decision:
    """Apply the pass rules. ``domains``: code → (id, name) of the domains of the exam's own level."""
    outcomes = []
    if rules.total is not None:
        outcomes.append(_judge("total", _("总分"), rules.total, folded.total))
    for code, label, required in (
        ("theory", _("理论部分"), rules.theory),
        ("practical", _("实操部分"), rules.practical),
    ):
        if required is not None:
            outcomes.append(_judge(code, label, required, folded.components.get(code, Tally())))
    for code, required in sorted(rules.domains.items()):
        key, name = domains.get(code, (0, ""))
        label = _("工作领域 %(code)s %(name)s") % {"code": code, "name": name}
        outcomes.append(_judge(f"domain:{code}", label.strip(), required, folded.domains.get(key, Tally())))
    return Decision(all(outcome.met for outcome in outcomes) and bool(outcomes), tuple(outcomes))


def marks_digest(marks: Iterable[MarkFact]) -> str:
    """SHA-256 over the marks a result was folded from, in a fixed order: equal marks, equal digest."""
    rows = sorted(
        [mark.slot, mark.source, mark.round, None if mark.points is None else f"{mark.points:.2f}"]
        for mark in marks
    )
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()
