"""What schools read and send about sessions and registrations."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from assessments.models import ExamSession

from .importing import MAX_ROWS
from .models import Registration


class SessionSerializer(serializers.ModelSerializer[ExamSession]):
    exam = serializers.CharField(source="exam.title")
    level = serializers.CharField(source="exam.blueprint.level.name")

    class Meta:
        model = ExamSession
        fields: ClassVar = [
            "id",
            "exam",
            "level",
            "name",
            "room",
            "state",
            "starts_at",
            "closes_at",
            "minutes",
            "late_minutes",
        ]


class RegistrationSerializer(serializers.ModelSerializer[Registration]):
    """The identity number is masked, as everywhere."""

    name = serializers.CharField(source="candidate.name")
    student_no = serializers.CharField(source="candidate.student_no")
    class_name = serializers.CharField(source="candidate.class_name")
    identity = serializers.CharField(source="candidate.id_masked")
    attempt_state = serializers.CharField(source="attempt.state")

    class Meta:
        model = Registration
        fields: ClassVar = [
            "id",
            "session",
            "ticket_no",
            "seat",
            "name",
            "student_no",
            "class_name",
            "identity",
            "extra_minutes",
            "attempt_state",
        ]


class RosterEntrySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    id_number = serializers.CharField(max_length=40)
    student_no = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    class_name = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    extra_minutes = serializers.IntegerField(min_value=0, max_value=240, required=False, default=0)


class RosterSerializer(serializers.Serializer[Any]):
    candidates = serializers.ListField(
        child=RosterEntrySerializer(), allow_empty=False, max_length=min(MAX_ROWS, 2000)
    )


class RegisteredSerializer(serializers.Serializer[Any]):
    """made: new candidates; known: candidates the school had; registered: new places; already: had one."""

    made = serializers.IntegerField()
    known = serializers.IntegerField()
    registered = serializers.IntegerField()
    already = serializers.IntegerField()
