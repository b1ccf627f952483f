"""What a careful reader would ask about: nothing here changes the draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from standards.importing import words
from standards.importing.codes import code_at
from standards.importing.draft import DraftLevel, DraftRequirement, DraftTask
from standards.importing.findings import Finding

LONG_TEXT = 400
_H = "\u3400-\u9fff"
_FOREIGN = re.compile(
    rf"(?<=[{_H}，。、；：）])[ \u00a0]*\b(and|or|the|of|to|in|with|for|by|on|at|from|is|are|et|und)\b[ \u00a0]*(?=[{_H}（])",
    re.IGNORECASE,
)
_FOREIGN_MEANING = {"and": "和", "or": "或", "of": "的", "with": "与", "to": "到", "et": "和", "und": "和"}
_HALF = re.compile(r"([,;:!?])[ \u00a0]*")
_FULL = {",": "，", ";": "；", ":": "：", "!": "！", "?": "？"}
_HALF_BRACKETS = re.compile(rf"[ \u00a0]*\(([^()]*[{_H}、，][^()]*)\)")
_HAN_BLANK = re.compile(rf"(?<=[{_H}，。、；：])[ \t\u3000\u00a0]+(?=[{_H}，。、；：（）])")
_REPEATED = re.compile(r"([，。、；：,.;:])(?=\1)|[，、；](?=[。；])|。(?=[，、；])|(?<=[，。；])[、，；。]")
_ADVERB_COMMA = re.compile(rf"、(?=[{_H}]{{2}}地[{_H}])")
_OF_DOING = re.compile(rf"(?<=[{_H}])的(?=进行[{_H}])")
_WELL = re.compile(
    r"(?<=很好|较好|更好|良好)的(?=策划|完成|开展|处理|进行|运用|使用|掌握|控制|维护|解决|执行)"
)
_SPLIT_NAME = re.compile(
    r"\b(Mail) (chimp)\b|\b(Face) (book)\b|\b(You) (tube)\b|\b(Whats) (App)\b|\b(Share) (ASale)\b|\b(Link) (edin)\b|\b(Word) (press)\b|\b(Insta) (gram)\b|\b(Pin) (terest)\b|\b(Tik) (Tok)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[<>]|\*\*|&[a-z]{2,6};|\\[a-zA-Z]|\$[^$]*\$|```|!\[|\]\(")
_ODD = re.compile("[\ufffd\ue000-\uf8ff\u25a1\u25a0\u0000-\u0008\u000e-\u001f\u007f]|锟斤拷|烫烫烫")
_TWO = re.compile(r"[。；;]\s*(?:能够|能)(?!否)")
_INNER_CODE = re.compile(
    r"(?:^|[\s。；;，,])([0-9０-９]{1,2}(?:\s*[.．\-]\s*[0-9０-９]{1,2}){1,3})(?=[\s\u3400-\u9fff])"
)


def find_doubts(levels: list[DraftLevel]) -> list[Finding]:
    """All doubts about the names and requirements of the tree."""
    findings: list[Finding] = []
    for level in levels:
        seen: dict[str, str] = {}
        for domain in level.domains:
            findings.extend(_name_doubts(level.name, domain.code, domain.name, domain.line))
            for task in domain.tasks:
                findings.extend(_name_doubts(level.name, task.code, task.name, task.line))
                for requirement in task.requirements:
                    findings.extend(_requirement_doubts(level.name, task, requirement))
                    same = seen.setdefault(requirement.text, requirement.code)
                    if requirement.text and same != requirement.code:
                        findings.append(
                            _doubt("duplicate_text", level.name, requirement, suggestion=f"与 {same} 相同")
                        )
    return findings


def _doubt(kind: str, level: str, requirement: DraftRequirement, *, suggestion: str = "") -> Finding:
    return Finding(
        f"doubt.{kind}",
        requirement.line,
        requirement.text,
        requirement.text,
        suggestion=suggestion if suggestion != requirement.text else "",
        level=level,
        code=requirement.code,
        field="text",
    )


def _name_doubts(level: str, code: str, name: str, line: int) -> Iterator[Finding]:
    if not name:
        return
    kinds = []
    if not words.has_han(name):
        kinds.append("doubt.name_not_chinese")
    if words.looks_complete(name) or len(name) > 30 or name.startswith("能够"):
        kinds.append("doubt.name_looks_like_requirement")
    if _MARKUP.search(name):
        kinds.append("doubt.stray_markup")
    if _ODD.search(name):
        kinds.append("doubt.odd_character")
    for kind in kinds:
        yield Finding(kind, line, name, name, level=level, code=code, field="name")


def _requirement_doubts(level: str, task: DraftTask, requirement: DraftRequirement) -> Iterator[Finding]:
    text = requirement.text
    if not text:
        return
    if len(text) > LONG_TEXT:
        yield _doubt("long_text", level, requirement)
    if len(text) > 10 * LONG_TEXT:
        return
    if not text.startswith(words.CAN):
        can = (
            "能够"
            if sum(r.text.startswith("能够") for r in task.requirements) * 2 >= len(task.requirements)
            else "能"
        )
        yield _doubt("no_can", level, requirement, suggestion=can + text)
    if not words.looks_complete(text):
        yield _doubt("no_full_stop", level, requirement)
    if len(text) < 6:
        yield _doubt("short_text", level, requirement)
    if _TWO.search(text):
        yield _doubt("two_in_one", level, requirement)
    for kind, mend in _REWRITES:
        mended = mend(text)
        if mended != text:
            yield _doubt(kind, level, requirement, suggestion=mended)
    if _MARKUP.search(text):
        yield _doubt("stray_markup", level, requirement)
    if _ODD.search(text):
        yield _doubt("odd_character", level, requirement)
    if any((code := code_at(m[1])) and code.style.depth >= 3 for m in _INNER_CODE.finditer(text)):
        yield _doubt("code_in_text", level, requirement)


def _full_width(text: str) -> str:
    """Half-width marks as full-width ones, in a sentence that is Chinese."""
    if not words.has_han(text):
        return text
    text = _HALF_BRACKETS.sub(r"（\1）", text)

    def full(match: re.Match[str]) -> str:
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        if before.isdigit() and after.isdigit():
            return match[0]
        return _FULL[match[1]]

    return _HALF.sub(full, text)


_REWRITES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("foreign_word", lambda text: _FOREIGN.sub(lambda m: _FOREIGN_MEANING.get(m[1].lower(), ""), text)),
    ("halfwidth", _full_width),
    ("blank_in_text", lambda text: _HAN_BLANK.sub("", text)),
    ("repeated_mark", lambda text: _REPEATED.sub("", text)),
    ("repeated_mark", lambda text: _ADVERB_COMMA.sub("，", text)),
    ("wording", lambda text: _WELL.sub("地", _OF_DOING.sub("", text))),
    (
        "split_word",
        lambda text: _SPLIT_NAME.sub(lambda m: "".join(g for g in m.groups() if g), text),
    ),
)
