"""The words standards of this family use, and small tests on Chinese text."""

from __future__ import annotations

import re

DOMAIN_HEADS = frozenset({"工作领域", "职业功能", "工作项目", "工作模块", "职业领域", "领域", "模块"})
TASK_HEADS = frozenset({"工作任务", "工作内容", "典型工作任务", "任务", "工作单元"})
REQUIREMENT_HEADS = frozenset(
    {"职业技能要求", "技能要求", "职业能力要求", "能力要求", "职业技能", "技能等级要求", "职业能力"}
)
OTHER_HEADS = frozenset(
    {"相关知识要求", "相关知识", "知识要求", "备注", "比重", "权重", "考核要求", "素养要求"}
)
CODE_HEADS = frozenset({"编号", "代码", "要求编号", "技能编号", "序号"})
ALL_HEADS = DOMAIN_HEADS | TASK_HEADS | REQUIREMENT_HEADS | OTHER_HEADS | CODE_HEADS
_RUN_TOGETHER = re.compile(f"(?:{'|'.join(sorted(ALL_HEADS, key=len, reverse=True))}){{2,}}")

_LEVEL_CORE = (
    "高级技师|技师|初级工|中级工|高级工|初级|中级|高级|入门级|基础级|提高级|"
    "[一二三四五六]级|[1-6１-６]级|[ⅠⅡⅢⅣⅤ]级|L[1-6]"
)
LEVEL_WORD = re.compile(f"(?:{_LEVEL_CORE})(?:[/／](?:{_LEVEL_CORE}))?")
CONTINUED = re.compile(r"[（(]?\s*(?:续表?|接上页|续上表)\s*[）)]?")
CAPTION = re.compile(
    r"^(?:续?\s*表)\s*[0-9０-９A-Za-z一二三四五六七八九十.．\-－]+(?:\s|[^\w\s]|(?=[\u4e00-\u9fff]))"
)
PARENTHESES = re.compile(r"[（(【\[]([^（()）【】\[\]]{1,20})[）)】\]]")
SENTENCE_END = "。；;！!？?"
CAN = ("能", "会", "掌握", "了解", "熟悉", "具备", "可以", "可", "理解", "应")

PAGE_NUMBER = re.compile(
    r"^[\s\-—–－·•_~〜|\[\](（)）]*(?:第|page|Page|P\.?|p\.?)?\s*[0-9０-９]{1,4}\s*页?"
    r"(?:\s*[/／,，;；]?\s*(?:共|of|/|／)?\s*[0-9０-９]{1,4}\s*页?)?[\s\-—–－·•_~〜|\[\](（)）]*$"
)
ROMAN_PAGE = re.compile(r"^[\s\-—–－]*[IVXivxⅠ-Ⅻⅰ-ⅻ]{1,6}[\s\-—–－]*$")
RULE_LINE = re.compile(r"^[\s|｜│┃:+\-—–=_─━┄┅┈┉═┼┬┴├┤┌┐└┘╋]*$")
RULE_DASH = re.compile(r"[-—–=_─━┄┅┈┉═]{2,}|[┼┬┴├┤┌┐└┘╋]|:?-+:?")
IMAGE_MARK = re.compile(r"^\s*(?:!\[[^\]\n]*\]\([^)\n]*\)|\[?图片\]?|\[image[^\]]*\])\s*$", re.IGNORECASE)
STANDARD_NUMBER = re.compile(
    r"^\s*(?:GB|GB/T|GB/Z|T/[A-Z]+|Q/[A-Z0-9]+|DB\d{0,2}|DB\d{2}/T|JY|JY/T|ISO)\s*[/TZ]*\s*[\d.]+[-—–]?\d{0,4}\s*$"
)

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff]")


def is_han(char: str) -> bool:
    return bool(_HAN.match(char))


def has_han(text: str) -> bool:
    return bool(_HAN.search(text))


def is_heads_run_together(text: str) -> bool:
    """Whether the text is column heads that lost what stood between them."""
    return bool(_RUN_TOGETHER.fullmatch(squeeze(text)))


def squeeze(text: str) -> str:
    """The text without any blanks, for comparing."""
    return "".join(text.split())


def strip_continued(text: str) -> str:
    """Without a trailing （续）."""
    return re.sub(r"\s*[（(]\s*续\s*[）)]\s*$", "", text)


def level_in(caption: str) -> str:
    """The level a caption or heading names: its last bracketed words that aren't 续, else a level word."""
    groups = [g.strip() for g in PARENTHESES.findall(caption) if not CONTINUED.fullmatch(g.strip())]
    for group in reversed(groups):
        if LEVEL_WORD.search(group):
            return group
    rest = re.sub(r"[（(]\s*续\s*[）)]", "", caption)
    words = [m[0] for m in LEVEL_WORD.finditer(rest) if rest[m.end() : m.end() + 1] != "别"]
    if words:
        return words[-1]
    return groups[-1] if groups and CAPTION.match(caption) and len(groups[-1]) <= 8 else ""


def looks_complete(text: str) -> bool:
    """Whether a requirement's text ends as a sentence does."""
    return text.rstrip().endswith((*SENTENCE_END, ".", "．"))


def starts_like_requirement(text: str) -> bool:
    return text.lstrip().startswith(("能够", "能", "会", "掌握", "熟悉", "了解"))
