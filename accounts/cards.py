"""What accounts puts into the navigation and on the home pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .enums import Role
from .home import Card, register_card
from .nav import register_nav

EXPIRY_NOTICE = timedelta(days=14)


def register() -> None:
    register_nav(label=_("首页"), url_name="accounts:home", icon="home", order=0)
    register_nav(
        Role.ADMIN, label=_("账号"), url_name="accounts:user_list", icon="users", group="admin", order=10
    )
    register_nav(
        Role.ADMIN, label=_("院校"), url_name="accounts:school_list", icon="school", group="admin", order=20
    )
    register_nav(
        Role.ADMIN,
        Role.OFFICER,
        label=_("接口密钥"),
        url_name="accounts:key_list",
        icon="key",
        group="admin",
        order=30,
    )
    register_nav(
        Role.ADMIN, label=_("审计日志"), url_name="accounts:audit_log", icon="audit", group="admin", order=40
    )
    register_nav(
        Role.ADMIN, label=_("组件样式"), url_name="accounts:styleguide", icon="grid", group="admin", order=90
    )
    register_card(Role.ADMIN, accounts_without_role)
    register_card(Role.ADMIN, audit_not_sealed)
    register_card(Role.ADMIN, expiring_keys)
    register_card(Role.OFFICER, expiring_keys)


def accounts_without_role(user: Any) -> Card:
    from .models import User

    count = User.objects.filter(is_active=True, role_grants__isnull=True).count()
    url = reverse("accounts:user_list") + "?role=none&active=yes"
    return Card(_("没有角色的账号"), count, url, hint=_("授予角色后才能工作"))


def audit_not_sealed(user: Any) -> Card:
    from .queries.audit import LATE_AFTER, unsealed

    count = unsealed().filter(at__lt=timezone.now() - LATE_AFTER).count()
    hint = _("定时任务可能没有运行，请检查 worker 与 beat") if count else _("全部记录已封存")
    return Card(
        _("超过 5 分钟未封存的审计记录"),
        count,
        reverse("accounts:audit_log"),
        hint=hint,
        tone="danger" if count else "",
    )


def expiring_keys(user: Any) -> Card:
    from .queries.keys import keys_for

    now = timezone.now()
    soon = Q(expires_at__gt=now, expires_at__lt=now + EXPIRY_NOTICE)
    count = keys_for(user).filter(soon, revoked_at__isnull=True).count()
    return Card(
        _("两周内到期的接口密钥"),
        count,
        reverse("accounts:key_list"),
        hint=_("请及时轮换"),
        tone="warn" if count else "",
    )
