"""Candidates and their registrations for sessions."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import School
from assessments.models import ExamSession, Form


class Candidate(models.Model):
    """A person known to a school.

    The identity number is kept encrypted (`id_cipher`) and found by a keyed digest (`id_blind`), which
    also names the same person across schools where certificates must be one per person.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="candidates")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="candidate", null=True, blank=True
    )
    name = models.CharField(_("姓名"), max_length=60)
    student_no = models.CharField(_("学号"), max_length=40, blank=True)
    class_name = models.CharField(_("班级"), max_length=60, blank=True)
    id_cipher = models.BinaryField()
    id_blind = models.CharField(max_length=64)
    id_masked = models.CharField(_("证件号"), max_length=24)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["school", "class_name", "student_no", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["school", "id_blind"], name="candidate_identity_once"),
        ]
        indexes: ClassVar = [
            # the same person in other schools (certificate uniqueness, duplicate report)
            models.Index(fields=["id_blind"], name="candidate_by_blind"),
        ]

    def __str__(self) -> str:
        return self.name


class Registration(models.Model):
    """A candidate's place in a session: ticket, seat, form, accommodation."""

    session = models.ForeignKey(ExamSession, on_delete=models.PROTECT, related_name="registrations")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="registrations")
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="registrations")
    ticket_no = models.CharField(_("准考证号"), max_length=24, unique=True)
    seat = models.CharField(_("座位"), max_length=10, blank=True)
    extra_minutes = models.PositiveSmallIntegerField(_("额外时间（分钟）"), default=0)
    admitted_at = models.DateTimeField(null=True, blank=True)
    admitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["session", "ticket_no"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "candidate"], name="registration_once"),
        ]

    def __str__(self) -> str:
        return self.ticket_no
