"""What a standard says around its tree: terms, references, majors, jobs, bibliography."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .edition import Edition
from .tree import Level


class Term(models.Model):
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="terms")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    english = models.CharField(max_length=160, blank=True)
    definition = models.TextField()

    class Meta:
        ordering: ClassVar = ["edition", "position"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class NormativeReference(models.Model):
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="references")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    text = models.TextField(help_text="the line as the document has it")

    class Meta:
        ordering: ClassVar = ["edition", "position"]

    def __str__(self) -> str:
        return self.text


class Major(models.Model):
    """A field of study the standard is meant for, by type of school."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="majors")
    position = models.PositiveSmallIntegerField()
    school_type = models.CharField(max_length=60)
    name = models.CharField(max_length=80)

    class Meta:
        ordering: ClassVar = ["edition", "position"]

    def __str__(self) -> str:
        return f"{self.school_type}：{self.name}"


class JobProfile(models.Model):
    """The jobs a level prepares for, in the document's words."""

    level = models.OneToOneField(Level, on_delete=models.CASCADE, related_name="job_profile")
    text = models.TextField()

    def __str__(self) -> str:
        return self.text


class BibliographyEntry(models.Model):
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="bibliography")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["edition", "position"]

    def __str__(self) -> str:
        return self.text
