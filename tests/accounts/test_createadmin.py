"""The first administrator of a site."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from accounts.access import roles_of
from accounts.enums import Role
from accounts.models import User


def test_makes_an_administrator_who_can_sign_in(db, monkeypatch, client):
    monkeypatch.setenv("LIANGCAI_ADMIN_PASSWORD", "a-first-secret-1")
    call_command("createadmin", "root1", name="主管")
    user = User.objects.get(username="root1")
    assert (roles_of(user), user.display_name, user.is_superuser) == ({Role.ADMIN}, "主管", False)
    assert client.login(username="root1", password="a-first-secret-1")


def test_weak_passwords_and_taken_names_are_refused_in_words(db, monkeypatch):
    monkeypatch.setenv("LIANGCAI_ADMIN_PASSWORD", "short")
    with pytest.raises(CommandError):
        call_command("createadmin", "root1")
    assert not User.objects.exists()
