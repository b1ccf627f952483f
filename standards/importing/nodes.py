"""The growing tree of one level, before numbers are settled."""

from __future__ import annotations

from dataclasses import dataclass, field

from standards.importing import words
from standards.importing.codes import Code, Role
from standards.importing.findings import Finding
from standards.importing.spans import INSERTED, Spanned

Numerals = tuple[int, ...]


@dataclass(slots=True, eq=False)
class Node:
    """A domain, task or requirement with what the document says of it.

    `own` is the number written in the document (full path, without its level's base numerals), None when
    there is none; `number` is the settled path.
    """

    role: Role
    own: Numerals | None
    line: int
    code: Code | None = None
    code_text: Spanned | None = None
    parts: list[Spanned] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    number: Numerals = ()
    local: bool = False

    @property
    def text(self) -> str:
        return join_parts(self.parts)[0].text.strip()

    @property
    def tail(self) -> str:
        """The last part that is not blank."""
        return next((part.text for part in reversed(self.parts) if part.text.strip()), "")

    @property
    def empty(self) -> bool:
        return not any(part.text.strip() for part in self.parts)


def join_parts(parts: list[Spanned]) -> tuple[Spanned, bool]:
    """The parts as one text, and whether a blank had to be put in or left out between two of them."""
    joined = Spanned("", [])
    changed = False
    for part in parts:
        if not part.text.strip():
            continue
        if not joined:
            joined = part
            continue
        left, right = joined.text.rstrip(), part.text.lstrip()
        gap = joined[len(left) :] + part[: len(part) - len(right)]
        joined = joined[: len(left)]
        right_part = part[len(part) - len(right) :]
        if _needs_blank(left[-1], right[0], bool(gap)):
            blank = next((gap[i : i + 1] for i, char in enumerate(gap.text) if char == " "), None)
            joined = joined + (blank or Spanned(" ", [INSERTED]))
            changed = True
        joined = joined + right_part
    return joined, changed


def _needs_blank(left: str, right: str, had_blank: bool) -> bool:
    if left.isascii() and left.isalnum() and right.isascii() and right.isalnum():
        return True
    both_wide = not left.isascii() and not right.isascii()
    return had_blank and not both_wide


def same_name(left: str, right: str) -> bool:
    return words.squeeze(words.strip_continued(left)) == words.squeeze(words.strip_continued(right))
