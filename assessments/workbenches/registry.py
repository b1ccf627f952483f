"""All workbenches by name. A new one is imported and listed here."""

from __future__ import annotations

from typing import Any

from .base import Workbench
from .orders import OrdersWorkbench

_WORKBENCHES: dict[str, Workbench[Any]] = {bench.name: bench for bench in (OrdersWorkbench(),)}


def get(name: str) -> Workbench[Any]:
    """The workbench called `name`; KeyError if there is none."""
    return _WORKBENCHES[name]


def names() -> list[str]:
    """The names of all workbenches, in order of registration."""
    return list(_WORKBENCHES)


def all_workbenches() -> list[Workbench[Any]]:
    """All workbenches, in order of registration."""
    return list(_WORKBENCHES.values())
