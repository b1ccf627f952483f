"""The attempt token: what a device shows to read or write one attempt.

`<payload>.<mac>`, both base64url without padding; payload is `attempt:form:grace:lease:issued` in ASCII,
mac is HMAC-SHA-256 under a key derived from SECRET_KEY. It is checked without touching the database;
whether its lease still holds is checked by the statement that writes.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.errors import Refusal

LIFETIME_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class AttemptToken:
    """attempt, form: ids; grace: seconds after the deadline; lease: the right to write."""

    attempt: int
    form: int
    grace: int
    lease: uuid.UUID


def issue(token: AttemptToken) -> str:
    payload = f"{token.attempt}:{token.form}:{token.grace}:{token.lease.hex}:{int(time.time())}".encode()
    return f"{_encode(payload)}.{_encode(_mac(payload))}"


def read(text: str) -> AttemptToken:
    """Raises Refusal 401 for a token that is malformed, forged or too old."""
    try:
        head, tail = text.split(".")
        payload = _decode(head)
        if not hmac.compare_digest(tail.encode(), _encode(_mac(payload)).encode()) or head != _encode(
            payload
        ):
            raise ValueError("mac")
        token, issued = _parsed(payload)
        if time.time() - issued > LIFETIME_SECONDS:
            raise ValueError("too old")
        return token
    except (ValueError, UnicodeError) as error:
        raise Refusal(
            "token_invalid",
            _("作答凭证无效或已过期。"),
            hint=_("请用准考证重新登录；本机保存的答案不会丢失。"),
            status=401,
        ) from error


def read_holder(head: str) -> tuple[AttemptToken, str]:
    """What a token's readable half names, and the mac that makes it a token. Raises ValueError.

    Only for checking seals made with the token; whoever shows the half alone has shown nothing.
    """
    payload = _decode(head)
    return _parsed(payload)[0], _encode(_mac(payload))


def _parsed(payload: bytes) -> tuple[AttemptToken, int]:
    attempt, form, grace, lease, issued = payload.decode("ascii").split(":")
    return AttemptToken(int(attempt), int(form), int(grace), uuid.UUID(hex=lease)), int(issued)


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"liangcai attempt token v1\0" + secret.encode()).digest()


def _mac(payload: bytes) -> bytes:
    return hmac.new(_key(settings.SECRET_KEY), payload, hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
