"""Who may see which candidates, sessions and registrations."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import NotFound
from accounts.models import School
from assessments.enums import SessionState
from assessments.models import ExamSession

from ..models import Candidate, Registration


def schools_for(user: Any) -> QuerySet[School]:
    """The schools a user acts for: an officer's own, all for examiners."""
    if Role.EXAMINER in roles_of(user):
        return School.objects.filter(is_active=True)
    return School.objects.filter(
        is_active=True, role_grants__user=user, role_grants__role=Role.OFFICER
    ).distinct()


def candidates_for(user: Any) -> QuerySet[Candidate]:
    return Candidate.objects.filter(school__in=schools_for(user)).select_related("school")


def sessions_for(user: Any) -> QuerySet[ExamSession]:
    """Examiners see all, invigilators their own; officers those that can be registered for and those
    their candidates are in."""
    sessions = ExamSession.objects.select_related("exam__blueprint__level")
    roles = roles_of(user)
    if Role.EXAMINER in roles:
        return sessions
    seen = Q(pk__in=[])
    if Role.INVIGILATOR in roles:
        seen |= Q(invigilators=user)
    if Role.OFFICER in roles:
        seen |= Q(state=SessionState.PLANNED, exam__state="open")
        seen |= Q(registrations__candidate__school__in=schools_for(user))
    return sessions.filter(seen).distinct()


def invigilated_for(user: Any) -> QuerySet[ExamSession]:
    """The sessions whose board a user may see and act on."""
    sessions = ExamSession.objects.select_related("exam__blueprint__level")
    if Role.EXAMINER in roles_of(user):
        return sessions
    return sessions.filter(invigilators=user)


def registrations_for(user: Any) -> QuerySet[Registration]:
    """All for examiners, a session's for its invigilators, the school's own for officers."""
    rows = Registration.objects.select_related("candidate__school", "session__exam", "form")
    roles = roles_of(user)
    if Role.EXAMINER in roles:
        return rows
    seen = Q(pk__in=[])
    if Role.INVIGILATOR in roles:
        seen |= Q(session__invigilators=user)
    if Role.OFFICER in roles:
        seen |= Q(candidate__school__in=schools_for(user))
    return rows.filter(seen).distinct()


def session_or_404(sessions: QuerySet[ExamSession], pk: int) -> ExamSession:
    session = sessions.filter(pk=pk).first()
    if session is None:
        raise NotFound("session_unknown", _("没有这个考次。"), hint=_("请从考次列表进入。"))
    return session


def with_counts(sessions: QuerySet[ExamSession]) -> QuerySet[ExamSession]:
    """Adds `registered` and `admitted`."""
    return sessions.annotate(
        registered=Count("registrations", distinct=True),
        admitted=Count("registrations", filter=Q(registrations__admitted_at__isnull=False), distinct=True),
    )
