"""What candidates may see of themselves: their own places, attempts and receipts, nobody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.errors import NotFound
from accounts.models import User
from assessments.enums import SessionState

from ..enums import FINISHED, AttemptState
from ..models import Attempt, Registration
from ..rules import receipt_code
from .entries import current_entries
from .plans import PRACTICAL, plan_of

ENTER_BEFORE = timedelta(minutes=30)
"""So long before the start the waiting room is open."""


@dataclass(frozen=True, slots=True)
class Place:
    """A registration as its holder sees it. step: what to do next, one word (see `next_step`)."""

    registration: Registration
    attempt: Attempt | None
    step: str
    can_enter: bool
    minutes: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was handed in. answered: questions with an answer; operations: commands in practical tasks;
    late: late uploads waiting for or having had a person's judgement."""

    attempt: Attempt
    code: str
    questions: int
    answered: int
    operations: int
    late: list[Any]


def own_registrations(user: User) -> QuerySet[Registration]:
    return Registration.objects.filter(candidate__user=user).select_related(
        "session__exam", "candidate__school", "attempt"
    )


def own_attempts(user: User) -> QuerySet[Attempt]:
    return Attempt.objects.filter(registration__candidate__user=user).select_related(
        "registration__session__exam", "registration__candidate__school"
    )


def own_attempt(user: User, pk: int) -> Attempt:
    """Raises NotFound for an attempt that is another's as for one that does not exist."""
    attempt = own_attempts(user).filter(pk=pk).first() if pk < 2**63 else None
    if attempt is None:
        raise NotFound("attempt_unknown", _("没有这次作答。"), hint=_("请从“我的考试”进入。"))
    return attempt


def own_places(user: User, now: datetime) -> list[Place]:
    """All places of a candidate: what is under way or next first, what is over last."""
    places = [place_of(registration, now) for registration in own_registrations(user)]
    return sorted(places, key=lambda place: (place.step in OVER, _distance(place, now)))


def place_of(registration: Registration, now: datetime) -> Place:
    attempt = getattr(registration, "attempt", None)
    session = registration.session
    step = next_step(registration, attempt, now)
    enters = step in ("go_on", "start", "admission", "paused") or (
        step == "wait" and now >= session.starts_at - ENTER_BEFORE
    )
    extra = attempt.extra_seconds // 60 if attempt else 0
    minutes = session.minutes + registration.extra_minutes + session.added_seconds // 60 + extra
    return Place(registration, attempt, step, enters and attempt is not None, minutes)


OVER = ("finished", "voided", "missed")


def next_step(registration: Registration, attempt: Attempt | None, now: datetime) -> str:
    """preparing, wait, admission, start, go_on, paused, finished, voided or missed."""
    session = registration.session
    if attempt is None:
        return "preparing"
    if attempt.state in FINISHED:
        return "finished"
    if attempt.state == AttemptState.VOIDED:
        return "voided"
    if attempt.state == AttemptState.RUNNING:
        return "go_on"
    if attempt.state == AttemptState.PAUSED:
        return "paused"
    if session.state == SessionState.CLOSED or now > session.starts_at + timedelta(
        minutes=session.late_minutes
    ):
        return "missed"
    if now < session.starts_at:
        return "wait"
    if session.needs_admission and registration.admitted_at is None:
        return "admission"
    return "start"


def receipt_of(attempt: Attempt) -> Receipt:
    """Raises NotFound where nothing has been handed in."""
    if attempt.state not in FINISHED:
        raise NotFound("receipt_missing", _("尚未交卷，没有回执。"), hint=_("交卷后即可查看回执。"))
    slots = plan_of(attempt.form_id).slots
    entries = current_entries(attempt.pk)
    answered = sum(1 for entry in entries if entry.value is not None and entry.slot in slots)
    operations = sum(entry.revision for entry in entries if slots[entry.slot].kind == PRACTICAL)
    late = list(attempt.late_uploads.order_by("received_at"))
    return Receipt(attempt, receipt_code(attempt.receipt), len(slots), answered, operations, late)


def database_clock() -> datetime:
    """The clock that judges: application servers and devices may disagree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def _distance(place: Place, now: datetime) -> float:
    """What is under way counts as now; the rest by how far it lies from now."""
    if place.step in ("go_on", "paused"):
        return -1
    return abs((place.registration.session.starts_at - now).total_seconds())
