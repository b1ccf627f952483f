"""How states look everywhere: a tone and an icon for each state value of any app.

Colour never stands alone: a badge always carries the icon and the state's own words.
"""

from __future__ import annotations

from typing import Final

Look = tuple[str, str]

LOOKS: Final[dict[str, Look]] = {
    # work in progress
    "draft": ("neutral", "edit"),
    "prepared": ("neutral", "circle"),
    "planned": ("neutral", "calendar"),
    "queued": ("neutral", "queue"),
    "waiting": ("neutral", "hourglass"),
    "reserved": ("neutral", "hourglass"),
    "in_review": ("accent", "eye"),
    "requested": ("accent", "hourglass"),
    "running": ("accent", "play"),
    "open": ("accent", "circle"),
    "claimed": ("accent", "mark"),
    "marking": ("accent", "mark"),
    "registered": ("neutral", "user"),
    "admitted": ("accent", "sign-in"),
    # good
    "approved": ("success", "check"),
    "accepted": ("success", "check"),
    "mended": ("success", "edit"),
    "live": ("success", "pulse"),
    "published": ("success", "check-circle"),
    "ready": ("success", "check"),
    "frozen": ("success", "lock"),
    "done": ("success", "check"),
    "complete": ("success", "check"),
    "submitted": ("success", "check-circle"),
    "collected": ("success", "archive"),
    "issued": ("success", "certificate"),
    "valid": ("success", "check-circle"),
    "passed": ("success", "check-circle"),
    "active": ("success", "check"),
    "online": ("success", "online"),
    "resolved": ("success", "check"),
    # look here
    "suspended": ("warn", "pause"),
    "paused": ("warn", "pause"),
    "doubt": ("warn", "question"),
    "expired": ("warn", "clock"),
    "superseded": ("warn", "swap"),
    "late": ("warn", "clock"),
    "left": ("warn", "eye"),
    "unsaved": ("warn", "cloud-up"),
    # bad or over
    "failed": ("danger", "x-circle"),
    "rejected": ("danger", "x-circle"),
    "revoked": ("danger", "ban"),
    "voided": ("danger", "ban"),
    "invalid": ("danger", "x-circle"),
    "not_passed": ("danger", "x-circle"),
    "offline": ("danger", "offline"),
    "withdrawn": ("neutral", "archive"),
    "retired": ("neutral", "archive"),
    "closed": ("neutral", "lock"),
    "inactive": ("neutral", "ban"),
    "kept": ("neutral", "check"),
    "repair": ("accent", "edit"),
    "unknown": ("neutral", "question"),
}

UNKNOWN_LOOK: Final[Look] = ("neutral", "dot")


def look_of(state: str) -> Look:
    """The tone and icon of a state value."""
    return LOOKS.get(str(state), UNKNOWN_LOOK)
