"""促销周: the profit formula, the shop's plan for its promotion tools, and the stacking rules."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal

from ...base import CENT, ZERO
from ..state import Coupon, Order, ReportRow, Rule, Sku, goods_total

D = Decimal


def freight(sku: Sku, params: Mapping[str, str]) -> Decimal:
    """CNY of freight for one piece: a fixed handling fee and a price by the gram."""
    return D(params["handling"]) + D(params["per_gram"]) * sku.weight_g


def kept(params: Mapping[str, str]) -> Decimal:
    """The part of the price that is left after commission, payment fee and the provision for returns."""
    return 1 - (D(params["commission"]) + D(params["payment"]) + D(params["returns"])) / 100


def unit_profit(sku: Sku, price: Decimal, params: Mapping[str, str]) -> Decimal:
    """CNY earned on one piece sold at `price` USD."""
    return price * D(params["rate"]) * kept(params) - sku.cost - freight(sku, params)


def margin(sku: Sku, price: Decimal, params: Mapping[str, str]) -> Decimal:
    """`unit_profit` in percent of the price."""
    return 100 * unit_profit(sku, price, params) / (price * D(params["rate"]))


def floor_price(sku: Sku, params: Mapping[str, str]) -> Decimal:
    """The least USD price, to the cent, that keeps the shop's floor margin."""
    share = kept(params) - D(params["floor"]) / 100
    return ((sku.cost + freight(sku, params)) / (D(params["rate"]) * share)).quantize(
        CENT, rounding=ROUND_CEILING
    )


def week_profit(rows: list[ReportRow], sku: Sku, params: Mapping[str, str]) -> Decimal:
    """CNY earned by `sku` in the week: income less refunds, fees, goods and the freight really paid."""
    mine = [row for row in rows if row.sku == sku.code and row.status != "cancelled"]
    income = sum((row.amount - row.refund for row in mine), ZERO)
    fees = sum((row.amount for row in mine), ZERO) * (D(params["commission"]) + D(params["payment"])) / 100
    goods = sku.cost * sum(row.qty for row in mine)
    sent = sum((row.freight for row in mine), ZERO)
    return (income - fees) * D(params["rate"]) - goods - sent


def violation(order: Order, coupons: Mapping[str, Coupon], skus: Mapping[str, Sku]) -> str:
    """Why the discounts of `order` break the rules under the plan `coupons`; empty if they don't."""
    used = [coupons[discount.coupon] for discount in order.discounts]
    flash = any(skus[line.sku].promo_price is not None for line in order.lines)
    spent = goods_total(order)
    for coupon in used:
        if flash and not coupon.flash_ok:
            return f"秒杀商品不能使用 {coupon.label}"
        if spent < coupon.min_spend:
            return f"商品金额 {spent} 未达到 {coupon.label} 的门槛 {coupon.min_spend}"
        if coupon.new_buyer_only and order.buyer_history:
            return f"{coupon.label} 仅限新买家"
        if len(used) > 1 and not coupon.stackable:
            return f"{coupon.label} 不能与其他优惠叠加"
    if sum(1 for coupon in used if coupon.kind == "percent") > 1:
        return "一个订单只能使用一个折扣码"
    return ""


def rules(params: Mapping[str, str], plan: Mapping[str, Coupon]) -> tuple[Rule, ...]:
    """The rules panel: platform rules, the shop's plan, and the way to reckon profit."""
    tools = "；".join(
        f"{coupon.label}：门槛 {coupon.min_spend} USD，{'可' if coupon.stackable else '不可'}与其他优惠叠加，"
        f"{'可' if coupon.flash_ok else '不可'}用于秒杀商品"
        for coupon in plan.values()
    )
    return (
        Rule(
            "P1",
            "促销规则",
            "优惠叠加",
            "一个订单最多使用一个折扣码；标明不可叠加的优惠不得与任何其他优惠同时使用；门槛按优惠前的商品金额（不含运费）计算；"
            "新人券仅限历史订单数为 0 的买家；未开放给秒杀商品的优惠，订单中有秒杀商品时不得使用。以店铺活动方案为准。",
        ),
        Rule(
            "P2",
            "促销规则",
            "待审核订单",
            "促销周内使用优惠的订单先进入“待审核”。违反叠加规则的，取消订单（原因：违反促销叠加规则）；"
            "符合规则的必须放行，不得以亏损为由取消。",
        ),
        Rule(
            "P3",
            "活动方案",
            "优惠工具设置",
            f"{tools}。后台设置与方案不一致的，改为与方案一致；其余不要改动。",
        ),
        Rule(
            "P4",
            "活动方案",
            "活动价底线",
            f"秒杀价的单件利润率不得低于 {params['floor']}%。低于底线的应上调到底线价（利润率恰好达到底线的价格，按美分向上取整），"
            "最多高出底线价 3%；不低于底线的活动价不得改动。",
        ),
        Rule(
            "F1",
            "利润核算",
            "单件利润",
            f"单件利润（元）= 活动价 × 汇率 {params['rate']} ×（1 − 平台佣金 {params['commission']}% − 支付手续费 {params['payment']}%"
            f" − 退货损失预提 {params['returns']}%）− 采购成本 − 单件运费；单件运费 = {params['handling']} 元 + 重量（克）× {params['per_gram']} 元；"
            "利润率 = 单件利润 ÷（活动价 × 汇率）。",
        ),
        Rule(
            "F2",
            "利润核算",
            "SKU 周利润",
            f"周利润（元）=（销售额 − 退款额 − 销售额 ×（平台佣金 {params['commission']}% + 支付手续费 {params['payment']}%））× 汇率 {params['rate']}"
            " − 采购成本 × 件数 − 实际运费。只算未取消的订单；退款商品不再入库，成本和运费照计，手续费不退。",
        ),
    )
