"""Two periods of a shop's figures with four planted problems and nothing else beyond the warning lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ...base import ZERO, cents
from ...rng import Prng
from ..state import Lane, LaneOption, ReportRow, Sku, SupplyRow, TrafficRow

D = Decimal
PERIODS = ("上期", "本期")
STARTS = {"上期": date(2026, 1, 5), "本期": date(2026, 2, 2)}
COUNTRIES = ("US", "GB", "DE", "FR", "BR")
_SHARE = (("US", 38), ("GB", 18), ("DE", 18), ("FR", 14), ("BR", 12))
PROMISE = {"US": 18, "GB": 16, "DE": 18, "FR": 18, "BR": 35}
_MAIN = {"US": "YANWEN", "GB": "4PX", "DE": "YANWEN", "FR": "4PX", "BR": "EUB"}
_DAYS = {"US": (9, 15), "GB": (8, 13), "DE": (9, 15), "FR": (9, 15), "BR": (20, 31)}


@dataclass(frozen=True)
class Planted:
    """What is wrong in this world."""

    lane: str
    sku: str
    sku_cause: str
    country: str
    country_cause: str
    supplier: str
    supplier_cause: str


def plant(rng: Prng, skus: list[Sku]) -> Planted:
    """Draws the problems; the falling country is not the late one, the supplier not the bad SKU's."""
    lane = rng.choice(("US", "GB", "DE", "FR"))
    sku = rng.choice(skus)
    country = rng.choice([code for code in COUNTRIES if code not in (lane, "BR")])
    supplier = rng.choice([other.supplier for other in skus if other.supplier != sku.supplier])
    return Planted(
        lane=lane,
        sku=sku.code,
        sku_cause=rng.choice(("quality", "size")),
        country=country,
        country_cause=rng.choice(("cart", "visit")),
        supplier=supplier,
        supplier_cause=rng.choice(("lead", "reject")),
    )


def orders(rng: Prng, skus: list[Sku], bad: Planted, count: int) -> tuple[ReportRow, ...]:
    """`count` orders in each period."""
    rows = []
    for period in PERIODS:
        for index in range(count):
            rows.append(_row(rng, skus, bad, period, index, count))
    return tuple(rows)


def _row(rng: Prng, skus: list[Sku], bad: Planted, period: str, index: int, count: int) -> ReportRow:
    now = period == "本期"
    sku = rng.choice(skus)
    country = rng.weighted(_SHARE)
    qty = rng.weighted(((1, 74), (2, 20), (3, 6)))
    paid = STARTS[period] + timedelta(days=index * 28 // count)
    cancelled = rng.chance(5)
    shipped = paid + timedelta(days=rng.between(0, 3))
    low, high = _DAYS[country]
    days = rng.between(low, high)
    if now and country == bad.lane:
        days = rng.between(PROMISE[country] + 1, PROMISE[country] + 9) if rng.chance(62) else days
    elif rng.chance(5):
        days = PROMISE[country] + rng.between(1, 3)
    spike = now and sku.code == bad.sku
    refunded = not cancelled and rng.chance(34 if spike else 4)
    cause = ""
    if refunded:
        cause = (
            bad.sku_cause if spike and rng.chance(85) else rng.choice(["quality", "size", "late", "other"])
        )
    amount = cents(sku.price * qty)
    return ReportRow(
        number=f"26{'02' if now else '01'}{3100 + index * 9:06d}",
        paid_on=paid,
        ship_by=paid + timedelta(days=3),
        shipped_on=None if cancelled else shipped,
        delivered_on=None if cancelled else shipped + timedelta(days=days),
        country=country,
        sku=sku.code,
        qty=qty,
        amount=amount,
        freight=ZERO
        if cancelled
        else cents(D("9") + D("0.045") * sku.weight_g * qty * rng.decimal("0.97", "1.03")),
        carrier=_MAIN[country],
        status="cancelled" if cancelled else "completed",
        refund=amount if refunded else ZERO,
        refund_reason=cause,
        period=period,
    )


def traffic(rng: Prng, rows: tuple[ReportRow, ...], bad: Planted) -> tuple[TrafficRow, ...]:
    """Visits, carts and advertising by period and country; orders are those of `rows`."""
    result = []
    base = {code: (rng.decimal("2.2", "3.4", "0.1"), rng.decimal("8", "11", "0.1")) for code in COUNTRIES}
    cost = {code: rng.decimal("2.6", "3.6", "0.1") for code in COUNTRIES}
    for period in PERIODS:
        for country in COUNTRIES:
            count = sum(1 for row in rows if row.period == period and row.country == country)
            rate, cart_rate = base[country]
            wobble = rng.decimal("0.96", "1.04") if period == "本期" else D(1)
            rate *= wobble
            if period == "本期" and country == bad.country:
                rate *= D("0.58")
                cart_rate *= D("0.58") if bad.country_cause == "visit" else D("1.01")
            visits = int(count * 100 / rate)
            carts = int(visits * cart_rate / 100)
            ads = cents(cost[country] * count * rng.decimal("0.96", "1.05"))
            result.append(TrafficRow(period, country, visits, max(carts, count), count, ads))
    return tuple(result)


def supply(rng: Prng, skus: list[Sku], bad: Planted) -> tuple[SupplyRow, ...]:
    """Six purchase orders of each supplier in each period."""
    result = []
    for period in PERIODS:
        for sku in skus:
            for index in range(6):
                ordered = STARTS[period] + timedelta(days=index * 4 + rng.between(0, 2))
                promised = ordered + timedelta(days=7)
                planted = period == "本期" and sku.supplier == bad.supplier
                late = rng.chance(6)
                if planted and bad.supplier_cause == "lead":
                    late = index != 2
                received = promised + timedelta(days=rng.between(3, 8) if late else -rng.between(0, 2))
                qty = rng.between(10, 30) * 10
                percent = (
                    rng.between(7, 11) if planted and bad.supplier_cause == "reject" else rng.between(0, 2)
                )
                result.append(
                    SupplyRow(
                        number=f"PO{'02' if period == '本期' else '01'}{rng.between(100, 999)}-{sku.code[-2:]}{index + 1}",
                        supplier=sku.supplier,
                        sku=sku.code,
                        qty=qty,
                        ordered_on=ordered,
                        promised_on=promised,
                        received_on=received,
                        rejected=qty * percent // 100,
                        period=period,
                    )
                )
    return tuple(result)


def lanes(rng: Prng) -> dict[str, Lane]:
    """For each country the lane in use and three others: one good and cheap enough, one too dear, one unreliable."""
    result = {}
    for country in COUNTRIES:
        main = _MAIN[country]
        others = rng.shuffled([code for code in ("YANWEN", "4PX", "EUB", "EMS", "UPS") if code != main])[:3]
        price = rng.decimal("28", "40", "0.5")
        factors = (
            (rng.decimal("1.08", "1.2"), rng.decimal("91", "95", "0.5")),
            (rng.decimal("1.4", "1.9"), rng.decimal("96", "99", "0.5")),
            (rng.decimal("0.85", "1.02"), rng.decimal("74", "86", "0.5")),
        )
        options = [LaneOption(main, PROMISE[country], rng.decimal("86", "89.5", "0.5"), price)]
        for code, (factor, on_time) in zip(others, factors, strict=True):
            step = (price * factor).quantize(D("0.5"))
            options.append(LaneOption(code, PROMISE[country], on_time, step))
        result[country] = Lane(country, main, (options[0], *rng.shuffled(options[1:])))
    return result
