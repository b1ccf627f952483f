"""Forms of exams and sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms as fields
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from ..models import Blueprint, Exam, ExamSession, Form
from ..queries.exams import invigilators
from ..services.exams import SessionPlan
from .blueprints import WithDefaults


class BlueprintChoice(fields.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.level.name} · {obj.title}"


class ExamForm(fields.Form):
    blueprint = BlueprintChoice(label=_("细目表"), queryset=Blueprint.objects.none())
    title = fields.CharField(label=_("考试名称"), max_length=120, required=False)
    forms = fields.ModelMultipleChoiceField(label=_("试卷"), queryset=Form.objects.none())
    open_now = fields.BooleanField(label=_("建好后即开放报名"), required=False, initial=True)

    def __init__(self, *args: Any, blueprints: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["blueprint"].queryset = blueprints  # type: ignore[attr-defined]
        self.fields["forms"].queryset = Form.objects.filter(blueprint__in=blueprints.values("pk")).defer(  # type: ignore[attr-defined]
            "public_payload"
        )


class Moment(fields.Field):
    """A date and time as `datetime-local` sends it, or ISO 8601 with an offset; aware afterwards."""

    default_error_messages = {"invalid": _("请填日期和时间，例如 2026-11-23 09:00。")}

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value
        try:
            moment = parse_datetime(str(value).strip().replace("Z", "+00:00"))
        except ValueError:
            moment = None
        if moment is None:
            raise fields.ValidationError(self.error_messages["invalid"], code="invalid")
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
        return value


class PersonChoices(fields.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


class SessionForm(WithDefaults):
    name = fields.CharField(label=_("考次名称"), max_length=80)
    room = fields.CharField(label=_("考场"), max_length=80, required=False)
    starts_at = Moment(label=_("开考时间"), widget=fields.DateTimeInput(attrs={"type": "datetime-local"}))
    minutes = fields.IntegerField(label=_("答题时长（分钟）"), min_value=1, max_value=600)
    late_minutes = fields.IntegerField(
        label=_("迟到时限（分钟）"),
        min_value=0,
        max_value=240,
        initial=30,
        help_text=_("开考后这么久内仍可入场，迟到者的答题时长不变。"),
    )
    grace_seconds = fields.IntegerField(
        label=_("提交宽限（秒）"),
        min_value=0,
        max_value=300,
        initial=5,
        help_text=_("给到点时正在路上的保存和交卷。"),
    )
    needs_admission = fields.BooleanField(label=_("须监考核验后才能入场"), required=False, initial=True)
    invigilators = PersonChoices(
        label=_("监考"),
        queryset=User.objects.none(),
        required=False,
        widget=fields.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["invigilators"].queryset = invigilators()  # type: ignore[attr-defined]

    @classmethod
    def for_exam(cls, exam: Exam) -> SessionForm:
        """Empty, with the exam's working time and tomorrow at nine."""
        tomorrow = (timezone.localtime() + timedelta(days=1)).replace(
            hour=9, minute=0, second=0, microsecond=0
        )
        count = exam.sessions.count() + 1
        return cls(
            initial={
                "minutes": exam.blueprint.minutes,
                "starts_at": tomorrow,
                "name": f"第 {count} 考次",
            }
        )

    @classmethod
    def of_session(cls, session: ExamSession) -> SessionForm:
        return cls(
            initial={
                "name": session.name,
                "room": session.room,
                "starts_at": session.starts_at,
                "minutes": session.minutes,
                "late_minutes": session.late_minutes,
                "grace_seconds": session.grace_seconds,
                "needs_admission": session.needs_admission,
                "invigilators": list(session.invigilators.all()),
            }
        )

    def plan(self) -> SessionPlan:
        """What was filled in, once valid."""
        data = self.cleaned_data
        return SessionPlan(
            name=data["name"],
            room=data["room"],
            starts_at=data["starts_at"],
            minutes=data["minutes"],
            late_minutes=data["late_minutes"],
            grace_seconds=data["grace_seconds"],
            needs_admission=data["needs_admission"],
            invigilators=list(data["invigilators"]),
        )
