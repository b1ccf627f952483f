"""高级: a shop to diagnose. Figures of two periods, warning lines, findings to report and measures to take."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ...base import ONE, ZERO, PlanStep
from ...rng import Prng
from .. import words
from ..expected import Expected
from ..people import make_skus, rates
from ..state import Field, ReportRow, Rule, Shop, State
from . import diagnosis_data as data
from .common import NOW, known_params
from .dispatch_oracle import answer_commands

PARAMS = {"orders": (120, 260)}
D = Decimal
NOW_PERIOD, LAST_PERIOD = "本期", "上期"
FIGURES = {
    "lane_drop": "15",
    "lane_floor": "80",
    "refund_line": "12",
    "refund_times": "2",
    "conversion_drop": "25",
    "supplier_on_time": "70",
    "reject_line": "5",
    "freight_rise": "15",
    "ad_rise": "30",
    "lane_good": "90",
    "lane_price": "1.25",
}


def generate(seed: str, params: Mapping[str, Any]) -> State:
    """The world, with `orders` (180) orders a period; drawn anew until nothing but the planted passes a line."""
    wanted = {"orders": 180, **known_params(params, PARAMS)}
    rng = Prng("orders", "shop_diagnosis", seed, sorted(wanted.items()))
    skus = make_skus(rng.fork("skus"))
    goods = list(skus.values())
    bad = data.plant(rng.fork("plant"), goods)
    for attempt in range(400):
        draw = rng.fork(f"attempt {attempt}")
        rows = data.orders(draw.fork("orders"), goods, bad, wanted["orders"])
        state = State(
            scenario="shop_diagnosis",
            seed=seed,
            now=NOW,
            shop=Shop(
                "禾木家居 HomuLiving", "环贸购 GloMart", "青岛禾木电子商务有限公司", rates(), _figures()
            ),
            features=("report", "traffic", "supply", "lanes", "skus", "findings", "rules", "form"),
            skus=skus,
            orders={},
            rules=_rules(),
            report=rows,
            traffic=data.traffic(draw.fork("traffic"), rows, bad),
            supply=data.supply(draw.fork("supply"), goods, bad),
            lanes=data.lanes(draw.fork("lanes")),
            fields=_fields(),
        )
        if _is_clear(state, bad):
            return state
    raise RuntimeError("no clear history found")


def _figures() -> dict[str, str]:
    return {**FIGURES, **{f"promise_{code}": str(days) for code, days in data.PROMISE.items()}}


def _is_clear(state: State, bad: data.Planted) -> bool:
    """Whether the warning lines are passed by the planted problems alone, and every question has one answer."""
    found = find(state)
    want = {
        ("late_lane", f"{bad.lane}-{state.lanes[bad.lane].carrier}"): "transit",
        ("refund_spike", bad.sku): bad.sku_cause,
        ("conversion_drop", bad.country): bad.country_cause,
        ("supplier_delay", bad.supplier): bad.supplier_cause,
    }
    drops = sorted(_conversion_change(state, country) for country in data.COUNTRIES)
    near = find(state, slack=D("0.8"))
    return found == want and near.keys() == want.keys() and drops[1] - drops[0] > 8


def on_time(state: State, country: str, period: str) -> Decimal:
    """Percent of the delivered orders of a country that came within the promise."""
    promise = data.PROMISE[country]
    sent = [
        row for row in state.report if row.country == country and row.period == period and row.delivered_on
    ]
    good = sum(1 for row in sent if _days(row) <= promise)
    return D(100 * good) / max(1, len(sent))


def _days(row: ReportRow) -> int:
    assert row.delivered_on is not None
    assert row.shipped_on is not None
    return (row.delivered_on - row.shipped_on).days


def refund_rate(state: State, sku: str, period: str) -> Decimal:
    """Percent of the shipped orders of a SKU that were refunded."""
    sent = [
        row for row in state.report if row.sku == sku and row.period == period and row.status != "cancelled"
    ]
    return D(100 * sum(1 for row in sent if row.refund)) / max(1, len(sent))


def _traffic(state: State, country: str, period: str) -> Any:
    return next(row for row in state.traffic if row.country == country and row.period == period)


def conversion(state: State, country: str, period: str) -> Decimal:
    """Orders per hundred visits."""
    row = _traffic(state, country, period)
    return D(100 * row.orders) / row.visits


def _conversion_change(state: State, country: str) -> Decimal:
    before = conversion(state, country, LAST_PERIOD)
    return 100 * (conversion(state, country, NOW_PERIOD) - before) / before


def punctuality(state: State, supplier: str, period: str) -> Decimal:
    """Percent of a supplier's purchase orders that came by the promised day."""
    rows = [row for row in state.supply if row.supplier == supplier and row.period == period]
    return D(100 * sum(1 for row in rows if row.received_on <= row.promised_on)) / len(rows)


def rejects(state: State, supplier: str, period: str) -> Decimal:
    """Percent of a supplier's pieces that were rejected."""
    rows = [row for row in state.supply if row.supplier == supplier and row.period == period]
    return D(100 * sum(row.rejected for row in rows)) / sum(row.qty for row in rows)


def find(state: State, slack: Decimal = ONE) -> dict[tuple[str, str], str]:
    """Problems by the warning lines; `slack` below one draws the lines tighter, to see what is near them."""
    found: dict[tuple[str, str], str] = {}
    for country, lane in state.lanes.items():
        now, before = on_time(state, country, NOW_PERIOD), on_time(state, country, LAST_PERIOD)
        if (
            before - now >= D(FIGURES["lane_drop"]) * slack
            and now < 100 - (100 - D(FIGURES["lane_floor"])) * slack
        ):
            found["late_lane", f"{country}-{lane.carrier}"] = "transit"
        mean_now, mean_before = (
            _mean_freight(state, country, NOW_PERIOD),
            _mean_freight(state, country, LAST_PERIOD),
        )
        if mean_now >= mean_before * (1 + D(FIGURES["freight_rise"]) / 100 * slack):
            found["freight_rise", f"{country}-{lane.carrier}"] = "price"
    for code in state.skus:
        now, before = refund_rate(state, code, NOW_PERIOD), refund_rate(state, code, LAST_PERIOD)
        if now >= D(FIGURES["refund_line"]) * slack and now >= D(FIGURES["refund_times"]) * slack * before:
            found["refund_spike", code] = _main_reason(state, code)
    for country in data.COUNTRIES:
        if -_conversion_change(state, country) >= D(FIGURES["conversion_drop"]) * slack:
            row, last = _traffic(state, country, NOW_PERIOD), _traffic(state, country, LAST_PERIOD)
            first = D(row.carts) / row.visits / (D(last.carts) / last.visits)
            second = D(row.orders) / row.carts / (D(last.orders) / last.carts)
            found["conversion_drop", country] = "visit" if first < second else "cart"
        ads_now, ads_before = (_ads_per_order(state, country, period) for period in (NOW_PERIOD, LAST_PERIOD))
        if ads_now >= ads_before * (1 + D(FIGURES["ad_rise"]) / 100 * slack):
            found["ad_waste", country] = "cost"
    for supplier in sorted({row.supplier for row in state.supply}):
        if rejects(state, supplier, NOW_PERIOD) > D(FIGURES["reject_line"]) * slack:
            found["supplier_delay", supplier] = "reject"
        elif punctuality(state, supplier, NOW_PERIOD) < 100 - (100 - D(FIGURES["supplier_on_time"])) * slack:
            found["supplier_delay", supplier] = "lead"
    return found


def _mean_freight(state: State, country: str, period: str) -> Decimal:
    sent = [
        row.freight
        for row in state.report
        if row.country == country and row.period == period and row.shipped_on
    ]
    return sum(sent, ZERO) / max(1, len(sent))


def _ads_per_order(state: State, country: str, period: str) -> Decimal:
    row = _traffic(state, country, period)
    return D(row.ad_cost) / max(1, row.orders)


def _main_reason(state: State, sku: str) -> str:
    counts = dict.fromkeys(words.FINDING_CAUSES["refund_spike"], 0)
    for row in state.report:
        if row.sku == sku and row.period == NOW_PERIOD and row.refund_reason in counts:
            counts[row.refund_reason] += 1
    return max(counts, key=lambda cause: counts[cause])


def _valid(state: State, period: str) -> list[ReportRow]:
    return [row for row in state.report if row.period == period and row.status != "cancelled"]


def expected(state: State) -> Expected:
    """Findings by the warning lines, measures by the rules, and the figures of the form."""
    result = Expected(findings=find(state))
    for kind, subject in result.findings:
        if kind == "late_lane":
            country = subject.split("-")[0]
            result.lanes[country] = best_lane(state, country)
        elif kind == "refund_spike":
            result.holds[subject] = "refund_spike"
    sales = {
        period: sum((row.amount for row in _valid(state, period)), ZERO)
        for period in (LAST_PERIOD, NOW_PERIOD)
    }
    late = min(data.COUNTRIES, key=lambda code: on_time(state, code, NOW_PERIOD))
    sku = max(state.skus, key=lambda code: refund_rate(state, code, NOW_PERIOD))
    fall = min(data.COUNTRIES, key=lambda code: _conversion_change(state, code))
    visits = sum(row.visits for row in state.traffic if row.period == NOW_PERIOD)
    orders = sum(row.orders for row in state.traffic if row.period == NOW_PERIOD)
    result.answers = {
        "gmv": sales[NOW_PERIOD],
        "gmv_change": 100 * (sales[NOW_PERIOD] - sales[LAST_PERIOD]) / sales[LAST_PERIOD],
        "aov": sales[NOW_PERIOD] / len(_valid(state, NOW_PERIOD)),
        "refund_rate": refund_rate(state, sku, NOW_PERIOD),
        "on_time": on_time(state, late, NOW_PERIOD),
        "conversion": D(100 * orders) / visits,
        "conversion_change": _conversion_change(state, fall),
    }
    return result


def best_lane(state: State, country: str) -> str:
    """The cheapest of the lanes that are punctual and not too dear."""
    lane = state.lanes[country]
    price = next(option.price for option in lane.options if option.carrier == lane.carrier)
    good = [
        option
        for option in lane.options
        if option.on_time >= D(FIGURES["lane_good"]) and option.price <= price * D(FIGURES["lane_price"])
    ]
    return min(good, key=lambda option: option.price).carrier


def _fields() -> tuple[Field, ...]:
    sales, flow, chain = "销售", "流量", "供应链"
    return (
        Field("gmv", "本期销售额（不含已取消）", "number", "USD", "保留两位小数", sales),
        Field("gmv_change", "本期销售额环比（下降填负数）", "number", "%", "保留一位小数", sales),
        Field("aov", "本期客单价（不含已取消）", "number", "USD", "保留两位小数", sales),
        Field("refund_rate", "本期退款率最高的 SKU 的退款率", "number", "%", "保留一位小数", sales),
        Field("conversion", "本期全店转化率", "number", "%", "保留两位小数", flow),
        Field(
            "conversion_change",
            "转化率降幅最大国家的环比变化（下降填负数）",
            "number",
            "%",
            "保留一位小数",
            flow,
        ),
        Field("on_time", "本期准时率最低的国家线路的准时率", "number", "%", "保留一位小数", chain),
    )


def _rules() -> tuple[Rule, ...]:
    promises = "、".join(f"{words.COUNTRIES[code]} {days} 天" for code, days in data.PROMISE.items())
    f = FIGURES
    return (
        Rule(
            "D1",
            "口径",
            "销售与退款",
            "销售额、客单价按未取消订单计；退款率 = 有退款的订单数 ÷ 已发货订单数（按 SKU、按期）；环比 =（本期 − 上期）÷ 上期。",
        ),
        Rule(
            "D2",
            "口径",
            "线路准时率",
            f"准时率 = 运输天数（发货到妥投）不超过承诺天数的订单数 ÷ 已妥投订单数。承诺天数：{promises}。",
        ),
        Rule(
            "D3",
            "口径",
            "流量",
            "转化率 = 订单数 ÷ 访问量；加购率 = 加购数 ÷ 访问量；加购成交率 = 订单数 ÷ 加购数。",
        ),
        Rule(
            "W1",
            "预警线",
            "物流",
            f"线路时效恶化：本期准时率低于 {f['lane_floor']}% 且较上期下降 {f['lane_drop']} 个百分点以上；"
            f"物流成本上涨：单票平均运费较上期上涨 {f['freight_rise']}% 以上。",
        ),
        Rule(
            "W2",
            "预警线",
            "退款",
            f"SKU 退款率异常：本期达到 {f['refund_line']}% 且不低于上期的 {f['refund_times']} 倍；"
            "原因按本期该 SKU 退款订单中最多的退款原因登记。",
        ),
        Rule(
            "W3",
            "预警线",
            "流量与广告",
            f"转化率下滑：国家站转化率环比下降 {f['conversion_drop']}% 以上，原因登记降幅更大的环节；"
            f"广告恶化：单均广告费较上期上涨 {f['ad_rise']}% 以上。",
        ),
        Rule(
            "W4",
            "预警线",
            "供应商",
            f"本期按期到货率低于 {f['supplier_on_time']}%（交货晚于约定），或不合格率高于 {f['reject_line']}%（到货不合格率高）。",
        ),
        Rule(
            "A1",
            "措施",
            "线路切换",
            f"时效恶化的线路应切换：候选线路须近 90 天准时率不低于 {f['lane_good']}%、价格不高于现线路的 {f['lane_price']} 倍，"
            "取其中价格最低的。未达预警线的线路不得切换。",
        ),
        Rule(
            "A2",
            "措施",
            "暂停销售",
            "退款率异常的 SKU 应暂停销售（原因：退款率异常，待质检）；其他 SKU 不得暂停。",
        ),
        Rule("A3", "措施", "登记问题", "达到预警线的问题逐项登记；误报会被扣分。"),
    )


def plan(state: State) -> list[PlanStep]:
    """A solution step by step; a wrong way is often a false alarm."""
    want = expected(state)
    steps = []
    hard = {"late_lane": 0.2, "refund_spike": 0.0, "conversion_drop": 0.4, "supplier_delay": 0.8}
    for (kind, subject), cause in want.findings.items():
        right = {"type": "report_finding", "kind": kind, "subject": subject, "cause": cause}
        other = next(code for code in words.FINDING_CAUSES[kind] if code != cause)
        steps.append(PlanStep(f"登记 {kind}", (right,), ({**right, "cause": other},), hard[kind]))
    false = {"type": "report_finding", "kind": "ad_waste", "subject": "BR", "cause": "cost"}
    steps.append(PlanStep("不误报", (), (false,), -0.8))
    for country, carrier in want.lanes.items():
        dear = max(state.lanes[country].options, key=lambda option: option.price).carrier
        steps.append(
            PlanStep(
                f"切换线路 {country}",
                ({"type": "set_lane", "country": country, "carrier": carrier},),
                ({"type": "set_lane", "country": country, "carrier": dear},),
                0.5,
            )
        )
    for code, reason in want.holds.items():
        steps.append(
            PlanStep(f"暂停 {code}", ({"type": "hold_sku", "sku": code, "reason": reason},), (), 0.0)
        )
    for field, right_answer in want.answers.items():
        steps.append(PlanStep(f"答题 {field}", *answer_commands(state, field, right_answer), 0.5))
    return steps
