"""The orders workbench as the registry knows it."""

from __future__ import annotations

from typing import Any

from ..base import Command, Workbench
from .checks import PREDICATES
from .commands import OrdersCommand
from .reducer import label_of, reduce
from .scenarios.table import SCENARIOS
from .state import State
from .view import public_view


class OrdersWorkbench(Workbench[State]):
    """订单处理: the order back office of a cross-border seller."""

    name = "orders"
    label = "订单处理后台"
    state_type = State
    command_type = OrdersCommand
    scenarios = SCENARIOS
    predicates = PREDICATES

    def reduce(self, state: State, command: Command) -> State:
        return reduce(state, command)

    def public_view(self, state: State, *, full: bool = True) -> dict[str, Any]:
        return public_view(state, full=full)

    def describe(self, command: Command) -> str:
        return label_of(command)
