"""What the API shows of standards."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from .enums import EditionState
from .models import Edition


class EditionSerializer(serializers.Serializer[Edition]):
    """A published edition with its counts."""

    id = serializers.IntegerField()
    standard = serializers.CharField(source="standard.code")
    title = serializers.CharField()
    edition = serializers.CharField(source="label")
    state = serializers.ChoiceField(choices=EditionState.choices)
    published_at = serializers.DateTimeField()
    source_sha256 = serializers.CharField()
    levels = serializers.IntegerField(source="level_count")
    domains = serializers.IntegerField(source="domain_count")
    tasks = serializers.IntegerField(source="task_count")
    requirements = serializers.IntegerField(source="requirement_count")


class EditionListSerializer(serializers.Serializer[Any]):
    results = EditionSerializer(many=True)


class RequirementSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    code = serializers.CharField()
    text = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)


class TaskSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    requirements = RequirementSerializer(many=True)


class DomainSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    tasks = TaskSerializer(many=True)


class LevelSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    name = serializers.CharField()
    domains = DomainSerializer(many=True)


class TreeSerializer(serializers.Serializer[Any]):
    """An edition with its whole tree."""

    standard = serializers.CharField()
    title = serializers.CharField()
    edition = serializers.CharField()
    state = serializers.ChoiceField(choices=EditionState.choices)
    published_at = serializers.DateTimeField(allow_null=True)
    source_sha256 = serializers.CharField()
    levels = LevelSerializer(many=True)
