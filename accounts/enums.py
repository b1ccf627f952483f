"""Roles and scopes: the leaf every other app may import."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    KEEPER = "keeper", _("标准管理员")
    AUTHOR = "author", _("命题")
    REVIEWER = "reviewer", _("审题")
    EXAMINER = "examiner", _("考务")
    INVIGILATOR = "invigilator", _("监考")
    CANDIDATE = "candidate", _("考生")
    MARKER = "marker", _("阅卷")
    ARBITER = "arbiter", _("仲裁")
    OFFICER = "officer", _("院校")
    ADMIN = "admin", _("系统管理")


SCHOOL_ROLES = frozenset({Role.OFFICER, Role.CANDIDATE})
"""Roles that only mean something inside one school."""


class Scope(models.TextChoices):
    """What a school's API key may read or write."""

    STANDARDS_READ = "standards:read", _("读取标准")
    SESSIONS_READ = "sessions:read", _("读取考次")
    REGISTRATIONS_READ = "registrations:read", _("读取报名")
    REGISTRATIONS_WRITE = "registrations:write", _("提交报名")
    RESULTS_READ = "results:read", _("读取成绩")
    CERTIFICATES_READ = "certificates:read", _("读取证书")
