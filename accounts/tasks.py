"""Periodic work of accounts."""

from __future__ import annotations

from celery import shared_task

from .services.sealing import seal_entries

SCHEDULE = {
    "accounts-seal-audit": {"task": "accounts.tasks.seal_audit", "schedule": 15.0},
    "accounts-seal-audit-full": {
        "task": "accounts.tasks.seal_audit",
        "schedule": 3600.0,
        "kwargs": {"full": True},
    },
}
MOST_BATCHES = 50


@shared_task
def seal_audit(full: bool = False) -> int:
    """Seal what has been committed; returns the number of entries. Safe to run twice or at the same time."""
    total = 0
    for _round in range(MOST_BATCHES):
        sealed = seal_entries(full=full)
        total += sealed
        if not sealed:
            break
    return total
