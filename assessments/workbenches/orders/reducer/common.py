"""What all handlers share: their registry, look-ups that refuse in words, and small guards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from ...base import Command, CommandRefused
from .. import words
from ..state import Order, State

replace = msgspec.structs.replace

Handler = Callable[[State, Any], State]
HANDLERS: dict[type[Any], Handler] = {}
LABELS: dict[type[Any], str] = {}
H = TypeVar("H", bound=Handler)
R = TypeVar("R")


def handles(command: type[Any], label: str) -> Callable[[H], H]:
    """Registers a function as the handler of `command`; `label` is the verb on screen."""

    def register(function: H) -> H:
        HANDLERS[command] = function
        LABELS[command] = label
        return function

    return register


def label_of(command: Command) -> str:
    """The command in words: its verb and its arguments."""
    fields = msgspec.to_builtins(command)
    fields.pop("type", None)
    parts = [str(value) for value in fields.values() if isinstance(value, str | int | bool) and value != ""]
    return f"{LABELS.get(type(command), '操作')}：{'，'.join(parts)}"


def order_of(state: State, number: str) -> Order:
    """The order, or a refusal that it doesn't exist."""
    order = state.orders.get(number)
    if order is None:
        raise CommandRefused("no_such_order", f"找不到订单 {number}。", "请核对订单号。", "order")
    return order


def pick(table: Mapping[str, R], key: str, what: str, field: str = "") -> R:
    """An entry of `table`, or a refusal that there is no such thing."""
    if key not in table:
        raise CommandRefused("no_such_entry", f"找不到{what} {key}。", "请刷新列表后重试。", field)
    return table[key]


def need_reason(options: Mapping[str, str], code: str) -> str:
    """`code` if it is one of `options`, else a refusal."""
    if code not in options:
        raise CommandRefused("bad_reason", "请选择列表中的原因。", "", "reason")
    return code


def need_status(order: Order, allowed: tuple[str, ...], action: str) -> None:
    """Refuses `action` unless the order is in one of the `allowed` states."""
    if order.status not in allowed:
        wanted = "、".join(words.STATUS[status] for status in allowed)
        raise CommandRefused(
            "wrong_status",
            f"订单 {order.number} 当前为“{words.STATUS[order.status]}”，不能{action}。",
            f"只有“{wanted}”的订单可以{action}。",
            "order",
        )


def need_money(value: Decimal, low: Decimal, high: Decimal, field: str, what: str, unit: str) -> Decimal:
    """`value` if it is a sum in low .. high with at most two places, else a refusal."""
    if not value.is_finite() or abs(value) > Decimal("1e9"):
        raise CommandRefused("bad_amount", f"{what}应为数字。", "", field)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        raise CommandRefused("bad_amount", f"{what}最多保留两位小数。", "", field)
    if not low <= value <= high:
        raise CommandRefused("bad_amount", f"{what}应在 {low} 到 {high} {unit}之间。", "", field)
    return value


def logged(order: Order, text: str) -> Order:
    """The order with one more line in its timeline (the last forty are kept)."""
    return replace(order, timeline=(*order.timeline, text)[-40:])
