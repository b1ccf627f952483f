"""From one state of the back office to the next."""

from __future__ import annotations

import msgspec

from ...base import Command, CommandRefused
from ..state import State
from . import aftersale, handling, settings, shipping
from .common import HANDLERS, label_of

__all__ = ["MAX_STEPS", "aftersale", "handling", "label_of", "reduce", "settings", "shipping"]

MAX_STEPS = 3000


def reduce(state: State, command: Command) -> State:
    """The next state, or CommandRefused; `state` itself is never altered."""
    handler = HANDLERS.get(type(command))
    if handler is None:
        raise CommandRefused("unknown_command", "后台没有这个操作。")
    if command.feature not in state.features:  # type: ignore[attr-defined]
        raise CommandRefused(
            "not_available", "本次任务没有开放这个功能。", "请按任务说明使用左侧已开放的功能。"
        )
    if state.steps >= MAX_STEPS:
        raise CommandRefused("too_many_steps", "操作次数已达上限。", "请检查后交卷。")
    changed = handler(state, command)
    return msgspec.structs.replace(changed, steps=state.steps + 1)
