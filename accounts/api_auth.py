"""API keys for DRF: `Authorization: Bearer <key>`; what a key may do is its scopes, in its own school.

    class ResultList(ListAPIView):
        permission_classes = [HasScope]
        required_scope = Scope.RESULTS_READ        # or {"GET": …, "POST": …}

        def get_queryset(self):
            return results_of(self.request.auth.school)

`request.auth` is the ApiKey and `request.user` an ApiUser; there is no session and so no CSRF.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from .models import ApiKey, School
from .queries.keys import active_key
from .services.keys import note_use

log = structlog.get_logger("api")
MAX_KEY_LENGTH = 200


@dataclass(frozen=True)
class ApiUser:
    """The caller behind a key: a school's program, not a person."""

    key: ApiKey
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True

    @property
    def pk(self) -> str:
        return f"key:{self.key.pk}"

    @property
    def school(self) -> School:
        return self.key.school

    def __str__(self) -> str:
        return f"{self.key.school.code}/{self.key.prefix}"


class ApiKeyAuthentication(BaseAuthentication):
    """Bearer authentication by key. Without the header the caller stays anonymous (401 where a key is needed)."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[ApiUser, ApiKey] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2 or len(parts[1]) > MAX_KEY_LENGTH:
            raise exceptions.AuthenticationFailed(_("Authorization 请求头的格式不对。"))
        try:
            secret = parts[1].decode("ascii")
        except UnicodeDecodeError:
            raise exceptions.AuthenticationFailed(_("密钥含有不允许的字符。")) from None
        key = active_key(secret) if "\x00" not in secret else None
        if key is None:
            raise exceptions.AuthenticationFailed(_("密钥不对、已撤销或已过期。"))
        note_use(key=key)
        return ApiUser(key), key

    def authenticate_header(self, request: Request) -> str:
        return f'{self.keyword} realm="liangcai"'


class HasScope(BasePermission):
    """The key holds the view's `required_scope`. A view without one is refused: it forgot to say."""

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return False
        scope = required_scope(view, request.method or "GET")
        if scope and scope in key.scopes:
            return True
        self.message = _("密钥缺少权限范围 %(scope)s。") % {"scope": scope or "?"}
        return False


def required_scope(view: Any, method: str) -> str:
    """The scope a view asks for with a method; empty where it has not said."""
    declared = getattr(view, "required_scope", "")
    if isinstance(declared, dict):
        method = "GET" if method in ("HEAD", "OPTIONS") else method
        declared = declared.get(method, "")
    return str(declared)


class KeyThrottle(SimpleRateThrottle):
    """So many requests a key (an anonymous caller: an address) may send. Rate: `THROTTLE_RATES["api"]`."""

    scope = "api"
    rate = "1200/min"

    def allow_request(self, request: Request, view: Any) -> bool:
        """Lets everyone pass while the cache is away: counting is a courtesy, answering is the job."""
        try:
            return bool(super().allow_request(request, view))
        except (RedisError, OSError):
            log.warning("throttle skipped: the cache is away")
            return True

    def get_cache_key(self, request: Request, view: Any) -> str:
        ident = request.user.pk if isinstance(request.user, ApiUser) else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """Tells the API's documentation how to authenticate."""

    target_class = "accounts.api_auth.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": str(_("院校的接口密钥。"))}
