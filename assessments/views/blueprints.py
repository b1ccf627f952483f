"""Pages of blueprints: the list, the proposal, the grid and its live check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import allow, roles_of
from accounts.enums import Role
from accounts.errors import Invalid, Refusal

from ..enums import BlueprintState, Cognitive, Component
from ..forms.blueprints import AssemblyForm, ProposeForm
from ..grid import RowSpec, SectionSpec, Tree, decimal_of, read_grid
from ..kinds import kind_choices
from ..models import Blueprint
from ..queries import blueprints as queries
from ..queries.forms import for_list as forms_listed
from ..queries.grid_checks import Check, check_grid, node_name
from ..services import blueprints as services
from ..services.proposals import propose_blueprint
from .people import user_of

PAGE = 50
RULES = ("pass_total", "pass_theory", "pass_practical", "pass_domains")
READERS = (Role.EXAMINER,)


@allow(*READERS)
@require_GET
def blueprint_list(request: HttpRequest) -> HttpResponse:
    """Blueprints by state and level."""
    found = queries.blueprints_for(user_of(request))
    state, level = request.GET.get("state", ""), request.GET.get("level", "")
    if state in BlueprintState.values:
        found = found.filter(state=state)
    if level.isdigit() and len(level) < 12:
        found = found.filter(level_id=int(level))
    page = Paginator(queries.for_list(found).order_by("-created_at"), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "assessments/blueprints/list.html",
        {
            "page": page,
            "states": BlueprintState.choices,
            "levels": queries.levels_to_examine(),
            "state": state,
            "level": level,
            "filtered": bool(state or level),
        },
    )


@allow(Role.EXAMINER)
@require_GET
def blueprint_new(request: HttpRequest) -> HttpResponse:
    """What a proposal starts from."""
    levels = list(queries.levels_to_examine())
    form = ProposeForm(initial={"level": request.GET.get("level") or (levels[0].pk if levels else None)})
    return render(request, "assessments/blueprints/new.html", {"form": form, "levels": levels})


@allow(Role.EXAMINER)
@require_POST
def blueprint_propose(request: HttpRequest) -> HttpResponse:
    """A proposal by one click."""
    form = ProposeForm(request.POST)
    if not form.is_valid():
        levels = list(queries.levels_to_examine())
        return render(
            request, "assessments/blueprints/new.html", {"form": form, "levels": levels}, status=400
        )
    data = form.cleaned_data
    rules = services.read_pass_rules(
        *(
            "" if data[name] is None else str(data[name])
            for name in ("pass_total", "pass_theory", "pass_practical")
        )
    )
    blueprint = propose_blueprint(
        data["level"],
        actor=user_of(request),
        title=data["title"],
        theory_items=data["theory_items"],
        minutes=data["minutes"],
        practical_points=data["practical_points"],
        lower_percent=data["lower_percent"],
        forms=data["forms"],
        pass_rules=rules,
    )
    messages.success(request, _("已按标准和题库拟好细目表，可逐格调整，然后定稿。"))
    return redirect("assessments:blueprint_detail", blueprint.pk)


@allow(Role.EXAMINER)
@require_POST
def blueprint_create(request: HttpRequest) -> HttpResponse:
    """An empty blueprint."""
    level = queries.level_to_examine(_number(request.POST.get("level"), _("等级")))
    blueprint = services.create_blueprint(
        level,
        actor=user_of(request),
        title=request.POST.get("title", ""),
    )
    return redirect("assessments:blueprint_detail", blueprint.pk)


@allow(*READERS)
@require_GET
def blueprint_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The grid: to edit while it is a draft, to read and to assemble from when it is ready."""
    blueprint = queries.blueprint_for(user_of(request), pk)
    return _page(request, blueprint, queries.specs_of(blueprint))


@allow(Role.EXAMINER)
@require_POST
def blueprint_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Store the grid; with ``then=ready`` settle it too. What is wrong is shown, and what was typed stays."""
    blueprint = queries.blueprint_for(user_of(request), pk)
    sections = read_grid(request.POST, queries.tree_of(blueprint.level), _kind_names())
    problems = [problem for section in sections for row in section.rows for problem in row.problems]
    if problems:
        messages.error(request, _("有 %d 处要改，还没有保存。标红的行写着原因。") % len(problems))
        return _page(request, _as_typed(blueprint, request.POST), sections, status=400)
    try:
        _save(request, blueprint, sections)
    except Refusal as refusal:
        messages.error(request, f"{refusal.message}{refusal.hint}")
        return _page(request, _as_typed(blueprint, request.POST), sections, status=refusal.status)
    return redirect("assessments:blueprint_detail", pk)


def _save(request: HttpRequest, blueprint: Blueprint, sections: Sequence[SectionSpec]) -> None:
    """Save, and settle if asked; both or neither."""
    with transaction.atomic():
        saved = services.save_blueprint(
            actor=user_of(request),
            blueprint=blueprint,
            sections=sections,
            title=request.POST.get("title", ""),
            minutes=_number(request.POST.get("minutes"), _("时长")),
            pass_rules=services.read_pass_rules(*(request.POST.get(name, "") for name in RULES)),
            target_difficulty=_target(request.POST.get("target_difficulty", "")),
            seen=request.POST.get("seen", ""),
        )
        if request.POST.get("then") == "ready":
            services.mark_ready(actor=user_of(request), blueprint=saved)
            messages.success(request, _("已定稿。现在可以组卷。"))
        else:
            messages.success(request, _("已保存。"))


def _as_typed(blueprint: Blueprint, data: QueryDict) -> Blueprint:
    """The blueprint with the options as they were typed, for showing again; never saved."""
    if blueprint.state == BlueprintState.DRAFT:
        blueprint.title = data.get("title", blueprint.title)
        blueprint.minutes = data.get("minutes", "")  # type: ignore[assignment]
        blueprint.target_difficulty = data.get("target_difficulty", "")  # type: ignore[assignment]
        blueprint.pass_rules = {
            name: data.get(f"pass_{name}", "") for name in ("total", "theory", "practical")
        }
        blueprint.pass_rules["typed_domains"] = data.get("pass_domains", "")
    return blueprint


@allow(Role.EXAMINER)
@require_POST
def blueprint_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Totals and shortages of a grid as typed, for the page's script. Nothing is stored."""
    blueprint = queries.blueprint_for(user_of(request), pk)
    tree, bank = queries.tree_of(blueprint.level), queries.bank_of(blueprint.edition_id)
    sections = read_grid(request.POST, tree, _kind_names())
    check = check_grid(sections, tree, bank, edition_id=blueprint.edition_id, forms=_forms(request.POST))
    return JsonResponse(check.as_dict())


@allow(Role.EXAMINER)
@require_POST
def blueprint_ready(request: HttpRequest, pk: int) -> HttpResponse:
    blueprint = queries.blueprint_for(user_of(request), pk)
    services.mark_ready(actor=user_of(request), blueprint=blueprint)
    messages.success(request, _("已定稿。现在可以组卷。"))
    return redirect("assessments:blueprint_detail", pk)


@allow(Role.EXAMINER)
@require_POST
def blueprint_copy(request: HttpRequest, pk: int) -> HttpResponse:
    blueprint = queries.blueprint_for(user_of(request), pk)
    copied = services.copy_blueprint(actor=user_of(request), blueprint=blueprint)
    messages.success(request, _("已复制为草稿。"))
    return redirect("assessments:blueprint_detail", copied.pk)


@allow(Role.EXAMINER)
@require_POST
def blueprint_retire(request: HttpRequest, pk: int) -> HttpResponse:
    blueprint = queries.blueprint_for(user_of(request), pk)
    services.retire_blueprint(actor=user_of(request), blueprint=blueprint)
    messages.success(request, _("已停用。"))
    return redirect("assessments:blueprint_list")


def _page(
    request: HttpRequest, blueprint: Blueprint, sections: Sequence[SectionSpec], status: int = 200
) -> HttpResponse:
    tree, bank = queries.tree_of(blueprint.level), queries.bank_of(blueprint.edition_id)
    forms = _forms(request.GET)
    check = check_grid(sections, tree, bank, edition_id=blueprint.edition_id, forms=forms)
    context: dict[str, Any] = {
        "blueprint": blueprint,
        "check": check,
        "forms_checked": forms,
        "sections": _shown(sections, check, tree),
        "rules": blueprint.pass_rules,
        "rule_domains": blueprint.pass_rules.get("typed_domains")
        or ", ".join(f"{code}={share}" for code, share in blueprint.pass_rules.get("domains", {}).items()),
        "is_draft": blueprint.state == BlueprintState.DRAFT,
        "edits": Role.EXAMINER in _roles(request),
        "totals": [
            (_("部分"), "components", check.components),
            (_("工作领域"), "domains", check.domains),
            (_("题型"), "kinds", check.kinds),
            (_("认知层次"), "cognitive", check.cognitive),
        ],
    }
    if context["is_draft"] and context["edits"]:
        context |= {
            "seen": request.POST.get("seen") or services.stamp(blueprint),
            "kinds": kind_choices(),
            "cognitive": Cognitive.choices,
            "components": Component.choices,
            "nodes": [(tree.label(node), node_name(node), node.kind) for node in tree.nodes],
            "blank_row": {"spec": RowSpec(), "check": None, "node": ""},
            "blank_section": {"key": ""},
            "next_key": str(len(sections) + 1),
        }
        return render(request, "assessments/blueprints/edit.html", context, status=status)
    context |= {
        "forms": forms_listed(blueprint.forms.defer("public_payload")),
        "runs": queries.runs_of(blueprint)[:10],
        "assembly": AssemblyForm(),
        "is_ready": blueprint.state == BlueprintState.READY,
    }
    return render(request, "assessments/blueprints/detail.html", context, status=status)


def _shown(sections: Sequence[SectionSpec], check: Check, tree: Tree) -> list[dict[str, Any]]:
    kinds = dict(kind_choices())
    shown = []
    for number, (section, checks) in enumerate(zip(sections, check.rows, strict=True), start=1):
        rows = []
        for spec, row in zip(section.rows, checks, strict=True):
            node = tree.by_key.get(spec.node)
            rows.append(
                {
                    "spec": spec,
                    "check": row,
                    "node": tree.label(node) if node else spec.typed,
                    "kind": kinds.get(spec.kind, ""),
                    "cognitive": Cognitive(spec.cognitive).label if spec.cognitive else "",
                }
            )
        shown.append(
            {
                "key": str(number),
                "spec": section,
                "rows": rows,
                "component": Component(section.component).label,
                "count": sum(spec.count for spec in section.rows),
                "points": sum((row.points for row in checks), start=0),
            }
        )
    return shown


def _kind_names() -> list[str]:
    return [name for name, _label in kind_choices()]


def _roles(request: HttpRequest) -> frozenset[Role]:
    return roles_of(request.user)


def _forms(data: Any) -> int:
    """How many parallel forms the rows are held against; 2 unless asked otherwise."""
    text = str(data.get("forms", ""))
    return min(10, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 3 else 2


def _number(typed: str | None, label: str) -> int:
    number = decimal_of(typed or "")
    if number is None or number != number.to_integral_value():
        raise Invalid(
            "number", _("%(label)s“%(typed)s”不是整数。") % {"label": label, "typed": (typed or "")[:20]}
        )
    return int(number)


def _target(typed: str) -> Any:
    if not typed.strip():
        return None
    share = decimal_of(typed)
    if share is None or not 0 < share < 1:
        raise Invalid("target_difficulty", _("目标难度须在 0 和 1 之间（预计得分率），例如 0.62。"))
    return share
