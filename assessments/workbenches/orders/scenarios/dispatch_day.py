"""初级: a dispatch day. A carrier file to work off, requests, refund claims, and last month's report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from ...rng import Prng
from ..carriers import make_number, spoil
from ..people import rates
from ..state import Address, FileRow, Message, Order, Shop, State
from .common import NOW, Builder, items_text, known_params, numbers_by_time
from .dispatch_claims import add_claims
from .dispatch_report import fields, history
from .dispatch_rules import rules

PARAMS = {"plain": (2, 10), "claims": (4, 8)}
replace = msgspec.structs.replace
_LIGHT = ("YANWEN", "4PX", "EUB")


def generate(seed: str, params: Mapping[str, Any]) -> State:
    """The world: `plain` clean orders (6) beside the special ones, and `claims` refund claims (8)."""
    wanted = {"plain": 6, "claims": 8, **known_params(params, PARAMS)}
    rng = Prng("orders", "dispatch_day", seed, sorted(wanted.items()))
    day = _Day(rng)
    for _ in range(wanted["plain"]):
        day.plain()
    day.split()
    day.merged()
    day.requests()
    day.bad_rows()
    day.out_of_stock()
    figures = {
        **{f"promise_{code}": str(rng.between(*span)) for code, span in _PROMISES.items()},
        "return_days": str(rng.choice([14, 15])),
    }
    claims = add_claims(day, figures, wanted["claims"])
    report = history(rng.fork("report"), list(day.skus.values()))
    rows = rng.fork("rows").shuffled(day.rows)
    new = numbers_by_time(day.orders.values())
    messages = sorted(day.messages, key=lambda message: message.at)
    return State(
        scenario="dispatch_day",
        seed=seed,
        now=NOW,
        shop=Shop("禾木家居 HomuLiving", "环贸购 GloMart", "青岛禾木电子商务有限公司", rates(), figures),
        features=("orders", "file", "refunds", "messages", "report", "rules", "form"),
        skus=day.skus,
        orders={number: replace(day.orders[old], number=number) for old, number in new.items()},
        rules=rules(figures),
        cases={key: replace(case, order=new[case.order]) for key, case in claims.items()},
        messages={
            f"M{i}": replace(message, id=f"M{i}", order=new[message.order])
            for i, message in enumerate(messages, start=1)
        },
        file_rows={
            f"R{i:02d}": replace(row, id=f"R{i:02d}", ref="+".join(new[ref] for ref in row.ref.split("+")))
            for i, row in enumerate(rows, start=1)
        },
        report=report,
        fields=fields(report),
    )


_PROMISES = {"US": (18, 22), "GB": (16, 20), "DE": (18, 22), "FR": (18, 22), "JP": (10, 14), "BR": (35, 42)}
_COUNTRIES = (("US", 5), ("GB", 3), ("DE", 3), ("FR", 3), ("JP", 1), ("BR", 1))


class _Day(Builder):
    def __init__(self, rng: Prng) -> None:
        super().__init__(rng)
        self.rows: list[FileRow] = []
        self.messages: list[Message] = []
        self.gone = rng.fork("gone").choice(["HL-SPK-08", "HL-ORG-03", "HL-TWL-07", "HL-MAT-04"])
        self.spared = {self.gone}
        self._countries = rng.fork("countries")
        self._numbers = rng.fork("tracking")

    def country(self) -> str:
        """A buyer's country."""
        return self._countries.weighted(_COUNTRIES)

    def carrier(self, country: str) -> str:
        """A carrier that small parcels to `country` would take."""
        return "UPS" if country == "US" and self.rng.chance(25) else self.rng.choice(_LIGHT)

    def tracking(self, carrier: str) -> str:
        """A new number."""
        return make_number(carrier, self._numbers)

    def plain(self, country: str = "") -> tuple[Order, FileRow]:
        """An order whose row is right."""
        order = self.order(country or self.country(), self.goods())
        carrier = self.carrier(order.address.country)
        row = self.file_row(order, carrier, self.tracking(carrier))
        self.rows.append(row)
        return order, row

    def split(self) -> None:
        """An order from two warehouses, with a row for each parcel."""
        first, second = self.goods(warehouse="义乌仓"), self.goods(warehouse="东莞仓")
        order = self.order(self.country(), [*first, *second])
        for part in (first, second):
            carrier = self.carrier(order.address.country)
            weight = sum(self.skus[code].weight_g * qty for code, qty in part) + 60
            self.rows.append(
                self.file_row(order, carrier, self.tracking(carrier), items=items_text(part), weight_g=weight)
            )

    def merged(self) -> None:
        """Two orders of one buyer that go in one parcel."""
        first = self.order(self.country(), [("HL-KNF-05", 2)], paid_days_ago=2)
        second = self.order(first.address.country, [("HL-BTL-06", 1)], paid_days_ago=1, address=first.address)
        carrier = self.rng.choice(_LIGHT)
        both = items_text((line.sku, line.qty) for line in (*first.lines, *second.lines))
        weight = sum(self.skus[line.sku].weight_g * line.qty for line in (*first.lines, *second.lines)) + 60
        self.rows.append(
            self.file_row(
                first,
                carrier,
                self.tracking(carrier),
                ref=f"{first.number}+{second.number}",
                items=both,
                weight_g=weight,
            )
        )

    def message(self, order: Order, text: str, **more: Any) -> None:
        """A message from the buyer of `order`."""
        at = NOW - timedelta(hours=self.rng.between(2, 20), minutes=self.rng.below(60))
        self.messages.append(
            Message(f"M{len(self.messages) + 1}", order.number, order.buyer, text, at, **more)
        )

    def requests(self) -> None:
        """A cancellation, an address change to grant, and one to refuse."""
        order, _ = self.plain()
        self.message(order, _CANCEL[self.rng.below(len(_CANCEL))], request="cancel")
        order, row = self.plain("US")
        moved = self.people.moved(order.address)
        self.rows[self.rows.index(row)] = replace(row, postcode=moved.postcode)
        self.message(
            order,
            f"Hi, I moved last week. Could you please send it to my new place: {_one_line(moved)}? Thank you!",
            request="address",
            new_address=moved,
        )
        order, _ = self.plain("DE")
        abroad = self.people.at_home(order.buyer, "FR")
        self.message(
            order,
            f"Hello, I will be in France this month, please deliver to {_one_line(abroad)} instead.",
            request="address",
            new_address=abroad,
        )
        order, _ = self.plain()
        self.message(order, "When will my order be shipped? I need it before the end of next month, thanks.")

    def bad_rows(self) -> None:
        """Rows that must be reported: number, consignee, items, used number, unpaid order."""
        order, row = self.plain()
        wrong = (
            spoil(row.carrier, row.tracking, self._numbers)
            if row.carrier != "4PX"
            else row.tracking[:-3] + "CN"
        )
        self.rows[self.rows.index(row)] = replace(row, tracking=wrong)

        order, row = self.plain("GB")
        other = self.people.address(self.rng.choice(["US", "FR"]))
        self.rows[self.rows.index(row)] = replace(
            row, consignee=other.name, country=other.country, postcode=other.postcode
        )

        order, row = self.plain()
        lines = [(line.sku, line.qty + (1 if index == 0 else 0)) for index, line in enumerate(order.lines)]
        self.rows[self.rows.index(row)] = replace(row, items=items_text(lines))

        order, row = self.plain()
        carrier = row.carrier
        sent = self.order(
            order.address.country,
            self.goods(),
            status="shipped",
            paid_days_ago=4,
            shipped_at=NOW - timedelta(days=2),
        )
        parcel = replace(sent.parcels[0], carrier=carrier, tracking=row.tracking)
        self.orders[sent.number] = replace(sent, parcels=(parcel,), timeline=("声明发货",))

        unpaid = self.order(self.country(), self.goods(), status="unpaid")
        carrier = self.carrier(unpaid.address.country)
        self.rows.append(self.file_row(unpaid, carrier, self.tracking(carrier)))

    def out_of_stock(self) -> None:
        """An order for a SKU that is gone, without a row."""
        self.skus[self.gone] = replace(self.skus[self.gone], stock=0)
        self.order(self.country(), [(self.gone, 1)])


_CANCEL = (
    "Hi, I ordered the wrong item. Please cancel this order before it is shipped. Thanks!",
    "Please cancel my order, I found I already have one at home. Sorry for the trouble.",
)


def _one_line(address: Address) -> str:
    return f"{address.line1}, {address.city}, {address.region} {address.postcode}, {address.country}"
