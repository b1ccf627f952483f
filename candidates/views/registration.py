"""Candidates and their registration: for school officers and examiners."""

from __future__ import annotations

import csv

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Invalid, Refusal
from assessments.enums import SessionState

from ..importing import MAX_BYTES
from ..queries.registration import (
    candidates_for,
    registrations_for,
    schools_for,
    session_or_404,
    sessions_for,
    with_counts,
)
from ..services.registration import import_roster

PAGE = 50


@allow(Role.OFFICER, Role.EXAMINER)
@require_GET
def candidate_list(request: HttpRequest) -> HttpResponse:
    """The school's candidates, by name, student number or class."""
    rows = candidates_for(request.user).annotate(places=Count("registrations"))
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(
            Q(name__icontains=text) | Q(student_no__icontains=text) | Q(class_name__icontains=text)
        )
    if school := request.GET.get("school", ""):
        rows = rows.filter(school__code=school)
    page = Paginator(rows.order_by("school", "class_name", "student_no", "pk"), PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "q": text, "schools": schools_for(request.user), "school": school}
    return render(request, "candidates/candidate_list.html", context)


@allow(Role.OFFICER, Role.EXAMINER)
@require_http_methods(["GET", "POST"])
def roster_import(request: HttpRequest) -> HttpResponse:
    """Upload a roster: all rows or none; what is wrong is listed by row and column."""
    schools = list(schools_for(request.user))
    sessions = list(
        with_counts(sessions_for(request.user).filter(state=SessionState.PLANNED)).order_by("starts_at")
    )
    context = {
        "schools": schools,
        "sessions": sessions,
        "chosen_session": request.POST.get("session") or request.GET.get("session", ""),
        "chosen_school": request.POST.get("school", ""),
    }
    if request.method == "POST":
        try:
            done = _import(request)
        except Refusal as refusal:
            context["refusal"] = refusal
            context["problems"] = refusal.data.get("problems", [])
            return render(request, "candidates/roster_import.html", context, status=refusal.status)
        messages.success(
            request,
            _("导入完成：新增考生 %(made)d 人，原有 %(known)d 人，本次报名 %(registered)d 人。")
            % {"made": done.made, "known": done.known, "registered": done.registered},
        )
        if context["chosen_session"]:
            return redirect("candidates:session_registrations", context["chosen_session"])
        return redirect("candidates:candidate_list")
    return render(request, "candidates/roster_import.html", context)


def _import(request: HttpRequest):  # type: ignore[no-untyped-def]
    school = schools_for(request.user).filter(pk=_number(request.POST.get("school"))).first()
    if school is None:
        raise Invalid("school_missing", _("请选择院校。"))
    upload = request.FILES.get("file")
    if upload is None:
        raise Invalid("file_missing", _("请选择要上传的文件。"), hint=_("支持 CSV 和 xlsx。"))
    if (upload.size or 0) > MAX_BYTES:
        raise Invalid("roster_too_large", _("文件过大。"), hint=_("请分成几个文件上传。"), status=413)
    session = None
    if request.POST.get("session"):
        session = session_or_404(sessions_for(request.user), _number(request.POST.get("session")))
    return import_roster(
        school=school,
        session=session,
        data=upload.read(),
        filename=upload.name or "",
        actor=request.user,  # type: ignore[arg-type]
    )


@allow(Role.OFFICER, Role.EXAMINER)
@require_GET
def roster_template(request: HttpRequest) -> HttpResponse:
    """An empty roster with the headers, as Excel opens it (UTF-8 with BOM)."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = "attachment; filename*=UTF-8''%E8%80%83%E7%94%9F%E5%90%8D%E5%8D%95.csv"
    response.write("\ufeff")
    csv.writer(response).writerow(["姓名", "证件号", "学号", "班级", "额外时间"])
    return response


@allow(Role.OFFICER, Role.EXAMINER)
@require_GET
def session_list(request: HttpRequest) -> HttpResponse:
    """Sessions to register for, and those one's candidates are in."""
    rows = with_counts(sessions_for(request.user)).order_by("-starts_at")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "candidates/session_list.html", {"page": page})


@allow(Role.OFFICER, Role.EXAMINER)
@require_GET
def session_registrations(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is registered for a session, with ticket and seat; officers see their own."""
    session = session_or_404(sessions_for(request.user), pk)
    rows = registrations_for(request.user).filter(session=session).select_related("attempt")
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(Q(candidate__name__icontains=text) | Q(ticket_no__startswith=text))
    page = Paginator(rows.order_by("ticket_no"), PAGE).get_page(request.GET.get("page"))
    return render(
        request, "candidates/session_registrations.html", {"session": session, "page": page, "q": text}
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0
