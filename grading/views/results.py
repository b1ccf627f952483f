"""Results: the examiner's tables and release, the officer's list, the candidate's own page."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Invalid
from accounts.models import School
from accounts.services import audit
from assessments.kinds import get_kind

from ..enums import ReleaseState
from ..models import Mark, Result
from ..queries.certificates import own_certificates
from ..queries.exams import (
    distribution,
    exam_results,
    exams_with_counts,
    filtered,
    get_exam,
    progress_of_exam,
    releases_of,
)
from ..queries.plans import grading_plan
from ..queries.profiles import Node, mastery_tree, sections_of
from ..queries.results import current_results, get_result, own_results, released_for_school, schools_of
from ..rules import BadPassRules, parse_pass_rules
from ..services import marking, releases
from ..services.results import mark_facts, settled
from .plots import histogram

PAGE = 50


@allow(Role.EXAMINER)
@require_GET
def exam_results_list(request: HttpRequest) -> HttpResponse:
    """All exams: how far grading has come."""
    page = Paginator(exams_with_counts(), 30).get_page(request.GET.get("page"))
    return render(request, "grading/exam_results.html", {"page": page})


@allow(Role.EXAMINER)
@require_GET
def exam_result_table(request: HttpRequest, exam_id: int) -> HttpResponse:
    """One exam: progress, distribution, release, and the table of results."""
    exam = get_exam(exam_id)
    rows = filtered(exam_results(exam), request.GET).defer("breakdown", "decision")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    every = list(releases_of(exam)[:20])
    try:
        rule = parse_pass_rules(exam.pass_rules).total
    except BadPassRules:
        rule = None
    context = {
        "exam": exam,
        "page": page,
        "progress": progress_of_exam(exam),
        "plot": histogram(distribution(exam_results(exam)), rule=rule),
        "releases": every,
        "asked": next((entry for entry in every if entry.state == ReleaseState.REQUESTED), None),
        "schools": School.objects.filter(candidates__registrations__session__exam=exam).distinct(),
        "sessions": exam.sessions.order_by("starts_at"),
        "schools_shown": True,
    }
    return render(request, "grading/exam_result_table.html", context)


@allow(Role.EXAMINER)
@require_GET
def exam_result_csv(request: HttpRequest, exam_id: int) -> HttpResponseBase:
    """The filtered table as CSV (UTF-8 with BOM, as spreadsheet programs expect)."""
    exam = get_exam(exam_id)
    rows = filtered(exam_results(exam), request.GET).defer("breakdown")
    audit.record(actor=request.user, verb="result.export", target=exam)
    return _csv(rows, f"results-{exam.pk}.csv", with_school=True)


def literal(text: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    value = str(text)
    return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else value


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv(rows: Any, name: str, *, with_school: bool) -> StreamingHttpResponse:
    writer = csv.writer(_Echo())
    head = [
        _("准考证号"),
        _("姓名"),
        _("学号"),
        _("班级"),
        _("考试"),
        _("等级"),
        _("考次"),
        _("得分"),
        _("满分"),
        _("结果"),
    ]
    if with_school:
        head.insert(4, _("院校"))

    def lines() -> Iterator[str]:
        yield "\ufeff"
        yield writer.writerow(head)
        for result in rows.iterator(chunk_size=1000):
            registration = result.attempt.registration
            candidate, session = registration.candidate, registration.session
            cells = [
                registration.ticket_no,
                candidate.name,
                candidate.student_no,
                candidate.class_name,
                session.exam.title,
                session.exam.blueprint.level.name,
                session.name,
                f"{result.points:f}",
                f"{result.max_points:f}",
                _("合格") if result.passed else _("不合格"),
            ]
            if with_school:
                cells.insert(4, candidate.school.name)
            yield writer.writerow([literal(cell) for cell in cells])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@allow(Role.EXAMINER)
@require_POST
def release_request(request: HttpRequest, exam_id: int) -> HttpResponse:
    """Ask for the release."""
    releases.request_release(
        actor=request.user, exam=get_exam(exam_id), note=str(request.POST.get("note", ""))
    )
    messages.success(request, _("发布申请已提交，请另一位考务人员批准。"))
    return redirect("grading:exam_result_table", exam_id)


@allow(Role.EXAMINER)
@require_POST
def release_approve(request: HttpRequest, release_id: int) -> HttpResponse:
    """Approve it: results are known from this moment."""
    release = releases.approve_release(actor=request.user, release_id=release_id)
    messages.success(request, _("成绩已发布，证书正在签发。"))
    return redirect("grading:exam_result_table", release.exam_id)


@allow(Role.EXAMINER)
@require_POST
def release_reject(request: HttpRequest, release_id: int) -> HttpResponse:
    """Send it back."""
    release = releases.reject_release(
        actor=request.user, release_id=release_id, reason=str(request.POST.get("reason", ""))
    )
    messages.info(request, _("发布申请已退回。"))
    return redirect("grading:exam_result_table", release.exam_id)


# ------------------------------------------------------------------ one result


@allow(Role.EXAMINER)
@require_GET
def result_detail(request: HttpRequest, result_id: int) -> HttpResponse:
    """One result with every slot's marks, for the examiner."""
    result = get_result(current_results(), result_id)
    context = _result_context(result) | {"slots": _slot_rows(result), "staff": True}
    return render(request, "grading/result_detail.html", context)


@allow(Role.EXAMINER)
@require_POST
def override(request: HttpRequest, attempt_id: int, slot_id: int) -> HttpResponse:
    """改判 one slot."""
    points = marking.parse_points({"points": str(request.POST.get("points", ""))})["points"]
    marking.override_mark(
        actor=request.user,
        attempt_id=attempt_id,
        slot_id=slot_id,
        points=points,
        reason=str(request.POST.get("reason", "")),
    )
    messages.success(request, _("已改判，成绩已重新计算；发布后对外生效。"))
    result = Result.objects.filter(attempt=attempt_id, is_current=True).first()
    if result is None:
        raise Invalid("result_missing", _("这份答卷还没有成绩。"))
    return redirect("grading:result_detail", result.pk)


def _result_context(result: Result) -> dict[str, Any]:
    registration = result.attempt.registration
    return {
        "result": result,
        "registration": registration,
        "candidate": registration.candidate,
        "exam": registration.session.exam,
        "tree": [tree_node(node, "domain") for node in mastery_tree(result)],
        "sections": sections_of(result),
        "rules": result.decision["rules"],
        "certificate": result.certificates.filter(state__in=["issued", "revoked", "superseded"])
        .defer("claims")
        .first(),
    }


def tree_node(node: Node, kind: str) -> dict[str, Any]:
    """A node as the tree component wants it."""
    below = {"domain": "task", "task": "requirement"}.get(kind, "")
    looks = {"mastered": "passed", "fair": "ready", "weak": "doubt", "unseen": "inactive"}
    note = ""
    if node.thin and kind == "requirement":
        note = _("依据较少：只有 1 道题考查了这一项")
    figures = []
    if node.maximum > 0:
        figures = [
            (_("得分"), f"{short(node.points)}/{short(node.maximum)}"),
            (_("题数"), str(node.evidence)),
        ]
    return {
        "kind": kind,
        "code": node.code,
        "name": f"{node.name}（{node.level}）" if node.level else node.name,
        "note": note,
        "figures": figures,
        "state": (looks[node.band], node.band_label),
        "open": kind != "requirement",
        "children": [tree_node(child, below) for child in node.children],
    }


def short(value: Decimal) -> str:
    """Two decimals at most."""
    text = f"{value.quantize(Decimal('0.01')):f}"
    return text.rstrip("0").rstrip(".")


def _slot_rows(result: Result) -> list[dict[str, Any]]:
    plan = grading_plan(result.attempt.form_id)
    marks = list(Mark.objects.filter(attempt=result.attempt_id).select_related("marker").order_by("id"))
    outcomes = settled(result.attempt, mark_facts(marks))
    codes = dict(result.attempt.form.slots.values_list("pk", "revision__item__code"))
    return [
        {
            "slot": slot,
            "code": codes[slot_id],
            "kind": get_kind(plan.scoring[slot_id].kind).label,
            "outcome": outcomes[slot_id],
            "marks": [mark for mark in marks if mark.slot_id == slot_id],
        }
        for slot_id, slot in plan.slots.items()
    ]


# ------------------------------------------------------------------ candidate


@allow(Role.CANDIDATE)
@require_GET
def my_results(request: HttpRequest) -> HttpResponse:
    """The candidate's released results."""
    rows = own_results(request.user).select_related(
        "attempt__registration__session__exam__blueprint__level", "released__release"
    )
    certificates = {entry.result_id: entry for entry in own_certificates(request.user)}
    context = {
        "rows": [
            {"result": result, "certificate": certificates.get(result.pk)}
            for result in rows.order_by("-released__release__decided_at")
        ]
    }
    return render(request, "grading/my_results.html", context)


@allow(Role.CANDIDATE)
@require_GET
def my_result(request: HttpRequest, result_id: int) -> HttpResponse:
    """One of them, with the tree of mastery and the decision rule by rule."""
    result = get_result(own_results(request.user), result_id)
    return render(request, "grading/result_detail.html", _result_context(result) | {"mine": True})


# ------------------------------------------------------------------ school


@allow(Role.OFFICER)
@require_GET
def school_results(request: HttpRequest) -> HttpResponse:
    """Released results of the officer's own schools."""
    rows = _school_rows(request)
    everything = released_for_school(schools_of(request.user))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    exams = (
        exams_with_counts()
        .filter(sessions__registrations__candidate__school__in=schools_of(request.user))
        .distinct()
    )
    counts = {
        "total": everything.count(),
        "passed": everything.filter(passed=True).count(),
    }
    context = {"page": page, "exams": exams, "counts": counts, "today": timezone.localdate()}
    return render(request, "grading/school_results.html", context)


def _school_rows(request: HttpRequest) -> Any:
    rows = filtered(released_for_school(schools_of(request.user)), {**request.GET.dict(), "school": ""})
    exam = str(request.GET.get("exam", ""))
    if exam.isascii() and exam.isdigit():
        rows = rows.filter(attempt__registration__session__exam=int(exam[:9]))
    return rows.defer("breakdown")


@allow(Role.OFFICER)
@require_GET
def school_result_csv(request: HttpRequest) -> HttpResponseBase:
    """The officer's list as CSV."""
    audit.record(actor=request.user, verb="result.export", target=request.user)
    return _csv(_school_rows(request), "results.csv", with_school=False)


@allow(Role.OFFICER)
@require_GET
def school_result(request: HttpRequest, result_id: int) -> HttpResponse:
    """One candidate's released result."""
    result = get_result(released_for_school(schools_of(request.user)), result_id)
    return render(request, "grading/result_detail.html", _result_context(result) | {"school": True})
