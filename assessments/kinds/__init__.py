"""The registry of item kinds: every module here that exposes ``KIND`` is one.

Adding a kind is adding a module, its player (``static/js/kinds/<name>.js``) and its test.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from assessments.kinds.base import Kind, NeedsPerson, Problem, Score

__all__ = ["Kind", "NeedsPerson", "Problem", "Score", "UnknownKind", "all_kinds", "get_kind", "kind_choices"]

AnyKind = Kind[Any, Any, Any]


class UnknownKind(LookupError):
    """No module registers a kind of this name."""


@cache
def _registry() -> dict[str, AnyKind]:
    found: list[AnyKind] = []
    for module in pkgutil.iter_modules(__path__):
        kind = getattr(importlib.import_module(f"{__name__}.{module.name}"), "KIND", None)
        if kind is not None:
            found.append(kind)
    found.sort(key=lambda kind: (kind.position, kind.name))
    return {kind.name: kind for kind in found}


def all_kinds() -> list[AnyKind]:
    """Every registered kind, in the order in which lists show them."""
    return list(_registry().values())


def get_kind(name: str) -> AnyKind:
    """The kind of this name; raises :class:`UnknownKind`."""
    try:
        return _registry()[name]
    except KeyError:
        raise UnknownKind(name) from None


def kind_choices() -> list[tuple[str, str]]:
    """Names and labels, for select boxes."""
    return [(kind.name, str(kind.label)) for kind in all_kinds()]
