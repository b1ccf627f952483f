"""Pages of forms: the paper with its keys, comparison, swapping, freezing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import allow, roles_of
from accounts.enums import Role
from accounts.errors import Invalid, NotFound

from .. import richtext
from ..enums import FormState
from ..kinds import get_kind
from ..models import Form, FormSlot, Item
from ..queries import forms as queries
from ..services import forms as services
from .people import user_of

PAGE = 50
READERS = (Role.EXAMINER,)


@allow(*READERS)
@require_GET
def form_list(request: HttpRequest) -> HttpResponse:
    """Forms by state, newest blueprint first."""
    found = queries.forms_for(user_of(request))
    state = request.GET.get("state", "")
    if state in FormState.values:
        found = found.filter(state=state)
    page = Paginator(queries.for_list(found), PAGE).get_page(request.GET.get("page"))
    return render(
        request, "assessments/forms/list.html", {"page": page, "states": FormState.choices, "state": state}
    )


@allow(*READERS)
@require_GET
def form_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper as candidates see it, with key, requirement and difficulty beside each item."""
    form = queries.form_for(user_of(request), pk)
    slots = queries.slots_of(form)
    shown: list[dict[str, Any]] = []
    section = None
    for number, slot in enumerate(slots, start=1):
        shown.append({**_slot(slot, form), "number": number, "opens": slot.section_id != section})
        section = slot.section_id
    profile = queries.profile(slots)
    return render(
        request,
        "assessments/forms/detail.html",
        {
            "form": form,
            "slots": shown,
            "papers": [entry["paper"] for entry in shown],
            "profile": profile,
            "groups": _groups(profile),
            "others": list(queries.parallel_forms(form)),
            "is_draft": form.state == FormState.DRAFT,
            "edits": Role.EXAMINER in roles_of(request.user),
            "exams": list(form.exams.order_by("-created_at")),
        },
    )


@allow(*READERS)
@require_GET
def form_compare(request: HttpRequest) -> HttpResponse:
    """Two forms side by side."""
    pair = []
    for name in ("a", "b"):
        typed = request.GET.get(name, "")
        if not (typed.isascii() and typed.isdigit() and len(typed) < 12):
            raise NotFound("form_gone", _("要比较的试卷没有选全。"), hint=_("从试卷页面选“与另一卷比较”。"))
        pair.append(queries.form_for(user_of(request), int(typed)))
    slots = [queries.slots_of(form) for form in pair]
    first, second = (queries.profile(each) for each in slots)
    common = first.codes & second.codes
    return render(
        request,
        "assessments/forms/compare.html",
        {
            "first": pair[0],
            "second": pair[1],
            "profiles": (first, second),
            "tables": [(label, queries.compare(first, second)[name]) for name, label in _group_labels()],
            "common": [slot for slot in slots[0] if slot.revision.item_id in common],
            "gap": abs(first.difficulty - second.difficulty),
        },
    )


@allow(Role.EXAMINER)
@require_http_methods(["GET", "POST"])
def slot_swap(request: HttpRequest, pk: int, slot_pk: int) -> HttpResponse:
    """What could stand in a slot instead, and what each would change; posting ``item`` swaps."""
    slot = queries.slot_for(user_of(request), pk, slot_pk)
    if request.method == "POST":
        typed = request.POST.get("item", "")
        item = Item.objects.filter(pk=int(typed)).first() if typed.isascii() and typed.isdigit() else None
        if item is None:
            raise Invalid("item_missing", _("没有选替换的题目。"), hint=_("从列表里选一道。"))
        before = slot.revision.item
        services.swap_item(actor=user_of(request), slot=slot, item=item)
        messages.success(
            request,
            _("第 %(n)d 题已由 %(old)s 换成 %(new)s；要撤销，在换题页选回 %(old)s。")
            % {"n": slot.position, "old": before.code, "new": item.code},
        )
        return redirect("assessments:form_detail", pk)
    found = queries.replacements(slot)
    return render(
        request,
        "assessments/forms/swap.html",
        {
            "form": slot.form,
            "slot": slot,
            "stem": richtext.to_html(slot.revision.stem),
            "legal": [_replacement(one) for one in found if one.legal],
            "illegal": [_replacement(one) for one in found if not one.legal],
            "is_draft": slot.form.state == FormState.DRAFT,
        },
    )


@allow(Role.EXAMINER)
@require_POST
def form_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    form = queries.form_for(user_of(request), pk)
    services.freeze_form(form=form, actor=user_of(request))
    messages.success(request, _("%s 卷已冻结，从此不会再变。") % form.label)
    return redirect("assessments:form_detail", pk)


@allow(Role.EXAMINER)
@require_POST
def form_retire(request: HttpRequest, pk: int) -> HttpResponse:
    form = queries.form_for(user_of(request), pk)
    services.retire_form(actor=user_of(request), form=form)
    messages.success(request, _("%s 卷已停用。") % form.label)
    return redirect("assessments:blueprint_detail", form.blueprint_id)


def _slot(slot: FormSlot, form: Form) -> dict[str, Any]:
    """A slot for the page: ``paper`` is what the player draws, the rest is the examiner's column."""
    revision = slot.revision
    kind = get_kind(revision.item.kind)
    public = kind.public(revision.content, seed=form.pk)
    return {
        "slot": slot,
        "revision": revision,
        "item": revision.item,
        "kind": kind.label,
        "stem": richtext.to_html(revision.stem),
        "asks": public.get("asks", []) if kind.name == "practical" else [],
        "key": kind.describe_key(revision.content, revision.key),
        "links": list(revision.requirement_links.all()),
        "paper": {
            "id": slot.pk,
            "kind": kind.name,
            "stem": richtext.to_html(revision.stem),
            "content": public,
        }
        if kind.name != "practical"
        else None,
    }


def _replacement(one: queries.Replacement) -> dict[str, Any]:
    revision = one.item.current
    assert revision is not None
    kind = get_kind(one.item.kind)
    return {
        "one": one,
        "revision": revision,
        "kind": kind.label,
        "stem": richtext.to_html(revision.stem),
        "key": kind.describe_key(revision.content, revision.key),
    }


def _group_labels() -> list[tuple[str, str]]:
    return [
        ("section", _("部分")),
        ("domain", _("工作领域")),
        ("kind", _("题型")),
        ("cognitive", _("认知层次")),
        ("difficulty", _("难度")),
    ]


def _groups(profile: queries.Profile) -> list[tuple[str, list[tuple[str, int, Any]]]]:
    return [(label, profile.groups.get(name, [])) for name, label in _group_labels()]
