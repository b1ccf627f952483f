"""Last month's order report of the dispatch day and the questions on it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from ...base import cents
from ...rng import Prng
from .. import words
from ..state import Field, ReportRow, Sku

_COUNTRIES = (("US", 40), ("GB", 18), ("DE", 16), ("FR", 12), ("JP", 7), ("BR", 7))
FIRST = date(2026, 2, 1)
SENT = ("shipped", "completed")


def history(rng: Prng, skus: list[Sku], count: int = 72) -> tuple[ReportRow, ...]:
    """`count` orders of February; drawn anew until country and SKU questions have one clear answer each."""
    for attempt in range(200):
        rows = _history(rng.fork(f"attempt {attempt}"), skus, count)
        rates = sorted(refund_rates(rows).values())
        sales = sorted(sales_by_country(rows).values())
        if rates[-1] - rates[-2] >= 8 and sales[-1] - sales[-2] >= 30:
            return rows
    raise RuntimeError("no history with clear answers")


def _history(rng: Prng, skus: list[Sku], count: int) -> tuple[ReportRow, ...]:
    bad = rng.choice(skus).code
    rows = []
    for index in range(count):
        paid = FIRST + timedelta(days=index * 28 // count)
        sku = rng.choice(skus)
        if index % 8 == 0:
            sku = next(good for good in skus if good.code == bad)
        qty = rng.weighted(((1, 70), (2, 24), (3, 6)))
        amount = sku.price * qty + Decimal(rng.choice(["0.00", "3.99", "4.99"]))
        due = paid + timedelta(days=3)
        cancelled = rng.chance(8)
        late = rng.chance(14)
        shipped = (
            None
            if cancelled
            else (
                due + timedelta(days=rng.between(1, 3)) if late else paid + timedelta(days=rng.between(0, 3))
            )
        )
        delivered = (
            None if shipped is None or rng.chance(10) else shipped + timedelta(days=rng.between(9, 21))
        )
        refunded = not cancelled and rng.chance(36 if sku.code == bad else 7)
        rows.append(
            ReportRow(
                number=f"2602{4100 + index * 7:06d}",
                paid_on=paid,
                ship_by=due,
                shipped_on=shipped,
                delivered_on=delivered,
                country=rng.weighted(_COUNTRIES),
                sku=sku.code,
                qty=qty,
                amount=amount,
                freight=rng.decimal("18", "46", "0.1"),
                carrier=rng.choice(["YANWEN", "4PX", "EUB"]),
                status="cancelled" if cancelled else "completed" if delivered else "shipped",
                refund=amount if refunded else Decimal(0),
                refund_reason="damaged" if refunded else "",
                period="2026-02",
            )
        )
    return tuple(rows)


def refund_rates(report: tuple[ReportRow, ...]) -> dict[str, Decimal]:
    """By SKU: percent of its shipped orders that were refunded."""
    rates = {}
    for code in sorted({row.sku for row in report}):
        sent = [row for row in report if row.sku == code and row.status in SENT]
        if sent:
            rates[code] = Decimal(100 * sum(1 for row in sent if row.refund)) / len(sent)
    return rates


def sales_by_country(report: tuple[ReportRow, ...]) -> dict[str, Decimal]:
    """By country: USD of the orders not cancelled."""
    sums: dict[str, Decimal] = {}
    for row in report:
        if row.status != "cancelled":
            sums[row.country] = sums.get(row.country, Decimal(0)) + row.amount
    return sums


def answers(report: tuple[ReportRow, ...]) -> dict[str, Decimal | str]:
    """The right answers, from the rows as the page shows them."""
    sent = [row for row in report if row.status in SENT]
    late = [row for row in sent if row.shipped_on and row.ship_by and row.shipped_on > row.ship_by]
    valid = [row for row in report if row.status != "cancelled"]
    rates = refund_rates(report)
    sales = sales_by_country(report)
    return {
        "shipped": Decimal(len(sent)),
        "late_rate": Decimal(100 * len(late)) / len(sent),
        "top_country": max(sales, key=lambda code: sales[code]),
        "us_sales": sales["US"],
        "aov": cents(sum((row.amount for row in valid), Decimal(0)) / len(valid)),
        "refund_sku": max(rates, key=lambda code: rates[code]),
        "refund_rate": max(rates.values()),
    }


def fields(report: tuple[ReportRow, ...]) -> tuple[Field, ...]:
    """The questions on the report."""
    skus = tuple((code, code) for code in sorted({row.sku for row in report}))
    countries = tuple((code, words.COUNTRIES[code]) for code in sorted({row.country for row in report}))
    group = "2 月订单报告"
    return (
        Field("shipped", "已发货订单数", "number", "单", group=group),
        Field("late_rate", "超时发货率（占已发货订单）", "number", "%", "保留一位小数", group),
        Field("top_country", "销售额最高的国家", "choice", group=group, options=countries),
        Field("us_sales", "美国销售额（不含已取消）", "number", "USD", "保留两位小数", group),
        Field("aov", "客单价（不含已取消）", "number", "USD", "保留两位小数", group),
        Field("refund_sku", "退款率最高的 SKU", "choice", group=group, options=skus),
        Field("refund_rate", "该 SKU 的退款率", "number", "%", "保留一位小数", group),
    )
