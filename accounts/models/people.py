"""People, schools and the roles that join them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import SCHOOL_ROLES, Role


class School(models.Model):
    """An institution that registers candidates and pulls their results."""

    code = models.CharField(_("院校代码"), max_length=20, unique=True)
    name = models.CharField(_("院校名称"), max_length=120)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """An account. What it may do is said by its role grants alone (`is_staff` is not used)."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(_("姓名"), max_length=60, blank=True)
    language = models.CharField(_("界面语言"), max_length=10, blank=True)

    REQUIRED_FIELDS: ClassVar = []

    def __str__(self) -> str:
        return self.display_name or self.username


class RoleGrant(models.Model):
    """One role of one user, inside a school where the role asks for one."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    school = models.ForeignKey(
        School, on_delete=models.PROTECT, related_name="role_grants", null=True, blank=True
    )
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role", "school"], name="rolegrant_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=(
                    Q(role__in=sorted(SCHOOL_ROLES), school__isnull=False)
                    | (~Q(role__in=sorted(SCHOOL_ROLES)) & Q(school__isnull=True))
                ),
                name="rolegrant_school_iff_school_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
