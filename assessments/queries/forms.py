"""Reading forms: who may see them, their make-up, comparison, and what could stand in a slot instead."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Prefetch, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.errors import NotFound
from accounts.models import User

from ..enums import Cognitive, FormState
from ..grid import SectionSpec
from ..kinds import kind_choices
from ..models import Form, FormSlot, Item, RevisionRequirement
from .blueprints import READERS, bank_of, row_for_assembly, spec_of, tree_of
from .runs import kind_label

_LINKS = RevisionRequirement.objects.select_related("requirement__task__domain__level").order_by(
    "-weight", "pk"
)


def forms_for(user: User) -> QuerySet[Form]:
    """Forms hold keys: examiners' matter; administrators may look."""
    if not roles_of(user) & READERS:
        return Form.objects.none()
    return Form.objects.select_related("blueprint__level", "blueprint__edition", "run", "frozen_by").defer(
        "public_payload"
    )


def form_for(user: User, pk: int) -> Form:
    form = forms_for(user).filter(pk=pk).first()
    if form is None:
        raise NotFound("form_gone", _("没有这份试卷。"), hint=_("从试卷列表里选。"))
    return form


def slot_for(user: User, form_pk: int, slot_pk: int) -> FormSlot:
    slot = (
        FormSlot.objects.filter(form__in=forms_for(user), form_id=form_pk, pk=slot_pk)
        .select_related("form__blueprint__level", "form__run", "section", "row__section", "revision__item")
        .first()
    )
    if slot is None:
        raise NotFound("slot_gone", _("这份试卷里没有这个题位。"), hint=_("刷新试卷页面。"))
    return slot


def for_list(forms: QuerySet[Form]) -> QuerySet[Form]:
    """With numbers of items and points, newest blueprints first."""
    return forms.annotate(items=Count("slots"), whole=Sum("slots__points")).order_by("-blueprint_id", "label")


def slots_of(form: Form) -> list[FormSlot]:
    """A form's slots in order with everything a paper view shows; two queries."""
    return list(
        form.slots.select_related("section", "row", "revision__item")
        .prefetch_related(Prefetch("revision__requirement_links", _LINKS))
        .order_by("position")
    )


@dataclass
class Profile:
    """What a form is made of: sums by trait as (label, items, points)."""

    items: int = 0
    points: Decimal = Decimal(0)
    difficulty: Decimal = Decimal(0)
    requirements: int = 0
    groups: dict[str, list[tuple[str, int, Decimal]]] = field(default_factory=dict)
    codes: frozenset[int] = frozenset()


GROUPS = ("section", "domain", "kind", "cognitive", "difficulty")


def profile(slots: Sequence[FormSlot]) -> Profile:
    """The make-up of a form out of `slots_of`; difficulty is weighted by points."""
    made = Profile()
    sums: dict[str, dict[str, list[Any]]] = {name: defaultdict(lambda: [0, Decimal(0)]) for name in GROUPS}
    covered: set[int] = set()
    for slot in slots:
        revision = slot.revision
        links = list(revision.requirement_links.all())
        covered |= {link.requirement_id for link in links}
        domain = links[0].requirement.task.domain if links else None
        labels = {
            "section": slot.section.title,
            "domain": f"{domain.level.name} {domain.code} {domain.name}" if domain else "–",
            "kind": kind_label(revision.item.kind),
            "cognitive": str(Cognitive(revision.cognitive).label),
            "difficulty": band(revision.difficulty),
        }
        for name, label in labels.items():
            sums[name][label][0] += 1
            sums[name][label][1] += slot.points
        made.items += 1
        made.points += slot.points
        made.difficulty += revision.difficulty * slot.points
    made.difficulty = (
        (made.difficulty / made.points).quantize(Decimal("0.001")) if made.points else Decimal(0)
    )
    made.requirements = len(covered)
    made.groups = {
        name: [(label, *group[label]) for label in _in_order(name, group)] for name, group in sums.items()
    }
    made.codes = frozenset(slot.revision.item_id for slot in slots)
    return made


def _in_order(name: str, labels: Iterable[str]) -> list[str]:
    """Labels of a trait in the order people expect; otherwise as they come on the form."""
    known = {
        "cognitive": [str(level.label) for level in Cognitive],
        "difficulty": bands(),
        "kind": [str(label) for _name, label in kind_choices()],
    }.get(name, [])
    return sorted(labels, key=lambda label: known.index(label) if label in known else len(known))


def bands() -> list[str]:
    """Difficulty in words, by expected proportion correct, the hardest first."""
    return [_("难（<0.40）"), _("偏难（0.40–0.59）"), _("适中（0.60–0.79）"), _("易（≥0.80）")]


def band(difficulty: Decimal) -> str:
    """The word for one difficulty."""
    limits = (Decimal("0.40"), Decimal("0.60"), Decimal("0.80"))
    return bands()[sum(difficulty >= limit for limit in limits)]


@dataclass(frozen=True)
class Difference:
    """One line of the comparison: the figures of both forms, alike or not."""

    label: str
    first: str
    second: str
    alike: bool


def compare(first: Profile, second: Profile) -> dict[str, list[Difference]]:
    """Two forms side by side, by trait."""
    tables: dict[str, list[Difference]] = {}
    for name in GROUPS:
        left = {label: (count, points) for label, count, points in first.groups.get(name, [])}
        right = {label: (count, points) for label, count, points in second.groups.get(name, [])}
        tables[name] = [
            Difference(
                label,
                _figures(left.get(label)),
                _figures(right.get(label)),
                left.get(label) == right.get(label),
            )
            for label in _in_order(name, dict.fromkeys([*left, *right]))
        ]
    return tables


def _figures(pair: tuple[int, Decimal] | None) -> str:
    count, points = pair or (0, Decimal(0))
    return _("%(count)d 题 · %(points)s 分") % {"count": count, "points": f"{points.normalize():f}"}


def parallel_forms(form: Form) -> QuerySet[Form]:
    """The blueprint's other forms that are not retired."""
    return (
        Form.objects.filter(blueprint_id=form.blueprint_id)
        .exclude(pk=form.pk)
        .exclude(state=FormState.RETIRED)
        .defer("public_payload")
        .order_by("label")
    )


@dataclass(frozen=True)
class Replacement:
    """An item that fits the slot's row. ``breaks``: why it may not stand there; ``effects``: what would change."""

    item: Item
    difficulty: Decimal
    legal: bool
    breaks: tuple[str, ...]
    effects: tuple[str, ...]
    exposure: int


def replacements(slot: FormSlot, limit: int = 60) -> list[Replacement]:
    """Live items that fit the slot's row, those that break nothing first, then by nearness of difficulty.

    A constant number of queries, however many there are.
    """
    form = slot.form
    tree = tree_of(form.blueprint.level)
    read = row_for_assembly(slot.row_id, spec_of(slot.row), SectionSpec(shared=slot.row.section.shared), tree)
    fitting = {
        item.id: item
        for item in bank_of(form.blueprint.edition_id, exposure=True)
        if read.fits(item) and item.id != slot.revision.item_id
    }
    slots = slots_of(form)
    here = {other.revision.item_id for other in slots}
    elsewhere = _elsewhere(form) if not slot.row.section.shared else {}
    allowed = form.run.max_overlap if form.run else 0
    codes = {node.id: node.code for node in tree.nodes if node.kind == "requirement"}
    tested = Counter(requirement for other in slots for requirement in _tested(other))
    own = set(_tested(slot))
    whole = sum(other.points for other in slots) or Decimal(1)
    found = []
    for item in Item.objects.filter(pk__in=fitting).select_related("current"):
        entry = fitting[item.pk]
        breaks = [_("本卷已有此题")] if item.pk in here else []
        breaks += _overlaps(item.pk, here, slot.revision.item_id, elsewhere, allowed)
        lost = sorted(codes.get(pk, "") for pk in own - entry.requirements if tested[pk] == 1)
        won = sorted(codes.get(pk, "") for pk in entry.requirements if not tested[pk])
        assert item.current is not None
        effects = _effects(slot, item, whole, lost, won)
        found.append(
            Replacement(
                item, item.current.difficulty, not breaks, tuple(breaks), tuple(effects), entry.exposure
            )
        )
    aim = slot.revision.difficulty
    found.sort(key=lambda one: (not one.legal, abs(one.difficulty - aim), one.exposure, one.item.code))
    return found[:limit]


def _tested(slot: FormSlot) -> list[int]:
    links = list(slot.revision.requirement_links.all())
    most = max((link.weight for link in links), default=Decimal(0))
    return [link.requirement_id for link in links if link.weight == most]


def _elsewhere(form: Form) -> dict[str, set[int]]:
    """The items of the parallel forms outside shared sections, by label."""
    held: dict[str, set[int]] = defaultdict(set)
    rows = FormSlot.objects.filter(form__in=parallel_forms(form).values("pk"), section__shared=False)
    for label, item in rows.values_list("form__label", "revision__item_id"):
        held[label].add(item)
    return held


def _overlaps(
    item: int, here: Iterable[int], leaving: int, elsewhere: dict[str, set[int]], allowed: int
) -> list[str]:
    after = (set(here) - {leaving}) | {item}
    return [
        _("与 %(label)s 卷重题（重 %(n)d 题，允许 %(allowed)d 题）")
        % {"label": label, "n": len(after & items), "allowed": allowed}
        for label, items in sorted(elsewhere.items())
        if item in items and len(after & items) > allowed
    ]


def _effects(slot: FormSlot, item: Item, whole: Decimal, lost: list[str], won: list[str]) -> list[str]:
    assert item.current is not None
    change = (item.current.difficulty - slot.revision.difficulty) * slot.points / whole
    effects = []
    if change:
        effects.append(_("全卷难度 %+.3f") % change)
    if item.kind != slot.revision.item.kind:
        effects.append(_("题型变为%s") % kind_label(item.kind))
    if item.current.cognitive != slot.revision.cognitive:
        effects.append(_("认知层次变为%s") % Cognitive(item.current.cognitive).label)
    if lost:
        effects.append(_("不再覆盖 %s") % "、".join(lost))
    if won:
        effects.append(_("新覆盖 %s") % "、".join(won))
    return effects
