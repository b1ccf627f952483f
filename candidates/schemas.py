"""Typed bodies of the delivery protocol (docs/delivery-protocol.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from django.utils.translation import gettext as _

from accounts.errors import Invalid

MAX_BODY = 256 * 1024
MAX_ENTRIES = 200
MAX_REVISION = 1_000_000

Id = Annotated[int, msgspec.Meta(ge=1, le=2**62)]
Revision = Annotated[int, msgspec.Meta(ge=1, le=MAX_REVISION)]


class Entry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One answer. value: the kind's response shape, or null for an answer taken back."""

    slot: Id
    revision: Revision
    value: dict[str, Any] | None
    flagged: bool = False
    at: datetime | None = None


class SaveBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    entries: Annotated[list[Entry], msgspec.Meta(min_length=1, max_length=MAX_ENTRIES)]


class CommandBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """revision: the number this command shall have (the slot's last plus one); a resend is harmless."""

    slot: Id
    revision: Revision
    command: dict[str, Any]


class SubmitBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """entries: what is not yet saved; digest: what the device believes it hands in."""

    entries: Annotated[list[Entry], msgspec.Meta(max_length=MAX_ENTRIES)] = []
    digest: str = ""


class LateBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    entries: Annotated[list[Entry], msgspec.Meta(min_length=1, max_length=2000)]


class PulseBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """left, back: moments at which the page lost and regained the candidate's attention."""

    left: Annotated[list[datetime], msgspec.Meta(max_length=50)] = []
    back: Annotated[list[datetime], msgspec.Meta(max_length=50)] = []
    unsaved: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0


class SignInBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    ticket_no: Annotated[str, msgspec.Meta(min_length=4, max_length=24)]
    access_code: Annotated[str, msgspec.Meta(min_length=4, max_length=16)]


Body = TypeVar("Body", bound=msgspec.Struct)


def decode(raw: bytes, schema: type[Body]) -> Body:
    """The body, or Invalid naming the place. NUL characters and lone surrogates are refused."""
    if len(raw) > MAX_BODY:
        raise Invalid(
            "body_too_large",
            _("请求过大（%(size)d KB，上限 %(limit)d KB）。")
            % {"size": len(raw) // 1024, "limit": MAX_BODY // 1024},
            hint=_("请分批发送。"),
            status=413,
        )
    try:
        body = msgspec.json.decode(raw, type=schema)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Invalid(
            "body_malformed",
            _("请求内容不合协议：%(error)s") % {"error": str(error)[:200]},
            hint=_("格式见交付协议文档。"),
        ) from error
    if b"\\u0000" in raw or b"\\ud" in raw.lower():
        refuse_unstorable(msgspec.to_builtins(body), "$")
    return body


def refuse_unstorable(value: Any, place: str) -> None:
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= ch <= "\udfff" for ch in value):
            raise Invalid(
                "text_unstorable",
                _("%(place)s 含有无法保存的字符。") % {"place": place},
                hint=_("请删去不可见字符后重试。"),
            )
    elif isinstance(value, dict):
        for key, inner in value.items():
            refuse_unstorable(key, place)
            refuse_unstorable(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            refuse_unstorable(inner, f"{place}[{index}]")
