"""Refund claims: one decision each, final as on a marketplace."""

from __future__ import annotations

from decimal import Decimal

from ...base import CommandRefused
from .. import commands as c
from .. import words
from ..state import State, order_total
from .common import handles, logged, need_money, need_reason, order_of, pick, replace
from .handling import need_alone


@handles(c.DecideRefund, "处理退款申请")
def decide_refund(state: State, command: c.DecideRefund) -> State:
    case = pick(state.cases, command.case, "退款申请", "case")
    if case.status != "open":
        raise CommandRefused(
            "decided", "退款申请已处理，决定提交后不能更改。", "如需补救请联系平台客服。", "case"
        )
    reason = need_reason(words.REFUND_REASONS, command.reason)
    order = order_of(state, case.order)
    paid = order_total(order)
    if command.decision == "return" and case.kind != "return_refund":
        raise CommandRefused(
            "no_return", "买家申请的是仅退款，不能改为退货退款。", "请选择同意、部分同意或拒绝。", "decision"
        )
    amount: Decimal | None = None
    if command.decision == "full":
        amount = paid
    elif command.decision in ("partial", "return"):
        if command.amount is None:
            raise CommandRefused("no_amount", "请填写退款金额。", "", "amount")
        amount = need_money(command.amount, Decimal("0.01"), paid, "amount", "退款金额", order.currency)
    decided = replace(case, status="decided", decision=command.decision, amount=amount, reason=reason)
    if order.status in ("review", "to_ship", "exception") and command.decision == "full":
        need_alone(state, order, "退款关闭")
        order = replace(order, status="cancelled", reason="buyer_request")
    text = f"退款申请 {case.id}：{words.DECISIONS[command.decision]}"
    if amount is not None:
        text += f" {amount} {order.currency}"
    return state.with_order(logged(order, text), cases={**state.cases, case.id: decided})
