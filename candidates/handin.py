"""Telling the graders that attempts were handed in.

Only a hint: the truth is in PostgreSQL, and a sweeper finds what no hint reached. So a broker that is
down must neither fail nor delay the hand-in. Grading is above this app, hence the task's name.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from celery import current_app

SCORE_TASK = "grading.score_attempts"

log = structlog.get_logger(__name__)


def announce(attempt_ids: Sequence[int]) -> None:
    """Queue scoring for these attempts. Never raises; call it on commit."""
    try:
        current_app.send_task(SCORE_TASK, args=[list(attempt_ids)], retry=False, ignore_result=True)
    except Exception as error:  # the broker's failures are of many types, and none may reach the candidate
        log.warning("handin.not_announced", attempts=list(attempt_ids), error=repr(error))
