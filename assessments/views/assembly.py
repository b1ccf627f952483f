"""Starting an assembly run, following it, and its report."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Invalid

from ..enums import FormState, RunState
from ..forms.blueprints import AssemblyForm
from ..models import AssemblyRun
from ..queries import blueprints as queries
from ..queries.runs import cognitive_label, kind_label
from ..services.assembly import start_assembly
from .people import user_of

READERS = (Role.EXAMINER,)


@allow(Role.EXAMINER)
@require_POST
def assembly_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a run and show it."""
    blueprint = queries.blueprint_for(user_of(request), pk)
    form = AssemblyForm(request.POST)
    if not form.is_valid():
        named = [
            f"{form.fields[name].label}：{'；'.join(map(str, errors))}"
            for name, errors in form.errors.items()
        ]
        raise Invalid("assembly_options", "；".join(named), hint=_("回到细目表页面改好再组卷。"))
    run = start_assembly(actor=user_of(request), blueprint=blueprint, **form.cleaned_data)
    messages.success(request, _("已开始组卷。可以离开此页，稍后再来看结果。"))
    return redirect("assessments:run_detail", run.pk)


@allow(*READERS)
@require_GET
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    run = queries.run_for(user_of(request), pk)
    return render(request, "assessments/blueprints/run.html", _context(run))


@allow(*READERS)
@require_GET
def run_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part of a run's page, for htmx."""
    run = queries.run_for(user_of(request), pk)
    return render(request, "assessments/blueprints/_run.html", _context(run))


@allow(*READERS)
@require_GET
def run_status(request: HttpRequest, pk: int) -> HttpResponse:
    """A run as JSON, for programs."""
    run = queries.run_for(user_of(request), pk)
    forms = run.forms.exclude(state=FormState.RETIRED).defer("public_payload").order_by("label")
    return JsonResponse(
        {
            "run": run.pk,
            "state": run.state,
            "progress": run.progress,
            "message": run.message,
            "finished": run.state in (RunState.DONE, RunState.FAILED),
            "forms": [
                {
                    "id": form.pk,
                    "label": form.label,
                    "state": form.state,
                    "url": reverse("assessments:form_detail", args=[form.pk]),
                }
                for form in forms
            ],
            "conflicts": run.report.get("conflicts", []),
            "report": run.report,
        }
    )


def _context(run: AssemblyRun) -> dict[str, Any]:
    forms = list(run.forms.defer("public_payload").order_by("label"))
    conflicts = run.report.get("conflicts", [])
    by_label = {form.label: form for form in forms}
    reports = [
        {
            **entry,
            "form": by_label.get(entry["label"]),
            "kinds": [(kind_label(name), count) for name, count in entry["kinds"].items()],
            "cognitive": [(cognitive_label(name), count) for name, count in entry["cognitive"].items()],
        }
        for entry in run.report.get("forms", [])
    ]
    return {
        "run": run,
        "blueprint": run.blueprint,
        "active": run.state in (RunState.QUEUED, RunState.RUNNING),
        "done": run.state == RunState.DONE,
        "failed": run.state == RunState.FAILED,
        "reports": reports,
        "conflicts": conflicts,
        "lacking": [conflict for conflict in conflicts if len(conflict["rows"]) == 1],
        "clashing": [conflict for conflict in conflicts if len(conflict["rows"]) > 1],
        "pair": [form.pk for form in forms[:2]] if len(forms) > 1 else None,
    }
