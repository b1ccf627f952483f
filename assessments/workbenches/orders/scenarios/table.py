"""The scenarios of this workbench and, for each, what its rules demand."""

from __future__ import annotations

from collections.abc import Callable

from ...base import Scenario
from ..expected import Expected
from ..state import State
from . import dispatch_day, dispatch_oracle

SCENARIOS: dict[str, Scenario[State]] = {
    "dispatch_day": Scenario(
        name="dispatch_day",
        label="发货日",
        summary="按物流单发货，处理改址、取消和退款申请，分析上月订单报告",
        level="初级",
        generate=dispatch_day.generate,
        plan=dispatch_oracle.plan,
    ),
}
_EXPECTED: dict[str, Callable[[State], Expected]] = {
    "dispatch_day": dispatch_oracle.expected,
}


def expected_of(initial: State) -> Expected:
    """What the rules of the world demand, from its initial state."""
    return _EXPECTED[initial.scenario](initial)
