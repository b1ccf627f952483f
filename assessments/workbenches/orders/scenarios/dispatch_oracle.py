"""What the dispatch day's rules demand, worked out from what the candidate can see."""

from __future__ import annotations

import math

from ...base import PlanStep, RawCommand
from ..carriers import problem_with
from ..expected import Expected, Shipment, Verdict
from ..state import FileRow, Order, State
from . import dispatch_report
from .common import parse_items
from .dispatch_claims import verdict

Goods = tuple[tuple[str, int], ...]


def expected(state: State) -> Expected:
    """Shipments, rows to report, requests, refund verdicts and report answers for the initial `state`."""
    result = Expected()
    for message in state.messages.values():
        order = state.orders[message.order]
        if message.request == "cancel" and order.status == "to_ship":
            result.cancels[order.number] = "buyer_request"
        elif message.request == "address" and message.new_address is not None:
            if message.new_address.country == order.address.country:
                result.addresses[order.number] = message.new_address
            else:
                result.declines[message.id] = "cross_border"
    for case in state.cases.values():
        result.refunds[case.id] = Verdict(*verdict(case, state.orders[case.order], state.shop.params))
    _rows(state, result)
    claimed = {case.order for case in state.cases.values()}
    for order in state.orders.values():
        short = any(state.skus[line.sku].stock < line.qty for line in order.lines)
        if short and order.status == "to_ship" and order.number not in claimed:
            result.exceptions[order.number] = "out_of_stock"
    result.answers = dispatch_report.answers(state.report)
    return result


def _rows(state: State, result: Expected) -> None:
    by_ref: dict[str, list[FileRow]] = {}
    for row in state.file_rows.values():
        by_ref.setdefault(row.ref, []).append(row)
    for ref, rows in by_ref.items():
        orders = [state.orders[number] for number in ref.split("+")]
        problems = {row.id: _problem(state, result, orders, row, rows) for row in rows}
        if any(problems.values()):
            result.rows.update({key: problem for key, problem in problems.items() if problem})
            continue
        lead = orders[0]
        sort = "merge" if len(orders) > 1 else "split" if len(rows) > 1 else "plain"
        if lead.number in result.addresses:
            sort = "address"
        result.shipments[lead.number] = Shipment(
            sort=sort,
            group=frozenset(order.number for order in orders),
            parcels=frozenset((row.carrier, row.tracking, _goods(parse_items(row.items))) for row in rows),
            address=result.addresses.get(lead.number, lead.address),
        )


def _problem(state: State, result: Expected, orders: list[Order], row: FileRow, rows: list[FileRow]) -> str:
    claimed = {case.order for case in state.cases.values()}
    for order in orders:
        if order.status != "to_ship" or order.number in result.cancels or order.number in claimed:
            return "order_state"
    if problem_with(row.carrier, row.tracking):
        return "bad_number"
    used = {parcel.tracking for order in state.orders.values() for parcel in order.parcels}
    if row.tracking in used:
        return "duplicate"
    home = result.addresses.get(orders[0].number, orders[0].address)
    if (row.consignee, row.country, row.postcode) != (home.name, home.country, home.postcode):
        return "consignee"
    ordered: dict[str, int] = {}
    for order in orders:
        for line in order.lines:
            ordered[line.sku] = ordered.get(line.sku, 0) + line.qty
    filed: dict[str, int] = {}
    for part in rows:
        for sku, qty in parse_items(part.items).items():
            filed[sku] = filed.get(sku, 0) + qty
    return "" if filed == ordered else "items"


def _goods(sums: dict[str, int]) -> Goods:
    return tuple(sorted(sums.items()))


def plan(state: State) -> list[PlanStep]:
    """A solution step by step; harder steps have a higher difficulty and often a harmful wrong way."""
    want = expected(state)
    steps: list[PlanStep] = []
    for message in state.messages.values():
        if message.order in want.addresses:
            steps.append(
                PlanStep(f"改地址 {message.order}", (_address(state, message.order, want),), (), -0.8)
            )
        if message.id in want.declines:
            decline = {"type": "decline_request", "message": message.id, "reason": want.declines[message.id]}
            steps.append(PlanStep(f"拒绝改国家 {message.order}", (decline,), (), -0.2))
    for number, reason in want.cancels.items():
        cancel = {"type": "cancel_order", "order": number, "reason": reason}
        steps.append(PlanStep(f"取消 {number}", (cancel,), (), -0.6))
    for row_id, problem in want.rows.items():
        row = state.file_rows[row_id]
        steps.append(
            PlanStep(
                f"登记异常 {row_id}",
                ({"type": "report_row", "row": row_id, "reason": problem},),
                _ship_anyway(state, row) if problem in ("consignee", "items") else (),
                {"bad_number": -0.8, "duplicate": -0.4, "order_state": 0.2}.get(problem, 0.6),
            )
        )
    for number, reason in want.exceptions.items():
        mark = {"type": "mark_exception", "order": number, "reason": reason}
        steps.append(PlanStep(f"缺货 {number}", (mark,), (), -0.2))
    for number, shipment in want.shipments.items():
        hard = {"plain": -1.6, "split": 0.3, "merge": 0.1, "address": -0.6}[shipment.sort]
        steps.append(PlanStep(f"发货 {number}", tuple(_ship(state, number, shipment)), (), hard))
    steps += _refund_steps(state, want)
    steps += _answer_steps(state, want)
    return steps


def _address(state: State, number: str, want: Expected) -> RawCommand:
    new = want.addresses[number]
    return {
        "type": "change_address",
        "order": number,
        "name": new.name,
        "line1": new.line1,
        "city": new.city,
        "region": new.region,
        "postcode": new.postcode,
        "country": new.country,
    }


def _ship_anyway(state: State, row: FileRow) -> tuple[RawCommand, ...]:
    return (
        {
            "type": "set_tracking",
            "order": row.ref,
            "parcel": "P1",
            "carrier": row.carrier,
            "tracking": row.tracking,
        },
        {"type": "ship_order", "order": row.ref},
    )


def _ship(state: State, number: str, shipment: Shipment) -> list[RawCommand]:
    order = state.orders[number]
    commands: list[RawCommand] = []
    parcels = sorted(shipment.parcels)
    if len(shipment.group) > 1:
        others = sorted(shipment.group - {number})
        commands.append({"type": "merge_orders", "orders": [number, *others]})
    if len(parcels) > 1:
        line_of = {line.sku: line.id for line in order.lines}
        parts = [[{"line": line_of[sku], "qty": qty} for sku, qty in goods] for _, _, goods in parcels]
        commands.append({"type": "split_parcel", "order": number, "parcels": parts})
    for index, (carrier, tracking, _) in enumerate(parcels, start=1):
        commands.append(
            {
                "type": "set_tracking",
                "order": number,
                "parcel": f"P{index}",
                "carrier": carrier,
                "tracking": tracking,
            }
        )
    return [*commands, {"type": "ship_order", "order": number}]


_CLAIM_DIFFICULTY = {
    "not_shipped": -1.2,
    "delivered": -0.4,
    "misdelivered": 0.6,
    "overdue": 0.2,
    "in_transit": 0.2,
    "damaged": 0.8,
}


def _refund_steps(state: State, want: Expected) -> list[PlanStep]:
    steps = []
    for case_id, right in want.refunds.items():
        command: dict[str, object] = {
            "type": "decide_refund",
            "case": case_id,
            "decision": right.decision,
            "reason": right.reason,
        }
        if right.decision in ("partial", "return"):
            command["amount"] = str(right.amount)
        wrong: dict[str, object] = {"type": "decide_refund", "case": case_id}
        if right.decision == "refuse":
            wrong |= {"decision": "full", "reason": "overdue"}
        else:
            wrong |= {"decision": "refuse", "reason": "bad_evidence"}
        hard = _CLAIM_DIFFICULTY.get(right.reason, 0.4)
        steps.append(PlanStep(f"退款 {case_id}", (command,), (wrong,), hard))
    return steps


def _answer_steps(state: State, want: Expected) -> list[PlanStep]:
    return [
        PlanStep(f"答题 {field}", *answer_commands(state, field, right), 0.4)
        for field, right in want.answers.items()
    ]


def answer_commands(
    state: State, field: str, right: object
) -> tuple[tuple[RawCommand, ...], tuple[RawCommand, ...]]:
    """The right answer as a command, and a wrong one."""
    text, wrong = answer_text(right), ""
    if isinstance(right, str):
        options = next(entry.options for entry in state.fields if entry.id == field)
        wrong = next(code for code, _ in options if code != right)
    else:
        wrong = answer_text(right * 11 / 10 + 1)  # type: ignore[operator]
    return (
        ({"type": "answer", "field": field, "value": text},),
        ({"type": "answer", "field": field, "value": wrong},),
    )


def answer_text(value: object) -> str:
    """A right answer as a careful candidate would type it: at most two places."""
    if isinstance(value, str):
        return value
    number = round(value, 2)  # type: ignore[call-overload]
    return f"{number:f}" if not math.isclose(number, int(number)) else str(int(number))
