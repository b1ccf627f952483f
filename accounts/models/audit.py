"""The audit log: append-only entries, sealed afterwards into a hash chain.

Entries are written inside the transaction of the change they speak of. Chaining them there would make
every audited write wait for every other, so a beat task seals committed entries in order of id.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .people import School, User


class AuditEntry(models.Model):
    """Who did what to what. Never changed or deleted (a database trigger holds it)."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    actor_label = models.CharField(max_length=80)
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=40)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", null=True)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # the history of one object, newest first
            models.Index(fields=["target_type", "target_id", "-id"], name="audit_by_target"),
            # the audit page filtered by verb, newest first
            models.Index(fields=["verb", "-id"], name="audit_by_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.actor_label} {self.verb} {self.target_type} {self.target_id}"


class AuditSeal(models.Model):
    """One link of the chain: digest = SHA-256(previous digest + canonical JSON of the entry)."""

    sequence = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="seal")
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["sequence"]

    def __str__(self) -> str:
        return f"#{self.sequence} {self.digest[:12]}"
