"""What a device may know of its attempt."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.errors import NotFound
from assessments.kinds import get_kind

from ..enums import AttemptEventKind
from ..models import Attempt, AttemptEvent
from ..rules import personal_order, receipt_code
from ..schemas import PulseBody
from ..tokens import AttemptToken
from .entries import current_entries
from .plans import plan_of

PULSE = """
UPDATE candidates_attempt SET
    last_seen_at = CASE WHEN lease = %(lease)s::uuid THEN clock_timestamp() ELSE last_seen_at END,
    unsaved = CASE WHEN state IN ('running', 'paused') AND lease = %(lease)s::uuid
              THEN %(unsaved)s ELSE unsaved END
WHERE id = %(attempt)s
RETURNING state, lease = %(lease)s::uuid, deadline_at, clock_timestamp(),
    (SELECT coalesce(json_agg(json_build_object('at', event.at, 'text', event.data ->> 'text')
                              ORDER BY event.id), '[]')
     FROM candidates_attemptevent AS event
     WHERE event.attempt_id = %(attempt)s AND event.kind = 'message')
"""


def full_state(token: AttemptToken) -> dict[str, Any]:
    """Everything to go on from. Questions (`paper`) and orders only once the attempt has started."""
    attempt = (
        Attempt.objects.select_related("registration__session__exam", "registration__candidate")
        .filter(pk=token.attempt)
        .first()
    )
    if attempt is None:
        raise NotFound("attempt_unknown", _("没有这次作答。"))
    registration, session = attempt.registration, attempt.registration.session
    body: dict[str, Any] = {
        "attempt": attempt.pk,
        "state": attempt.state,
        "held": attempt.lease == token.lease,
        "server_time": _clock(),
        "deadline": attempt.deadline_at.isoformat() if attempt.deadline_at else None,
        "finished_at": attempt.finished_at.isoformat() if attempt.finished_at else None,
        "grace_seconds": session.grace_seconds,
        "receipt": attempt.receipt,
        "code": receipt_code(attempt.receipt) if attempt.receipt else "",
        "session": {
            "exam": session.exam.title,
            "name": session.name,
            "room": session.room,
            "starts_at": session.starts_at.isoformat(),
            "late_minutes": session.late_minutes,
            "minutes": session.minutes + registration.extra_minutes,
        },
        "candidate": {
            "name": registration.candidate.name,
            "ticket_no": registration.ticket_no,
            "seat": registration.seat,
        },
        "admitted": registration.admitted_at is not None or not session.needs_admission,
    }
    if attempt.started_at is not None:
        plan = plan_of(attempt.form_id)
        orderable = {
            pk: ids for pk, slot in plan.slots.items() if (ids := get_kind(slot.kind).orderable(slot.content))
        }
        body["paper"] = plan.sha256
        body["order"] = personal_order(attempt.seed, plan.sections, orderable)
        body["entries"] = [entry._asdict() for entry in current_entries(attempt.pk)]
    return body


def pulse(token: AttemptToken, body: PulseBody) -> dict[str, Any]:
    """Note that the device is there; return state, times and messages. One statement when nothing happened."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(PULSE, {"attempt": token.attempt, "lease": token.lease, "unsaved": body.unsaved})
            row = cursor.fetchone()
        if row is None:
            raise NotFound("attempt_unknown", _("没有这次作答。"))
        state, held, deadline_at, now, messages = row
        if held and (body.left or body.back):
            AttemptEvent.objects.bulk_create(
                [
                    AttemptEvent(attempt_id=token.attempt, kind=kind, data={"at": moment.isoformat()})
                    for kind, moments in (
                        (AttemptEventKind.LEFT, body.left),
                        (AttemptEventKind.BACK, body.back),
                    )
                    for moment in moments
                ]
            )
    return {
        "state": state,
        "held": bool(held),
        "deadline": deadline_at.isoformat() if deadline_at else None,
        "server_time": now.isoformat(),
        "messages": messages,
    }


def _clock() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return str(cursor.fetchone()[0].isoformat())
