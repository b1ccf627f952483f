"""Pieces from which scenarios build orders and histories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ...rng import Prng
from .. import words
from ..people import RATES, People, make_skus
from ..state import Address, FileRow, Line, Order, Parcel, ParcelItem, Sku, TrackEvent

BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 3, 18, 9, 30, tzinfo=BEIJING)
TENTH = Decimal("0.1")


def known_params(params: Mapping[str, Any], allowed: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Integer params within their ranges; ValueError names what is wrong."""
    result = {}
    for key, value in params.items():
        if key not in allowed:
            raise ValueError(f"未知的场景参数 {key}；可用：{'、'.join(allowed) or '无'}")
        low, high = allowed[key]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"场景参数 {key} 应为 {low} 到 {high} 的整数")
        result[key] = value
    return result


class Builder:
    """Collects the orders of a world under construction."""

    def __init__(self, rng: Prng) -> None:
        self.rng = rng
        self.people = People(rng.fork("people"))
        self.skus: dict[str, Sku] = make_skus(rng.fork("skus"))
        self.orders: dict[str, Order] = {}
        self.spared: set[str] = set()  # SKUs that `goods` must not use
        self._next = 10200 + rng.fork("numbers").between(0, 700)

    def number(self) -> str:
        """The next order number."""
        self._next += self.rng.between(3, 19)
        return f"2603{self._next:06d}"

    def local(self, usd: Decimal, country: str) -> Decimal:
        """A USD price in the currency of `country`, rounded to .10 (yen to whole)."""
        value = usd * Decimal(RATES["USD"]) / Decimal(RATES[words.CURRENCY[country]])
        step = Decimal(1) if country == "JP" else TENTH
        return (value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step + (
            Decimal(0) if country == "JP" else Decimal("0.09") - TENTH
        )

    def order(
        self,
        country: str,
        goods: list[tuple[str, int]],
        *,
        status: str = "to_ship",
        paid_days_ago: int = 0,
        address: Address | None = None,
        **more: Any,
    ) -> Order:
        """Adds an order of `goods` (SKU, pieces) by a buyer in `country`, paid one or two days ago unless said."""
        lines = tuple(
            Line(f"L{index}", code, qty, self.local(self.skus[code].price, country))
            for index, (code, qty) in enumerate(goods, start=1)
        )
        home = address or self.people.address(country)
        paid_days_ago = paid_days_ago or self.rng.between(1, 2)
        paid = NOW - timedelta(days=paid_days_ago, hours=self.rng.between(1, 15), minutes=self.rng.below(60))
        fee = self.local(Decimal(self.rng.choice(["0", "3.99", "4.99"])), country)
        order = Order(
            number=self.number(),
            status=status,
            buyer=home.name,
            address=home,
            currency=words.CURRENCY[country],
            lines=lines,
            shipping_fee=max(Decimal(0), fee),
            paid_at=None if status == "unpaid" else paid,
            ship_by=None if status == "unpaid" else (paid + timedelta(days=3)).replace(hour=23, minute=59),
            parcels=(Parcel("P1", tuple(ParcelItem(line.id, line.qty) for line in lines)),),
            **more,
        )
        self.orders[order.number] = order
        return order

    def goods(self, *, warehouse: str = "", most: int = 2) -> list[tuple[str, int]]:
        """One or two SKUs of one warehouse, a few pieces each, light enough for one parcel."""
        house = warehouse or self.rng.choice(["义乌仓", "东莞仓"])
        codes = [
            code for code, sku in self.skus.items() if sku.warehouse == house and code not in self.spared
        ]
        chosen = self.rng.sample(codes, self.rng.between(1, 2))
        return [(code, self.rng.between(1, most) if len(chosen) == 1 else 1) for code in sorted(chosen)]

    def goods_text(self, order: Order) -> str:
        """The goods as a carrier file lists them."""
        return items_text((line.sku, line.qty) for line in order.lines)

    def file_row(self, order: Order, carrier: str, tracking: str, **changes: Any) -> FileRow:
        """The row that a right carrier file would have for `order`, with changes; its id is given later."""
        values: dict[str, Any] = {
            "id": "",
            "ref": order.number,
            "carrier": carrier,
            "tracking": tracking,
            "consignee": order.address.name,
            "country": order.address.country,
            "postcode": order.address.postcode,
            "items": self.goods_text(order),
            "weight_g": sum(self.skus[line.sku].weight_g * line.qty for line in order.lines) + 60,
        }
        return FileRow(**{**values, **changes})


def numbers_by_time(orders: Iterable[Order]) -> dict[str, str]:
    """New numbers for `orders`, in the order of payment: the order of making must not show."""
    listed = list(orders)
    late = NOW + timedelta(days=1)
    by_time = sorted(listed, key=lambda order: (order.paid_at or late, order.number))
    numbers = sorted(order.number for order in listed)
    return {order.number: number for order, number in zip(by_time, numbers, strict=True)}


def items_text(items: Any) -> str:
    """``HL-MUG-02×2；HL-KNF-05×1``."""
    return "；".join(f"{sku}×{qty}" for sku, qty in items)


def parse_items(text: str) -> dict[str, int]:
    """The inverse of `items_text`, summed by SKU."""
    result: dict[str, int] = {}
    for part in text.split("；"):
        sku, _, qty = part.partition("×")
        result[sku] = result.get(sku, 0) + int(qty)
    return result


def track(shipped: datetime, steps: list[tuple[int, str, str]]) -> tuple[TrackEvent, ...]:
    """Tracking events: days after shipping, place, text."""
    return tuple(
        TrackEvent(shipped + timedelta(days=days, hours=5 + index), place, text)
        for index, (days, place, text) in enumerate(steps)
    )
