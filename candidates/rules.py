"""Pure rules of delivery: digests, receipts, orders. No database, no clock."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

EXACT_INTEGER = 2**53
"""Beyond this a browser knows integers only as floating point."""


def canonical_json(value: Any) -> str:
    """Sorted keys, no blanks, no escapes beyond JSON's own: the same text in Python and the browser.

    Numbers as ECMAScript writes them (ECMA-262, Number::toString; the choice of RFC 8785). Raises ValueError
    for numbers that are not finite.
    """
    if isinstance(value, dict):
        pairs = (f"{_text(key)}:{canonical_json(value[key])}" for key in sorted(value))
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical_json, value)) + "]"
    if isinstance(value, float) or (type(value) is int and abs(value) > EXACT_INTEGER):
        return _number(float(value))
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"not a JSON number: {value}")
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    figures, point = "".join(map(str, digits)), len(digits) + int(exponent)
    if len(figures) <= point <= 21:
        body = figures + "0" * (point - len(figures))
    elif 0 < point <= 21:
        body = f"{figures[:point]}.{figures[point:]}"
    elif -6 < point <= 0:
        body = "0." + "0" * -point + figures
    else:
        mantissa = figures[0] + (f".{figures[1:]}" if len(figures) > 1 else "")
        body = f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return "-" + body if sign else body


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
