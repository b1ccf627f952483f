"""A blueprint's grid as plain values, whether read from the database, a form or a proposal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from .enums import Cognitive, Component

MOST_ROWS, MOST_COUNT, MOST_POINTS = 400, 500, Decimal(1000)


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree: kind is "domain", "task" or "requirement"; requirements are the ids below it."""

    kind: str
    id: int
    level: int
    level_name: str
    code: str
    name: str
    domain: int
    requirements: frozenset[int]

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(slots=True)
class RowSpec:
    """One row as someone wrote it. ``node`` is a node's key; ``typed`` what was typed where it names none."""

    node: str = ""
    kind: str = ""
    cognitive: str = ""
    hardest: Decimal | None = None
    easiest: Decimal | None = None
    count: int = 0
    points: Decimal = Decimal(0)
    typed: str = ""
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "node": self.node,
            "kind": self.kind,
            "cognitive": self.cognitive,
            "hardest": None if self.hardest is None else str(self.hardest),
            "easiest": None if self.easiest is None else str(self.easiest),
            "count": self.count,
            "points": str(self.points),
        }


@dataclass(slots=True)
class SectionSpec:
    title: str = ""
    component: str = Component.THEORY
    shuffle: bool = True
    shared: bool = False
    rows: list[RowSpec] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "component": self.component,
            "shuffle": self.shuffle,
            "shared": self.shared,
            "rows": [row.as_dict() for row in self.rows],
        }


class Tree:
    """The nodes that a blueprint of a level may draw on: its own level's and the lower ones'."""

    def __init__(self, nodes: Iterable[Node], level: int) -> None:
        self.nodes = list(nodes)
        self.level = level
        self.by_key = {node.key: node for node in self.nodes}
        self._by_code: dict[tuple[str, str], Node] = {}
        for node in self.nodes:  # a domain before a task of the same code, a task before a requirement
            self._by_code.setdefault((node.level_name, node.code), node)
            if node.level == level:
                self._by_code.setdefault(("", node.code), node)

    def find(self, typed: str) -> Node | None:
        """The node of a key, of a code of the own level ("1.2") or of a level's name and code ("初级 1.2")."""
        typed = typed.strip()
        if typed in self.by_key:
            return self.by_key[typed]
        words = typed.translate(_HALF_WIDTH).split()
        if len(words) == 1:
            return self._by_code.get(("", words[0]))
        return self._by_code.get((words[0], words[1])) if words else None

    def label(self, node: Node) -> str:
        """What to type for the node."""
        own = node.level == self.level and self._by_code.get(("", node.code)) is node
        if own:
            return node.code
        named = f"{node.level_name} {node.code}"
        return named if self._by_code.get((node.level_name, node.code)) is node else node.key


_HALF_WIDTH = {
    ord(full): ord(half) for full, half in zip("０１２３４５６７８９．－。　", "0123456789.-. ", strict=True)
}


def read_grid(data: Mapping[str, Any], tree: Tree, kinds: Sequence[str]) -> list[SectionSpec]:
    """Sections out of a posted grid. What is left empty is dropped; what is wrong with a row is written on the row.

    Fields, in the order of the page: ``section`` (a key for each section) with ``section_title``,
    ``section_component``; ``section_shuffle`` and ``section_shared`` list the keys that are ticked; for each row
    ``row_section``, ``node``, ``kind``, ``cognitive``, ``hardest``, ``easiest``, ``count``, ``points``.
    """
    get = data.getlist if hasattr(data, "getlist") else lambda name: list(data.get(name, []))
    keys = [str(key) for key in get("section")][:20]
    titles, components = get("section_title"), get("section_component")
    shuffled, shared = set(get("section_shuffle")), set(get("section_shared"))
    sections: dict[str, SectionSpec] = {}
    for index, key in enumerate(keys):
        component = _at(components, index)
        sections[key] = SectionSpec(
            title=_clean(_at(titles, index))[:60],
            component=component if component in Component.values else Component.THEORY,
            shuffle=key in shuffled,
            shared=key in shared,
        )
    columns = {
        name: get(name) for name in ("node", "kind", "cognitive", "hardest", "easiest", "count", "points")
    }
    for index, key in enumerate(get("row_section")[:MOST_ROWS]):
        cells = {name: _clean(_at(values, index)) for name, values in columns.items()}
        if key in sections and any(cells[name] for name in ("node", "count", "points")):
            sections[key].rows.append(_read_row(cells, tree, kinds))
    return [section for section in sections.values() if section.title or section.rows]


def _read_row(cells: Mapping[str, str], tree: Tree, kinds: Sequence[str]) -> RowSpec:
    row = RowSpec(typed=cells["node"])
    node = tree.find(cells["node"])
    if node is None:
        row.problems.append(
            _("没有编号“%s”，请填本级编号（如 1.2）或“初级 1.2”") % cells["node"][:30]
            if cells["node"]
            else _("请填写工作领域、工作任务或技能要求的编号")
        )
    else:
        row.node = node.key
    if cells["kind"] in ("", *kinds):
        row.kind = cells["kind"]
    else:
        row.problems.append(_("没有“%s”这种题型") % cells["kind"][:30])
    row.cognitive = cells["cognitive"] if cells["cognitive"] in Cognitive.values else ""
    for name, label in (("hardest", _("难度下限")), ("easiest", _("难度上限"))):
        if not cells[name]:
            continue
        share = decimal_of(cells[name])
        if share is None or not 0 <= share <= 1:
            row.problems.append(_("%s须在 0 和 1 之间（预计得分率）") % label)
        else:
            setattr(row, name, share.quantize(Decimal("0.01")))
    if row.hardest is not None and row.easiest is not None and row.hardest > row.easiest:
        row.problems.append(_("难度下限大于上限"))
    count = decimal_of(cells["count"])
    if count is None or count != count.to_integral_value() or not 1 <= count <= MOST_COUNT:
        row.problems.append(_("题数须是 1 到 %d 的整数") % MOST_COUNT)
    else:
        row.count = int(count)
    points = decimal_of(cells["points"])
    if points is None or not 0 < points <= MOST_POINTS or points != points.quantize(Decimal("0.01")):
        row.problems.append(_("每题分值须大于 0，至多两位小数"))
    else:
        row.points = points
    return row


def decimal_of(text: Any) -> Decimal | None:
    """A finite decimal out of what a person typed, full-width digits included; None if it is none."""
    try:
        number = Decimal(str(text).strip().translate(_HALF_WIDTH))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**9 else None


def _at(values: Sequence[Any], index: int) -> str:
    return str(values[index]) if index < len(values) else ""


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()
