"""What a candidate can do in the back office, as typed commands with a tag ``type``."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

Id = Annotated[str, Meta(min_length=1, max_length=40)]
Code = Annotated[str, Meta(min_length=1, max_length=24)]
Text = Annotated[str, Meta(max_length=2000)]
ShortText = Annotated[str, Meta(max_length=200)]
Money = Annotated[Decimal, Meta()]
Quantity = Annotated[int, Meta(ge=1, le=10000)]


class Base(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """Base of all commands; `feature` names the part of the back office that must be open."""

    feature: ClassVar[str] = "orders"


class SetTracking(Base, frozen=True, tag="set_tracking"):
    order: Id
    parcel: Id
    carrier: Code
    tracking: Annotated[str, Meta(max_length=40)]


class ClearTracking(Base, frozen=True, tag="clear_tracking"):
    order: Id
    parcel: Id


class PartItem(Struct, frozen=True, forbid_unknown_fields=True):
    line: Id
    qty: Quantity


class SplitParcel(Base, frozen=True, tag="split_parcel"):
    order: Id
    parcels: Annotated[
        list[Annotated[list[PartItem], Meta(min_length=1, max_length=20)]], Meta(min_length=1, max_length=10)
    ]


class MergeOrders(Base, frozen=True, tag="merge_orders"):
    orders: Annotated[list[Id], Meta(min_length=2, max_length=10)]


class UnmergeOrders(Base, frozen=True, tag="unmerge_orders"):
    order: Id


class ShipOrder(Base, frozen=True, tag="ship_order"):
    order: Id


class MarkException(Base, frozen=True, tag="mark_exception"):
    order: Id
    reason: Code
    note: ShortText = ""


class ClearException(Base, frozen=True, tag="clear_exception"):
    order: Id


class CancelOrder(Base, frozen=True, tag="cancel_order"):
    order: Id
    reason: Code


class ChangeAddress(Base, frozen=True, tag="change_address"):
    order: Id
    name: ShortText
    line1: ShortText
    city: ShortText
    region: ShortText
    postcode: ShortText
    country: Code
    phone: ShortText = ""


class SetNote(Base, frozen=True, tag="set_note"):
    order: Id
    text: ShortText


class ReleaseOrder(Base, frozen=True, tag="release_order"):
    feature: ClassVar[str] = "review"
    order: Id


class UnreleaseOrder(Base, frozen=True, tag="unrelease_order"):
    feature: ClassVar[str] = "review"
    order: Id


class ReportRow(Base, frozen=True, tag="report_row"):
    feature: ClassVar[str] = "file"
    row: Id
    reason: Code


class UnreportRow(Base, frozen=True, tag="unreport_row"):
    feature: ClassVar[str] = "file"
    row: Id


class DecideRefund(Base, frozen=True, tag="decide_refund"):
    feature: ClassVar[str] = "refunds"
    case: Id
    decision: Literal["full", "partial", "return", "refuse"]
    reason: Code
    amount: Money | None = None


class Reply(Base, frozen=True, tag="reply"):
    feature: ClassVar[str] = "messages"
    message: Id
    text: Text


class DeclineRequest(Base, frozen=True, tag="decline_request"):
    feature: ClassVar[str] = "messages"
    message: Id
    reason: Code


class Answer(Base, frozen=True, tag="answer"):
    feature: ClassVar[str] = "form"
    field: Id
    value: Annotated[str, Meta(max_length=60)]


class SetCoupon(Base, frozen=True, tag="set_coupon"):
    feature: ClassVar[str] = "promo"
    coupon: Id
    enabled: bool
    stackable: bool
    flash_ok: bool
    min_spend: Money


class SetPromoPrice(Base, frozen=True, tag="set_promo_price"):
    feature: ClassVar[str] = "promo"
    sku: Id
    price: Money


class SetLane(Base, frozen=True, tag="set_lane"):
    feature: ClassVar[str] = "lanes"
    country: Code
    carrier: Code


class HoldSku(Base, frozen=True, tag="hold_sku"):
    feature: ClassVar[str] = "skus"
    sku: Id
    reason: Code


class ReleaseSku(Base, frozen=True, tag="release_sku"):
    feature: ClassVar[str] = "skus"
    sku: Id


class ReportFinding(Base, frozen=True, tag="report_finding"):
    feature: ClassVar[str] = "findings"
    kind: Code
    subject: Id
    cause: Code


class WithdrawFinding(Base, frozen=True, tag="withdraw_finding"):
    feature: ClassVar[str] = "findings"
    finding: Id


OrdersCommand = (
    SetTracking
    | ClearTracking
    | SplitParcel
    | MergeOrders
    | UnmergeOrders
    | ShipOrder
    | MarkException
    | ClearException
    | CancelOrder
    | ChangeAddress
    | SetNote
    | ReleaseOrder
    | UnreleaseOrder
    | ReportRow
    | UnreportRow
    | DecideRefund
    | Reply
    | DeclineRequest
    | Answer
    | SetCoupon
    | SetPromoPrice
    | SetLane
    | HoldSku
    | ReleaseSku
    | ReportFinding
    | WithdrawFinding
)
