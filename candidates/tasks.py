"""Periodic work of delivery. Each task is idempotent and safe to run in several workers at once."""

from __future__ import annotations

from celery import shared_task

from .services import attempts, sessions


@shared_task(name="candidates.collect_due", ignore_result=True)
def collect_due() -> int:
    """Collect attempts whose time is over (every few seconds, by beat)."""
    total = 0
    while collected := attempts.collect_due():
        total += collected
    return total


@shared_task(name="candidates.turn_sessions", ignore_result=True)
def turn_sessions() -> int:
    """Open sessions whose start has come and close those that are over."""
    return sessions.turn_sessions()


SCHEDULE = {
    "candidates-collect-due": {"task": "candidates.collect_due", "schedule": 3.0},
    "candidates-turn-sessions": {"task": "candidates.turn_sessions", "schedule": 5.0},
}
