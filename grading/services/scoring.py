"""Score handed-in attempts and fold their results.

The queue only says "look here": which attempts wait is read from the database, a waiting row is locked
with SKIP LOCKED while its marks are written, and every insert is guarded by a unique constraint. So a
message may be lost, delivered twice or delivered to a hundred workers at once.

Lock order: AttemptGrading, then MarkingTask, then Result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.errors import Refusal
from accounts.services import audit
from candidates.enums import FINISHED, EntryKind
from candidates.models import Attempt, Response

from ..enums import GradingState, MarkSource
from ..models import AttemptGrading, Mark, MarkingTask, Result
from ..queries.plans import GradingPlan, grading_plan
from ..scoring import Entry, Judgement, score_slot
from ..scoring.slots import PRACTICAL
from .results import drafted, mark_facts, summary

log = structlog.get_logger(__name__)
MARKER_ROUNDS = (1, 2)
BREAKS = (DatabaseError, ValueError, LookupError, ArithmeticError, ObjectDoesNotExist, Refusal)
"""What can break one attempt's scoring without being the fault of the others."""


def open_gradings(attempt_ids: Iterable[int] | None = None, *, limit: int = 5000) -> int:
    """See to it that every handed-in attempt (of those given) has a grading row; returns how many were new."""
    waiting = Attempt.objects.filter(state__in=FINISHED, grading__isnull=True)
    if attempt_ids is not None:
        waiting = waiting.filter(pk__in=list(attempt_ids))
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:limit])
    if ids:
        AttemptGrading.objects.bulk_create(
            [AttemptGrading(attempt_id=pk) for pk in ids], ignore_conflicts=True
        )
    return len(ids)


def score_attempts(attempt_ids: Sequence[int]) -> int:
    """Score those of the attempts that wait; returns how many this call scored.

    One transaction for all; when it breaks, one each, so that an attempt that can't be scored at all
    holds up no other. Such an attempt is counted and named for a person; the sweeper tries it again.
    """
    open_gradings(attempt_ids)
    try:
        return _score_batch(attempt_ids)
    except BREAKS as error:
        if len(attempt_ids) == 1:
            _note_failure(attempt_ids[0], error)
            return 0
    done = 0
    for attempt_id in attempt_ids:
        try:
            done += _score_batch([attempt_id])
        except BREAKS as error:
            _note_failure(attempt_id, error)
    return done


def _note_failure(attempt_id: int, error: Exception) -> None:
    log.error("scoring.attempt_failed", attempt=attempt_id, error=str(error)[:200], kind=type(error).__name__)
    AttemptGrading.objects.filter(pk=attempt_id).update(
        failures=F("failures") + 1,
        last_error=f"{type(error).__name__}: {error}"[:200],
        updated_at=timezone.now(),
    )


@transaction.atomic
def _score_batch(attempt_ids: Sequence[int]) -> int:
    claimed = list(
        AttemptGrading.objects.select_for_update(skip_locked=True)
        .filter(pk__in=list(attempt_ids), state=GradingState.WAITING)
        .order_by("pk")
    )
    if not claimed:
        return 0
    attempts = {
        attempt.pk: attempt
        for attempt in Attempt.objects.filter(
            pk__in=[row.pk for row in claimed], state__in=FINISHED
        ).select_related("registration__session__exam")
    }
    claimed = [row for row in claimed if row.pk in attempts]
    entries = _entries(attempts)
    marks: list[Mark] = []
    tasks: list[MarkingTask] = []
    for row in claimed:
        attempt = attempts[row.pk]
        for mark in _judge(attempt, grading_plan(attempt.form_id), entries):
            marks.append(mark)
            if mark.points is None:
                tasks += [
                    MarkingTask(attempt_id=attempt.pk, slot_id=mark.slot_id, round=number)
                    for number in MARKER_ROUNDS
                ]
    Mark.objects.bulk_create(marks, batch_size=1000)
    MarkingTask.objects.bulk_create(tasks, batch_size=1000)
    by_attempt: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_attempt[mark.attempt_id].append(mark)
    _advance([attempts[row.pk] for row in claimed], by_attempt)
    return len(claimed)


def _advance(attempts: Sequence[Attempt], marks: Mapping[int, list[Mark]]) -> None:
    """Results for the attempts that need no person, the next state for all, an audit row for each.

    The caller holds the locks of the grading rows, and none of the attempts has a result yet.
    """
    now = timezone.now()
    results = {
        attempt.pk: result
        for attempt in attempts
        if (result := drafted(attempt, mark_facts(marks[attempt.pk]))) is not None
    }
    Result.objects.bulk_create(results.values(), batch_size=500)
    for state, ids in (
        (GradingState.COMPLETE, list(results)),
        (GradingState.MARKING, [attempt.pk for attempt in attempts if attempt.pk not in results]),
    ):
        AttemptGrading.objects.filter(pk__in=ids).update(
            state=state, scored_at=now, last_error="", updated_at=now
        )
    for attempt in attempts:
        data: dict[str, Any] = {
            "marks": len(marks[attempt.pk]),
            "to_markers": sum(mark.points is None for mark in marks[attempt.pk]),
        }
        if attempt.pk in results:
            data["result"] = summary(results[attempt.pk])
        audit.record(actor=None, verb="attempt.score", target=attempt, data=data)


def _entries(attempts: Mapping[int, Attempt]) -> dict[tuple[int, int], list[Entry]]:
    """Newest answer, or all events in order, by (attempt, slot)."""
    found: dict[tuple[int, int], list[Entry]] = defaultdict(list)
    rows = (
        Response.objects.filter(attempt_id__in=list(attempts))
        .order_by("attempt_id", "slot_id", "revision")
        .values_list("attempt_id", "slot_id", "revision", "kind", "value")
    )
    for attempt_id, slot_id, revision, kind, value in rows.iterator(chunk_size=5000):
        known = found[attempt_id, slot_id]
        if kind != EntryKind.EVENT:
            known.clear()
        known.append(Entry(revision, value))
    return found


def _judge(
    attempt: Attempt, plan: GradingPlan, entries: Mapping[tuple[int, int], list[Entry]]
) -> Iterable[Mark]:
    for slot_id, slot in plan.scoring.items():
        given = entries.get((attempt.pk, slot_id), [])
        if slot.kind != PRACTICAL:
            given = given[-1:]
        verdict = score_slot(slot, given, attempt_seed=attempt.seed)
        yield Mark(
            attempt_id=attempt.pk,
            slot_id=slot_id,
            source=MarkSource.AUTO,
            round=0,
            points=verdict.points,
            max_points=slot.points,
            detail=_detail(verdict),
            response_revision=verdict.revision,
            item_revision_id=plan.revisions[slot_id],
        )


def _detail(verdict: Judgement) -> dict[str, Any]:
    detail: dict[str, Any] = dict(verdict.detail)
    if verdict.reason:
        detail["needs_person"] = verdict.reason
    if verdict.requirements:
        detail["requirements"] = {
            str(key): [_text(won), _text(offered)] for key, (won, offered) in verdict.requirements.items()
        }
    return detail


def _text(value: Decimal) -> str:
    return f"{value:f}"


def waiting_ids(*, older_than_seconds: float, limit: int) -> list[int]:
    """Attempts that wait for scoring longer than they should, oldest first.

    One that keeps failing is tried again ever more seldom (a minute more each time, an hour at most).
    """
    now = timezone.now()
    rows = (
        AttemptGrading.objects.filter(state=GradingState.WAITING)
        .order_by("updated_at")
        .values_list("pk", "updated_at", "failures")[: limit * 2]
    )
    due = [
        pk
        for pk, at, failures in rows
        if (now - at).total_seconds() >= older_than_seconds + min(failures, 60) * 60
    ]
    return due[:limit]


def chunk_size() -> int:
    """Attempts in one message."""
    return int(getattr(settings, "SCORING_CHUNK", 25))
