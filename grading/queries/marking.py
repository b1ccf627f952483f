"""What a marker sees: the answer, the rubric, his own progress and agreement. Never who the candidate is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import NotFound
from accounts.models import User
from assessments.kinds import get_kind
from assessments.models import ItemRevision
from assessments.richtext import to_html
from candidates.models import Response

from ..enums import MarkingState, MarkSource
from ..models import Mark, MarkingTask
from ..rules import disagree
from .plans import grading_plan
from .rubrics import Criterion, rubric_of

ARBITER_ROUND = 3
AGREEMENT_WINDOW = 300
REASONS = {
    "rubric": gettext_lazy("按评分标准评阅"),
    "not_a_number": gettext_lazy("答案不是数字，机器无法判分"),
    "response_unreadable": gettext_lazy("作答格式异常，机器无法判分"),
    "response_unfit": gettext_lazy("作答与题目不符，机器无法判分"),
    "item_unreadable": gettext_lazy("题目数据异常，机器无法判分"),
    "scorer_failed": gettext_lazy("评分程序出错，转人工"),
    "scorer_timeout": gettext_lazy("评分程序超时，转人工"),
}


@dataclass(frozen=True, slots=True)
class OtherMark:
    """A marker's judgement as the arbiter sees it: without a name."""

    label: str
    points: Decimal
    criteria: dict[str, str]
    comment: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One answer to be judged."""

    task: MarkingTask
    stem: str
    kind_label: str
    response: str
    sample: str
    rationale: str
    reason: str
    maximum: Decimal
    criteria: list[Criterion]
    mine: dict[str, str]
    comment: str
    others: list[OtherMark]

    def as_data(self) -> dict[str, Any]:
        """The sheet for scripts."""
        return {
            "task": self.task.pk,
            "response": self.response,
            "maximum": f"{self.maximum:f}",
            "criteria": [
                {
                    "id": criterion.id,
                    "text": criterion.text,
                    "points": f"{criterion.points:f}",
                    "free": criterion.free,
                    "levels": [f"{level.points:f}" for level in criterion.levels],
                }
                for criterion in self.criteria
            ],
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """A marker at a glance."""

    done: int
    open: int
    claimed_by_me: int
    total: int
    total_done: int
    pairs: int
    agreed: int
    mean_difference: Decimal | None

    @property
    def agreement_percent(self) -> int | None:
        """Of the answers that both judged, how many within the limit, in percent."""
        return round(100 * self.agreed / self.pairs) if self.pairs else None


def tasks_for(user: User, *, arbiter: bool) -> Any:
    """The tasks a person holds or has done in this role."""
    rounds = [ARBITER_ROUND] if arbiter else [1, 2]
    return MarkingTask.objects.filter(marker=user, round__in=rounds)


def get_task(user: User, task_id: int, *, arbiter: bool) -> MarkingTask:
    """One of them, or NotFound: other people's tasks do not exist for a marker."""
    task: MarkingTask | None = (
        tasks_for(user, arbiter=arbiter).select_related("attempt", "mark").filter(pk=task_id).first()
    )
    if task is None:
        raise NotFound(
            "task_not_yours",
            _("没有这份阅卷任务，或它已超时退回。"),
            hint=_("请回到阅卷首页领取下一份。"),
        )
    return task


def sheet_of(task: MarkingTask) -> Sheet:
    """All that is needed to judge the answer of a task."""
    plan = grading_plan(task.attempt.form_id)
    slot = plan.scoring[task.slot_id]
    revision = ItemRevision.objects.get(pk=plan.revisions[task.slot_id])
    kind = get_kind(slot.kind)
    automatic = Mark.objects.filter(
        attempt=task.attempt_id, slot=task.slot_id, source=MarkSource.AUTO
    ).first()
    answers = Response.objects.filter(attempt=task.attempt_id, slot=task.slot_id).order_by("revision")
    value = None
    if automatic is not None and automatic.response_revision is not None:
        found = answers.filter(revision=automatic.response_revision).first()
        value = found.value if found else None
    content, key = dict(slot.content), dict(slot.key)
    criteria = rubric_of(slot)
    sample = str(key.get("sample_answer", "")) or kind.describe_key(content, key)
    reason = str((automatic.detail if automatic else {}).get("needs_person", "rubric"))
    mine = task.mark.detail.get("criteria", {}) if task.mark else {}
    return Sheet(
        task=task,
        stem=to_html(revision.stem),
        kind_label=str(kind.label),
        response=kind.describe_response(content, value),
        sample=sample,
        rationale=revision.rationale,
        reason="" if reason == "rubric" else str(REASONS.get(reason, reason)),
        maximum=slot.points,
        criteria=criteria,
        mine=mine,
        comment=task.mark.detail.get("comment", "") if task.mark else "",
        others=_others(task) if task.round == ARBITER_ROUND else [],
    )


def _others(task: MarkingTask) -> list[OtherMark]:
    rows = MarkingTask.objects.filter(
        attempt=task.attempt_id, slot=task.slot_id, round__lt=ARBITER_ROUND
    ).select_related("mark")
    return [
        OtherMark(
            label=_("评阅一") if row.round == 1 else _("评阅二"),
            points=row.mark.points or Decimal(0),
            criteria=row.mark.detail.get("criteria", {}),
            comment=row.mark.detail.get("comment", ""),
        )
        for row in rows.order_by("round")
        if row.mark is not None
    ]


def neighbours(task: MarkingTask, user: User, *, arbiter: bool) -> tuple[int | None, int | None]:
    """The person's judged task before this one and the one after it (at the end: the one he holds)."""
    done = tasks_for(user, arbiter=arbiter).filter(state=MarkingState.DONE).order_by("mark_id")
    if task.mark_id is None:
        return done.values_list("pk", flat=True).last(), None
    before = done.filter(mark_id__lt=task.mark_id).values_list("pk", flat=True).last()
    after = done.filter(mark_id__gt=task.mark_id).values_list("pk", flat=True).first()
    if after is None:
        held = tasks_for(user, arbiter=arbiter).filter(state=MarkingState.CLAIMED)
        after = held.order_by("pk").values_list("pk", flat=True).first()
    return before, after


def progress_of(user: User, *, arbiter: bool) -> Progress:
    """Done, left, and how far the person agrees with the other marker."""
    rounds = [ARBITER_ROUND] if arbiter else [1, 2]
    counts = MarkingTask.objects.filter(round__in=rounds).aggregate(
        total=Count("pk"),
        total_done=Count("pk", filter=Q(state=MarkingState.DONE)),
        mine=Count("pk", filter=Q(state=MarkingState.DONE, marker=user)),
        held=Count("pk", filter=Q(state=MarkingState.CLAIMED, marker=user)),
    )
    own = MarkingTask.objects.filter(attempt=OuterRef("attempt"), slot=OuterRef("slot"), marker=user)
    left = MarkingTask.objects.filter(~Exists(own), round__in=rounds, state=MarkingState.OPEN).count()
    pairs, agreed, gap = _agreement(user) if not arbiter else (0, 0, Decimal(0))
    return Progress(
        done=counts["mine"],
        open=left,
        claimed_by_me=counts["held"],
        total=counts["total"],
        total_done=counts["total_done"],
        pairs=pairs,
        agreed=agreed,
        mean_difference=(gap / pairs).quantize(Decimal("0.01")) if pairs else None,
    )


def _agreement(user: User) -> tuple[int, int, Decimal]:
    """Of the last answers that this marker and another both judged: how many, agreed, sum of differences."""
    judged = MarkingTask.objects.filter(round__in=[1, 2], state=MarkingState.DONE)
    columns = ("attempt_id", "slot_id", "mark__points", "mark__max_points")
    mine = {
        (attempt, slot): (points or Decimal(0), maximum or Decimal(0))
        for attempt, slot, points, maximum in judged.filter(marker=user)
        .order_by("-mark_id")
        .values_list(*columns)[:AGREEMENT_WINDOW]
    }
    theirs = {
        (attempt, slot): points or Decimal(0)
        for attempt, slot, points, _maximum in judged.filter(attempt__in={key[0] for key in mine})
        .exclude(marker=user)
        .values_list(*columns)
    }
    both = [(*mine[key], theirs[key]) for key in mine.keys() & theirs.keys()]
    agreed = sum(not disagree(own, other, maximum) for own, maximum, other in both)
    return len(both), agreed, sum((abs(own - other) for own, _maximum, other in both), Decimal(0))
