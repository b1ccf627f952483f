"""Two blind markers, an arbiter where they differ, leases, corrections."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.errors import Forbidden, Invalid, NotFound, Refusal
from grading.enums import MarkingState
from grading.models import Mark, MarkingTask, Result
from grading.services import marking, scoring
from grading.services.marking import Award
from tests.factories import OPEN, World, make_user, make_world
from tests.grading.factories import sit

pytestmark = pytest.mark.django_db
FULL = {"c1": Decimal("2.00"), "c2": Decimal("2.00")}
HALF = {"c1": Decimal("1.00"), "c2": Decimal("2.00")}
NONE = {"c1": Decimal("0.00"), "c2": Decimal("0.00")}


@pytest.fixture
def world() -> World:
    return make_world(OPEN, points="4")


@pytest.fixture
def markers() -> tuple[Any, Any, Any]:
    return make_user(Role.MARKER), make_user(Role.MARKER), make_user(Role.ARBITER)


def start(world: World, count: int = 1) -> list[Any]:
    attempts = sit(world, *[[{"text": f"答案 {n}"}] for n in range(count)])
    scoring.score_attempts([attempt.pk for attempt in attempts])
    return attempts


def judge(marker: Any, points: dict[str, Decimal], *, arbiter: bool = False) -> Mark:
    task = marking.claim_next(marker=marker, arbiter=arbiter)
    assert task is not None
    return marking.award_mark(marker=marker, task_id=task.pk, award=Award(points))


def test_agreement_gives_the_mean(world: World, markers: Any) -> None:
    (attempt,) = start(world)
    first, second, _arbiter = markers
    judge(first, FULL)
    assert not Result.objects.exists()
    assert marking.claim_next(marker=first) is None, "nobody judges one answer twice"
    world.exam.refresh_from_db()
    judge(second, FULL)
    result = Result.objects.get(attempt=attempt)
    assert (result.points, result.passed) == (Decimal(4), True)


def test_disagreement_goes_to_the_arbiter_who_decides(world: World, markers: Any) -> None:
    (attempt,) = start(world)
    first, second, arbiter = markers
    judge(first, FULL)
    judge(second, NONE)
    assert not Result.objects.exists()
    judge(arbiter, HALF, arbiter=True)
    assert Result.objects.get(attempt=attempt).points == Decimal(3)


def test_who_marked_it_never_arbitrates_it(world: World) -> None:
    start(world)
    both = make_user(Role.MARKER, Role.ARBITER)
    judge(both, FULL)
    judge(make_user(Role.MARKER), NONE)
    assert MarkingTask.objects.filter(round=3).count() == 1
    assert marking.claim_next(marker=both, arbiter=True) is None


def test_a_claim_is_a_lease(world: World, markers: Any) -> None:
    start(world)
    first, second, _arbiter = markers
    task = marking.claim_next(marker=first)
    assert task is not None
    assert marking.claim_next(marker=first) == task, "asking again gives the same answer back"
    other = marking.claim_next(marker=second)
    assert other is not None
    assert other.pk != task.pk
    MarkingTask.objects.filter(pk=task.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert marking.release_expired() == 1
    with pytest.raises(NotFound):
        marking.award_mark(marker=first, task_id=task.pk, award=Award(FULL))
    task.refresh_from_db()
    assert (task.state, task.marker) == (MarkingState.OPEN, None)


def test_a_mark_may_be_corrected_until_it_counts(world: World, markers: Any) -> None:
    (attempt,) = start(world)
    first, second, _arbiter = markers
    mark = judge(first, NONE)
    corrected = marking.award_mark(marker=first, task_id=mark.task.pk, award=Award(FULL))
    assert (corrected.version, Mark.objects.filter(source="marker").count()) == (2, 2)
    judge(second, FULL)
    assert Result.objects.get(attempt=attempt).points == Decimal(4)
    with pytest.raises(Refusal) as refused:
        marking.award_mark(marker=first, task_id=mark.task.pk, award=Award(NONE))
    assert refused.value.code == "mark_final"


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ({"c1": Decimal(2)}, "criterion_missing"),
        ({"c1": Decimal("1.5"), "c2": Decimal(2)}, "criterion_points"),
        ({"c1": Decimal(3), "c2": Decimal(2)}, "criterion_points"),
        ({**FULL, "c9": Decimal(0)}, "criterion_unknown"),
    ],
)
def test_points_off_the_rubric_are_refused(world: World, markers: Any, points: Any, code: str) -> None:
    start(world)
    task = marking.claim_next(marker=markers[0])
    assert task is not None
    with pytest.raises(Invalid) as refused:
        marking.award_mark(marker=markers[0], task_id=task.pk, award=Award(points))
    assert refused.value.code == code
    assert not Mark.objects.filter(source="marker").exists()


def test_others_may_not_mark(world: World) -> None:
    start(world)
    with pytest.raises(Forbidden):
        marking.claim_next(marker=make_user(Role.EXAMINER))


def test_an_override_outlasts_and_adds_a_version(world: World, markers: Any) -> None:
    (attempt,) = start(world)
    judge(markers[0], FULL)
    judge(markers[1], FULL)
    examiner = make_user(Role.EXAMINER)
    with pytest.raises(Invalid):
        marking.override_mark(
            actor=examiner, attempt_id=attempt.pk, slot_id=world.slots[0].pk, points=Decimal(5), reason="x"
        )
    marking.override_mark(
        actor=examiner, attempt_id=attempt.pk, slot_id=world.slots[0].pk, points=Decimal(1), reason="误判"
    )
    versions = list(
        Result.objects.filter(attempt=attempt).order_by("version").values_list("points", "is_current")
    )
    assert versions == [(Decimal(4), False), (Decimal(1), True)]
