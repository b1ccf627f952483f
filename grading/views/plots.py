"""Figures as numbers for SVG templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..queries.exams import Bin

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 24, 34


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its words."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int
    middle: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """All that the template draws."""

    bars: list[Bar]
    ticks: list[tuple[float, int]]
    edges: list[tuple[float, int]]
    rule_x: float | None
    rule_label: str
    total: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    base: int = HEIGHT - BOTTOM
    top: int = TOP


def histogram(bins: Sequence[Bin], *, rule: Decimal | None) -> Histogram:
    """Bars of the bins; ``rule`` is the pass mark in percent."""
    most = max([entry.count for entry in bins] + [1])
    step = max(1, -(-most // 4))
    top_value = step * -(-most // step)
    span = WIDTH - LEFT - RIGHT
    rise = HEIGHT - TOP - BOTTOM

    def x_at(percent: float) -> float:
        return round(LEFT + span * percent / 100, 1)

    def y_at(count: int) -> float:
        return round(HEIGHT - BOTTOM - rise * count / top_value, 1)

    bars = []
    for entry in bins:
        left, right = x_at(entry.low) + 2, x_at(entry.high) - 2
        y = y_at(entry.count)
        label = f"{entry.low}–{entry.high if entry.high == 100 else entry.high - 1}%"
        bars.append(
            Bar(
                left,
                y,
                round(right - left, 1),
                round(HEIGHT - BOTTOM - y, 1),
                label,
                entry.count,
                round((left + right) / 2, 1),
            )
        )
    return Histogram(
        bars=bars,
        ticks=[(y_at(value), value) for value in range(0, top_value + 1, step)],
        edges=[(x_at(value), value) for value in range(0, 101, 20)],
        rule_x=None if rule is None else x_at(float(rule)),
        rule_label="" if rule is None else f"{rule.normalize():f}%",
        total=sum(entry.count for entry in bins),
    )
