"""Blueprints 双向细目表 and the runs that assemble forms from them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from standards.models import Domain, Edition, Level, Requirement, Task

from ..enums import BlueprintState, Cognitive, Component, RunState


class Blueprint(models.Model):
    """What every form of an exam must hold.

    pass_rules: `{"total": "60", "theory": "60"|null, "practical": "60"|null, "domains": {"1": "40"}}`,
    percentages of the points of that part, decimal strings.
    """

    TRANSITIONS: ClassVar = {
        BlueprintState.DRAFT: {BlueprintState.READY, BlueprintState.RETIRED},
        BlueprintState.READY: {BlueprintState.RETIRED},
        BlueprintState.RETIRED: set(),
    }

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="blueprints")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="blueprints")
    title = models.CharField(_("名称"), max_length=120)
    state = models.CharField(max_length=12, choices=BlueprintState.choices, default=BlueprintState.DRAFT)
    minutes = models.PositiveSmallIntegerField(_("时长（分钟）"), default=90)
    pass_rules = models.JSONField(_("合格规则"), default=dict)
    target_difficulty = models.DecimalField(
        _("目标难度"),
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="expected share of the points; null: whatever the bank makes parallel forms possible with",
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["level", "title"]

    def __str__(self) -> str:
        return self.title


class BlueprintSection(models.Model):
    blueprint = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(_("部分"), max_length=60)
    component = models.CharField(max_length=12, choices=Component.choices, default=Component.THEORY)
    shuffle = models.BooleanField(_("题目乱序"), default=True)
    shared = models.BooleanField(
        _("各卷可共用题目"),
        default=False,
        help_text="parallel forms may hold the same items here: worlds made from each candidate's own seed",
    )

    class Meta:
        ordering: ClassVar = ["blueprint", "position"]

    def __str__(self) -> str:
        return self.title


class BlueprintRow(models.Model):
    """`count` items of `points_each` points drawn from below one node of the tree."""

    section = models.ForeignKey(BlueprintSection, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    requirement = models.ForeignKey(
        Requirement, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(_("题型"), max_length=30, blank=True)
    cognitive = models.CharField(_("认知层次"), max_length=12, choices=Cognitive.choices, blank=True)
    difficulty_min = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    difficulty_max = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    count = models.PositiveSmallIntegerField(_("题数"))
    points_each = models.DecimalField(_("每题分值"), max_digits=6, decimal_places=2)

    class Meta:
        ordering: ClassVar = ["section", "position"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(domain__isnull=False, task__isnull=True, requirement__isnull=True)
                | Q(domain__isnull=True, task__isnull=False, requirement__isnull=True)
                | Q(domain__isnull=True, task__isnull=True, requirement__isnull=False),
                name="blueprint_row_one_node",
            ),
            models.CheckConstraint(
                condition=Q(count__gt=0, points_each__gt=0), name="blueprint_row_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain or self.task or self.requirement} ×{self.count}"


class AssemblyRun(models.Model):
    """One attempt to assemble parallel forms. Same bank, blueprint and seed: same forms."""

    TRANSITIONS: ClassVar = {
        RunState.QUEUED: {RunState.RUNNING, RunState.FAILED},
        RunState.RUNNING: {RunState.DONE, RunState.FAILED, RunState.QUEUED},
        RunState.DONE: set(),
        RunState.FAILED: set(),
    }

    blueprint = models.ForeignKey(Blueprint, on_delete=models.PROTECT, related_name="runs")
    forms_wanted = models.PositiveSmallIntegerField(_("份数"), default=2)
    max_overlap = models.PositiveSmallIntegerField(_("允许重题数"), default=0)
    seed = models.BigIntegerField(_("随机种子"), default=1)
    seconds = models.PositiveSmallIntegerField(_("求解时限（秒）"), default=30)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True, help_text="who works on it; a stale worker's is gone")
    report = models.JSONField(default=dict, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["blueprint"],
                condition=Q(state__in=[RunState.QUEUED, RunState.RUNNING]),
                name="run_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.blueprint} ×{self.forms_wanted} #{self.pk}"
