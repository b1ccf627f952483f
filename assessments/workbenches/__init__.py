"""Workbenches: the worlds of the practical tasks. See docs/workbenches.md."""

from . import registry

__all__ = ["registry"]
