"""What a seller's back office holds: orders, parcels, claims, messages, files, reports, settings.

All records are frozen; the reducer makes new ones and shares the rest. Nothing here tells what is right:
that is computed from the initial state by the rules (`oracle`), so a state can't leak an answer.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of all records of this workbench."""


class Address(Record, frozen=True):
    name: str
    line1: str
    city: str
    region: str
    postcode: str
    country: str
    phone: str = ""


class Sku(Record, frozen=True):
    code: str
    title: str
    title_en: str
    stock: int
    weight_g: int
    warehouse: str
    cost: Decimal  # CNY a piece, freight to the warehouse included
    price: Decimal  # list price, USD
    promo_price: Decimal | None = None
    held: str = ""  # reason code while the SKU is held from sale
    supplier: str = ""


class Line(Record, frozen=True):
    id: str
    sku: str
    qty: int
    unit_price: Decimal


class Discount(Record, frozen=True):
    coupon: str
    amount: Decimal


class ParcelItem(Record, frozen=True):
    line: str
    qty: int


class Parcel(Record, frozen=True):
    id: str
    items: tuple[ParcelItem, ...]
    carrier: str = ""
    tracking: str = ""
    edits: int = 0


class TrackEvent(Record, frozen=True):
    at: datetime
    place: str
    text: str


class Order(Record, frozen=True):
    number: str
    status: str
    buyer: str
    address: Address
    currency: str
    lines: tuple[Line, ...]
    shipping_fee: Decimal
    paid_at: datetime | None
    ship_by: datetime | None
    parcels: tuple[Parcel, ...]
    discounts: tuple[Discount, ...] = ()
    new_buyer: bool = False
    buyer_history: int = 0
    shipped_at: datetime | None = None
    events: tuple[TrackEvent, ...] = ()
    merged_into: str = ""
    reason: str = ""  # of a cancellation or of "cannot ship"
    note: str = ""
    buyer_note: str = ""
    timeline: tuple[str, ...] = ()


class Evidence(Record, frozen=True):
    kind: str  # photo, tracking, text
    text: str


class RefundCase(Record, frozen=True):
    id: str
    order: str
    kind: str  # refund_only, return_refund
    claim: str  # not_shipped, not_received, damaged, changed_mind
    asked: Decimal
    text: str
    opened_at: datetime
    decide_by: datetime
    evidence: tuple[Evidence, ...] = ()
    damaged_qty: int = 0  # as the photographs show; kept from the candidate's view
    status: str = "open"
    decision: str = ""
    amount: Decimal | None = None
    reason: str = ""


class Message(Record, frozen=True):
    id: str
    order: str
    sender: str
    text: str
    at: datetime
    request: str = ""  # cancel, address
    new_address: Address | None = None
    status: str = "open"
    reason: str = ""
    replies: tuple[str, ...] = ()


class FileRow(Record, frozen=True):
    id: str
    ref: str
    carrier: str
    tracking: str
    consignee: str
    country: str
    postcode: str
    items: str
    weight_g: int
    reported: str = ""


class ReportRow(Record, frozen=True):
    number: str
    paid_on: date
    ship_by: date | None
    shipped_on: date | None
    delivered_on: date | None
    country: str
    sku: str
    qty: int
    amount: Decimal  # USD
    freight: Decimal  # CNY
    carrier: str
    status: str
    refund: Decimal = Decimal(0)
    refund_reason: str = ""
    period: str = ""


class TrafficRow(Record, frozen=True):
    period: str
    country: str
    visits: int
    carts: int
    orders: int
    ad_cost: Decimal


class SupplyRow(Record, frozen=True):
    number: str
    supplier: str
    sku: str
    qty: int
    ordered_on: date
    promised_on: date
    received_on: date
    rejected: int
    period: str


class Coupon(Record, frozen=True):
    id: str
    label: str
    kind: str  # amount, percent, threshold
    value: Decimal
    min_spend: Decimal
    stackable: bool
    flash_ok: bool
    new_buyer_only: bool
    budget: int
    enabled: bool = True


class Lane(Record, frozen=True):
    country: str
    carrier: str
    options: tuple[LaneOption, ...]


class LaneOption(Record, frozen=True):
    carrier: str
    promise_days: int
    on_time: Decimal  # percent, the carrier's own figures over 90 days
    price: Decimal  # CNY for a typical parcel


class Finding(Record, frozen=True):
    id: str
    kind: str
    subject: str
    cause: str


class Field(Record, frozen=True):
    id: str
    label: str
    kind: str  # number, choice
    unit: str = ""
    hint: str = ""
    group: str = ""
    options: tuple[tuple[str, str], ...] = ()


class Rule(Record, frozen=True):
    id: str
    group: str
    title: str
    text: str


class Shop(Record, frozen=True):
    name: str
    platform: str
    seller: str
    rates: dict[str, Decimal]  # CNY for one unit of the currency
    params: dict[str, str]  # the figures of the rules, as the rules panel states them


class State(Record, frozen=True):
    scenario: str
    seed: str
    now: datetime
    shop: Shop
    features: tuple[str, ...]
    skus: dict[str, Sku]
    orders: dict[str, Order]
    rules: tuple[Rule, ...]
    cases: dict[str, RefundCase] = {}
    messages: dict[str, Message] = {}
    file_rows: dict[str, FileRow] = {}
    report: tuple[ReportRow, ...] = ()
    traffic: tuple[TrafficRow, ...] = ()
    supply: tuple[SupplyRow, ...] = ()
    coupons: dict[str, Coupon] = {}
    lanes: dict[str, Lane] = {}
    findings: dict[str, Finding] = {}
    fields: tuple[Field, ...] = ()
    answers: dict[str, str] = {}
    steps: int = 0

    def with_order(self, order: Order, **changes: Any) -> State:
        """The state with `order` put in the place of the one of its number, and other changes."""
        return msgspec.structs.replace(self, orders={**self.orders, order.number: order}, **changes)


def goods_total(order: Order) -> Decimal:
    """Price of the goods before discounts, in the order's currency."""
    return sum((line.unit_price * line.qty for line in order.lines), Decimal(0))


def discount_total(order: Order) -> Decimal:
    """All discounts of the order."""
    return sum((discount.amount for discount in order.discounts), Decimal(0))


def order_total(order: Order) -> Decimal:
    """What the buyer paid: goods less discounts, plus shipping."""
    return goods_total(order) - discount_total(order) + order.shipping_fee


def parcel_weight(state: State, order: Order, parcel: Parcel) -> int:
    """Grams of the goods in `parcel`."""
    sku_of = {line.id: line.sku for line in order.lines}
    return sum(state.skus[sku_of[item.line]].weight_g * item.qty for item in parcel.items)
