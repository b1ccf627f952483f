"""Settled nodes → plain draft rows: texts joined, names cleaned, each character claimed in the ledger."""

from __future__ import annotations

import re

from standards.importing import words
from standards.importing.draft import DraftDomain, DraftLevel, DraftRequirement, DraftTask
from standards.importing.findings import Finding
from standards.importing.ledger import Account, Ledger
from standards.importing.nodes import Node, join_parts
from standards.importing.spans import Spanned

_NAME_BLANK = re.compile(r"(?<=[\u3400-\u9fff（）、，])[ \t\u3000\u00a0]+(?=[\u3400-\u9fff（）、，])")


class Finisher:
    """Finishes the nodes of one level; `base` are the numerals all its codes start with."""

    def __init__(self, ledger: Ledger, findings: list[Finding], base: tuple[int, ...]) -> None:
        self.ledger = ledger
        self.findings = findings
        self.base = base

    def level(self, name: str, line: int, domains: list[Node]) -> DraftLevel:
        level = DraftLevel(name, line)
        for domain_node in domains:
            domain = DraftDomain(*self._named(name, domain_node, "error.domain_missing"))
            level.domains.append(domain)
            if not domain_node.children:
                self._add(name, domain_node, domain.code, "error.domain_empty", domain.name, domain.name)
            for task_node in domain_node.children:
                task = DraftTask(*self._named(name, task_node, "error.task_missing"))
                domain.tasks.append(task)
                if not task_node.children:
                    self._add(name, task_node, task.code, "error.task_empty", task.name, task.name)
                for node in task_node.children:
                    task.requirements.append(self._requirement(name, node))
        return level

    def _add(
        self, level: str, node: Node, code: str, kind: str, before: str, after: str, field: str = ""
    ) -> None:
        self.findings.append(Finding(kind, node.line, before, after, level=level, code=code, field=field))

    def _code(self, level: str, node: Node) -> str:
        code = ".".join(map(str, (*self.base, *node.number)))
        for finding in node.findings:
            finding.level, finding.code = level, code
            if finding.kind == "doubt.paired_by_order":
                finding.before = finding.after = node.text
        if node.code is None or node.code_text is None:
            return code
        raw = node.code.raw
        kept = node.own == node.number
        for char, offset in zip(raw, node.code_text.at, strict=False):
            self.ledger.claim([offset], Account.REPAIRED if char.isspace() or not kept else Account.USED)
        self.ledger.claim_rest(node.code_text.at[len(raw) :], Account.STRUCTURE)
        if kept and raw != code:
            squeezed = words.squeeze(raw)
            kind = "repair.code_blanks" if squeezed == code else "repair.code_style"
            if not (squeezed != code and squeezed.rstrip(".．、") == code):
                self._add(level, node, code, kind, raw, code, "code")
        return code

    def _named(self, level: str, node: Node, missing: str) -> tuple[str, str, int]:
        code = self._code(level, node)
        if node.empty:
            self._add(level, node, code, missing, "", "", "name")
            return code, "", node.line
        before = self._before(node)
        joined, _ = join_parts(node.parts)
        joined = joined.strip()
        continued = words.strip_continued(joined.text)
        if continued != joined.text:
            self.ledger.claim(joined.at[len(continued) :], Account.REPAIRED)
            joined = joined[: len(continued)]
        name = _without(joined, _NAME_BLANK, self.ledger)
        self.ledger.claim(name.at, Account.USED)
        if len([part for part in node.parts if part.text.strip()]) > 1:
            self._add(level, node, code, "repair.name_joined", before, name.text, "name")
        elif name.text != before:
            self._add(level, node, code, "repair.name_blank", before, name.text, "name")
        return code, name.text, node.line

    def _requirement(self, level: str, node: Node) -> DraftRequirement:
        code = self._code(level, node)
        if node.empty:
            self._add(level, node, code, "error.requirement_missing", "", "", "text")
            return DraftRequirement(code, "", node.line)
        text, _ = join_parts(node.parts)
        text = text.strip()
        self.ledger.claim(text.at, Account.USED)
        pieces = [part for part in node.parts if part.text.strip()]
        if len(pieces) > 1:
            self._add(level, node, code, "repair.row_joined", self._before(node), text.text, "text")
        return DraftRequirement(code, text.text, node.line)

    def _before(self, node: Node) -> str:
        return "\n".join(part.text.strip() for part in node.parts if part.text.strip())


def _without(text: Spanned, pattern: re.Pattern[str], ledger: Ledger) -> Spanned:
    parts = []
    position = 0
    for match in pattern.finditer(text.text):
        parts.append(text[position : match.start()])
        ledger.claim(text.at[match.start() : match.end()], Account.REPAIRED)
        position = match.end()
    parts.append(text[position:])
    return Spanned.join(parts)
