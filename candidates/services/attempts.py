"""The life of an attempt: prepared, started, handed in or collected.

Lock order everywhere: session, then attempt, then its responses. The database's clock judges times.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.errors import Invalid, NotFound, Refusal
from accounts.models import User
from accounts.services import audit
from assessments.enums import SessionState
from assessments.models import ExamSession

from ..enums import FINISHED, AttemptEventKind, AttemptState
from ..handin import announce
from ..models import Attempt, AttemptEvent, LateUpload, Registration
from ..queries.entries import current_digest
from ..schemas import Entry
from ..sealed import read_sealed
from ..tokens import AttemptToken
from .responses import check_entries, closed, entries_digest, settle_resent

START = """
WITH session AS MATERIALIZED (
    SELECT session.* FROM assessments_examsession AS session
    JOIN candidates_registration AS registration ON registration.session_id = session.id
    JOIN candidates_attempt AS attempt ON attempt.registration_id = registration.id
    WHERE attempt.id = %(attempt)s FOR SHARE OF session)
UPDATE candidates_attempt AS attempt
SET state = 'running', started_at = clock_timestamp(), last_seen_at = clock_timestamp(),
    deadline_at = least(
        clock_timestamp() + make_interval(
            mins => session.minutes + registration.extra_minutes,
            secs => session.added_seconds + attempt.extra_seconds),
        session.closes_at + make_interval(
            mins => registration.extra_minutes, secs => attempt.extra_seconds))
FROM candidates_registration AS registration
JOIN session ON session.id = registration.session_id
WHERE attempt.id = %(attempt)s AND registration.id = attempt.registration_id
  AND attempt.state = 'prepared' AND attempt.lease = %(lease)s::uuid
  AND session.state <> 'closed'
  AND (registration.admitted_at IS NOT NULL OR NOT session.needs_admission)
  AND clock_timestamp() >= session.starts_at
  AND clock_timestamp() <= session.starts_at + make_interval(mins => session.late_minutes)
RETURNING attempt.started_at, attempt.deadline_at
"""
"""FOR SHARE: whoever adds time for all has either seen this start, or is waited for and read anew."""

APPEND = """
INSERT INTO candidates_response (attempt_id, slot_id, revision, kind, value, flagged, client_at)
SELECT %s, entry.slot, entry.revision, 'answer', entry.value, entry.flagged, entry.at
FROM jsonb_to_recordset(%s::jsonb)
    AS entry(slot bigint, revision int, value jsonb, flagged boolean, at timestamptz)
ON CONFLICT DO NOTHING
"""


def prepare_attempts(registrations: Iterable[Registration]) -> int:
    """Make the attempts of registrations that have none, before the session opens. Idempotent."""
    made = Attempt.objects.bulk_create(
        [
            Attempt(registration=registration, form_id=registration.form_id, seed=secrets.randbelow(2**53))
            for registration in registrations
        ],
        ignore_conflicts=True,
    )
    return len(made)


@transaction.atomic
def take_lease(*, attempt: Attempt, device: str, actor: User | None) -> AttemptToken:
    """Give this device the right to write, taking it from any other. Both are kept as events.

    A finished attempt gives a token too (to read the receipt and hand over late answers).
    """
    attempt = (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("registration__session")
        .get(pk=attempt.pk)
    )
    grace = attempt.registration.session.grace_seconds
    if attempt.state in (*FINISHED, AttemptState.VOIDED):
        return AttemptToken(attempt.pk, attempt.form_id, grace, attempt.lease or uuid.UUID(int=0))
    before = attempt.lease
    attempt.lease = uuid.uuid4()
    Attempt.objects.filter(pk=attempt.pk).update(
        lease=attempt.lease, lease_taken_at=_now(), last_seen_at=_now()
    )
    if before is not None:
        data = {"device": device[:200], "from": str(before)[:8], "to": str(attempt.lease)[:8]}
        AttemptEvent.objects.create(
            attempt=attempt, kind=AttemptEventKind.LEASE_TAKEN, actor=actor, data=data
        )
        audit.record(actor=actor, verb="attempt.lease_taken", target=attempt, data=data)
    return AttemptToken(attempt.pk, attempt.form_id, grace, attempt.lease)


@transaction.atomic
def start(token: AttemptToken) -> None:
    """One update starts the clock. Starting a running attempt again changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(START, {"attempt": token.attempt, "lease": token.lease})
        row = cursor.fetchone()
    if row is None:
        _refuse_start(token)
        return
    AttemptEvent.objects.create(
        attempt_id=token.attempt,
        kind=AttemptEventKind.STARTED,
        data={"deadline": row[1].isoformat()},
    )


def submit(token: AttemptToken, entries: Sequence[Entry], *, digest: str = "") -> Attempt:
    """Hand in: append what is not yet saved, fix the receipt, and never change again.

    Idempotent: a finished attempt returns as it is, with the receipt it has. After deadline and grace the
    attempt is collected with what was saved before. `digest`, where given, must be what the server holds,
    or nothing is handed in (409 digest_differs); nor is it where an entry's revision holds another value
    (409 entries_conflict), for then the receipt would be of answers that the device doesn't know.
    """
    check_entries(token.form, entries)
    with transaction.atomic():
        attempt = _locked(token.attempt)
        if attempt.state in FINISHED:
            return attempt
        now = _now()
        over = attempt.deadline_at is not None and (now - attempt.deadline_at).total_seconds() > token.grace
        is_open = attempt.state == AttemptState.RUNNING and attempt.lease == token.lease
        if is_open and over:
            return _finish(attempt, AttemptState.COLLECTED, attempt.deadline_at or now)
        if not is_open:
            raise closed(attempt.state, attempt.lease == token.lease, attempt.deadline_at, now)
        if entries:
            with connection.cursor() as cursor:
                cursor.execute(APPEND, [attempt.pk, msgspec.json.encode(entries).decode()])
            _refuse_conflicts(attempt.pk, entries)
        held = current_digest(attempt.pk)
        if digest and digest != held:
            raise Refusal(
                "digest_differs",
                _("本机的答案与服务器上的不一致，尚未交卷。"),
                hint=_("请等待“已保存”后再交卷；如仍不一致，请重新载入。"),
                data={"digest": held},
            )
        return _finish(attempt, AttemptState.SUBMITTED, now)


def _refuse_conflicts(attempt_id: int, entries: Sequence[Entry]) -> None:
    _saved, conflicts = settle_resent(attempt_id, entries, [])
    if conflicts:
        raise Refusal(
            "entries_conflict",
            _("有答案与服务器上同序号的答案不同，尚未交卷。"),
            hint=_("请换用下一序号重新保存，再交卷。"),
            data={"conflicts": [list(place) for place in conflicts]},
        )


def collect(attempt_id: int, *, actor: User | None, finished_at: datetime | None = None) -> Attempt:
    """Collect one attempt with the answers it has. Idempotent for finished ones.

    finished_at: by default the deadline when it has passed, else now (an invigilator's collection).
    """
    with transaction.atomic():
        attempt = _locked(attempt_id)
        if attempt.state in FINISHED:
            return attempt
        if attempt.state not in (AttemptState.RUNNING, AttemptState.PAUSED):
            raise Refusal("not_started", _("该考生尚未开始作答，无卷可收。"))
        now = _now()
        finished_at = finished_at or min(now, attempt.deadline_at or now)
        return _finish(attempt, AttemptState.COLLECTED, finished_at, actor=actor)


def collect_due(*, limit: int = 200) -> int:
    """Collect running attempts whose deadline and grace have passed, and any left when a session closed.

    Safe to run in several workers at once: each attempt is claimed with SKIP LOCKED.
    """
    due = """
    SELECT attempt.id FROM candidates_attempt AS attempt
    JOIN candidates_registration AS registration ON registration.id = attempt.registration_id
    JOIN assessments_examsession AS session ON session.id = registration.session_id
    WHERE (attempt.state = 'running'
           AND attempt.deadline_at + make_interval(secs => session.grace_seconds) < clock_timestamp())
       OR (attempt.state = 'paused'
           AND greatest(session.closes_at, attempt.deadline_at) + make_interval(
               mins => registration.extra_minutes,
               secs => attempt.extra_seconds + session.grace_seconds) < clock_timestamp())
    ORDER BY attempt.deadline_at LIMIT %s
    FOR UPDATE OF attempt SKIP LOCKED
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(due, [limit])
            ids = [row[0] for row in cursor.fetchall()]
        for attempt in Attempt.objects.filter(pk__in=ids):
            _finish(attempt, AttemptState.COLLECTED, attempt.deadline_at or _now())
    return len(ids)


def quarantine_late(token: AttemptToken, entries: Sequence[Entry]) -> LateUpload:
    """Keep answers that came after the end for a person to judge: neither dropped nor counted. Idempotent."""
    check_entries(token.form, entries)
    with transaction.atomic():
        attempt = _locked(token.attempt)
        if attempt.state not in FINISHED:
            raise Refusal(
                "not_finished",
                _("本次作答还未结束，请正常保存答案。"),
                data={"state": attempt.state},
            )
        upload, made = LateUpload.objects.get_or_create(
            attempt=attempt,
            digest=entries_digest(entries),
            defaults={"entries": msgspec.to_builtins(list(entries))},
        )
        if made:
            AttemptEvent.objects.create(
                attempt=attempt,
                kind=AttemptEventKind.LATE_UPLOAD,
                data={"entries": len(entries), "digest": upload.digest},
            )
            audit.record(
                actor=None, verb="attempt.late_upload", target=attempt, data={"entries": len(entries)}
            )
    return upload


def hand_over_sealed(*, session: ExamSession, data: bytes, actor: User) -> LateUpload:
    """Keep the answers of a sealed file that an invigilator brings from a candidate's computer.

    Raises Invalid (not such a file, or altered) and NotFound (the attempt is not of this session).
    """
    sealed = read_sealed(data)
    if not Attempt.objects.filter(pk=sealed.token.attempt, registration__session=session).exists():
        raise NotFound(
            "sealed_of_other_session",
            _("该文件不属于本考次的考生。"),
            hint=_("请核对文件是哪台电脑上下载的。"),
        )
    if not sealed.entries:
        raise Invalid("sealed_empty", _("文件里没有未上传的答案。"))
    with transaction.atomic():
        upload = quarantine_late(sealed.token, sealed.entries)
        audit.record(
            actor=actor,
            verb="attempt.sealed_handed_over",
            target=upload.attempt,
            data={"entries": len(sealed.entries), "digest": upload.digest},
        )
    return upload


def _finish(
    attempt: Attempt, state: AttemptState, finished_at: datetime, *, actor: User | None = None
) -> Attempt:
    """The one writer of finished states; the caller holds the row's lock."""
    if state not in Attempt.TRANSITIONS[AttemptState(attempt.state)]:
        raise Refusal("attempt_finished", _("本次作答已结束。"), data={"state": attempt.state})
    attempt.state = state
    attempt.finished_at = finished_at
    attempt.receipt = current_digest(attempt.pk)
    attempt.save(update_fields=["state", "finished_at", "receipt"])
    kind = AttemptEventKind.SUBMITTED if state == AttemptState.SUBMITTED else AttemptEventKind.COLLECTED
    data = {"receipt": attempt.receipt, "finished_at": finished_at.isoformat()}
    AttemptEvent.objects.create(attempt=attempt, kind=kind, actor=actor, data=data)
    audit.record(actor=actor, verb=f"attempt.{kind}", target=attempt, data=data)
    transaction.on_commit(lambda: announce([attempt.pk]))
    return attempt


def _refuse_start(token: AttemptToken) -> None:
    """Say why the start did not happen; return quietly where it had happened before."""
    attempt = Attempt.objects.select_related("registration__session").filter(pk=token.attempt).first()
    if attempt is None:
        raise NotFound("attempt_unknown", _("没有这次作答。"))
    now, session = _now(), attempt.registration.session
    if attempt.state == AttemptState.RUNNING and attempt.lease == token.lease:
        return
    if attempt.state != AttemptState.PREPARED or attempt.lease != token.lease:
        raise closed(attempt.state, attempt.lease == token.lease, attempt.deadline_at, now)
    data = {"server_time": now.isoformat(), "starts_at": session.starts_at.isoformat()}
    if now < session.starts_at:
        raise Refusal("too_early", _("还未到开考时间。"), hint=_("到时页面会自动开放。"), data=data)
    if session.needs_admission and attempt.registration.admitted_at is None:
        raise Refusal("not_admitted", _("监考尚未核验您的身份。"), hint=_("请举手示意监考老师。"), data=data)
    if session.state != SessionState.CLOSED and now <= session.starts_at + timedelta(
        minutes=session.late_minutes
    ):
        # the doors opened between the update and this look: the next try goes through
        raise Refusal("too_early", _("还未到开考时间。"), hint=_("到时页面会自动开放。"), data=data)
    raise Refusal(
        "too_late",
        _("已超过迟到时限或考次已结束，不能入场。"),
        hint=_("请联系监考老师或考务。"),
        data=data,
    )


def _locked(attempt_id: int) -> Attempt:
    attempt = Attempt.objects.select_for_update().filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound("attempt_unknown", _("没有这次作答。"))
    return attempt


def _now() -> datetime:
    """The database's clock: application servers may disagree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


__all__ = [
    "collect",
    "collect_due",
    "hand_over_sealed",
    "prepare_attempts",
    "quarantine_late",
    "start",
    "submit",
    "take_lease",
]
