"""Reading blueprints: who may see them, the tree they draw on and what the bank holds for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import NotFound
from accounts.models import User
from standards.enums import EditionState
from standards.models import Level, Requirement

from ..assembly import BankItem, Row
from ..enums import FormState, ItemState
from ..grid import Node, RowSpec, SectionSpec, Tree
from ..models import AssemblyRun, Blueprint, BlueprintRow, Form, FormSlot, Item, RevisionRequirement

READERS = frozenset({Role.EXAMINER})


def blueprints_for(user: User) -> QuerySet[Blueprint]:
    """Blueprints are examiners' matter; administrators may look."""
    if not roles_of(user) & READERS:
        return Blueprint.objects.none()
    return Blueprint.objects.select_related("level", "edition__standard", "created_by")


def blueprint_for(user: User, pk: int) -> Blueprint:
    blueprint = blueprints_for(user).filter(pk=pk).first()
    if blueprint is None:
        raise NotFound("blueprint_gone", _("没有这份双向细目表。"), hint=_("从细目表列表里选。"))
    return blueprint


def run_for(user: User, pk: int) -> AssemblyRun:
    run = (
        AssemblyRun.objects.filter(blueprint__in=blueprints_for(user))
        .select_related("blueprint__level", "requested_by")
        .filter(pk=pk)
        .first()
    )
    if run is None:
        raise NotFound("run_gone", _("没有这次组卷。"), hint=_("从细目表页面进入。"))
    return run


def for_list(blueprints: QuerySet[Blueprint]) -> QuerySet[Blueprint]:
    """With items asked for (``asked``), points and forms, in one query."""
    forms = (
        Form.objects.exclude(state=FormState.RETIRED)
        .order_by()
        .values("blueprint")
        .annotate(n=Count("pk"))
        .filter(blueprint=OuterRef("pk"))
        .values("n")
    )
    frozen = (
        Form.objects.filter(state=FormState.FROZEN)
        .order_by()
        .values("blueprint")
        .annotate(n=Count("pk"))
        .filter(blueprint=OuterRef("pk"))
        .values("n")
    )
    return blueprints.annotate(
        asked=Sum("sections__rows__count"),
        whole=Sum(
            F("sections__rows__count") * F("sections__rows__points_each"),
            output_field=DecimalField(max_digits=9, decimal_places=2),
        ),
        forms_made=Subquery(forms),
        forms_frozen=Subquery(frozen),
    )


def levels_to_examine() -> QuerySet[Level]:
    """Levels of published editions, the newest edition first."""
    return (
        Level.objects.filter(edition__state=EditionState.PUBLISHED)
        .select_related("edition__standard")
        .order_by("-edition__published_at", "edition_id", "number")
    )


def level_to_examine(pk: int) -> Level:
    level = levels_to_examine().filter(pk=pk).first()
    if level is None:
        raise NotFound(
            "level_gone", _("没有这个等级，或其标准尚未发布。"), hint=_("先在“标准”里发布版本，再拟细目表。")
        )
    return level


def tree_of(level: Level) -> Tree:
    """The level's nodes and those of lower levels of the same edition, own level first; one query."""
    requirements = (
        Requirement.objects.filter(
            task__domain__level__edition_id=level.edition_id, task__domain__level__number__lte=level.number
        )
        .select_related("task__domain__level")
        .order_by("-task__domain__level__number", "task__domain__position", "task__position", "position")
    )
    below: dict[tuple[str, int], set[int]] = defaultdict(set)
    places: dict[tuple[str, int], tuple[Any, Level, int]] = {}
    for requirement in requirements:
        task, domain = requirement.task, requirement.task.domain
        for kind, node in (("domain", domain), ("task", task), ("requirement", requirement)):
            below[kind, node.pk].add(requirement.pk)
            places.setdefault((kind, node.pk), (node, domain.level, domain.pk))
    nodes = [
        Node(
            kind=kind,
            id=pk,
            level=of.number,
            level_name=of.name,
            code=node.code,
            name=node.text if kind == "requirement" else node.name,
            domain=domain,
            requirements=frozenset(below[kind, pk]),
        )
        for (kind, pk), (node, of, domain) in places.items()
    ]
    return Tree(nodes, level.number)


def bank_of(edition_id: int, *, exposure: bool = False) -> list[BankItem]:
    """Every live item with the requirements it mainly tests; two queries, three with exposure.

    What an item mainly tests is its requirement of greatest weight (all of them where several are equal).
    Exposure is the number of frozen forms that hold any revision of it.
    """
    links: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    held = RevisionRequirement.objects.filter(
        revision__item__edition_id=edition_id,
        revision__item__state=ItemState.LIVE,
        revision__item__current_id=F("revision_id"),
    )
    for item, requirement, weight in held.values_list("revision__item_id", "requirement_id", "weight"):
        links[item].append((requirement, weight))
    used: dict[int, int] = {}
    if exposure:
        used = dict(
            FormSlot.objects.filter(form__state=FormState.FROZEN, revision__item__edition_id=edition_id)
            .order_by()
            .values_list("revision__item_id")
            .annotate(Count("form", distinct=True))
        )
    items = Item.objects.filter(edition_id=edition_id, state=ItemState.LIVE).order_by("pk")
    return [
        BankItem(
            id=pk,
            kind=kind,
            cognitive=cognitive,
            difficulty=int(difficulty * 100),
            requirements=_main(links.get(pk, [])),
            exposure=used.get(pk, 0),
        )
        for pk, kind, cognitive, difficulty in items.values_list(
            "pk", "kind", "current__cognitive", "current__difficulty"
        )
    ]


def _main(links: Sequence[tuple[int, Decimal]]) -> frozenset[int]:
    most = max((weight for _requirement, weight in links), default=Decimal(0))
    return frozenset(requirement for requirement, weight in links if weight == most)


def specs_of(blueprint: Blueprint) -> list[SectionSpec]:
    """The grid as it is stored; two queries."""
    return [
        SectionSpec(
            title=section.title,
            component=section.component,
            shuffle=section.shuffle,
            shared=section.shared,
            rows=[spec_of(row) for row in section.rows.all()],
        )
        for section in blueprint.sections.prefetch_related(
            Prefetch("rows", BlueprintRow.objects.order_by("position"))
        ).order_by("position")
    ]


def spec_of(row: BlueprintRow) -> RowSpec:
    """A stored row as a plain one."""
    return RowSpec(
        node=node_key(row),
        kind=row.kind,
        cognitive=row.cognitive,
        hardest=row.difficulty_min,
        easiest=row.difficulty_max,
        count=row.count,
        points=row.points_each,
    )


def node_key(row: BlueprintRow) -> str:
    if row.domain_id:
        return f"domain:{row.domain_id}"
    return f"task:{row.task_id}" if row.task_id else f"requirement:{row.requirement_id}"


def row_for_assembly(number: int, spec: RowSpec, section: SectionSpec, tree: Tree) -> Row:
    """A row as assembly reads it; a row without a known node fits nothing."""
    node = tree.by_key.get(spec.node)
    return Row(
        id=number,
        requirements=node.requirements if node else frozenset(),
        count=spec.count,
        points=int(spec.points * 100),
        kind=spec.kind,
        cognitive=spec.cognitive,
        hardest=0 if spec.hardest is None else int(spec.hardest * 100),
        easiest=100 if spec.easiest is None else int(spec.easiest * 100),
        shared=section.shared,
    )


def runs_of(blueprint: Blueprint) -> QuerySet[AssemblyRun]:
    """A blueprint's runs, newest first, with the number of their forms."""
    return (
        blueprint.runs.select_related("requested_by")
        .annotate(forms_made=Count("forms", filter=~Q(forms__state=FormState.RETIRED)))
        .order_by("-created_at")
    )
