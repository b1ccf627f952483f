"""Attempts: one candidate working on one form."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models import Form

from ..enums import FINISHED, AttemptEventKind, AttemptState
from .candidate import Registration


class Attempt(models.Model):
    """Made before the session opens; starting is one update.

    `lease` is the right to write, held by one device at a time; a newer sign-in takes it over.
    `deadline_at` is set at the start and moved by added time and pauses; the database's clock judges it.
    `receipt` is SHA-256 over the final answers (docs/delivery-protocol.md).
    """

    TRANSITIONS: ClassVar = {
        AttemptState.PREPARED: {AttemptState.RUNNING, AttemptState.VOIDED},
        AttemptState.RUNNING: {
            AttemptState.PAUSED,
            AttemptState.SUBMITTED,
            AttemptState.COLLECTED,
            AttemptState.VOIDED,
        },
        AttemptState.PAUSED: {AttemptState.RUNNING, AttemptState.COLLECTED, AttemptState.VOIDED},
        AttemptState.SUBMITTED: {AttemptState.VOIDED},
        AttemptState.COLLECTED: {AttemptState.VOIDED},
        AttemptState.VOIDED: set(),
    }

    registration = models.OneToOneField(Registration, on_delete=models.PROTECT, related_name="attempt")
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="attempts")
    state = models.CharField(
        _("状态"), max_length=10, choices=AttemptState.choices, default=AttemptState.PREPARED
    )
    seed = models.BigIntegerField()
    lease = models.UUIDField(null=True, blank=True)
    lease_taken_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True)
    extra_seconds = models.PositiveIntegerField(default=0)
    paused_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    unsaved = models.PositiveIntegerField(default=0, help_text="entries the device holds, as it last told")
    finished_at = models.DateTimeField(null=True, blank=True)
    receipt = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[AttemptState.PREPARED, AttemptState.VOIDED])
                | Q(started_at__isnull=False, deadline_at__isnull=False),
                name="attempt_started_has_deadline",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=FINISHED) | Q(finished_at__isnull=False) & ~Q(receipt=""),
                name="attempt_finished_has_receipt",
            ),
        ]
        indexes: ClassVar = [
            # the collector: running attempts past their deadline
            models.Index(
                fields=["deadline_at"],
                name="attempt_due",
                condition=Q(state__in=[AttemptState.RUNNING, AttemptState.PAUSED]),
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class AttemptEvent(models.Model):
    """What happened to an attempt besides answers. Append-only."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=16, choices=AttemptEventKind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.kind}"
