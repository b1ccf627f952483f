"""Forms of candidates."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

NOT_DIGITS = re.compile(r"[\s\-·.]+")


class TicketForm(forms.Form):
    """Ticket number and access code as printed. Blanks, hyphens and full-width digits are understood."""

    ticket_no = forms.CharField(
        label=_("准考证号"),
        max_length=40,
        error_messages={"required": _("请填写准考证号。")},
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "username",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
    )
    access_code = forms.CharField(
        label=_("口令"),
        max_length=40,
        help_text=_("准考证上印的 8 位数字。"),
        error_messages={"required": _("请填写口令。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_ticket_no(self) -> str:
        number = _digits(self.cleaned_data["ticket_no"])
        if not number.isdecimal() or not 4 <= len(number) <= 24:
            raise ValidationError(_("准考证号是准考证上印的一串数字，请核对。"), code="ticket_no")
        return number

    def clean_access_code(self) -> str:
        code = _digits(self.cleaned_data["access_code"])
        if not code.isdecimal() or len(code) != 8:
            raise ValidationError(_("口令是 8 位数字，请核对。"), code="access_code")
        return code


def _digits(text: Any) -> str:
    return NOT_DIGITS.sub("", unicodedata.normalize("NFKC", str(text)))


__all__ = ["TicketForm"]
