"""Text that remembers which character of the source each of its characters came from."""

from __future__ import annotations

from collections.abc import Iterable

INSERTED = -1
"""Offset of a character that the importer put in (never one of the source's)."""


class Spanned:
    """An immutable string with, for each character, its offset in the source text."""

    __slots__ = ("at", "text")

    def __init__(self, text: str, at: list[int]) -> None:
        if len(text) != len(at):
            raise ValueError("text and offsets differ in length")
        self.text = text
        self.at = at

    @classmethod
    def of(cls, text: str, start: int = 0) -> Spanned:
        return cls(text, list(range(start, start + len(text))))

    @classmethod
    def join(cls, parts: Iterable[Spanned]) -> Spanned:
        text: list[str] = []
        at: list[int] = []
        for part in parts:
            text.append(part.text)
            at.extend(part.at)
        return cls("".join(text), at)

    def __len__(self) -> int:
        return len(self.text)

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Spanned({self.text!r} @ {self.at[0] if self.at else '-'})"

    def __getitem__(self, key: slice) -> Spanned:
        return Spanned(self.text[key], self.at[key])

    def __add__(self, other: Spanned) -> Spanned:
        return Spanned(self.text + other.text, self.at + other.at)

    def strip(self) -> Spanned:
        start = len(self.text) - len(self.text.lstrip())
        end = len(self.text.rstrip())
        return self[start : max(start, end)]

    @property
    def start(self) -> int:
        """Source offset of the first character that came from the source; -1 when there is none."""
        return next((offset for offset in self.at if offset >= 0), INSERTED)
