"""中级: after a promotion week. Orders with stacked coupons to review, tools and prices to mend, profit to reckon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from ...base import CENT, PlanStep, cents
from ...rng import Prng
from ..expected import Expected, Span
from ..people import rates
from ..state import Coupon, Discount, Field, Order, ReportRow, Shop, State, goods_total
from . import promo_rules as rule
from .common import NOW, Builder, known_params, numbers_by_time
from .dispatch_oracle import answer_commands

PARAMS = {"lawful": (4, 12)}
replace = msgspec.structs.replace
D = Decimal
NO_LIMIT = D(999)
_FLASH = ("HL-LMP-01", "HL-MUG-02", "HL-MAT-04", "HL-BTL-06")
_PLAN = (
    Coupon("SAVE5", "店铺优惠券 SAVE5（减 5）", "amount", D(5), D(35), True, False, False, 300),
    Coupon("SPRING10", "折扣码 SPRING10（九折）", "percent", D(10), D(20), True, False, False, 500),
    Coupon("FULL8", "满减 FULL8（减 8）", "threshold", D(8), D(60), True, False, False, 200),
    Coupon("NEW3", "新人券 NEW3（减 3）", "amount", D(3), D(15), True, True, True, 400),
    Coupon("KOL20", "红人专享码 KOL20（八折）", "percent", D(20), D(25), False, False, False, 150),
)


def generate(seed: str, params: Mapping[str, Any]) -> State:
    """The world: five unlawful orders and `lawful` (8) lawful ones under review, tools and prices set wrong."""
    wanted = {"lawful": 8, **known_params(params, PARAMS)}
    rng = Prng("orders", "promo_week", seed, sorted(wanted.items()))
    figures = {
        "rate": str(rng.decimal("7.05", "7.25", "0.01")),
        "commission": str(rng.choice([8, 10])),
        "payment": "2.5",
        "returns": str(rng.choice([3, 4])),
        "handling": str(rng.choice([7, 8])),
        "per_gram": rng.choice(["0.042", "0.045"]),
        "floor": str(rng.choice([6, 8])),
    }
    week = _Week(rng, figures)
    week.set_prices()
    week.unlawful()
    for index in range(wanted["lawful"]):
        week.lawful(index)
    new = numbers_by_time(week.orders.values())
    renumbered = {number: replace(week.orders[old], number=number) for old, number in new.items()}
    report = week.report(rng.fork("report"))
    plan = {coupon.id: coupon for coupon in _PLAN}
    shop_rates = {**rates(), "USD": D(figures["rate"])}
    return State(
        scenario="promo_week",
        seed=seed,
        now=NOW,
        shop=Shop(
            "禾木家居 HomuLiving", "环贸购 GloMart 美国站", "青岛禾木电子商务有限公司", shop_rates, figures
        ),
        features=("orders", "review", "promo", "skus_view", "report", "rules", "form"),
        skus=week.skus,
        orders=renumbered,
        rules=rule.rules(figures, plan),
        report=report,
        coupons=week.mis_set(plan),
        fields=_fields(),
    )


class _Week(Builder):
    def __init__(self, rng: Prng, figures: dict[str, str]) -> None:
        super().__init__(rng)
        self.figures = figures
        self.plan = {coupon.id: coupon for coupon in _PLAN}

    def set_prices(self) -> None:
        """Two flash prices below the floor and two well above it."""
        low = set(self.rng.sample(_FLASH, 2))
        for code in _FLASH:
            sku = self.skus[code]
            floor = rule.floor_price(sku, self.figures)
            factor = self.rng.decimal("0.86", "0.94") if code in low else self.rng.decimal("1.08", "1.18")
            self.skus[code] = replace(sku, promo_price=min(cents(floor * factor), sku.price))

    def mis_set(self, plan: Mapping[str, Coupon]) -> dict[str, Coupon]:
        """The tools as the back office has them: three of the five not as planned."""
        wrong: dict[str, dict[str, Any]] = {
            "KOL20": {"stackable": True},
            "SPRING10": {"flash_ok": True},
            "NEW3": {"min_spend": D(5)},
            "SAVE5": {"min_spend": D(25)},
            "FULL8": {"flash_ok": True},
        }
        chosen = self.rng.sample(list(wrong), 3)
        return {
            key: replace(coupon, **wrong[key]) if key in chosen else coupon for key, coupon in plan.items()
        }

    def placed(self, goods: list[tuple[str, int]], coupons: list[str], *, history: int) -> Order:
        """An order of the week under review, with the discounts that `coupons` gave."""
        order = self.order("US", goods, status="review", paid_days_ago=self.rng.between(1, 6))
        lines = tuple(
            replace(line, unit_price=self.skus[line.sku].promo_price or self.skus[line.sku].price)
            for line in order.lines
        )
        order = replace(order, lines=lines, buyer_history=history, new_buyer=history == 0)
        spent, discounts = goods_total(order), []
        for key in coupons:
            coupon = self.plan[key]
            amount = cents(spent * coupon.value / 100) if coupon.kind == "percent" else coupon.value
            discounts.append(Discount(key, amount))
        order = replace(order, discounts=tuple(discounts))
        self.orders[order.number] = order
        return order

    def regular(self, least: Decimal, most: Decimal = NO_LIMIT) -> list[tuple[str, int]]:
        """Goods that are not on flash sale with a sum in `least` .. `most`."""
        codes = [code for code in self.skus if code not in _FLASH and code != "HL-KNF-05"]
        for _ in range(200):
            chosen = [
                (code, self.rng.between(1, 3)) for code in self.rng.sample(codes, self.rng.between(1, 2))
            ]
            if least <= sum(self.skus[code].price * qty for code, qty in chosen) <= most:
                return sorted(chosen)
        raise RuntimeError("no goods in this range of prices")

    def unlawful(self) -> None:
        """One order for each way to break the rules."""
        flash = self.rng.choice(_FLASH)
        self.placed([(flash, 2)], ["SPRING10"], history=self.rng.between(1, 4))
        self.placed(self.regular(D(40), D(58)), ["SPRING10", "KOL20"], history=self.rng.between(1, 3))
        self.placed(self.regular(D(18), D(33)), ["NEW3"], history=self.rng.between(1, 5))
        self.placed(self.regular(D(26), D("34.5")), ["SAVE5"], history=self.rng.between(0, 3))
        self.placed(self.regular(D(38), D(58)), ["KOL20", "SAVE5"], history=self.rng.between(0, 3))

    def lawful(self, index: int) -> None:
        """Lawful orders, some of them at a loss."""
        kinds: list[tuple[list[tuple[str, int]], list[str], int]] = [
            (self.regular(D(62)), ["FULL8", "SPRING10"], self.rng.between(0, 3)),
            (self.regular(D(36), D(58)), ["SAVE5", "SPRING10"], self.rng.between(0, 3)),
            ([(self.rng.choice(_FLASH), 2)], ["NEW3"], 0),
            (self.regular(D(26), D(58)), ["KOL20"], self.rng.between(0, 4)),
            ([(self.rng.choice(_FLASH), 2)], [], self.rng.between(0, 4)),
            (self.regular(D(62)), ["FULL8", "SAVE5"], self.rng.between(1, 4)),
            (self.regular(D(36), D(58)), ["SAVE5", "NEW3"], 0),
            (self.regular(D(21), D(58)), ["SPRING10", "NEW3"], 0),
        ]
        goods, coupons, history = kinds[index % len(kinds)]
        self.placed(goods, coupons, history=history)

    def report(self, rng: Prng, count: int = 64) -> tuple[ReportRow, ...]:
        """The orders of the promotion week, one SKU each, with the freight really paid."""
        rows = []
        first = (NOW - timedelta(days=8)).date()
        for index in range(count):
            sku = self.skus[rng.choice(_FLASH) if rng.chance(65) else rng.choice(list(self.skus))]
            qty = rng.weighted(((1, 72), (2, 22), (3, 6)))
            price = sku.promo_price or sku.price
            amount = cents(price * qty * (D("0.9") if sku.promo_price is None and rng.chance(50) else D(1)))
            paid = first + timedelta(days=index * 7 // count)
            cancelled = rng.chance(6)
            refund = amount if not cancelled and rng.chance(7) else D(0)
            cost = (
                D(0)
                if cancelled
                else cents(rule.freight(sku, self.figures) * qty * rng.decimal("0.95", "1.15"))
            )
            rows.append(
                ReportRow(
                    number=f"2603{5200 + index * 7:06d}",
                    paid_on=paid,
                    ship_by=paid + timedelta(days=3),
                    shipped_on=None if cancelled else paid + timedelta(days=1),
                    delivered_on=None,
                    country="US",
                    sku=sku.code,
                    qty=qty,
                    amount=amount,
                    freight=cost,
                    carrier=rng.choice(["YANWEN", "4PX"]),
                    status="cancelled" if cancelled else "shipped",
                    refund=refund,
                    period="促销周",
                )
            )
        return tuple(rows)


def _fields() -> tuple[Field, ...]:
    made = []
    for code in _FLASH:
        group = f"{code}（按修改前的活动价）"
        made.append(Field(f"unit_{code}", "单件利润", "number", "元", "保留两位小数", group))
        made.append(Field(f"margin_{code}", "利润率", "number", "%", "保留一位小数", group))
    group = "促销周订单报告"
    choices = tuple((code, code) for code in _FLASH)
    made += [
        Field("week_HL-LMP-01", "HL-LMP-01 周利润", "number", "元", "保留两位小数", group),
        Field("week_HL-BTL-06", "HL-BTL-06 周利润", "number", "元", "保留两位小数", group),
        Field("worst", "四个秒杀 SKU 中周利润最低的", "choice", group=group, options=choices),
        Field("refund_rate", "全店退款额占销售额的比例（不含已取消）", "number", "%", "保留一位小数", group),
    ]
    return tuple(made)


def expected(state: State) -> Expected:
    """Review verdicts, settings by plan, prices at the floor, and the figures."""
    result = Expected()
    plan = {coupon.id: coupon for coupon in _PLAN}
    params = state.shop.params
    for order in state.orders.values():
        if order.status == "review":
            if rule.violation(order, plan, state.skus):
                result.cancels[order.number] = "promo_violation"
            else:
                result.releases.add(order.number)
    for key, coupon in state.coupons.items():
        if coupon != plan[key]:
            names = ("enabled", "stackable", "flash_ok", "min_spend")
            result.coupons[key] = {name: getattr(plan[key], name) for name in names}
    rows = list(state.report)
    for code in _FLASH:
        sku = state.skus[code]
        price = sku.promo_price
        assert price is not None
        floor = rule.floor_price(sku, params)
        if price < floor:
            result.prices[code] = Span(floor, (floor * D("1.03")).quantize(CENT))
        result.answers[f"unit_{code}"] = rule.unit_profit(sku, price, params)
        result.answers[f"margin_{code}"] = rule.margin(sku, price, params)
    profits = {code: rule.week_profit(rows, state.skus[code], params) for code in _FLASH}
    for code in ("HL-LMP-01", "HL-BTL-06"):
        result.answers[f"week_{code}"] = profits[code]
    result.answers["worst"] = min(profits, key=lambda code: profits[code])
    valid = [row for row in rows if row.status != "cancelled"]
    result.answers["refund_rate"] = (
        100 * sum((row.refund for row in valid), D(0)) / sum((row.amount for row in valid), D(0))
    )
    return result


def plan(state: State) -> list[PlanStep]:
    """A solution step by step."""
    want = expected(state)
    steps = []
    for number, reason in want.cancels.items():
        right = {"type": "cancel_order", "order": number, "reason": reason}
        steps.append(PlanStep(f"取消 {number}", (right,), ({"type": "release_order", "order": number},), 0.3))
    for number in sorted(want.releases):
        wrong = ({"type": "cancel_order", "order": number, "reason": "promo_violation"},)
        steps.append(PlanStep(f"放行 {number}", ({"type": "release_order", "order": number},), wrong, -1.0))
    for key, settings in want.coupons.items():
        command = {"type": "set_coupon", "coupon": key, **settings, "min_spend": str(settings["min_spend"])}
        steps.append(PlanStep(f"工具 {key}", (command,), (), 0.2))
    for code, span in want.prices.items():
        price = {"type": "set_promo_price", "sku": code, "price": str(span.low)}
        too_high = {**price, "price": str(state.skus[code].price)}
        steps.append(PlanStep(f"活动价 {code}", (price,), (too_high,), 0.7))
    for field, right_answer in want.answers.items():
        hard = 1.0 if field.startswith("week") else 0.4
        steps.append(PlanStep(f"答题 {field}", *answer_commands(state, field, right_answer), hard))
    return steps
