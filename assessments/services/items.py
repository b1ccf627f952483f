"""Writing items: making them, keeping drafts, starting new revisions.

States are moved in :mod:`assessments.services.reviews`. Lock order: the item's row, then its revisions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Forbidden, Invalid, NotFound, Refusal
from accounts.models import User
from accounts.services import audit
from standards.models import Edition, Requirement

from .. import richtext
from ..bank import ItemBody, RequirementLink, item_problems
from ..checklist import Finding, check_item
from ..enums import Cognitive, ItemState, RevisionState
from ..kinds import UnknownKind, get_kind
from ..kinds.base import Problem, has_nul
from ..models import Item, ItemRevision, RevisionRequirement

LETTERS = {"初级": "J", "中级": "M", "高级": "S"}
TEXT_LIMIT = 60_000


@dataclass
class ItemText:
    """Everything an author writes about an item; ``requirements`` are ids with weights."""

    stem: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    key: dict[str, Any] = field(default_factory=dict)
    rationale: str = ""
    option_rationale: dict[str, str] = field(default_factory=dict)
    cognitive: str = Cognitive.UNDERSTAND
    difficulty: Decimal = Decimal("0.60")
    requirements: list[tuple[int, Decimal]] = field(default_factory=list)


@transaction.atomic
def create_item(
    *, actor: User, edition: Edition, kind: str, text: ItemText | None = None, code: str = ""
) -> Item:
    """A new item with an empty or given draft. Without a code the next free one of its requirement is taken.

    Raises Invalid (``kind_unknown``, ``item_text``) and Refusal (``code_taken``).
    """
    try:
        drafted = get_kind(kind).blank()
    except UnknownKind as error:
        raise Invalid("kind_unknown", _("没有“%s”这种题型") % kind, hint=_("从列表里选一种题型。")) from error
    text = text or ItemText(content=drafted.content, key=drafted.key)
    _refuse_unstorable(text)
    Edition.objects.select_for_update().get(pk=edition.pk)  # two authors must not get the same number
    code = code.strip() or next_code(edition, [pk for pk, _weight in text.requirements])
    if Item.objects.filter(edition=edition, code=code).exists():
        raise Refusal("code_taken", _("编号 %s 已经有题目了") % code, hint=_("换一个编号。"))
    item = Item.objects.create(edition=edition, code=code, kind=kind, created_by=actor)
    revision = ItemRevision(item=item, number=1, author=actor)
    _write(revision, text)
    item.latest = revision
    item.save(update_fields=["latest", "updated_at"])
    audit.record(actor=actor, verb="item.create", target=item, data={"code": code, "kind": kind})
    return item


@transaction.atomic
def save_draft(
    *, actor: User, revision: ItemRevision, text: ItemText, seen: str = "", autosave: bool = False
) -> ItemRevision:
    """Store a draft's text as it is, complete or not.

    ``seen`` is the :func:`stamp` of the draft the author was shown; a newer one is never overwritten. Autosaves leave
    no audit row of their own. Raises Refusal (``revision_closed``, ``draft_newer``), Forbidden, Invalid.
    """
    _refuse_unstorable(text)
    locked = lock_revision(revision)
    if locked.state != RevisionState.DRAFT:
        raise Refusal(
            "revision_closed",
            _("这一修订已送审或审定，不能再改"),
            hint=_("送审中的请审题人退回；已审定的请新建修订。"),
        )
    if locked.author_id != actor.pk:
        raise Forbidden("not_author", _("只有命题人本人能改自己的草稿"), hint=_("可以写批注，请命题人修改。"))
    if seen and seen != stamp(locked):
        raise Refusal(
            "draft_newer",
            _("这份草稿在别处有更新的改动，没有覆盖"),
            hint=_("另开一个窗口查看那边的内容；再次保存会以这里的为准。"),
            data={"stamp": stamp(locked)},
        )
    _write(locked, text)
    if not autosave:
        audit.record(actor=actor, verb="item.save", target=locked.item, data={"revision": locked.number})
    return locked


@transaction.atomic
def revise(*, actor: User, item: Item) -> ItemRevision:
    """A new draft revision that starts from the newest one; an open revision is returned instead if it is the actor's.

    Raises Refusal (``revision_open``, ``item_retired``).
    """
    locked = Item.objects.select_for_update(of=("self",)).select_related("latest").get(pk=item.pk)
    latest = locked.latest
    if locked.state == ItemState.RETIRED or latest is None:
        raise Refusal("item_retired", _("题目已退役，不能再修订"), hint=_("可以另建一道新题。"))
    if latest.state != RevisionState.APPROVED:
        if latest.author_id == actor.pk and latest.state == RevisionState.DRAFT:
            return latest
        raise Refusal(
            "revision_open",
            _("第 %d 修订还没有审定") % latest.number,
            hint=_("等它审定或退回后再修订。"),
        )
    revision = ItemRevision(item=locked, number=latest.number + 1, author=actor)
    _write(revision, text_of(latest))
    locked.latest = revision
    locked.save(update_fields=["latest", "updated_at"])
    audit.record(actor=actor, verb="item.revise", target=locked, data={"revision": revision.number})
    return revision


def lock_revision(revision: ItemRevision) -> ItemRevision:
    """The revision with its item, both locked in the written order; NotFound where it has gone."""
    Item.objects.select_for_update().filter(pk=revision.item_id).first()
    locked = (
        ItemRevision.objects.select_for_update(of=("self",))
        .select_related("item")
        .filter(pk=revision.pk)
        .first()
    )
    if locked is None:
        raise NotFound("revision_gone", _("这一修订已不存在"))
    return locked


def stamp(revision: ItemRevision) -> str:
    """What tells one state of a draft from another."""
    return revision.updated_at.isoformat()


def text_of(revision: ItemRevision) -> ItemText:
    """A revision's text, to start another from."""
    return ItemText(
        stem=revision.stem,
        content=revision.content,
        key=revision.key,
        rationale=revision.rationale,
        option_rationale=revision.option_rationale,
        cognitive=revision.cognitive,
        difficulty=revision.difficulty,
        requirements=[
            (link.requirement_id, link.weight) for link in revision.requirement_links.order_by("pk")
        ],
    )


def body_of(revision: ItemRevision) -> ItemBody:
    """A revision as a bank file would hold it. The links' tree should be prefetched where many are read."""
    links = [
        RequirementLink(
            level=link.requirement.task.domain.level.name,
            code=link.requirement.code,
            weight=link.weight.normalize(),
        )
        for link in revision.requirement_links.all()
    ]
    return ItemBody(
        code=revision.item.code,
        kind=revision.item.kind,
        requirements=links,
        cognitive=revision.cognitive,  # type: ignore[arg-type]
        difficulty=revision.difficulty,
        stem=revision.stem,
        content=revision.content,
        key=revision.key,
        rationale=revision.rationale,
        option_rationale=revision.option_rationale,
    )


def problems_of(revision: ItemRevision) -> list[Problem]:
    """What keeps a revision from being sent to review."""
    body = body_of(revision)
    problems = item_problems(body)
    if not body.requirements:
        problems = [problem for problem in problems if problem.code != "weight_sum"]
        problems.append(
            Problem("requirements", "requirement_missing", _("没有选职业技能要求"), _("在标准的树上选一条"))
        )
    if not revision.rationale.strip():
        problems.append(Problem("rationale", "rationale_empty", _("没有写解析"), _("写明答题依据")))
    return problems


def findings_of(revision: ItemRevision, problems: Sequence[Problem] = ()) -> list[Finding]:
    """The machine-checkable checklist over a revision; empty where its structure is still broken."""
    return [] if problems else check_item(body_of(revision))


def search_text(code: str, stem: str, content: Any) -> str:
    """What full-text search looks in: code, stem and content as plain, folded, lower-case text."""
    return fold_search(" ".join([code, richtext.plain(stem), *_texts(content)]))[:20_000]


def fold_search(text: str) -> str:
    """Text as the search index holds it."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def next_code(edition: Edition, requirement_ids: Iterable[int]) -> str:
    """The next free code of the first requirement: ``J-1.1.1-04``; ``N-001`` where there is none."""
    first = next(iter(requirement_ids), 0)
    requirement = (
        Requirement.objects.select_related("task__domain__level")
        .filter(pk=first, task__domain__level__edition=edition)
        .first()
    )
    if requirement is None:
        stem, digits = "N-", 3
    else:
        level = requirement.task.domain.level
        stem, digits = f"{LETTERS.get(level.name, f'L{level.number}')}-{requirement.code}-", 2
    used = Item.objects.filter(edition=edition, code__startswith=stem).values_list("code", flat=True)
    numbers = [int(tail) for code in used if (tail := code[len(stem) :]).isascii() and tail.isdigit()]
    return f"{stem}{max(numbers, default=0) + 1:0{digits}d}"


def prepare(kind: str, text: ItemText) -> ItemText:
    """The text as it is stored: HTML sanitised, content and key in canonical form."""
    content, key = get_kind(kind).normalise(_sanitised(text.content), text.key)
    return ItemText(
        stem=richtext.sanitise(text.stem),
        content=content,
        key=key,
        rationale=richtext.sanitise(text.rationale),
        option_rationale={name: richtext.sanitise(reason) for name, reason in text.option_rationale.items()},
        cognitive=text.cognitive,
        difficulty=text.difficulty,
        requirements=text.requirements,
    )


def _write(revision: ItemRevision, text: ItemText) -> None:
    """Store text and links of an unapproved revision."""
    item = revision.item
    ready = prepare(item.kind, text)
    revision.stem, revision.content, revision.key = ready.stem, ready.content, ready.key
    revision.rationale, revision.option_rationale = ready.rationale, ready.option_rationale
    revision.cognitive, revision.difficulty = ready.cognitive, ready.difficulty
    revision.search_text = search_text(item.code, ready.stem, ready.content)
    revision.save()
    wanted = dict(ready.requirements)
    known = Requirement.objects.filter(pk__in=wanted, task__domain__level__edition_id=item.edition_id)
    known_ids = set(known.values_list("pk", flat=True))
    if missing := set(wanted) - known_ids:
        raise Invalid(
            "requirement_unknown", _("所选的职业技能要求不属于这份标准"), data={"ids": sorted(missing)}
        )
    held = {link.requirement_id: link.weight for link in revision.requirement_links.all()}
    if held != wanted:
        revision.requirement_links.all().delete()
        RevisionRequirement.objects.bulk_create(
            RevisionRequirement(revision=revision, requirement_id=pk, weight=weight)
            for pk, weight in wanted.items()
        )
    Item.objects.filter(pk=item.pk).update(updated_at=timezone.now())


def _refuse_unstorable(text: ItemText) -> None:
    """What no column can hold is refused before anything is written."""
    parts = [text.stem, text.content, text.key, text.rationale, text.option_rationale]
    if has_nul(parts):
        raise Invalid(
            "item_text", _("文字里有不可见的非法字符"), hint=_("重新输入，或先粘贴到纯文本编辑器里。")
        )
    if sum(len(part) for part in _texts(parts)) > TEXT_LIMIT:
        raise Invalid("item_text", _("题目文字超过 %d 字") % TEXT_LIMIT, hint=_("缩短文字，或拆成几道题。"))
    if text.cognitive not in Cognitive.values:
        raise Invalid("item_text", _("没有这个认知层次"), hint=_("从列表里选。"))
    if not text.difficulty.is_finite() or not 0 <= text.difficulty <= 1:
        raise Invalid("item_text", _("难度应在 0 与 1 之间"), hint=_("写预计的得分率，如 0.65。"))
    if any(not weight.is_finite() or not 0 < weight <= 1 for _pk, weight in text.requirements):
        raise Invalid("item_text", _("要求的权重应大于 0、不超过 1"), hint=_("一道题各要求的权重之和为 1。"))


def _sanitised(value: Any) -> Any:
    if isinstance(value, str):
        return richtext.sanitise(value)
    if isinstance(value, dict):
        return {name: _sanitised(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_sanitised(item) for item in value]
    return value


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [richtext.plain(value)]
    if isinstance(value, dict):
        return [text for name, item in value.items() if name != "id" for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return []
