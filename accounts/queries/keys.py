"""Reading API keys."""

from __future__ import annotations

import hmac
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from ..access import roles_of
from ..enums import Role
from ..errors import NotFound
from ..models import ApiKey, School
from ..services.keys import digest_of


def keys_for(user: Any) -> QuerySet[ApiKey]:
    """The keys a user may see: an administrator all, an officer those of the own schools."""
    keys = ApiKey.objects.select_related("school", "created_by")
    if Role.ADMIN in roles_of(user):
        return keys
    return keys.filter(school__in=schools_of(user))


def key_for(user: Any, pk: int) -> ApiKey:
    """One key, or NotFound for a foreign one."""
    key = keys_for(user).filter(pk=pk).first()
    if key is None:
        raise NotFound("key_not_found", "没有这把密钥。")
    return key


def schools_of(user: Any) -> QuerySet[School]:
    """The active schools whose officer the user is."""
    return School.objects.filter(
        role_grants__user=user, role_grants__role=Role.OFFICER, is_active=True
    ).distinct()


def active_key(secret: str) -> ApiKey | None:
    """The key behind a secret, if it may be used now: not revoked, not expired, its school active."""
    prefix, dot, _rest = secret.partition(".")
    if not dot:
        return None
    usable = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    key = (
        ApiKey.objects.select_related("school", "created_by")
        .filter(usable, prefix=prefix, revoked_at__isnull=True, school__is_active=True)
        .first()
    )
    if key is None or not hmac.compare_digest(key.digest, digest_of(secret)):
        return None
    return key


def schools_to_key(user: Any) -> QuerySet[School]:
    """The schools for which the user may make keys."""
    if Role.ADMIN in roles_of(user):
        return School.objects.filter(is_active=True)
    return schools_of(user)
