"""Lines → title, contents page, sections of text, and the tables with the level each is for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from standards.importing import words
from standards.importing.codes import code_at, leading_code
from standards.importing.reader import Line, SourceText
from standards.importing.spans import Spanned

_CONTENTS_HEAD = frozenset({"目次", "目录"})
_PLAIN_HEADS = frozenset({"前言", "引言", "参考文献", "索引"})
_CONTENTS_ENTRY = re.compile(
    r"^(?P<heading>\S.*?)\s*(?:[.．…·。\-_ \t]{2,}|\t|\s)\s*(?P<page>[0-9]{1,4}|[IVXivx]{1,5})$"
)
_NUMBERED = re.compile(r"^(?:#+\s*)?(?P<number>[0-9]{1,2})(?:[.．、]?\s+|[、．])(?P<heading>\S.{0,39})$")
_SUBHEAD = re.compile(
    r"^(?:#+\s*)?(?P<number>[0-9]{1,2}(?:[.．][0-9]{1,2})+)[.．]?\s*(?P<heading>\S.{0,39})$"
)
_APPENDIX = re.compile(r"^(?:#+\s*)?附\s*录\s*[A-Z0-9一二三四五六]?\b")
_LEVEL_HEAD = re.compile(
    rf"^[【\[（(]?(?:职业)?(?:技能)?(?:等级)?(?:要求)?[（(]?(?:{words.LEVEL_WORD.pattern})[）)]?(?:职业)?(?:技能)?(?:等级)?(?:要求)?(?:描述)?[】\]）)]?$"
)

_MAX_HEAD = 200
"""No heading or contents line is longer."""


@dataclass(slots=True)
class Section:
    """A headed part of the text; `lines` are the lines below its heading that belong to no table."""

    number: str
    heading: str
    head: Line | None
    lines: list[Line] = field(default_factory=list)

    @property
    def key(self) -> str:
        return words.squeeze(self.heading)


@dataclass(slots=True)
class TableBlock:
    """One run of table lines; `caption` and `level` are empty for a table without its own caption."""

    caption: Line | None
    level: str
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class ContentsEntry:
    line: Line
    number: str
    heading: str


@dataclass(slots=True)
class Document:
    """The cut of a source text; every non-blank line is in exactly one of these lists."""

    title: list[Line] = field(default_factory=list)
    contents_head: Line | None = None
    contents: list[ContentsEntry] = field(default_factory=list)
    level_heads: list[Line] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    tables: list[TableBlock] = field(default_factory=list)

    def section(self, *keys: str) -> Section | None:
        """The first section whose heading contains one of the words."""
        return next((s for s in self.sections if any(key in s.key for key in keys)), None)


def cut_document(source: SourceText) -> Document:
    """Cut the text in title, contents, sections and tables."""
    document = _Cutter(source.lines).cut()
    if not document.tables:
        _find_bare_tables(document)
    return document


class _Cutter:
    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.document = Document()
        self.section: Section | None = None
        self.table: TableBlock | None = None
        self.in_contents = False
        self.last_number = 0
        self.level_hint = ""

    def cut(self) -> Document:
        for index, line in enumerate(self.lines):
            if line.bare:
                self._take(index, line)
        return self.document

    def _take(self, index: int, line: Line) -> None:
        bare = line.bare
        squeezed = words.squeeze(bare).lstrip("#")
        if self.table is None and self._contents(line, squeezed):
            return
        if self._starts_table(index, line):
            return
        if self._starts_section(line, squeezed):
            return
        if self.table is not None:
            self.table.lines.append(line)
            return
        hint = words.level_in(bare) if len(squeezed) <= 40 else ""
        if hint and _LEVEL_HEAD.match(_without_code(squeezed)):
            self.level_hint = hint
            self.document.level_heads.append(line)
            return
        if self.section is not None:
            self.section.lines.append(line)
        else:
            self.document.title.append(line)

    def _contents(self, line: Line, squeezed: str) -> bool:
        if squeezed in _CONTENTS_HEAD and not self.document.contents and self.document.contents_head is None:
            self.document.contents_head = line
            self.in_contents = True
            return True
        if not self.in_contents:
            return False
        entry = _CONTENTS_ENTRY.match(line.bare) if len(line.bare) <= _MAX_HEAD else None
        if entry is None:
            self.in_contents = False
            return False
        heading = entry["heading"].rstrip(".．…·。 \t-_")
        numbered = _NUMBERED.match(heading) or _SUBHEAD.match(heading)
        number, name = (numbered["number"], numbered["heading"]) if numbered else ("", heading)
        self.document.contents.append(ContentsEntry(line, number, name))
        return True

    def _starts_table(self, index: int, line: Line) -> bool:
        bare = line.bare
        following = self._following(index, 4)
        if words.CAPTION.match(bare) and len(bare) <= 80 and not words.looks_complete(bare):
            level = words.level_in(bare)
            if (
                level
                or is_header_line(following[0] if following else "")
                or any(map(is_header_line, following[:3]))
            ):
                self._open_table(line, level)
                return True
        if self.table is not None:
            if _LEVEL_HEAD.match(_without_code(words.squeeze(bare).lstrip("#"))) and self._level_follows(
                following
            ):
                self._open_table(line, words.level_in(bare))
                return True
            return False
        if is_header_line(bare) or (_one_head(bare) and following and _one_head(following[0])):
            self._open_table(None, self.level_hint)
            self.level_hint = ""
            assert self.table is not None
            self.table.lines.append(line)
            return True
        if re.match(r"<\s*table\b", bare, re.IGNORECASE):
            self._open_table(None, self.level_hint)
            self.level_hint = ""
            assert self.table is not None
            self.table.lines.append(line)
            return True
        return False

    def _level_follows(self, following: list[str]) -> bool:
        """A level's heading inside a table is followed by heads, or by numbering that starts again."""
        for text in following[:3]:
            if is_header_line(text) or _one_head(text) or words.CAPTION.match(text):
                return True
            code = code_at(text.lstrip("|｜ \t"))
            if code is not None and set(code.numerals) == {1}:
                return True
        return False

    def _open_table(self, caption: Line | None, level: str) -> None:
        self.in_contents = False
        self.table = TableBlock(caption, level)
        self.document.tables.append(self.table)

    def _following(self, index: int, count: int) -> list[str]:
        found: list[str] = []
        for line in self.lines[index + 1 : index + 30]:
            if line.bare:
                found.append(line.bare)
                if len(found) == count:
                    break
        return found

    def _starts_section(self, line: Line, squeezed: str) -> bool:
        bare = line.bare
        if squeezed in _PLAIN_HEADS or _APPENDIX.match(bare):
            self._open_section("", bare.lstrip("# "), line)
            return True
        match = _NUMBERED.match(bare)
        if match and self._is_heading(int(match["number"]), match["heading"], line):
            self.last_number = int(match["number"])
            self._open_section(match["number"], match["heading"].strip(), line)
            return True
        return False

    def _is_heading(self, number: int, heading: str, line: Line) -> bool:
        if (
            "\t" in line.text.text.strip()
            or "|" in heading
            or words.looks_complete(heading)
            or "<" in heading
        ):
            return False
        if self.table is not None:
            # Inside a table a bare line "7 xxx" is more often a domain: only known section names count.
            listed = any(e.number == str(number) and e.heading for e in self.document.contents)
            known = any(
                e.number == str(number) and words.squeeze(e.heading) == words.squeeze(heading)
                for e in self.document.contents
            )
            return known or (
                not listed
                and number == self.last_number + 1
                and heading.endswith(("评价", "考核", "说明", "附则"))
            )
        if number == self.last_number + 1 or (not self.last_number and not self.document.contents):
            return True
        return any(
            e.number == str(number) and words.squeeze(e.heading) == words.squeeze(heading)
            for e in self.document.contents
        )

    def _open_section(self, number: str, heading: str, line: Line) -> None:
        self.in_contents = False
        self.table = None
        self.section = Section(number, heading, line)
        self.document.sections.append(self.section)


def is_header_line(text: str) -> bool:
    """Whether a line holds the column heads of a table of requirements."""
    plain = re.sub(r"<[^<>]*>", "\t", text)
    parts = [words.squeeze(part) for part in re.split(r"[\t|｜│]|\s+", plain)]
    parts = [part for part in parts if part]
    if words.is_heads_run_together(plain):
        return True
    return len(parts) >= 2 and all(part in words.ALL_HEADS for part in parts)


def _one_head(text: str) -> bool:
    return words.squeeze(text) in words.ALL_HEADS


def _without_code(text: str) -> str:
    code = code_at(text)
    return text[code.end :] if code else text


def _find_bare_tables(document: Document) -> None:
    """For a document without captions and column heads: the sections that hold numbered requirements."""
    groups: list[list[Line]] = [section.lines for section in document.sections]
    groups.append(document.title)
    for lines in groups:
        deep = [index for index, line in enumerate(lines) if _has_deep_code(line.text)]
        if len(deep) < 2:
            continue
        start = deep[0]
        while start > 0 and leading_code(lines[start - 1].text) is not None:
            start -= 1
        table: TableBlock | None = None
        heads = [line for line in document.level_heads if line.number < lines[start].number]
        hint = words.level_in(heads[-1].bare) if heads else ""
        for head in document.level_heads:
            if head.number > lines[start].number:
                lines.append(head)
        lines.sort(key=lambda line: line.number)
        for line in lines[start:]:
            squeezed = _without_code(words.squeeze(line.bare).lstrip("#"))
            if _LEVEL_HEAD.match(squeezed):
                table = TableBlock(line, words.level_in(line.bare))
                document.tables.append(table)
            else:
                if table is None:
                    table = TableBlock(None, hint)
                    document.tables.append(table)
                table.lines.append(line)
        del lines[start:]


def _has_deep_code(text: Spanned) -> bool:
    """Whether a line has the code of a requirement: three numerals, or any code before 能 …"""
    for part in re.split(r"[\t|｜]|<[^<>]*>|\s{2,}", text.text):
        code = code_at(part.strip())
        if code is None:
            continue
        if code.style.kind == "dec" and code.style.depth >= 3:
            return True
        if words.starts_like_requirement(part.strip()[code.end :]):
            return True
    return False
