"""The sums of the main job, and whether they are right."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from assessments.models import Form, Item
from candidates.models import Attempt, Candidate, Response
from grading.models import AttemptGrading, Certificate, Mark, Result
from standards.models import Domain, Edition, Level, Requirement, Task

from .sitting import Sat


def count(sat: list[Sat]) -> dict[str, Any]:
    """Everything but `verified`, `foreign_rows_seen` and `seconds`, read from the database."""
    stored = {
        (attempt, slot, revision): value
        for attempt, slot, revision, value in Response.objects.values_list(
            "attempt_id", "slot_id", "revision", "value"
        )
    }
    lost = sum(
        stored.get((one.attempt, slot, revision), _MISSING) != value
        for one in sat
        for slot, (revision, value) in one.held.items()
    )
    open_answers = Mark.objects.exclude(source="auto").values("attempt", "slot").distinct().count()
    by_level = (
        Result.objects.filter(is_current=True, passed=True)
        .values_list("attempt__form__blueprint__level__name")
        .annotate(n=Count("pk"))
        .order_by("attempt__form__blueprint__level__number")
    )
    return {
        "editions": Edition.objects.filter(state="published").count(),
        "levels": Level.objects.count(),
        "domains": Domain.objects.count(),
        "tasks": Task.objects.count(),
        "requirements": Requirement.objects.count(),
        "items": Item.objects.filter(state="live").count(),
        "kinds": Item.objects.filter(state="live").values("kind").distinct().count(),
        "forms": Form.objects.filter(state="frozen").count(),
        "candidates": Candidate.objects.count(),
        "attempts": Attempt.objects.count(),
        "collected": Attempt.objects.filter(state="collected").count(),
        "responses_saved": len(stored),
        "responses_lost": lost,
        "scored": AttemptGrading.objects.filter(scored_at__isnull=False).count(),
        "marked": open_answers,
        "results": Result.objects.filter(is_current=True).count(),
        "passes": Result.objects.filter(is_current=True, passed=True).count(),
        "passes_by_level": dict(by_level),
        "certificates": Certificate.objects.filter(state="issued").count(),
    }


def wrong(sums: dict[str, Any]) -> list[str]:
    """What is off, in words; empty when the job is right."""
    expected = {
        "editions": 1,
        "levels": 3,
        "domains": 8,
        "tasks": 23,
        "requirements": 73,
        "forms": 6,
        "candidates": 60,
        "attempts": 60,
        "scored": sums["attempts"],
        "results": sums["attempts"],
        "responses_lost": 0,
        "certificates": sums["passes"],
        "verified": sums["passes"],
        "foreign_rows_seen": 0,
    }
    found = [f"{name}: {sums[name]}, not {value}" for name, value in expected.items() if sums[name] != value]
    least = {"items": 219, "kinds": 7, "collected": 1, "marked": 1, "passes": 1, "responses_saved": 60}
    found += [
        f"{name}: {sums[name]}, fewer than {value}" for name, value in least.items() if sums[name] < value
    ]
    return found


_MISSING = object()
