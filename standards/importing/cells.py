"""A table's lines → rows → cells → pieces, whatever separates them.

Tabs, pipes, HTML cells, wide blanks and one cell a line all end as `Piece`s; which column a piece stood in
is known only where the layout tells.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from enum import StrEnum

from standards.importing import words
from standards.importing.findings import Finding
from standards.importing.ledger import Account, Ledger
from standards.importing.reader import Line, SourceText
from standards.importing.spans import INSERTED, Spanned

_TAG_NAMES = (
    "p|br|div|span|b|i|u|s|em|strong|sub|sup|font|small|li|ul|ol|img|a|h[1-6]|table|thead|tbody|tfoot|tr|td|th|"
    "col|colgroup|caption|html|body|head|section|o:p|hr|center|pre|code|figure|nobr|wbr"
)
TAG = re.compile(
    rf"<\s*(/?)\s*({_TAG_NAMES})\b([^<>]{{0,400}})>|<!--.{{0,2000}}?-->", re.IGNORECASE | re.DOTALL
)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,10});")
_BREAKS = frozenset({"p", "br", "div", "li", "ul", "ol", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre"})
_PIPE = re.compile(r"[|｜│┃]")
_WIDE = re.compile("(?<=\\S)(?:[ \u00a0]{2,}|\u3000+)(?=\\S)")
_SPAN = re.compile(r"rowspan\s*=\s*[\"']?(\d{1,3})", re.IGNORECASE)
_COLS = re.compile(r"colspan\s*=\s*[\"']?(\d{1,2})", re.IGNORECASE)


class Layout(StrEnum):
    TABS = "tabs"
    PIPES = "pipes"
    HTML = "html"
    BLANKS = "blanks"
    LINES = "lines"


@dataclass(slots=True)
class Piece:
    """A stretch of text of one cell, between line ends and paragraph marks."""

    text: Spanned
    line: int
    column: int | None
    width: int
    row: int
    opens_row: bool = False

    @property
    def bare(self) -> str:
        return self.text.text.strip()


@dataclass(slots=True)
class Row:
    """A row with its pieces in reading order; `width` is the number of cells it was cut in."""

    number: int
    line: int
    width: int
    pieces: list[Piece] = field(default_factory=list)


def detect_layout(lines: list[Line]) -> Layout:
    texts = [line.text.text for line in lines if line.bare]
    joined = "\n".join(texts)
    if len(re.findall(r"<\s*t[dr]\b", joined, re.IGNORECASE)) >= 2:
        return Layout.HTML
    if sum(1 for text in texts if len(_PIPE.findall(text)) >= 2) * 3 >= len(texts):
        return Layout.PIPES
    if any("\t" in text.strip() or text.startswith("\t") for text in texts):
        return Layout.TABS
    if sum(1 for text in texts if _WIDE.search(text.strip())) >= 2:
        return Layout.BLANKS
    return Layout.LINES


def read_rows(source: SourceText, lines: list[Line], ledger: Ledger, findings: list[Finding]) -> list[Row]:
    """Cut a table region in rows; markup is claimed as structure (HTML tables) or repair (left-over tags)."""
    layout = detect_layout(lines)
    region = _region(lines)
    text = _decode_entities(source, region, ledger, findings)
    if layout is Layout.HTML:
        return _html_rows(source, text, ledger)
    text = _drop_tags(source, lines, text, ledger, findings)
    rows: list[Row] = []
    for start, end in _line_bounds(text.text):
        row = _plain_row(source, text[start:end], layout, len(rows), ledger)
        if row is not None:
            rows.append(row)
    return rows


def _region(lines: list[Line]) -> Spanned:
    parts: list[Spanned] = []
    for line in lines:
        parts.extend((line.text, Spanned("\n", [INSERTED])))
    return Spanned.join(parts)


def _line_bounds(text: str) -> list[tuple[int, int]]:
    bounds = []
    position = 0
    for part in text.split("\n"):
        bounds.append((position, position + len(part)))
        position += len(part) + 1
    return bounds


def _decode_entities(source: SourceText, region: Spanned, ledger: Ledger, findings: list[Finding]) -> Spanned:
    parts: list[Spanned] = []
    position = 0
    for match in _ENTITY.finditer(region.text):
        char = html.unescape(match[0])
        if char == match[0] or len(char) != 1:
            continue
        parts.append(region[position : match.start()])
        parts.append(Spanned(char, [region.at[match.start()]]))
        ledger.claim(region.at[match.start() + 1 : match.end()], Account.REPAIRED)
        findings.append(Finding("repair.entity", source.line_of(region.at[match.start()]), match[0], char))
        position = match.end()
    parts.append(region[position:])
    return Spanned.join(parts)


def _drop_tags(
    source: SourceText, lines: list[Line], region: Spanned, ledger: Ledger, findings: list[Finding]
) -> Spanned:
    """Take left-over tags out; paragraph-like ones become a form feed, which cuts pieces."""
    parts: list[Spanned] = []
    position = 0
    touched: dict[int, None] = {}
    for match in TAG.finditer(region.text):
        parts.append(region[position : match.start()])
        tag = (match[2] or "").lower()
        if tag in _BREAKS:
            parts.append(Spanned("\f", [INSERTED]))
        position = match.end()
        ledger.claim(region.at[match.start() : match.end()], Account.REPAIRED)
        first, last = (source.line_of(region.at[o]) for o in (match.start(), match.end() - 1))
        for number in range(first, last + 1):
            touched[number] = None
    parts.append(region[position:])
    for line in lines:
        if line.number in touched:
            before = line.text.text.strip("\n")
            after = re.sub(r"<[^<>]*>|<[^<>]*$|^[^<>]*>", "", before)
            findings.append(Finding("repair.tags", line.number, before, after))
            del touched[line.number]
    return Spanned.join(parts)


def _plain_row(source: SourceText, text: Spanned, layout: Layout, number: int, ledger: Ledger) -> Row | None:
    if not text.text.replace("\f", "").strip():
        return None
    line = source.line_of(text.start)
    if layout is Layout.PIPES and _PIPE.search(text.text):
        cells = _cut(text, _PIPE, ledger)
        if not cells[0].text.strip():
            cells = cells[1:]
        if cells and not cells[-1].text.strip():
            cells = cells[:-1]
    elif layout in (Layout.TABS, Layout.PIPES) and "\t" in text.text:
        cells = _cut(text, re.compile("\t"), ledger)
    elif layout is Layout.BLANKS:
        cells = _cut(text, _WIDE, ledger)
    else:
        cells = [text]
    known = layout in (Layout.TABS, Layout.PIPES) and len(cells) > 1
    row = Row(number, line, len(cells))
    for column, cell in enumerate(cells):
        for start, end in _form_feed_bounds(cell.text):
            part = cell[start:end]
            if part.text.strip():
                row.pieces.append(
                    Piece(part, source.line_of(part.start), column if known else None, len(cells), number)
                )
    if not row.pieces:
        ledger.claim_rest(text.at, Account.STRUCTURE)
        return None
    row.pieces[0].opens_row = True
    return row


def _cut(text: Spanned, pattern: re.Pattern[str], ledger: Ledger) -> list[Spanned]:
    cells = []
    position = 0
    for match in pattern.finditer(text.text):
        cells.append(text[position : match.start()])
        ledger.claim(text.at[match.start() : match.end()], Account.STRUCTURE)
        position = match.end()
    cells.append(text[position:])
    return cells


def _form_feed_bounds(text: str) -> list[tuple[int, int]]:
    bounds = []
    position = 0
    for part in text.split("\f"):
        bounds.append((position, position + len(part)))
        position += len(part) + 1
    return bounds


def _html_rows(source: SourceText, text: Spanned, ledger: Ledger) -> list[Row]:
    """Rows of `<tr><td>` markup; cells spanning rows keep the columns of the rows below them in place."""
    rows: list[Row] = []
    row: Row | None = None
    column = -1
    taken: dict[int, int] = {}
    position = 0

    def add(part: Spanned) -> None:
        nonlocal row
        for start, end in _line_bounds(part.text):
            piece = part[start:end]
            if not piece.text.strip():
                continue
            if row is None:
                row = Row(len(rows), source.line_of(piece.start), 1)
                rows.append(row)
            place = column if column >= 0 else None
            row.pieces.append(Piece(piece, source.line_of(piece.start), place, 1, row.number, not row.pieces))

    for match in TAG.finditer(text.text):
        add(text[position : match.start()])
        position = match.end()
        ledger.claim(text.at[match.start() : match.end()], Account.STRUCTURE)
        tag = (match[2] or "").lower()
        if tag in ("tr", "table") and row is not None:
            row.width = max(column + 1, 1)
            row = None
        if tag in ("tr", "table"):
            column = -1
            if match[1] != "/" and tag == "tr":
                taken = {place: left - 1 for place, left in taken.items() if left > 1}
        elif tag in ("td", "th") and match[1] != "/":
            column += 1
            while column in taken:
                column += 1
            span = _SPAN.search(match[3] or "")
            if span and int(span[1]) > 1:
                taken[column] = int(span[1])
            wide = _COLS.search(match[3] or "")
            if wide:
                column += int(wide[1]) - 1
    add(text[position:])
    width = max([piece.column + 1 for r in rows for piece in r.pieces if piece.column is not None], default=1)
    for each in rows:
        each.width = width
        for piece in each.pieces:
            piece.width = width
    return [each for each in rows if each.pieces]


def header_columns(row: Row) -> dict[str, int] | None:
    """For a row of column heads: which column holds what; None for any other row."""
    if len(row.pieces) == 1 and words.is_heads_run_together(row.pieces[0].bare):
        return {}
    columns: dict[str, int] = {}
    heads = 0
    extra = 0
    for index, piece in enumerate(row.pieces):
        for word in piece.bare.split() if row.width == 1 and " " in piece.bare else [piece.bare]:
            squeezed = words.squeeze(word)
            place = piece.column if piece.column is not None else index
            if squeezed in words.DOMAIN_HEADS:
                columns["domain"] = place
            elif squeezed in words.TASK_HEADS:
                columns["task"] = place
            elif squeezed in words.REQUIREMENT_HEADS:
                columns["requirement"] = place
            elif squeezed in words.CODE_HEADS:
                columns["code"] = place
            elif squeezed in words.OTHER_HEADS:
                columns[f"extra{extra}"] = place
                extra += 1
            else:
                return None
            heads += 1
    if heads < 2:
        squeezed = words.squeeze(row.pieces[0].bare)
        return {} if heads == 1 and squeezed in words.ALL_HEADS and row.width == 1 else None
    return columns if row.width > 1 else {}
