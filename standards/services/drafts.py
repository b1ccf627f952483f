"""Writing a read document's parts into a new edition; called by `editions.import_document` alone."""

from __future__ import annotations

from typing import Any

from ..enums import FindingNature
from ..importing import DraftEdition
from ..models import (
    BibliographyEntry,
    Domain,
    Edition,
    ImportFinding,
    JobProfile,
    Level,
    Major,
    NormativeReference,
    Requirement,
    Task,
    Term,
)


def level_division(draft: DraftEdition) -> str:
    for section in draft.sections:
        if "职业技能要求" in section.heading or "等级" in section.heading:
            return section.text
    return ""


def matter_of(draft: DraftEdition) -> dict[str, Any]:
    return {
        "encoding": draft.encoding,
        "declaration": draft.declaration,
        "drafting_bodies": draft.drafting_bodies,
        "drafters": draft.drafters,
        "covers_lower_levels": draft.covers_lower_levels,
        "sections": [
            {"number": s.number, "heading": s.heading, "text": s.text, "line": s.line} for s in draft.sections
        ],
    }


NodeKey = tuple[str, str, str]
"""(level name, code, "domain" | "task" | "requirement")"""


def store_tree(edition: Edition, draft: DraftEdition) -> dict[NodeKey, int]:
    """Write the tree in one insert per kind of node."""
    levels = Level.objects.bulk_create(
        Level(edition=edition, number=number, name=level.name) for number, level in enumerate(draft.levels, 1)
    )
    keys: dict[NodeKey, int] = {}
    domain_rows = []
    for level, row in zip(draft.levels, levels, strict=True):
        for position, domain in enumerate(level.domains, 1):
            made = Domain(
                level=row, position=position, code=domain.code, name=domain.name, source_line=domain.line
            )
            domain_rows.append((level, domain, made))
    Domain.objects.bulk_create(row for *_rest, row in domain_rows)
    task_rows = []
    for level, domain, parent in domain_rows:
        keys[level.name, domain.code, "domain"] = parent.pk
        for position, task in enumerate(domain.tasks, 1):
            task_row = Task(
                domain=parent, position=position, code=task.code, name=task.name, source_line=task.line
            )
            task_rows.append((level, task, task_row))
    Task.objects.bulk_create(row for *_rest, row in task_rows)
    requirement_rows = []
    for level, task, task_parent in task_rows:
        keys[level.name, task.code, "task"] = task_parent.pk
        for position, requirement in enumerate(task.requirements, 1):
            requirement_row = Requirement(
                task=task_parent,
                position=position,
                code=requirement.code,
                text=requirement.text,
                source_line=requirement.line,
            )
            requirement_rows.append((level, requirement_row))
    Requirement.objects.bulk_create(row for _level, row in requirement_rows)
    for level, requirement_row in requirement_rows:
        keys[level.name, requirement_row.code, "requirement"] = requirement_row.pk
    by_name = {row.name: row for row in levels}
    jobs = {by_name[p.level].pk: p.text for p in draft.job_profiles if p.level in by_name}
    JobProfile.objects.bulk_create(JobProfile(level_id=pk, text=text) for pk, text in jobs.items())
    return keys


def store_matter(edition: Edition, draft: DraftEdition) -> None:
    lines = draft.source_text.splitlines()
    Term.objects.bulk_create(
        Term(
            edition=edition,
            position=position,
            code=term.number,
            name=term.name,
            english=term.english,
            definition=term.definition,
        )
        for position, term in enumerate(draft.terms, 1)
    )
    NormativeReference.objects.bulk_create(
        NormativeReference(
            edition=edition,
            position=position,
            code=reference.number,
            title=reference.title,
            text=_line(lines, reference.line),
        )
        for position, reference in enumerate(draft.references, 1)
    )
    Major.objects.bulk_create(
        Major(edition=edition, position=position, school_type=major.school_type, name=major.name)
        for position, major in enumerate(draft.majors, 1)
    )
    BibliographyEntry.objects.bulk_create(
        BibliographyEntry(edition=edition, position=position, text=entry.text)
        for position, entry in enumerate(draft.bibliography, 1)
    )


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def store_findings(edition: Edition, draft: DraftEdition, nodes: dict[NodeKey, int]) -> None:
    kinds = {1: "domain", 2: "task", 3: "requirement"}
    rows = []
    for position, finding in enumerate(draft.findings, 1):
        node_type = ""
        node_id = None
        for kind in kinds.values():
            if finding.code and (found := nodes.get((finding.level, finding.code, kind))):
                node_type, node_id = kind, found
                break
        rows.append(
            ImportFinding(
                edition=edition,
                position=position,
                nature=FindingNature(finding.severity.value),
                kind=finding.kind,
                line=finding.line,
                target=f"{finding.level} {finding.code}".strip()[:60],
                before=finding.before,
                after=finding.after,
                suggestion=finding.suggestion,
                node_type=node_type,
                node_id=node_id,
                node_field=finding.field,
            )
        )
    ImportFinding.objects.bulk_create(rows, batch_size=1000)
