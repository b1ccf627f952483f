"""Accounts: making them, changing them, granting roles."""

from __future__ import annotations

from django.db import transaction

from ..models import User
from .audit import record


@transaction.atomic
def change_own_password(*, actor: User, password: str) -> User:
    """Set the user's own password (already validated by the form)."""
    user = User.objects.select_for_update().get(pk=actor.pk)
    user.set_password(password)
    user.save(update_fields=["password"])
    actor.password = user.password
    record(actor=actor, verb="user.change_password", target=user)
    return user
