"""Coverage of the tree, supplied by the apps that hold the evidence.

This app knows nothing of items. Whoever does registers one function in its `AppConfig.ready`:

    from standards.coverage import Coverage, register_provider

    def coverage_of(edition) -> dict[int, Coverage]:        # by requirement id, in a constant number of queries
        ...
    register_provider(coverage_of)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import Edition

ENOUGH = 8
"""Usable items from which on a requirement counts as fully covered."""


@dataclass(frozen=True)
class Coverage:
    """What is held for one requirement. `usable`: approved or live; `kinds`: how many kinds of item;
    `practical`: practical tasks that give evidence for it."""

    items: int = 0
    usable: int = 0
    kinds: int = 0
    practical: int = 0

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(
            self.items + other.items,
            self.usable + other.usable,
            max(self.kinds, other.kinds),
            self.practical + other.practical,
        )

    @property
    def level(self) -> int:
        """Heat from 0 (nothing) to 5 (plenty)."""
        steps = (0, 1, 2, 4, ENOUGH)
        return sum(self.usable > step for step in steps[:4]) + (self.usable >= ENOUGH)


Provider = Callable[["Edition"], dict[int, Coverage]]
_providers: list[Provider] = []


def register_provider(func: Provider) -> None:
    """Let the function's figures count. Registering twice changes nothing."""
    if func not in _providers:
        _providers.append(func)


def has_providers() -> bool:
    return bool(_providers)


def coverage_of(edition: Edition) -> dict[int, Coverage]:
    """All providers' figures by requirement id."""
    total: dict[int, Coverage] = {}
    for provider in _providers:
        for requirement_id, coverage in provider(edition).items():
            total[requirement_id] = total.get(requirement_id, Coverage()) + coverage
    return total
