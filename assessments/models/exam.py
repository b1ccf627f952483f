"""Exams and the sessions (考次) in which they are sat."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ..enums import ExamState, SessionState
from .blueprint import Blueprint
from .form import Form


class Exam(models.Model):
    """One level's exam: a blueprint's frozen forms and the pass rules in force (pinned copy)."""

    TRANSITIONS: ClassVar = {
        ExamState.DRAFT: {ExamState.OPEN},
        ExamState.OPEN: {ExamState.CLOSED},
        ExamState.CLOSED: set(),
    }

    blueprint = models.ForeignKey(Blueprint, on_delete=models.PROTECT, related_name="exams")
    title = models.CharField(_("考试名称"), max_length=120)
    state = models.CharField(max_length=10, choices=ExamState.choices, default=ExamState.DRAFT)
    pass_rules = models.JSONField(default=dict)
    forms = models.ManyToManyField(Form, through="ExamForm", related_name="exams")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.title


class ExamForm(models.Model):
    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="exam_forms")
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="exam_forms")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["exam", "form"], name="exam_form_once"),
        ]

    def __str__(self) -> str:
        return f"{self.exam} · {self.form.label}"


class ExamSession(models.Model):
    """One sitting: a room, a start, a working time.

    A candidate may start from `starts_at` until `starts_at + late_minutes`; the deadline of an attempt
    is its start plus `minutes`, plus `added_seconds` of the session and of the attempt, and never later
    than the session's end (`closes_at`, moved along when time is added for all).
    """

    TRANSITIONS: ClassVar = {
        SessionState.PLANNED: {SessionState.OPEN, SessionState.CLOSED},
        SessionState.OPEN: {SessionState.CLOSED},
        SessionState.CLOSED: set(),
    }

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="sessions")
    name = models.CharField(_("考次"), max_length=80)
    room = models.CharField(_("考场"), max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=SessionState.choices, default=SessionState.PLANNED)
    starts_at = models.DateTimeField(_("开考时间"))
    closes_at = models.DateTimeField(_("收卷时间"))
    late_minutes = models.PositiveSmallIntegerField(_("迟到时限（分钟）"), default=30)
    minutes = models.PositiveSmallIntegerField(_("答题时长（分钟）"))
    added_seconds = models.PositiveIntegerField(default=0)
    grace_seconds = models.PositiveSmallIntegerField(_("提交宽限（秒）"), default=5)
    needs_admission = models.BooleanField(_("须监考核验入场"), default=True)
    invigilators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="invigilated_sessions", blank=True
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["starts_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("starts_at")), name="session_window"),
        ]
        indexes: ClassVar = [
            # the sweeper looks for sessions past their end that still hold running attempts
            models.Index(fields=["state", "closes_at"], name="session_by_state_close"),
        ]

    def __str__(self) -> str:
        return f"{self.exam} {self.name}"
