"""Reading items: scoped getters, the filtered list, coverage, likenesses, and the bank as entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import NotFound
from accounts.models import User
from standards.models import Edition, Requirement

from ..bank import Entry, Manifest
from ..checklist import coverage
from ..enums import Cognitive, ItemState, RevisionState
from ..kinds import kind_choices
from ..models import Form, Item, ItemComment, ItemRevision, RevisionRequirement
from ..services.items import body_of, fold_search

READERS = frozenset({Role.AUTHOR, Role.REVIEWER, Role.EXAMINER})
SORTS = {
    "code": ("edition_id", "code"),
    "kind": ("kind", "code"),
    "state": ("state", "code"),
    "difficulty": ("latest__difficulty", "code"),
    "updated": ("updated_at",),
}
_LINKS = RevisionRequirement.objects.select_related("requirement__task__domain__level").order_by("pk")


def items_for(user: User) -> QuerySet[Item]:
    """The items a user may see: all for authors, reviewers, examiners and administrators, none for others."""
    if not roles_of(user) & READERS:
        return Item.objects.none()
    return Item.objects.all()


def item_for(user: User, pk: int) -> Item:
    """One item with its newest and its current revision; NotFound where the user may not see it."""
    item = (
        items_for(user)
        .select_related("edition", "created_by", "latest__author", "latest__approved_by", "current")
        .prefetch_related(Prefetch("latest__requirement_links", _LINKS))
        .filter(pk=pk)
        .first()
    )
    if item is None:
        raise NotFound("item_gone", _("没有这道题"), hint=_("从题目列表里选。"))
    if item.latest is not None:
        item.latest.item = item
    return item


def revision_for(user: User, pk: int) -> ItemRevision:
    """One revision of an item the user may see."""
    revision = (
        ItemRevision.objects.filter(item__in=items_for(user))
        .select_related("item__edition", "author", "approved_by")
        .prefetch_related(Prefetch("requirement_links", _LINKS))
        .filter(pk=pk)
        .first()
    )
    if revision is None:
        raise NotFound("revision_gone", _("没有这一修订"), hint=_("从题目页面进入。"))
    return revision


def comment_for(user: User, pk: int) -> ItemComment:
    """One remark on an item the user may see."""
    found = ItemComment.objects.filter(revision__item__in=items_for(user)).select_related("revision__item")
    remark = found.filter(pk=pk).first()
    if remark is None:
        raise NotFound("comment_gone", _("没有这条批注"))
    return remark


@dataclass
class ItemFilter:
    """What the list's address asks for; unknown values are dropped, never an error."""

    edition: int | None = None
    q: str = ""
    kind: str = ""
    state: str = ""
    cognitive: str = ""
    level: int | None = None
    domain: int | None = None
    task: int | None = None
    requirement: int | None = None
    easiest: Decimal | None = None
    hardest: Decimal | None = None
    mine: bool = False
    sort: str = "code"
    ignored: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, params: Mapping[str, Any]) -> ItemFilter:
        """The filter an address stands for."""
        sort = str(params.get("sort", "code"))
        node = str(params.get("node", ""))
        nodes = {"level": "l", "domain": "d", "task": "t", "requirement": "r"}
        by_node = {name: _whole(node[1:]) if node[:1] == letter else None for name, letter in nodes.items()}
        return cls(
            edition=_whole(params.get("edition")),
            q=str(params.get("q", "")).replace("\x00", "").strip()[:100],
            kind=_one_of(params.get("kind"), [name for name, _label in kind_choices()]),
            state=_one_of(params.get("state"), ItemState.values),
            cognitive=_one_of(params.get("cognitive"), Cognitive.values),
            level=_whole(params.get("level")) or by_node["level"],
            domain=_whole(params.get("domain")) or by_node["domain"],
            task=_whole(params.get("task")) or by_node["task"],
            requirement=_whole(params.get("requirement")) or by_node["requirement"],
            easiest=_share(params.get("max")),
            hardest=_share(params.get("min")),
            mine=str(params.get("mine", "")) == "1",
            sort=sort if sort.lstrip("-") in SORTS else "code",
        )

    def apply(self, items: QuerySet[Item], user: User) -> QuerySet[Item]:
        """The items that pass, in the order asked for."""
        if self.edition:
            items = items.filter(edition_id=self.edition)
        if self.kind:
            items = items.filter(kind=self.kind)
        if self.state:
            items = items.filter(state=self.state)
        if self.cognitive:
            items = items.filter(latest__cognitive=self.cognitive)
        if self.easiest is not None:
            items = items.filter(latest__difficulty__lte=self.easiest)
        if self.hardest is not None:
            items = items.filter(latest__difficulty__gte=self.hardest)
        if self.mine:
            items = items.filter(latest__author=user)
        if links := self._links():
            items = items.filter(latest__in=RevisionRequirement.objects.filter(links).values("revision"))
        for word in fold_search(self.q).split()[:6]:
            items = items.filter(latest__search_text__contains=word)
        reverse = self.sort.startswith("-")
        return items.order_by(*[f"-{name}" if reverse else name for name in SORTS[self.sort.lstrip("-")]])

    def _links(self) -> Q:
        links = Q()
        if self.requirement:
            links &= Q(requirement_id=self.requirement)
        if self.task:
            links &= Q(requirement__task_id=self.task)
        if self.domain:
            links &= Q(requirement__task__domain_id=self.domain)
        if self.level:
            links &= Q(requirement__task__domain__level_id=self.level)
        return links


def for_list(items: QuerySet[Item]) -> QuerySet[Item]:
    """Items with what a list row shows, in a constant number of queries."""
    return items.select_related("latest__author").prefetch_related(
        Prefetch("latest__requirement_links", _LINKS)
    )


def review_queue(user: User) -> QuerySet[Item]:
    """Items whose newest revision waits for a reviewer who is not its author, longest waiting first."""
    waiting = items_for(user).filter(latest__state=RevisionState.IN_REVIEW).exclude(latest__author=user)
    return waiting.order_by("latest__submitted_at", "code")


def own_drafts(user: User) -> QuerySet[Item]:
    """Items whose newest revision is a draft of the user's."""
    return (
        items_for(user).filter(latest__state=RevisionState.DRAFT, latest__author=user).order_by("-updated_at")
    )


def revisions_of(item: Item) -> QuerySet[ItemRevision]:
    """An item's revisions, newest first, with the people behind them."""
    return item.revisions.select_related("author", "approved_by").order_by("-number")


def comments_of(item: Item) -> QuerySet[ItemComment]:
    """All remarks on an item, oldest first."""
    return (
        ItemComment.objects.filter(revision__item=item)
        .select_related("author", "revision")
        .order_by("created_at")
    )


def uses_of(item: Item) -> QuerySet[Form]:
    """The forms that hold any revision of an item."""
    return (
        Form.objects.filter(slots__revision__item=item)
        .select_related("blueprint")
        .distinct()
        .order_by("-created_at")
    )


def _same_task(revision: ItemRevision) -> QuerySet[RevisionRequirement, int]:
    """Revisions that test the same task: where the same item is likely to have been written twice."""
    tasks = revision.requirement_links.values("requirement__task")
    links = RevisionRequirement.objects.filter(requirement__task__in=tasks)
    return links.values_list("revision", flat=True)


def similar_items(revision: ItemRevision, limit: int = 5) -> list[ItemRevision]:
    """The newest revisions of other items on the same task that read most alike, with their ``likeness`` 0 to 1."""
    if not revision.search_text:
        return []
    found = (
        ItemRevision.objects.filter(item__edition_id=revision.item.edition_id, item__latest_id=F("pk"))
        .filter(pk__in=_same_task(revision))
        .exclude(item_id=revision.item_id)
        .annotate(likeness=TrigramSimilarity("search_text", revision.search_text))
        .filter(likeness__gt=0.4)
        .select_related("item")
        .order_by("-likeness")
    )
    return list(found[:limit])


@dataclass(frozen=True)
class Coverage:
    """What the bank holds for one requirement: items not retired, usable ones (approved or live), live ones, names of
    kinds among the usable, and usable practical tasks."""

    held: int
    approved: int
    live: int
    kinds: tuple[str, ...]
    practical: int = 0


def coverage_of(edition: Edition) -> dict[int, Coverage]:
    """Coverage by requirement id, for requirements with at least one item; two queries."""
    active = RevisionRequirement.objects.filter(revision__item__edition=edition)
    held = dict(
        active.filter(revision__item__latest_id=F("revision_id"))
        .exclude(revision__item__state=ItemState.RETIRED)
        .values_list("requirement")
        .annotate(Count("revision__item", distinct=True))
    )
    rows: dict[int, dict[str, Any]] = {
        pk: {"approved": 0, "live": 0, "kinds": set(), "practical": 0} for pk in held
    }
    current = (
        active.filter(revision__item__current_id=F("revision_id"))
        .values_list("requirement", "revision__item__state", "revision__item__kind")
        .annotate(Count("revision__item", distinct=True))
    )
    for requirement, state, kind, count in current:
        row = rows.setdefault(requirement, {"approved": 0, "live": 0, "kinds": set(), "practical": 0})
        if state in (ItemState.APPROVED, ItemState.LIVE):
            row["approved"] += count
            row["kinds"].add(kind)
            row["practical"] += count if kind == "practical" else 0
        if state == ItemState.LIVE:
            row["live"] += count
    return {
        pk: Coverage(
            held.get(pk, 0), row["approved"], row["live"], tuple(sorted(row["kinds"])), row["practical"]
        )
        for pk, row in rows.items()
    }


def edition_for_bank(named: str = "") -> Edition:
    """The edition a bank belongs to: by id, by its standard's title or code, or the only one there is.

    The newest published edition is preferred to drafts. Raises NotFound (``edition_unknown``).
    """
    editions = Edition.objects.select_related("standard").order_by("-published_at", "-created_at")
    if named.isascii() and named.isdigit():
        editions = editions.filter(pk=int(named))
    elif named:
        folded = "".join(named.split()).casefold()
        wanted = [
            edition.pk
            for edition in editions
            if any(
                folded in "".join(text.split()).casefold()
                for text in (edition.standard.title, edition.title, edition.standard.code)
            )
        ]
        editions = editions.filter(pk__in=wanted)
    chosen = editions.filter(state="published").first() or editions.first()
    if chosen is None:
        raise NotFound("edition_unknown", _("没有找到标准“%s”的版本。") % named, hint=_("先导入并发布标准。"))
    return chosen


def bank_entries(edition: Edition) -> Iterator[Entry]:
    """Every item of an edition that is not retired, by its current revision or else its newest, as bank entries."""
    items = (
        Item.objects.filter(edition=edition)
        .exclude(state=ItemState.RETIRED)
        .select_related("latest", "current")
        .prefetch_related(
            Prefetch("latest__requirement_links", _LINKS), Prefetch("current__requirement_links", _LINKS)
        )
        .order_by("code")
    )
    for item in items:
        revision = item.current or item.latest
        if revision is not None:
            revision.item = item
            yield Entry(item=body_of(revision))


def manifest_of(edition: Edition) -> Manifest:
    """A manifest that asks for every requirement of an edition's own tree."""
    tree: dict[str, dict[str, int]] = {}
    requirements = Requirement.objects.filter(task__domain__level__edition=edition).select_related(
        "task__domain__level"
    )
    for requirement in requirements.order_by(
        "task__domain__level__number", "task__domain__position", "task__position", "position"
    ):
        task = requirement.code.rpartition(".")[0]
        level = tree.setdefault(requirement.task.domain.level.name, {})
        level[task] = level.get(task, 0) + 1
    return Manifest(title=edition.title, standard=edition.standard.title, requirements=tree)


def coverage_json(edition: Edition) -> dict[str, dict[str, Any]]:
    """Coverage keyed ``初级 1.1.1``, as ``audit_bank`` prints it."""
    return coverage(bank_entries(edition), manifest_of(edition))


def _whole(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _share(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number <= 1 else None


def _one_of(value: Any, allowed: list[str]) -> str:
    return str(value) if value in allowed else ""
