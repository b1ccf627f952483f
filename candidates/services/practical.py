"""Practical slots: commands to a simulated world, checked here, kept as events.

The state is a function of seed and log; `WorldState` only spares replaying it. A command is one event with
the slot's next revision; sending it again returns the view without applying it twice.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.errors import Invalid, Refusal
from assessments import workbenches
from assessments.kinds.practical import seed_for
from assessments.workbenches.base import CommandRefused

from ..enums import AttemptState, EntryKind
from ..models import Attempt, Response, WorldState
from ..queries.plans import PRACTICAL, SlotPlan, plan_of
from ..tokens import AttemptToken
from .responses import closed

LOCK = """
SELECT state, lease = %(lease)s::uuid, deadline_at, clock_timestamp(),
       clock_timestamp() <= deadline_at + make_interval(secs => %(grace)s), seed
FROM candidates_attempt WHERE id = %(attempt)s FOR NO KEY UPDATE
"""
"""Commands of one attempt follow one another; a hand-in waits for the command under way."""

MAX_EVENTS = 5000


def run_command(token: AttemptToken, slot_id: int, revision: int, command: dict[str, Any]) -> dict[str, Any]:
    """Apply one command. Returns `{"revision", "view"}` or `{"revision", "refusal"}` (nothing changed).

    Raises Invalid (not a practical slot) and Refusal (closed, or `revision_stale` with the last revision).
    """
    slot = _practical_slot(token, slot_id)
    bench = workbenches.registry.get(slot.content["workbench"])
    with transaction.atomic():
        seed = _lock_open(token)
        world, state = _load_for_update(token, slot, seed)
        if revision <= world.revision:
            return _resent(token, slot_id, revision, command, world, bench.public_view(state))
        if revision != world.revision + 1:
            raise Refusal(
                "revision_stale",
                _("操作序号不连续：应为 %(next)d。") % {"next": world.revision + 1},
                hint=_("请重新载入实操任务。"),
                data={"revision": world.revision},
            )
        if world.revision >= MAX_EVENTS:
            raise Refusal("too_many_commands", _("操作次数已达上限（%(n)d）。") % {"n": MAX_EVENTS})
        try:
            after = bench.apply(state, command)
        except CommandRefused as refused:
            return {"revision": world.revision, "refusal": refused.as_dict()}
        Response.objects.bulk_create(
            [
                Response(
                    attempt_id=token.attempt,
                    slot_id=slot_id,
                    revision=revision,
                    kind=EntryKind.EVENT,
                    value=command,
                )
            ]
        )
        world.revision = revision
        world.state = _cached(bench, after)
        world.save(update_fields=["revision", "state", "updated_at"])
    return {"revision": revision, "view": bench.public_view(after, full=False)}


def view_world(token: AttemptToken, slot_id: int) -> dict[str, Any]:
    """The world as the candidate may see it now: `{"revision", "view"}`."""
    slot = _practical_slot(token, slot_id)
    bench = workbenches.registry.get(slot.content["workbench"])
    attempt = Attempt.objects.filter(pk=token.attempt, started_at__isnull=False).first()
    if attempt is None:
        raise Refusal("not_started", _("尚未开始作答。"), status=403)
    cached = WorldState.objects.filter(attempt_id=token.attempt, slot_id=slot_id).first()
    if cached is None:
        return {
            "revision": 0,
            "view": bench.public_view(
                fresh_world(slot.content, attempt_seed=attempt.seed, form_seed=token.form)
            ),
        }
    return {"revision": cached.revision, "view": bench.public_view(bench.decode(cached.state))}


def fresh_world(content: dict[str, Any], *, attempt_seed: int, form_seed: int) -> Any:
    """The world of a practical item before any command."""
    bench = workbenches.registry.get(content["workbench"])
    seed = seed_for(content, attempt_seed=attempt_seed, form_seed=form_seed)
    return bench.generate(content["scenario"], seed, content.get("params"))


def _practical_slot(token: AttemptToken, slot_id: int) -> SlotPlan:
    slot = plan_of(token.form).slots.get(slot_id)
    if slot is None or slot.kind != PRACTICAL:
        raise Invalid("slot_not_practical", _("题位 %(slot)d 不是本卷的实操任务。") % {"slot": slot_id})
    return slot


def _lock_open(token: AttemptToken) -> int:
    """Lock the attempt, check that it takes commands, return its seed."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"attempt": token.attempt, "lease": token.lease, "grace": token.grace})
        row = cursor.fetchone()
    if row is None:
        raise Refusal("attempt_unknown", _("没有这次作答。"), status=404)
    state, held, deadline_at, now, in_time, seed = row
    if state != AttemptState.RUNNING or not held or not in_time:
        raise closed(state, held, deadline_at, now)
    return int(seed)


def _load_for_update(token: AttemptToken, slot: SlotPlan, seed: int) -> tuple[WorldState, Any]:
    bench = workbenches.registry.get(slot.content["workbench"])
    world = WorldState.objects.filter(attempt_id=token.attempt, slot_id=slot.slot).first()
    if world is not None:
        return world, bench.decode(world.state)
    state = fresh_world(slot.content, attempt_seed=seed, form_seed=token.form)
    world = WorldState.objects.create(
        attempt_id=token.attempt, slot_id=slot.slot, state=_cached(bench, state)
    )
    return world, state


def _cached(bench: Any, state: Any) -> Any:
    return msgspec.json.decode(bench.encode(state))


def _resent(
    token: AttemptToken,
    slot_id: int,
    revision: int,
    command: dict[str, Any],
    world: WorldState,
    view: dict[str, Any],
) -> dict[str, Any]:
    held = Response.objects.filter(attempt_id=token.attempt, slot_id=slot_id, revision=revision).first()
    if held is None or held.value != command:
        raise Refusal(
            "revision_stale",
            _("此操作序号已被另一条操作占用。"),
            hint=_("请重新载入实操任务。"),
            data={"revision": world.revision},
        )
    return {"revision": world.revision, "view": view}
