"""Who asks."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from accounts.models import User


def user_of(request: HttpRequest) -> User:
    """The signed-in user; the view's `@allow` has made sure that there is one."""
    return cast("User", request.user)
