"""The item editor: a new item, its draft with live preview, autosave, and sending to review."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Forbidden, Invalid, Refusal
from standards.models import Edition

from ..enums import RevisionState
from ..forms.items import NewItemForm, editor_context, equal_weights, read_item_form
from ..kinds import get_kind
from ..kinds.base import Problem
from ..models import Item, ItemRevision
from ..queries import items as queries
from ..queries.trees import requirement_tree
from ..services import reviews
from ..services.items import ItemText, create_item, findings_of, problems_of, save_draft, stamp
from .items import _user, shown


@allow(Role.AUTHOR)
@require_http_methods(["GET", "POST"])
def item_new(request: HttpRequest) -> HttpResponse:
    """Choose edition, kind and requirement; the draft is made at once and opens in the editor."""
    editions = Edition.objects.exclude(state="withdrawn").order_by(
        F("published_at").desc(nulls_last=True), "-pk"
    )
    first = editions.first()
    initial = {"edition": first, "kind": "single_choice", "requirement": request.GET.get("requirement")}
    form = NewItemForm(request.POST or None, editions=editions, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen, kind = form.cleaned_data["requirement"], form.cleaned_data["kind"]
        blank = get_kind(kind).blank()
        text = ItemText(
            content=blank.content, key=blank.key, requirements=equal_weights([chosen.pk] if chosen else [])
        )
        item = create_item(actor=_user(request), edition=form.cleaned_data["edition"], kind=kind, text=text)
        return redirect("assessments:item_edit", pk=item.pk)
    return render(request, "assessments/items/new.html", {"form": form, "has_edition": first is not None})


@allow(Role.AUTHOR)
@require_http_methods(["GET", "POST"])
def item_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor. POST saves, and sends to review where the button says so."""
    user = _user(request)
    item = queries.item_for(user, pk)
    revision = _draft_of(item, user.pk)
    if request.method == "GET":
        return _editor(request, item, revision, [])
    read = read_item_form(request.POST, revision)
    try:
        saved = save_draft(actor=user, revision=revision, text=read.text, seen=request.POST.get("stamp", ""))
    except Refusal as refusal:
        if refusal.code not in {"draft_newer", "item_text"}:
            raise
        problem = Problem("form", refusal.code, refusal.message, refusal.hint)
        return _editor(request, item, _as_typed(revision, read.text), [problem], status=refusal.status)
    if request.POST.get("action") == "submit":
        try:
            if read.problems:
                raise Invalid("item_incomplete", _("题目还不能送审"), hint=_("按提示改好后再送审。"))
            reviews.submit_for_review(actor=user, revision=saved)
        except Invalid:
            saved = queries.revision_for(user, saved.pk)
            return _editor(request, item, saved, read.problems + problems_of(saved), status=400)
        messages.success(request, _("%s 已送审") % item.code)
        return redirect("assessments:item_detail", pk=pk)
    messages.success(request, _("草稿已保存"))
    return redirect("assessments:item_edit", pk=pk)


@allow(Role.AUTHOR)
@require_POST
def item_autosave(request: HttpRequest, pk: int) -> JsonResponse:
    """Keep the draft as it is typed; answers with the preview and what is still missing."""
    user = _user(request)
    item = queries.item_for(user, pk)
    revision = _draft_of(item, user.pk)
    read = read_item_form(request.POST, revision)
    saved = save_draft(
        actor=user, revision=revision, text=read.text, seen=request.POST.get("stamp", ""), autosave=True
    )
    saved = queries.revision_for(user, saved.pk)
    problems = read.problems + problems_of(saved)
    findings = findings_of(saved, problems)
    return JsonResponse(
        {
            "stamp": stamp(saved),
            "saved": date_format(timezone.localtime(saved.updated_at), "H:i:s"),
            "player": shown(saved),
            "problems": [_plain(problem) for problem in problems],
            "findings": [{"severity": f.severity, "message": f.message, "mend": f.mend} for f in findings],
        }
    )


def _draft_of(item: Item, user_pk: int) -> ItemRevision:
    """The item's open draft; Refusal or Forbidden where the user cannot write it."""
    revision = item.latest
    if revision is None or revision.state != RevisionState.DRAFT:
        raise Refusal(
            "revision_closed",
            _("%s 没有可以修改的草稿") % item.code,
            hint=_("已审定的题目请在题目页面选“修订”；送审中的可以先撤回。"),
        )
    if revision.author_id != user_pk:
        raise Forbidden("not_author", _("只有命题人本人能改自己的草稿"), hint=_("可以在题目页面写批注。"))
    return revision


def _as_typed(revision: ItemRevision, text: ItemText) -> ItemRevision:
    """The revision, unsaved, with what was just typed: a refusal must not cost the author the words."""
    revision.stem, revision.content, revision.key = text.stem, text.content, text.key
    revision.rationale, revision.option_rationale = text.rationale, text.option_rationale
    revision.cognitive, revision.difficulty = text.cognitive, text.difficulty
    return revision


def _editor(
    request: HttpRequest, item: Item, revision: ItemRevision, problems: list[Problem], status: int = 200
) -> HttpResponse:
    errors: dict[str, str] = {}
    for problem in problems:
        errors.setdefault(problem.place, f"{problem.message}。{problem.mend}".rstrip("。") + "。")
    left = problems_of(revision)
    context: dict[str, Any] = {
        "item": item,
        "revision": revision,
        "stamp": stamp(revision),
        "tree": requirement_tree(item.edition_id),
        "player": shown(revision),
        "errors": errors,
        "problems": problems,
        "left": [_plain(problem) for problem in left],
        "checked": bool(problems),
        "blank_help": _("用 {{1}}、{{2}} 标出要填的空。"),
        "comments": [c for c in queries.comments_of(item) if c.resolved_at is None],
        **editor_context(revision),
    }
    return render(request, "assessments/items/edit.html", context, status=status)


def _plain(problem: Problem) -> dict[str, str]:
    return {"place": problem.place, "code": problem.code, "message": problem.message, "mend": problem.mend}
