"""What an invigilator writes down."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.models import ExamSession

from .candidate import Registration


class Incident(models.Model):
    session = models.ForeignKey(ExamSession, on_delete=models.PROTECT, related_name="incidents")
    registration = models.ForeignKey(
        Registration, on_delete=models.PROTECT, related_name="incidents", null=True, blank=True
    )
    text = models.TextField(_("记录"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return self.text[:40]
