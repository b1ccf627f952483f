"""Pages of the item bank: the list, one item, the review queue, and the moves of an item's life."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import allow, roles_of
from accounts.enums import Role
from accounts.errors import Forbidden
from accounts.models import User

from .. import richtext
from ..checklist import POINTS
from ..enums import Cognitive, ItemState, RevisionState
from ..kinds import get_kind, kind_choices
from ..kinds.base import Problem
from ..kinds.short_answer import scaled_rubric
from ..models import Item, ItemRevision
from ..queries import items as queries
from ..queries.trees import tree_options
from ..services import reviews
from ..services.items import findings_of, problems_of, revise

PAGE = 50
#: The marks of blanks in a stem; a list shows them as a line to write on.
BLANK = re.compile(r"\{\{\w+\}\}")
READERS = (Role.AUTHOR, Role.REVIEWER, Role.EXAMINER)
#: What a reviewer looks for beyond what a machine can.
JUDGED = (
    gettext_lazy("考的正是所选的职业技能要求，不是常识"),
    gettext_lazy("只有一个说得通的答案"),
    gettext_lazy("干扰项是真实工作中会犯的错误"),
    gettext_lazy("情境真实，数据自洽，没有地域或性别偏见"),
)


@allow(*READERS)
@require_GET
def item_list(request: HttpRequest) -> HttpResponse:
    """Items by filter, all of it in the address."""
    user = _user(request)
    wanted = queries.ItemFilter.read(request.GET)
    page = _page(request, wanted.apply(queries.items_for(user), user))
    return render(
        request,
        "assessments/items/list.html",
        {
            "page": page,
            "rows": _rows(page),
            "wanted": wanted,
            "node": request.GET.get("node", ""),
            "kinds": kind_choices(),
            "states": ItemState.choices,
            "cognitive": Cognitive.choices,
            "nodes": tree_options(wanted.edition),
            "may": _abilities(user),
            "filtered": bool(request.GET.keys() - {"page", "sort"}),
        },
    )


@allow(*READERS)
@require_POST
def item_bulk(request: HttpRequest) -> HttpResponse:
    """One move over the ticked items; what could not be moved is told with the reason."""
    user = _user(request)
    verb = request.POST.get("verb", "")
    _require_role(user, Role.AUTHOR if verb == "submit" else Role.REVIEWER)
    ids = [int(pk) for pk in request.POST.getlist("ids") if pk.isascii() and pk.isdigit() and len(pk) < 12][
        :500
    ]
    items = queries.items_for(user).filter(pk__in=ids).select_related("latest").order_by("code")
    outcome = reviews.bulk_move(actor=user, items=items, verb=verb, reason=request.POST.get("reason", ""))
    if outcome.done:
        messages.success(
            request, _("已处理 %(n)d 道：%(codes)s") % {"n": len(outcome.done), "codes": _some(outcome.done)}
        )
    for code, reason in outcome.refused[:5]:
        messages.warning(request, _("%(code)s 未处理：%(reason)s") % {"code": code, "reason": reason})
    if len(outcome.refused) > 5:
        messages.warning(request, _("另有 %d 道未处理。") % (len(outcome.refused) - 5))
    if not outcome.done and not outcome.refused:
        messages.info(request, _("没有选中题目。"))
    return _back(request, reverse("assessments:item_list"))


@allow(*READERS)
@require_GET
def item_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One item: as candidates see it, with key, rationale, links, history, remarks and use."""
    user = _user(request)
    item = queries.item_for(user, pk)
    return render(request, "assessments/items/detail.html", _item_context(request, user, item))


@allow(Role.REVIEWER)
@require_GET
def review_queue(request: HttpRequest) -> HttpResponse:
    """What waits for this reviewer, longest first."""
    page = _page(request, queries.review_queue(_user(request)))
    return render(request, "assessments/items/queue.html", {"page": page, "rows": _rows(page)})


@allow(Role.REVIEWER)
@require_GET
def item_review(request: HttpRequest, pk: int) -> HttpResponse:
    """One item under review: the item, the checklist and the decision."""
    user = _user(request)
    item = queries.item_for(user, pk)
    if item.latest is None or item.latest.state != RevisionState.IN_REVIEW:
        return redirect("assessments:item_detail", pk=pk)
    context = _item_context(request, user, item)
    queue = list(queries.review_queue(user).values_list("pk", flat=True)[:200])
    context |= {
        "checklist": _checklist(item.latest),
        "judged": JUDGED,
        "own": item.latest.author_id == user.pk,
        "waiting": len(queue),
        "next_pk": next((other for other in queue if other != pk), None),
        "similar": queries.similar_items(item.latest),
    }
    return render(request, "assessments/items/review.html", context)


@allow(Role.REVIEWER)
@require_POST
def item_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the revision under review or send it back, then go on to the next in the queue."""
    user = _user(request)
    revision = queries.revision_for(user, _int(request.POST.get("revision")))
    reason = request.POST.get("reason", "")
    if request.POST.get("decision") == "approve":
        reviews.approve(actor=user, revision=revision, despite_findings=request.POST.get("despite") == "1")
        if reason.strip():
            reviews.comment(actor=user, revision=revision, text=reason)
        messages.success(request, _("已审定 %s") % revision.item.code)
    else:
        reviews.send_back(actor=user, revision=revision, reason=reason)
        messages.success(request, _("已退回 %s") % revision.item.code)
    following = queries.review_queue(user).exclude(pk=pk).values_list("pk", flat=True).first()
    if following is not None:
        return redirect("assessments:item_review", pk=following)
    return redirect("assessments:review_queue")


@allow(Role.AUTHOR, Role.REVIEWER)
@require_POST
def item_comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a remark to the newest revision."""
    user = _user(request)
    revision = queries.revision_for(user, _int(request.POST.get("revision")))
    reviews.comment(
        actor=user, revision=revision, text=request.POST.get("text", ""), place=request.POST.get("place", "")
    )
    return _back(request, reverse("assessments:item_detail", args=[pk]), "#comments")


@allow(Role.AUTHOR, Role.REVIEWER)
@require_POST
def comment_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a remark as dealt with."""
    user = _user(request)
    remark = reviews.resolve_comment(actor=user, remark=queries.comment_for(user, pk))
    return _back(request, reverse("assessments:item_detail", args=[remark.revision.item_id]), "#comments")


@allow(Role.AUTHOR, Role.REVIEWER)
@require_POST
def item_move(request: HttpRequest, pk: int) -> HttpResponse:
    """One step of the item's life, named by ``verb``."""
    user = _user(request)
    item = queries.item_for(user, pk)
    verb = request.POST.get("verb", "")
    reason = request.POST.get("reason", "")
    if verb == "revise":
        _require_role(user, Role.AUTHOR)
        revise(actor=user, item=item)
        return redirect("assessments:item_edit", pk=pk)
    if verb in {"submit", "withdraw"} and item.latest is not None:
        _require_role(user, Role.AUTHOR)
        if verb == "submit":
            reviews.submit_for_review(actor=user, revision=item.latest)
        else:
            _require_own(user, item.latest)
            reviews.send_back(actor=user, revision=item.latest)
    else:
        _require_role(user, Role.REVIEWER)
        steps = {
            "publish": lambda: reviews.publish_live(actor=user, item=item),
            "suspend": lambda: reviews.suspend(actor=user, item=item, reason=reason),
            "retire": lambda: reviews.retire(actor=user, item=item, reason=reason),
        }
        if verb in steps:
            steps[verb]()
    item.refresh_from_db(fields=["state"])
    messages.success(
        request, _("%(code)s 现在是“%(state)s”") % {"code": item.code, "state": item.get_state_display()}
    )
    return redirect("assessments:item_detail", pk=pk)


def shown(revision: ItemRevision) -> dict[str, Any]:
    """What the player is given to draw a revision: its public part; problems where it cannot be drawn."""
    kind = get_kind(revision.item.kind)
    if kind.name == "practical":  # worked in its own try-out page, where there is a world to work in
        return {"kind": kind.name, "stem": richtext.to_html(revision.stem), "content": None}
    try:
        content = kind.public(revision.content, revision.pk or 0)
    except (ValueError, KeyError, TypeError):
        content = None
    return {
        "kind": kind.name,
        "stem": richtext.to_html(revision.stem),
        "content": content,
        "name": f"r{revision.pk}",
    }


def _item_context(request: HttpRequest, user: User, item: Item) -> dict[str, Any]:
    revisions = list(queries.revisions_of(item))
    chosen = next((r for r in revisions if str(r.number) == request.GET.get("revision")), None)
    revision = item.latest
    if chosen is not None and revision is not None and chosen.pk != revision.pk:
        revision = queries.revision_for(user, chosen.pk)
    comments = list(queries.comments_of(item))
    context: dict[str, Any] = {
        "item": item,
        "revision": revision,
        "is_latest": revision is not None and revision.pk == item.latest_id,
        "revisions": revisions,
        "comments": comments,
        "open_comments": sum(1 for remark in comments if remark.resolved_at is None),
        "uses": list(queries.uses_of(item)[:20]),
        "kind": get_kind(item.kind),
        "may": _abilities(user),
        "own": revision is not None and revision.author_id == user.pk,
    }
    if revision is not None:
        problems = problems_of(revision)
        context |= {
            "player": shown(revision),
            "key_rows": _key_rows(revision),
            "key_text": _key_text(revision),
            "rubric": _rubric(revision),
            "rationale_html": richtext.to_html(revision.rationale),
            "problems": problems,
            "findings": findings_of(revision, problems),
        }
    return context


def _checklist(revision: ItemRevision) -> list[dict[str, Any]]:
    """The points a machine can check, each with what it found."""
    problems: list[Problem] = problems_of(revision)
    findings = findings_of(revision, problems)
    rows = []
    for label, rules in POINTS:
        found = [(f.severity, f.message, f.mend) for f in findings if f.rule in rules]
        found += [("failure", str(p), "") for p in problems if p.code in rules or "structure" in rules]
        rows.append({"label": label, "found": found, "failed": any(row[0] == "failure" for row in found)})
    return rows


def _key_rows(revision: ItemRevision) -> list[dict[str, Any]]:
    """Options with right or wrong and their rationale, for choice kinds."""
    options = revision.content.get("options")
    if not isinstance(options, list):
        return []
    answer = revision.key.get("answer")
    right = {answer} if isinstance(answer, str) else set(revision.key.get("answers") or [])
    return [
        {
            "id": option.get("id", ""),
            "html": richtext.to_html(str(option.get("text", "")), inline=True),
            "right": option.get("id") in right,
            "rationale": revision.option_rationale.get(option.get("id", ""), ""),
        }
        for option in options
        if isinstance(option, dict)
    ]


def _key_text(revision: ItemRevision) -> str:
    """The key in words; pairs and blanks one a line."""
    text = get_kind(revision.item.kind).describe_key(revision.content, revision.key)
    return text.replace("；", "\n") if revision.item.kind in {"matching", "fill_blank"} else text


def _rubric(revision: ItemRevision) -> list[Any]:
    if revision.item.kind != "short_answer":
        return []
    try:
        total = sum(criterion.points for criterion in get_kind("short_answer").read_key(revision.key).rubric)
        return scaled_rubric(revision.key, total)
    except ValueError:
        return []


def _page(request: HttpRequest, found: QuerySet[Item]) -> Page[int]:
    """One page of ids: sorting and skipping move no texts about."""
    return Paginator(found.values_list("pk", flat=True), PAGE).get_page(request.GET.get("page"))


def _rows(page: Page[int]) -> list[dict[str, Any]]:
    ids = list(page)
    items = {item.pk: item for item in queries.for_list(Item.objects.filter(pk__in=ids))}
    return [_row(items[pk]) for pk in ids if pk in items]


def _row(item: Item) -> dict[str, Any]:
    revision = item.latest
    stem = BLANK.sub("____", richtext.plain(revision.stem).replace("\n", " ")) if revision else ""
    return {
        "item": item,
        "revision": revision,
        "stem": stem if len(stem) <= 90 else f"{stem[:89]}…",
        "kind": get_kind(item.kind).label,
        "links": [link.requirement for link in revision.requirement_links.all()] if revision else [],
        "state_label": item.get_state_display(),
    }


def _abilities(user: User) -> dict[str, bool]:
    held = roles_of(user)
    return {"write": Role.AUTHOR in held, "review": Role.REVIEWER in held}


def _require_role(user: User, role: Role) -> None:
    if role not in roles_of(user):
        raise Forbidden("role_required", _("您的角色不能做这一步。"), hint=_("需要“%s”角色。") % role.label)


def _require_own(user: User, revision: ItemRevision) -> None:
    if revision.author_id != user.pk:
        raise Forbidden("not_author", _("只有命题人本人能撤回送审"), hint=_("审题人可以退回。"))


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _int(value: Any) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _some(codes: list[str]) -> str:
    return "、".join(codes[:8]) + ("…" if len(codes) > 8 else "")


def _back(request: HttpRequest, default: str, anchor: str = "") -> HttpResponse:
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = default
    return redirect(target + anchor)
