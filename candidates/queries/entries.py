"""The current answers of an attempt: the newest entry of each slot."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from ..rules import answers_digest

CURRENT = """
SELECT DISTINCT ON (slot_id) slot_id, revision, value, flagged, kind, saved_at
FROM candidates_response WHERE attempt_id = %s ORDER BY slot_id, revision DESC
"""


class CurrentEntry(NamedTuple):
    slot: int
    revision: int
    value: Any
    flagged: bool
    kind: str
    at: datetime


def current_entries(attempt_id: int) -> list[CurrentEntry]:
    """The newest entry of each slot, by slot, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(CURRENT, [attempt_id])
        return [
            CurrentEntry(slot, revision, decoded(value), flagged, kind, at)
            for slot, revision, value, flagged, kind, at in cursor.fetchall()
        ]


def current_digest(attempt_id: int) -> str:
    """What the receipt of this attempt would be now."""
    return answers_digest(
        attempt_id, [(entry.slot, entry.revision, entry.value) for entry in current_entries(attempt_id)]
    )


def decoded(value: Any) -> Any:
    """A jsonb column read by plain SQL arrives as text."""
    return msgspec.json.decode(value) if isinstance(value, str) else value
