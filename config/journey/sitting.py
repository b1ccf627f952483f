"""Simulated candidates: they sit over HTTP by the delivery protocol, with answers from known abilities.

The model is Rasch's: a candidate of ability a answers an item of expected proportion correct p rightly with
probability 1 / (1 + exp(-(a + logit(p)))). A wrong answer is one given by chance; some are left empty.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from assessments import workbenches
from assessments.kinds import get_kind
from assessments.models import FormSlot
from bench.client import Device, ProtocolError

PRACTICAL = "practical"


@dataclass(frozen=True, slots=True)
class Sitter:
    """offline_after: goes offline at this answer and comes back three answers later (0: never);
    submits: False leaves the attempt for the collector."""

    ticket_no: str
    access_code: str
    ability: float
    submits: bool = True
    offline_after: int = 0


@dataclass(slots=True)
class Sat:
    """What a device knows at the end. `held`: slot → (revision, value) it has seen acknowledged."""

    ticket_no: str
    attempt: int
    acknowledged: int
    held: dict[int, tuple[int, Any]]
    receipt: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """The key of a slot, which the simulation needs to answer rightly; read from the database."""

    kind: str
    content: dict[str, Any]
    key: dict[str, Any]
    difficulty: float


def secrets_of(form_ids: list[int]) -> dict[int, Secret]:
    rows = FormSlot.objects.filter(form__in=form_ids).select_related("revision__item")
    return {
        slot.pk: Secret(
            slot.revision.item.kind, slot.revision.content, slot.revision.key, float(slot.revision.difficulty)
        )
        for slot in rows
    }


def sit_all(
    base: str, sitters: list[Sitter], secrets: dict[int, Secret], *, threads: int, seed: int
) -> list[Sat]:
    """Everyone sits at once, `threads` of them truly in parallel."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda sitter: _sit(base, sitter, secrets, seed), sitters))


def keep_watch(done: threading.Event, every: float, look: Callable[[], None]) -> threading.Thread:
    """Call `look` again and again until done (the invigilator glancing at the board)."""

    def watch() -> None:
        while not done.wait(every):
            look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def _sit(base: str, sitter: Sitter, secrets: dict[int, Secret], seed: int) -> Sat:
    rng = random.Random(f"{seed}/{sitter.ticket_no}")
    device = Device(base, sitter.ticket_no, sitter.access_code)
    device.sign_in()
    state = _start(device)
    paper = device.paper(state["paper"])
    slots = {slot["slot"]: slot for section in paper["sections"] for slot in section["slots"]}
    order = [slot for section in state["order"]["slots"] for slot in section]
    receipt = error = ""
    try:
        for n, slot in enumerate(order, start=1):
            if sitter.offline_after:
                device.offline = sitter.offline_after <= n < sitter.offline_after + 3
                if not device.offline:
                    device.flush()
            _answer(device, slots[slot], secrets[slot], sitter.ability, rng)
        device.offline = False
        device.flush()
        if sitter.submits:
            receipt = device.submit()["receipt"]
    except ProtocolError as refused:
        if refused.code not in ("time_over", "attempt_finished"):
            raise
        error = refused.code
        if device.unsent:
            device.late()
    device.connection.close()
    held = {slot: entry for slot, entry in device.current.items() if (slot, entry[0]) not in device.unsent}
    return Sat(sitter.ticket_no, device.attempt, device.acknowledged, held, receipt, error)


def _start(device: Device) -> dict[str, Any]:
    """Start as soon as the doors open."""
    while True:
        try:
            return device.start()
        except ProtocolError as refused:
            if refused.code not in ("too_early", "not_admitted"):
                raise
            time.sleep(0.5)


def _answer(device: Device, slot: dict[str, Any], secret: Secret, ability: float, rng: random.Random) -> None:
    if secret.kind == PRACTICAL:
        if not device.offline:
            _work(device, slot["slot"], secret, ability, rng)
        return
    knows = rng.random() < _probability(ability, secret.difficulty)
    kind = get_kind(secret.kind)
    if secret.kind == "short_answer":
        value = {"text": _essay(secret, ability, rng)}
    elif knows:
        value = kind.key_response(secret.content, secret.key)
    elif rng.random() < 0.04:
        return
    else:
        value = kind.random_response(secret.content, rng)
    device.answer(slot["slot"], value)
    if rng.random() < 0.05 and not knows:
        device.answer(slot["slot"], kind.random_response(secret.content, rng))


def _work(device: Device, slot: int, secret: Secret, ability: float, rng: random.Random) -> None:
    """Work in the practical world: the commands are worked out on a copy of it and sent one by one."""
    from candidates.models import Attempt
    from candidates.services.practical import fresh_world

    bench = workbenches.registry.get(secret.content["workbench"])
    attempt = Attempt.objects.get(pk=device.attempt)
    initial = fresh_world(secret.content, attempt_seed=attempt.seed, form_seed=attempt.form_id)
    for command in bench.simulate(initial, secret.content["scenario"], ability, rng):
        device.command(slot, command)


def _essay(secret: Secret, ability: float, rng: random.Random) -> str:
    """Sentences of the sample answer, more of them from abler candidates."""
    sentences = [s for s in secret.key["sample_answer"].replace("\n", "").split("。") if s]
    share = _probability(ability, secret.difficulty)
    kept = [s for s in sentences if rng.random() < share]
    return "。".join(kept or ["不太清楚"])[: secret.content.get("max_chars", 500)]


def _probability(ability: float, proportion: float) -> float:
    proportion = min(max(proportion, 0.02), 0.98)
    return 1 / (1 + math.exp(-(ability + math.log(proportion / (1 - proportion)))))
