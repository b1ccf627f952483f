from django.db import models
from django.utils.translation import gettext_lazy as _


class ItemState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    IN_REVIEW = "in_review", _("审题中")
    APPROVED = "approved", _("已审定")
    LIVE = "live", _("在用")
    SUSPENDED = "suspended", _("停用")
    RETIRED = "retired", _("退役")


class RevisionState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    IN_REVIEW = "in_review", _("审题中")
    APPROVED = "approved", _("已审定")


class Cognitive(models.TextChoices):
    """Bloom's revised taxonomy (Anderson & Krathwohl 2001)."""

    REMEMBER = "remember", _("识记")
    UNDERSTAND = "understand", _("理解")
    APPLY = "apply", _("应用")
    ANALYZE = "analyze", _("分析")
    EVALUATE = "evaluate", _("评价")
    CREATE = "create", _("创造")


class Component(models.TextChoices):
    """The part of an exam a section belongs to; pass rules may treat them apart."""

    THEORY = "theory", _("理论")
    PRACTICAL = "practical", _("实操")


class BlueprintState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    READY = "ready", _("定稿")
    RETIRED = "retired", _("停用")


class RunState(models.TextChoices):
    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("组卷中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未能组成")


class FormState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    FROZEN = "frozen", _("已冻结")
    RETIRED = "retired", _("停用")


class ExamState(models.TextChoices):
    DRAFT = "draft", _("筹备")
    OPEN = "open", _("开考")
    CLOSED = "closed", _("结束")


class SessionState(models.TextChoices):
    PLANNED = "planned", _("待开考")
    OPEN = "open", _("进行中")
    CLOSED = "closed", _("已结束")
