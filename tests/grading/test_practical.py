"""Practical tasks: the log of commands becomes points, and points by requirement."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings

from assessments.kinds.practical import initial_state, seed_for
from assessments.workbenches import registry
from candidates.enums import EntryKind
from candidates.models import Attempt, Response
from grading.models import Mark, Result
from grading.services import scoring
from tests.factories import make_world, register
from tests.grading.factories import hand_in

pytestmark = pytest.mark.django_db


def spec() -> dict[str, Any]:
    """The shipped junior task, its checks pointed at the requirements of the test's small standard."""
    path = django_settings.BASE_DIR / "assessments/bank/kuajing-b2c/practical-junior.yaml"
    item = msgspec.yaml.decode(path.read_bytes())[0]
    for number, check in enumerate(item["key"]["checks"]):
        if check.get("requirements"):
            check["requirements"] = [{"level": "初级", "code": f"1.1.{number % 2 + 1}"}]
    return {name: item[name] for name in ("kind", "stem", "content", "key")}


def sat(share: float) -> tuple[Attempt, Any]:
    world = make_world(spec(), points="40")
    (registration,) = register(world)
    attempt = Attempt.objects.get(registration=registration)
    content = spec()["content"]
    seed = seed_for(content, attempt_seed=attempt.seed, form_seed=world.form.pk)
    bench = registry.get(content["workbench"])
    commands = bench.reference(initial_state(content, seed), content["scenario"])
    slot = world.slots[0]
    Response.objects.bulk_create(
        Response(attempt=attempt, slot=slot, revision=number, kind=EntryKind.EVENT, value=dict(command))
        for number, command in enumerate(commands[: int(len(commands) * share)], start=1)
    )
    hand_in(registration, [], [])
    scoring.score_attempts([attempt.pk])
    return attempt, Result.objects.get(attempt=attempt)


def test_the_reference_solution_earns_all() -> None:
    attempt, result = sat(1)
    assert result.points == Decimal(40)
    assert Mark.objects.get(attempt=attempt).detail["answered"] is True
    by_requirement = result.breakdown["requirements"]
    assert len(by_requirement) == 2
    assert sum(Decimal(entry["p"]) for entry in by_requirement.values()) == 40


def test_half_the_work_earns_a_part_by_requirement() -> None:
    _attempt, result = sat(0.5)
    assert 0 < result.points < 40
    by_requirement = result.breakdown["requirements"].values()
    assert sum(Decimal(entry["p"]) for entry in by_requirement) == result.points
    assert sum(Decimal(entry["m"]) for entry in by_requirement) == 40


def test_nothing_done_earns_nothing() -> None:
    attempt, result = sat(0)
    assert (result.points, Mark.objects.get(attempt=attempt).detail["answered"]) == (0, False)
