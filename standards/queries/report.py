"""The import report as its page shows it: findings in groups, each with its source lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from ..enums import FindingNature, FindingState
from ..importing.findings import KINDS
from ..models import Edition, ImportFinding

_ORDER = {FindingNature.ERROR: 0, FindingNature.DOUBT: 1, FindingNature.REPAIR: 2}
CLIP = 220
MARK_LIMIT = 8000
"""Longer texts are shown without their differences marked."""


def kind_label(kind: str) -> str:
    """What a kind of finding means, in words."""
    return _(KINDS[kind]) if kind in KINDS else kind


@dataclass
class Shown:
    """A finding with what its row needs."""

    finding: ImportFinding
    context: list[tuple[int, str, bool]]
    before: list[tuple[str, bool]]
    after: list[tuple[str, bool]]

    @property
    def label(self) -> str:
        return kind_label(self.finding.kind)


@dataclass
class Group:
    """Findings of one kind."""

    kind: str
    nature: str
    label: str
    rows: list[Shown] = field(default_factory=list)
    open_count: int = 0

    @property
    def anchor(self) -> str:
        return self.kind.replace(".", "-").replace("_", "-")


def report_groups(
    edition: Edition, *, nature: str = "", only_open: bool = False, kind: str = ""
) -> list[Group]:
    """Findings by kind: errors first, then doubts, then repairs (one query)."""
    findings = edition.findings.select_related("decided_by").order_by("position")
    if nature:
        findings = findings.filter(nature=nature)
    if kind:
        findings = findings.filter(kind=kind)
    if only_open:
        findings = findings.filter(state=FindingState.OPEN)
    lines = edition.source_text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    groups: dict[str, Group] = {}
    for finding in findings:
        group = groups.setdefault(finding.kind, Group(finding.kind, finding.nature, kind_label(finding.kind)))
        group.rows.append(shown(finding, lines))
        group.open_count += finding.state == FindingState.OPEN
    return sorted(groups.values(), key=lambda group: (_ORDER.get(FindingNature(group.nature), 3), group.kind))


def shown(finding: ImportFinding, lines: list[str]) -> Shown:
    """One finding with its source context and its change marked."""
    target = finding.suggestion if finding.nature == FindingNature.DOUBT else finding.after
    before, after = marked_change(finding.before, target)
    return Shown(finding, _context(lines, finding.line or 0), before, after)


def _context(lines: list[str], line: int) -> list[tuple[int, str, bool]]:
    """The source line with the nearest non-blank ones around it."""
    if not 0 < line <= len(lines):
        return []
    found = [(line, lines[line - 1], True)]
    above = next((n for n in range(line - 1, max(0, line - 4), -1) if lines[n - 1].strip()), 0)
    below = next((n for n in range(line + 1, min(len(lines), line + 3) + 1) if lines[n - 1].strip()), 0)
    if above:
        found.insert(0, (above, lines[above - 1], False))
    if below:
        found.append((below, lines[below - 1], False))
    return [(number, _clip(text), own) for number, text, own in found]


def _clip(text: str) -> str:
    return text if len(text) <= CLIP else f"{text[:CLIP]}…"


def marked_change(before: str, after: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Both texts in stretches, each with whether it differs from the other."""
    if not after or len(before) + len(after) > MARK_LIMIT:
        return [(before, False)], [(after, False)] if after else []
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if i2 > i1:
            left.append((before[i1:i2], tag != "equal"))
        if j2 > j1:
            right.append((after[j1:j2], tag != "equal"))
    return left, right


@dataclass
class ReportSums:
    """Figures above the report."""

    total: int
    open: int
    errors: int
    doubts: int
    repairs: int
    open_errors: int
    open_doubts: int
    open_repairs: int
    settled: int


def report_sums(edition: Edition) -> ReportSums:
    """Counts by nature and state (one query)."""
    counts: Counter[tuple[str, bool]] = Counter()
    for nature, state in edition.findings.values_list("nature", "state"):
        counts[nature, state == FindingState.OPEN] += 1

    def of(nature: str) -> int:
        return counts[nature, True] + counts[nature, False]

    opened = sum(number for (_nature, is_open), number in counts.items() if is_open)
    total = sum(counts.values())
    return ReportSums(
        total=total,
        open=opened,
        errors=of(FindingNature.ERROR),
        doubts=of(FindingNature.DOUBT),
        repairs=of(FindingNature.REPAIR),
        open_errors=counts[FindingNature.ERROR, True],
        open_doubts=counts[FindingNature.DOUBT, True],
        open_repairs=counts[FindingNature.REPAIR, True],
        settled=total - opened,
    )


@dataclass(frozen=True)
class LedgerLine:
    """One line of the account of characters."""

    label: str
    number: int
    share: float
    hint: str


def ledger_lines(edition: Edition, part: str = "tables") -> tuple[int, list[LedgerLine]]:
    """The account of characters of the tables (or the document), in words, and its total."""
    ledger = (edition.ledger or {}).get(part) or {}
    total = int(ledger.get("total", 0))
    words = (
        ("used", _("进入结构"), _("编号、名称和要求的文字")),
        ("structure", _("表头和标记"), _("表题、表头、分隔符号、编号后的点")),
        ("blank", _("空白"), _("空格、制表符和换行")),
        ("repaired", _("修复"), _("去掉或换掉的字符，逐条列在下面")),
        ("reported", _("只在报告中"), _("没有收入结构，逐条列在下面")),
        ("unclaimed", _("没有着落"), _("应当为 0")),
    )
    return total, [
        LedgerLine(label, int(ledger.get(key, 0)), int(ledger.get(key, 0)) / total if total else 0.0, hint)
        for key, label, hint in words
    ]
