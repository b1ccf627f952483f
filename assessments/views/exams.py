"""Pages of exams and sessions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import allow, roles_of
from accounts.enums import Role

from ..enums import ExamState, SessionState
from ..forms.exams import ExamForm, SessionForm
from ..models import ExamSession
from ..queries import exams as queries
from ..services import exams as services
from ..session_figures import figures_of
from .people import told_in, user_of

PAGE = 50
READERS = (Role.EXAMINER,)
WATCHERS = (*READERS, Role.INVIGILATOR)


@allow(*READERS)
@require_GET
def exam_list(request: HttpRequest) -> HttpResponse:
    found = queries.exams_for(user_of(request))
    state = request.GET.get("state", "")
    if state in ExamState.values:
        found = found.filter(state=state)
    page = Paginator(queries.for_list(found), PAGE).get_page(request.GET.get("page"))
    return render(
        request, "assessments/exams/list.html", {"page": page, "states": ExamState.choices, "state": state}
    )


@allow(Role.EXAMINER)
@require_http_methods(["GET", "POST"])
def exam_new(request: HttpRequest) -> HttpResponse:
    """An exam out of a ready blueprint and its frozen forms."""
    blueprints = queries.ready_blueprints(user_of(request))
    form, status = ExamForm(request.POST or None, blueprints=blueprints), 200
    if request.method == "POST":
        with told_in(form) as told:
            if form.is_valid():
                exam = services.create_exam(actor=user_of(request), **form.cleaned_data)
                messages.success(request, _("考试已建好，接着安排考次。"))
                return redirect("assessments:exam_detail", exam.pk)
        status = told.status
    choices = [(blueprint, list(queries.frozen_forms(blueprint))) for blueprint in blueprints[:40]]
    wanted = request.POST.get("blueprint") or request.GET.get("blueprint", "")
    if not wanted and choices:
        wanted = str(choices[0][0].pk)
    return render(
        request,
        "assessments/exams/new.html",
        {"form": form, "choices": choices, "wanted": wanted, "picked": request.POST.getlist("forms")},
        status=status,
    )


@allow(*READERS)
@require_GET
def exam_detail(request: HttpRequest, pk: int) -> HttpResponse:
    exam = queries.exam_for(user_of(request), pk)
    sessions = list(queries.sessions_for(user_of(request)).filter(exam=exam).order_by("starts_at", "room"))
    return render(
        request,
        "assessments/exams/detail.html",
        {
            "exam": exam,
            "forms": exam.forms.all(),
            "sessions": with_figures(sessions),
            "edits": Role.EXAMINER in roles_of(request.user),
            "is_draft": exam.state == ExamState.DRAFT,
            "is_open": exam.state == ExamState.OPEN,
        },
    )


@allow(Role.EXAMINER)
@require_POST
def exam_open(request: HttpRequest, pk: int) -> HttpResponse:
    exam = queries.exam_for(user_of(request), pk)
    services.open_exam(actor=user_of(request), exam=exam)
    messages.success(request, _("已开放报名。"))
    return redirect("assessments:exam_detail", pk)


@allow(Role.EXAMINER)
@require_POST
def exam_close(request: HttpRequest, pk: int) -> HttpResponse:
    exam = queries.exam_for(user_of(request), pk)
    services.close_exam(actor=user_of(request), exam=exam)
    messages.success(request, _("考试已结束。"))
    return redirect("assessments:exam_detail", pk)


@allow(*WATCHERS)
@require_GET
def session_list(request: HttpRequest) -> HttpResponse:
    """Sessions of a month as a calendar by day, or all that lie ahead."""
    month = _month(request.GET.get("month", ""))
    if month:
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        found = queries.sessions_between(user_of(request), month, last)
    else:
        found = (
            queries.sessions_for(user_of(request))
            .exclude(state=SessionState.CLOSED)
            .order_by("starts_at", "room")
        )
    page = Paginator(found, 200).get_page(request.GET.get("page"))
    shown = month or timezone.localdate().replace(day=1)
    return render(
        request,
        "assessments/exams/sessions.html",
        {
            "page": page,
            "days": _by_day(with_figures(list(page))),
            "month": month,
            "previous": (shown - timedelta(days=1)).strftime("%Y-%m"),
            "this": timezone.localdate().strftime("%Y-%m"),
            "next": (shown + timedelta(days=31)).strftime("%Y-%m"),
            "edits": Role.EXAMINER in roles_of(request.user),
        },
    )


@allow(Role.EXAMINER)
@require_http_methods(["GET", "POST"])
def session_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Schedule a session of an exam."""
    exam = queries.exam_for(user_of(request), pk)
    form = SessionForm(request.POST) if request.method == "POST" else SessionForm.for_exam(exam)
    status = 200
    if request.method == "POST":
        with told_in(form) as told:
            if form.is_valid():
                session = services.schedule_session(actor=user_of(request), exam=exam, plan=form.plan())
                messages.success(request, _("考次已安排。"))
                return redirect("assessments:session_detail", session.pk)
        status = told.status
    context = {"form": form, "exam": exam, "session": None}
    return render(request, "assessments/exams/session_edit.html", context, status=status)


@allow(*WATCHERS)
@require_GET
def session_detail(request: HttpRequest, pk: int) -> HttpResponse:
    session = queries.session_for(user_of(request), pk)
    return render(
        request,
        "assessments/exams/session.html",
        {
            "session": session,
            "exam": session.exam,
            "figures": figures_of([session.pk])[session.pk],
            "registrations_url": _link("candidates:session_registrations", pk),
            "board_url": _link("candidates:board", pk),
            "edits": Role.EXAMINER in roles_of(request.user),
            "is_planned": session.state == SessionState.PLANNED,
            "invigilators": queries.invigilators() if session.state == SessionState.OPEN else [],
            "late_until": session.starts_at + timedelta(minutes=session.late_minutes),
        },
    )


@allow(Role.EXAMINER)
@require_http_methods(["GET", "POST"])
def session_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a session that has not begun."""
    session = queries.session_for(user_of(request), pk)
    form = SessionForm(request.POST) if request.method == "POST" else SessionForm.of_session(session)
    status = 200
    if request.method == "POST":
        with told_in(form) as told:
            if form.is_valid():
                services.reschedule_session(actor=user_of(request), session=session, plan=form.plan())
                messages.success(request, _("考次安排已更改。"))
                return redirect("assessments:session_detail", pk)
        status = told.status
    context = {"form": form, "exam": session.exam, "session": session}
    return render(request, "assessments/exams/session_edit.html", context, status=status)


@allow(Role.EXAMINER)
@require_POST
def session_invigilators(request: HttpRequest, pk: int) -> HttpResponse:
    """Change who watches, also while the session is on."""
    session = queries.session_for(user_of(request), pk)
    chosen = queries.invigilators().filter(
        pk__in=[one for one in request.POST.getlist("invigilators") if one.isascii() and one.isdigit()][:100]
    )
    services.assign_invigilators(actor=user_of(request), session=session, invigilators=list(chosen))
    messages.success(request, _("监考人员已更改。"))
    return redirect("assessments:session_detail", pk)


@allow(Role.EXAMINER)
@require_POST
def session_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    session = queries.session_for(user_of(request), pk)
    services.cancel_session(actor=user_of(request), session=session, reason=request.POST.get("reason", ""))
    messages.success(request, _("考次已取消。"))
    return redirect("assessments:exam_detail", session.exam_id)


def with_figures(sessions: list[ExamSession]) -> list[dict[str, Any]]:
    """Sessions with their registered figures, in a constant number of queries."""
    figures = figures_of([session.pk for session in sessions])
    return [{"session": session, "figures": figures[session.pk]} for session in sessions]


def _by_day(shown: Iterable[dict[str, Any]]) -> list[tuple[date, list[dict[str, Any]]]]:
    days: dict[date, list[dict[str, Any]]] = {}
    for entry in shown:
        days.setdefault(timezone.localtime(entry["session"].starts_at).date(), []).append(entry)
    return sorted(days.items())


def _month(typed: str) -> date | None:
    try:
        return date.fromisoformat(f"{typed}-01")
    except ValueError:
        return None


def _link(name: str, pk: int) -> str:
    """The address of another app's page, or nothing where it does not exist."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""
