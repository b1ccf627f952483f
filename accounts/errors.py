"""Domain refusals: what was refused, why, and what to do next.

One family for pages, the API, commands and the delivery protocol. `accounts.refusals` renders a
Refusal as a page or as JSON: `{"error": {"code", "message", "hint", "data", "request_id"}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """The request was understood and is refused.

    code: stable snake_case word for programs; message: one sentence for people;
    hint: how to mend it; data: JSON-able facts (places, limits); status: HTTP status.
    """

    status = 409

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        data: Mapping[str, Any] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.data = dict(data or {})
        if status is not None:
            self.status = status

    def as_dict(self, request_id: str = "") -> dict[str, Any]:
        error = {
            "code": self.code,
            "message": str(self.message),
            "hint": str(self.hint),
            "data": self.data,
            "request_id": request_id,
        }
        return {"error": error}


class Invalid(Refusal):
    """The input itself is wrong: malformed, out of range, missing."""

    status = 400


class Forbidden(Refusal):
    """The caller is known and may not do this."""

    status = 403


class NotFound(Refusal):
    """There is no such object, or none that the caller may know of."""

    status = 404
