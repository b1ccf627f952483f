"""Forms of blueprints and assembly."""

from __future__ import annotations

from typing import Any

from django import forms as fields
from django.utils.translation import gettext_lazy as _

from standards.models import Level

from ..queries.blueprints import levels_to_examine


class WithDefaults(fields.Form):
    """A form in which a field that was not sent at all has its initial value; an emptied one is empty."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if data is not None:
            data = data.copy()
            for name, field in self.base_fields.items():  # type: ignore[attr-defined]
                if field.initial is not None and not isinstance(field, fields.BooleanField):
                    data.setdefault(name, field.initial)
        super().__init__(data, *args, **kwargs)


class LevelChoice(fields.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.edition}"


def _percent(label: Any) -> fields.DecimalField:
    return fields.DecimalField(label=label, min_value=0, max_value=100, initial=60, required=False)


class ProposeForm(WithDefaults):
    """What a proposal starts from; everything but the level has a default."""

    level = LevelChoice(label=_("等级"), queryset=Level.objects.none())
    title = fields.CharField(
        label=_("名称"), max_length=120, required=False, help_text=_("不填则按等级和年份命名。")
    )
    theory_items = fields.IntegerField(label=_("理论题数"), min_value=5, max_value=200, initial=30)
    minutes = fields.IntegerField(label=_("时长（分钟）"), min_value=1, max_value=600, initial=90)
    practical_points = fields.IntegerField(
        label=_("实操分值"),
        min_value=0,
        max_value=90,
        initial=30,
        help_text=_("满分 100 分，其余归理论；0 为不考实操。"),
    )
    lower_percent = fields.IntegerField(
        label=_("下级要求占比（%）"),
        min_value=0,
        max_value=50,
        initial=0,
        help_text=_("高等级涵盖低等级，可抽一部分题考下级要求。"),
    )
    forms = fields.IntegerField(
        label=_("平行卷数"),
        min_value=1,
        max_value=10,
        initial=2,
        help_text=_("保证题库够组这么多份不重题的卷。"),
    )
    pass_total = _percent(_("总分合格线（%）"))
    pass_theory = _percent(_("理论合格线（%）"))
    pass_practical = _percent(_("实操合格线（%）"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = levels_to_examine()  # type: ignore[attr-defined]


class AssemblyForm(WithDefaults):
    forms_wanted = fields.IntegerField(label=_("份数"), min_value=1, max_value=10, initial=2)
    max_overlap = fields.IntegerField(
        label=_("允许重题数"),
        min_value=0,
        max_value=500,
        initial=0,
        help_text=_("任意两份卷之间；共用部分不计。"),
    )
    seed = fields.IntegerField(
        label=_("随机种子"),
        min_value=0,
        max_value=2**31 - 1,
        initial=1,
        help_text=_("题库和种子不变，组出的卷也不变。"),
    )
    seconds = fields.IntegerField(label=_("求解时限（秒）"), min_value=1, max_value=300, initial=30)
