"""A standard, its editions, and what the import of a document found."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import EditionState, FindingNature, FindingState


class Standard(models.Model):
    """A vocational skill-level standard; its text lives in editions."""

    code = models.SlugField(_("标准代码"), max_length=60, unique=True)
    title = models.CharField(_("标准名称"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.title


class Edition(models.Model):
    """One text of a standard. A published edition and everything below it never change again."""

    TRANSITIONS: ClassVar = {
        EditionState.DRAFT: {EditionState.PUBLISHED},
        EditionState.PUBLISHED: {EditionState.WITHDRAWN},
        EditionState.WITHDRAWN: set(),
    }

    standard = models.ForeignKey(Standard, on_delete=models.PROTECT, related_name="editions")
    label = models.CharField(_("版本"), max_length=40)
    title = models.CharField(_("标题"), max_length=200)
    state = models.CharField(max_length=12, choices=EditionState.choices, default=EditionState.DRAFT)
    foreword = models.TextField(_("前言"), blank=True)
    scope = models.TextField(_("范围"), blank=True)
    level_division = models.TextField(_("等级划分"), blank=True)
    source_name = models.CharField(_("来源文件"), max_length=200, blank=True)
    source_sha256 = models.CharField(max_length=64, blank=True)
    source_text = models.TextField(blank=True)
    ledger = models.JSONField(default=dict, blank=True)
    matter = models.JSONField(
        default=dict,
        blank=True,
        help_text="what the document says of itself: drafters, declaration, sections, encoding, covers_lower",
    )
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["standard", "-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["standard", "label"], name="edition_label_once"),
            models.CheckConstraint(
                condition=Q(state=EditionState.DRAFT) | Q(published_at__isnull=False),
                name="edition_published_at_set",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.label}）"


class ImportFinding(models.Model):
    """One repair or doubt of an import, with its place, to accept or mend."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="findings")
    position = models.PositiveIntegerField()
    nature = models.CharField(max_length=10, choices=FindingNature.choices)
    kind = models.CharField(max_length=40)
    line = models.PositiveIntegerField(null=True)
    target = models.CharField(max_length=60, blank=True, help_text="what it touches, e.g. 初级 1.3.3")
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    suggestion = models.TextField(blank=True, help_text="what a doubt might be instead")
    node_type = models.CharField(max_length=12, blank=True, help_text="domain, task or requirement")
    node_id = models.BigIntegerField(null=True, blank=True)
    node_field = models.CharField(max_length=8, blank=True, help_text="code, name or text")
    decision_text = models.TextField(blank=True, help_text="the text a person put in its place")
    state = models.CharField(max_length=10, choices=FindingState.choices, default=FindingState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["edition", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "position"], name="finding_position_once"),
            models.CheckConstraint(
                condition=Q(state=FindingState.OPEN) | Q(decided_at__isnull=False),
                name="finding_decided_at_set",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} @ {self.line}"
