"""The clock of sessions: planned → open → closed."""

from __future__ import annotations

from django.db import connection, transaction

from accounts.services import audit
from assessments.enums import SessionState
from assessments.models import ExamSession

OPEN = """
UPDATE assessments_examsession SET state = 'open'
WHERE state = 'planned' AND starts_at <= clock_timestamp() RETURNING id
"""
CLOSE = """
UPDATE assessments_examsession AS session SET state = 'closed'
WHERE state IN ('planned', 'open')
  AND closes_at + make_interval(secs => grace_seconds) < clock_timestamp()
  AND NOT EXISTS (
      SELECT 1 FROM candidates_attempt AS attempt
      JOIN candidates_registration AS registration ON registration.id = attempt.registration_id
      WHERE registration.session_id = session.id AND attempt.state IN ('running', 'paused'))
RETURNING id
"""


@transaction.atomic
def turn_sessions() -> int:
    """Open what has begun; close what is over and holds no running attempt. Returns how many turned."""
    turned = 0
    for statement, state in ((OPEN, SessionState.OPEN), (CLOSE, SessionState.CLOSED)):
        with connection.cursor() as cursor:
            cursor.execute(statement)
            ids = [row[0] for row in cursor.fetchall()]
        for session in ExamSession.objects.filter(pk__in=ids):
            audit.record(actor=None, verb=f"session.{state}", target=session)
        turned += len(ids)
    return turned
