"""Proposing a blueprint's rows from a tree and what the bank holds: counts by task and kind, then points by kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .linear import LinearModel, Term, total

MIX = {
    "single_choice": 40,
    "multiple_choice": 15,
    "true_false": 10,
    "fill_blank": 9,
    "numeric": 9,
    "matching": 6,
    "ordering": 5,
    "short_answer": 6,
}
"""Percent of the items by kind, as far as the bank goes."""

WORTH = {
    "single_choice": 4,
    "multiple_choice": 6,
    "true_false": 2,
    "fill_blank": 4,
    "numeric": 6,
    "matching": 6,
    "ordering": 6,
    "short_answer": 12,
}
"""How much an item of a kind is worth beside others: about the minutes it takes, times four."""

EASY_KINDS = ("single_choice", "multiple_choice", "true_false")
"""What lower levels' requirements are tested with when a blueprint draws on them."""

EFFORT = 6.0
STEPS = (Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(1, 10))


@dataclass(frozen=True, slots=True)
class TaskNode:
    """A task with its domain and number of requirements; ``stock`` is items that may be used, by kind."""

    id: int
    domain: int
    requirements: int
    stock: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ProposedRow:
    """``count`` items of ``kind`` from a task, or from a whole domain where single tasks hold too few."""

    node: str
    id: int
    kind: str
    count: int


def shares(wanted: int, weights: Sequence[int]) -> list[int]:
    """``wanted`` split in proportion to the weights, by largest remainder."""
    whole = sum(weights) or 1
    exact = [Fraction(wanted * weight, whole) for weight in weights]
    given = [int(part) for part in exact]
    order = sorted(range(len(weights)), key=lambda index: (given[index] - exact[index], index))
    for index in order[: wanted - sum(given)]:
        given[index] += 1
    return given


def propose_rows(tasks: Sequence[TaskNode], wanted: int, forms: int) -> list[ProposedRow]:
    """Rows for about ``wanted`` items that the bank can fill ``forms`` times over without using an item twice.

    Every task has a row of its own unless it has no stock; tasks get items in proportion to their requirements, and
    each kind that the bank holds enough of appears. A kind too rare in single tasks is asked for from the domain.
    """
    tasks = [task for task in tasks if any(task.stock.get(kind, 0) for kind in MIX)]
    model = LinearModel()
    cells: dict[tuple[str, int, str], int] = {}
    for domain in sorted({task.domain for task in tasks}):
        _domain_cells(model, cells, [task for task in tasks if task.domain == domain], forms)
    if not cells:
        return []
    capacity = sum(model.bounds[var][1] for (node, _id, _kind), var in cells.items() if node == "task")
    short = model.integer(0, max(wanted, capacity))
    model.add([*total(cells.values()), Term(short)], wanted, wanted)
    model.minimise(short, 40)
    _task_shares(model, cells, tasks, wanted)
    _kind_shares(model, cells, wanted)
    _row_numbers(model, cells, tasks)
    solution = model.solve(effort=EFFORT)
    return [
        ProposedRow(node, pk, kind, solution.values[var])
        for (node, pk, kind), var in cells.items()
        if solution.found and solution.values[var]
    ]


def _domain_cells(
    model: LinearModel, cells: dict[tuple[str, int, str], int], tasks: list[TaskNode], forms: int
) -> None:
    """Variables of one domain: a kind is drawn either from its tasks or from the domain as a whole."""
    domain = tasks[0].domain
    for kind in MIX:
        at_tasks = {task.id: task.stock.get(kind, 0) // forms for task in tasks}
        at_domain = sum(task.stock.get(kind, 0) for task in tasks) // forms
        made = {pk: model.integer(0, most) for pk, most in at_tasks.items() if most}
        cells.update({("task", pk, kind): var for pk, var in made.items()})
        if at_domain and len(made) < len(tasks):
            whole, chosen = model.integer(0, at_domain), model.boolean()
            cells["domain", domain, kind] = whole
            model.add([Term(whole), Term(chosen, -at_domain)], high=0)
            for pk, var in made.items():
                model.add([Term(var), Term(chosen, at_tasks[pk])], high=at_tasks[pk])


def _task_shares(
    model: LinearModel, cells: Mapping[tuple[str, int, str], int], tasks: Sequence[TaskNode], wanted: int
) -> None:
    """Each task near its share, domains nearer still; items drawn from a domain count for the domain alone."""
    by_domain: dict[int, int] = defaultdict(int)
    for task, share in zip(tasks, shares(wanted, [task.requirements for task in tasks]), strict=True):
        own = [var for (node, pk, _kind), var in cells.items() if node == "task" and pk == task.id]
        by_domain[task.domain] += share
        if own:
            model.add(total(own), low=1)
            _near(model, own, share, 3)
    for domain, share in by_domain.items():
        members = {task.id for task in tasks if task.domain == domain}
        inside = [
            var
            for (node, pk, _kind), var in cells.items()
            if (node == "domain" and pk == domain) or (node == "task" and pk in members)
        ]
        _near(model, inside, share, 4)


def _row_numbers(
    model: LinearModel, cells: Mapping[tuple[str, int, str], int], tasks: Sequence[TaskNode]
) -> None:
    """A task is asked for in three kinds if it can be; beyond that, few rows read better than many."""
    used = {cell: model.boolean() for cell in cells}
    for cell, var in cells.items():
        model.add([Term(var), Term(used[cell], -max(1, model.bounds[var][1]))], high=0)
        model.add([Term(var), Term(used[cell], -1)], low=0)
        model.minimise(used[cell])
    for task in tasks:
        own = [mark for (node, pk, _kind), mark in used.items() if node == "task" and pk == task.id]
        fewer = model.integer(0, 3)
        model.add([*total(own), Term(fewer)], low=3)
        model.minimise(fewer, 4)


def _kind_shares(model: LinearModel, cells: Mapping[tuple[str, int, str], int], wanted: int) -> None:
    kinds = list(MIX)
    for kind, share in zip(kinds, shares(wanted, list(MIX.values())), strict=True):
        own = [var for (_node, _pk, name), var in cells.items() if name == kind]
        if own:
            missing = model.boolean()
            model.add([*total(own), Term(missing)], low=1)
            model.minimise(missing, 12)
            _near(model, own, share, 4)


def _near(model: LinearModel, variables: list[int], aim: int, weight: int) -> None:
    most = aim + sum(model.bounds[var][1] for var in variables)
    off = model.integer(0, most)
    model.add([*total(variables), Term(off, -1)], high=aim)
    model.add([*total(variables), Term(off)], low=aim)
    model.minimise(off, weight)


def propose_lower(tasks: Sequence[TaskNode], wanted: int, forms: int) -> list[ProposedRow]:
    """Rows for ``wanted`` items of lower levels, by domain, with the kinds that ask quickly."""
    domains: dict[int, list[TaskNode]] = {}
    for task in tasks:
        domains.setdefault(task.domain, []).append(task)
    ids = list(domains)
    asked = shares(wanted, [sum(task.requirements for task in domains[pk]) for pk in ids])
    rows = []
    for pk, share in zip(ids, asked, strict=True):
        for kind in EASY_KINDS:
            held = sum(task.stock.get(kind, 0) for task in domains[pk]) // forms
            part = min(held, -(-share * 2 // 3) if kind == EASY_KINDS[0] else share)
            if part > 0:
                rows.append(ProposedRow("domain", pk, kind, part))
                share -= part
    return rows


def propose_points(counts: Mapping[str, int], points: int) -> dict[str, Fraction]:
    """Points of one item of each kind so that all together make exactly ``points``.

    Whole points if these do the kinds justice, else halves, quarters or tenths; empty when no such points exist.
    """
    counts = {kind: count for kind, count in counts.items() if count}
    whole = sum(count * WORTH.get(kind, 4) for kind, count in counts.items())
    if not whole:
        return {}
    found: dict[str, Fraction] = {}
    for step in STEPS:
        each, near = _points_in_steps(counts, points, step, whole)
        found = each or found
        if near:
            break
    return found


def _points_in_steps(
    counts: Mapping[str, int], points: int, step: Fraction, whole: int
) -> tuple[dict[str, Fraction], bool]:
    """Points in multiples of the step, and whether each kind's are within a third of what it is worth."""
    model = LinearModel()
    sum_wanted = int(points / step)
    each = {kind: model.integer(1, sum_wanted) for kind in counts}
    aims = {kind: Fraction(WORTH.get(kind, 4) * points, whole) / step for kind in counts}
    model.exactly([Term(each[kind], count) for kind, count in counts.items()], sum_wanted)
    for kind, count in counts.items():
        off = model.integer(0, sum_wanted * 100)
        model.add([Term(each[kind], 100), Term(off, -1)], high=round(aims[kind] * 100))
        model.add([Term(each[kind], 100), Term(off)], low=round(aims[kind] * 100))
        model.minimise(off, count)
    for light in counts:  # what takes longer is never worth less
        for heavy in counts:
            if WORTH.get(light, 4) <= WORTH.get(heavy, 4) and light != heavy:
                model.add([Term(each[light]), Term(each[heavy], -1)], high=0)
    solution = model.solve(effort=EFFORT)
    if not solution.found:
        return {}, False
    values = {kind: solution.values[var] for kind, var in each.items()}
    near = all(abs(values[kind] - aims[kind]) * 3 <= aims[kind] for kind in counts)
    return {kind: value * step for kind, value in values.items()}, near
