"""The tree of an edition, in four queries whatever its size."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from accounts.errors import NotFound

from ..models import Domain, Edition, Level, Requirement, Task


def levels_with_tree(edition: Edition) -> list[Level]:
    """Levels, lowest first, with domains, tasks and requirements prefetched in document order (4 queries)."""
    requirements = Requirement.objects.order_by("position", "pk")
    tasks = Task.objects.order_by("position", "pk").prefetch_related(
        Prefetch("requirements", queryset=requirements)
    )
    domains = Domain.objects.order_by("position", "pk").prefetch_related(Prefetch("tasks", queryset=tasks))
    return list(
        Level.objects.filter(edition=edition)
        .order_by("number")
        .prefetch_related(Prefetch("domains", queryset=domains))
    )


def counts_of(levels: list[Level]) -> dict[str, int]:
    """Sums over prefetched levels, without a query."""
    domains = [domain for level in levels for domain in level.domains.all()]
    tasks = [task for domain in domains for task in domain.tasks.all()]
    return {
        "levels": len(levels),
        "domains": len(domains),
        "tasks": len(tasks),
        "requirements": sum(len(task.requirements.all()) for task in tasks),
    }


def requirement_by_code(edition: Edition, level_name: str, code: str) -> Requirement:
    """The requirement a bank file or an API caller names by level and code; raises NotFound."""
    found = Requirement.objects.filter(
        task__domain__level__edition=edition, task__domain__level__name=level_name, code=code
    ).first()
    if found is None:
        raise NotFound("requirement_unknown", f"{edition}：没有 {level_name} {code} 这条要求。")
    return found


def tree_document(edition: Edition, levels: list[Level] | None = None) -> dict[str, Any]:
    """The edition as plain data, for the JSON export and the API."""
    levels = levels_with_tree(edition) if levels is None else levels
    return {
        "standard": edition.standard.code,
        "title": edition.title,
        "edition": edition.label,
        "state": edition.state,
        "published_at": edition.published_at.isoformat() if edition.published_at else None,
        "source_sha256": edition.source_sha256,
        "levels": [
            {
                "number": level.number,
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
                                    {"id": r.pk, "code": r.code, "text": r.text, "line": r.source_line}
                                    for r in task.requirements.all()
                                ],
                            }
                            for task in domain.tasks.all()
                        ],
                    }
                    for domain in level.domains.all()
                ],
            }
            for level in levels
        ],
    }


def tree_rows(levels: list[Level]) -> list[list[str]]:
    """One row a requirement with the names above it, for the CSV export."""
    return [
        [level.name, domain.code, domain.name, task.code, task.name, requirement.code, requirement.text]
        for level in levels
        for domain in level.domains.all()
        for task in domain.tasks.all()
        for requirement in task.requirements.all()
    ]
