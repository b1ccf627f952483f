"""All addresses of the site, walked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

SAMPLES = {
    "IntConverter": 999_999_999,
    "SlugConverter": "x",
    "UUIDConverter": "00000000-0000-4000-8000-000000000000",
    "PathConverter": "x",
    "StringConverter": "x",
}


@dataclass(frozen=True)
class Address:
    """name: `namespace:name`; view: the callback; arguments: sample values for its converters."""

    name: str
    view: Any
    arguments: dict[str, Any]
    route: str


def addresses() -> list[Address]:
    """Every URL pattern of the root URLconf, in order."""
    return list(_walk(get_resolver().url_patterns, "", {}, ""))


def _walk(patterns: list[Any], namespace: str, converters: dict[str, Any], route: str) -> Iterator[Address]:
    for pattern in patterns:
        known = converters | pattern.pattern.converters
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, known, here)
        elif isinstance(pattern, URLPattern):
            arguments = {name: SAMPLES.get(type(one).__name__, "x") for name, one in known.items()}
            yield Address(
                f"{namespace}{pattern.name}" if pattern.name else "", pattern.callback, arguments, here
            )
