"""The screen's data. What is in a state is public; this adds labels, sums and the lists of choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from . import words
from .carriers import CARRIERS
from .reducer.settings import subjects
from .state import Order, State, discount_total, goods_total, order_total, parcel_weight

_HIDDEN = {"damaged_qty"}
"""What the photographs show, counted: the candidate is to read it out of the evidence."""


def public_view(state: State, *, full: bool = True) -> dict[str, Any]:
    """The changing part of the screen and, if `full`, the part that never changes."""
    view: dict[str, Any] = {
        "orders": [_order(state, state.orders[number]) for number in sorted(state.orders)],
        "skus": _table(state.skus),
        "cases": [
            {name: value for name, value in case.items() if name not in _HIDDEN}
            for case in _table(state.cases)
        ],
        "messages": _table(state.messages),
        "file_rows": _table(state.file_rows),
        "coupons": _table(state.coupons),
        "lanes": _table(state.lanes),
        "findings": _table(state.findings),
        "answers": dict(state.answers),
        "steps": state.steps,
    }
    if full:
        view |= _fixed(state)
    return view


def _table(records: Mapping[str, msgspec.Struct]) -> list[dict[str, Any]]:
    """Records by key: a stored state may come back with its keys in another order."""
    return [_plain(records[key]) for key in sorted(records, key=lambda key: (len(key), key))]


def _plain(record: msgspec.Struct) -> dict[str, Any]:
    """All fields, defaults too, so that the page never meets a missing one."""
    return {name: msgspec.to_builtins(getattr(record, name)) for name in record.__struct_fields__}


def _order(state: State, order: Order) -> dict[str, Any]:
    shown = _plain(order)
    shown["lines"] = [_plain(line) for line in order.lines]
    shown["discounts"] = [_plain(discount) for discount in order.discounts]
    shown["address"] = _plain(order.address)
    shown["parcels"] = [
        {**_plain(parcel), "weight_g": parcel_weight(state, order, parcel)} for parcel in order.parcels
    ]
    shown["goods"] = str(goods_total(order))
    shown["discount"] = str(discount_total(order))
    shown["total"] = str(order_total(order))
    return shown


def _fixed(state: State) -> dict[str, Any]:
    report_columns = list(state.report[0].__struct_fields__) if state.report else []
    return {
        "workbench": "orders",
        "now": state.now.isoformat(),
        "shop": _plain(state.shop),
        "features": list(state.features),
        "rules": [_plain(rule) for rule in state.rules],
        "fields": [_plain(field) for field in state.fields],
        "report": {
            "columns": report_columns,
            "rows": [
                [msgspec.to_builtins(getattr(row, name)) for name in report_columns] for row in state.report
            ],
        },
        "traffic": [_plain(row) for row in state.traffic],
        "supply": [_plain(row) for row in state.supply],
        "words": {
            "status": words.STATUS,
            "cannot_ship": words.CANNOT_SHIP,
            "cancel": words.CANCEL,
            "row_problems": words.ROW_PROBLEMS,
            "decisions": words.DECISIONS,
            "refund_reasons": words.REFUND_REASONS,
            "decline": words.DECLINE,
            "claims": words.CLAIMS,
            "hold": words.HOLD_REASONS,
            "countries": words.COUNTRIES,
            "finding_kinds": words.FINDING_KINDS,
            "finding_causes": words.FINDING_CAUSES,
            "carriers": {code: carrier.label for code, carrier in CARRIERS.items()},
            "shapes": {code: carrier.shape for code, carrier in CARRIERS.items()},
        },
        "subjects": {kind: subjects(state, kind) for kind in words.FINDING_KINDS} if state.lanes else {},
    }
