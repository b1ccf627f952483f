"""Score one slot through the registry of kinds, and through the workbenches for practical tasks.

Whatever goes wrong in a scorer, the answer goes to a person with the reason; it is never given zero for
that, and other answers are not affected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import structlog

from assessments.kinds import get_kind
from assessments.kinds.base import NeedsPerson, Score
from assessments.kinds.practical import seed_for

from ..rules import CENT
from .timebox import TookTooLong, limited

PRACTICAL = "practical"
SECONDS_PER_SLOT = 5.0
SECONDS_PER_PRACTICAL = 30.0
"""A practical task replays a whole log of commands."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ScoringSlot:
    """What scoring must know of a slot. ``requirement_ids``: "初级 1.2.1" → id, for practical checks."""

    id: int
    form: int
    kind: str
    points: Decimal
    content: Mapping[str, Any]
    key: Mapping[str, Any]
    requirement_ids: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One saved entry of a slot, oldest first where there are several (events)."""

    revision: int
    value: Any


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the machine says. ``points`` is None when a person must judge; ``reason`` says why."""

    points: Decimal | None
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    revision: int | None = None
    requirements: Mapping[int, tuple[Decimal, Decimal]] = field(default_factory=dict)


def score_slot(slot: ScoringSlot, entries: Sequence[Entry], *, attempt_seed: int) -> Judgement:
    """Judge the entries of one slot. Never raises for anything a scorer does, hanging included."""
    revision = entries[-1].revision if entries else None
    seconds = SECONDS_PER_PRACTICAL if slot.kind == PRACTICAL else SECONDS_PER_SLOT
    try:
        with limited(seconds):
            if slot.kind == PRACTICAL:
                return _practical(slot, entries, attempt_seed, revision)
            return _by_kind(slot, entries, revision)
    except TookTooLong:
        log.warning("scoring.slot_timeout", slot=slot.id, kind=slot.kind)
        return Judgement(None, "scorer_timeout", {"seconds": str(seconds)}, revision)
    except Exception as error:  # a scorer is somebody's code over somebody's answer: contain it
        log.exception("scoring.slot_failed", slot=slot.id, kind=slot.kind)
        return Judgement(None, "scorer_failed", {"error": type(error).__name__}, revision)


def _by_kind(slot: ScoringSlot, entries: Sequence[Entry], revision: int | None) -> Judgement:
    response = entries[-1].value if entries else None
    verdict = get_kind(slot.kind).score(dict(slot.content), dict(slot.key), response, slot.points)
    if isinstance(verdict, NeedsPerson):
        return Judgement(None, verdict.reason, verdict.detail, revision)
    return Judgement(_within(verdict, slot.points), "", verdict.detail, revision)


def _within(verdict: Score, points: Decimal) -> Decimal:
    if not isinstance(verdict.points, Decimal) or not 0 <= verdict.points <= points:
        raise ValueError("a scorer gave points out of range")
    return verdict.points


def _practical(
    slot: ScoringSlot, entries: Sequence[Entry], attempt_seed: int, revision: int | None
) -> Judgement:
    """The kind judges the end state of the world; the seed is the one delivery used."""
    content = dict(slot.content)
    seed = seed_for(content, attempt_seed=attempt_seed, form_seed=slot.form)
    response = {"seed": seed, "log": [entry.value for entry in entries]}
    verdict = get_kind(slot.kind).score(content, dict(slot.key), response, slot.points)
    if isinstance(verdict, NeedsPerson):
        return Judgement(None, verdict.reason, verdict.detail, revision)
    detail = dict(verdict.detail)
    shares = detail.pop("requirements", {})
    requirements = {
        slot.requirement_ids[name]: (Decimal(share["points"]), Decimal(share["max_points"]))
        for name, share in shares.items()
        if name in slot.requirement_ids
    }
    rounded = Score(verdict.points.quantize(CENT, rounding=ROUND_HALF_UP), {})
    return Judgement(_within(rounded, slot.points), "", detail, revision, requirements)
