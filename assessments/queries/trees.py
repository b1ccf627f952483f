"""The standard's tree as the item pages need it: for picking requirements and for filtering by a node."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch

from standards.models import Domain, Edition, Level, Requirement, Task


def requirement_tree(edition_id: int) -> list[Level]:
    """Levels with ``domains``, ``tasks`` and ``requirements`` prefetched, in four queries."""
    requirements = Prefetch("requirements", Requirement.objects.order_by("position"))
    tasks = Prefetch("tasks", Task.objects.order_by("position").prefetch_related(requirements))
    domains = Prefetch("domains", Domain.objects.order_by("position").prefetch_related(tasks))
    return list(Level.objects.filter(edition_id=edition_id).order_by("number").prefetch_related(domains))


@dataclass(frozen=True)
class NodeOption:
    """One line of a select box over the tree: ``value`` is l, d, t or r and the node's id."""

    value: str
    label: str
    depth: int


def tree_options(edition_id: int | None = None) -> list[NodeOption]:
    """Every node of an edition (the newest published one by default), indented by depth."""
    if edition_id is None:
        newest = (
            Edition.objects.order_by("-published_at", "-pk").filter(state="published").first()
            or Edition.objects.first()
        )
        if newest is None:
            return []
        edition_id = newest.pk
    options = []
    for level in requirement_tree(edition_id):
        options.append(NodeOption(f"l{level.pk}", level.name, 0))
        for domain in level.domains.all():
            options.append(NodeOption(f"d{domain.pk}", f"{domain.code} {domain.name}", 1))
            for task in domain.tasks.all():
                options.append(NodeOption(f"t{task.pk}", f"{task.code} {task.name}", 2))
                for requirement in task.requirements.all():
                    short = requirement.text if len(requirement.text) <= 26 else f"{requirement.text[:25]}…"
                    options.append(NodeOption(f"r{requirement.pk}", f"{requirement.code} {short}", 3))
    return options
