"""The invigilator's live board: everything about a session in four statements, however many sit it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assessments.models import ExamSession, FormSlot

from ..enums import FINISHED, AttemptState
from ..models import Attempt, LateUpload, Registration

SILENT_AFTER = timedelta(seconds=30)
"""A running device pulses every ten seconds or less; after this it counts as not connected."""

ANSWERED = """
SELECT response.attempt_id, count(DISTINCT response.slot_id)
FROM candidates_response AS response
JOIN candidates_attempt AS attempt ON attempt.id = response.attempt_id
JOIN candidates_registration AS registration ON registration.id = attempt.registration_id
WHERE registration.session_id = %s GROUP BY response.attempt_id
"""
LEFT = """
SELECT event.attempt_id, count(*) FILTER (WHERE event.kind = 'left'),
       max(event.id) FILTER (WHERE event.kind = 'left') > coalesce(max(event.id)
           FILTER (WHERE event.kind = 'back'), 0)
FROM candidates_attemptevent AS event
JOIN candidates_attempt AS attempt ON attempt.id = event.attempt_id
JOIN candidates_registration AS registration ON registration.id = attempt.registration_id
WHERE registration.session_id = %s AND event.kind IN ('left', 'back') GROUP BY event.attempt_id
"""

PRIORITY = {"danger": 0, "warn": 1, "accent": 2, "neutral": 3, "success": 4}


@dataclass(frozen=True, slots=True)
class Seat:
    """One candidate on the board. state: what to show, in one word; tone: how urgent it is."""

    registration: Registration
    attempt: Attempt
    state: str
    words: str
    tone: str
    answered: int
    slots: int
    left: int
    away: bool
    seconds_left: int | None


@dataclass(frozen=True, slots=True)
class Board:
    session: ExamSession
    now: datetime
    seats: list[Seat]
    counts: dict[str, int]


def board_of(session: ExamSession, *, show: str = "") -> Board:
    """show: only seats in this state ("" for all). Those who need help come first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now = cursor.fetchone()[0]
        cursor.execute(ANSWERED, [session.pk])
        answered = dict(cursor.fetchall())
        cursor.execute(LEFT, [session.pk])
        left = {attempt: (count, bool(away)) for attempt, count, away in cursor.fetchall()}
    sizes = Counter(
        FormSlot.objects.filter(form__registrations__session=session)
        .values_list("form_id", "pk")
        .distinct()
        .values_list("form_id", flat=True)
    )
    registrations = (
        Registration.objects.filter(session=session)
        .select_related("candidate__school", "attempt")
        .order_by("seat", "ticket_no")
    )
    seats = [_seat(row, session, now, answered, left, sizes[row.form_id]) for row in registrations]
    counts = Counter(seat.state for seat in seats)
    if show:
        seats = [seat for seat in seats if seat.state == show]
    seats.sort(key=lambda seat: PRIORITY[seat.tone])
    return Board(session, now, seats, dict(counts))


def late_uploads_of(session: ExamSession) -> QuerySet[LateUpload]:
    """Answers that came after the end, newest first, with their candidates."""
    return LateUpload.objects.filter(attempt__registration__session=session).select_related(
        "attempt__registration__candidate", "decided_by"
    )


def _seat(
    row: Registration,
    session: ExamSession,
    now: datetime,
    answered: dict[int, int],
    left: dict[int, tuple[int, bool]],
    slots: int,
) -> Seat:
    attempt = row.attempt
    count, away = left.get(attempt.pk, (0, False))
    state, words, tone = _state(row, attempt, session, now, away)
    remaining = None
    if attempt.deadline_at and attempt.state in (AttemptState.RUNNING, AttemptState.PAUSED):
        until = attempt.paused_at if attempt.paused_at else now
        remaining = max(0, int((attempt.deadline_at - until).total_seconds()))
    return Seat(row, attempt, state, words, tone, answered.get(attempt.pk, 0), slots, count, away, remaining)


def _state(
    row: Registration, attempt: Attempt, session: ExamSession, now: datetime, away: bool
) -> tuple[str, str, str]:
    if attempt.state in FINISHED:
        return attempt.state, attempt.get_state_display(), "success"
    if attempt.state == AttemptState.VOIDED:
        return "voided", attempt.get_state_display(), "danger"
    if attempt.state == AttemptState.PAUSED:
        return "paused", _("已暂停"), "warn"
    if attempt.state == AttemptState.RUNNING:
        silent = now - (attempt.last_seen_at or attempt.started_at or now)
        if silent > SILENT_AFTER:
            return "offline", _("失去联系 %(n)d 秒") % {"n": int(silent.total_seconds())}, "danger"
        if away:
            return "left", _("离开页面"), "warn"
        if attempt.unsaved:
            return "unsaved", _("%(n)d 条未上传") % {"n": attempt.unsaved}, "warn"
        return "running", _("作答中"), "accent"
    if row.admitted_at is not None or not session.needs_admission:
        return "admitted", _("已准入，未开始"), "neutral"
    return "registered", _("未到场"), "neutral"
