"""Settling the numbers of a tree: what stands in the document against its place and its children."""

from __future__ import annotations

from collections import Counter

from standards.importing.codes import Role
from standards.importing.findings import Finding
from standards.importing.nodes import Node, Numerals


def settle_numbers(domains: list[Node], findings: list[Finding]) -> None:
    """Give each node its `number`; every number that differs from the document's gets a finding."""
    _Settler(findings).level(domains)


class _Settler:
    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings

    def add(self, node: Node, kind: str, before: str, after: str) -> None:
        finding = Finding(kind, node.line, before, after, field="code")
        node.findings.append(finding)
        self.findings.append(finding)

    def level(self, domains: list[Node]) -> None:
        used: set[int] = set()
        previous = 0
        for domain in domains:
            number = self._pick(
                own=domain.own[0] if domain.own else None,
                vote=_vote(task.own[0] for task in domain.children if task.own and not task.local),
                expected=previous + 1,
                first=previous == 0,
                used=used,
            )
            self._explain(domain, (number,), "repair.domain_number", (previous,) if previous else None)
            used.add(number)
            previous = number
            domain.number = (number,)
            self.domain(domain)

    def domain(self, domain: Node) -> None:
        used: set[int] = set()
        previous = 0
        for task in domain.children:
            votes = (child.own[1] for child in task.children if child.own and not child.local)
            number = self._pick(
                own=task.own[1] if task.own else None,
                vote=_vote(votes),
                expected=previous + 1,
                first=False,
                used=used,
            )
            path = (*domain.number, number)
            self._explain(task, path, "repair.task_number", (*domain.number, previous))
            used.add(number)
            previous = number
            task.number = path
            self.task(task)

    def task(self, task: Node) -> None:
        used: set[int] = set()
        previous = 0
        children = task.children
        for index, child in enumerate(children):
            following = next((c.own[2] for c in children[index + 1 :] if c.own), None)
            own = child.own[2] if child.own else None
            number = own if own is not None else previous + 1
            kind = "repair.requirement_prefix"
            if number in used:
                fits = previous + 1 not in used and (following is None or following > previous + 1)
                kind = "repair.requirement_number" if fits else "error.duplicate_code"
                number = previous + 1 if fits else max(used) + 1
                if not fits:
                    taken = {c.own[2] for c in children if c.own}
                    number = max(used | taken) + 1
            elif child.own is None and following is not None and following <= number:
                number = max(used | {c.own[2] for c in children if c.own}) + 1
            path = (*task.number, number)
            self._explain(child, path, kind, (*task.number, previous))
            used.add(number)
            previous = number
            child.number = path

    def _pick(self, *, own: int | None, vote: int | None, expected: int, first: bool, used: set[int]) -> int:
        """The number that most of the evidence (written number, children, place) speaks for."""
        candidates = Counter({expected: 1} if not first else {})
        if own is not None:
            candidates[own] += 2 if own not in used else 0
        if vote is not None:
            candidates[vote] += 2 if vote not in used else 0
        free = {number: weight for number, weight in candidates.items() if number not in used and weight > 0}
        if not free:
            return max(used, default=0) + 1
        return max(free, key=lambda number: (free[number], number == vote))

    def _explain(self, node: Node, path: Numerals, kind: str, previous: Numerals | None) -> None:
        text = ".".join(map(str, path))
        if node.own is None:
            if node.parts:
                kind = "repair.code_inferred"
                if node.role is Role.REQUIREMENT:
                    kind = "doubt.code_inferred"
                self.add(node, kind, node.text, f"{text} {node.text}")
        elif node.own != path:
            raw = node.code_text.text if node.code_text else ""
            mark = raw[len(node.code.raw) :] if node.code else ""
            if node.role is Role.TASK and node.own[1:] == path[1:]:
                kind = "repair.task_prefix"
            if node.role is Role.REQUIREMENT and kind != "error.duplicate_code" and node.own[-1] == path[-1]:
                kind = "repair.requirement_prefix"
            self.add(node, kind, f"{raw}{node.text}", f"{text}{mark or ' '}{node.text}")
        if previous is not None and path[-1] > previous[-1] + 1:
            where = ".".join(map(str, previous)) if previous[-1] else "开头"
            self.add(node, "doubt.number_gap", f"{where} → {text}", f"{where} → {text}")
        elif previous is not None and path[-1] < previous[-1]:
            where = ".".join(map(str, previous))
            self.add(node, "doubt.number_gap", f"{where} → {text}", f"{where} → {text}")


def _vote(numbers: object) -> int | None:
    counted = Counter(numbers)  # type: ignore[call-overload]
    return counted.most_common(1)[0][0] if counted else None
