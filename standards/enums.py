from django.db import models
from django.utils.translation import gettext_lazy as _


class EditionState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    WITHDRAWN = "withdrawn", _("已废止")


class FindingState(models.TextChoices):
    """What a person decided about an import finding."""

    OPEN = "open", _("待确认")
    ACCEPTED = "accepted", _("已采纳")
    MENDED = "mended", _("已改正")
    KEPT = "kept", _("保留原文")


class FindingNature(models.TextChoices):
    REPAIR = "repair", _("修复")
    DOUBT = "doubt", _("存疑")
    ERROR = "error", _("待处理")
