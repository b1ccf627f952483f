"""The draft edition as plain data: what an importer of any format has to produce."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from standards.importing.findings import Finding


@dataclass(slots=True)
class DraftRequirement:
    """A 职业技能要求: its code, and its text as the document has it."""

    code: str
    text: str
    line: int


@dataclass(slots=True)
class DraftTask:
    """A 工作任务."""

    code: str
    name: str
    line: int
    requirements: list[DraftRequirement] = field(default_factory=list)


@dataclass(slots=True)
class DraftDomain:
    """A 工作领域."""

    code: str
    name: str
    line: int
    tasks: list[DraftTask] = field(default_factory=list)


@dataclass(slots=True)
class DraftLevel:
    """A level, lowest first: 初级, 中级, 高级, or 五级/初级工 and so on."""

    name: str
    line: int
    domains: list[DraftDomain] = field(default_factory=list)

    @property
    def tasks(self) -> list[DraftTask]:
        return [task for domain in self.domains for task in domain.tasks]

    @property
    def requirements(self) -> list[DraftRequirement]:
        return [requirement for task in self.tasks for requirement in task.requirements]


@dataclass(slots=True)
class DraftSection:
    """A numbered section of the text (or 前言), with its paragraphs."""

    number: str
    heading: str
    text: str
    line: int


@dataclass(slots=True)
class DraftTerm:
    """A term with its English equivalent and its definition."""

    number: str
    name: str
    english: str
    definition: str
    line: int


@dataclass(slots=True)
class DraftReference:
    """A normative reference: `number` such as GB/T36311, `title` the rest."""

    number: str
    title: str
    line: int


@dataclass(slots=True)
class DraftMajor:
    """One major taught at one type of school."""

    school_type: str
    name: str
    line: int


@dataclass(slots=True)
class DraftJobProfile:
    """What jobs a level prepares for."""

    level: str
    text: str
    line: int


@dataclass(slots=True)
class DraftBibliographyEntry:
    """One entry of 参考文献."""

    number: str
    text: str
    line: int


@dataclass(slots=True)
class DraftEdition:
    """Everything read from one document."""

    title: str = ""
    source_text: str = ""
    source_sha256: str = ""
    encoding: str = ""
    scope: str = ""
    foreword: str = ""
    declaration: str = ""
    drafting_bodies: list[str] = field(default_factory=list)
    drafters: list[str] = field(default_factory=list)
    covers_lower_levels: bool = False
    levels: list[DraftLevel] = field(default_factory=list)
    terms: list[DraftTerm] = field(default_factory=list)
    references: list[DraftReference] = field(default_factory=list)
    majors: list[DraftMajor] = field(default_factory=list)
    job_profiles: list[DraftJobProfile] = field(default_factory=list)
    bibliography: list[DraftBibliographyEntry] = field(default_factory=list)
    sections: list[DraftSection] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    table_ledger: dict[str, int] = field(default_factory=dict)
    document_ledger: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        return {
            "levels": len(self.levels),
            "domains": sum(len(level.domains) for level in self.levels),
            "tasks": sum(len(level.tasks) for level in self.levels),
            "requirements": sum(len(level.requirements) for level in self.levels),
        }

    def as_report(self) -> dict[str, Any]:
        """The form `import_standard --dry-run --json` prints."""
        return {
            "title": self.title,
            "levels": [
                {
                    "name": level.name,
                    "domains": [
                        {
                            "code": domain.code,
                            "name": domain.name,
                            "tasks": [
                                {
                                    "code": task.code,
                                    "name": task.name,
                                    "requirements": [
                                        {"code": r.code, "text": r.text} for r in task.requirements
                                    ],
                                }
                                for task in domain.tasks
                            ],
                        }
                        for domain in level.domains
                    ],
                }
                for level in self.levels
            ],
            "report": [
                {"kind": f.kind, "line": f.line, "before": f.before, "after": f.after} for f in self.findings
            ],
        }
