"""The list of standards, an edition with its parts, its source, its publishing and its exports."""

from __future__ import annotations

import csv
import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import NotFound, Refusal

from ..coverage import coverage_of, has_providers
from ..enums import EditionState
from ..models import Edition, Level
from ..queries import editions as edition_queries
from ..queries import tree as tree_queries
from ..queries.editions import READERS, edition_for
from ..queries.report import report_sums
from ..services import editions as edition_services

TABS: tuple[tuple[str, Any], ...] = (
    ("tree", gettext_lazy("结构")),
    ("scope", gettext_lazy("前言与范围")),
    ("terms", gettext_lazy("术语")),
    ("references", gettext_lazy("规范性引用文件")),
    ("majors", gettext_lazy("专业")),
    ("jobs", gettext_lazy("岗位")),
    ("bibliography", gettext_lazy("参考文献")),
)


@allow(*READERS)
@require_GET
def standard_list(request: HttpRequest) -> HttpResponse:
    """Every standard with its editions."""
    return render(
        request,
        "standards/list.html",
        {
            "standards": edition_queries.standards_for(request.user),
            "may_keep": edition_queries.keeps_standards(request.user),
            "may_inspect": edition_queries.sees_drafts(request.user),
        },
    )


@allow(*READERS)
@require_GET
def edition_detail(request: HttpRequest, pk: int, tab: str = "tree") -> HttpResponse:
    """One edition: its tree with coverage, or another of its parts."""
    edition = edition_for(request.user, pk)
    if tab not in dict(TABS):
        raise NotFound("tab_unknown", _("没有这一页。"))
    levels = tree_queries.levels_with_tree(edition)
    context = page_context(request, edition, levels, tab)
    if tab == "tree":
        context |= _tree_context(edition, levels)
    elif tab == "scope":
        known = ("前言", "引言", "范围", "引用", "术语", "专业", "岗位", "职业技能要求", "参考文献")
        context["other_sections"] = [
            section
            for section in (edition.matter or {}).get("sections", [])
            if section["text"] and not any(word in "".join(section["heading"].split()) for word in known)
        ]
    elif tab == "terms":
        context["terms"] = edition.terms.all()
    elif tab == "references":
        context["references"] = edition.references.all()
    elif tab == "bibliography":
        context["entries"] = edition.bibliography.all()
    elif tab == "majors":
        schools: dict[str, list[str]] = {}
        for major in edition.majors.all():
            schools.setdefault(major.school_type, []).append(major.name)
        context["schools"] = schools
    elif tab == "jobs":
        context["profiles"] = [
            (level, getattr(level, "job_profile", None))
            for level in Level.objects.filter(edition=edition)
            .select_related("job_profile")
            .order_by("number")
        ]
    return render(request, "standards/edition.html", context)


def page_context(request: HttpRequest, edition: Edition, levels: list[Level], tab: str) -> dict[str, Any]:
    """What the head of every edition page needs."""
    user: Any = request.user
    keeps = edition_queries.keeps_standards(user)
    inspects = edition_queries.sees_drafts(user)
    draft = edition.state == EditionState.DRAFT
    context: dict[str, Any] = {
        "edition": edition,
        "counts": tree_queries.counts_of(levels),
        "tab": tab,
        "tabs": TABS,
        "may_keep": keeps,
        "may_inspect": inspects,
        "is_draft": draft,
        "sums": report_sums(edition) if inspects else None,
    }
    if keeps and draft:
        context["problems"] = edition_services.publishing_problems(edition)
        context["needs_other"] = edition_services.needs_other_keeper(user, edition)
    return context


def _tree_context(edition: Edition, levels: list[Level]) -> dict[str, Any]:
    coverage = coverage_of(edition)
    shown = has_providers()
    requirements = [
        r
        for level in levels
        for d in level.domains.all()
        for t in d.tasks.all()
        for r in t.requirements.all()
    ]
    covered = sum(1 for r in requirements if r.pk in coverage and coverage[r.pk].usable)
    trees = [
        {
            "level": level,
            "domains": [
                {
                    "domain": domain,
                    "number": sum(len(task.requirements.all()) for task in domain.tasks.all()),
                    "tasks": [
                        {
                            "task": task,
                            "rows": [(r, coverage.get(r.pk)) for r in task.requirements.all()],
                            "usable": sum(
                                c.usable for r in task.requirements.all() if (c := coverage.get(r.pk))
                            ),
                        }
                        for task in domain.tasks.all()
                    ],
                }
                for domain in level.domains.all()
            ],
            "counts": tree_queries.counts_of([level]),
            "covered": sum(
                1
                for d in level.domains.all()
                for t in d.tasks.all()
                for r in t.requirements.all()
                if (c := coverage.get(r.pk)) and c.usable
            ),
        }
        for level in levels
    ]
    return {
        "trees": trees,
        "show_coverage": shown,
        "covered": covered,
        "requirement_total": len(requirements),
    }


@allow(*READERS)
@require_GET
def edition_source(request: HttpRequest, pk: int) -> HttpResponse:
    """The source document with line numbers; lines with findings and requirements are linked."""
    edition = edition_for(request.user, pk)
    levels = tree_queries.levels_with_tree(edition)
    keeps = edition_queries.sees_drafts(request.user)
    findings: dict[int, list[int]] = {}
    if keeps:
        for line, finding_pk in edition.findings.order_by("position").values_list("line", "pk"):
            findings.setdefault(line or 0, []).append(finding_pk)
    nodes: dict[int, list[tuple[str, str, int]]] = {}
    for level in levels:
        for domain in level.domains.all():
            for task in domain.tasks.all():
                for requirement in task.requirements.all():
                    if requirement.source_line:
                        nodes.setdefault(requirement.source_line, []).append(
                            (level.name, requirement.code, requirement.pk)
                        )
    text = edition.source_text.replace("\r\n", "\n").replace("\r", "\n")
    lines = [
        {
            "number": number,
            "text": line,
            "findings": len(findings.get(number, [])),
            "first": findings.get(number, [0])[0],
            "nodes": nodes.get(number, []),
        }
        for number, line in enumerate(text.split("\n"), 1)
    ]
    context = page_context(request, edition, levels, "source")
    return render(request, "standards/source.html", context | {"lines": lines})


@allow(*READERS)
@require_GET
def edition_export(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The tree as JSON or CSV."""
    edition = edition_for(request.user, pk)
    levels = tree_queries.levels_with_tree(edition)
    name = f"{edition.standard.code}-{edition.label}.{form}"
    if form == "json":
        document = tree_queries.tree_document(edition, levels)
        response = HttpResponse(
            json.dumps(document, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8"
        )
    elif form == "csv":
        response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
        writer = csv.writer(response)
        writer.writerow(
            [
                _("等级"),
                _("领域编号"),
                _("工作领域"),
                _("任务编号"),
                _("工作任务"),
                _("要求编号"),
                _("职业技能要求"),
            ]
        )
        writer.writerows([_literal(cell) for cell in row] for row in tree_queries.tree_rows(levels))
    else:
        raise NotFound("export_unknown", _("没有这种导出格式。"))
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _literal(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


@allow(Role.KEEPER)
@require_POST
def edition_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft."""
    edition = edition_for(request.user, pk)
    if request.POST.get("confirm") != "yes":
        messages.error(request, _("请先勾选确认。"))
        return redirect("standards:edition", pk=pk)
    return _done(
        request,
        pk,
        lambda: edition_services.publish_edition(actor=request.user, edition=edition),  # type: ignore[arg-type]
        _("已发布。从现在起，这个版本的结构和文字不会再改变。"),
    )


@allow(Role.KEEPER)
@require_POST
def edition_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a published edition."""
    edition = edition_for(request.user, pk)
    reason = request.POST.get("reason", "")
    return _done(
        request,
        pk,
        lambda: edition_services.withdraw_edition(actor=request.user, edition=edition, reason=reason),  # type: ignore[arg-type]
        _("已废止。"),
    )


def _done(request: HttpRequest, pk: int, act: Any, done: str) -> HttpResponse:
    try:
        act()
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} {refusal.hint}".strip())
    else:
        messages.success(request, done)
    return redirect("standards:edition", pk=pk)


@allow(Role.KEEPER)
@require_POST
def edition_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    edition = edition_for(request.user, pk)
    try:
        edition_services.delete_draft(actor=request.user, edition=edition)  # type: ignore[arg-type]
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} {refusal.hint}".strip())
        return redirect("standards:edition", pk=pk)
    messages.success(request, _("草稿已删除。"))
    return redirect("standards:list")
