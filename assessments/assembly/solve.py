"""Assembling parallel forms by integer programming.

The rows are kept exactly; among the forms that keep them, those are sought that are closest to the wanted difficulty
and to one another, cover most requirements, are alike in cognitive levels and kinds, and use seldom-used items.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from .conflicts import find_conflicts
from .linear import LinearModel, Term, Watch, total
from .parts import Assembled, BankItem, Infeasible, Limits, OutOfTime, Placed, Row
from .placing import Choice, place

# what one unit of each fault costs; a unit of difficulty is a thousandth of the target
DIFFICULTY, UNCOVERED, CROWDED, UNLIKE, EXPOSED = 10, 30, 4, 5, 1
WORST_UNITS = 2000


def assemble(
    items: Sequence[BankItem], rows: Sequence[Row], limits: Limits, watch: Watch | None = None
) -> Assembled | Infeasible:
    """Parallel forms, or the rows that conflict. Pure; the same arguments give the same forms.

    Raises OutOfTime when the effort did not suffice to find any forms.
    """
    items = _mixed(items, rows, limits.seed)
    if conflicts := find_conflicts(items, rows, limits):
        return Infeasible(tuple(conflicts))
    model = LinearModel()
    choice = place(model, items, rows, limits)
    _difficulty(model, choice, items, rows, limits)
    _coverage(model, choice, items, rows, limits)
    _likeness(model, choice, items, rows, limits)
    _exposure(model, choice, items)
    solution = model.solve(seed=limits.seed, effort=limits.effort, watch=watch)
    if not solution.found:
        raise OutOfTime
    forms = tuple(
        tuple(
            Placed(rows[row].id, item)
            for (form, row, item), var in sorted(choice.items(), key=lambda pair: pair[0])
            if form == number and solution.values[var]
        )
        for number in range(limits.forms)
    )
    return Assembled(
        forms, solution.status == "optimal", solution.objective, solution.bound, solution.seconds
    )


def target_of(items: Sequence[BankItem], rows: Sequence[Row], limits: Limits) -> int:
    """The difficulty aimed at: sum of difficulty times points over a form, in ten-thousandths.

    Without a wanted difficulty it is what rows filled at random from the bank would have on average.
    """
    if limits.target is not None:
        return limits.target * sum(row.count * row.points for row in rows)
    aimed = 0
    for row in rows:
        fitting = [item.difficulty for item in items if row.fits(item)]
        if fitting:
            aimed += row.count * row.points * sum(fitting) // len(fitting)
    return aimed


def _mixed(items: Sequence[BankItem], rows: Sequence[Row], seed: int) -> list[BankItem]:
    """The items that fit any row, in an order that the seed decides: the solver's choice among equals follows it."""
    fitting = sorted(
        (item for item in items if any(row.fits(item) for row in rows)), key=lambda item: item.id
    )
    random.Random(seed).shuffle(fitting)
    return fitting


def _difficulty(
    model: LinearModel, choice: Choice, items: Sequence[BankItem], rows: Sequence[Row], limits: Limits
) -> None:
    """Each form near the target; nearer than a thousandth is as good as on it."""
    target = target_of(items, rows, limits)
    unit = max(1, target // 1000)
    weight = {item.id: item.difficulty for item in items}
    for form in range(limits.forms):
        terms = [
            Term(var, weight[item] * rows[row].points)
            for (number, row, item), var in choice.items()
            if number == form
        ]
        off = model.integer(0, WORST_UNITS)
        model.add([*terms, Term(off, -unit)], high=target + unit)
        model.add([*terms, Term(off, unit)], low=target - unit)
        model.minimise(off, DIFFICULTY)


def _coverage(
    model: LinearModel, choice: Choice, items: Sequence[BankItem], rows: Sequence[Row], limits: Limits
) -> None:
    """As many requirements as can be on each form, and none crowded."""
    tests = {item.id: item.requirements for item in items}
    asked = frozenset().union(*(row.requirements for row in rows)) if rows else frozenset()
    size = sum(row.count for row in rows)
    fair = -(-size // max(1, len(asked)))
    for form in range(limits.forms):
        by_requirement: dict[int, list[int]] = {}
        for (number, _row, item), var in choice.items():
            if number == form:
                for requirement in tests[item] & asked:
                    by_requirement.setdefault(requirement, []).append(var)
        for _requirement, variables in sorted(by_requirement.items()):
            missing = model.boolean()
            model.add([*total(variables), Term(missing)], low=1)
            model.minimise(missing, UNCOVERED)
            if len(variables) > fair + 1:
                crowd = model.integer(0, len(variables))
                model.add([*total(variables), Term(crowd, -1)], high=fair + 1)
                model.minimise(crowd, CROWDED)


def _likeness(
    model: LinearModel, choice: Choice, items: Sequence[BankItem], rows: Sequence[Row], limits: Limits
) -> None:
    """Forms alike in how many items there are of a cognitive level and, where rows leave it open, of a kind."""
    if limits.forms < 2:
        return
    traits = {item.id: (("cognitive", item.cognitive), ("kind", item.kind)) for item in items}
    open_kind = {index for index, row in enumerate(rows) if not row.kind}
    counted: dict[tuple[str, str], dict[int, list[int]]] = {}
    for (form, row, item), var in choice.items():
        for trait in traits[item]:
            if trait[0] == "cognitive" or row in open_kind:
                counted.setdefault(trait, {}).setdefault(form, []).append(var)
    size = sum(row.count for row in rows)
    for _trait, by_form in sorted(counted.items()):
        low, high, apart = model.integer(0, size), model.integer(0, size), model.integer(0, size)
        for form in range(limits.forms):
            variables = by_form.get(form, [])
            model.add([*total(variables), Term(low, -1)], low=0)
            model.add([*total(variables), Term(high, -1)], high=0)
        model.add([Term(high), Term(low, -1), Term(apart, -1)], high=1)  # one apart is alike enough
        model.minimise(apart, UNLIKE)


def _exposure(model: LinearModel, choice: Choice, items: Sequence[BankItem]) -> None:
    """Seldom-used items first: what counts is how much more an item was used than the least used one."""
    least = min((item.exposure for item in items), default=0)
    more = {item.id: min(item.exposure - least, 20) for item in items}
    for (_form, _row, item), var in choice.items():
        if more[item]:
            model.minimise(var, EXPOSED * more[item])
