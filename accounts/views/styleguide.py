"""The style guide: every component in every state, and what the visual and accessibility checks look at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from ..access import allow_public
from ..icons import ICONS
from ..looks import LOOKS


class SampleForm(forms.Form):
    """Fields of every sort, to be shown empty, filled and with errors."""

    name = forms.CharField(label=_("考次名称"), max_length=40, help_text=_("考生在准考证上看到的名称。"))
    code = forms.CharField(label=_("院校代码"), max_length=10, required=False)
    level = forms.ChoiceField(label=_("等级"), choices=[("1", _("初级")), ("2", _("中级")), ("3", _("高级"))])
    starts = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}))
    minutes = forms.IntegerField(label=_("时长（分钟）"), min_value=10, max_value=240)
    mode = forms.ChoiceField(
        label=_("作答方式"),
        choices=[("free", _("可来回作答")), ("linear", _("顺序作答，不可返回"))],
        widget=forms.RadioSelect,
    )
    shuffle = forms.BooleanField(label=_("打乱选项次序"), required=False, help_text=_("按考生各自的种子。"))
    note = forms.CharField(label=_("考生须知"), widget=forms.Textarea(attrs={"rows": 4}), required=False)
    file = forms.FileField(label=_("名单文件"), required=False, help_text=_("CSV 或 XLSX，最大 20 MB。"))


SAMPLE_TREE: list[dict[str, Any]] = [
    {
        "kind": "level",
        "code": "",
        "name": "初级",
        "open": True,
        "figures": [("工作领域", 3), ("要求", 17)],
        "heat": (46, 3, "已审定题目 46 道"),
        "children": [
            {
                "kind": "domain",
                "code": "1",
                "name": "产品发布与订单处理",
                "open": True,
                "figures": [("题目", 24)],
                "heat": (24, 4, "已审定题目 24 道"),
                "children": [
                    {
                        "kind": "task",
                        "code": "1.2",
                        "name": "订单处理",
                        "open": True,
                        "figures": [("题目", 9), ("实操", 1)],
                        "heat": (9, 3, "已审定题目 9 道"),
                        "children": [
                            {
                                "kind": "requirement",
                                "code": "1.2.1",
                                "key": "1.2.1",
                                "name": "能根据平台发货规则，完成线上发货操作，并正确填写物流单号",
                                "url": "#node-1.2.1",
                                "figures": [("在用", 6)],
                                "heat": (6, 5, "充足"),
                            },
                            {
                                "kind": "requirement",
                                "code": "1.2.2",
                                "key": "1.2.2",
                                "name": "能处理已发货、未发货与退款订单，并根据订单报告作出答复",
                                "figures": [("在用", 3)],
                                "heat": (3, 2, "偏少"),
                                "state": ("in_review", "审题中"),
                            },
                            {
                                "kind": "requirement",
                                "code": "1.2.3",
                                "key": "1.2.3",
                                "name": "能核对库存并处理缺货订单",
                                "note": "上一版本中为 1.3.2",
                                "figures": [("在用", 0)],
                                "heat": (0, 0, "缺题"),
                            },
                        ],
                    }
                ],
            }
        ],
    },
    {
        "kind": "level",
        "code": "",
        "name": "中级",
        "figures": [("工作领域", 3), ("要求", 32)],
        "heat": (12, 1, "很少"),
    },
]


@allow_public
@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    bad = SampleForm({"name": "", "level": "9", "minutes": "5", "starts": "昨天", "mode": ""})
    bad.is_valid()
    good = SampleForm(
        initial={"name": "2026 年秋季初级考试", "level": "1", "minutes": 90, "mode": "free"}, prefix="good"
    )
    page = Paginator(range(1240), 50).page(7)
    return render(
        request,
        "accounts/styleguide.html",
        {
            "good": good,
            "bad": bad,
            "page": page,
            "icons": list(ICONS),
            "looks": list(LOOKS),
            "tree_nodes": SAMPLE_TREE,
            "levels": range(6),
            "palette": ["answered"] * 6 + ["partial", "unsaved"] + ["seen"] * 3 + ["unseen"] * 9,
        },
    )
