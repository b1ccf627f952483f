from django.db import models
from django.utils.translation import gettext_lazy as _


class GradingState(models.TextChoices):
    """How far an attempt has come between hand-in and result."""

    WAITING = "waiting", _("待评分")
    MARKING = "marking", _("阅卷中")
    COMPLETE = "complete", _("已出成绩")


class MarkSource(models.TextChoices):
    AUTO = "auto", _("机器评分")
    MARKER = "marker", _("阅卷")
    ARBITER = "arbiter", _("仲裁")
    OVERRIDE = "override", _("改判")


class MarkingState(models.TextChoices):
    OPEN = "open", _("待阅")
    CLAIMED = "claimed", _("阅卷中")
    DONE = "done", _("已阅")


class ReleaseState(models.TextChoices):
    REQUESTED = "requested", _("待批准")
    APPROVED = "approved", _("已发布")
    REJECTED = "rejected", _("已退回")


class CertificateState(models.TextChoices):
    """reserve number → store intent → sign and store → issued."""

    RESERVED = "reserved", _("已编号")
    ISSUED = "issued", _("有效")
    REVOKED = "revoked", _("已撤销")
    SUPERSEDED = "superseded", _("已换发")
