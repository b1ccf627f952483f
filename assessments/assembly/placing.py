"""The hard rules of assembly: rows kept, no item twice on a form, no more overlap than allowed, enemies apart."""

from __future__ import annotations

from collections.abc import Sequence

from .linear import LinearModel, Term, total
from .parts import BankItem, Limits, Row

Choice = dict[tuple[int, int, int], int]
"""The variable of (form, row index, item id)."""


def place(
    model: LinearModel, items: Sequence[BankItem], rows: Sequence[Row], limits: Limits, *, slack: bool = False
) -> Choice:
    """The variables and the hard rules. With ``slack`` rows may stay short, and being short is what is minimised."""
    choice: Choice = {}
    for form in range(limits.forms):
        for index, row in enumerate(rows):
            fitting = [item.id for item in items if row.fits(item)]
            made = [model.boolean() for _item in fitting]
            choice.update({(form, index, item): var for item, var in zip(fitting, made, strict=True)})
            terms = total(made)
            if slack:
                short = model.integer(0, row.count)
                model.minimise(short)
                terms.append(Term(short))
            model.exactly(terms, row.count)
    _once(model, choice, limits)
    _apart(model, choice, rows, limits)
    for enemies in limits.enemies:
        for form in range(limits.forms):
            model.add(
                total(var for key, var in choice.items() if key[0] == form and key[2] in enemies), high=1
            )
    return choice


def _once(model: LinearModel, choice: Choice, limits: Limits) -> None:
    """An item stands on a form at most once."""
    places: dict[tuple[int, int], list[int]] = {}
    for (form, _row, item), var in choice.items():
        places.setdefault((form, item), []).append(var)
    for variables in places.values():
        if len(variables) > 1:
            model.add(total(variables), high=1)


def _apart(model: LinearModel, choice: Choice, rows: Sequence[Row], limits: Limits) -> None:
    """Forms have no more items in common than allowed, shared rows aside."""
    uses: dict[int, dict[int, list[int]]] = {}
    for (form, row, item), var in choice.items():
        if not rows[row].shared:
            uses.setdefault(item, {}).setdefault(form, []).append(var)
    if limits.max_overlap == 0:
        for by_form in uses.values():
            model.add(total(var for variables in by_form.values() for var in variables), high=1)
        return
    for first in range(limits.forms):
        for second in range(first + 1, limits.forms):
            common = []
            for by_form in uses.values():
                if first in by_form and second in by_form:
                    both = model.boolean()
                    model.add([*total(by_form[first] + by_form[second]), Term(both, -1)], high=1)
                    common.append(both)
            model.add(total(common), high=limits.max_overlap)
