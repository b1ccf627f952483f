"""Workbenches: the worlds of the practical tasks. See docs/workbenches.md."""
