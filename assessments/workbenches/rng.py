"""A small pseudo-random generator whose stream never changes.

``random.Random`` promises stable results only for ``random()``; a world must come out the same on every
Python version, because a candidate's mark is computed from a world generated anew from its seed. This is
SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014), seeded
through SHA-256 so that text labels can name independent streams.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


class Prng:
    """A stream of integers that depends only on the parts it was made from."""

    def __init__(self, *parts: object) -> None:
        self._parts = tuple(str(part) for part in parts)
        digest = hashlib.sha256("\x1f".join(self._parts).encode()).digest()
        self._state = int.from_bytes(digest[:8], "big")

    def fork(self, label: str) -> Prng:
        """An independent stream under `label`; what is drawn here does not shift what is drawn there."""
        return Prng(*self._parts, label)

    def next64(self) -> int:
        """The next integer in 0 .. 2**64 - 1."""
        self._state = (self._state + _GAMMA) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def below(self, bound: int) -> int:
        """A uniform integer in 0 .. bound - 1."""
        if bound <= 0:
            raise ValueError("bound must be positive")
        limit = (_MASK + 1) - ((_MASK + 1) % bound)
        while True:
            drawn = self.next64()
            if drawn < limit:
                return drawn % bound

    def between(self, low: int, high: int) -> int:
        """A uniform integer in low .. high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True in `percent` of a hundred cases."""
        return self.below(100) < percent

    def choice(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[self.below(len(options))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """A new list of all `options` in random order (Fisher-Yates)."""
        result = list(options)
        for index in range(len(result) - 1, 0, -1):
            other = self.below(index + 1)
            result[index], result[other] = result[other], result[index]
        return result

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different members of `options`."""
        if count > len(options):
            raise ValueError("cannot draw more than there are")
        return self.shuffled(options)[:count]

    def weighted(self, options: Sequence[tuple[T, int]]) -> T:
        """One of the options, each with its integer weight."""
        drawn = self.below(sum(weight for _, weight in options))
        for option, weight in options:
            if drawn < weight:
                return option
            drawn -= weight
        raise AssertionError("weights do not add up")

    def decimal(self, low: str, high: str, step: str = "0.01") -> Decimal:
        """A decimal in low .. high on the grid of `step`."""
        unit = Decimal(step)
        count = int((Decimal(high) - Decimal(low)) / unit)
        return Decimal(low) + unit * self.below(count + 1)

    def random(self) -> float:
        """A float in [0, 1); for simulated candidates, never for worlds."""
        return (self.next64() >> 11) / (1 << 53)
