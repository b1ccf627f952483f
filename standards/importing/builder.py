"""Pieces of a level's tables → the level's tree.

Codes lead: a piece that starts with one opens a node, one without continues what is open. Where the column
is known it decides for pieces without a code. What fits nowhere becomes an `error.unplaced` finding.
"""

from __future__ import annotations

from collections.abc import Iterable

from standards.importing import words
from standards.importing.cells import Piece
from standards.importing.codes import Code, Role, leading_code
from standards.importing.findings import Finding
from standards.importing.judge import CodeJudge
from standards.importing.ledger import Account
from standards.importing.nodes import Node, Numerals, same_name
from standards.importing.spans import Spanned

_MAX_NAME = 40


class TreeBuilder(CodeJudge):
    """Builds the tree of one level; feed it the pieces of all its tables in reading order."""

    def feed_row(self, pieces: list[Piece]) -> None:
        """Feed the pieces of one row."""
        extra = {place for name, place in self.columns.items() if name.startswith("extra")}
        for index, piece in enumerate(pieces):
            if piece.column is not None and piece.column in extra and piece.width > len(extra):
                self._leave_out(piece, "doubt.extra_column")
                continue
            self.row_prefix = self._prefix_after(pieces[index + 1 :])
            self._feed(piece)

    def _prefix_after(self, pieces: Iterable[Piece]) -> Numerals | None:
        for piece in pieces:
            code = leading_code(piece.text, max_depth=self.numbering.max_depth)
            if code is not None and self.numbering.role(code) in (Role.TASK, Role.REQUIREMENT):
                numerals = code.numerals[self.numbering.base :]
                if len(numerals) >= 2:
                    return numerals
        return None

    # -- pieces ------------------------------------------------------------------------------------

    def _feed(self, piece: Piece) -> None:
        piece = self._mend_cut_code(piece)
        text = piece.text
        code = leading_code(text, max_depth=self.numbering.max_depth)
        if code is not None and not self._accept_leading(code, piece):
            code = None
        position = 0
        while True:
            body_start = code.end if code is not None else position
            if code is not None:
                pending = self._next_code(text.text, body_start, code)
                end = pending.start if pending else len(text)
                self._open_node(code, text[code.start : code.end], text[body_start:end], piece)
            else:
                pending = self._next_code(text.text, body_start, None)
                end = pending.start if pending else len(text)
                self._uncoded(text[position:end], piece)
            if pending is None:
                return
            code, position = pending, pending.start
            # Later segments of a piece are not at a row's start.
            piece = Piece(text, piece.line, piece.column, piece.width, piece.row)

    # -- nodes with codes --------------------------------------------------------------------------

    def _open_node(self, code: Code, code_text: Spanned, body: Spanned, piece: Piece) -> None:
        role = self.numbering.role(code)
        numerals = code.numerals[self.numbering.base :]
        if role is Role.DOMAIN:
            self._open_domain((numerals[-1],), code, code_text, body, piece)
        elif role is Role.TASK:
            if code.style.local:
                numerals = (*self._parent_number(self.domain), numerals[-1])
            self._open_task(numerals, code, code_text, body, piece)
        else:
            if code.style.local:
                numerals = self._local_requirement(numerals[-1])
            self._open_requirement(numerals, code, code_text, body, piece)

    def _parent_number(self, parent: Node | None) -> Numerals:
        if parent is None:
            return (1,)
        return parent.own or (len(self.domains),)

    def _local_requirement(self, last: int) -> Numerals:
        if self.task is not None and self.task.own is not None:
            return (*self.task.own, last)
        return (len(self.domains) or 1, len(self.domain.children) if self.domain else 1, last)

    def _open_domain(
        self, own: Numerals, code: Code, code_text: Spanned, body: Spanned, piece: Piece
    ) -> None:
        current = self.domain
        if current is not None and current.own == own:
            if current.empty and current.code is None:
                self._fill(current, code, code_text, body, piece)
                return
            if same_name(current.text, body.text):
                self._repeat(piece, code_text, body, current)
                return
        node = self._node(Role.DOMAIN, own, code, code_text, body, piece)
        self.domains.append(node)
        self.domain, self.task, self.requirement, self.open = node, None, None, node

    def _open_task(self, own: Numerals, code: Code, code_text: Spanned, body: Spanned, piece: Piece) -> None:
        current = self.task
        if current is not None and current.own == own:
            if current.empty and current.code is None:
                self._fill(current, code, code_text, body, piece)
                return
            if same_name(current.text, body.text):
                self._repeat(piece, code_text, body, current)
                return
        domain = self._domain_for(own, piece)
        node = self._node(Role.TASK, own, code, code_text, body, piece)
        node.local = code.style.local
        domain.children.append(node)
        self.task, self.requirement, self.open = node, None, node

    def _domain_for(self, own: Numerals, piece: Piece) -> Node:
        """The domain a task with this number belongs to; one without a name where the document has none."""
        current = self.domain
        if current is not None:
            votes = [task.own[0] for task in current.children if task.own]
            if not votes or own[0] == max(set(votes), key=votes.count):
                return current
            last = max((task.own[1] for task in current.children if task.own), default=0)
            if own[1] == last + 1 and own[1] != 1:
                return current
        node = Node(Role.DOMAIN, (own[0],), piece.line)
        self.domains.append(node)
        self.domain = node
        return node

    def _open_requirement(
        self, own: Numerals, code: Code, code_text: Spanned, body: Spanned, piece: Piece
    ) -> None:
        task = self._task_for(own, piece)
        node = self._node(Role.REQUIREMENT, own, code, code_text, body, piece)
        node.local = code.style.local
        task.children.append(node)
        self.requirement = self.open = node

    def _task_for(self, own: Numerals, piece: Piece) -> Node:
        current = self.task
        if current is not None:
            votes = [child.own[:2] for child in current.children if child.own]
            if not votes or own[:2] == max(set(votes), key=votes.count):
                return current
            last = max((child.own[2] for child in current.children if child.own), default=0)
            if own[2] == last + 1 and own[2] != 1:
                return current
        domain = self._domain_for(own[:2], piece)
        node = Node(Role.TASK, own[:2], piece.line)
        domain.children.append(node)
        self.task = node
        return node

    def _node(
        self, role: Role, own: Numerals, code: Code, code_text: Spanned, body: Spanned, piece: Piece
    ) -> Node:
        node = Node(role, own, piece.line, code, code_text)
        if body.text.strip():
            node.parts.append(body)
        return node

    def _fill(self, node: Node, code: Code, code_text: Spanned, body: Spanned, piece: Piece) -> None:
        """Give a node that was met through its children its own code and name."""
        node.code, node.code_text, node.line = code, code_text, piece.line
        node.parts = [body] if body.text.strip() else []
        self.open = node

    def _repeat(self, piece: Piece, code_text: Spanned, body: Spanned, node: Node) -> None:
        self.ledger.claim_rest(code_text.at + body.at, Account.REPAIRED)
        finding = Finding("repair.repeated_cell", piece.line, (code_text + body).text.strip(), "")
        node.findings.append(finding)
        self.findings.append(finding)
        self.open = self.requirement or node

    # -- pieces without a code ---------------------------------------------------------------------

    def _uncoded(self, text: Spanned, piece: Piece) -> None:
        if not text.text.strip():
            return
        role = self._column_role(piece)
        if role is Role.DOMAIN:
            self._uncoded_domain(text, piece)
        elif role is Role.TASK:
            self._uncoded_task(text, piece)
        elif role is Role.REQUIREMENT:
            self._uncoded_requirement(text, piece, in_cell=True)
        elif self.open is None:
            if not words.looks_complete(text.text) and len(text.text.strip()) <= _MAX_NAME:
                self._new_domain(text, piece)
            else:
                self._unplaced(text, piece)
        elif self.open.role is Role.REQUIREMENT:
            self._uncoded_requirement(text, piece, in_cell=not piece.opens_row)
        elif words.starts_like_requirement(text.text) and self.open.role is Role.TASK and not self.open.empty:
            self._uncoded_requirement(text, piece, in_cell=True)
        elif len(self.open.text) + len(text.text.strip()) <= _MAX_NAME:
            self.open.parts.append(text)
        else:
            self._unplaced(text, piece)

    def _uncoded_domain(self, text: Spanned, piece: Piece) -> None:
        current = self.domain
        if current is not None:
            if same_name(current.text, text.text):
                self._repeat(piece, text[:0], text, current)
                return
            belongs = not current.children or (
                self.row_prefix is not None
                and self.row_prefix[0] in {task.own[0] for task in current.children if task.own}
            )
            if self.row_prefix is None and self.numbering.style(Role.DOMAIN) is not None:
                belongs = True
            if belongs and (current.code is not None or not current.children):
                current.parts.append(text)
                return
            if belongs and current.empty:
                current.parts.append(text)
                return
        self._new_domain(text, piece)

    def _new_domain(self, text: Spanned, piece: Piece) -> None:
        node = Node(Role.DOMAIN, None, piece.line, parts=[text])
        self.domains.append(node)
        self.domain, self.task, self.requirement, self.open = node, None, None, node

    def _uncoded_task(self, text: Spanned, piece: Piece) -> None:
        current = self.task
        if current is not None:
            if same_name(current.text, text.text):
                self._repeat(piece, text[:0], text, current)
                return
            belongs = not current.children or (
                self.row_prefix is not None
                and len(self.row_prefix) >= 3
                and self.row_prefix[:2] in {child.own[:2] for child in current.children if child.own}
            )
            if self.row_prefix is None and self.numbering.style(Role.TASK) is not None:
                belongs = True
            if belongs and (current.code is not None or not current.children or current.empty):
                current.parts.append(text)
                return
        if self.domain is None:
            self._new_domain(text[:0], piece)
        assert self.domain is not None
        node = Node(Role.TASK, None, piece.line, parts=[text])
        self.domain.children.append(node)
        self.task, self.requirement, self.open = node, None, node

    def _uncoded_requirement(self, text: Spanned, piece: Piece, *, in_cell: bool) -> None:
        current = self._waiting_requirement()
        if current is not None and (current.empty or not self._complete(current)):
            current.parts.append(text)
            self.open = current
            return
        if self.task is None:
            self._unplaced(text, piece)
            return
        if current is None or words.starts_like_requirement(text.text) or self._no_requirement_codes():
            node = Node(Role.REQUIREMENT, None, piece.line, parts=[text])
            self.task.children.append(node)
            self.requirement = self.open = node
            return
        if in_cell:
            current.parts.append(text)
            return
        self._unplaced(text, piece)

    def _waiting_requirement(self) -> Node | None:
        """The requirement a text without code goes to; where codes came before their texts, in their order."""
        current = self.requirement
        if current is None or not current.empty or self.task is None:
            filled = self.filled
            waiting = [node for node in self.pending if node.empty]
            if filled is None or not waiting or current is not filled or not self._complete(filled):
                return current
            self._pair(waiting[0])
            return waiting[0]
        waiting = [node for node in self.task.children if node.empty]
        if len(waiting) < 2:
            return current
        self.pending = waiting
        self._pair(waiting[0])
        return waiting[0]

    def _pair(self, node: Node) -> None:
        self.filled = self.requirement = node
        finding = Finding("doubt.paired_by_order", node.line, "", "", field="text")
        node.findings.append(finding)
        self.findings.append(finding)

    def _no_requirement_codes(self) -> bool:
        return self.numbering.style(Role.REQUIREMENT) is None

    def _unplaced(self, text: Spanned, piece: Piece) -> None:
        self.ledger.claim_rest(text.at, Account.REPORTED)
        self.findings.append(Finding("error.unplaced", piece.line, text.text.strip(), ""))

    def _leave_out(self, piece: Piece, kind: str) -> None:
        self.ledger.claim_rest(piece.text.at, Account.REPORTED)
        self.findings.append(Finding(kind, piece.line, piece.bare, ""))
