"""The file of unsent answers that a candidate's device writes when the server can't be reached at the end.

It is sealed with HMAC-SHA-256 under the mac of the attempt's token; the file holds only the token's readable
half, so that it gives no right to write, and the server can still compute the seal (docs/delivery-protocol.md).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from accounts.errors import Invalid

from . import tokens
from .rules import canonical_json
from .schemas import Entry, refuse_unstorable

FORMAT = "liangcai-unsent-answers-v1"
MAX_FILE = 4 * 1024 * 1024


class SealedFile(msgspec.Struct, frozen=True):
    """What a sealed file says; `token` names the attempt and lease that sealed it; `refused` counts the
    answers that the server had refused as they are and that are left out of `entries`."""

    token: tokens.AttemptToken
    ticket_no: str
    exported_at: str
    entries: list[Entry]
    refused: int


def read_sealed(raw: bytes) -> SealedFile:
    """Raises Invalid: file_too_large, file_malformed, file_unsealed or seal_broken."""
    if len(raw) > MAX_FILE:
        raise Invalid("file_too_large", _("文件过大。"), status=413)
    try:
        body: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
        if body.pop("format", "") != FORMAT:
            raise ValueError("format")
        seal, holder = str(body.pop("seal")), str(body["holder"])
        kept = [entry for entry in body["entries"] if "refused" not in entry]
        entries = msgspec.convert(kept, list[Entry])
        refuse_unstorable(kept, "entries")
    except (
        msgspec.DecodeError,
        msgspec.ValidationError,
        KeyError,
        AttributeError,
        TypeError,
        ValueError,
    ) as error:
        raise Invalid(
            "file_malformed",
            _("这不是“未上传答案”文件，或文件不完整。"),
            hint=_("请从考生的电脑重新下载该文件。"),
        ) from error
    if not seal:
        raise Invalid("file_unsealed", _("文件没有封印，无法确认来源。"), hint=_("请人工核对后处理。"))
    try:
        token, mac = tokens.read_holder(holder)
    except ValueError as error:
        raise Invalid("seal_broken", _("文件的封印不对，内容可能被改动。")) from error
    mark = hmac.new(mac.encode(), canonical_json({**body, "format": FORMAT}).encode(), hashlib.sha256)
    if not hmac.compare_digest(mark.hexdigest(), seal):
        raise Invalid(
            "seal_broken", _("文件的封印不对，内容可能被改动。"), hint=_("请向考生的电脑重新下载。")
        )
    return SealedFile(
        token,
        str(body.get("ticket_no", "")),
        str(body.get("exported_at", "")),
        entries,
        len(body["entries"]) - len(kept),
    )


__all__ = ["SealedFile", "read_sealed"]
