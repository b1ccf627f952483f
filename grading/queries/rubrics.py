"""The rubric of a slot as a marker sees it, in points of the slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
from django.utils.translation import gettext as _

from assessments.kinds.short_answer import scaled_rubric

from ..rules import CENT
from ..scoring import ScoringSlot

WHOLE = "all"


@dataclass(frozen=True, slots=True)
class Grade:
    """One level of a criterion; ``key`` is the digit that chooses it (0 the lowest)."""

    points: Decimal
    descriptor: str
    key: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion with the levels on offer, best first. Without levels, any cent up to ``points``."""

    id: str
    text: str
    points: Decimal
    levels: Sequence[Grade] = field(default_factory=tuple)
    free: bool = False

    def allows(self, value: Decimal) -> bool:
        """Whether a marker may give these points."""
        if self.free:
            return 0 <= value <= self.points and value == value.quantize(CENT)
        return any(level.points == value for level in self.levels)


def rubric_of(slot: ScoringSlot) -> list[Criterion]:
    """The criteria of a slot; where the item has no rubric, one free criterion for the whole."""
    try:
        scaled = scaled_rubric(dict(slot.key), slot.points) if "rubric" in slot.key else []
    except msgspec.ValidationError:
        scaled = []
    if not scaled:
        return [Criterion(WHOLE, _("整题得分"), slot.points, free=True)]
    return [
        Criterion(
            id=criterion.id,
            text=criterion.criterion,
            points=criterion.points,
            levels=[
                Grade(level.points, level.descriptor, len(criterion.levels) - 1 - number)
                for number, level in enumerate(
                    sorted(criterion.levels, key=lambda level: level.points, reverse=True)
                )
            ],
        )
        for criterion in scaled
    ]
