"""Bytes of a document → draft edition, with every character accounted for."""

from __future__ import annotations

from pathlib import PurePath

from standards.importing.blocks import Document, cut_document
from standards.importing.doubts import find_doubts
from standards.importing.draft import DraftEdition
from standards.importing.errors import ImportRefused
from standards.importing.findings import Finding
from standards.importing.front import FrontReader
from standards.importing.ledger import Account, Ledger
from standards.importing.reader import SourceText, read_source
from standards.importing.tables import read_levels

_ORDER = {"error": 0, "repair": 1, "doubt": 2}


def read_standard(data: bytes, name: str) -> DraftEdition:
    """Read a standard document. Raises `ImportRefused` when it can't be read or holds no requirements."""
    source = read_source(data, name)
    document = cut_document(source)
    if not document.tables:
        raise ImportRefused(
            "no_table",
            "文件里没有找到职业技能等级要求的表。",
            place=name,
            hint="需要有“工作领域、工作任务、职业技能要求”的表头，或 1.1.1 这样编号的要求；"
            "如果表格是图片，请先识别成文字。",
        )
    findings: list[Finding] = list(source.findings)
    ledger = Ledger(source.text)
    ledger.claim(source.invisible, Account.REPAIRED)
    edition = DraftEdition(
        source_text=source.text, source_sha256=source.sha256, encoding=source.encoding, findings=findings
    )
    declared = FrontReader(edition, document, ledger, findings).read()
    edition.levels = read_levels(source, document, declared, edition.title, ledger, findings)
    if not any(level.requirements for level in edition.levels):
        table = document.tables[0]
        place = table.caption or (table.lines[0] if table.lines else None)
        where = f"{name} 第 {place.number} 行" if place is not None else name
        raise ImportRefused(
            "no_requirements",
            "表里没有读到任何一条职业技能要求。",
            place=where,
            hint="请检查表的内容是否完整，要求是否带有 1.1.1 这样的编号。",
        )
    if not edition.title:
        edition.title = PurePath(name).stem
    findings.extend(find_doubts(edition.levels))
    _close_ledger(source, document, ledger, edition)
    findings.sort(key=lambda finding: (finding.line, _ORDER[finding.severity], finding.kind))
    return edition


def _close_ledger(source: SourceText, document: Document, ledger: Ledger, edition: DraftEdition) -> None:
    """What nobody claimed becomes a finding, so that nothing is lost unsaid; then the sums are kept."""
    ledger.close_blanks()
    table_lines: set[int] = set()
    for table in document.tables:
        if table.caption is not None:
            table_lines.add(table.caption.number)
        table_lines.update(line.number for line in table.lines)
    ranges = []
    for number, start in enumerate(source.starts, 1):
        end = source.starts[number] if number < len(source.starts) else len(source.text)
        if number in table_lines:
            ranges.append((start, end))
        left = ledger.unclaimed(start, end)
        if left:
            text = "".join(source.text[offset] for offset in left).strip()
            kind = "error.unaccounted" if number in table_lines else "doubt.unused_text"
            edition.findings.append(Finding(kind, number, text, ""))
            ledger.claim(left, Account.REPORTED)
    edition.table_ledger = ledger.summary(ranges)
    edition.document_ledger = ledger.summary()
