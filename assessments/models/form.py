"""Forms 试卷: once frozen, immutable, with the public payload that every candidate gets."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import FormState
from .blueprint import AssemblyRun, Blueprint, BlueprintRow, BlueprintSection
from .item import ItemRevision


class Form(models.Model):
    """One paper. `public_payload` is gzip-compressed JSON, free of secrets, made at freezing."""

    TRANSITIONS: ClassVar = {
        FormState.DRAFT: {FormState.FROZEN, FormState.RETIRED},
        FormState.FROZEN: {FormState.RETIRED},
        FormState.RETIRED: set(),
    }

    blueprint = models.ForeignKey(Blueprint, on_delete=models.PROTECT, related_name="forms")
    run = models.ForeignKey(
        AssemblyRun, on_delete=models.PROTECT, related_name="forms", null=True, blank=True
    )
    label = models.CharField(_("卷别"), max_length=20)
    state = models.CharField(max_length=10, choices=FormState.choices, default=FormState.DRAFT)
    public_payload = models.BinaryField(null=True, blank=True)
    payload_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["blueprint", "label"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["blueprint", "label"], name="form_label_once"),
            models.CheckConstraint(
                condition=~Q(state=FormState.FROZEN)
                | Q(public_payload__isnull=False, frozen_at__isnull=False),
                name="form_frozen_has_payload",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.blueprint} {self.label}"


class FormSlot(models.Model):
    """A place on a form: one item revision and its points. Responses and marks refer to slots."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="slots")
    section = models.ForeignKey(BlueprintSection, on_delete=models.PROTECT, related_name="+")
    row = models.ForeignKey(BlueprintRow, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    revision = models.ForeignKey(ItemRevision, on_delete=models.PROTECT, related_name="slots")
    points = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta:
        ordering: ClassVar = ["form", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["form", "position"],
                name="slot_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["form", "revision"], name="slot_revision_once"),
            models.CheckConstraint(condition=Q(points__gt=0), name="slot_points_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.form} #{self.position}"
