"""The refund claims of a dispatch day: each decided by one rule and by the evidence on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from ..state import Evidence, Order, RefundCase, goods_total, order_total
from .common import NOW, track

if TYPE_CHECKING:
    from .dispatch_day import _Day

replace = msgspec.structs.replace
_HUBS = {
    "US": "Los Angeles",
    "GB": "London",
    "DE": "Frankfurt",
    "FR": "Paris",
    "JP": "Tokyo",
    "BR": "São Paulo",
}
_ELSEWHERE = {
    "US": "Sacramento",
    "GB": "Glasgow",
    "DE": "Rostock",
    "FR": "Nice",
    "JP": "Nagoya",
    "BR": "Manaus",
}


class _Claims:
    def __init__(self, day: _Day, figures: Mapping[str, str]) -> None:
        self.day = day
        self.rng = day.rng.fork("claims")
        self.figures = figures
        self.cases: list[RefundCase] = []

    def sent(
        self,
        goods: list[tuple[str, int]],
        days: int,
        delivered: int | None,
        *,
        city: str = "",
        status: str = "shipped",
    ) -> Order:
        """A parcel shipped `days` ago; delivered that many days ago, or still somewhere."""
        country = self.day.country()
        order = self.day.order(country, goods, status=status, paid_days_ago=days + 2)
        shipped = NOW - timedelta(days=days)
        steps = [(0, "青岛", "已揽收"), (2, "青岛", "离开境内处理中心")]
        if delivered is None:
            steps.append((min(days - 1, 9), _HUBS[country], "到达目的国处理中心"))
        else:
            arrived = days - delivered
            steps.append((max(3, arrived - 3), _HUBS[country], "到达目的国处理中心"))
            place = city or f"{order.address.city}"
            steps.append(
                (arrived, place, f"已妥投，{place}，签收人：{'Front desk' if city else order.address.name}")
            )
        carrier = self.day.rng.choice(["YANWEN", "4PX", "EUB"])
        parcel = replace(order.parcels[0], carrier=carrier, tracking=self.day.tracking(carrier))
        order = replace(
            order, shipped_at=shipped, events=track(shipped, steps), parcels=(parcel,), timeline=("声明发货",)
        )
        self.day.orders[order.number] = order
        return order

    def claim(self, order: Order, claim: str, text: str, **more: Any) -> None:
        """A claim on `order`, opened lately."""
        opened = NOW - timedelta(hours=self.rng.between(3, 30))
        values: dict[str, Any] = {
            "kind": "return_refund" if claim == "changed_mind" else "refund_only",
            "asked": order_total(order),
            "opened_at": opened,
            "decide_by": opened + timedelta(days=5),
            **more,
        }
        self.cases.append(RefundCase(id="", order=order.number, claim=claim, text=text, **values))

    def promise(self, order: Order) -> int:
        """Days within which the shop promised delivery."""
        return int(self.figures["promise_" + order.address.country])

    def not_shipped(self) -> None:
        order = self.day.order(self.day.country(), self.day.goods(), paid_days_ago=2)
        self.claim(
            order, "not_shipped", "I don't need it any more. It has not been shipped yet, please refund me."
        )

    def delivered(self) -> None:
        order = self.sent(self.day.goods(), self.rng.between(24, 28), self.rng.between(4, 8))
        self.claim(order, "not_received", "I never got my package! Refund please.")

    def misdelivered(self) -> None:
        country_rng = self.rng.between(22, 27)
        order = self.sent(self.day.goods(), country_rng, self.rng.between(3, 6))
        place = _ELSEWHERE[order.address.country]
        last = order.events[-1]
        moved = replace(last, place=place, text=f"已妥投，{place}，签收人：Front desk")
        self.day.orders[order.number] = replace(order, events=(*order.events[:-1], moved))
        self.claim(
            order,
            "not_received",
            "Tracking says delivered but I got nothing. I don't know who signed for it.",
        )

    def overdue(self) -> None:
        order = self.sent(self.day.goods(), self.rng.between(47, 55), None)
        self.claim(order, "not_received", "I have been waiting for far too long. Where is my parcel?")

    def in_transit(self) -> None:
        order = self.sent(self.day.goods(), self.rng.between(6, 8), None)
        self.claim(order, "not_received", "It has not arrived yet, I want my money back now.")

    def damaged(self) -> None:
        pieces, broken = self.rng.choice([(3, 1), (3, 2), (4, 1), (4, 3)])
        order = self.sent([("HL-MUG-02", pieces)], self.rng.between(16, 20), self.rng.between(2, 4))
        evidence = (
            Evidence(
                "photo", f"照片 1：外箱运单号与本单一致，箱角压陷；箱内 {pieces} 盒双层玻璃杯（HL-MUG-02）。"
            ),
            Evidence(
                "photo", f"照片 2：其中 {broken} 盒玻璃杯碎裂，碎片清晰可见；其余 {pieces - broken} 盒完好。"
            ),
        )
        self.claim(
            order,
            "damaged",
            f"Some of the glasses arrived broken ({broken} of {pieces} boxes). I want a full refund!",
            evidence=evidence,
            damaged_qty=broken,
        )

    def bad_evidence(self) -> None:
        order = self.sent([("HL-LMP-01", 1)], self.rng.between(17, 21), self.rng.between(3, 6))
        evidence = (
            Evidence(
                "photo",
                "照片 1：一只白色夹子灯，底座刻有其他品牌标志，灯臂断裂；本店台灯（HL-LMP-01）为折叠式、无夹子。",
            ),
        )
        self.claim(
            order, "damaged", "The lamp is broken, see photo. Give me my money back.", evidence=evidence
        )

    def changed_mind(self) -> None:
        window = int(self.figures["return_days"])
        days = (
            self.rng.between(3, window - 5)
            if self.rng.chance(50)
            else self.rng.between(window + 4, window + 9)
        )
        order = self.sent(self.day.goods(), days + self.rng.between(12, 15), days, status="completed")
        evidence = (Evidence("photo", "照片 1：商品未拆封，包装完好。"),)
        self.claim(
            order,
            "changed_mind",
            "I changed my mind and would like to return it unopened.",
            evidence=evidence,
            asked=order_total(order),
        )


def add_claims(day: _Day, figures: Mapping[str, str], count: int) -> dict[str, RefundCase]:
    """`count` claims of different sorts on new orders of `day`, in random order."""
    claims = _Claims(day, figures)
    makers: list[Callable[[], None]] = [
        claims.damaged,
        claims.delivered,
        claims.overdue,
        claims.changed_mind,
        claims.misdelivered,
        claims.in_transit,
        claims.not_shipped,
        claims.bad_evidence,
    ]
    for make in makers[:count]:
        make()
    shuffled = claims.rng.shuffled(claims.cases)
    return {f"TK{i:02d}": replace(case, id=f"TK{i:02d}") for i, case in enumerate(shuffled, start=1)}


def verdict(case: RefundCase, order: Order, figures: Mapping[str, str]) -> tuple[str, Decimal | None, str]:
    """Decision, amount and reason that the rules demand for `case`, from what the page shows."""
    goods, paid = goods_total(order), order_total(order)
    end = next((event for event in reversed(order.events) if event.text.startswith("已妥投")), None)
    if order.shipped_at is None:
        return "full", paid, "not_shipped"
    if case.claim == "not_received":
        if end is not None:
            home = end.place == order.address.city
            return ("refuse", None, "delivered") if home else ("full", paid, "misdelivered")
        late = days_between(order.shipped_at, NOW) > int(figures["promise_" + order.address.country])
        return ("full", paid, "overdue") if late else ("refuse", None, "in_transit")
    if case.claim == "damaged":
        if not case.damaged_qty:
            return "refuse", None, "bad_evidence"
        return "partial", order.lines[0].unit_price * case.damaged_qty, "damaged"
    assert end is not None
    if days_between(end.at, case.opened_at) <= int(figures["return_days"]):
        return "return", goods, "return_window"
    return "refuse", None, "window_passed"


def days_between(start: datetime, end: datetime) -> int:
    """Calendar days from `start` to `end`."""
    return (end.date() - start.date()).days
