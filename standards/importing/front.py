"""What stands around the tables: title, foreword, scope, terms, references, majors, jobs, bibliography."""

from __future__ import annotations

import re

from standards.importing import words
from standards.importing.blocks import Document, Section
from standards.importing.draft import (
    DraftBibliographyEntry,
    DraftEdition,
    DraftJobProfile,
    DraftMajor,
    DraftReference,
    DraftSection,
    DraftTerm,
)
from standards.importing.findings import Finding
from standards.importing.ledger import Account, Ledger
from standards.importing.reader import Line
from standards.importing.spans import Spanned

_TERM = re.compile(r"^(?:#+\s*)?(\d{1,2}(?:\s*[.．]\s*\d{1,2})+)[.．]?\s*(\S.*)$")
_REFERENCE = re.compile(
    r"^((?:[A-Z]{1,4}(?:\s*/\s*[A-Z]{1,4})?|ISO(?:/IEC)?)\s*\d[\d.\s]*(?:[-—–:]\s*\d{4})?)\s*(.*)$"
)
_SCHOOL = re.compile(r"^([^：:]{2,24}(?:学校|院校|学院|本科|专科|高职|中职|技工))\s*[：:]\s*(.+)$")
_JOB = re.compile(r"^(?:【[^】]*】\s*)?[（(【]?\s*([^（()）【】：:]{1,12}?)\s*[）)】]?\s*[：:]\s*(\S.*)$")
_BIBLIOGRAPHY = re.compile(r"^(?:[-*•]\s*)?[\[［【]\s*(\d{1,3})\s*[\]］】]\s*(\S.*)$")
_LEVELS = re.compile(
    r"(?:分为|设|划分为|共设|包括)[^。：:]{0,12}?([一二两三四五六2-6])个(?:职业)?(?:技能)?等级?[^。：:]{0,6}[：:，,]\s*(?:依次为|分别为|即)?\s*([^。；]+)"
)
_NUMBER_BLANK = re.compile(r"(?<=\d)\.\s+(?=\d)")
_META = re.compile(
    r"^(?:[A-Z/]{1,6}\s*[\d.]+.*|\d{4}\s*年.*|\d{4}-\d{2}.*|.*(?:发布|实施|ICS.*|CCS.*)|V?\d+(?:\.\d+)+)$"
)
_HAN_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}


class FrontReader:
    """Reads everything but the tables into `edition`, claiming the characters it uses."""

    def __init__(
        self, edition: DraftEdition, document: Document, ledger: Ledger, findings: list[Finding]
    ) -> None:
        self.edition = edition
        self.document = document
        self.ledger = ledger
        self.findings = findings

    def read(self) -> list[str]:
        """Fill the edition; gives the level names its text declares, lowest first."""
        self._title()
        self._contents()
        for line in self.document.level_heads:
            self.ledger.claim_rest(line.text.at, Account.STRUCTURE)
        for section in self.document.sections:
            if section.head is not None:
                self.ledger.claim_rest(section.head.text.at, Account.STRUCTURE)
        self._foreword()
        self._scope()
        self._references()
        self._terms()
        self._majors()
        self._jobs()
        self._bibliography()
        self._sections()
        return self._declared_levels()

    def _use(self, line: Line) -> str:
        self.ledger.claim_rest(line.text.at, Account.USED)
        return line.bare

    def _title(self) -> None:
        parts: list[Line] = []
        for line in self.document.title:
            bare = line.bare.lstrip("# ")
            if parts and "标准" in words.squeeze(parts[-1].bare):
                continue
            if len(bare) > 60 or (_META.match(bare) and "标准" not in bare):
                continue
            if len(parts) < 3:
                parts.append(line)
        if not parts:
            return
        texts = [line.bare.lstrip("# ") for line in parts]
        for line in parts:
            hashes = len(line.text.text) - len(line.text.text.lstrip("# "))
            self.ledger.claim_rest(line.text.at[:hashes], Account.STRUCTURE)
            self.ledger.claim_rest(line.text.at, Account.USED)
        title = texts[0]
        for text in texts[1:]:
            latin = title[-1:].isascii() and text[:1].isascii()
            title += (" " if latin else "") + text
        self.edition.title = title
        if len(texts) > 1:
            self.findings.append(Finding("repair.title_joined", parts[0].number, "\n".join(texts), title))

    def _contents(self) -> None:
        if self.document.contents_head is not None:
            self.ledger.claim_rest(self.document.contents_head.text.at, Account.STRUCTURE)
        headings = {section.number: section for section in self.document.sections if section.number}
        plain = {section.key for section in self.document.sections if not section.number}
        for entry in self.document.contents:
            self.ledger.claim_rest(entry.line.text.at, Account.STRUCTURE)
            said = f"{entry.number} {entry.heading}".strip()
            if not entry.number:
                if words.squeeze(entry.heading) not in plain:
                    self.findings.append(Finding("doubt.contents_missing", entry.line.number, said, said))
                continue
            section = headings.get(entry.number)
            if section is None:
                if "." not in entry.number:
                    self.findings.append(Finding("doubt.contents_missing", entry.line.number, said, said))
            elif section.key != words.squeeze(entry.heading):
                here = f"{section.number} {section.heading}"
                number = section.head.number if section.head else entry.line.number
                self.findings.append(
                    Finding(
                        "doubt.heading_differs",
                        number,
                        here,
                        here,
                        suggestion=f"目次（第 {entry.line.number} 行）：{said}",
                    )
                )

    def _paragraphs(self, lines: list[Line], *, joinable: bool = True) -> list[tuple[str, int]]:
        """Lines as paragraphs; one that stops in mid-sentence is joined with the next."""
        paragraphs: list[tuple[str, int]] = []
        for line in lines:
            bare = self._use(line)
            previous = paragraphs[-1][0] if paragraphs else ""
            if (
                joinable
                and previous
                and not previous.endswith(tuple("。；;！？!?：:"))
                and words.has_han(previous[-1])
            ):
                joined = previous + bare
                self.findings.append(
                    Finding("repair.paragraph_joined", line.number, f"{previous}\n{bare}", joined)
                )
                paragraphs[-1] = (joined, paragraphs[-1][1])
            else:
                paragraphs.append((bare, line.number))
        return paragraphs

    def _take(self, section: Section) -> list[Line]:
        return [line for line in section.lines if line.bare]

    def _foreword(self) -> None:
        section = self.document.section("前言", "引言")
        if section is None:
            return
        texts = [self._use(line) for line in self._take(section)]
        self.edition.foreword = "\n".join(texts)
        for text in texts:
            head, _, rest = text.partition("：")
            if head.endswith("起草单位"):
                self.edition.drafting_bodies = _list(rest)
            elif head.endswith("起草人"):
                self.edition.drafters = _list(rest)
            elif head == "声明":
                self.edition.declaration = rest

    def _scope(self) -> None:
        section = self.document.section("范围")
        if section is not None:
            self.edition.scope = "\n".join(text for text, _ in self._paragraphs(self._take(section)))

    def _references(self) -> None:
        section = self.document.section("规范性引用")
        for line in self._take(section) if section else []:
            text = self._use(line)
            match = _REFERENCE.match(text)
            if match:
                self.edition.references.append(
                    DraftReference(match[1].strip(), match[2].strip(), line.number)
                )
                self._number_blank(text, line.number)
            elif "下列文件" in text or "没有规范性引用" in text or "凡是" in text:
                continue
            else:
                self.edition.references.append(DraftReference("", text, line.number))

    def _number_blank(self, text: str, line: int) -> None:
        mended = _NUMBER_BLANK.sub(".", text)
        if mended != text:
            self.findings.append(Finding("doubt.number_blank", line, text, text, suggestion=mended))

    def _terms(self) -> None:
        section = self.document.section("术语")
        current: DraftTerm | None = None
        body: list[Line] = []
        for line in self._take(section) if section else []:
            match = _TERM.match(line.bare)
            if match:
                self._close_term(current, body)
                code = re.sub(r"\s+", "", match[1]).replace("．", ".")
                name, english, sure = split_term(match[2])
                if code != match[1]:
                    self.findings.append(Finding("repair.code_blanks", line.number, match[1], code))
                if not sure:
                    self.findings.append(
                        Finding("doubt.term_split", line.number, match[2], f"{name} | {english}")
                    )
                current, body = DraftTerm(code, name, english, "", line.number), []
                self._use(line)
                self.edition.terms.append(current)
            elif current is not None:
                body.append(line)
        self._close_term(current, body)

    def _close_term(self, term: DraftTerm | None, body: list[Line]) -> None:
        if term is not None:
            term.definition = "\n".join(text for text, _ in self._paragraphs(body))

    def _majors(self) -> None:
        section = self.document.section("专业")
        for line in self._take(section) if section else []:
            match = _SCHOOL.match(line.bare)
            if match is None:
                continue
            self._use(line)
            names = re.sub(r"等(?:相关)?专业[。.]?$|(?:相关)?专业[。.]?$|[。.]$", "", match[2].strip())
            for name in _list(names):
                self.edition.majors.append(DraftMajor(match[1].strip(), name, line.number))

    def _jobs(self) -> None:
        section = self.document.section("岗位")
        for line in self._take(section) if section else []:
            match = _JOB.match(line.bare)
            if match and (words.LEVEL_WORD.search(match[1])):
                self.edition.job_profiles.append(
                    DraftJobProfile(match[1].strip(), match[2].strip(), line.number)
                )
                self._use(line)
            elif self.edition.job_profiles and line.bare:
                last = self.edition.job_profiles[-1]
                text = self._use(line)
                joined = last.text + text
                self.findings.append(
                    Finding("repair.paragraph_joined", line.number, f"{last.text}\n{text}", joined)
                )
                last.text = joined

    def _bibliography(self) -> None:
        section = self.document.section("参考文献")
        for line in self._take(section) if section else []:
            text = self._use(line)
            match = _BIBLIOGRAPHY.match(text)
            if match:
                self.edition.bibliography.append(DraftBibliographyEntry(match[1], match[2], line.number))
                self._number_blank(match[2], line.number)
            elif self.edition.bibliography:
                last = self.edition.bibliography[-1]
                joined = (
                    f"{last.text} {text}"
                    if last.text[-1:].isascii() and text[:1].isascii()
                    else last.text + text
                )
                self.findings.append(
                    Finding("repair.paragraph_joined", line.number, f"{last.text}\n{text}", joined)
                )
                last.text = joined
            else:
                self.edition.bibliography.append(DraftBibliographyEntry("", text, line.number))

    def _sections(self) -> None:
        """Every section's text is kept; lines of the parts above were claimed there."""
        for section in self.document.sections:
            lines = self._take(section)
            head = section.head.number if section.head else 1
            text = "\n".join(line.bare for line in lines)
            self.edition.sections.append(DraftSection(section.number, section.heading, text, head))
            for line in lines:
                self.ledger.claim_rest(line.text.at, Account.USED)

    def _declared_levels(self) -> list[str]:
        for section in self.document.sections:
            for line in section.lines:
                match = _LEVELS.search(line.bare)
                if not match:
                    continue
                count = _HAN_DIGITS.get(match[1]) or int(match[1])
                words_found = [m[0] for m in words.LEVEL_WORD.finditer(match[2])]
                names = list(dict.fromkeys(words_found))[:count]
                if len(names) == count:
                    self.edition.covers_lower_levels = "涵盖低" in line.bare or "覆盖低" in line.bare
                    return _lowest_first(names)
        return []


def _lowest_first(names: list[str]) -> list[str]:
    """一级 is the highest of 五级 … 一级; 初级, 中级, 高级 rise as listed."""
    order = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
    ranks = [order.get(name[0]) for name in names]
    if all(ranks) and "技师" in "".join(names):
        return sorted(names, key=lambda name: -order[name[0]])
    return names


def _list(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[、,，;；]", text.strip("。. ")) if part.strip()]


def split_term(text: str) -> tuple[str, str, bool]:
    """A term's line in its Chinese and its English part, and whether the border is beyond doubt."""
    tokens = re.split(r"(\s+)", Spanned.of(text).text.strip())
    pieces = tokens[::2]
    last = max((index for index, token in enumerate(pieces) if words.has_han(token)), default=-1)
    if last < 0:
        return pieces[0], " ".join(pieces[1:]), len(pieces) > 1
    cut = last + 1
    sure = cut < len(pieces)
    mixed = re.match(r"^(.*[\u3400-\u9fff）])([A-Za-z][A-Za-z\-' ]{2,})$", pieces[last])
    if mixed and cut >= len(pieces):
        return "".join(tokens[: 2 * last]) + mixed[1], mixed[2], True
    if cut + 1 < len(pieces) and pieces[cut] == pieces[cut + 1]:
        cut += 1
    name = "".join(tokens[: 2 * cut - 1])
    return name, "".join(tokens[2 * cut :]), sure
