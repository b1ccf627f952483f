"""Why no forms can be made: the smallest sets of rows that conflict, and what the bank lacks."""

from __future__ import annotations

from collections.abc import Sequence

from .linear import LinearModel
from .parts import BankItem, Conflict, Limits, Row
from .placing import place

MOST_CONFLICTS = 12
EFFORT = 5.0


def find_conflicts(items: Sequence[BankItem], rows: Sequence[Row], limits: Limits) -> list[Conflict]:
    """Conflicts that share no row; empty when the rows can be met (or nothing to the contrary could be proved)."""
    conflicts = []
    left = []
    for row in rows:  # the common case, told at once: one row asks for more than fits it
        if limits.max_overlap == 0 and not limits.enemies:
            lack = row.needed(limits.forms) - sum(row.fits(item) for item in items)
        else:
            lack = shortfall(items, [row], limits)
        if lack > 0:
            conflicts.append(_conflict(items, [row], limits, lack))
        else:
            left.append(row)
    while len(conflicts) < MOST_CONFLICTS and shortfall(items, left, limits) > 0:
        core = _smallest(items, left, limits)
        conflicts.append(_conflict(items, core, limits, shortfall(items, core, limits)))
        left = [row for row in left if row not in core]
    return conflicts


def shortfall(items: Sequence[BankItem], rows: Sequence[Row], limits: Limits) -> int:
    """The fewest places that must stay empty on the forms; a shared row's places count once."""
    if not rows:
        return 0
    model = LinearModel()
    place(model, items, rows, limits, slack=True)
    solution = model.solve(effort=EFFORT)
    if not solution.found or not solution.objective:
        return 0
    if all(row.shared for row in rows):
        return -(-solution.objective // limits.forms)
    return solution.objective


def _smallest(items: Sequence[BankItem], rows: Sequence[Row], limits: Limits) -> list[Row]:
    """A set of conflicting rows of which none can be left out (deletion filter)."""
    core = list(rows)
    for row in rows:
        rest = [other for other in core if other is not row]
        if shortfall(items, rest, limits) > 0:
            core = rest
    return core


def _conflict(items: Sequence[BankItem], rows: Sequence[Row], limits: Limits, lack: int) -> Conflict:
    fitting = {item.id for item in items if any(row.fits(item) for row in rows)}
    needed = sum(row.needed(limits.forms) for row in rows)
    without = Limits(limits.forms, limits.max_overlap, limits.seed, limits.effort, limits.target)
    by_enemies = bool(limits.enemies) and shortfall(items, rows, without) == 0
    return Conflict(tuple(row.id for row in rows), needed, len(fitting), lack, by_enemies)
