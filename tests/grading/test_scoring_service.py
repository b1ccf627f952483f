"""From handed in to result: exactly once, one pathological answer harms no other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from grading.enums import GradingState, MarkSource
from grading.models import AttemptGrading, Mark, MarkingTask, Result
from grading.services import scoring
from tests.factories import BLANK, CHOICE, make_world
from tests.grading.factories import RIGHT, WRONG, sit

pytestmark = pytest.mark.django_db


def test_rule_scored_attempt_is_complete_at_once() -> None:
    world = make_world(CHOICE, BLANK)
    (attempt,) = sit(world, RIGHT[:2])
    assert scoring.score_attempts([attempt.pk]) == 1
    result = Result.objects.get(attempt=attempt)
    assert (result.points, result.max_points, result.passed, result.version) == (4, 4, True, 1)
    assert AttemptGrading.objects.get(pk=attempt.pk).state == GradingState.COMPLETE
    assert {mark.source for mark in Mark.objects.all()} == {MarkSource.AUTO}
    assert all(rule["met"] and "达到" in rule["text"] for rule in result.decision["rules"])


def test_scoring_again_changes_nothing() -> None:
    world = make_world(CHOICE, BLANK)
    (attempt,) = sit(world, WRONG[:2])
    for _again in range(3):
        scoring.score_attempts([attempt.pk])
    assert Mark.objects.count() == 2
    assert Result.objects.count() == 1


def test_open_answers_go_to_two_markers_and_blank_ones_to_none() -> None:
    world = make_world()
    answered, blank = sit(world, RIGHT, [*RIGHT[:2], None])
    scoring.score_attempts([answered.pk, blank.pk])
    assert sorted(MarkingTask.objects.values_list("attempt", "round")) == [(answered.pk, 1), (answered.pk, 2)]
    assert AttemptGrading.objects.get(pk=answered.pk).state == GradingState.MARKING
    assert not Result.objects.filter(attempt=answered).exists()
    assert Result.objects.get(attempt=blank).points == Decimal(4)


def test_a_scorer_that_raises_goes_to_a_person_and_others_go_on(monkeypatch: Any) -> None:
    from assessments.kinds import get_kind

    def explode(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("boom")

    world = make_world(CHOICE, BLANK)
    first, second = sit(world, RIGHT[:2], RIGHT[:2])
    monkeypatch.setattr(type(get_kind("fill_blank")), "score", explode)
    assert scoring.score_attempts([first.pk, second.pk]) == 2
    broken = Mark.objects.filter(slot=world.slots[1])
    assert [mark.points for mark in broken] == [None, None]
    assert all(mark.detail["needs_person"] == "scorer_failed" for mark in broken)
    assert MarkingTask.objects.count() == 4
    assert set(Mark.objects.filter(slot=world.slots[0]).values_list("points", flat=True)) == {Decimal(2)}


def test_a_scorer_that_hangs_goes_to_a_person(monkeypatch: Any) -> None:
    from assessments.kinds import get_kind
    from grading.scoring import slots

    def hang(*_args: Any, **_kwargs: Any) -> Any:
        while True:
            pass

    world = make_world(CHOICE)
    (attempt,) = sit(world, RIGHT[:1])
    monkeypatch.setattr(slots, "SECONDS_PER_SLOT", 0.2)
    monkeypatch.setattr(type(get_kind("single_choice")), "score", hang)
    scoring.score_attempts([attempt.pk])
    assert Mark.objects.get().detail["needs_person"] == "scorer_timeout"


def test_an_attempt_that_cannot_be_folded_is_named_and_holds_up_no_other() -> None:
    world = make_world(CHOICE)
    other = make_world(CHOICE)
    (good,) = sit(world, RIGHT[:1])
    (bad,) = sit(other, RIGHT[:1])
    other.exam.pass_rules = {"total": "sixty"}
    other.exam.save()
    assert scoring.score_attempts([good.pk, bad.pk]) == 1
    row = AttemptGrading.objects.get(pk=bad.pk)
    assert (row.state, row.failures) == (GradingState.WAITING, 1)
    assert row.last_error
    assert not Mark.objects.filter(attempt=bad).exists()
    other.exam.pass_rules = {"total": "60"}
    other.exam.save()
    assert scoring.score_attempts([bad.pk]) == 1


def test_marks_can_be_neither_changed_nor_doubled() -> None:
    world = make_world(CHOICE)
    (attempt,) = sit(world, RIGHT[:1])
    scoring.score_attempts([attempt.pk])
    mark = Mark.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Mark.objects.filter(pk=mark.pk).update(points=0)
    mark.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        mark.save(force_insert=True)


def test_waiting_attempts_are_found_without_any_hint() -> None:
    world = make_world(CHOICE)
    (attempt,) = sit(world, RIGHT[:1])
    scoring.open_gradings()
    assert scoring.waiting_ids(older_than_seconds=0, limit=10) == [attempt.pk]
    assert scoring.waiting_ids(older_than_seconds=60, limit=10) == []
