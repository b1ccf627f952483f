"""A result on the tree of the standard: domain by domain, task by task, requirement by requirement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..certificates.claims import Profile, ProfileDomain, ProfileRequirement, ProfileTask
from ..models import Result
from ..rules import THIN_EVIDENCE, Band, Tally
from .plans import Tree, TreeRequirement, grading_plan

BAND_LABELS = {
    Band.MASTERED: _("掌握"),
    Band.FAIR: _("基本掌握"),
    Band.WEAK: _("待加强"),
    Band.UNSEEN: _("未考查"),
}


@dataclass(slots=True)
class Node:
    """A node of the tree with what was won there; ``children`` in the order of the standard."""

    code: str
    name: str
    points: Decimal
    maximum: Decimal
    evidence: int
    level: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def tally(self) -> Tally:
        """Points and evidence as one value."""
        return Tally(self.points, self.maximum, self.evidence)

    @property
    def band(self) -> str:
        """The mastery band's name."""
        return str(self.tally.band)

    @property
    def band_label(self) -> str:
        """The band in words."""
        return str(BAND_LABELS[self.tally.band])

    @property
    def percent(self) -> Decimal | None:
        """Percent won, one decimal, or None."""
        return self.tally.percent

    @property
    def thin(self) -> bool:
        """Whether there is some evidence, but little."""
        return 0 < self.evidence < THIN_EVIDENCE


def _read(group: Mapping[str, Any], key: int) -> tuple[Decimal, Decimal, int]:
    entry = group.get(str(key))
    if entry is None:
        return Decimal(0), Decimal(0), 0
    return Decimal(entry["p"]), Decimal(entry["m"]), int(entry["n"])


def mastery_tree(result: Result) -> list[Node]:
    """All domains of the exam's level, and those of lower levels that were examined, with their nodes."""
    plan = grading_plan(result.attempt.form_id)
    return build_tree(result.breakdown, plan.tree, plan.level)


def build_tree(breakdown: Mapping[str, Any], tree: Tree, level: int) -> list[Node]:
    """The tree of a stored breakdown."""
    seen = breakdown["requirements"]
    wanted = [entry for entry in tree.requirements.values() if entry.level == level or str(entry.id) in seen]
    wanted.sort(key=lambda entry: entry.level != level)
    domains: dict[int, Node] = {}
    tasks: dict[int, Node] = {}
    for entry in wanted:
        if entry.domain not in domains:
            domains[entry.domain] = _node(
                breakdown["domains"], entry.domain, entry.domain_code, entry.domain_name
            )
            domains[entry.domain].level = entry.level_name if entry.level != level else ""
        if entry.task not in tasks:
            tasks[entry.task] = _node(breakdown["tasks"], entry.task, entry.task_code, entry.task_name)
            domains[entry.domain].children.append(tasks[entry.task])
        tasks[entry.task].children.append(_requirement(seen, entry))
    return list(domains.values())


def _node(group: Mapping[str, Any], key: int, code: str, name: str) -> Node:
    points, maximum, evidence = _read(group, key)
    return Node(code, name, points, maximum, evidence)


def _requirement(group: Mapping[str, Any], entry: TreeRequirement) -> Node:
    return _node(group, entry.id, entry.code, entry.text)


def domain_tallies(result: Result) -> list[Node]:
    """The examined domains of the exam's own level."""
    return [node for node in mastery_tree(result) if not node.level and node.maximum > 0]


def sections_of(result: Result) -> list[Node]:
    """Points by section of the form."""
    plan = grading_plan(result.attempt.form_id)
    group = result.breakdown["sections"]
    return [
        _node(group, section.id, str(number), section.title)
        for number, section in enumerate(plan.sections.values(), start=1)
    ]


def _percent(node: Node) -> int | None:
    return None if node.percent is None else int(node.percent)


def certificate_profile(result: Result) -> Profile:
    """The profile on the back of the certificate."""
    return Profile(
        domains=[
            ProfileDomain(
                code=domain.code,
                name=f"{domain.name}（{domain.level}）" if domain.level else domain.name,
                percent=_percent(domain),
                tasks=[
                    ProfileTask(
                        code=task.code,
                        name=task.name,
                        requirements=[
                            ProfileRequirement(
                                code=leaf.code,
                                text=leaf.name,
                                band=leaf.band,
                                percent=_percent(leaf),
                                evidence=leaf.evidence,
                            )
                            for leaf in task.children
                        ],
                    )
                    for task in domain.children
                ],
            )
            for domain in mastery_tree(result)
        ]
    )
