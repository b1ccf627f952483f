"""The queue. PostgreSQL holds the truth; a message is only a hint that work is waiting.

An app that has periodic work names it in its `tasks.py`:

    SCHEDULE = {"grading-sweep": {"task": "grading.tasks.sweep", "schedule": 20.0}}
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")

app = Celery("liangcai")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_: object) -> None:
    """Celery would otherwise replace the handlers; Django's LOGGING is already in force."""


@worker_process_init.connect
def close_inherited_connections(**_: object) -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()


def collected_schedule() -> dict[str, dict[str, object]]:
    """The periodic tasks of all apps; two apps naming one entry is an error, not an override."""
    from django.conf import settings

    schedule: dict[str, dict[str, object]] = {}
    for label in settings.LOCAL_APPS:
        if find_spec(f"{label}.tasks") is None:
            continue
        for name, entry in getattr(import_module(f"{label}.tasks"), "SCHEDULE", {}).items():
            if name in schedule:
                raise ValueError(f"the schedule entry {name!r} of {label} exists already")
            schedule[name] = _expiring(dict(entry))
    return schedule


def _expiring(entry: dict[str, Any]) -> dict[str, Any]:
    """A message that nobody took within two rounds is dropped: a stopped worker is not greeted by thousands."""
    if isinstance(entry["schedule"], int | float):
        entry["options"] = {"expires": 2 * entry["schedule"], **entry.get("options", {})}
    return entry


@beat_init.connect
def load_schedule(sender: object, **_: object) -> None:
    app.conf.beat_schedule = collected_schedule()
    scheduler = getattr(sender, "scheduler", None)
    if scheduler is not None:
        scheduler.update_from_dict(app.conf.beat_schedule)
