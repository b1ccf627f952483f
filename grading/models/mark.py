"""Marks: append-only judgements on one slot of one attempt; results fold over them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models import FormSlot, ItemRevision
from candidates.models import Attempt

from ..enums import GradingState, MarkingState, MarkSource


class AttemptGrading(models.Model):
    """Where a handed-in attempt stands. PostgreSQL is the truth; the queue only hurries it along."""

    TRANSITIONS: ClassVar = {
        GradingState.WAITING: {GradingState.MARKING, GradingState.COMPLETE},
        GradingState.MARKING: {GradingState.COMPLETE},
        GradingState.COMPLETE: {GradingState.MARKING},
    }

    attempt = models.OneToOneField(
        Attempt, on_delete=models.PROTECT, related_name="grading", primary_key=True
    )
    state = models.CharField(max_length=10, choices=GradingState.choices, default=GradingState.WAITING)
    scored_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="how often scoring broke off")
    last_error = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = [
            # the sweeper: what is not complete, oldest first
            models.Index(
                fields=["updated_at"], name="grading_unfinished", condition=~Q(state=GradingState.COMPLETE)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.state}"


class Mark(models.Model):
    """One judgement. `points` is empty when the scorer could not judge and a person must.

    source, round: (auto, 0), (marker, 1), (marker, 2), (arbiter, 3), (override, n).
    version: a marker may correct his own mark while the slot is open; that adds a row, the highest counts.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="marks")
    slot = models.ForeignKey(FormSlot, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=MarkSource.choices)
    round = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveSmallIntegerField(default=1)
    marker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    points = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    max_points = models.DecimalField(max_digits=6, decimal_places=2)
    detail = models.JSONField(default=dict)
    response_revision = models.PositiveIntegerField(
        null=True, help_text="which entry was judged; empty: none"
    )
    item_revision = models.ForeignKey(ItemRevision, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["attempt", "slot", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["attempt", "slot", "source", "round", "version"], name="mark_once_per_round"
            ),
            models.CheckConstraint(
                condition=Q(points__isnull=True) | Q(points__gte=0, points__lte=F("max_points")),
                name="mark_points_in_range",
            ),
            models.CheckConstraint(
                condition=Q(source=MarkSource.AUTO, marker__isnull=True)
                | ~Q(source=MarkSource.AUTO) & Q(marker__isnull=False, points__isnull=False),
                name="mark_person_iff_not_auto",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.slot_id} {self.source}{self.round}: {self.points}"


class MarkingTask(models.Model):
    """One open answer waiting for one judgement. Rounds 1 and 2 are blind; round 3 is the arbiter's."""

    TRANSITIONS: ClassVar = {
        MarkingState.OPEN: {MarkingState.CLAIMED},
        MarkingState.CLAIMED: {MarkingState.OPEN, MarkingState.DONE},
        MarkingState.DONE: set(),
    }

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="marking_tasks")
    slot = models.ForeignKey(FormSlot, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=MarkingState.choices, default=MarkingState.OPEN)
    marker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    mark = models.OneToOneField(Mark, on_delete=models.PROTECT, related_name="task", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attempt", "slot", "round"], name="marking_task_once"),
            models.CheckConstraint(
                condition=~Q(state=MarkingState.DONE) | Q(mark__isnull=False), name="marking_done_has_mark"
            ),
            models.UniqueConstraint(
                fields=["attempt", "slot", "marker"],
                condition=Q(marker__isnull=False),
                name="marking_one_round_a_person",
            ),
        ]
        indexes: ClassVar = [
            # the next task for a marker, by round in order of arrival
            models.Index(fields=["state", "round", "id"], name="marking_next"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.slot_id} r{self.round}"
