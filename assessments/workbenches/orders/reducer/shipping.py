"""Parcels and tracking numbers: enter, split, merge, declare shipped, correct."""

from __future__ import annotations

import re

from ...base import CommandRefused
from .. import commands as c
from ..carriers import CARRIERS, problem_with
from ..state import Order, Parcel, ParcelItem, State, parcel_weight
from .common import handles, logged, need_status, order_of, pick, replace

MAX_EDITS = 2


def members(state: State, lead: Order) -> list[Order]:
    """The orders that travel in the parcels of `lead`, itself first."""
    return [lead, *(order for order in state.orders.values() if order.merged_into == lead.number)]


def _lead(order: Order) -> Order:
    if order.merged_into:
        raise CommandRefused(
            "merged",
            f"订单 {order.number} 已合并到 {order.merged_into} 发货。",
            "请在主订单上操作，或先取消合并。",
            "order",
        )
    return order


def _replace_parcel(order: Order, parcel: Parcel) -> Order:
    return replace(order, parcels=tuple(parcel if old.id == parcel.id else old for old in order.parcels))


@handles(c.SetTracking, "填写运单号")
def set_tracking(state: State, command: c.SetTracking) -> State:
    order = _lead(order_of(state, command.order))
    need_status(order, ("to_ship", "shipped"), "填写运单号")
    parcel = pick({parcel.id: parcel for parcel in order.parcels}, command.parcel, "包裹", "parcel")
    if command.carrier not in CARRIERS:
        raise CommandRefused("bad_carrier", "请选择物流商。", "", "carrier")
    tracking = re.sub(r"[\s\-]", "", command.tracking).upper()
    if not tracking:
        raise CommandRefused("no_tracking", "请填写运单号。", "", "tracking")
    problem = problem_with(command.carrier, tracking)
    if problem:
        raise CommandRefused(
            "bad_tracking",
            problem,
            "请核对物流单文件；如单号本身有误，应在物流单文件中登记异常。",
            "tracking",
        )
    for other in state.orders.values():
        for used in other.parcels:
            if used.tracking == tracking and (other.number, used.id) != (order.number, parcel.id):
                raise CommandRefused(
                    "tracking_used",
                    f"运单号 {tracking} 已被订单 {other.number} 使用。",
                    "同一运单号不能用于不同包裹；同一买家同一地址的订单可以先合并。",
                    "tracking",
                )
    edits = parcel.edits
    if order.status == "shipped":
        if (parcel.carrier, parcel.tracking) == (command.carrier, tracking):
            raise CommandRefused("unchanged", "运单号没有变化。", "", "tracking")
        if edits >= MAX_EDITS:
            raise CommandRefused("too_many_edits", f"发货后运单号最多修改 {MAX_EDITS} 次。", "", "tracking")
        edits += 1
    changed = replace(parcel, carrier=command.carrier, tracking=tracking, edits=edits)
    verb = "修改运单号" if order.status == "shipped" else "填写运单号"
    return state.with_order(
        logged(_replace_parcel(order, changed), f"{verb} {CARRIERS[command.carrier].label} {tracking}")
    )


@handles(c.ClearTracking, "清除运单号")
def clear_tracking(state: State, command: c.ClearTracking) -> State:
    order = _lead(order_of(state, command.order))
    need_status(order, ("to_ship",), "清除运单号")
    parcel = pick({parcel.id: parcel for parcel in order.parcels}, command.parcel, "包裹", "parcel")
    return state.with_order(
        logged(_replace_parcel(order, replace(parcel, carrier="", tracking="")), "清除运单号")
    )


@handles(c.SplitParcel, "拆分包裹")
def split_parcel(state: State, command: c.SplitParcel) -> State:
    order = _lead(order_of(state, command.order))
    need_status(order, ("to_ship",), "拆分包裹")
    if len(members(state, order)) > 1:
        raise CommandRefused("merged", "合并发货的订单不能拆分包裹。", "请先取消合并。", "order")
    wanted = {line.id: line.qty for line in order.lines}
    placed = dict.fromkeys(wanted, 0)
    parcels = []
    for index, part in enumerate(command.parcels, start=1):
        sums: dict[str, int] = {}
        for item in part:
            if item.line not in wanted:
                raise CommandRefused(
                    "bad_line", f"订单 {order.number} 没有商品行 {item.line}。", "", "parcels"
                )
            placed[item.line] += item.qty
            sums[item.line] = sums.get(item.line, 0) + item.qty
        parcels.append(
            Parcel(id=f"P{index}", items=tuple(ParcelItem(line, qty) for line, qty in sums.items()))
        )
    if placed != wanted:
        raise CommandRefused(
            "bad_split", "各包裹的商品件数之和必须与订单一致。", "请检查每个商品分到各包裹的件数。", "parcels"
        )
    return state.with_order(logged(replace(order, parcels=tuple(parcels)), f"拆分为 {len(parcels)} 个包裹"))


@handles(c.MergeOrders, "合并发货")
def merge_orders(state: State, command: c.MergeOrders) -> State:
    numbers = list(dict.fromkeys(command.orders))
    if len(numbers) < 2:
        raise CommandRefused("too_few", "请至少选择两个订单合并。", "", "orders")
    orders = [_lead(order_of(state, number)) for number in numbers]
    lead = orders[0]
    for order in orders:
        need_status(order, ("to_ship",), "合并发货")
        if len(members(state, order)) > 1:
            raise CommandRefused("merged", f"订单 {order.number} 已有合并关系。", "请先取消合并。", "orders")
        if (order.buyer, order.address) != (lead.buyer, lead.address):
            raise CommandRefused(
                "merge_mismatch",
                f"订单 {order.number} 与 {lead.number} 的买家或收件地址不同，不能合并。",
                "只有同一买家、同一收件地址的待发货订单可以合并。",
                "orders",
            )
    orders_after = dict(state.orders)
    orders_after[lead.number] = logged(
        replace(lead, parcels=(Parcel(id="P1", items=_all_items(lead)),)),
        "合并订单 " + "、".join(numbers[1:]),
    )
    for order in orders[1:]:
        orders_after[order.number] = logged(
            replace(order, merged_into=lead.number, parcels=()), f"合并到 {lead.number}"
        )
    return replace(state, orders=orders_after)


@handles(c.UnmergeOrders, "取消合并")
def unmerge_orders(state: State, command: c.UnmergeOrders) -> State:
    order = order_of(state, command.order)
    lead = order_of(state, order.merged_into) if order.merged_into else order
    group = members(state, lead)
    if len(group) < 2:
        raise CommandRefused("not_merged", f"订单 {order.number} 没有合并。", "", "order")
    need_status(lead, ("to_ship",), "取消合并")
    orders_after = dict(state.orders)
    for member in group:
        orders_after[member.number] = logged(
            replace(member, merged_into="", parcels=(Parcel(id="P1", items=_all_items(member)),)), "取消合并"
        )
    return replace(state, orders=orders_after)


@handles(c.ShipOrder, "声明发货")
def ship_order(state: State, command: c.ShipOrder) -> State:
    order = _lead(order_of(state, command.order))
    need_status(order, ("to_ship",), "声明发货")
    group = members(state, order)
    for parcel in order.parcels:
        _check_parcel(state, group, order, parcel)
    stock_after = {code: sku.stock for code, sku in state.skus.items()}
    for member in group:
        for line in member.lines:
            stock_after[line.sku] -= line.qty
            if stock_after[line.sku] < 0:
                raise CommandRefused(
                    "no_stock",
                    f"SKU {line.sku} 库存不足（现有 {state.skus[line.sku].stock} 件），不能发货。",
                    "缺货订单应标记发货异常并说明原因。",
                    "order",
                )
    orders_after = dict(state.orders)
    for member in group:
        orders_after[member.number] = logged(
            replace(member, status="shipped", shipped_at=state.now), "声明发货"
        )
    skus_after = {
        code: sku if sku.stock == stock_after[code] else replace(sku, stock=stock_after[code])
        for code, sku in state.skus.items()
    }
    return replace(state, orders=orders_after, skus=skus_after)


def _check_parcel(state: State, group: list[Order], order: Order, parcel: Parcel) -> None:
    """Refuses a parcel without a number, from two warehouses, or too heavy for its carrier."""
    if not parcel.tracking:
        raise CommandRefused(
            "no_tracking", f"包裹 {parcel.id} 还没有运单号。", "请先填写物流商和运单号。", "tracking"
        )
    sku_of = {line.id: line.sku for line in order.lines}
    codes = [sku_of[item.line] for item in parcel.items]
    weight = parcel_weight(state, order, parcel)
    for member in group[1:]:
        codes += [line.sku for line in member.lines]
        weight += sum(state.skus[line.sku].weight_g * line.qty for line in member.lines)
    warehouses = sorted({state.skus[code].warehouse for code in codes})
    if len(warehouses) > 1:
        raise CommandRefused(
            "two_warehouses",
            f"包裹 {parcel.id} 内的商品分属{'、'.join(warehouses)}，不能装在一个包裹。",
            "请按仓库拆分包裹。",
            "parcels",
        )
    carrier = CARRIERS[parcel.carrier]
    if weight > carrier.limit_g:
        raise CommandRefused(
            "too_heavy",
            f"包裹 {parcel.id} 重 {weight} 克，超过{carrier.label}限重 {carrier.limit_g} 克。",
            "请拆分包裹或更换物流商。",
            "parcels",
        )


def _all_items(order: Order) -> tuple[ParcelItem, ...]:
    return tuple(ParcelItem(line.id, line.qty) for line in order.lines)
