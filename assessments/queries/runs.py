"""Assembly runs in words: what conflicts and what the bank lacks, and how the forms turned out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ..assembly import BankItem, Conflict, Limits, Placed, Row, target_of
from ..enums import Cognitive
from ..grid import SectionSpec, Tree
from ..kinds import UnknownKind, get_kind
from ..models import AssemblyRun, Blueprint, BlueprintRow
from .blueprints import node_key, row_for_assembly, spec_of
from .grid_checks import bank_link, node_name


def ordered_rows(blueprint: Blueprint) -> list[BlueprintRow]:
    """A blueprint's rows in its order, with their sections."""
    return list(
        BlueprintRow.objects.filter(section__blueprint=blueprint)
        .select_related("section")
        .order_by("section__position", "position", "pk")
    )


def assembly_rows(stored: Iterable[BlueprintRow], tree: Tree) -> list[Row]:
    """The rows as assembly reads them, by their primary keys."""
    return [
        row_for_assembly(row.pk, spec_of(row), SectionSpec(shared=row.section.shared), tree) for row in stored
    ]


def row_title(row: BlueprintRow, tree: Tree) -> str:
    """`1.2 订单处理 × 判断 × 应用`"""
    node = tree.by_key.get(node_key(row))
    words = [f"{tree.label(node)} {node_name(node)}" if node else "–"]
    if row.kind:
        words.append(kind_label(row.kind))
    if row.cognitive:
        words.append(str(Cognitive(row.cognitive).label))
    if row.difficulty_min is not None or row.difficulty_max is not None:
        low = "0" if row.difficulty_min is None else f"{row.difficulty_min}"
        high = "1" if row.difficulty_max is None else f"{row.difficulty_max}"
        words.append(_("难度 %(low)s–%(high)s") % {"low": low, "high": high})
    return " × ".join(words)


def kind_label(name: str) -> str:
    try:
        return str(get_kind(name).label)
    except UnknownKind:
        return name


def conflict_texts(
    conflicts: Sequence[Conflict],
    stored: Sequence[BlueprintRow],
    tree: Tree,
    bank: Sequence[BankItem],
    run: AssemblyRun,
) -> list[dict[str, Any]]:
    """Each conflict as `{"text", "lack", "rows": [{"title", "needed", "available", "link"}]}`."""
    by_pk = {row.pk: row for row in stored}
    texts = []
    for conflict in conflicts:
        rows = []
        for pk in conflict.rows:
            row = by_pk[pk]
            spec = spec_of(row)
            read = row_for_assembly(pk, spec, SectionSpec(shared=row.section.shared), tree)
            node = tree.by_key.get(spec.node)
            rows.append(
                {
                    "title": row_title(row, tree),
                    "section": row.section.title,
                    "count": row.count,
                    "needed": read.needed(run.forms_wanted),
                    "available": sum(read.fits(item) for item in bank),
                    "link": bank_link(node, spec, run.blueprint.edition_id) if node else "",
                }
            )
        texts.append({"text": _sentence(conflict, rows, run), "lack": conflict.lack, "rows": rows})
    return texts


def _sentence(conflict: Conflict, rows: Sequence[dict[str, Any]], run: AssemblyRun) -> str:
    if len(rows) == 1:
        row = rows[0]
        return _(
            "%(title)s 需 %(needed)d 题（%(forms)d 卷×%(count)d），题库在用 %(available)d 题，缺 %(lack)d 题"
        ) % {**row, "forms": run.forms_wanted, "lack": conflict.lack}
    words = {
        "n": len(rows),
        "needed": conflict.needed,
        "available": conflict.available,
        "lack": conflict.lack,
    }
    if conflict.enemies:
        return _("这 %(n)d 行各自能满足，合起来却被互斥题挡住，缺 %(lack)d 题") % words
    return (
        _("这 %(n)d 行取自同一批题：合计需 %(needed)d 题，能用的只有 %(available)d 题，至少缺 %(lack)d 题")
        % words
    )


def form_report(
    label: str, placed: Sequence[Placed], rows: Sequence[Row], bank: Sequence[BankItem], limits: Limits
) -> dict[str, Any]:
    """How one form turned out: difficulty weighted by points against the target, coverage, kinds, exposure."""
    by_id = {item.id: item for item in bank}
    points = {row.id: row.points for row in rows}
    whole = sum(row.count * row.points for row in rows) or 1
    target = target_of(bank, rows, limits)
    got = sum(by_id[one.item].difficulty * points[one.row] for one in placed)
    asked = frozenset().union(*(row.requirements for row in rows)) if rows else frozenset()
    covered = (
        frozenset().union(*(by_id[one.item].requirements for one in placed)) & asked
        if placed
        else frozenset()
    )
    return {
        "label": label,
        "items": len(placed),
        "points": _hundredths(whole),
        "difficulty": f"{got / whole / 100:.3f}",
        "target": f"{target / whole / 100:.3f}",
        "deviation_percent": f"{abs(got - target) / max(1, target) * 100:.2f}",
        "covered": len(covered),
        "requirements": len(asked),
        "kinds": dict(Counter(by_id[one.item].kind for one in placed)),
        "cognitive": dict(Counter(by_id[one.item].cognitive for one in placed)),
        "exposed": sum(by_id[one.item].exposure > 0 for one in placed),
    }


def _hundredths(number: int) -> str:
    return f"{(Decimal(number) / 100).normalize():f}"


def cognitive_label(name: str) -> str:
    return str(Cognitive(name).label) if name in Cognitive.values else name
