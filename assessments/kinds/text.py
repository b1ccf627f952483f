"""Reading what candidates type: folding of text and parsing of numbers, both without loss of meaning."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

#: Punctuation that NFKC leaves apart and a candidate's keyboard does not.
_PUNCTUATION = str.maketrans(
    {
        "。": ".", "．": ".", "｡": ".", "、": ",", "，": ",", "；": ";", "：": ":", "？": "?", "！": "!",
        "“": '"', "”": '"', "„": '"', "「": '"', "」": '"', "『": '"', "』": '"', "‘": "'", "’": "'",
        "（": "(", "）": ")", "【": "[", "】": "]", "《": "<", "》": ">", "〈": "<", "〉": ">",
        "—": "-", "–": "-", "‐": "-", "‑": "-", "−": "-", "﹣": "-", "～": "~", "〜": "~", "·": ".", "・": ".",
    }
)  # fmt: skip
_CJK = r"[\u2e80-\u9fff\uf900-\ufaff\u3000-\u303f]"
_CJK_GAP = re.compile(rf"(?<={_CJK})\s+|\s+(?={_CJK})")
_EDGES = " \t\n.,;:!?\"'"

_GROUPED = re.compile(r"^[+-]?\d{1,3}(?:[,' ]\d{3})+(?:\.\d*)?$")
_PLAIN = re.compile(r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?$")
#: Signs that say "money" before or after a number and change nothing about its value.
_CURRENCY = (
    "人民币",
    "美元",
    "美金",
    "欧元",
    "英镑",
    "日元",
    "元",
    "圆",
    "块",
    "RMB",
    "CNY",
    "USD",
    "EUR",
    "GBP",
    "US$",
    "¥",
    "￥",
    "$",
    "€",
    "£",
)
_MONEY = {
    "元": ("人民币", "元", "圆", "块", "RMB", "CNY", "¥", "￥"),
    "美元": ("美元", "美金", "USD", "US$", "$"),
    "欧元": ("欧元", "EUR", "€"),
    "英镑": ("英镑", "GBP", "£"),
    "日元": ("日元", "JPY", "円", "¥", "￥"),
}
_PERCENT = ("%", "％")


def fold_text(text: str, *, fold_case: bool = True) -> str:
    """``text`` with everything folded that a keyboard, not knowledge, decides.

    NFKC (full and half width), case, runs of whitespace, whitespace beside Chinese characters, kinds of punctuation,
    and punctuation at either end.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION)
    folded = re.sub(r"\s+", " ", folded).strip()
    folded = _CJK_GAP.sub("", folded)
    folded = re.sub(r"\s*([,;:!?()\[\]<>/])\s*", r"\1", folded).strip(_EDGES)
    return folded.casefold() if fold_case else folded


def parse_number(text: str, unit: str = "") -> Decimal | None:
    """The number a candidate wrote, or ``None`` where it cannot be told for certain.

    Full-width digits, thousands separators, a leading plus, a currency sign or the item's own unit are understood.
    ``12.5%`` is 12.5 where the item's unit is the percent sign and 0.125 elsewhere. Another unit than the item's is not
    guessed at: ``None``.
    """
    if len(text) > 60:
        return None
    body = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION).strip().strip(";:!?\"' ").rstrip(".,")
    body = re.sub(r"\s+", " ", body)
    body, percent = _without_unit(body, unicodedata.normalize("NFKC", unit).strip())
    body = body.replace("- ", "-").strip()
    if _GROUPED.match(body):
        body = re.sub(r"[,' ]", "", body)
    if not _PLAIN.match(body):
        return None
    try:
        value = Decimal(body)
    except InvalidOperation:  # pragma: no cover - the pattern above admits decimals only
        return None
    return value / 100 if percent else value


def _without_unit(body: str, unit: str) -> tuple[str, bool]:
    """``body`` without its unit, and whether it was a percentage to be divided by a hundred."""
    if body.endswith("%"):
        return body[:-1].strip(), unit != "%"
    names = sorted({unit, *_MONEY.get(unit, ())} - {""}, key=len, reverse=True)
    names = [unicodedata.normalize("NFKC", name) for name in names]
    for name in names:
        if body.casefold().endswith(name.casefold()):
            return body[: -len(name)].strip(), False
        if body.casefold().startswith(name.casefold()):
            return body[len(name) :].strip(), False
        if body[:1] in "+-" and body[1:].casefold().startswith(name.casefold()):
            return body[0] + body[1 + len(name) :].strip(), False
    return body, False


def decimal_text(value: Decimal) -> str:
    """``value`` in plain digits, never in exponent form."""
    return format(value, "f")
