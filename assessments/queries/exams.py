"""Reading exams and sessions, scoped to who asks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import NotFound
from accounts.models import User

from ..enums import FormState, SessionState
from ..models import Blueprint, Exam, ExamSession, Form
from .blueprints import READERS, blueprints_for


def exams_for(user: User) -> QuerySet[Exam]:
    if not roles_of(user) & READERS:
        return Exam.objects.none()
    return Exam.objects.select_related("blueprint__level", "blueprint__edition__standard", "created_by")


def exam_for(user: User, pk: int) -> Exam:
    exam = (
        exams_for(user)
        .prefetch_related(Prefetch("forms", Form.objects.defer("public_payload").order_by("label")))
        .filter(pk=pk)
        .first()
    )
    if exam is None:
        raise NotFound("exam_gone", _("没有这场考试。"), hint=_("从考试列表里选。"))
    return exam


def for_list(exams: QuerySet[Exam]) -> QuerySet[Exam]:
    """With numbers of forms and of sessions by state."""
    return exams.annotate(
        forms_count=Count("forms", distinct=True),
        sessions_count=Count("sessions", distinct=True),
        sessions_ahead=Count("sessions", filter=~Q(sessions__state=SessionState.CLOSED), distinct=True),
    ).order_by("-created_at")


def sessions_for(user: User) -> QuerySet[ExamSession]:
    """All sessions for examiners and administrators, their own for invigilators, none for others."""
    roles = roles_of(user)
    sessions = ExamSession.objects.select_related("exam__blueprint__level").prefetch_related("invigilators")
    if roles & READERS:
        return sessions
    if Role.INVIGILATOR in roles:
        return sessions.filter(invigilators=user)
    return sessions.none()


def session_for(user: User, pk: int) -> ExamSession:
    session = sessions_for(user).filter(pk=pk).first()
    if session is None:
        raise NotFound("session_gone", _("没有这个考次。"), hint=_("从考次列表里选。"))
    return session


def ready_blueprints(user: User) -> QuerySet[Blueprint]:
    """Blueprints with frozen forms that an exam can be made of."""
    return (
        blueprints_for(user)
        .filter(forms__state=FormState.FROZEN)
        .annotate(frozen=Count("forms", filter=Q(forms__state=FormState.FROZEN), distinct=True))
        .order_by("-created_at")
        .distinct()
    )


def frozen_forms(blueprint: Blueprint) -> QuerySet[Form]:
    return (
        blueprint.forms.filter(state=FormState.FROZEN)
        .defer("public_payload")
        .annotate(items=Count("slots"))
        .order_by("label")
    )


def invigilators() -> QuerySet[User]:
    return (
        User.objects.filter(role_grants__role=Role.INVIGILATOR, is_active=True)
        .distinct()
        .order_by("display_name", "username")
    )


def sessions_between(user: User, first: date, last: date) -> QuerySet[ExamSession]:
    """Sessions that start on the days from first to last, in local time."""
    start = timezone.make_aware(datetime.combine(first, time.min))
    end = timezone.make_aware(datetime.combine(last, time.min)) + timedelta(days=1)
    return sessions_for(user).filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at", "room")


def next_sessions(user: User, days: int = 14) -> QuerySet[ExamSession]:
    """Sessions that are open or begin within the days."""
    until = timezone.now() + timedelta(days=days)
    return (
        sessions_for(user)
        .exclude(state=SessionState.CLOSED)
        .filter(starts_at__lt=until)
        .order_by("starts_at")
    )
