"""The document's tables → its levels."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from standards.importing import words
from standards.importing.blocks import Document, TableBlock
from standards.importing.builder import TreeBuilder
from standards.importing.cells import Piece, Row, header_columns, read_rows
from standards.importing.codes import Code, Numbering, Role, code_at, decide_numbering, leading_code
from standards.importing.draft import DraftLevel
from standards.importing.findings import Finding
from standards.importing.finish import Finisher
from standards.importing.ledger import Account, Ledger
from standards.importing.numbering import settle_numbers
from standards.importing.reader import SourceText


@dataclass(slots=True)
class _LevelTables:
    name: str
    line: int
    rows: list[Row] = field(default_factory=list)
    inferred: bool = False


def read_levels(
    source: SourceText,
    document: Document,
    declared: list[str],
    title: str,
    ledger: Ledger,
    findings: list[Finding],
) -> list[DraftLevel]:
    """All levels of the document, lowest first as its text declares them."""
    grouped = _group(source, document, declared, ledger, findings)
    repeated = _repeated_lines(source)
    levels = []
    for tables in grouped:
        level = _read_level(tables, title, repeated, ledger, findings)
        if tables.inferred:
            findings.append(Finding("doubt.level_inferred", tables.line, "", tables.name, level=tables.name))
        if not level.requirements:
            findings.append(
                Finding("error.level_empty", tables.line, tables.name, tables.name, level=tables.name)
            )
        levels.append(level)
    return _in_declared_order(levels, declared, findings)


def _group(
    source: SourceText, document: Document, declared: list[str], ledger: Ledger, findings: list[Finding]
) -> list[_LevelTables]:
    """Tables of one level together; a table without a level continues the one before unless it starts anew."""
    groups: list[_LevelTables] = []
    for block in document.tables:
        rows = read_rows(source, block.lines, ledger, findings)
        if block.caption is not None:
            ledger.claim_rest(block.caption.text.at, Account.STRUCTURE)
        line = block.caption.number if block.caption else (block.lines[0].number if block.lines else 1)
        known = next((group for group in groups if block.level and group.name == block.level), None)
        if known is None and not block.level and groups and not _starts_anew(rows, groups[-1]):
            known = groups[-1]
        if known is not None:
            if block.caption is not None:
                findings.append(Finding("repair.continued_caption", line, block.caption.bare, ""))
            for row in rows:
                row.number += 100_000 * len(groups)
            known.rows.extend(rows)
            continue
        for part, inferred in _split_anew(rows):
            name = block.level if not inferred else ""
            at = part[0].line if inferred and part else line
            group = _LevelTables(name, at, part, inferred=not name)
            group.name = name or _next_level(declared, groups)
            groups.append(group)
    return groups


def _split_anew(rows: list[Row]) -> list[tuple[list[Row], bool]]:
    """Cut rows where column heads come again and numbering starts again at 1.1.1: a level without caption."""
    restarts = [False] * (len(rows) + 1)
    for index in range(len(rows) - 1, -1, -1):
        codes = _requirement_codes(rows[index])
        restarts[index] = _is_first(codes[0]) if codes else restarts[index + 1]
    parts: list[tuple[list[Row], bool]] = [([], False)]
    seen = False
    for index, row in enumerate(rows):
        if index and seen and restarts[index + 1] and header_columns(row):
            parts.append(([], True))
            seen = False
        seen = seen or any(map(_is_first, _requirement_codes(row)))
        parts[-1][0].append(row)
    return parts


def _requirement_codes(row: Row) -> list[Code]:
    codes = (leading_code(piece.text) for piece in row.pieces)
    return [code for code in codes if code is not None and code.style.kind == "dec" and code.style.depth >= 3]


def _is_first(code: Code) -> bool:
    return set(code.numerals[-3:]) == {1}


def _starts_anew(rows: list[Row], group: _LevelTables) -> bool:
    codes = next((found for row in rows if (found := _requirement_codes(row))), None)
    if codes is None or not _is_first(codes[0]):
        return False
    return any(_is_first(code) for row in group.rows for code in _requirement_codes(row))


def _next_level(declared: list[str], groups: list[_LevelTables]) -> str:
    taken = {group.name for group in groups}
    if groups and groups[-1].name in declared:
        for name in declared[declared.index(groups[-1].name) + 1 :]:
            if name not in taken:
                return name
    return next((name for name in declared if name not in taken), f"等级 {len(groups) + 1}")


def _in_declared_order(
    levels: list[DraftLevel], declared: list[str], findings: list[Finding]
) -> list[DraftLevel]:
    names = [level.name for level in levels]
    if declared and set(names) == set(declared) and names != declared:
        findings.append(Finding("doubt.level_order", levels[0].line, "、".join(names), "、".join(declared)))
        return sorted(levels, key=lambda level: declared.index(level.name))
    if declared and len(declared) != len(names):
        line = levels[0].line if levels else 1
        findings.append(Finding("doubt.level_count", line, "、".join(declared), "、".join(names)))
    return levels


def _repeated_lines(source: SourceText) -> set[str]:
    counts = Counter(words.squeeze(line.bare) for line in source.lines if line.bare)
    return {text for text, count in counts.items() if count >= 3 and text not in words.ALL_HEADS}


def _read_level(
    tables: _LevelTables, title: str, repeated: set[str], ledger: Ledger, findings: list[Finding]
) -> DraftLevel:
    builder = TreeBuilder(ledger, findings)
    columns = next((found for row in tables.rows if (found := header_columns(row))), {})
    starts = _code_starts(tables.rows)
    numbering = decide_numbering(starts, columns)
    columns = _code_column(columns, tables.rows)
    builder.numbering, builder.columns = numbering, columns
    noise = _Noise(words.squeeze(title), repeated, numbering, ledger, findings)
    header_seen = False
    for index, row in enumerate(tables.rows):
        found = header_columns(row)
        if found is not None:
            text = " ".join(piece.bare for piece in row.pieces)
            if header_seen and (found or len(row.pieces) > 1):
                findings.append(Finding("repair.repeated_header", row.line, text, ""))
            header_seen = header_seen or bool(starts and builder.open is not None) or bool(found)
            for piece in row.pieces:
                ledger.claim_rest(piece.text.at, Account.STRUCTURE)
            if found:
                builder.columns = _code_column(found, tables.rows)
            continue
        if noise.take(row, tables.rows[index + 1 : index + 4]):
            continue
        builder.feed_row(row.pieces)
    settle_numbers(builder.domains, findings)
    base = _base_numerals(starts, numbering)
    return Finisher(ledger, findings, base).level(tables.name, tables.line, builder.domains)


def _code_column(columns: dict[str, int], rows: list[Row]) -> dict[str, int]:
    """A column of codes (1.1.1) is read with the texts; one of plain running numbers is left out."""
    if "code" not in columns:
        return columns
    codes = [leading_code(p.text) for row in rows for p in row.pieces if p.column == columns["code"]]
    if any(code is not None and code.style.depth >= 2 for code in codes):
        return columns
    rest = {name: place for name, place in columns.items() if name != "code"}
    return rest | {f"extra{len(rest)}": columns["code"]}


def _code_starts(rows: list[Row]) -> list[tuple[Code, int | None]]:
    starts = []
    for row in rows:
        for piece in row.pieces:
            code = leading_code(piece.text)
            bare_number = code is not None and code.raw == piece.bare and code.style.depth == 1
            if code is not None and not bare_number:
                starts.append((code, piece.column))
                starts.extend((inner, piece.column) for inner in _inner_codes(piece, code))
    return starts


_INNER = re.compile("(?<=[\\s。；;])(?=[0-9０-９（(①-⑳])")


def _inner_codes(piece: Piece, first: Code) -> list[Code]:
    """Codes inside a piece that requirements follow, for deciding on styles only."""
    found = []
    for match in _INNER.finditer(piece.text.text, first.end):
        code = code_at(piece.text.text, match.start())
        if code is None or not words.starts_like_requirement(piece.text.text[code.end :]):
            continue
        if code.style == first.style or (code.style.kind == "dec" and code.style.depth >= 3):
            found.append(code)
    return found


def _base_numerals(starts: list[tuple[Code, int | None]], numbering: Numbering) -> tuple[int, ...]:
    if not numbering.base:
        return ()
    bases = Counter(
        code.numerals[: numbering.base] for code, _ in starts if numbering.role(code) is Role.REQUIREMENT
    )
    return bases.most_common(1)[0][0] if bases else ()


_MAX_NOISE = 120
"""No running head or page number is longer."""


class _Noise:
    """Rows that are no part of a table: page numbers, running heads, rules. Each taken out is reported."""

    def __init__(
        self, title: str, repeated: set[str], numbering: Numbering, ledger: Ledger, findings: list[Finding]
    ) -> None:
        self.title = title
        self.repeated = repeated
        self.numbering = numbering
        self.ledger = ledger
        self.findings = findings

    def take(self, row: Row, following: list[Row]) -> bool:
        kind = self._kind(row, following)
        if kind is None:
            return False
        for piece in row.pieces:
            self.ledger.claim_rest(piece.text.at, Account.REPAIRED)
        self.findings.append(Finding(kind, row.line, "\t".join(piece.bare for piece in row.pieces), ""))
        return True

    def _kind(self, row: Row, following: list[Row]) -> str | None:
        texts = [piece.bare for piece in row.pieces]
        if all(words.RULE_LINE.match(text) for text in texts) and words.RULE_DASH.search("".join(texts)):
            return "repair.rule_line"
        if len(texts) != 1:
            return None
        text = texts[0]
        if len(text) > _MAX_NOISE:
            return None
        if words.IMAGE_MARK.match(text):
            return "repair.image_mark"
        if words.PAGE_NUMBER.match(text) or words.ROMAN_PAGE.match(text):
            return None if self._is_code(text, following) else "repair.page_number"
        if row.pieces[0].column is not None and row.pieces[0].width > 1:
            return None
        squeezed = words.squeeze(text)
        if words.CAPTION.match(text) and not words.looks_complete(text):
            return "repair.continued_caption"
        if words.CONTINUED.fullmatch(squeezed) or words.STANDARD_NUMBER.match(text):
            return "repair.running_head"
        if (
            self.title
            and len(squeezed) >= 4
            and (squeezed == self.title or (squeezed in self.title and len(squeezed) >= 8))
        ):
            return "repair.running_head"
        coded = leading_code(row.pieces[0].text)
        if squeezed in self.repeated and (coded is None or self.numbering.role(coded) is None):
            return "repair.running_head"
        return None

    def _is_code(self, text: str, following: list[Row]) -> bool:
        """A bare number is a domain's code when its name and then its first task follow."""
        if not text.isdecimal():
            return False
        for row in following:
            code = leading_code(row.pieces[0].text)
            if code is not None and code.style.kind == "dec" and code.style.depth == 2:
                return code.numerals == (int(text), 1)
        return False


__all__ = ["TableBlock", "read_levels"]
