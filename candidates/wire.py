"""JSON on the wire of the delivery protocol."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse

_encode = msgspec.json.Encoder().encode


def reply(body: Any, *, status: int = 200) -> HttpResponse:
    """A JSON response that no cache keeps."""
    content = _encode(body)
    response = HttpResponse(content, content_type="application/json", status=status)
    response["Content-Length"] = str(len(content))
    response["Cache-Control"] = "no-store"
    return response
