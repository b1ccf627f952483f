"""What assembly reads and returns. Whole numbers only: difficulty and points are hundredths, so sums are exact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BankItem:
    """An item that may be used: ``requirements`` are those it mainly tests, ``exposure`` the frozen forms it is on."""

    id: int
    kind: str
    cognitive: str
    difficulty: int
    requirements: frozenset[int]
    exposure: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """``count`` items of ``points`` each from below a node, whose requirements are listed.

    Empty ``kind`` or ``cognitive`` means any; ``hardest`` and ``easiest`` bound the difficulty (expected proportion
    correct), both inclusive. In a ``shared`` row parallel forms may hold the same items.
    """

    id: int
    requirements: frozenset[int]
    count: int
    points: int
    kind: str = ""
    cognitive: str = ""
    hardest: int = 0
    easiest: int = 100
    shared: bool = False

    def fits(self, item: BankItem) -> bool:
        """Whether the item may stand in this row."""
        return (
            (not self.kind or item.kind == self.kind)
            and (not self.cognitive or item.cognitive == self.cognitive)
            and self.hardest <= item.difficulty <= self.easiest
            and not self.requirements.isdisjoint(item.requirements)
        )

    def needed(self, forms: int) -> int:
        """How many different items the row takes for so many forms without overlap."""
        return self.count if self.shared else self.count * forms


@dataclass(frozen=True, slots=True)
class Limits:
    """forms: how many; max_overlap: items any two forms may have in common outside shared rows; effort: the solver's
    deterministic time, about seconds; target: wanted difficulty in hundredths, None for what the bank suggests;
    enemies: sets of items of which a form may hold only one."""

    forms: int = 2
    max_overlap: int = 0
    seed: int = 1
    effort: float = 30.0
    target: int | None = None
    enemies: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    row: int
    item: int


@dataclass(frozen=True, slots=True)
class Assembled:
    """One tuple of placed items for each form, in row order. ``optimal``: no better forms exist by the objective."""

    forms: tuple[tuple[Placed, ...], ...]
    optimal: bool
    objective: int
    bound: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rows that cannot all be met, none of which can be left out of the set.

    needed: different items they take together; available: different items that fit any of them; lack: the fewest
    further items that would do. ``enemies``: it is the enemy sets that stand in the way.
    """

    rows: tuple[int, ...]
    needed: int
    available: int
    lack: int
    enemies: bool = False


@dataclass(frozen=True, slots=True)
class Infeasible:
    conflicts: tuple[Conflict, ...]


class OutOfTime(Exception):
    """The solver found neither forms nor a proof that there are none within its effort."""
