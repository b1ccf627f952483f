"""Numbering: recognising codes in the many ways documents write them.

A `Code` holds the numerals as integers, e.g. `１.２．3` → (1, 2, 3), and the characters it stood in.
Styles that give the last numeral only (一、 （二） (3) ④) are local: the parent supplies the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

from standards.importing.spans import Spanned


class Role(IntEnum):
    """What a code numbers."""

    DOMAIN = 1
    TASK = 2
    REQUIREMENT = 3


@dataclass(frozen=True, slots=True, order=True)
class Style:
    """How a code is written; the order is from the outer to the inner in common use."""

    rank: int
    kind: str
    depth: int

    @property
    def local(self) -> bool:
        """Whether the code gives only its last numeral."""
        return self.kind != "dec" or self.depth == 1


@dataclass(frozen=True, slots=True)
class Code:
    """A code found in a piece of text: `[start, end)` covers it with its end mark and blanks."""

    style: Style
    numerals: tuple[int, ...]
    raw: str
    start: int
    end: int


_D = "[0-9０-９]"
_B = "[ \\t\u3000\u00a0]"
_SEP = "[.．·•‧∙\\-－–—‐﹒]"
_DEC = re.compile(
    f"{_D}{{1,2}}(?!{_D})(?:{_SEP}{_D}{{1,2}}(?!{_D})|{_B}+{_SEP}{_B}*{_D}{{1,2}}(?![0-9０-９A-Za-z%％℃])"
    f"|{_SEP}{_B}+{_D}{{1,2}}(?![0-9０-９A-Za-z%％℃])){{0,4}}"
)
_HAN_NUMBER = "[一二三四五六七八九十]{1,3}"
_ORD = re.compile(f"({_HAN_NUMBER}){_B}*[、.．]")
_PORD = re.compile(f"[（(]{_B}*({_HAN_NUMBER}){_B}*[）)]{_B}*[、.．]?")
_PDEC = re.compile(f"[（(]{_B}*({_D}{{1,2}}){_B}*[）)]{_B}*[、.．]?")
_HDEC = re.compile(f"({_D}{{1,2}})[）)]")
_CIRC = re.compile("[①-⑳]")
_END_MARK = re.compile(f"{_B}*[.．、：:](?!{_D})|{_B}*[）)]")
_PREFIX = re.compile(f"(?:(?:工作|职业)?(?:领域|任务|模块|项目|功能)){_B}*(?=[0-9０-９一二三四五六七八九十])")
_PREFIXED_HAN = re.compile(f"({_HAN_NUMBER})(?:{_B}*[、.．：:]|{_B}+)")
_BLANKS = re.compile(f"{_B}*")
_NUMERAL = re.compile(f"{_D}+")
_HAN_VALUES = {char: value for value, char in enumerate("一二三四五六七八九", 1)}

ORD = Style(0, "ord", 1)
PORD = Style(1, "pord", 1)
PDEC = Style(8, "pdec", 1)
HDEC = Style(9, "hdec", 1)
CIRC = Style(10, "circ", 1)


def dec(depth: int) -> Style:
    return Style(1 + depth, "dec", depth)


def han_number(text: str) -> int:
    """一 … 九十九 as an integer; 0 when it isn't one."""
    if text == "十":
        return 10
    if "十" in text:
        tens, _, ones = text.partition("十")
        if (tens and tens not in _HAN_VALUES) or (ones and ones not in _HAN_VALUES):
            return 0
        return _HAN_VALUES.get(tens, 1) * 10 + _HAN_VALUES.get(ones, 0)
    return _HAN_VALUES.get(text, 0) if len(text) == 1 else 0


def code_at(text: str, position: int = 0, *, max_depth: int = 5) -> Code | None:
    """The code that starts exactly at `position` (blanks before it are not skipped), or None."""
    match = _DEC.match(text, position)
    if match:
        hdec = _HDEC.match(text, position)
        if hdec:
            return _code(HDEC, (int(hdec[1]),), hdec[0], position, hdec.end(), text)
        numerals = list(_NUMERAL.finditer(text, position, match.end()))[:max_depth]
        end = numerals[-1].end()
        values = tuple(int(numeral[0]) for numeral in numerals)
        raw = text[position:end]
        mark = _END_MARK.match(text, end)
        return _code(dec(len(values)), values, raw, position, mark.end() if mark else end, text)
    for pattern, style in ((_ORD, ORD), (_PORD, PORD)):
        match = pattern.match(text, position)
        if match and (value := han_number(match[1])):
            return _code(style, (value,), match[0], position, match.end(), text)
    match = _PDEC.match(text, position)
    if match:
        return _code(PDEC, (int(match[1]),), match[0], position, match.end(), text)
    match = _CIRC.match(text, position)
    if match:
        return _code(CIRC, (ord(match[0]) - ord("①") + 1,), match[0], position, match.end(), text)
    return None


def _code(style: Style, numerals: tuple[int, ...], raw: str, start: int, end: int, text: str) -> Code:
    blanks = _BLANKS.match(text, end)
    return Code(style, numerals, raw, start, blanks.end() if blanks else end)


def leading_code(piece: Spanned, *, max_depth: int = 5) -> Code | None:
    """The code at the start of a piece, after blanks and a word such as 领域 or 任务."""
    text = piece.text
    start = len(text) - len(text.lstrip())
    word = _PREFIX.match(text, start)
    if word is None:
        return code_at(text, start, max_depth=max_depth)
    han = _PREFIXED_HAN.match(text, word.end())
    if han and (value := han_number(han[1])):
        return _code(ORD, (value,), text[start : han.end(1)], start, han.end(), text)
    code = code_at(text, word.end(), max_depth=max_depth)
    if code is None or code.style.kind != "dec":
        return None
    return replace(code, raw=text[start : word.end()] + code.raw, start=start)


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which style numbers what in one table. `base` numerals at the front of each code are its level's."""

    roles: dict[Style, Role]
    base: int = 0

    @property
    def max_depth(self) -> int:
        return max([style.depth for style in self.roles if style.kind == "dec"], default=1)

    def role(self, code: Code) -> Role | None:
        return self.roles.get(code.style)

    def style(self, role: Role) -> Style | None:
        return next((style for style, its in self.roles.items() if its == role), None)


def decide_numbering(starts: Iterable[tuple[Code, int | None]], columns: dict[str, int]) -> Numbering:
    """From the codes at the starts of a table's pieces (with their column, if known) to what each style numbers."""
    seen: Counter[Style] = Counter()
    by_column: dict[int, Counter[Style]] = {}
    for code, column in starts:
        seen[code.style] += 1
        if column is not None:
            by_column.setdefault(column, Counter())[code.style] += 1
    deep = [style for style in seen if style.kind == "dec" and style.depth >= 3]
    if deep:
        return _decimal_numbering(seen, deep)
    styles = sorted(style for style, count in seen.items() if count)
    mapped: dict[Style, Role] = {}
    for name, role in (("requirement", Role.REQUIREMENT), ("task", Role.TASK), ("domain", Role.DOMAIN)):
        column = columns.get(name)
        if column is not None and by_column.get(column):
            style = by_column[column].most_common(1)[0][0]
            mapped.setdefault(style, role)
    if len(set(mapped.values())) >= 2:
        return Numbering(mapped)
    roles = list(Role)
    if len(styles) >= 3:
        return Numbering(dict(zip([*styles[:2], styles[-1]], roles, strict=True)))
    if len(styles) == 2:
        return Numbering(dict(zip(styles, roles[:2] if dec(2) in styles else roles[1:], strict=True)))
    return Numbering(dict(zip(styles, [Role.REQUIREMENT], strict=False)))


def _decimal_numbering(seen: Counter[Style], deep: list[Style]) -> Numbering:
    commonest = max(deep, key=lambda style: (seen[style], style.depth))
    depth = commonest.depth
    roles = {dec(depth): Role.REQUIREMENT, dec(depth - 1): Role.TASK}
    outer = dec(depth - 2)
    locals_seen = [style for style in (ORD, PORD) if seen[style]]
    if locals_seen:
        roles[locals_seen[0]] = Role.DOMAIN
    roles[outer] = Role.DOMAIN
    return Numbering(roles, base=depth - 3)
