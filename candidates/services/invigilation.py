"""What an invigilator does to a running session. Every act is audited and kept as an attempt event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import DateTimeField, F, Func
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid, Refusal
from accounts.models import User
from accounts.services import audit
from assessments.enums import SessionState
from assessments.models import ExamSession

from ..enums import FINISHED, AttemptEventKind, AttemptState
from ..models import Attempt, AttemptEvent, Incident, Registration
from . import attempts

MAX_EXTENSION_MINUTES = 240
DATABASE_CLOCK = Func(function="clock_timestamp", output_field=DateTimeField())
"""A pause is given back by the same clock that takes it: application servers may disagree."""


@transaction.atomic
def admit(*, registrations: Sequence[Registration], actor: User) -> int:
    """Let candidates in after checking ticket and identity. Admitting twice changes nothing."""
    pks = [registration.pk for registration in registrations]
    fresh = Registration.objects.select_for_update(of=("self",)).filter(pk__in=pks, admitted_at__isnull=True)
    admitted = list(fresh.select_related("attempt"))
    Registration.objects.filter(pk__in=[r.pk for r in admitted]).update(
        admitted_at=timezone.now(), admitted_by=actor
    )
    AttemptEvent.objects.bulk_create(
        [
            AttemptEvent(attempt=registration.attempt, kind=AttemptEventKind.ADMITTED, actor=actor)
            for registration in admitted
        ]
    )
    for registration in admitted:
        audit.record(actor=actor, verb="registration.admit", target=registration)
    return len(admitted)


@transaction.atomic
def pause(*, attempt: Attempt, actor: User, reason: str = "") -> Attempt:
    """Stop the clock. The device keeps what is typed and sends it when the attempt goes on."""
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.state == AttemptState.PAUSED:
        return attempt
    if attempt.state != AttemptState.RUNNING:
        raise _not_running(attempt)
    Attempt.objects.filter(pk=attempt.pk).update(state=AttemptState.PAUSED, paused_at=DATABASE_CLOCK)
    _note(attempt, AttemptEventKind.PAUSED, actor, {"reason": reason})
    attempt.refresh_from_db()
    return attempt


@transaction.atomic
def unpause(*, attempt: Attempt, actor: User) -> Attempt:
    """Go on; the deadline moves by the length of the pause."""
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.state == AttemptState.RUNNING:
        return attempt
    if attempt.state != AttemptState.PAUSED:
        raise _not_running(attempt)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE candidates_attempt SET state = 'running', paused_at = NULL,"
            " deadline_at = deadline_at + (clock_timestamp() - paused_at) WHERE id = %s",
            [attempt.pk],
        )
    attempt.refresh_from_db()
    _note(attempt, AttemptEventKind.UNPAUSED, actor, {"deadline": _iso(attempt)})
    return attempt


@transaction.atomic
def extend(*, attempt: Attempt, minutes: int, actor: User, reason: str = "") -> Attempt:
    """Give one candidate more time, before or during the attempt."""
    _check_minutes(minutes)
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.state in (*FINISHED, AttemptState.VOIDED):
        raise _not_running(attempt)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE candidates_attempt SET extra_seconds = extra_seconds + %s,"
            " deadline_at = deadline_at + make_interval(mins => %s) WHERE id = %s",
            [minutes * 60, minutes, attempt.pk],
        )
    attempt.refresh_from_db()
    _note(
        attempt,
        AttemptEventKind.EXTENDED,
        actor,
        {"minutes": minutes, "reason": reason, "deadline": _iso(attempt)},
    )
    return attempt


@transaction.atomic
def extend_all(*, session: ExamSession, minutes: int, actor: User, reason: str = "") -> int:
    """Give everyone in the session more time: running attempts now, the others when they start.

    The session's end moves along. Returns how many running attempts were moved.
    """
    _check_minutes(minutes)
    session = ExamSession.objects.select_for_update().get(pk=session.pk)
    if session.state == SessionState.CLOSED:
        raise Refusal("session_closed", _("考次已结束，不能加时。"))
    ExamSession.objects.filter(pk=session.pk).update(
        added_seconds=F("added_seconds") + minutes * 60,
        closes_at=F("closes_at") + timedelta(minutes=minutes),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE candidates_attempt AS attempt"
            " SET deadline_at = deadline_at + make_interval(mins => %s)"
            " FROM candidates_registration AS registration"
            " WHERE registration.id = attempt.registration_id AND registration.session_id = %s"
            " AND attempt.state IN ('running', 'paused') RETURNING attempt.id",
            [minutes, session.pk],
        )
        moved = [row[0] for row in cursor.fetchall()]
    AttemptEvent.objects.bulk_create(
        [
            AttemptEvent(
                attempt_id=pk,
                kind=AttemptEventKind.EXTENDED,
                actor=actor,
                data={"minutes": minutes, "reason": reason, "all": True},
            )
            for pk in moved
        ]
    )
    audit.record(
        actor=actor,
        verb="session.extend",
        target=session,
        data={"minutes": minutes, "reason": reason, "running": len(moved)},
    )
    return len(moved)


@transaction.atomic
def send_message(*, attempts_to: Sequence[Attempt], text: str, actor: User) -> int:
    """Show a message on candidates' screens within one pulse."""
    text = text.strip()
    if not text or len(text) > 500:
        raise Invalid("message_length", _("消息应为 1–500 字。"))
    for attempt in attempts_to:
        _note(attempt, AttemptEventKind.MESSAGE, actor, {"text": text})
    return len(attempts_to)


def force_collect(*, attempt: Attempt, actor: User, reason: str) -> Attempt:
    """Collect now, with what has been saved."""
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明收卷原因。"), hint=_("原因会记入考场记录。"))
    with transaction.atomic():
        collected = attempts.collect(attempt.pk, actor=actor)
        audit.record(
            actor=actor, verb="attempt.force_collect", target=collected, data={"reason": reason.strip()}
        )
    return collected


@transaction.atomic
def note_incident(
    *, session: ExamSession, registration: Registration | None, text: str, actor: User
) -> Incident:
    """Write an entry of the session's record. It cannot be changed afterwards."""
    text = text.strip()
    if not text or len(text) > 2000:
        raise Invalid("incident_length", _("记录应为 1–2000 字。"))
    incident = Incident.objects.create(session=session, registration=registration, text=text, by=actor)
    audit.record(actor=actor, verb="session.incident", target=session, data={"incident": incident.pk})
    return incident


def _note(attempt: Attempt, kind: AttemptEventKind, actor: User, data: dict[str, object]) -> None:
    AttemptEvent.objects.create(attempt=attempt, kind=kind, actor=actor, data=data)
    audit.record(actor=actor, verb=f"attempt.{kind}", target=attempt, data=data)


def _not_running(attempt: Attempt) -> Refusal:
    return Refusal(
        "attempt_not_running",
        _("该考生当前不在作答（%(state)s）。") % {"state": attempt.get_state_display()},
        data={"state": attempt.state},
    )


def _check_minutes(minutes: int) -> None:
    if not 1 <= minutes <= MAX_EXTENSION_MINUTES:
        raise Invalid("minutes_range", _("加时应为 1–%(n)d 分钟。") % {"n": MAX_EXTENSION_MINUTES})


def _iso(attempt: Attempt) -> str:
    return attempt.deadline_at.isoformat() if attempt.deadline_at else ""
