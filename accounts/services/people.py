"""Accounts: making them, changing them, granting and taking roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..enums import SCHOOL_ROLES, Role
from ..errors import Forbidden, Invalid
from ..models import RoleGrant, School, User
from .audit import record


@dataclass(frozen=True)
class Grant:
    """A role, with the school it is held in where the role asks for one."""

    role: Role
    school: School | None = None


@transaction.atomic
def create_user(
    *,
    actor: User | None,
    username: str,
    display_name: str = "",
    email: str = "",
    password: str | None = None,
    grants: Iterable[Grant] = (),
) -> User:
    """A new account with its roles. password None: it can't sign in until one is set.

    Raises Invalid: `username_taken`, `weak_password`, `school_role`.
    """
    username = User.normalize_username(username.strip())
    if User.objects.filter(username__iexact=username).exists():
        raise Invalid(
            "username_taken",
            _("用户名“%(name)s”已被使用。") % {"name": username},
            hint=_("换一个用户名，例如加上工号。"),
        )
    user = User(username=username, display_name=display_name.strip(), email=email.strip())
    _set_password(user, password)
    user.save()
    record(actor=actor, verb="user.create", target=user, data={"username": username})
    for grant in grants:
        grant_role(actor=actor, user=user, role=grant.role, school=grant.school)
    return user


@transaction.atomic
def update_user(
    *, actor: User, user: User, display_name: str, email: str, is_active: bool, grants: Iterable[Grant]
) -> User:
    """Bring an account to the given state: names, whether it may sign in, exactly these roles.

    Raises Forbidden `last_admin` rather than leave the site without an administrator who can sign in.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    before = {"display_name": user.display_name, "email": user.email, "is_active": user.is_active}
    after = {"display_name": display_name.strip(), "email": email.strip(), "is_active": is_active}
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        for name, value in after.items():
            setattr(user, name, value)
        user.save(update_fields=list(after))
        record(actor=actor, verb="user.update", target=user, data=changed)
    if not is_active and "is_active" in changed:
        end_sessions(user=user)
    wanted = {(grant.role.value, grant.school.pk if grant.school else None): grant for grant in grants}
    held = {(grant.role, grant.school_id): grant for grant in user.role_grants.select_related("school")}
    for key in sorted(held.keys() - wanted.keys(), key=str):
        revoke_role(actor=actor, user=user, role=Role(held[key].role), school=held[key].school)
    for key in sorted(wanted.keys() - held.keys(), key=str):
        grant_role(actor=actor, user=user, role=wanted[key].role, school=wanted[key].school)
    _require_an_admin()
    return user


@transaction.atomic
def grant_role(*, actor: User | None, user: User, role: Role, school: School | None = None) -> RoleGrant:
    """Give a role; giving it again changes nothing. Raises Invalid `school_role` for a wrong pairing."""
    role = Role(role)
    if (role in SCHOOL_ROLES) != (school is not None):
        message = (
            _("角色“%(role)s”必须属于一所院校。")
            if role in SCHOOL_ROLES
            else _("角色“%(role)s”不属于任何院校。")
        )
        raise Invalid("school_role", message % {"role": role.label}, hint=_("请检查所选的院校。"))
    grant, created = RoleGrant.objects.get_or_create(
        user=user, role=role, school=school, defaults={"granted_by": actor}
    )
    if created:
        data = {"role": role.value, "school": school.code if school else None}
        record(actor=actor, verb="role.grant", target=user, data=data, school=school)
    user.__dict__.pop("_held_roles", None)
    return grant


@transaction.atomic
def revoke_role(*, actor: User | None, user: User, role: Role, school: School | None = None) -> None:
    """Take a role away; nothing happens where it is not held. Raises Forbidden `last_admin`."""
    gone, _rows = RoleGrant.objects.filter(user=user, role=role, school=school).delete()
    user.__dict__.pop("_held_roles", None)
    if gone:
        data = {"role": Role(role).value, "school": school.code if school else None}
        record(actor=actor, verb="role.revoke", target=user, data=data, school=school)
        _require_an_admin()


@transaction.atomic
def reset_password(*, actor: User, user: User, password: str) -> User:
    """An administrator sets a new password; every session of the account ends. Raises Invalid `weak_password`."""
    user = User.objects.select_for_update().get(pk=user.pk)
    _set_password(user, password)
    user.save(update_fields=["password"])
    end_sessions(user=user)
    record(actor=actor, verb="user.reset_password", target=user)
    return user


@transaction.atomic
def change_own_password(*, actor: User, password: str) -> User:
    """Set the user's own password (already validated by the form)."""
    user = User.objects.select_for_update().get(pk=actor.pk)
    user.set_password(password)
    user.save(update_fields=["password"])
    actor.password = user.password
    record(actor=actor, verb="user.change_password", target=user)
    return user


def end_sessions(*, user: User) -> int:
    """Sign the account out everywhere; returns how many sessions ended."""
    gone = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
            gone += 1
    return gone


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("weak_password", " ".join(error.messages), hint=_("请换一个更长的密码。")) from error
    user.set_password(password)


def _require_an_admin() -> None:
    """Only looks where there has been one: a site is first set up without any."""
    admins = RoleGrant.objects.filter(role=Role.ADMIN)
    list(admins.select_for_update().values_list("pk", flat=True))
    if not admins.filter(user__is_active=True).exists():
        raise Forbidden(
            "last_admin",
            _("至少要有一个能登录的系统管理员。"),
            hint=_("先把“系统管理”角色授予另一个账号，再取消这一个。"),
        )


__all__ = [
    "Grant",
    "change_own_password",
    "create_user",
    "end_sessions",
    "grant_role",
    "reset_password",
    "revoke_role",
    "update_user",
]
