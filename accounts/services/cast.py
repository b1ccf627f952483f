"""The demo's people: two schools and one sign-in for each role.

Only for demo and test sites. The password is derived from the site's own secret key, so it differs from
site to site, stays the same between runs and is written nowhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ..enums import Role
from ..errors import Forbidden
from ..models import School, User
from .people import Grant, create_user, grant_role
from .schools import create_school

SCHOOLS = {"a": ("MH01", "明湖职业学院"), "b": ("WJ02", "望江商贸职业学院")}

CAST: dict[str, tuple[Role, str, str]] = {
    # name in tests: role, display name, key of the school
    "admin": (Role.ADMIN, "周管理", ""),
    "keeper": (Role.KEEPER, "沈标准", ""),
    "author": (Role.AUTHOR, "许命题", ""),
    "reviewer": (Role.REVIEWER, "何审题", ""),
    "examiner": (Role.EXAMINER, "吕考务", ""),
    "examiner2": (Role.EXAMINER, "施考务", ""),
    "invigilator": (Role.INVIGILATOR, "张监考", ""),
    "marker": (Role.MARKER, "孔阅卷", ""),
    "marker2": (Role.MARKER, "曹阅卷", ""),
    "arbiter": (Role.ARBITER, "严仲裁", ""),
    "officer_a": (Role.OFFICER, "金院校", "a"),
    "officer_b": (Role.OFFICER, "魏院校", "b"),
    "candidate_a": (Role.CANDIDATE, "林晓", "a"),
    "candidate_b": (Role.CANDIDATE, "陈立", "b"),
}


@dataclass(frozen=True)
class SignIn:
    """What a person needs in order to sign in to the demo."""

    role: Role
    username: str
    password: str
    display_name: str
    school: str


@dataclass(frozen=True)
class DemoCast:
    """users and schools by their name in CAST and SCHOOLS."""

    users: dict[str, User]
    schools: dict[str, School]

    def sign_ins(self) -> list[SignIn]:
        """One for each role, in the order of Role."""
        password = demo_password()
        first: dict[Role, SignIn] = {}
        for name, (role, display, school) in CAST.items():
            label = SCHOOLS[school][1] if school else ""
            first.setdefault(role, SignIn(role, self.users[name].username, password, display, label))
        return [first[role] for role in Role if role in first]


def demo_password() -> str:
    """The one password of this site's demo accounts: twelve letters and digits in groups."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"liangcai demo sign-in", hashlib.sha256).digest()
    text = base64.b32encode(digest).decode().lower().replace("l", "8").replace("o", "9")
    return "-".join((text[:4], text[4:8], text[8:12]))


@transaction.atomic
def make_demo_cast(*, password: str | None = None) -> DemoCast:
    """Make the cast, or find it: run again it changes nothing but a password that has been altered.

    Raises Forbidden `not_a_demo` on a site whose settings don't say DEMO.
    """
    if not getattr(settings, "DEMO", False):
        raise Forbidden(
            "not_a_demo",
            _("演示账号只能建在演示站点上。"),
            hint=_("正式站点请用 manage.py createadmin 建立第一个管理员。"),
        )
    password = password or demo_password()
    schools = {}
    for key, (code, name) in SCHOOLS.items():
        schools[key] = School.objects.filter(code=code).first() or create_school(
            actor=None, code=code, name=name
        )
    users = {}
    for username, (role, display_name, school_key) in CAST.items():
        school = schools.get(school_key)
        user = User.objects.filter(username=username).first()
        if user is None:
            user = create_user(
                actor=None,
                username=username,
                display_name=display_name,
                password=password,
                grants=[Grant(role, school)],
            )
        elif not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        grant_role(actor=None, user=user, role=role, school=school)
        users[username] = user
    return DemoCast(users, schools)
