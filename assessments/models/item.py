"""Items and their revisions. What a candidate saw is a revision, and that never changes."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from standards.models import Edition, Requirement

from ..enums import Cognitive, ItemState, RevisionState


class Item(models.Model):
    """One question or practical task over its life. `kind` names a registered `assessments.kinds` kind."""

    TRANSITIONS: ClassVar = {
        ItemState.DRAFT: {ItemState.IN_REVIEW, ItemState.RETIRED},
        ItemState.IN_REVIEW: {ItemState.DRAFT, ItemState.APPROVED},
        ItemState.APPROVED: {ItemState.LIVE, ItemState.RETIRED},
        ItemState.LIVE: {ItemState.SUSPENDED, ItemState.RETIRED},
        ItemState.SUSPENDED: {ItemState.LIVE, ItemState.RETIRED},
        ItemState.RETIRED: set(),
    }

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="items")
    code = models.CharField(_("题号"), max_length=40)
    kind = models.CharField(_("题型"), max_length=30)
    state = models.CharField(_("状态"), max_length=12, choices=ItemState.choices, default=ItemState.DRAFT)
    latest = models.ForeignKey(
        "ItemRevision", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    current = models.ForeignKey(
        "ItemRevision",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text="the newest approved revision: what new forms use",
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["edition", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "code"], name="item_code_once"),
            models.CheckConstraint(
                condition=Q(state__in=[ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.RETIRED])
                | Q(current__isnull=False),
                name="item_approved_has_current",
            ),
        ]
        indexes: ClassVar = [
            # the item list filtered by kind and state, in code order
            models.Index(fields=["edition", "state", "kind", "code"], name="item_by_state_kind"),
        ]

    def __str__(self) -> str:
        return self.code


class ItemRevision(models.Model):
    """One text of an item: the public part (stem, content) and the secret part (key, rationales).

    Shapes of content and key are the kind's schemas. An approved revision is immutable (trigger).
    """

    TRANSITIONS: ClassVar = {
        RevisionState.DRAFT: {RevisionState.IN_REVIEW},
        RevisionState.IN_REVIEW: {RevisionState.DRAFT, RevisionState.APPROVED},
        RevisionState.APPROVED: set(),
    }

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("修订"))
    state = models.CharField(max_length=12, choices=RevisionState.choices, default=RevisionState.DRAFT)
    stem = models.TextField(_("题干"), blank=True)
    content = models.JSONField(default=dict, blank=True)
    key = models.JSONField(default=dict, blank=True)
    rationale = models.TextField(_("解析"), blank=True)
    option_rationale = models.JSONField(default=dict, blank=True)
    cognitive = models.CharField(
        _("认知层次"), max_length=12, choices=Cognitive.choices, default=Cognitive.UNDERSTAND
    )
    difficulty = models.DecimalField(
        _("预估难度"), max_digits=3, decimal_places=2, default=Decimal("0.60"), help_text="预计得分率 0–1"
    )
    requirements = models.ManyToManyField(Requirement, through="RevisionRequirement", related_name="+")
    search_text = models.TextField(blank=True, help_text="plain text of stem and content, for trigram search")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["item", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "number"], name="revision_number_once"),
            models.CheckConstraint(
                condition=Q(difficulty__gte=0, difficulty__lte=1), name="revision_difficulty_0_1"
            ),
            models.CheckConstraint(
                condition=~Q(state=RevisionState.APPROVED)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="revision_approved_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("author")),
                name="revision_four_eyes",
            ),
        ]
        indexes: ClassVar = [
            # full-text search in Chinese by trigram
            GinIndex(fields=["search_text"], name="revision_search_trgm", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.item} r{self.number}"


class RevisionRequirement(models.Model):
    """Which requirements a revision is evidence for, and how much (weights sum to 1 per revision)."""

    revision = models.ForeignKey(ItemRevision, on_delete=models.CASCADE, related_name="requirement_links")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="item_links")
    weight = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal(1))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["revision", "requirement"], name="revision_requirement_once"),
            models.CheckConstraint(condition=Q(weight__gt=0, weight__lte=1), name="revision_weight_0_1"),
        ]

    def __str__(self) -> str:
        return f"{self.revision} → {self.requirement.code}"


class ItemComment(models.Model):
    """A remark in review, at a place of the item (stem, option B, key …)."""

    revision = models.ForeignKey(ItemRevision, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=40, blank=True)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at"]

    def __str__(self) -> str:
        return self.text[:40]
