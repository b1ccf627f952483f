"""The marking screens: one answer, its rubric, the next one. Nothing here says whose answer it is."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Invalid

from ..enums import MarkingState
from ..queries.marking import get_task, neighbours, progress_of, sheet_of, tasks_for
from ..services import marking


@allow(Role.MARKER)
@require_GET
def marking_home(request: HttpRequest) -> HttpResponse:
    """Progress, agreement, and where to begin."""
    return _home(request, arbiter=False)


@allow(Role.ARBITER)
@require_GET
def arbitration_home(request: HttpRequest) -> HttpResponse:
    """Disputed answers."""
    return _home(request, arbiter=True)


def _home(request: HttpRequest, *, arbiter: bool) -> HttpResponse:
    recent = (
        tasks_for(request.user, arbiter=arbiter)
        .filter(state=MarkingState.DONE)
        .select_related("mark", "slot__revision__item")
        .order_by("-mark_id")[:12]
    )
    context = {"progress": progress_of(request.user, arbiter=arbiter), "recent": recent, "arbiter": arbiter}
    return render(request, "grading/marking_home.html", context)


@allow(Role.MARKER)
@require_POST
def marking_next(request: HttpRequest) -> HttpResponse:
    """Claim the next answer and go to it."""
    return _go_on(request, arbiter=False)


@allow(Role.ARBITER)
@require_POST
def arbitration_next(request: HttpRequest) -> HttpResponse:
    """Claim the next disputed answer and go to it."""
    return _go_on(request, arbiter=True)


def _go_on(request: HttpRequest, *, arbiter: bool) -> HttpResponse:
    task = marking.claim_next(marker=request.user, arbiter=arbiter)
    if task is None:
        messages.info(request, _("目前没有待评的作答。"))
        return redirect("grading:arbitration_home" if arbiter else "grading:marking_home")
    return redirect("grading:arbitration_task" if arbiter else "grading:marking_task", task.pk)


@allow(Role.MARKER)
@require_http_methods(["GET", "POST"])
def marking_task(request: HttpRequest, task_id: int) -> HttpResponse:
    """Judge one answer."""
    return _task(request, task_id, arbiter=False)


@allow(Role.ARBITER)
@require_http_methods(["GET", "POST"])
def arbitration_task(request: HttpRequest, task_id: int) -> HttpResponse:
    """Decide one disputed answer, with both marks in view."""
    return _task(request, task_id, arbiter=True)


def _task(request: HttpRequest, task_id: int, *, arbiter: bool) -> HttpResponse:
    task = get_task(request.user, task_id, arbiter=arbiter)
    error, given, comment, status = None, None, None, 200
    if request.method == "POST":
        given = {
            name.removeprefix("points-"): str(value)
            for name, value in request.POST.items()
            if name.startswith("points-")
        }
        comment = str(request.POST.get("comment", ""))
        try:
            points = marking.parse_points(given)
            marking.award_mark(marker=request.user, task_id=task_id, award=marking.Award(points, comment))
        except Invalid as refusal:
            error, status = refusal, refusal.status
        else:
            if request.POST.get("then") == "home":
                return redirect("grading:arbitration_home" if arbiter else "grading:marking_home")
            return _go_on(request, arbiter=arbiter)
    sheet = sheet_of(task)
    before, after = neighbours(task, request.user, arbiter=arbiter)
    context = {
        "sheet": sheet,
        "rows": _rows(sheet.criteria, given if given is not None else sheet.mine),
        "comment": sheet.comment if comment is None else comment,
        "data": sheet.as_data(),
        "error": error,
        "arbiter": arbiter,
        "progress": progress_of(request.user, arbiter=arbiter),
        "before": before,
        "after": after,
        "locked": task.state == MarkingState.DONE and not marking.correctable(task),
        "done": task.state == MarkingState.DONE,
    }
    return render(request, "grading/marking_task.html", context, status=status)


def _rows(criteria: list, chosen: dict) -> list[dict]:
    return [
        {
            "criterion": criterion,
            "chosen": chosen.get(criterion.id, ""),
            "levels": [
                {
                    "level": level,
                    "value": f"{level.points:f}",
                    "checked": chosen.get(criterion.id) == f"{level.points:f}",
                }
                for level in criterion.levels
            ],
        }
        for criterion in criteria
    ]


@allow(Role.MARKER, Role.ARBITER)
@require_POST
def give_back(request: HttpRequest, task_id: int) -> HttpResponse:
    """Put the answer back for others."""
    marking.give_back(marker=request.user, task_id=task_id)
    messages.success(request, _("这份作答已退回，由其他人评阅。"))
    arbiter = request.path.startswith("/arbitration/")
    return redirect("grading:arbitration_home" if arbiter else "grading:marking_home")
