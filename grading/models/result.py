"""Results and their release."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models import Exam
from candidates.models import Attempt

from ..enums import ReleaseState


class Result(models.Model):
    """Folded from marks. A changed fold adds a version; exactly one is current.

    breakdown: points and maximum by section, domain, task, requirement, each with its evidence count.
    decision: the pass rules one by one, each with what was asked, what was reached, and the verdict.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="results")
    version = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    points = models.DecimalField(max_digits=7, decimal_places=2)
    max_points = models.DecimalField(max_digits=7, decimal_places=2)
    passed = models.BooleanField()
    breakdown = models.JSONField()
    decision = models.JSONField()
    marks_digest = models.CharField(max_length=64)
    computed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["attempt", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attempt", "version"], name="result_version_once"),
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(is_current=True), name="result_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} v{self.version}: {self.points}"


class Release(models.Model):
    """Making an exam's results known: asked for by one person, approved by another, in one step."""

    TRANSITIONS: ClassVar = {
        ReleaseState.REQUESTED: {ReleaseState.APPROVED, ReleaseState.REJECTED},
        ReleaseState.APPROVED: set(),
        ReleaseState.REJECTED: set(),
    }

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="releases")
    state = models.CharField(max_length=10, choices=ReleaseState.choices, default=ReleaseState.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-requested_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="release_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state=ReleaseState.REQUESTED) | Q(decided_by__isnull=False),
                name="release_decided_by_someone",
            ),
            models.UniqueConstraint(
                fields=["exam"], condition=Q(state=ReleaseState.REQUESTED), name="release_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam} #{self.pk}"


class ReleasedResult(models.Model):
    """The very version of a result that a release made known."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="released")
    result = models.OneToOneField(Result, on_delete=models.PROTECT, related_name="released")

    def __str__(self) -> str:
        return f"{self.release_id} → {self.result_id}"
