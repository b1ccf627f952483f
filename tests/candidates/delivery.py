"""A device in a test: it speaks the delivery protocol through Django's test client."""

from __future__ import annotations

from typing import Any

from django.test import Client

from candidates import tokens
from candidates.models import Registration
from candidates.services.attempts import take_lease
from tests.factories import attempt_of


class Device:
    """Holds a lease on one attempt. `last` is the last HTTP response."""

    def __init__(self, registration: Registration) -> None:
        self.client = Client()
        self.attempt = attempt_of(registration)
        self.token = take_lease(attempt=self.attempt, device="test", actor=None)
        self.last: Any = None

    def call(self, method: str, what: str, body: Any = None, *, raw: bytes | None = None) -> Any:
        path = f"/delivery/v1/attempts/{self.attempt.pk}" + (f"/{what}" if what else "")
        extra = {"HTTP_AUTHORIZATION": f"Attempt {tokens.issue(self.token)}"}
        if method == "GET":
            self.last = self.client.get(path, **extra)
        else:
            data = raw if raw is not None else (body if body is not None else {})
            self.last = self.client.post(path, data=data, content_type="application/json", **extra)
        return (
            self.last.json()
            if "json" in self.last["Content-Type"] and not self.last.has_header("Content-Encoding")
            else self.last
        )

    def start(self) -> Any:
        return self.call("POST", "start")

    def save(self, *entries: tuple[int, int, Any]) -> Any:
        return self.call(
            "POST", "save", {"entries": [{"slot": s, "revision": r, "value": v} for s, r, v in entries]}
        )

    def submit(self, **body: Any) -> Any:
        return self.call("POST", "submit", body)
