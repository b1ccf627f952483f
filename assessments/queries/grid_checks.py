"""Holding a blueprint's grid against the bank: sums, shortages and what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from ..assembly import BankItem
from ..enums import Cognitive, Component, ItemState
from ..grid import Node, RowSpec, SectionSpec, Tree
from ..kinds import kind_choices
from .blueprints import row_for_assembly


@dataclass(frozen=True, slots=True)
class RowCheck:
    """``available``: live items that fit; ``tone``: "danger" where not even one form can be filled."""

    available: int
    needed: int
    tone: str
    reasons: tuple[str, ...]
    name: str
    link: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Tally:
    label: str
    count: int
    points: Decimal
    share: Decimal


@dataclass
class Check:
    """A grid held against the bank: rows in order, sums, and what keeps it from being ready (``problems``)."""

    rows: list[list[RowCheck]] = field(default_factory=list)
    count: int = 0
    points: Decimal = Decimal(0)
    sections: list[Tally] = field(default_factory=list)
    components: list[Tally] = field(default_factory=list)
    domains: list[Tally] = field(default_factory=list)
    kinds: list[Tally] = field(default_factory=list)
    cognitive: list[Tally] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    short: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For the page's script."""
        return {
            "rows": [
                {
                    "available": row.available,
                    "needed": row.needed,
                    "tone": row.tone,
                    "reasons": list(row.reasons),
                    "name": row.name,
                    "link": row.link,
                    "points": _plain(row.points),
                }
                for rows in self.rows
                for row in rows
            ],
            "count": self.count,
            "points": _plain(self.points),
            "short": self.short,
            "missing": self.missing,
            "problems": self.problems,
            **{
                name: [
                    {
                        "label": tally.label,
                        "count": tally.count,
                        "points": _plain(tally.points),
                        "share": _plain(tally.share),
                    }
                    for tally in getattr(self, name)
                ]
                for name in ("sections", "components", "domains", "kinds", "cognitive")
            },
        }


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def check_grid(
    sections: Sequence[SectionSpec], tree: Tree, bank: Sequence[BankItem], *, edition_id: int, forms: int = 2
) -> Check:
    """Sums and shortages of a grid; ``forms`` is how many parallel forms each row is held against."""
    check = Check()
    kinds = {name: str(label) for name, label in kind_choices()}
    sums: dict[str, dict[str, list[Decimal]]] = defaultdict(
        lambda: defaultdict(lambda: [Decimal(0), Decimal(0)])
    )
    for number, section in enumerate(sections, start=1):
        checked = []
        if not section.title:
            check.problems.append(_("第 %d 部分没有名称") % number)
        if not section.rows:
            check.problems.append(_("“%s”里还没有行") % (section.title or number))
        for place, spec in enumerate(section.rows, start=1):
            row = _check_row(spec, section, tree, bank, edition_id, forms)
            checked.append(row)
            node = tree.by_key.get(spec.node)
            domain = tree.by_key.get(f"domain:{node.domain}") if node else None
            where = f"{domain.level_name} {domain.code} {domain.name}" if domain else "–"
            for group, label in (
                ("sections", section.title or str(number)),
                ("components", str(Component(section.component).label)),
                ("domains", where),
                ("kinds", kinds.get(spec.kind, _("不限题型"))),
                ("cognitive", str(Cognitive(spec.cognitive).label) if spec.cognitive else _("不限")),
            ):
                sums[group][label][0] += spec.count
                sums[group][label][1] += row.points
            check.count += spec.count
            check.points += row.points
            check.short += row.tone == "danger"
            for problem in spec.problems:
                check.problems.append(
                    _("%(section)s 第 %(row)d 行：%(problem)s")
                    % {"section": section.title or number, "row": place, "problem": problem}
                )
        check.rows.append(checked)
    for group, rows in sums.items():
        setattr(
            check,
            group,
            [
                Tally(label, int(count), points, _share(points, check.points))
                for label, (count, points) in rows.items()
            ],
        )
    check.missing = _missing_tasks(sections, tree)
    if not check.count:
        check.problems.append(_("还没有任何题目要求"))
    return check


def _share(points: Decimal, whole: Decimal) -> Decimal:
    return (points / whole * 100).quantize(Decimal("0.1")) if whole else Decimal(0)


def _check_row(
    spec: RowSpec, section: SectionSpec, tree: Tree, bank: Sequence[BankItem], edition_id: int, forms: int
) -> RowCheck:
    row = row_for_assembly(0, spec, section, tree)
    node = tree.by_key.get(spec.node)
    available = sum(row.fits(item) for item in bank)
    needed = row.needed(forms)
    reasons = list(spec.problems)
    tone = "danger" if reasons else ""
    if node and spec.count and available < spec.count:
        tone = "danger"
        reasons.append(
            _("每卷要 %(count)d 题，在用只有 %(available)d 题")
            % {"count": spec.count, "available": available}
        )
    elif node and spec.count and available < needed:
        tone = tone or "warn"
        reasons.append(
            _("%(forms)d 卷共要 %(needed)d 题，在用 %(available)d 题，缺 %(lack)d 题")
            % {"forms": forms, "needed": needed, "available": available, "lack": needed - available}
        )
    return RowCheck(
        available=available,
        needed=needed,
        tone=tone,
        reasons=tuple(reasons),
        name=node_name(node) if node else "",
        link=bank_link(node, spec, edition_id) if node else "",
        points=spec.count * spec.points,
    )


def node_name(node: Node) -> str:
    """The node's name for a cell; a requirement's text is cut."""
    return node.name if len(node.name) <= 40 else f"{node.name[:39]}…"


def bank_link(node: Node, spec: RowSpec, edition_id: int) -> str:
    """The item list filtered to what could stand in a row."""
    try:
        base = reverse("assessments:item_list")
    except NoReverseMatch:
        return ""
    params = {
        "edition": edition_id,
        "state": ItemState.LIVE.value,
        "node": f"{node.kind[0]}{node.id}",
        "kind": spec.kind,
        "cognitive": spec.cognitive,
        "min": spec.hardest,
        "max": spec.easiest,
    }
    params = {name: value for name, value in params.items() if value not in ("", None)}
    return f"{base}?{urlencode(params)}"


def _missing_tasks(sections: Iterable[SectionSpec], tree: Tree) -> list[str]:
    """Tasks of the own level that no row draws on."""
    drawn: set[int] = set()
    for section in sections:
        for spec in section.rows:
            if node := tree.by_key.get(spec.node):
                drawn |= node.requirements
    return [
        f"{node.code} {node.name}"
        for node in tree.nodes
        if node.kind == "task" and node.level == tree.level and drawn.isdisjoint(node.requirements)
    ]
