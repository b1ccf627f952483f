"""Figures about sessions that apps to the right know: how many are registered, in, done.

    session_figures.register("registered", _("报名"), lambda ids: {id: count})

Assessments shows what is registered here and imports nothing from those apps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

Count = Callable[[Collection[int]], Mapping[int, int]]


@dataclass(frozen=True)
class Figure:
    name: str
    label: Any
    count: Count


_figures: dict[str, Figure] = {}


def register(name: str, label: Any, count: Count) -> None:
    """Add a figure: ``count`` maps session ids to numbers in one query. Registering a name again replaces it."""
    _figures[name] = Figure(name, label, count)


def figures_of(session_ids: Collection[int]) -> dict[int, list[tuple[Any, int]]]:
    """For each session the labelled figures, in order of registration."""
    shown: dict[int, list[tuple[Any, int]]] = {pk: [] for pk in session_ids}
    for figure in _figures.values():
        counts = figure.count(session_ids) if session_ids else {}
        for pk in shown:
            shown[pk].append((figure.label, counts.get(pk, 0)))
    return shown
