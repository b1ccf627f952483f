"""Whether a number in a piece of text is a code: judged by what is open, by order, and by what stands around it."""

from __future__ import annotations

import re

from standards.importing import words
from standards.importing.cells import Piece
from standards.importing.codes import Code, Numbering, Role, code_at, leading_code
from standards.importing.findings import Finding
from standards.importing.ledger import Ledger
from standards.importing.nodes import Node, Numerals

_START = re.compile(
    "(?<=[\\s。；;！!？?，,、])(?=[0-9０-９（(一二三四五六七八九十①-⑳])|(?<=[\u4e00-\u9fff])(?=[0-9０-９]{1,2}[.．-])"
)
_TAIL = re.compile("(?:^|(?<=[\\s。；;！!？?]))([0-9０-９][0-9０-９.．\\-－ \u3000]{0,9})$")
_NEAR = 90
"""How many characters around a number are looked at."""


class CodeJudge:
    """The state of a tree under construction, and the judgements on codes that need it."""

    def __init__(self, ledger: Ledger, findings: list[Finding]) -> None:
        self.ledger = ledger
        self.findings = findings
        self.domains: list[Node] = []
        self.domain: Node | None = None
        self.task: Node | None = None
        self.requirement: Node | None = None
        self.open: Node | None = None
        self.numbering = Numbering({})
        self.columns: dict[str, int] = {}
        self.row_prefix: Numerals | None = None
        self.pending: list[Node] = []
        self.filled: Node | None = None

    def _mend_cut_code(self, piece: Piece) -> Piece:
        """Put a code together that was cut by a line end: `… 1.1` / `.2 能够…`."""
        node = self.open
        if node is None or not node.parts:
            return piece
        last = node.parts[-1]
        tail = _TAIL.search(last.text)
        if tail is None or not last.text[: tail.start()].strip():
            return piece
        head = piece.text.text.lstrip()
        joined = tail[1].rstrip() + head
        code = code_at(joined, max_depth=self.numbering.max_depth)
        if code is None or code.end <= len(tail[1].rstrip()) or not self._succeeds(code, node):
            return piece
        own = leading_code(piece.text, max_depth=self.numbering.max_depth)
        if own is not None and self._succeeds(own, node) and self._is_sequel(own):
            return piece
        cut = tail.start(1)
        node.parts[-1] = last[:cut]
        fragment = last[cut : cut + len(tail[1].rstrip())]
        offset = len(piece.text) - len(head)
        self.findings.append(
            Finding(
                "repair.row_joined", piece.line, f"{fragment.text}\n{head[:24]}", joined[: 24 + len(fragment)]
            )
        )
        return Piece(fragment + piece.text[offset:], piece.line, piece.column, piece.width, piece.row)

    def _succeeds(self, code: Code, node: Node) -> bool:
        role = self.numbering.role(code)
        numerals = code.numerals[self.numbering.base :]
        if role is Role.REQUIREMENT and len(numerals) == 3:
            if node.role is Role.REQUIREMENT and node.own is not None:
                return numerals == (*node.own[:2], node.own[2] + 1)
            return node.role is Role.TASK and numerals[2] == 1
        return False

    def _is_sequel(self, code: Code) -> bool:
        """Whether a task's or domain's code is the next to come."""
        role = self.numbering.role(code)
        numerals = code.numerals[self.numbering.base :]
        if role is Role.TASK and len(numerals) == 2 and self.task is not None and self.task.own:
            return numerals in ((self.task.own[0], self.task.own[1] + 1), (self.task.own[0] + 1, 1))
        return False

    def _accept_leading(self, code: Code, piece: Piece) -> bool:
        """Whether the number a piece starts with is a code and not part of a sentence."""
        role = self.numbering.role(code)
        if role is None:
            return False
        rest = piece.text.text[code.end :].strip()
        if piece.column is not None and self._column_role(piece) is role:
            return True
        waiting = (
            self.requirement is not None and self.open is self.requirement and not self._complete(self.open)
        )
        if role is Role.REQUIREMENT:
            return not (code.style.local and waiting and self.requirement and not self.requirement.empty)
        if waiting and words.looks_complete(rest) and not self._is_sequel(code):
            return False
        if role is Role.DOMAIN and code.style.kind == "dec" and code.end == code.start + len(code.raw):
            # A bare number without dot or blank after it ("3D 打印") is no code.
            return not rest
        return not (role is Role.DOMAIN and waiting and not rest)

    def _next_code(self, text: str, start: int, current: Code | None) -> Code | None:
        """The next code inside a piece that goes on from what is open, or None."""
        for match in _START.finditer(text, start):
            if match.start() <= start and current is not None:
                continue
            code = code_at(text, match.start(), max_depth=self.numbering.max_depth)
            if code is None:
                continue
            role = self.numbering.role(code)
            if role is not None and self._plausible_inside(code, role, text, start, current):
                return code
        return None

    def _plausible_inside(self, code: Code, role: Role, text: str, start: int, current: Code | None) -> bool:
        before = text[max(start, code.start - _NEAR) : code.start].rstrip()
        after = text[code.end : code.end + _NEAR]
        base = self.numbering.base
        numerals = code.numerals[base:]
        current_role = self.numbering.role(current) if current else (self.open.role if self.open else None)
        here = current.numerals[base:] if current else (self.open.own if self.open else None)
        if not after.strip():
            return False
        ends = before.endswith(tuple(words.SENTENCE_END))
        blank = text[code.start - 1].isspace()
        if code.style.local:
            if role is Role.REQUIREMENT:
                last = here[-1] if here and current_role is Role.REQUIREMENT else 0
                return (ends or (blank and code.style.kind != "dec")) and numerals[-1] == last + 1
            # A domain's number inside a line must be followed by its first task.
            follow = re.search(r"\S\s+([0-9０-９].*)", after)
            inner = code_at(follow[1], max_depth=self.numbering.max_depth) if follow else None
            return bool(
                inner
                and (blank or ends)
                and self.numbering.role(inner) is Role.TASK
                and inner.numerals[base:] == (numerals[-1], 1)
                and code.raw != text[code.start : code.end].rstrip()
            )
        if role is Role.REQUIREMENT:
            if ends and words.starts_like_requirement(after):
                return True
            if not (ends or blank):
                return words.starts_like_requirement(after) and self._goes_on(numerals, current_role, here)
            if here and current_role is Role.REQUIREMENT and len(here) == 3:
                return numerals[:2] == here[:2] and here[2] < numerals[2] <= here[2] + (3 if ends else 1)
            return current_role is Role.TASK and here is not None and numerals == (*here[:2], 1)
        if len(numerals) != 2:
            return False
        first = re.match(r"[^。；;]{1,60}?\s*(?=[0-9０-９])", after)
        inner = code_at(after, first.end(), max_depth=self.numbering.max_depth) if first else None
        if inner is not None and self.numbering.role(inner) is Role.REQUIREMENT:
            return inner.numerals[base:][:2] == numerals
        return (
            (blank or ends) and current_role is Role.DOMAIN and here is not None and numerals == (here[-1], 1)
        )

    @staticmethod
    def _goes_on(numerals: Numerals, current_role: Role | None, here: Numerals | None) -> bool:
        """Whether a requirement's number is the next after what is open."""
        if here is None:
            return False
        if current_role is Role.REQUIREMENT and len(here) == 3:
            return numerals == (*here[:2], here[2] + 1)
        return current_role is Role.TASK and numerals == (*here[:2], 1)

    def _column_role(self, piece: Piece) -> Role | None:
        if piece.column is None or not self.columns:
            return None
        if piece.width < len([name for name in self.columns if not name.startswith("extra")]):
            return None
        for name, role in (("domain", Role.DOMAIN), ("task", Role.TASK), ("requirement", Role.REQUIREMENT)):
            if self.columns.get(name) == piece.column:
                return role
        return None

    def _complete(self, node: Node | None) -> bool:
        return node is not None and words.looks_complete(node.tail)
