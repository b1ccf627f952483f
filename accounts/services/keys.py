"""A school's API keys: made, shown once, rotated, revoked. Only a digest is stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..enums import Scope
from ..errors import Invalid, Refusal
from ..models import ApiKey, School, User
from .audit import record

PREFIX_BYTES = 5
SECRET_BYTES = 32
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class MadeKey:
    """A new key with its secret, which can't be read again."""

    key: ApiKey
    secret: str


def digest_of(secret: str) -> str:
    """SHA-256 in hex. The secret has 256 random bits, so that a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_key(
    *, actor: User, school: School, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> MadeKey:
    """A new key. Raises Invalid: `no_scope`, `unknown_scope`, `expired_already`."""
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in Scope.values]
    if unknown:
        raise Invalid("unknown_scope", _("没有这样的权限范围：%(names)s。") % {"names": "、".join(unknown)})
    if not wanted:
        raise Invalid("no_scope", _("密钥至少要有一项权限范围。"), hint=_("请勾选这把密钥要读取的内容。"))
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid("expired_already", _("有效期须晚于现在。"), hint=_("请选择以后的日期。"))
    prefix = f"lc{secrets.token_hex(PREFIX_BYTES)}"
    secret = f"{prefix}.{secrets.token_urlsafe(SECRET_BYTES)}"
    key = ApiKey.objects.create(
        school=school,
        name=name.strip(),
        prefix=prefix,
        digest=digest_of(secret),
        scopes=wanted,
        created_by=actor,
        expires_at=expires_at,
    )
    data = {"prefix": prefix, "scopes": wanted, "expires_at": expires_at.isoformat() if expires_at else None}
    record(actor=actor, verb="api_key.create", target=key, data=data, school=school)
    return MadeKey(key, secret)


@transaction.atomic
def rotate_key(*, actor: User, key: ApiKey, overlap: timedelta = timedelta(hours=24)) -> MadeKey:
    """A new key with the same name, scopes and expiry; the old one keeps working for the overlap.

    Raises Refusal `key_not_active` for a key that is revoked or expired.
    """
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    _require_active(key)
    made = create_key(
        actor=actor, school=key.school, name=key.name, scopes=key.scopes, expires_at=key.expires_at
    )
    ends = timezone.now() + overlap
    key.expires_at = min(ends, key.expires_at) if key.expires_at else ends
    key.save(update_fields=["expires_at"])
    data = {"successor": made.key.prefix, "old_ends": key.expires_at.isoformat()}
    record(actor=actor, verb="api_key.rotate", target=key, data=data, school=key.school)
    return made


@transaction.atomic
def revoke_key(*, actor: User, key: ApiKey) -> ApiKey:
    """Refuse the key from now on. Revoking twice changes nothing."""
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        record(actor=actor, verb="api_key.revoke", target=key, data={"prefix": key.prefix}, school=key.school)
    return key


def note_use(*, key: ApiKey) -> None:
    """Keep the time of last use, to the minute: a write on each request would cost more than it tells."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def _require_active(key: ApiKey) -> None:
    expired = key.expires_at is not None and key.expires_at <= timezone.now()
    if key.revoked_at is not None or expired:
        raise Refusal("key_not_active", _("这把密钥已撤销或过期，不能轮换。"), hint=_("请新建一把密钥。"))
