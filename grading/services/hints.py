"""Tell the queue that work is waiting. Never raises: the sweepers find what no hint reached."""

from __future__ import annotations

from typing import Any

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)


def send(task: str, *args: Any) -> None:
    """Queue a task by name, now."""
    try:
        current_app.send_task(task, args=list(args), retry=False, ignore_result=True)
    except Exception as error:  # the broker's failures are of many types, and none may undo work that is done
        log.warning("hint.not_sent", task=task, error=repr(error))


def send_on_commit(task: str, *args: Any) -> None:
    """Queue a task when the transaction has committed; a rollback queues nothing."""
    transaction.on_commit(lambda: send(task, *args))
