"""The invigilator's board: see everyone, act on one, some or all."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Invalid, Refusal
from accounts.models import User
from assessments.models import ExamSession

from ..models import Registration
from ..queries.board import board_of, late_uploads_of
from ..queries.registration import invigilated_for, session_or_404, with_counts
from ..sealed import MAX_FILE
from ..services import invigilation
from ..services.attempts import hand_over_sealed

Act = Callable[[HttpRequest, ExamSession, list[Registration]], int]


@allow(Role.INVIGILATOR, Role.EXAMINER)
@require_GET
def board_list(request: HttpRequest) -> HttpResponse:
    rows = with_counts(invigilated_for(request.user)).order_by("-starts_at")
    return render(
        request, "candidates/board_list.html", {"page": Paginator(rows, 50).get_page(request.GET.get("page"))}
    )


@allow(Role.INVIGILATOR, Role.EXAMINER)
@require_GET
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole page; its seats renew themselves every three seconds."""
    session = session_or_404(invigilated_for(request.user), pk)
    context = {
        "session": session,
        "board": board_of(session, show=request.GET.get("show", "")),
        "show": request.GET.get("show", ""),
        "incidents": session.incidents.select_related("by", "registration__candidate")[:20],
        "late_uploads": late_uploads_of(session),
    }
    return render(request, "candidates/board.html", context)


@allow(Role.INVIGILATOR, Role.EXAMINER)
@require_GET
def board_seats(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part of the board, for polling."""
    session = session_or_404(invigilated_for(request.user), pk)
    show = request.GET.get("show", "")
    return render(
        request,
        "candidates/_board_seats.html",
        {"session": session, "board": board_of(session, show=show), "show": show},
    )


@allow(Role.INVIGILATOR, Role.EXAMINER)
@require_POST
def board_act(request: HttpRequest, pk: int) -> HttpResponse:
    """One act on the chosen seats (`ids`), or on the whole session. `act` names it."""
    session = session_or_404(invigilated_for(request.user), pk)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Invalid("act_unknown", _("没有这个操作。"))
    chosen = list(
        Registration.objects.filter(session=session, pk__in=_ids(request)).select_related("attempt")
    )
    try:
        done = act(request, session, chosen)
        messages.success(request, ngettext("已处理 %(n)d 人。", "已处理 %(n)d 人。", done) % {"n": done})
    except Refusal as refusal:
        messages.error(request, f"{refusal.message}{refusal.hint}")
    show = request.POST.get("show", "")
    query = f"?show={show}" if show.isidentifier() else ""
    return redirect(reverse("candidates:board", args=[session.pk]) + query)


@allow(Role.INVIGILATOR, Role.EXAMINER)
@require_POST
def board_sealed(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand over a candidate's sealed file of unsent answers: checked, kept apart, never counted by itself."""
    session = session_or_404(invigilated_for(request.user), pk)
    try:
        upload = request.FILES.get("file")
        if upload is None:
            raise Invalid("file_missing", _("请选择考生电脑上下载的“未上传答案”文件。"))
        kept = hand_over_sealed(session=session, data=upload.read(MAX_FILE + 1), actor=_actor(request))
        messages.success(request, _("已收存 %(n)d 条未上传答案，等待考务处理。") % {"n": len(kept.entries)})
    except Refusal as refusal:
        messages.error(request, f"{refusal.message}{refusal.hint}")
    return redirect("candidates:board", session.pk)


def _admit(request: HttpRequest, session: ExamSession, chosen: list[Registration]) -> int:
    return invigilation.admit(registrations=_some(chosen), actor=_actor(request))


def _pause(request: HttpRequest, session: ExamSession, chosen: list[Registration]) -> int:
    reason = request.POST.get("reason", "")
    return sum(
        bool(invigilation.pause(attempt=row.attempt, actor=_actor(request), reason=reason))
        for row in _some(chosen)
    )


def _unpause(request: HttpRequest, session: ExamSession, chosen: list[Registration]) -> int:
    return sum(
        bool(invigilation.unpause(attempt=row.attempt, actor=_actor(request))) for row in _some(chosen)
    )


def _extend(request: HttpRequest, session: ExamSession, chosen: list[Registration]) -> int:
    minutes, reason = _minutes(request), request.POST.get("reason", "")
    return sum(
        bool(invigilation.extend(attempt=row.attempt, minutes=minutes, actor=_actor(request), reason=reason))
        for row in _some(chosen)
    )


def _extend_all(request: HttpRequest, session: ExamSession, chosen: list[Registration]) -> int:
    return invigilation.extend_all(
        session=session,
        minutes=_minutes(request),
        actor=_actor(request),
        reason=request.POST.get("reason", ""),
    )


def _message(request: HttpRequest, session: ExamSession, chosen: list[Registration]) -> int:
    return invigilation.send_message(
        attempts_to=[row.attempt for row in _some(chosen)],
        text=request.POST.get("text", ""),
        actor=_actor(request),
    )


def _collect(request: HttpRequest, session: ExamSession, chosen: list[Registration]) -> int:
    reason = request.POST.get("reason", "")
    return sum(
        bool(invigilation.force_collect(attempt=row.attempt, actor=_actor(request), reason=reason))
        for row in _some(chosen)
    )


def _incident(request: HttpRequest, session: ExamSession, chosen: list[Registration]) -> int:
    about: list[Registration | None] = [*chosen] or [None]
    for row in about:
        invigilation.note_incident(
            session=session, registration=row, text=request.POST.get("text", ""), actor=_actor(request)
        )
    return len(chosen)


ACTS: dict[str, Act] = {
    "admit": _admit,
    "pause": _pause,
    "unpause": _unpause,
    "extend": _extend,
    "extend_all": _extend_all,
    "message": _message,
    "collect": _collect,
    "incident": _incident,
}


def _some(chosen: list[Registration]) -> list[Registration]:
    if not chosen:
        raise Invalid("nobody_chosen", _("还没有选择考生。"), hint=_("请先勾选座位。"))
    return chosen


def _ids(request: HttpRequest) -> list[int]:
    return [int(text) for text in request.POST.getlist("ids") if text.isascii() and text.isdigit()][:5000]


def _minutes(request: HttpRequest) -> int:
    text = request.POST.get("minutes", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise Invalid("minutes_missing", _("请填写加时的分钟数。"))
    return int(text)


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
