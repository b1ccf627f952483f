"""The scenarios of this workbench and, for each, what its rules demand."""

from __future__ import annotations

from collections.abc import Callable

from ...base import Scenario
from ..expected import Expected
from ..state import State
from . import diagnosis, dispatch_day, dispatch_oracle, promo_week

SCENARIOS: dict[str, Scenario[State]] = {
    "dispatch_day": Scenario(
        name="dispatch_day",
        label="发货日",
        summary="按物流单发货，处理改址、取消和退款申请，分析上月订单报告",
        level="初级",
        generate=dispatch_day.generate,
        plan=dispatch_oracle.plan,
        shift=-0.7,
    ),
    "promo_week": Scenario(
        name="promo_week",
        label="促销周复核",
        summary="审核优惠叠加订单，按方案修正优惠工具和活动价，核算利润",
        level="中级",
        generate=promo_week.generate,
        plan=promo_week.plan,
        shift=-0.8,
    ),
    "shop_diagnosis": Scenario(
        name="shop_diagnosis",
        label="店铺诊断",
        summary="从销售、流量、物流和采购数据找出问题，登记原因并采取措施",
        level="高级",
        generate=diagnosis.generate,
        plan=diagnosis.plan,
        shift=-0.2,
    ),
}
_EXPECTED: dict[str, Callable[[State], Expected]] = {
    "dispatch_day": dispatch_oracle.expected,
    "promo_week": promo_week.expected,
    "shop_diagnosis": diagnosis.expected,
}


def expected_of(initial: State) -> Expected:
    """What the rules of the world demand, from its initial state."""
    return _EXPECTED[initial.scenario](initial)
