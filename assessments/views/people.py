"""Who asks, and how a refusal is told beside the form that was filled in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from django.forms import BaseForm
from django.http import HttpRequest

from accounts.errors import Refusal
from accounts.models import User


def user_of(request: HttpRequest) -> User:
    """The signed-in user; the view's `@allow` has made sure that there is one."""
    return cast("User", request.user)


@dataclass
class Told:
    status: int = 400


@contextmanager
def told_in(form: BaseForm) -> Iterator[Told]:
    """A refusal raised inside becomes an error of the form, so that what was typed stays; its status is kept."""
    told = Told()
    try:
        yield told
    except Refusal as refusal:
        form.add_error(None, f"{refusal.message}{refusal.hint}")
        told.status = refusal.status
