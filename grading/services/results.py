"""Fold the marks of an attempt into a result. Equal marks give no new version; a change adds one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.errors import Refusal
from accounts.services import audit
from candidates.models import Attempt

from ..enums import GradingState
from ..models import AttemptGrading, Mark, Result
from ..queries.plans import grading_plan
from ..rules import (
    BadPassRules,
    MarkFact,
    Outcome,
    PassRules,
    Standing,
    decide,
    fold,
    marks_digest,
    parse_pass_rules,
    settle,
)

log = structlog.get_logger(__name__)


def mark_facts(marks: Iterable[Mark]) -> list[MarkFact]:
    """Marks as the rules see them: of each source and round only the highest version."""
    newest: dict[tuple[int, str, int], Mark] = {}
    for mark in marks:
        key = (mark.slot_id, str(mark.source), mark.round)
        if key not in newest or newest[key].version < mark.version:
            newest[key] = mark
    return [
        MarkFact(
            slot=mark.slot_id,
            source=str(mark.source),
            round=mark.round,
            points=mark.points,
            requirements=_requirements(mark),
        )
        for mark in newest.values()
    ]


def _requirements(mark: Mark) -> Mapping[int, tuple[Decimal, Decimal]]:
    return {
        int(key): (Decimal(won), Decimal(offered))
        for key, (won, offered) in mark.detail.get("requirements", {}).items()
    }


def settled(attempt: Attempt, facts: Iterable[MarkFact]) -> dict[int, Outcome]:
    """The outcome of each slot of the attempt's form."""
    plan = grading_plan(attempt.form_id)
    by_slot: dict[int, list[MarkFact]] = defaultdict(list)
    for fact in facts:
        by_slot[fact.slot].append(fact)
    return {slot_id: settle(slot.points, by_slot[slot_id]) for slot_id, slot in plan.slots.items()}


def exam_rules(attempt: Attempt) -> PassRules:
    """The pass rules of the attempt's exam; raises a Refusal when they can't be read."""
    try:
        return parse_pass_rules(attempt.registration.session.exam.pass_rules)
    except BadPassRules as error:
        raise Refusal(
            "pass_rules_unreadable",
            _("考试的合格规则无法读取，不能判定是否合格。"),
            hint=_("请考务检查合格规则后重新计分。"),
            data={"detail": str(error)},
        ) from error


def drafted(attempt: Attempt, facts: list[MarkFact]) -> Result | None:
    """The result these marks make, unsaved and without a version; None while slots are open."""
    outcomes = settled(attempt, facts)
    if any(outcome.standing is not Standing.SETTLED for outcome in outcomes.values()):
        return None
    plan = grading_plan(attempt.form_id)
    known = {fact.slot: fact.requirements for fact in facts if fact.requirements}
    folded = fold(list(plan.slots.values()), outcomes, plan.places, known)
    with override(settings.LANGUAGE_CODE):  # the stored sentences are the site's, whoever set this off
        decision = decide(exam_rules(attempt), folded, plan.domains)
    return Result(
        attempt=attempt,
        version=1,
        points=folded.total.points,
        max_points=folded.total.maximum,
        passed=decision.passed,
        breakdown=folded.as_json(),
        decision=decision.as_json(),
        marks_digest=marks_digest(facts),
    )


@transaction.atomic
def fold_attempt(attempt: Attempt) -> Result | None:
    """The current result of an attempt, made anew if its marks changed; None while slots are open.

    Exactly one version is current (unique constraint); the row of AttemptGrading is the lock.
    """
    AttemptGrading.objects.select_for_update().get(pk=attempt.pk)
    result = drafted(attempt, mark_facts(Mark.objects.filter(attempt=attempt).order_by("id")))
    if result is None:
        return None
    current = Result.objects.filter(attempt=attempt, is_current=True).first()
    if current is not None:
        if current.marks_digest == result.marks_digest:
            return current
        Result.objects.filter(pk=current.pk).update(is_current=False)
        result.version = current.version + 1
    result.save(force_insert=True)
    audit.record(actor=None, verb="result.compute", target=result, data=summary(result))
    return result


def summary(result: Result) -> dict[str, object]:
    """What the audit says of a result."""
    return {
        "attempt": result.attempt_id,
        "version": result.version,
        "points": str(result.points),
        "passed": result.passed,
    }


@transaction.atomic
def complete_if_settled(attempt_id: int) -> Result | None:
    """After a mark: fold the attempt when nothing is open any more, and say so on its grading row."""
    row = AttemptGrading.objects.select_for_update().get(pk=attempt_id)
    if row.state == GradingState.WAITING:
        return None
    attempt = Attempt.objects.select_related("registration__session__exam").get(pk=attempt_id)
    result = fold_attempt(attempt)
    if result is not None and row.state != GradingState.COMPLETE:
        row.state = GradingState.COMPLETE
        row.save(update_fields=["state", "updated_at"])
    return result
