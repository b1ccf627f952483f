"""Who may call a view. Every view declares it; the permission matrix test reads the declaration.

    @allow(Role.EXAMINER, Role.ADMIN)
    def form_list(request): ...

The declaration is kept as `view.access` (an Access). Object-level scoping is not done here: objects
are reached through `queries.*_for(user)` getters, which answer 404 for foreign ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from .enums import Role
from .errors import Forbidden

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True)
class Access:
    """public: anyone; signed_in: any account; roles: any of these; scope: an API key's scope;
    attempt: the holder of an attempt token (delivery protocol)."""

    public: bool = False
    signed_in: bool = False
    roles: frozenset[Role] = frozenset()
    scope: str = ""
    attempt: bool = False


def roles_of(user: Any) -> frozenset[Role]:
    """The roles a user holds, read once and kept on the instance."""
    if not getattr(user, "is_authenticated", False):
        return frozenset()
    held = getattr(user, "_held_roles", None)
    if held is None:
        held = frozenset(Role(value) for value in user.role_grants.values_list("role", flat=True))
        user._held_roles = held
    return cast("frozenset[Role]", held)


def allow(*roles: Role) -> Callable[[View], View]:
    """Only users who hold one of the roles; others are sent to sign in or get 403."""
    return _declare(Access(roles=frozenset(roles)))


def allow_signed_in(view: View) -> View:
    return _declare(Access(signed_in=True))(view)


def allow_public(view: View) -> View:
    return _declare(Access(public=True))(view)


def may(user: Any, access: Access) -> bool:
    """Whether the declaration admits this user (API scopes and attempt tokens are checked elsewhere)."""
    if access.public:
        return True
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return False
    return access.signed_in or bool(access.roles & roles_of(user))


def _declare(access: Access) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.user, access):
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                raise Forbidden(
                    "role_required",
                    _("您的账号没有进入此页面的权限。"),
                    hint=_("请用有相应角色的账号登录，或请系统管理员授权。"),
                )
            return view(request, *args, **kwargs)

        checked.access = access  # type: ignore[attr-defined]
        return cast("View", checked)

    return decorate


__all__ = [
    "Access",
    "allow",
    "allow_public",
    "allow_signed_in",
    "may",
    "roles_of",
]
