"""The tree: level > domain 工作领域 > task 工作任务 > requirement 职业技能要求."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .edition import Edition


class Level(models.Model):
    """A skill level. `number` rises with skill; a higher level covers the lower ones."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="levels")
    number = models.PositiveSmallIntegerField(_("序"))
    name = models.CharField(_("等级"), max_length=40)

    class Meta:
        ordering: ClassVar = ["edition", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["edition", "number"],
                name="level_number_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["edition", "name"], name="level_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Domain(models.Model):
    """工作领域"""

    level = models.ForeignKey(Level, on_delete=models.CASCADE, related_name="domains")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(_("编号"), max_length=20)
    name = models.CharField(_("工作领域"), max_length=120)
    source_line = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["level", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["level", "code"], name="domain_code_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Task(models.Model):
    """工作任务"""

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="tasks")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(_("编号"), max_length=20)
    name = models.CharField(_("工作任务"), max_length=120)
    source_line = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["domain", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["domain", "code"], name="task_code_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Requirement(models.Model):
    """职业技能要求: its text is the document's, character for character, but for listed repairs."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="requirements")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(_("编号"), max_length=20)
    text = models.TextField(_("职业技能要求"))
    source_line = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["task", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["task", "code"], name="requirement_code_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"
