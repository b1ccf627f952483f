"""Proposing a blueprint from the tree by one click."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Invalid, Refusal
from accounts.models import User
from accounts.services import audit
from standards.models import Level

from ..assembly import BankItem
from ..assembly.proposal import MIX, ProposedRow, TaskNode, propose_lower, propose_points, propose_rows
from ..enums import Component
from ..grid import Node, RowSpec, SectionSpec, Tree
from ..kinds import get_kind
from ..models import Blueprint
from ..queries.blueprints import bank_of, tree_of
from .blueprints import create_draft, require_minutes, write_sections

TOTAL = Decimal(100)
PRACTICAL = "practical"
CUT_SCORE = "60"


def propose_blueprint(
    level: Level,
    *,
    actor: User,
    title: str = "",
    theory_items: int = 30,
    minutes: int = 90,
    practical_points: int = 30,
    lower_percent: int = 0,
    forms: int = 2,
    pass_rules: dict[str, Any] | None = None,
) -> Blueprint:
    """A draft blueprint of 100 points from the tree and the bank, which the bank can fill ``forms`` times over.

    Every task of the level is represented in proportion to its requirements; ``lower_percent`` of the theory items
    test lower levels' requirements. A practical section of one task is added when the bank holds one for the level
    (else all points are theory's). Without ``pass_rules`` 60% is asked of the whole, of theory and of practice.
    Raises Invalid (``proposal_options``) and Refusal (``bank_empty``).
    """
    _check_options(theory_items, minutes, practical_points, lower_percent, forms)
    tree, bank = tree_of(level), bank_of(level.edition_id)
    own = [node for node in tree.nodes if node.level == tree.level]
    practical_node = _practical_node(own, bank) if practical_points else None
    theory = int(TOTAL) - (practical_points if practical_node else 0)
    lower = round(theory_items * lower_percent / 100) if level.number > 1 else 0
    rows = propose_rows(_tasks(own, bank), theory_items - lower, forms)
    if lower:
        lower_nodes = [node for node in tree.nodes if node.level != tree.level]
        rows += propose_lower(_tasks(lower_nodes, bank), lower, forms)
    if not rows:
        raise Refusal(
            "bank_empty",
            _("%s 的在用题目不足，拟不出细目表。") % level.name,
            hint=_("每个题型至少要有卷数那么多在用题目；请先在题库里审定并启用题目，或建一份空白细目表。"),
        )
    sections = [SectionSpec(_("理论知识"), Component.THEORY, shuffle=True, rows=_specs(rows, tree, theory))]
    if practical_node:
        row = RowSpec(practical_node.key, PRACTICAL, count=1, points=Decimal(practical_points))
        sections.append(
            SectionSpec(_("实操任务"), Component.PRACTICAL, shuffle=False, shared=True, rows=[row])
        )
    rules = dict(pass_rules or {"total": CUT_SCORE, "theory": CUT_SCORE, "practical": CUT_SCORE})
    if not practical_node:
        rules.pop("practical", None)
    with transaction.atomic():
        blueprint = create_draft(level, actor, title, minutes, rules)
        write_sections(blueprint, sections)
        audit.record(
            actor=actor,
            verb="blueprint.propose",
            target=blueprint,
            data={"items": sum(row.count for row in rows), "practical": bool(practical_node), "lower": lower},
        )
    return blueprint


def _check_options(theory_items: int, minutes: int, practical: int, lower: int, forms: int) -> None:
    problems = [
        message
        for wrong, message in (
            (not 5 <= theory_items <= 200, _("理论题数须在 5 到 200 之间")),
            (not 0 <= practical <= 90, _("实操分值须在 0 到 90 之间")),
            (not 0 <= lower <= 50, _("下级要求占比须在 0 到 50 之间")),
            (not 1 <= forms <= 10, _("卷数须在 1 到 10 之间")),
        )
        if wrong
    ]
    if problems:
        raise Invalid(
            "proposal_options", "；".join(problems), hint=_("改好后再拟。"), data={"problems": problems}
        )
    require_minutes(minutes)


def _practical_node(own: Sequence[Node], bank: Sequence[BankItem]) -> Node | None:
    """The domain of the level that holds most practical tasks."""
    held = [
        (
            sum(
                item.kind == PRACTICAL and not node.requirements.isdisjoint(item.requirements)
                for item in bank
            ),
            node,
        )
        for node in own
        if node.kind == "domain"
    ]
    best = max(held, key=lambda pair: pair[0], default=(0, None))
    return best[1] if best[0] else None


def _tasks(nodes: Sequence[Node], bank: Sequence[BankItem]) -> list[TaskNode]:
    tasks = []
    for node in nodes:
        if node.kind == "task":
            stock = dict.fromkeys(MIX, 0)
            for item in bank:
                if item.kind in stock and _first(item.requirements) in node.requirements:
                    stock[item.kind] += 1
            tasks.append(TaskNode(node.id, node.domain, len(node.requirements), stock))
    return tasks


def _first(requirements: frozenset[int]) -> int:
    """One requirement an item is counted under, so that no item is counted for two tasks."""
    return min(requirements, default=0)


def _specs(rows: Sequence[ProposedRow], tree: Tree, points: int) -> list[RowSpec]:
    """Rows in the order of the tree and of kinds, with points that make the sum."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.kind] = counts.get(row.kind, 0) + row.count
    worth = propose_points(counts, points)
    place = {node.key: number for number, node in enumerate(tree.nodes)}
    ordered = sorted(rows, key=lambda row: (place[f"{row.node}:{row.id}"], get_kind(row.kind).position))
    specs = []
    for row in ordered:
        each = worth.get(row.kind)
        value = Decimal(each.numerator) / Decimal(each.denominator) if each else Decimal(1)
        specs.append(RowSpec(f"{row.node}:{row.id}", row.kind, count=row.count, points=value))
    return specs
