"""What grading must know of a frozen form and of the tree. Neither changes, so a process reads each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from assessments.enums import FormState
from assessments.models import Form, FormSlot, RevisionRequirement
from standards.models import Level, Requirement

from ..rules import Place, SlotFact
from ..scoring import ScoringSlot


@dataclass(frozen=True, slots=True)
class TreeRequirement:
    """One requirement with its place, in the words of the standard."""

    id: int
    code: str
    text: str
    task: int
    task_code: str
    task_name: str
    domain: int
    domain_code: str
    domain_name: str
    level: int
    level_name: str
    level_number: int


@dataclass(frozen=True, slots=True)
class Tree:
    """The requirements of an edition in the order of the standard, by id."""

    requirements: Mapping[int, TreeRequirement]

    def places(self) -> dict[int, Place]:
        """The places as the rules want them."""
        return {
            key: Place(entry.task, entry.domain, entry.domain_code, entry.level)
            for key, entry in self.requirements.items()
        }

    def of_level(self, level: int) -> list[TreeRequirement]:
        """The requirements of one level."""
        return [entry for entry in self.requirements.values() if entry.level == level]

    def domains_of(self, level: int) -> dict[str, tuple[int, str]]:
        """Code → (id, name) of the level's domains."""
        return {entry.domain_code: (entry.domain, entry.domain_name) for entry in self.of_level(level)}


@dataclass(frozen=True, slots=True)
class SectionFact:
    """A section of a form."""

    id: int
    title: str
    component: str


@dataclass(frozen=True, slots=True)
class GradingPlan:
    """A frozen form as grading sees it, keys included: for workers and staff only."""

    form: int
    edition: int
    level: int
    level_name: str
    slots: Mapping[int, SlotFact]
    scoring: Mapping[int, ScoringSlot]
    revisions: Mapping[int, int]
    sections: Mapping[int, SectionFact]
    tree: Tree
    places: Mapping[int, Place]
    domains: Mapping[str, tuple[int, str]]
    """Code → (id, name) of the domains of the form's own level."""


@lru_cache(maxsize=16)
def tree_of(edition: int) -> Tree:
    """The tree of a published edition."""
    rows = (
        Requirement.objects.filter(task__domain__level__edition=edition)
        .select_related("task__domain__level")
        .order_by("task__domain__level__number", "task__domain__position", "task__position", "position")
    )
    return Tree({row.pk: _tree_requirement(row) for row in rows})


def _tree_requirement(row: Requirement) -> TreeRequirement:
    task = row.task
    domain = task.domain
    level: Level = domain.level
    return TreeRequirement(
        id=row.pk,
        code=row.code,
        text=row.text,
        task=task.pk,
        task_code=task.code,
        task_name=task.name,
        domain=domain.pk,
        domain_code=domain.code,
        domain_name=domain.name,
        level=level.pk,
        level_name=level.name,
        level_number=level.number,
    )


@lru_cache(maxsize=32)
def grading_plan(form_id: int) -> GradingPlan:
    """The plan of a frozen form. Raises ``Form.DoesNotExist`` for a draft."""
    form = Form.objects.select_related("blueprint__level").exclude(state=FormState.DRAFT).get(pk=form_id)
    tree = tree_of(form.blueprint.edition_id)
    by_name = {f"{entry.level_name} {entry.code}": key for key, entry in tree.requirements.items()}
    rows = list(
        FormSlot.objects.filter(form=form)
        .select_related("revision__item", "section")
        .defer("revision__search_text", "revision__rationale", "revision__option_rationale")
        .order_by("position")
    )
    weights: dict[int, dict[int, Decimal]] = {}
    for link in RevisionRequirement.objects.filter(revision__in=[row.revision_id for row in rows]):
        weights.setdefault(link.revision_id, {})[link.requirement_id] = link.weight
    return GradingPlan(
        form=form.pk,
        edition=form.blueprint.edition_id,
        level=form.blueprint.level_id,
        level_name=form.blueprint.level.name,
        slots={row.pk: _slot_fact(row, weights) for row in rows},
        scoring={row.pk: _scoring_slot(row, by_name) for row in rows},
        revisions={row.pk: row.revision_id for row in rows},
        sections={
            row.section_id: SectionFact(row.section_id, row.section.title, row.section.component)
            for row in rows
        },
        tree=tree,
        places=tree.places(),
        domains=tree.domains_of(form.blueprint.level_id),
    )


def _slot_fact(row: FormSlot, weights: Mapping[int, Mapping[int, Decimal]]) -> SlotFact:
    return SlotFact(
        id=row.pk,
        position=row.position,
        section=row.section_id,
        component=row.section.component,
        points=row.points,
        weights=weights.get(row.revision_id, {}),
    )


def _scoring_slot(row: FormSlot, by_name: dict[str, int]) -> ScoringSlot:
    content: dict[str, Any] = row.revision.content
    return ScoringSlot(
        id=row.pk,
        form=row.form_id,
        kind=row.revision.item.kind,
        points=row.points,
        content=content,
        key=row.revision.key,
        requirement_ids=by_name,
    )
