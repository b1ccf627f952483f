from django.db import models
from django.utils.translation import gettext_lazy as _


class AttemptState(models.TextChoices):
    PREPARED = "prepared", _("未开始")
    RUNNING = "running", _("作答中")
    PAUSED = "paused", _("暂停")
    SUBMITTED = "submitted", _("已交卷")
    COLLECTED = "collected", _("已收卷")
    VOIDED = "voided", _("作废")


FINISHED = (AttemptState.SUBMITTED, AttemptState.COLLECTED)
"""States in which an attempt is handed in and may be graded."""


class EntryKind(models.TextChoices):
    ANSWER = "answer", _("作答")
    EVENT = "event", _("操作")


class AttemptEventKind(models.TextChoices):
    ADMITTED = "admitted", _("准入")
    STARTED = "started", _("开始作答")
    RESUMED = "resumed", _("继续作答")
    LEASE_TAKEN = "lease_taken", _("换机登录")
    LEFT = "left", _("离开页面")
    BACK = "back", _("回到页面")
    PAUSED = "paused", _("暂停")
    UNPAUSED = "unpaused", _("恢复")
    EXTENDED = "extended", _("加时")
    MESSAGE = "message", _("监考消息")
    SUBMITTED = "submitted", _("交卷")
    COLLECTED = "collected", _("收卷")
    LATE_UPLOAD = "late_upload", _("迟交上传")
    VOIDED = "voided", _("作废")


class LateState(models.TextChoices):
    WAITING = "waiting", _("待处理")
    ACCEPTED = "accepted", _("采纳")
    REJECTED = "rejected", _("不采纳")
