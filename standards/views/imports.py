"""Importing a document, and the import report with its decisions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Invalid, Refusal

from ..enums import EditionState, FindingNature
from ..forms import ImportForm
from ..models import ImportFinding
from ..queries import report as report_queries
from ..queries import tree as tree_queries
from ..queries.editions import edition_for, finding_for
from ..services import editions as edition_services
from ..services import findings as finding_services
from .editions import page_context

FILTERS: tuple[tuple[str, Any], ...] = (
    ("", gettext_lazy("全部")),
    ("open", gettext_lazy("待确认")),
    (FindingNature.ERROR, gettext_lazy("待处理")),
    (FindingNature.DOUBT, gettext_lazy("存疑")),
    (FindingNature.REPAIR, gettext_lazy("修复")),
)


@allow(Role.KEEPER)
@require_http_methods(["GET", "HEAD", "POST"])
def import_document(request: HttpRequest) -> HttpResponse:
    """Upload a document; the draft's report follows."""
    form = (
        ImportForm(request.POST or None, request.FILES or None) if request.method == "POST" else ImportForm()
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                edition = edition_services.import_document(
                    actor=request.user,  # type: ignore[arg-type]
                    data=file.read(),
                    name=file.name,
                    code=form.chosen_code,
                    label=form.cleaned_data["label"],
                )
            except Refusal as refusal:
                field = "label" if refusal.code.startswith("edition_label") else "file"
                form.add_error(field, f"{refusal.message}{refusal.hint}")
            else:
                return redirect("standards:report", pk=edition.pk)
    return render(request, "standards/import.html", {"form": form}, status=status)


@allow(Role.KEEPER, Role.ADMIN)
@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The import report: every repair, doubt and error, with its place in the source."""
    edition = edition_for(request.user, pk)
    shown = request.GET.get("show", "")
    nature = shown if shown in FindingNature.values else ""
    levels = tree_queries.levels_with_tree(edition)
    total, ledger = report_queries.ledger_lines(edition)
    document_total, document_ledger = report_queries.ledger_lines(edition, "document")
    context = page_context(request, edition, levels, "report")
    context |= {
        "groups": report_queries.report_groups(edition, nature=nature, only_open=shown == "open"),
        "filters": FILTERS,
        "shown": shown,
        "ledger": ledger,
        "ledger_total": total,
        "document_total": document_total,
        "document_ledger": document_ledger,
        "unaccounted": ledger[-1].number + document_ledger[-1].number,
        "may_decide": edition.state == EditionState.DRAFT and context["may_keep"],
    }
    return render(request, "standards/report.html", context)


@allow(Role.KEEPER)
@require_POST
def decide_finding(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept, keep, mend or reopen one finding; answers with its row for htmx, else goes back to the report."""
    finding = finding_for(request.user, pk)  # type: ignore[arg-type]
    problem = ""
    try:
        finding = _decide(request, finding)
    except Refusal as refusal:
        problem = f"{refusal.message} {refusal.hint}".strip()
        finding.refresh_from_db()
    if not request.htmx:  # type: ignore[attr-defined]
        if problem:
            messages.error(request, problem)
        return redirect(f"{reverse('standards:report', args=[finding.edition_id])}#finding-{finding.pk}")
    lines = finding.edition.source_text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    context = page_context(request, finding.edition, tree_queries.levels_with_tree(finding.edition), "report")
    context |= {
        "row": report_queries.shown(finding, lines),
        "may_decide": True,
        "problem": problem,
        "filters": FILTERS,
        "shown": "",
        "swapped": True,
    }
    return render(request, "standards/_finding.html", context)


def _decide(request: HttpRequest, finding: ImportFinding) -> ImportFinding:
    user: Any = request.user
    decision = request.POST.get("decision", "")
    if decision == "accept":
        return finding_services.accept_finding(actor=user, finding=finding)
    if decision == "keep":
        return finding_services.keep_finding(actor=user, finding=finding)
    if decision == "mend":
        return finding_services.mend_finding(actor=user, finding=finding, text=request.POST.get("text", ""))
    if decision == "reopen":
        return finding_services.reopen_finding(actor=user, finding=finding)
    raise Invalid("decision_unknown", _("没有这种处理方式。"))


@allow(Role.KEEPER)
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Settle many findings: those chosen, those of one kind, or all open ones."""
    edition = edition_for(request.user, pk)
    ids = [int(value) for value in request.POST.getlist("ids") if value.isdecimal() and len(value) < 19]
    kind = request.POST.get("kind", "")
    whole = request.POST.get("scope") == "all"
    accept = request.POST.get("decision") != "keep"
    back = reverse("standards:report", args=[pk])
    if not (ids or kind or whole):
        messages.error(request, _("请先勾选要确认的条目。"))
        return redirect(back)
    try:
        number = finding_services.settle_findings(
            actor=request.user,  # type: ignore[arg-type]
            edition=edition,
            ids=ids or None,
            kind=kind,
            accept=accept,
        )
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} {refusal.hint}".strip())
    else:
        messages.success(request, ngettext("已确认 %(n)d 条。", "已确认 %(n)d 条。", number) % {"n": number})
    return redirect(back)
