"""Handed-in attempts with answers, ready to be graded."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from candidates.enums import AttemptState, EntryKind
from candidates.models import Attempt, Registration, Response
from tests.factories import World, register

RIGHT: list[Any] = [{"choice": "A"}, {"blanks": {"1": "海外仓"}}, {"text": "先查物流，再补发或退款。"}]
WRONG: list[Any] = [{"choice": "B"}, {"blanks": {"1": "国内仓"}}, {"text": "不知道"}]


def hand_in(registration: Registration, answers: list[Any], slots: list[Any]) -> Attempt:
    """Answer the slots (None: left blank) and hand the attempt in, as delivery leaves it."""
    attempt = Attempt.objects.get(registration=registration)
    Response.objects.bulk_create(
        Response(attempt=attempt, slot=slot, revision=1, kind=EntryKind.ANSWER, value=answer)
        for slot, answer in zip(slots, answers, strict=False)
        if answer is not None
    )
    now = timezone.now()
    Attempt.objects.filter(pk=attempt.pk).update(
        state=AttemptState.SUBMITTED, started_at=now, deadline_at=now, finished_at=now, receipt="0" * 64
    )
    attempt.refresh_from_db()
    return attempt


def sit(world: World, *all_answers: list[Any], school: Any = None) -> list[Attempt]:
    """One handed-in attempt for each list of answers."""
    registrations = register(world, len(all_answers), school=school)
    return [
        hand_in(registration, answers, world.slots)
        for registration, answers in zip(registrations, all_answers, strict=True)
    ]
