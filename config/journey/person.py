"""A person at a browser without a screen: signs in, opens pages, fills in forms."""

from __future__ import annotations

import http.cookiejar
import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import html

Fields = Mapping[str, Any]
File = tuple[str, bytes, str]
"""name, content, content type"""


class PageError(Exception):
    """A page answered with an error. `status` and the text a person would read."""

    def __init__(self, method: str, path: str, status: int, text: str) -> None:
        super().__init__(f"{method} {path}: {status} {text[:400]}")
        self.status = status


class Page:
    """What came back: status, address after redirects, body."""

    def __init__(self, status: int, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.url, self.headers, self.body = status, url, headers, body

    @property
    def tree(self) -> Any:
        return html.fromstring(self.body)

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.url).path

    @property
    def text(self) -> str:
        return " ".join(self.tree.text_content().split())

    def json(self) -> Any:
        return json.loads(self.body)


class Person:
    """One account's session. Redirects are followed; 4xx and 5xx raise PageError."""

    def __init__(self, base: str, username: str = "", password: str = "") -> None:
        self.base = base.rstrip("/")
        self.username, self.password = username, password
        self._jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self._jar)
        )

    def sign_in(self) -> Person:
        page = self.post("/sign-in", {"username": self.username, "password": self.password})
        if page.path.startswith("/sign-in"):
            raise PageError("POST", "/sign-in", 200, f"{self.username} could not sign in: {page.text}")
        return self

    def get(self, path: str, *, accept: str = "text/html") -> Page:
        return self._send("GET", path, None, {"Accept": accept})

    def post(
        self,
        path: str,
        fields: Fields,
        *,
        files: Mapping[str, File] | None = None,
        page: str = "",
        accept: str = "text/html",
    ) -> Page:
        """Post a form. `page`: the page that holds the form, opened first as a person would; by default
        the token of the last page is used, and the form's own address is opened when there is none."""
        if page or not self._token():
            self.get(page or path)
        pairs = [("csrfmiddlewaretoken", self._token()), *_pairs(fields)]
        if files:
            body, content_type = _multipart(pairs, files)
        else:
            body, content_type = urllib.parse.urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        return self._send("POST", path, body, {"Content-Type": content_type, "Accept": accept})

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Page:
        url = path if path.startswith("http") else self.base + path
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        request.add_header("Referer", self.base + "/")
        try:
            with self._opener.open(request, timeout=120) as answer:
                return Page(answer.status, answer.url, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            raise PageError(method, path, error.code, _readable(error.read())) from error

    def _token(self) -> str:
        return next((cookie.value or "" for cookie in self._jar if cookie.name == "csrftoken"), "")


def _pairs(fields: Fields) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in fields.items():
        values: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
        pairs.extend((name, str(one)) for one in values)
    return pairs


def _multipart(pairs: list[tuple[str, str]], files: Mapping[str, File]) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in pairs
    ]
    for name, (filename, content, content_type) in files.items():
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            f"Content-Type: {content_type}\r\n\r\n"
        )
        parts.append(head.encode() + content + b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


def _readable(body: bytes) -> str:
    """The words of an error page or of the JSON error format."""
    try:
        error = json.loads(body)["error"]
        return f"{error['code']}: {error['message']} {error['hint']}"
    except (ValueError, KeyError, TypeError):
        try:
            tree = html.fromstring(body)
            main = tree.find(".//main")
            return " ".join("".join(map(str, (main if main is not None else tree).itertext())).split())
        except Exception:
            return body[:200].decode("utf-8", "replace")
