"""A small client of the delivery protocol: what the journey, the load bench and the fault tests share.

It does what a careful device does: numbers its entries, keeps what is not acknowledged, sends it again with
backoff, takes the newest revision after a conflict, and hands over late answers when the end has passed.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


class ProtocolError(Exception):
    """A refusal by the server: `status` and the error format's `code`, `message`, `data`."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error.get('code')}: {error.get('message')}")
        self.status = status
        self.code = str(error.get("code", ""))
        self.data = dict(error.get("data") or {})


class Connection:
    """One kept-alive HTTP connection that repeats a call when the server drops it."""

    def __init__(self, base: str, *, timeout: float = 30) -> None:
        parts = urlsplit(base)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._timeout = timeout
        self._http: http.client.HTTPConnection | None = None

    def call(
        self, method: str, path: str, *, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers in lower case, body). Raises OSError when the server cannot be reached."""
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        for attempt in (1, 2):
            if self._http is None:
                self._http = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
            try:
                self._http.request(method, path, body=data, headers=sent)
                response = self._http.getresponse()
                return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
            except (http.client.HTTPException, OSError) as error:
                self.close()
                if attempt == 2:
                    raise OSError(str(error)) from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None


def canonical_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def answers_digest(attempt: int, current: dict[int, tuple[int, Any]]) -> str:
    """The receipt's hash as docs/delivery-protocol.md defines it, computed by the device."""
    lines = [f"liangcai-answers-v1\n{attempt}\n"]
    lines += [f"{slot} {rev} {canonical_json(value)}\n" for slot, (rev, value) in sorted(current.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass
class Device:
    """One candidate's device. `offline` keeps everything here until it is put back to False."""

    base: str
    ticket_no: str
    access_code: str
    offline: bool = False
    attempt: int = 0
    token: str = ""
    acknowledged: int = 0
    current: dict[int, tuple[int, Any]] = field(default_factory=dict)
    unsent: dict[tuple[int, int], Any] = field(default_factory=dict)
    revisions: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = Connection(self.base)

    # --- the protocol -----------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        answer = self._call(
            "POST",
            "/delivery/v1/sign-in",
            {"ticket_no": self.ticket_no, "access_code": self.access_code},
            token=False,
        )
        self.token, self.attempt = answer["token"], answer["attempt"]

    def start(self) -> dict[str, Any]:
        """Start, or go on; what the server holds becomes this device's state."""
        state = self._call("POST", self._path("start"), {})
        for entry in state.get("entries", ()):
            self.revisions[entry["slot"]] = entry["revision"]
            self.current[entry["slot"]] = (entry["revision"], entry["value"])
        return state

    def paper(self, sha256: str) -> dict[str, Any]:
        status, headers, body = self.connection.call(
            "GET", self._path(f"paper/{sha256}"), headers=self._headers()
        )
        if status != 200:
            raise ProtocolError(status, json.loads(body)["error"])
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return json.loads(body)  # type: ignore[no-any-return]

    def answer(self, slot: int, value: Any) -> None:
        """Give an answer: kept here at once, sent when online."""
        revision = self.revisions.get(slot, 0) + 1
        self.revisions[slot] = revision
        self.current[slot] = (revision, value)
        self.unsent[slot, revision] = value
        if not self.offline:
            self.flush()

    def flush(self) -> None:
        """Send what is unsent, oldest first; only what the server acknowledges is forgotten here."""
        while self.unsent and not self.offline:
            batch = list(self.unsent.items())[:50]
            entries = [{"slot": s, "revision": r, "value": v} for (s, r), v in batch]
            answer = self._call("POST", self._path("save"), {"entries": entries})
            for slot, revision in answer["saved"]:
                if self.unsent.pop((slot, revision), _MISSING) is not _MISSING:
                    self.acknowledged += 1
            for slot, newest in answer["conflicts"]:
                self._renumber(slot, newest)

    def command(self, slot: int, command: Mapping[str, Any]) -> dict[str, Any]:
        """One command to a practical world: `{"revision", "view"}` or `{"revision", "refusal"}`."""
        revision = self.revisions.get(slot, 0) + 1
        body = {"slot": slot, "revision": revision, "command": command}
        answer = self._call("POST", self._path("command"), body)
        self.revisions[slot] = answer["revision"]
        if "refusal" not in answer:
            self.current[slot] = (revision, command)
            self.acknowledged += 1
        return answer

    def world(self, slot: int) -> dict[str, Any]:
        answer = self._call("GET", self._path(f"world/{slot}"))
        self.revisions[slot] = answer["revision"]
        return answer

    def pulse(self) -> dict[str, Any]:
        return self._call("POST", self._path("pulse"), {})

    def submit(self) -> dict[str, Any]:
        """Hand in what this device believes it has given; the server refuses if it holds something else."""
        self.flush()
        return self._call(
            "POST", self._path("submit"), {"digest": answers_digest(self.attempt, self.current)}
        )

    def late(self) -> dict[str, Any]:
        entries = [{"slot": s, "revision": r, "value": v} for (s, r), v in self.unsent.items()]
        return self._call("POST", self._path("late"), {"entries": entries})

    # --- below --------------------------------------------------------------------------------------------------

    def _renumber(self, slot: int, newest: int) -> None:
        """Another value holds our revision: give ours the next number."""
        stale = [place for place in self.unsent if place[0] == slot and place[1] <= newest]
        if not stale:
            return
        value = self.unsent[max(stale)]
        for place in stale:
            del self.unsent[place]
        self.revisions[slot] = max(self.revisions.get(slot, 0), newest) + 1
        self.current[slot] = (self.revisions[slot], value)
        self.unsent[slot, self.revisions[slot]] = value

    def _path(self, what: str) -> str:
        return f"/delivery/v1/attempts/{self.attempt}/{what}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Attempt {self.token}"}

    def _call(self, method: str, path: str, body: Any = None, *, token: bool = True) -> dict[str, Any]:
        """With backoff and jitter over dropped connections and 503; every call may be repeated safely."""
        delay = 0.1
        while True:
            try:
                status, _headers, raw = self.connection.call(
                    method, path, body=body, headers=self._headers() if token else {}
                )
            except OSError:
                status, raw = 0, b""
            if status and status != 503:
                answer = json.loads(raw)
                if status >= 400:
                    raise ProtocolError(status, answer["error"])
                return answer  # type: ignore[no-any-return]
            if delay > 10:
                raise OSError(f"{method} {path}: the server could not be reached")
            time.sleep(delay * random.uniform(0.5, 1.5))
            delay *= 2


_MISSING = object()
