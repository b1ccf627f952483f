"""Certificates: reserve number, store intent, sign, store, log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from candidates.models import Candidate
from standards.models import Edition, Level

from ..enums import CertificateState
from .result import Result


class SigningKey(models.Model):
    """The public half of a key that signs certificates; the private half is a secret file."""

    kid = models.CharField(max_length=32, primary_key=True)
    public_key = models.CharField(max_length=64, help_text="Ed25519 public key, base64url")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.kid


class CertificateSeries(models.Model):
    """The running count behind certificate numbers, one row a prefix, year and level."""

    prefix = models.CharField(max_length=4)
    year = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["prefix", "year", "level"], name="certificate_series_once"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}{self.year}{self.level}: {self.last}"


class Certificate(models.Model):
    """One certificate. At most one is in force per person, level and edition."""

    TRANSITIONS: ClassVar = {
        CertificateState.RESERVED: {CertificateState.ISSUED, CertificateState.REVOKED},
        CertificateState.ISSUED: {CertificateState.REVOKED, CertificateState.SUPERSEDED},
        CertificateState.REVOKED: set(),
        CertificateState.SUPERSEDED: set(),
    }

    number = models.CharField(max_length=32, unique=True)
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="certificates")
    person_blind = models.CharField(max_length=64)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="certificates")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="certificates")
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="certificates")
    state = models.CharField(
        max_length=12, choices=CertificateState.choices, default=CertificateState.RESERVED
    )
    claims = models.JSONField(
        help_text="the intent (claims, profile, time): what will be signed, fixed when the number is reserved"
    )
    template = models.CharField(max_length=40)
    kid = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="certificates")
    reserved_at = models.DateTimeField(auto_now_add=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person_blind", "level", "edition"],
                condition=Q(state__in=[CertificateState.RESERVED, CertificateState.ISSUED]),
                name="certificate_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(state=CertificateState.RESERVED)
                | Q(issued_at__isnull=False)
                | Q(state=CertificateState.REVOKED),
                name="certificate_issued_at_set",
            ),
        ]
        indexes: ClassVar = [
            # the sweeper: numbers reserved and not yet issued
            models.Index(
                fields=["reserved_at"],
                name="certificate_unissued",
                condition=Q(state=CertificateState.RESERVED),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CertificateFile(models.Model):
    """The signed PDF, written once."""

    certificate = models.OneToOneField(
        Certificate, on_delete=models.PROTECT, related_name="file", primary_key=True
    )
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.sha256[:12]}"


class CertificateEvent(models.Model):
    """The append-only log of a certificate's life."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=12)
    data = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.kind}"
