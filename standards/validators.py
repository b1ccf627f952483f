"""Checks on words that people type."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.errors import Invalid


def clean_words(text: str) -> str:
    """The text without blanks around it; refused when it holds characters no text has (NUL, lone surrogates)."""
    if any((char < " " and char not in "\n\r\t") or "\ud800" <= char <= "\udfff" for char in text):
        raise Invalid(
            "control_characters", _("文字里有不能保存的控制字符。"), hint=_("请重新输入，或从纯文本复制。")
        )
    return text.strip()
