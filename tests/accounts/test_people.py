"""Accounts and roles through their services."""

from __future__ import annotations

import pytest

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import Forbidden, Invalid
from accounts.models import AuditEntry, RoleGrant, User
from accounts.services import people
from accounts.services.cast import make_demo_cast
from accounts.services.people import Grant
from tests.cast import PASSWORD


def test_cast_holds_every_role_and_is_idempotent(cast):
    assert {
        role for user in make_demo_cast(password=PASSWORD).users.values() for role in roles_of(user)
    } == set(Role)
    before = (User.objects.count(), RoleGrant.objects.count(), AuditEntry.objects.count())
    make_demo_cast(password=PASSWORD)
    assert (User.objects.count(), RoleGrant.objects.count(), AuditEntry.objects.count()) == before


def test_cast_is_refused_outside_a_demo(db, settings):
    settings.DEMO = False
    with pytest.raises(Forbidden) as refusal:
        make_demo_cast()
    assert refusal.value.code == "not_a_demo"
    assert not User.objects.exists()


def test_user_name_is_unique_whatever_its_case(cast):
    with pytest.raises(Invalid) as refusal:
        people.create_user(actor=cast.admin, username="EXAMINER")
    assert refusal.value.code == "username_taken"


@pytest.mark.parametrize("password", ["short", "1234567890", "password123456"[:11]])
def test_weak_passwords_are_refused(cast, password):
    with pytest.raises(Invalid) as refusal:
        people.create_user(actor=cast.admin, username="fresh", password=password)
    assert refusal.value.code == "weak_password"
    assert not User.objects.filter(username="fresh").exists()


def test_school_roles_need_a_school_and_others_refuse_one(cast):
    for role, school in ((Role.OFFICER, None), (Role.EXAMINER, cast.school_a)):
        with pytest.raises(Invalid) as refusal:
            people.grant_role(actor=cast.admin, user=cast.nobody, role=role, school=school)
        assert refusal.value.code == "school_role"


def test_update_brings_roles_to_exactly_the_given_ones(cast):
    people.update_user(
        actor=cast.admin,
        user=cast.author,
        display_name="许老师",
        email="",
        is_active=True,
        grants=[Grant(Role.REVIEWER), Grant(Role.OFFICER, cast.school_b)],
    )
    author = User.objects.get(pk=cast.author.pk)
    assert roles_of(author) == {Role.REVIEWER, Role.OFFICER}
    verbs = list(
        AuditEntry.objects.filter(target_id=str(author.pk), actor=cast.admin).values_list("verb", flat=True)
    )
    assert sorted(verbs) == ["role.grant", "role.grant", "role.revoke", "user.update"]


def test_the_last_administrator_stays(cast):
    keep = {"display_name": "周管理", "email": ""}
    for is_active, grants in ((True, []), (False, [Grant(Role.ADMIN)])):
        with pytest.raises(Forbidden) as refusal:
            people.update_user(actor=cast.admin, user=cast.admin, is_active=is_active, grants=grants, **keep)
        assert refusal.value.code == "last_admin"
    assert roles_of(User.objects.get(pk=cast.admin.pk)) == {Role.ADMIN}
    assert User.objects.get(pk=cast.admin.pk).is_active


def test_switching_an_account_off_ends_its_sessions(cast, client_of):
    client = client_of(cast.author)
    assert client.get("/").status_code == 200
    people.update_user(
        actor=cast.admin,
        user=cast.author,
        display_name="",
        email="",
        is_active=False,
        grants=[Grant(Role.AUTHOR)],
    )
    assert client.get("/").status_code == 302


def test_resetting_a_password_ends_sessions_and_is_audited(cast, client_of):
    client = client_of(cast.author)
    people.reset_password(actor=cast.admin, user=cast.author, password="another-secret-9")
    assert client.get("/").status_code == 302
    assert AuditEntry.objects.filter(verb="user.reset_password", actor=cast.admin).count() == 1
