"""The restricted HTML that item texts may hold, and its plain form.

A text is either plain (its line breaks become paragraphs) or restricted HTML (it contains one of the allowed tags).
Sanitised on the way in by the services and once more on the way out by :func:`to_html`.
"""

from __future__ import annotations

import html
import re

import nh3

BLOCK_TAGS = {"p", "table", "thead", "tbody", "tr", "th", "td", "ul", "ol", "li"}
INLINE_TAGS = {"br", "strong", "em", "sub", "sup", "img"}
TAGS = BLOCK_TAGS | INLINE_TAGS
ATTRIBUTES = {
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
#: Pictures come from the item media folder only: no foreign host may learn who sits an exam.
IMAGE_SOURCE = re.compile(r"^/media/items/[A-Za-z0-9/_.\-]+$")

_HAS_TAG = re.compile(r"</?(?:" + "|".join(sorted(TAGS, key=len, reverse=True)) + r")(?:\s[^<>]*)?/?>", re.I)
_ANY_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?/?>")
_BREAKS = re.compile(r"</(?:p|li|tr|table)>|<br\s*/?>", re.I)


def _attribute(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if IMAGE_SOURCE.match(value) and ".." not in value else None
    if attribute in {"width", "height", "colspan", "rowspan"}:
        return value if value.isascii() and value.isdigit() and len(value) <= 4 else None
    if attribute == "scope":
        return value if value in {"row", "col"} else None
    return value


def is_html(text: str) -> bool:
    """Whether a text is meant as HTML: it holds an allowed tag. ``利润 < 5`` is plain text."""
    return bool(_HAS_TAG.search(text))


def lost_tags(text: str) -> list[str]:
    """The tags in ``text`` that sanitising drops, in order, each once."""
    found = [name.lower() for name in _ANY_TAG.findall(text)]
    return list(dict.fromkeys(name for name in found if name not in TAGS))


def sanitise(text: str) -> str:
    """``text`` as it may be stored: plain text unchanged, HTML reduced to the allowed tags and attributes."""
    if not is_html(text):
        return text
    return nh3.clean(
        text,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=set(),
        link_rel=None,
        clean_content_tags={"script", "style"},
    )


def to_html(text: str, *, inline: bool = False) -> str:
    """Safe HTML for a text. Plain text is escaped; its lines become paragraphs, or ``<br>`` where ``inline``."""
    if is_html(text):
        return sanitise(text)
    lines = [html.escape(line.strip(), quote=False) for line in text.strip().splitlines()]
    if inline:
        return "<br>".join(line for line in lines if line)
    return "".join(f"<p>{line}</p>" for line in lines if line)


def plain(text: str) -> str:
    """The words of a text without markup; lines and cells stay apart."""
    if not is_html(text):
        return text.strip()
    spaced = (
        _BREAKS.sub(lambda found: found[0] + "\n", text).replace("</td>", "</td> ").replace("</th>", "</th> ")
    )
    bare = html.unescape(re.sub(r"<[^<>]*>", "", spaced))
    return re.sub(r"[ \t]*\n\s*", "\n", bare).strip()
