"""The life of an item: review, approval, use, suspension. The only writer of item and revision states.

A revision goes draft → in review → approved; an item follows its first revision, and from approval on has a life of
its own (live, suspended, retired) while later revisions are written beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import Forbidden, Invalid, NotFound, Refusal
from accounts.models import User
from accounts.services import audit

from ..enums import ItemState, RevisionState
from ..models import Item, ItemComment, ItemRevision
from .items import findings_of, lock_revision, problems_of


@transaction.atomic
def submit_for_review(*, actor: User, revision: ItemRevision) -> ItemRevision:
    """Send one's draft to review. Raises Invalid (``item_incomplete``) with every problem and its place."""
    locked = lock_revision(revision)
    _only_author(actor, locked)
    if problems := problems_of(locked):
        raise Invalid(
            "item_incomplete",
            _("题目还不能送审：%s") % "；".join(str(problem) for problem in problems[:3]),
            hint=_("按提示改好后再送审。"),
            data={"problems": [{"place": p.place, "code": p.code, "message": p.message} for p in problems]},
        )
    _move_revision(locked, RevisionState.IN_REVIEW)
    locked.submitted_at = timezone.now()
    locked.save(update_fields=["state", "submitted_at", "updated_at"])
    if locked.item.state == ItemState.DRAFT:
        _move_item(locked.item, ItemState.IN_REVIEW)
    _record(actor, "item.submit", locked)
    return locked


@transaction.atomic
def send_back(*, actor: User, revision: ItemRevision, reason: str = "") -> ItemRevision:
    """Back to the author: by a reviewer with a reason, or by the author who withdraws it."""
    locked = lock_revision(revision)
    own = locked.author_id == actor.pk
    if not own and not reason.strip():
        raise Invalid("reason_missing", _("退回要写明原因"), hint=_("告诉命题人改什么。"))
    _move_revision(locked, RevisionState.DRAFT)
    locked.save(update_fields=["state", "updated_at"])
    if locked.item.state == ItemState.IN_REVIEW:
        _move_item(locked.item, ItemState.DRAFT)
    if reason.strip():
        ItemComment.objects.create(revision=locked, author=actor, text=reason.strip()[:4000])
    _record(actor, "item.withdraw" if own else "item.send_back", locked, reason=reason.strip()[:500])
    return locked


@transaction.atomic
def approve(*, actor: User, revision: ItemRevision, despite_findings: bool = False) -> ItemRevision:
    """Approve a revision written by somebody else; from then on it is immutable.

    Raises Forbidden (``four_eyes``), Invalid (``item_incomplete``), Refusal (``checklist_failed``, unless the reviewer
    says it stands despite the findings).
    """
    locked = lock_revision(revision)
    if locked.author_id == actor.pk:
        raise Forbidden("four_eyes", _("命题人不能审定自己的题目"), hint=_("请另一位审题人审定。"))
    if problems := problems_of(locked):
        raise Invalid("item_incomplete", _("题目有缺漏：%s") % problems[0], hint=_("退回命题人修改。"))
    failures = [finding for finding in findings_of(locked) if finding.severity == "failure"]
    if failures and not despite_findings:
        raise Refusal(
            "checklist_failed",
            _("检查单有未通过的项：%s") % "；".join(finding.message for finding in failures[:3]),
            hint=_("退回修改；确认无碍时勾选“仍然审定”。"),
            data={"rules": [finding.rule for finding in failures]},
        )
    _move_revision(locked, RevisionState.APPROVED)
    locked.approved_by, locked.approved_at = actor, timezone.now()
    locked.save(update_fields=["state", "approved_by", "approved_at", "updated_at"])
    item = locked.item
    item.current = locked
    if item.state == ItemState.IN_REVIEW:
        _check_transition(item, ItemState.APPROVED)
        item.state = ItemState.APPROVED
    item.save(update_fields=["current", "state", "updated_at"])
    _record(actor, "item.approve", locked, findings=[finding.rule for finding in failures])
    return locked


@transaction.atomic
def publish_live(*, actor: User, item: Item) -> Item:
    """Put an approved or suspended item to use: new forms may draw on it."""
    return _change_state(actor, item, ItemState.LIVE, "item.publish")


@transaction.atomic
def suspend(*, actor: User, item: Item, reason: str) -> Item:
    """Take a live item out of use for now; forms already frozen keep it."""
    if not reason.strip():
        raise Invalid("reason_missing", _("停用要写明原因"), hint=_("例如：答案有争议。"))
    return _change_state(actor, item, ItemState.SUSPENDED, "item.suspend", reason)


@transaction.atomic
def retire(*, actor: User, item: Item, reason: str = "") -> Item:
    """Take an item out of use for good."""
    return _change_state(actor, item, ItemState.RETIRED, "item.retire", reason)


@transaction.atomic
def comment(*, actor: User, revision: ItemRevision, text: str, place: str = "") -> ItemComment:
    """A remark at a place of a revision."""
    if not text.strip():
        raise Invalid("comment_empty", _("批注是空的"), hint=_("写下意见。"))
    if "\x00" in text + place:
        raise Invalid("comment_text", _("批注里有非法字符"))
    made = ItemComment.objects.create(
        revision=revision, author=actor, place=place[:40], text=text.strip()[:4000]
    )
    _record(actor, "item.comment", revision, place=made.place)
    return made


@transaction.atomic
def resolve_comment(*, actor: User, remark: ItemComment) -> ItemComment:
    """Mark a remark as dealt with, by its writer, the item's author or a reviewer."""
    locked = (
        ItemComment.objects.select_for_update(of=("self",)).select_related("revision__item").get(pk=remark.pk)
    )
    may = actor.pk in (locked.author_id, locked.revision.author_id) or Role.REVIEWER in roles_of(actor)
    if not may:
        raise NotFound("comment_gone", _("没有这条批注"))
    if locked.resolved_at is None:
        locked.resolved_at = timezone.now()
        locked.save(update_fields=["resolved_at"])
        _record(actor, "item.resolve_comment", locked.revision)
    return locked


@dataclass
class BulkOutcome:
    """What a bulk action did: codes moved, and codes refused with the reason."""

    done: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def bulk_move(*, actor: User, items: Iterable[Item], verb: str, reason: str = "") -> BulkOutcome:
    """One verb over many items, each in its own transaction: what can be done is done, the rest is told."""
    verbs: dict[str, Callable[[Item], Any]] = {
        "submit": lambda item: submit_for_review(actor=actor, revision=_latest(item)),
        "approve": lambda item: approve(actor=actor, revision=_latest(item)),
        "publish": lambda item: publish_live(actor=actor, item=item),
        "suspend": lambda item: suspend(actor=actor, item=item, reason=reason),
        "retire": lambda item: retire(actor=actor, item=item, reason=reason),
    }
    if verb not in verbs:
        raise Invalid("bulk_verb", _("没有这个批量操作"))
    outcome = BulkOutcome()
    for item in items:
        try:
            verbs[verb](item)
        except Refusal as refusal:
            outcome.refused.append((item.code, refusal.message))
        else:
            outcome.done.append(item.code)
    return outcome


def _latest(item: Item) -> ItemRevision:
    if item.latest is None:
        raise NotFound("revision_gone", _("题目还没有内容"))
    return item.latest


def _change_state(actor: User, item: Item, to: ItemState, verb: str, reason: str = "") -> Item:
    locked = Item.objects.select_for_update().get(pk=item.pk)
    _move_item(locked, to)
    data = {"reason": reason.strip()[:500]} if reason.strip() else {}
    audit.record(actor=actor, verb=verb, target=locked, data={"code": locked.code, **data})
    return locked


def _check_transition(item: Item, to: ItemState) -> None:
    if to not in Item.TRANSITIONS[ItemState(item.state)]:
        labels = {"from": ItemState(item.state).label, "to": to.label}
        raise Refusal(
            "item_state", _("“%(from)s”的题目不能变为“%(to)s”") % labels, hint=_("刷新页面看看现在的状态。")
        )


def _move_item(item: Item, to: ItemState) -> None:
    _check_transition(item, to)
    item.state = to
    item.save(update_fields=["state", "updated_at"])


def _move_revision(revision: ItemRevision, to: RevisionState) -> None:
    if to not in ItemRevision.TRANSITIONS[RevisionState(revision.state)]:
        labels = {"from": RevisionState(revision.state).label, "to": to.label}
        raise Refusal(
            "revision_state",
            _("“%(from)s”的修订不能变为“%(to)s”") % labels,
            hint=_("刷新页面看看现在的状态。"),
        )
    revision.state = to


def _only_author(actor: User, revision: ItemRevision) -> None:
    if revision.author_id != actor.pk:
        raise Forbidden(
            "not_author", _("只有命题人本人能送审自己的草稿"), hint=_("可以写批注，请命题人处理。")
        )


def _record(actor: User, verb: str, revision: ItemRevision, **data: Any) -> None:
    kept = {name: value for name, value in data.items() if value}
    audit.record(
        actor=actor,
        verb=verb,
        target=revision.item,
        data={"code": revision.item.code, "revision": revision.number, **kept},
    )
