"""Pure rules of delivery: digests, receipts, orders. No database, no clock."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def canonical_json(value: Any) -> str:
    """Sorted keys, no blanks, no escapes beyond JSON's own: the same text in Python and the browser."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def answers_digest(attempt: int, entries: Iterable[tuple[int, int, Any]]) -> str:
    """SHA-256 (hex) over what is handed in: the newest entry (slot, revision, value) of each slot.

    `liangcai-answers-v1\\n<attempt>\\n` and then, by slot, `<slot> <revision> <canonical JSON>\\n`, UTF-8.
    """
    lines = [f"liangcai-answers-v1\n{attempt}\n"]
    lines += [
        f"{slot} {revision} {canonical_json(value)}\n" for slot, revision, value in sorted(entries, key=_slot)
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def receipt_code(digest: str) -> str:
    """What a candidate can write down: the first 12 digits of the digest in groups of four."""
    return "-".join(digest[start : start + 4].upper() for start in (0, 4, 8))


def access_code(secret: str, ticket_no: str) -> str:
    """The eight digits printed on a ticket; derived, so that they need not be stored."""
    key = hashlib.sha256(b"liangcai ticket access v1\0" + secret.encode()).digest()
    mac = hmac.new(key, ticket_no.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8]) % 10**8:08d}"


def personal_order(
    seed: int, sections: Sequence[Mapping[str, Any]], shuffled: Mapping[int, Sequence[str]]
) -> dict[str, Any]:
    """One candidate's order of questions and options.

    sections: the payload's, each `{"shuffle", "slots": [{"slot", ...}]}`; shuffled: slot → ids that may be
    shown in any order. Returns `{"slots": [[slot, ...] by section], "options": {"<slot>": [id, ...]}}`.
    """
    rng = random.Random(seed)
    slots: list[list[int]] = []
    options: dict[str, list[str]] = {}
    for section in sections:
        order = [int(slot["slot"]) for slot in section["slots"]]
        if section.get("shuffle"):
            rng.shuffle(order)
        slots.append(order)
        for slot in sorted(order):
            if slot in shuffled:
                ids = list(shuffled[slot])
                rng.shuffle(ids)
                options[str(slot)] = ids
    return {"slots": slots, "options": options}


def _slot(entry: tuple[int, int, Any]) -> int:
    return entry[0]
