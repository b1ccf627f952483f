"""What every page's frame needs: `shell` (roles, navigation, appearance) and `request_id`."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from .access import access_of, roles_of
from .enums import Role
from .nav import ShownGroup, navigation

THEMES = ("light", "dark", "contrast")
TEXT_SIZES = ("large", "huge")
ACTIVE_ROLE_KEY = "active_role"


def active_role(request: HttpRequest) -> Role | None:
    """The role the user works in now: the chosen one, else the first held, in the order of Role."""
    held = roles_of(getattr(request, "user", None))
    chosen = request.session.get(ACTIVE_ROLE_KEY, "") if held else ""
    if chosen in held:
        return Role(chosen)
    return next((role for role in Role if role in held), None)


class Shell:
    """Computed only when a template asks, so that error pages and bare pages cost no query."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def roles(self) -> list[Role]:
        held = roles_of(getattr(self._request, "user", None))
        return [role for role in Role if role in held]

    @cached_property
    def active_role(self) -> Role | None:
        """The chosen role; on a page that is not for it, the first held one that the page is for."""
        chosen = active_role(self._request)
        match = getattr(self._request, "resolver_match", None)
        access = access_of(match.func) if match else None
        if access is None or not access.roles or chosen in access.roles:
            return chosen
        return next((role for role in self.roles if role in access.roles), chosen)

    @cached_property
    def nav(self) -> list[ShownGroup]:
        user = getattr(self._request, "user", None)
        if not getattr(user, "is_authenticated", False):
            return []
        return navigation(self.active_role, self._request.path)

    @property
    def theme(self) -> str:
        value = self._request.COOKIES.get("theme", "")
        return value if value in THEMES else ""

    @property
    def text(self) -> str:
        value = self._request.COOKIES.get("text", "")
        return value if value in TEXT_SIZES else ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    return {"shell": Shell(request), "request_id": getattr(request, "id", "")}
