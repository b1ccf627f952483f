"""Loading a bank of items from files: all or nothing, and nothing where nothing changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.models import User
from accounts.services import audit
from standards.models import Edition, Requirement

from ..bank import Entry, FileProblem
from ..checklist import check_item
from ..enums import ItemState, RevisionState
from ..models import Item, ItemRevision, RevisionRequirement
from .items import ItemText, prepare, search_text


@dataclass
class LoadReport:
    """Codes by what became of them, and every problem that kept the load from happening."""

    created: list[str] = field(default_factory=list)
    revised: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, problems with file, line, item, place, message and mend."""
        fields = ("file", "line", "item", "place", "rule", "message", "mend")
        rows = [{name: getattr(problem, name) for name in fields} for problem in self.problems]
        return {
            "created": self.created,
            "revised": self.revised,
            "unchanged": self.unchanged,
            "problems": rows,
        }


@dataclass
class _Planned:
    entry: Entry
    text: ItemText
    item: Item | None
    number: int


def load_bank(
    *, author: User, reviewer: User | None, edition: Edition, entries: Sequence[Entry], dry_run: bool = False
) -> LoadReport:
    """Bring items into the bank by code.

    An unknown code becomes a new item, changed content a new revision, unchanged content nothing. With a ``reviewer``
    the new revisions are approved by that person and the items go live; without one they stay drafts. Any problem,
    failures of the checklist included, and nothing is written: the report then names each with file, line and mend.
    Raises Invalid (``four_eyes``) where author and reviewer are the same.
    """
    if reviewer is not None and reviewer.pk == author.pk:
        raise Invalid("four_eyes", _("命题人与审题人须是两个人"), hint=_("换一位审题人。"))
    with transaction.atomic():
        Edition.objects.select_for_update().get(pk=edition.pk)
        report = LoadReport()
        plan = _plan(edition, entries, report)
        if report.problems or dry_run:
            return report
        _write(plan, edition, author, reviewer)
        if plan:
            audit.record(
                actor=author,
                verb="bank.load",
                target=edition,
                data={
                    "created": len(report.created),
                    "revised": len(report.revised),
                    "unchanged": len(report.unchanged),
                },
            )
        return report


def _plan(edition: Edition, entries: Sequence[Entry], report: LoadReport) -> list[_Planned]:
    """What is to be written, with what became of each code noted in the report."""
    requirements = {
        (requirement.task.domain.level.name, requirement.code): requirement.pk
        for requirement in Requirement.objects.filter(task__domain__level__edition=edition).select_related(
            "task__domain__level"
        )
    }
    codes = [entry.item.code for entry in entries]
    held = {
        item.code: item
        for item in Item.objects.select_for_update(of=("self",))
        .filter(edition=edition, code__in=codes)
        .select_related("latest")
        .prefetch_related("latest__requirement_links")
    }
    plan = []
    for entry in entries:
        body = entry.item
        links: list[tuple[int, Decimal]] = []
        for link in body.requirements:
            if (link.level, link.code) not in requirements:
                message = _("标准里没有职业技能要求 %(level)s %(code)s") % {
                    "level": link.level,
                    "code": link.code,
                }
                report.problems.append(
                    _problem(entry, "requirements", "requirement_unknown", message, _("检查等级和编号"))
                )
            else:
                links.append((requirements[link.level, link.code], link.weight))
        for finding in check_item(body):
            if finding.severity == "failure":
                report.problems.append(
                    _problem(entry, finding.rule, finding.rule, finding.message, finding.mend)
                )
        text = prepare(
            body.kind,
            ItemText(
                stem=body.stem,
                content=body.content,
                key=body.key,
                rationale=body.rationale,
                option_rationale=body.option_rationale,
                cognitive=body.cognitive,
                difficulty=body.difficulty.quantize(Decimal("0.01")),
                requirements=links,
            ),
        )
        item = held.get(body.code)
        if item is None:
            report.created.append(body.code)
            plan.append(_Planned(entry, text, None, 1))
        elif found := _clash(item, entry):
            report.problems.append(found)
        elif item.latest is not None and _same(item.latest, text):
            report.unchanged.append(body.code)
        else:
            report.revised.append(body.code)
            plan.append(_Planned(entry, text, item, (item.latest.number if item.latest else 0) + 1))
    return plan


def _clash(item: Item, entry: Entry) -> FileProblem | None:
    """Why an item that the bank already holds cannot be revised from a file."""
    if item.kind != entry.item.kind:
        return _problem(
            entry, "kind", "kind_changed", _("库里这道题是另一种题型：%s") % item.kind, _("换一个编号")
        )
    if item.state == ItemState.RETIRED:
        return _problem(entry, "code", "item_retired", _("这道题已经退役"), _("换一个编号"))
    if (
        item.latest is not None
        and item.latest.state != RevisionState.APPROVED
        and not item.latest.approved_at
    ):
        return _problem(entry, "code", "revision_open", _("库里这道题有未审定的修订"), _("先审定或退回它"))
    return None


def _same(revision: ItemRevision, text: ItemText) -> bool:
    links = {link.requirement_id: link.weight for link in revision.requirement_links.all()}
    mine = (
        revision.stem, revision.content, revision.key, revision.rationale, revision.option_rationale,
        revision.cognitive, revision.difficulty, links,
    )  # fmt: skip
    return mine == (
        text.stem, text.content, text.key, text.rationale, text.option_rationale,
        text.cognitive, text.difficulty, dict(text.requirements),
    )  # fmt: skip


def _write(plan: list[_Planned], edition: Edition, author: User, reviewer: User | None) -> None:
    """Items, revisions, links; then approval; then the items' state: few statements for any number of items."""
    fresh = [planned for planned in plan if planned.item is None]
    made = Item.objects.bulk_create(
        Item(edition=edition, code=planned.entry.item.code, kind=planned.entry.item.kind, created_by=author)
        for planned in fresh
    )
    for planned, item in zip(fresh, made, strict=True):
        planned.item = item
    revisions = ItemRevision.objects.bulk_create(_revision(planned, author) for planned in plan)
    RevisionRequirement.objects.bulk_create(
        RevisionRequirement(revision=revision, requirement_id=pk, weight=weight)
        for planned, revision in zip(plan, revisions, strict=True)
        for pk, weight in planned.text.requirements
    )
    now = timezone.now()
    if reviewer is not None:
        ItemRevision.objects.filter(pk__in=[revision.pk for revision in revisions]).update(
            state=RevisionState.APPROVED,
            submitted_at=now,
            approved_by=reviewer,
            approved_at=now,
            updated_at=now,
        )
    items = []
    for revision in revisions:
        item = revision.item
        item.latest, item.updated_at = revision, now
        if reviewer is not None:
            item.current = revision
            if item.state != ItemState.SUSPENDED:
                item.state = ItemState.LIVE
        items.append(item)
    Item.objects.bulk_update(items, ["latest", "current", "state", "updated_at"], batch_size=200)
    for planned, revision in zip(plan, revisions, strict=True):
        data = {"code": planned.entry.item.code, "revision": revision.number, "file": planned.entry.file}
        audit.record(actor=author, verb="item.load", target=revision.item, data=data)
        if reviewer is not None:
            audit.record(actor=reviewer, verb="item.approve", target=revision.item, data=data)


def _revision(planned: _Planned, author: User) -> ItemRevision:
    text, item = planned.text, planned.item
    assert item is not None
    return ItemRevision(
        item=item,
        number=planned.number,
        author=author,
        stem=text.stem,
        content=text.content,
        key=text.key,
        rationale=text.rationale,
        option_rationale=text.option_rationale,
        cognitive=text.cognitive,
        difficulty=text.difficulty,
        search_text=search_text(item.code, text.stem, text.content),
    )


def _problem(entry: Entry, place: str, rule: str, message: str, mend: str) -> FileProblem:
    return FileProblem(entry.file, entry.line, entry.item.code, place, rule, message, mend)
