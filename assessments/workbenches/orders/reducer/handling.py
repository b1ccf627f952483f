"""What happens to an order before it leaves: review, exception, cancellation, address, messages, file rows."""

from __future__ import annotations

from ...base import CommandRefused
from .. import commands as c
from .. import words
from ..state import Address, Message, Order, State
from .common import handles, logged, need_reason, need_status, order_of, pick, replace
from .shipping import members


def _settle_requests(state: State, order: Order, kind: str) -> dict[str, Message]:
    return {
        key: replace(message, status="accepted")
        if message.order == order.number and message.request == kind and message.status == "open"
        else message
        for key, message in state.messages.items()
    }


def need_alone(state: State, order: Order, action: str) -> None:
    """Refuses `action` on an order that shares its parcel with others."""
    if order.merged_into or len(members(state, order)) > 1:
        raise CommandRefused(
            "merged", f"订单 {order.number} 处于合并发货中，不能{action}。", "请先取消合并。", "order"
        )


@handles(c.MarkException, "标记发货异常")
def mark_exception(state: State, command: c.MarkException) -> State:
    order = order_of(state, command.order)
    need_status(order, ("to_ship",), "标记发货异常")
    need_alone(state, order, "标记发货异常")
    reason = need_reason(words.CANNOT_SHIP, command.reason)
    changed = replace(order, status="exception", reason=reason, note=command.note or order.note)
    return state.with_order(logged(changed, f"标记发货异常：{words.CANNOT_SHIP[reason]}"))


@handles(c.ClearException, "撤销发货异常")
def clear_exception(state: State, command: c.ClearException) -> State:
    order = order_of(state, command.order)
    need_status(order, ("exception",), "撤销发货异常")
    return state.with_order(logged(replace(order, status="to_ship", reason=""), "撤销发货异常"))


@handles(c.CancelOrder, "取消订单")
def cancel_order(state: State, command: c.CancelOrder) -> State:
    order = order_of(state, command.order)
    need_status(order, ("unpaid", "review", "to_ship", "exception"), "取消")
    need_alone(state, order, "取消")
    reason = need_reason(words.CANCEL, command.reason)
    cancelled = logged(replace(order, status="cancelled", reason=reason), f"取消订单：{words.CANCEL[reason]}")
    return state.with_order(cancelled, messages=_settle_requests(state, order, "cancel"))


@handles(c.ChangeAddress, "修改收件地址")
def change_address(state: State, command: c.ChangeAddress) -> State:
    order = order_of(state, command.order)
    need_status(order, ("review", "to_ship", "exception"), "修改收件地址")
    need_alone(state, order, "修改收件地址")
    for field, label in (("name", "收件人"), ("line1", "街道地址"), ("city", "城市"), ("postcode", "邮编")):
        if not getattr(command, field).strip():
            raise CommandRefused("incomplete", f"请填写{label}。", "", field)
    if command.country != order.address.country:
        raise CommandRefused(
            "cross_border",
            "订单付款后不支持更换收件国家/地区。",
            "运费和税费按原国家计收，请买家取消后重新下单。",
            "country",
        )
    address = Address(
        name=command.name.strip(),
        line1=command.line1.strip(),
        city=command.city.strip(),
        region=command.region.strip(),
        postcode=command.postcode.strip(),
        country=command.country,
        phone=command.phone.strip() or order.address.phone,
    )
    changed = logged(replace(order, address=address), f"修改收件地址：{address.city} {address.postcode}")
    return state.with_order(changed, messages=_settle_requests(state, order, "address"))


@handles(c.SetNote, "填写备注")
def set_note(state: State, command: c.SetNote) -> State:
    return state.with_order(replace(order_of(state, command.order), note=command.text))


@handles(c.ReleaseOrder, "审核放行")
def release_order(state: State, command: c.ReleaseOrder) -> State:
    order = order_of(state, command.order)
    need_status(order, ("review",), "放行")
    return state.with_order(logged(replace(order, status="to_ship"), "审核放行"))


@handles(c.UnreleaseOrder, "撤回放行")
def unrelease_order(state: State, command: c.UnreleaseOrder) -> State:
    order = order_of(state, command.order)
    need_status(order, ("to_ship",), "撤回放行")
    if "审核放行" not in order.timeline:
        raise CommandRefused("not_released", f"订单 {order.number} 不是本次审核放行的。", "", "order")
    return state.with_order(logged(replace(order, status="review"), "撤回放行"))


@handles(c.ReportRow, "登记物流单异常")
def report_row(state: State, command: c.ReportRow) -> State:
    row = pick(state.file_rows, command.row, "物流单行", "row")
    reason = need_reason(words.ROW_PROBLEMS, command.reason)
    return replace(state, file_rows={**state.file_rows, row.id: replace(row, reported=reason)})


@handles(c.UnreportRow, "撤销物流单异常登记")
def unreport_row(state: State, command: c.UnreportRow) -> State:
    row = pick(state.file_rows, command.row, "物流单行", "row")
    if not row.reported:
        raise CommandRefused("not_reported", f"{row.id} 没有登记异常。", "", "row")
    return replace(state, file_rows={**state.file_rows, row.id: replace(row, reported="")})


@handles(c.Reply, "回复买家")
def reply(state: State, command: c.Reply) -> State:
    message = pick(state.messages, command.message, "消息", "message")
    text = command.text.strip()
    if not text:
        raise CommandRefused("empty", "请填写回复内容。", "", "text")
    if len(message.replies) >= 10:
        raise CommandRefused("too_many", "对同一消息最多回复 10 次。", "", "text")
    changed = replace(message, replies=(*message.replies, text))
    return replace(state, messages={**state.messages, message.id: changed})


@handles(c.DeclineRequest, "拒绝买家申请")
def decline_request(state: State, command: c.DeclineRequest) -> State:
    message = pick(state.messages, command.message, "消息", "message")
    if not message.request:
        raise CommandRefused("no_request", "这条消息没有待处理的申请。", "可以直接回复买家。", "message")
    if message.status != "open":
        raise CommandRefused("settled", "这项申请已经处理过。", "", "message")
    reason = need_reason(words.DECLINE, command.reason)
    changed = replace(message, status="declined", reason=reason)
    return replace(state, messages={**state.messages, message.id: changed})
