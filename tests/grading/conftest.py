"""A small exam, graded and released, with both schools' people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from accounts.enums import Role
from grading.models import Certificate, Release, Result
from grading.queries.certificates import awaiting_certificate
from grading.services import certificates, marking, releases, scoring
from grading.services.marking import Award
from tests.factories import World, make_school, make_user, make_world
from tests.grading.factories import RIGHT, WRONG, sit


def mark_everything(first: Any, second: Any) -> None:
    """Both markers give every answer the best level of each criterion."""
    from grading.queries.marking import sheet_of

    for marker in (first, second):
        while (task := marking.claim_next(marker=marker)) is not None:
            points = {entry.id: entry.points for entry in sheet_of(task).criteria}
            marking.award_mark(marker=marker, task_id=task.pk, award=Award(points))


@dataclass
class Graded:
    """Two candidates of school A (one passes), one passing candidate of school B; nothing released yet."""

    world: World
    examiner: Any
    examiner2: Any
    marker: Any
    marker2: Any
    school_a: Any
    school_b: Any
    officer_a: Any
    officer_b: Any
    attempts_a: list[Any]
    attempts_b: list[Any]

    def release(self) -> Release:
        asked = releases.request_release(actor=self.examiner, exam=self.world.exam)
        return releases.approve_release(actor=self.examiner2, release_id=asked.pk)

    def issue(self) -> list[Certificate]:
        certificates.issue_for_results(list(awaiting_certificate().values_list("pk", flat=True)))
        return list(Certificate.objects.order_by("pk"))

    def result_of(self, attempt: Any) -> Result:
        return Result.objects.get(attempt=attempt, is_current=True)


@pytest.fixture
def graded(db: None, settings: Any, tmp_path: Any) -> Graded:
    settings.SIGNING_KEYS_DIR = tmp_path / "keys"
    world = make_world()
    school_a, school_b = make_school("甲职业学院"), make_school("乙职业学院")
    attempts_a = sit(world, RIGHT, [*WRONG[:2], None], school=school_a)
    attempts_b = sit(world, RIGHT, school=school_b)
    scoring.score_attempts([attempt.pk for attempt in attempts_a + attempts_b])
    marker, marker2 = make_user(Role.MARKER), make_user(Role.MARKER)
    mark_everything(marker, marker2)
    return Graded(
        world,
        make_user(Role.EXAMINER, name="吕考务"),
        make_user(Role.EXAMINER, name="施考务"),
        marker,
        marker2,
        school_a,
        school_b,
        make_user(Role.OFFICER, school=school_a),
        make_user(Role.OFFICER, school=school_b),
        attempts_a,
        attempts_b,
    )
