"""Responses: an append-only log keyed (attempt, slot, revision)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from assessments.models import FormSlot

from ..enums import EntryKind, LateState
from .attempt import Attempt


class Response(models.Model):
    """One saved entry. The current answer of a slot is its highest revision; for a practical slot the
    entries of kind `event`, in order of revision, are the candidate's commands.

    The slot has no constraint in the database: checking it would lock the slot's row, which all candidates
    of a form share, on every save. The saving services check slots against the frozen form instead.
    """

    pk = models.CompositePrimaryKey("attempt_id", "slot_id", "revision")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="responses", db_index=False)
    slot = models.ForeignKey(
        FormSlot, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=EntryKind.choices, default=EntryKind.ANSWER)
    value = models.JSONField(null=True)
    flagged = models.BooleanField(default=False)
    client_at = models.DateTimeField(null=True)
    saved_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.slot_id}/{self.revision}"


class WorldState(models.Model):
    """A practical slot's state after its newest event: a cache, always replayable from the log."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="worlds")
    slot = models.ForeignKey(FormSlot, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=0)
    state = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attempt", "slot"], name="world_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.slot_id} @{self.revision}"


class LateUpload(models.Model):
    """Answers that reached us after the end: kept apart for a person, never counted by themselves."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="late_uploads")
    received_at = models.DateTimeField(auto_now_add=True)
    digest = models.CharField(max_length=64)
    entries = models.JSONField()
    state = models.CharField(max_length=10, choices=LateState.choices, default=LateState.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-received_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attempt", "digest"], name="late_upload_once"),
        ]

    def __str__(self) -> str:
        return f"late {self.attempt_id} {self.digest[:8]}"
