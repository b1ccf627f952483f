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
    """The roles a user holds, read once and kept on the instance. A school that is switched off gives none."""
    if not getattr(user, "is_authenticated", False):
        return frozenset()
    held = getattr(user, "_held_roles", None)
    if held is None:
        grants = user.role_grants.exclude(school__is_active=False)
        held = frozenset(Role(value) for value in grants.values_list("role", flat=True))
        user._held_roles = held
    return cast("frozenset[Role]", held)


def holds(user: Any, *roles: Role) -> bool:
    """Whether the user holds one of the roles."""
    return bool(roles_of(user).intersection(roles))


def schools_with(user: Any, role: Role) -> frozenset[int]:
    """The ids of the active schools in which the user holds the role."""
    if not getattr(user, "is_authenticated", False):
        return frozenset()
    grants = user.role_grants.filter(role=role, school__is_active=True)
    return frozenset(grants.values_list("school_id", flat=True))


def require(user: Any, *roles: Role) -> None:
    """Raise Forbidden `role_required` unless the user holds one of the roles (for services)."""
    if not holds(user, *roles):
        raise _role_required()


def require_second_person(actor: Any, first: Any, *, what: str) -> None:
    """Four eyes: raise Forbidden `four_eyes` if actor is the one who did the first step.

    what: the step that needs another person, in the reader's words ("批准发布").
    """
    if first is not None and actor.pk == getattr(first, "pk", first):
        raise Forbidden(
            "four_eyes",
            _("“%(what)s”须由另一个人来做。") % {"what": what},
            hint=_("请另一位有相应角色的同事登录后操作。"),
        )


def access_of(view: Any) -> Access | None:
    """What a resolved view has declared: by `allow…`, or by `required_scope` on a class of the API."""
    declared = getattr(view, "access", None)
    if isinstance(declared, Access):
        return declared
    cls = getattr(view, "cls", None) or getattr(view, "view_class", None)
    declared = getattr(cls, "access", None)
    if isinstance(declared, Access):
        return declared
    scope = getattr(cls, "required_scope", None)
    if isinstance(scope, dict):
        return Access(scope=" ".join(sorted({str(value) for value in scope.values()})))
    return Access(scope=str(scope)) if scope else None


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
                raise _role_required()
            return view(request, *args, **kwargs)

        checked.access = access  # type: ignore[attr-defined]
        return cast("View", checked)

    return decorate


def _role_required() -> Forbidden:
    return Forbidden(
        "role_required",
        _("您的账号没有进入此页面的权限。"),
        hint=_("请用有相应角色的账号登录，或请系统管理员授权。"),
    )


__all__ = [
    "Access",
    "access_of",
    "allow",
    "allow_public",
    "allow_signed_in",
    "holds",
    "may",
    "require",
    "require_second_person",
    "roles_of",
    "schools_with",
]
