"""Forms of standards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from .importing import ImportRefused
from .importing.reader import check_size
from .models import Standard

NEW = ""


class ImportForm(forms.Form):
    """A standard document, and which standard its edition belongs to."""

    file = forms.FileField(
        label=_("标准文档"),
        help_text=_("纯文本（.txt），UTF-8 或 GB18030 编码，最大 8 MB。Word、PDF 请先另存为纯文本。"),
        error_messages={
            "required": _("请选择一个文件。"),
            "empty": _("文件是空的。请确认文件已保存，并重新选择。"),
            "missing": _("请选择一个文件。"),
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.text,.md,.tsv,.csv,text/plain"}),
    )
    standard = forms.ChoiceField(
        label=_("属于哪个标准"),
        required=False,
        help_text=_("新标准会按标题建立；已有的标准会多出一个草稿版本。"),
    )
    code = forms.CharField(
        label=_("新标准的代码"),
        required=False,
        max_length=60,
        help_text=_("用于接口和命令，例如 kuajing-b2c；可不填。"),
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]*$", _("只能用小写字母、数字和连字符。"))],
    )
    label = forms.CharField(
        label=_("版本名"), required=False, max_length=40, help_text=_("例如 2020 版；不填则用今天的日期。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(s.code, f"{s.title}（{s.code}）") for s in Standard.objects.order_by("title")]
        self.fields["standard"].choices = [(NEW, _("按标题自动判断，或新建")), *known]  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            check_size(file.size, file.name)
        except ImportRefused as refused:
            raise ValidationError(f"{refused.message}{refused.hint}", code=refused.code) from refused
        return file

    @property
    def chosen_code(self) -> str:
        return self.cleaned_data.get("standard") or self.cleaned_data.get("code") or ""
