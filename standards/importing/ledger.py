"""The account of every character of the source: used, structure, blank, repaired or reported.

A character can be claimed once only; what nobody claims is turned into a finding by the engine,
so nothing of the document can be lost without being said.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Account(IntEnum):
    """What became of a character."""

    UNCLAIMED = 0
    USED = 1  # stands in the draft: a code, a name, a requirement, a front matter text
    STRUCTURE = 2  # captions, column heads, section heads, contents page, table markup
    BLANK = 3  # blanks, tabs and line ends between the parts
    REPAIRED = 4  # taken out or replaced by a repair that the report lists
    REPORTED = 5  # not in the draft; a finding shows it


class DoubleClaim(AssertionError):
    """Two parts of the draft claimed one character: a fault of the importer, never of the document."""


class Ledger:
    """One account per character of `text`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._accounts = bytearray(len(text))

    def claim(self, offsets: Iterable[int], account: Account) -> None:
        for offset in offsets:
            if offset < 0:
                continue
            if self._accounts[offset]:
                raise DoubleClaim(f"character {offset} {self.text[offset]!r} is claimed twice")
            self._accounts[offset] = account

    def claim_rest(self, offsets: Iterable[int], account: Account) -> None:
        """Claim those of the offsets that are still free."""
        self.claim([o for o in offsets if o >= 0 and not self._accounts[o]], account)

    def close_blanks(self) -> None:
        """Blanks nobody needed are separators."""
        for offset, char in enumerate(self.text):
            if not self._accounts[offset] and char.isspace():
                self._accounts[offset] = Account.BLANK

    def of(self, offset: int) -> Account:
        return Account(self._accounts[offset])

    def unclaimed(self, start: int, end: int) -> list[int]:
        return [offset for offset in range(start, end) if not self._accounts[offset]]

    def summary(self, ranges: Iterable[tuple[int, int]] | None = None) -> dict[str, int]:
        """Characters by account, over the given half-open ranges or the whole text."""
        counts = {account.name.lower(): 0 for account in Account}
        total = 0
        for start, end in ranges if ranges is not None else [(0, len(self.text))]:
            for value in self._accounts[start:end]:
                counts[Account(value).name.lower()] += 1
                total += 1
        return {"total": total, **counts}
