"""Writing exams and sessions. Sessions open and close by the clock too (candidates.services.sessions).

Lock order: exam, then session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.errors import Invalid, Refusal
from accounts.models import User
from accounts.services import audit

from ..enums import BlueprintState, ExamState, FormState, SessionState
from ..models import Blueprint, Exam, ExamForm, ExamSession, Form

PAST = timedelta(minutes=10)
"""A session may be set up this long after its start, for rooms that begin on the spot."""


@transaction.atomic
def create_exam(
    *,
    actor: User,
    blueprint: Blueprint,
    forms: Sequence[Form],
    title: str = "",
    pass_rules: dict[str, Any] | None = None,
    open_now: bool = True,
) -> Exam:
    """An exam of a ready blueprint's frozen forms; the pass rules in force are copied.

    Raises Refusal (``blueprint_not_ready``, ``form_not_frozen``) and Invalid (``forms_missing``, ``form_foreign``).
    """
    blueprint = Blueprint.objects.select_for_update(of=("self",)).select_related("level").get(pk=blueprint.pk)
    if blueprint.state != BlueprintState.READY:
        raise Refusal(
            "blueprint_not_ready", _("细目表还没有定稿或已停用。"), hint=_("选一份已定稿的细目表。")
        )
    forms = list(
        Form.objects.select_for_update().defer("public_payload").filter(pk__in=[form.pk for form in forms])
    )
    if not forms:
        raise Invalid("forms_missing", _("至少要选一份已冻结的试卷。"), hint=_("先组卷、冻结，再建考试。"))
    for form in forms:
        if form.blueprint_id != blueprint.pk:
            raise Invalid("form_foreign", _("%s 卷不是这份细目表的试卷。") % form.label)
        if form.state != FormState.FROZEN:
            raise Refusal(
                "form_not_frozen", _("%s 卷还没有冻结。") % form.label, hint=_("在试卷页面冻结后再选。")
            )
    title = title.strip()[:120] or _("%(level)s考试 %(day)s") % {
        "level": blueprint.level.name,
        "day": timezone.localdate().isoformat(),
    }
    exam = Exam.objects.create(
        blueprint=blueprint,
        title=title,
        state=ExamState.OPEN if open_now else ExamState.DRAFT,
        pass_rules=pass_rules or blueprint.pass_rules,
        created_by=actor,
    )
    ExamForm.objects.bulk_create([ExamForm(exam=exam, form=form) for form in forms])
    audit.record(
        actor=actor,
        verb="exam.create",
        target=exam,
        data={"forms": [form.label for form in forms], "state": exam.state, "pass_rules": exam.pass_rules},
    )
    return exam


@transaction.atomic
def open_exam(*, actor: User, exam: Exam) -> Exam:
    """Let candidates be registered and sessions be held. Opening an open exam changes nothing."""
    exam = Exam.objects.select_for_update().get(pk=exam.pk)
    if exam.state == ExamState.OPEN:
        return exam
    _move_exam(exam, ExamState.OPEN)
    audit.record(actor=actor, verb="exam.open", target=exam)
    return exam


@transaction.atomic
def close_exam(*, actor: User, exam: Exam) -> Exam:
    """End an exam. Raises Refusal (``sessions_running``) while a session is not closed."""
    exam = Exam.objects.select_for_update().get(pk=exam.pk)
    if exam.state == ExamState.CLOSED:
        return exam
    ahead = exam.sessions.exclude(state=SessionState.CLOSED)
    if name := ahead.values_list("name", flat=True).first():
        raise Refusal(
            "sessions_running", _("考次“%s”还没有结束。") % name, hint=_("等考次结束，或先取消它。")
        )
    _move_exam(exam, ExamState.CLOSED)
    audit.record(actor=actor, verb="exam.close", target=exam)
    return exam


@dataclass(frozen=True)
class SessionPlan:
    """A session as it is set up. Times aware; minutes of working time."""

    name: str
    starts_at: datetime
    minutes: int
    room: str = ""
    late_minutes: int = 30
    grace_seconds: int = 5
    needs_admission: bool = True
    invigilators: Sequence[User] = ()

    @property
    def closes_at(self) -> datetime:
        """The last admitted still have their full working time."""
        return self.starts_at + timedelta(minutes=self.minutes + self.late_minutes)


@transaction.atomic
def schedule_session(*, actor: User, exam: Exam, plan: SessionPlan) -> ExamSession:
    """A planned session. Raises Invalid (``session_plan``) and Refusal (``exam_closed``, ``room_taken``)."""
    exam = Exam.objects.select_for_update().get(pk=exam.pk)
    if exam.state == ExamState.CLOSED:
        raise Refusal("exam_closed", _("考试已结束，不能再安排考次。"), hint=_("请新建一场考试。"))
    _check_plan(plan)
    _check_room(plan, ExamSession.objects.all())
    session = ExamSession.objects.create(exam=exam, created_by=actor, **_columns(plan))
    session.invigilators.set(plan.invigilators)
    audit.record(actor=actor, verb="session.schedule", target=session, data=_facts(plan))
    return session


@transaction.atomic
def reschedule_session(*, actor: User, session: ExamSession, plan: SessionPlan) -> ExamSession:
    """Change a session that has not begun. Raises Refusal (``session_begun``, ``room_taken``) and Invalid."""
    session = ExamSession.objects.select_for_update().get(pk=session.pk)
    if session.state != SessionState.PLANNED:
        raise Refusal(
            "session_begun", _("考次已开始或结束，不能再改安排。"), hint=_("加时请在监考页面办理。")
        )
    _check_plan(plan)
    _check_room(plan, ExamSession.objects.exclude(pk=session.pk))
    for name, value in _columns(plan).items():
        setattr(session, name, value)
    session.save()
    session.invigilators.set(plan.invigilators)
    audit.record(actor=actor, verb="session.reschedule", target=session, data=_facts(plan))
    return session


@transaction.atomic
def assign_invigilators(*, actor: User, session: ExamSession, invigilators: Sequence[User]) -> ExamSession:
    """Change who watches, at any time before the end."""
    session = ExamSession.objects.select_for_update().get(pk=session.pk)
    if session.state == SessionState.CLOSED:
        raise Refusal("session_over", _("考次已结束。"))
    _check_invigilators(invigilators)
    session.invigilators.set(invigilators)
    audit.record(
        actor=actor,
        verb="session.invigilators",
        target=session,
        data={"users": [user.pk for user in invigilators]},
    )
    return session


@transaction.atomic
def cancel_session(*, actor: User, session: ExamSession, reason: str) -> ExamSession:
    """Close a session that has not begun. Raises Refusal (``session_begun``) and Invalid (``reason_missing``)."""
    session = ExamSession.objects.select_for_update().get(pk=session.pk)
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明取消的原因。"))
    if session.state != SessionState.PLANNED:
        raise Refusal(
            "session_begun", _("考次已开始或结束，不能取消。"), hint=_("进行中的考次到点自动收卷。")
        )
    session.state = SessionState.CLOSED
    session.save(update_fields=["state"])
    audit.record(actor=actor, verb="session.cancel", target=session, data={"reason": reason.strip()[:500]})
    return session


def _columns(plan: SessionPlan) -> dict[str, Any]:
    return {
        "name": plan.name.strip(),
        "room": plan.room.strip(),
        "starts_at": plan.starts_at,
        "closes_at": plan.closes_at,
        "minutes": plan.minutes,
        "late_minutes": plan.late_minutes,
        "grace_seconds": plan.grace_seconds,
        "needs_admission": plan.needs_admission,
    }


def _facts(plan: SessionPlan) -> dict[str, Any]:
    return {
        "name": plan.name.strip(),
        "room": plan.room.strip(),
        "starts_at": plan.starts_at.isoformat(),
        "closes_at": plan.closes_at.isoformat(),
        "minutes": plan.minutes,
        "invigilators": [user.pk for user in plan.invigilators],
    }


def _check_plan(plan: SessionPlan) -> None:
    problems = [
        message
        for wrong, message in (
            (not 1 <= len(plan.name.strip()) <= 80, _("考次名称须有 1 到 80 个字")),
            (len(plan.room.strip()) > 80, _("考场名称不超过 80 个字")),
            (not 1 <= plan.minutes <= 600, _("答题时长须在 1 到 600 分钟之间")),
            (not 0 <= plan.late_minutes <= 240, _("迟到时限须在 0 到 240 分钟之间")),
            (not 0 <= plan.grace_seconds <= 300, _("提交宽限须在 0 到 300 秒之间")),
            (plan.starts_at < timezone.now() - PAST, _("开考时间已经过去")),
        )
        if wrong
    ]
    if problems:
        raise Invalid(
            "session_plan", "；".join(problems), hint=_("改好后再保存。"), data={"problems": problems}
        )
    _check_invigilators(plan.invigilators)


def _check_invigilators(users: Sequence[User]) -> None:
    ids = [user.pk for user in users]
    able = set(
        User.objects.filter(pk__in=ids, role_grants__role=Role.INVIGILATOR, is_active=True).values_list(
            "pk", flat=True
        )
    )
    if unable := [str(user) for user in users if user.pk not in able]:
        raise Invalid(
            "not_invigilator", _("%s 没有监考角色。") % "、".join(unable), hint=_("请系统管理员授权。")
        )


def _check_room(plan: SessionPlan, others: QuerySet[ExamSession]) -> None:
    """One room holds one session at a time."""
    room = plan.room.strip()
    if not room:
        return
    taken = (
        others.filter(room=room, starts_at__lt=plan.closes_at, closes_at__gt=plan.starts_at)
        .exclude(state=SessionState.CLOSED)
        .first()
    )
    if taken:
        raise Refusal(
            "room_taken",
            _("%(room)s 在这段时间已安排“%(name)s”（%(from)s 至 %(to)s）。")
            % {
                "room": room,
                "name": taken.name,
                "from": timezone.localtime(taken.starts_at).strftime("%m-%d %H:%M"),
                "to": timezone.localtime(taken.closes_at).strftime("%m-%d %H:%M"),
            },
            hint=_("换一个考场，或错开时间。"),
            data={"session": taken.pk},
        )


def _move_exam(exam: Exam, to: ExamState) -> None:
    if to not in Exam.TRANSITIONS[ExamState(exam.state)]:
        raise Refusal("transition", _("考试现在的状态不允许这样做。"), hint=_("刷新页面看最新状态。"))
    exam.state = to
    exam.save(update_fields=["state"])
