"""Shop settings, findings and the answer form."""

from __future__ import annotations

import re
from decimal import Decimal

from ...base import CommandRefused
from .. import commands as c
from .. import words
from ..carriers import CARRIERS
from ..state import Finding, State
from .common import handles, need_money, need_reason, pick, replace

_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_WIDE = str.maketrans("０１２３４５６７８９．－，％", "0123456789.-,%")


@handles(c.Answer, "填写答题表")
def answer(state: State, command: c.Answer) -> State:
    field = pick({field.id: field for field in state.fields}, command.field, "答题项", "field")
    value = command.value.strip()
    if value and field.kind == "number":
        value = value.translate(_WIDE).replace(",", "").removesuffix("%").strip()
        if not _NUMBER.fullmatch(value):
            raise CommandRefused("bad_number", f"“{field.label}”应填数字。", field.hint, field.id)
    if value and field.kind == "choice" and value not in {code for code, _ in field.options}:
        raise CommandRefused("bad_choice", f"“{field.label}”请从列表中选择。", "", field.id)
    answers = {key: kept for key, kept in state.answers.items() if key != field.id}
    if value:
        answers[field.id] = value
    return replace(state, answers=answers)


@handles(c.SetCoupon, "修改优惠工具")
def set_coupon(state: State, command: c.SetCoupon) -> State:
    coupon = pick(state.coupons, command.coupon, "优惠工具", "coupon")
    spend = need_money(command.min_spend, Decimal(0), Decimal(9999), "min_spend", "使用门槛", "USD")
    if coupon.kind != "percent" and spend <= coupon.value:
        raise CommandRefused("low_threshold", "使用门槛必须高于优惠金额。", "", "min_spend")
    changed = replace(
        coupon,
        enabled=command.enabled,
        stackable=command.stackable,
        flash_ok=command.flash_ok,
        min_spend=spend,
    )
    return replace(state, coupons={**state.coupons, coupon.id: changed})


@handles(c.SetPromoPrice, "修改活动价")
def set_promo_price(state: State, command: c.SetPromoPrice) -> State:
    sku = pick(state.skus, command.sku, "SKU", "sku")
    if sku.promo_price is None:
        raise CommandRefused("no_promo", f"SKU {sku.code} 没有参加活动。", "", "sku")
    price = need_money(command.price, Decimal("0.01"), sku.price, "price", "活动价", "USD（不高于原价）")
    return replace(state, skus={**state.skus, sku.code: replace(sku, promo_price=price)})


@handles(c.SetLane, "切换物流线路")
def set_lane(state: State, command: c.SetLane) -> State:
    lane = pick(state.lanes, command.country, "发往国家", "country")
    if command.carrier not in CARRIERS or command.carrier not in {option.carrier for option in lane.options}:
        raise CommandRefused(
            "bad_carrier", "该物流商没有到这个国家的线路。", "请从线路列表中选择。", "carrier"
        )
    return replace(state, lanes={**state.lanes, lane.country: replace(lane, carrier=command.carrier)})


@handles(c.HoldSku, "暂停销售")
def hold_sku(state: State, command: c.HoldSku) -> State:
    sku = pick(state.skus, command.sku, "SKU", "sku")
    reason = need_reason(words.HOLD_REASONS, command.reason)
    return replace(state, skus={**state.skus, sku.code: replace(sku, held=reason)})


@handles(c.ReleaseSku, "恢复销售")
def release_sku(state: State, command: c.ReleaseSku) -> State:
    sku = pick(state.skus, command.sku, "SKU", "sku")
    if not sku.held:
        raise CommandRefused("not_held", f"SKU {sku.code} 正在销售。", "", "sku")
    return replace(state, skus={**state.skus, sku.code: replace(sku, held="")})


def subjects(state: State, kind: str) -> dict[str, str]:
    """What a finding of `kind` can be about: codes with their words."""
    if kind in ("late_lane", "freight_rise"):
        return {
            f"{lane.country}-{option.carrier}": f"{words.COUNTRIES[lane.country]} · {CARRIERS[option.carrier].label}"
            for lane in state.lanes.values()
            for option in lane.options
        }
    if kind == "refund_spike":
        return {sku.code: f"{sku.code} {sku.title}" for sku in state.skus.values()}
    if kind == "supplier_delay":
        return {sku.supplier: sku.supplier for sku in state.skus.values() if sku.supplier}
    return {row.country: words.COUNTRIES[row.country] for row in state.traffic}


@handles(c.ReportFinding, "登记问题")
def report_finding(state: State, command: c.ReportFinding) -> State:
    if command.kind not in words.FINDING_KINDS:
        raise CommandRefused("bad_kind", "请选择问题类型。", "", "kind")
    pick_from = dict.fromkeys(key for kind in words.FINDING_KINDS for key in subjects(state, kind))
    if command.subject not in pick_from:
        raise CommandRefused("bad_subject", "请选择问题对象。", "", "subject")
    if command.cause not in words.FINDING_CAUSES[command.kind]:
        raise CommandRefused("bad_cause", "请选择与问题类型对应的原因。", "", "cause")
    for old in state.findings.values():
        if (old.kind, old.subject) == (command.kind, command.subject):
            raise CommandRefused(
                "duplicate", "这个问题已经登记过。", "如需改原因，请先撤回再登记。", "subject"
            )
    if len(state.findings) >= 20:
        raise CommandRefused("too_many", "最多登记 20 个问题。", "请撤回不成立的问题。", "kind")
    number = max((int(key[1:]) for key in state.findings), default=0) + 1
    found = Finding(f"F{number}", command.kind, command.subject, command.cause)
    return replace(state, findings={**state.findings, found.id: found})


@handles(c.WithdrawFinding, "撤回问题")
def withdraw_finding(state: State, command: c.WithdrawFinding) -> State:
    pick(state.findings, command.finding, "问题", "finding")
    return replace(
        state, findings={key: kept for key, kept in state.findings.items() if key != command.finding}
    )
