"""What the rules of a world demand at the end: the form in which scenarios tell the checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from .state import Address, Order


@dataclass(frozen=True)
class Shipment:
    """How an order must leave: `group` orders in one go, each parcel as (carrier, number, goods)."""

    sort: str  # plain, split, merge, address
    group: frozenset[str]
    parcels: frozenset[tuple[str, str, tuple[tuple[str, int], ...]]]
    address: Address


@dataclass(frozen=True)
class Verdict:
    """The right decision on a refund claim."""

    decision: str
    amount: Decimal | None
    reason: str


@dataclass(frozen=True)
class Span:
    """An accepted range, both ends included."""

    low: Decimal
    high: Decimal


@dataclass
class Expected:
    """Everything asked for; what is not in here is to be left alone."""

    shipments: dict[str, Shipment] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    exceptions: dict[str, str] = field(default_factory=dict)
    cancels: dict[str, str] = field(default_factory=dict)
    releases: set[str] = field(default_factory=set)
    addresses: dict[str, Address] = field(default_factory=dict)
    declines: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, Verdict] = field(default_factory=dict)
    answers: dict[str, Decimal | str] = field(default_factory=dict)
    coupons: dict[str, dict[str, object]] = field(default_factory=dict)
    prices: dict[str, Span] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)
    findings: dict[tuple[str, str], str] = field(default_factory=dict)


def same_place(one: Address, other: Address) -> bool:
    """Whether two addresses say the same, whatever the case and blanks."""

    def folded(address: Address) -> tuple[str, ...]:
        parts = (address.name, address.line1, address.city, address.region, address.postcode, address.country)
        return tuple("".join(part.split()).casefold() for part in parts)

    return folded(one) == folded(other)


def parcels_of(order: Order, group: list[Order]) -> frozenset[tuple[str, str, tuple[tuple[str, int], ...]]]:
    """The parcels of a shipped order as they must compare; merged orders' goods count with the first."""
    sku_of = {line.id: line.sku for line in order.lines}
    result = []
    for parcel in order.parcels:
        sums: dict[str, int] = {}
        for item in parcel.items:
            sums[sku_of[item.line]] = sums.get(sku_of[item.line], 0) + item.qty
        for member in group[1:]:
            for line in member.lines:
                sums[line.sku] = sums.get(line.sku, 0) + line.qty
        result.append((parcel.carrier, parcel.tracking, tuple(sorted(sums.items()))))
    return frozenset(result)
