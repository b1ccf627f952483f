"""The typed checks that an item's key can name. All compare the end with what the rules demand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from ..base import ONE, ZERO, CheckResult, GradingContext, Predicate, fraction_of
from . import words
from .expected import Expected, Shipment, parcels_of, same_place
from .harm import harms
from .scenarios.table import expected_of
from .state import State

Context = GradingContext[State]
HALF, QUARTER = Decimal("0.5"), Decimal("0.25")


class NoParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For checks without parameters."""


class Sorts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sorts of shipment count: plain, split, merge, address; all if empty."""

    sorts: list[str] = []


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which answers count; all if empty. Tolerances: absolute by default, by field if named."""

    fields: list[str] = []
    tolerance: Decimal = Decimal("0.1")
    tolerances: dict[str, Decimal] = {}


class Kinds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which kinds of finding count; all if empty."""

    kinds: list[str] = []


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many harmful acts take the whole penalty."""

    limit: int = 4


PREDICATES: dict[str, Predicate[State, Any]] = {}


def predicate(
    name: str, params: type[Any], label: str
) -> Callable[[Callable[[Context, Any], CheckResult]], Any]:
    """Registers a check under `name`; `label` says to authors what it checks."""

    def register(judge: Callable[[Context, Any], CheckResult]) -> Callable[[Context, Any], CheckResult]:
        PREDICATES[name] = Predicate(name, params, judge, label)
        return judge

    return register


def wanted(context: Context) -> Expected:
    """What the rules demand, computed once for all checks of one grading."""
    if "expected" not in context.memo:
        context.memo["expected"] = expected_of(context.initial)
    found: Expected = context.memo["expected"]
    return found


def tally(parts: list[tuple[str, Decimal]], noun: str) -> CheckResult:
    """A result from named parts with the fraction each earned; a check with nothing to check earns nothing."""
    if not parts:
        return CheckResult(ZERO, f"本场景没有{noun}，此项检查不适用")
    total = sum((share for _, share in parts), ZERO)
    right = sum(1 for _, share in parts if share == ONE)
    details = tuple(f"{'✓' if share == ONE else '△' if share else '✗'} {name}" for name, share in parts)
    return CheckResult(total / len(parts), f"{noun} {len(parts)} 项，正确 {right} 项", details)


@predicate("shipments", Sorts, "应发货的订单按物流单发货；参数 sorts 可限定 plain、split、merge、address")
def shipments(context: Context, params: Sorts) -> CheckResult:
    """Orders to ship are shipped, each parcel with its number, carrier and goods."""
    parts = [
        (f"{number} {_SORTS[shipment.sort]}", _shipped(context.final, number, shipment))
        for number, shipment in wanted(context).shipments.items()
        if not params.sorts or shipment.sort in params.sorts
    ]
    return tally(parts, "应发货订单")


_SORTS = {"plain": "直接发货", "split": "拆分包裹", "merge": "合并发货", "address": "改地址后发货"}


def _shipped(final: State, number: str, shipment: Shipment) -> Decimal:
    order = final.orders[number]
    if order.merged_into:
        order = final.orders[order.merged_into]
    group = [order, *(other for other in final.orders.values() if other.merged_into == order.number)]
    if {member.number for member in group} != shipment.group or order.status not in ("shipped", "completed"):
        return ZERO
    if not same_place(order.address, shipment.address):
        return ZERO
    right = len(parcels_of(order, group) & shipment.parcels)
    return fraction_of(right, max(len(shipment.parcels), len(order.parcels)))


@predicate("rows_reported", NoParams, "有误的物流单行已登记正确的异常原因")
def rows_reported(context: Context, params: NoParams) -> CheckResult:
    """Bad rows of the carrier file are reported with the right reason (half for a wrong one)."""
    parts = []
    for row, reason in wanted(context).rows.items():
        found = context.final.file_rows[row].reported
        share = ONE if found == reason else HALF if found else ZERO
        parts.append((f"{row} {words.ROW_PROBLEMS[reason]}", share))
    return tally(parts, "应登记的物流单异常")


@predicate("exceptions", NoParams, "无法发货的订单已标记异常和原因")
def exceptions(context: Context, params: NoParams) -> CheckResult:
    """Orders that can't be met are marked with the right reason."""
    parts = []
    for number, reason in wanted(context).exceptions.items():
        order = context.final.orders[number]
        marked = order.status == "exception"
        parts.append((f"{number} {words.CANNOT_SHIP[reason]}", _reasoned(marked, order.reason == reason)))
    return tally(parts, "应标记异常的订单")


@predicate("cancellations", NoParams, "应取消的订单已按正确原因取消")
def cancellations(context: Context, params: NoParams) -> CheckResult:
    """Orders that must be cancelled are, with the right reason."""
    parts = []
    for number, reason in wanted(context).cancels.items():
        order = context.final.orders[number]
        gone = order.status == "cancelled"
        parts.append((f"{number} {words.CANCEL[reason]}", _reasoned(gone, order.reason == reason)))
    return tally(parts, "应取消的订单")


@predicate("releases", NoParams, "符合规则的待审核订单已放行")
def releases(context: Context, params: NoParams) -> CheckResult:
    """Orders that must be honoured are released."""
    parts = []
    for number in sorted(wanted(context).releases):
        released = context.final.orders[number].status in ("to_ship", "shipped")
        parts.append((number, ONE if released else ZERO))
    return tally(parts, "应放行的订单")


@predicate("requests", NoParams, "买家的改址申请按规则同意或拒绝")
def requests(context: Context, params: NoParams) -> CheckResult:
    """Address changes are made as asked where allowed and declined where not."""
    want, final = wanted(context), context.final
    parts = []
    for number, address in want.addresses.items():
        right = same_place(final.orders[number].address, address)
        parts.append((f"{number} 修改地址", ONE if right else ZERO))
    for key, reason in want.declines.items():
        message = final.messages[key]
        declined = message.status == "declined"
        parts.append((f"{message.order} 拒绝更换国家", _reasoned(declined, message.reason == reason)))
    return tally(parts, "买家改址申请")


@predicate("refunds", NoParams, "退款申请的决定、金额和原因正确")
def refunds(context: Context, params: NoParams) -> CheckResult:
    """Each claim: half for the decision, a quarter each for the amount and the reason."""
    parts = []
    for key, right in wanted(context).refunds.items():
        case = context.final.cases[key]
        share = ZERO
        if case.decision == right.decision:
            share = HALF
            share += QUARTER if case.amount == right.amount else ZERO
            share += QUARTER if case.reason == right.reason else ZERO
        amount = f" {right.amount}" if right.amount is not None else ""
        parts.append(
            (
                f"{key} 应{words.DECISIONS[right.decision]}{amount}，{words.REFUND_REASONS[right.reason]}",
                share,
            )
        )
    return tally(parts, "退款申请")


@predicate("answers", Fields, "答题表的数值在误差内、选项正确；参数 fields、tolerance、tolerances")
def answers(context: Context, params: Fields) -> CheckResult:
    """Figures within tolerance and choices right."""
    labels = {field.id: field.label for field in context.initial.fields}
    parts = []
    for key, right in wanted(context).answers.items():
        if params.fields and key not in params.fields:
            continue
        given = context.final.answers.get(key, "")
        if isinstance(right, str):
            good = given == right
        else:
            allowed = params.tolerances.get(key, params.tolerance)
            good = bool(given) and abs(Decimal(given) - right) <= allowed
        shown = right if isinstance(right, str) else f"{right:.2f}"
        parts.append((f"{labels.get(key, key)}：应为 {shown}，填 {given or '空'}", ONE if good else ZERO))
    return tally(parts, "答题")


@predicate("coupons", NoParams, "优惠工具的设置与方案一致")
def coupons(context: Context, params: NoParams) -> CheckResult:
    """Promotion tools end with the settings that the rules demand."""
    parts = []
    for key, settings in wanted(context).coupons.items():
        coupon = context.final.coupons[key]
        right = all(getattr(coupon, name) == value for name, value in settings.items())
        parts.append((coupon.label, ONE if right else ZERO))
    return tally(parts, "应调整的优惠工具")


@predicate("prices", NoParams, "活动价落在规则要求的区间")
def prices(context: Context, params: NoParams) -> CheckResult:
    """Promotion prices end in the range that keeps the margin and still sells."""
    parts = []
    for code, span in wanted(context).prices.items():
        price = context.final.skus[code].promo_price
        right = price is not None and span.low <= price <= span.high
        parts.append((f"{code}：应在 {span.low} 到 {span.high}，为 {price}", ONE if right else ZERO))
    return tally(parts, "应调整的活动价")


@predicate("lanes", NoParams, "物流线路按规则切换")
def lanes(context: Context, params: NoParams) -> CheckResult:
    """Carrier rules end as the figures and the budget demand."""
    parts = [
        (
            f"{words.COUNTRIES[country]} 应改走 {carrier}",
            ONE if context.final.lanes[country].carrier == carrier else ZERO,
        )
        for country, carrier in wanted(context).lanes.items()
    ]
    return tally(parts, "应切换的线路")


@predicate("holds", NoParams, "应暂停的 SKU 已按正确原因暂停")
def holds(context: Context, params: NoParams) -> CheckResult:
    """SKUs that must be held are, with the right reason."""
    parts = []
    for code, reason in wanted(context).holds.items():
        held = context.final.skus[code].held
        parts.append((f"{code} {words.HOLD_REASONS[reason]}", _reasoned(bool(held), held == reason)))
    return tally(parts, "应暂停销售的 SKU")


@predicate("findings", Kinds, "达到预警线的问题已登记，误报抵扣；参数 kinds 可限定类型")
def findings(context: Context, params: Kinds) -> CheckResult:
    """Problems found with their cause; each false alarm takes back one hit."""
    want = {
        key: cause
        for key, cause in wanted(context).findings.items()
        if not params.kinds or key[0] in params.kinds
    }
    found = {
        (item.kind, item.subject): item.cause
        for item in context.final.findings.values()
        if not params.kinds or item.kind in params.kinds
    }
    parts = []
    for key, cause in want.items():
        share = ZERO if key not in found else ONE if found[key] == cause else HALF
        parts.append((f"{words.FINDING_KINDS[key[0]]} {key[1]}", share))
    false = [
        f"✗ 误报 {words.FINDING_KINDS[kind]} {subject}"
        for kind, subject in found
        if (kind, subject) not in want
    ]
    total = sum((share for _, share in parts), ZERO) - len(false)
    base = tally(parts, "存在的问题")
    fraction = max(ZERO, total) / len(want) if want else ZERO
    return CheckResult(fraction, f"{base.evidence}，误报 {len(false)} 项", (*base.details, *false))


@predicate("damage", Limit, "扣分用：造成损害的操作；参数 limit 为扣满所需的次数")
def damage(context: Context, params: Limit) -> CheckResult:
    """As a penalty: acts that nobody asked for and that harm buyers, money or stock."""
    found = harms(context.initial, context.final, wanted(context))
    fraction = min(ONE, Decimal(len(found)) / params.limit)
    return CheckResult(fraction, f"造成损害的操作 {len(found)} 项", tuple(f"✗ {text}" for text in found))


def _reasoned(done: bool, reason_right: bool) -> Decimal:
    return ZERO if not done else ONE if reason_right else HALF
