"""Open answers: claimed under a lease, judged blind by two markers, settled by an arbiter where they differ.

Lock order: AttemptGrading, then MarkingTask. A task is claimed with SKIP LOCKED; that nobody judges one
answer twice is held by a unique constraint (attempt, slot, marker).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import Forbidden, Invalid, NotFound, Refusal
from accounts.models import User
from accounts.services import audit

from ..enums import GradingState, MarkingState, MarkSource
from ..models import AttemptGrading, Mark, MarkingTask
from ..queries.plans import grading_plan
from ..queries.rubrics import Criterion, rubric_of
from ..rules import MarkFact, Standing, settle
from .results import complete_if_settled

LEASE = timedelta(minutes=15)
ARBITER_ROUND = 3


@dataclass(frozen=True, slots=True)
class Award:
    """A marker's judgement: points by criterion id, and a remark."""

    points: Mapping[str, Decimal]
    comment: str = ""


def _require(user: User, role: Role) -> None:
    if role not in roles_of(user):
        raise Forbidden(
            "role_required", _("您的账号没有阅卷的权限。"), hint=_("请联系考务人员分配阅卷任务。")
        )


def claim_next(*, marker: User, arbiter: bool = False) -> MarkingTask | None:
    """Give the marker the next answer, or the one he already holds; None when there is none for him.

    Never an answer that he has judged in another round. Answers to the same question come one after
    another, so that they are judged by the same measure.
    """
    _require(marker, Role.ARBITER if arbiter else Role.MARKER)
    rounds = [ARBITER_ROUND] if arbiter else [1, 2]
    now = timezone.now()
    held = (
        MarkingTask.objects.filter(
            marker=marker, state=MarkingState.CLAIMED, round__in=rounds, claimed_until__gt=now
        )
        .order_by("id")
        .first()
    )
    if held is not None:
        return held
    for _attempt in range(3):
        try:
            return _claim(marker, rounds)
        except IntegrityError:  # the same person in two windows took both rounds of one answer: look again
            continue
    return None


@transaction.atomic
def _claim(marker: User, rounds: list[int]) -> MarkingTask | None:
    now = timezone.now()
    mine = MarkingTask.objects.filter(attempt=OuterRef("attempt"), slot=OuterRef("slot"), marker=marker)
    task = (
        MarkingTask.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(Q(state=MarkingState.OPEN) | Q(state=MarkingState.CLAIMED, claimed_until__lte=now))
        .filter(~Exists(mine), round__in=rounds)
        .order_by("slot__revision_id", "id")
        .first()
    )
    if task is None:
        return None
    task.state = MarkingState.CLAIMED
    task.marker = marker
    task.claimed_until = now + LEASE
    task.save(update_fields=["state", "marker", "claimed_until"])
    return task


@transaction.atomic
def give_back(*, marker: User, task_id: int) -> None:
    """Put a claimed answer back for others."""
    task = _locked(marker, task_id)
    if task.state != MarkingState.CLAIMED:
        raise Refusal("task_done", _("这份作答已经评过。"))
    task.state = MarkingState.OPEN
    task.marker = None
    task.claimed_until = None
    task.save(update_fields=["state", "marker", "claimed_until"])


def release_expired() -> int:
    """Put back what was claimed and not judged in time."""
    return MarkingTask.objects.filter(state=MarkingState.CLAIMED, claimed_until__lte=timezone.now()).update(
        state=MarkingState.OPEN, marker=None, claimed_until=None
    )


def _locked(marker: User, task_id: int) -> MarkingTask:
    task = (
        MarkingTask.objects.select_for_update(of=("self",))
        .select_related("attempt", "mark")
        .filter(pk=task_id, marker=marker)
        .first()
    )
    if task is None:
        raise NotFound(
            "task_not_yours",
            _("没有这份阅卷任务，或它已超时退回。"),
            hint=_("请回到阅卷首页领取下一份。"),
        )
    return task


def _lock_grading(task_id: int) -> None:
    """Whoever judges the same attempt waits here, so that what is looked at next stays true until the commit."""
    list(
        AttemptGrading.objects.select_for_update()
        .filter(attempt__in=MarkingTask.objects.filter(pk=task_id).values("attempt"))
        .values_list("pk")
    )


def award_mark(*, marker: User, task_id: int, award: Award) -> Mark:
    """Judge an answer, or correct one's own judgement while the slot is still open to correction.

    Raises NotFound (not the marker's task), Invalid (criterion missing, not on offer) and Refusal.
    """
    with transaction.atomic():
        _lock_grading(task_id)
        task = _locked(marker, task_id)
        source = MarkSource.ARBITER if task.round == ARBITER_ROUND else MarkSource.MARKER
        _require(marker, Role.ARBITER if source == MarkSource.ARBITER else Role.MARKER)
        version = 1
        if task.state == MarkingState.DONE:
            _check_correctable(task)
            version = task.mark.version + 1 if task.mark else 1
        plan = grading_plan(task.attempt.form_id)
        slot = plan.scoring[task.slot_id]
        criteria = rubric_of(slot)
        points = _checked(criteria, award)
        judged = (
            Mark.objects.filter(attempt=task.attempt_id, slot=task.slot_id, source=MarkSource.AUTO)
            .values_list("response_revision", flat=True)
            .first()
        )
        mark = Mark.objects.create(
            attempt_id=task.attempt_id,
            slot_id=task.slot_id,
            source=source,
            round=task.round,
            version=version,
            marker=marker,
            points=sum(points.values(), Decimal(0)),
            max_points=slot.points,
            detail={
                "criteria": {key: f"{value:f}" for key, value in points.items()},
                "comment": award.comment[:1000],
            },
            response_revision=judged,
            item_revision_id=plan.revisions[task.slot_id],
        )
        task.state = MarkingState.DONE
        task.mark = mark
        task.claimed_until = None
        task.save(update_fields=["state", "mark", "claimed_until"])
        audit.record(
            actor=marker,
            verb="mark.correct" if version > 1 else "mark.award",
            target=mark,
            data={"task": task.pk, "points": f"{mark.points:f}", "version": version},
        )
        _after_mark(task)
    return mark


def _checked(criteria: list[Criterion], award: Award) -> dict[str, Decimal]:
    points: dict[str, Decimal] = {}
    for criterion in criteria:
        value = award.points.get(criterion.id)
        if value is None:
            raise Invalid(
                "criterion_missing",
                _("要点“%(name)s”还没有给分。") % {"name": criterion.text},
                hint=_("每个要点都要选一档。"),
                data={"criterion": criterion.id},
            )
        if not criterion.allows(value):
            raise Invalid(
                "criterion_points",
                _("要点“%(name)s”没有 %(points)s 分这一档。") % {"name": criterion.text, "points": value},
                hint=_("请从列出的各档中选择。"),
                data={"criterion": criterion.id},
            )
        points[criterion.id] = value
    unknown = set(award.points) - set(points)
    if unknown:
        raise Invalid("criterion_unknown", _("评分要点与题目不符，请刷新页面。"))
    return points


def parse_points(values: Mapping[str, str]) -> dict[str, Decimal]:
    """Points by criterion from form fields; raises Invalid for what is not a plain number."""
    points: dict[str, Decimal] = {}
    for key, text in values.items():
        try:
            value = Decimal(text.strip())
        except InvalidOperation as error:
            raise Invalid("points_unreadable", _("分数“%(text)s”无法读取。") % {"text": text[:20]}) from error
        if not value.is_finite() or abs(value) > 10_000:
            raise Invalid("points_unreadable", _("分数“%(text)s”无法读取。") % {"text": text[:20]})
        points[key] = value
    return points


def correctable(task: MarkingTask) -> bool:
    """Whether its marker may still correct the mark: no result rests on it and no arbiter has it."""
    if task.state != MarkingState.DONE:
        return False
    if AttemptGrading.objects.filter(pk=task.attempt_id, state=GradingState.COMPLETE).exists():
        return False
    later = MarkingTask.objects.filter(attempt=task.attempt_id, slot=task.slot_id, round__gt=2)
    return task.round == ARBITER_ROUND or not later.exists()


def _check_correctable(task: MarkingTask) -> None:
    if not correctable(task):
        raise Refusal(
            "mark_final",
            _("这份作答的评分已经生效，不能再改。"),
            hint=_("如确有错误，请告知考务人员改判。"),
        )


def _after_mark(task: MarkingTask) -> None:
    """Both judged: a mean, or an arbiter. The caller holds the grading row, so that two markers who finish
    together do not miss each other."""
    plan = grading_plan(task.attempt.form_id)
    marks = Mark.objects.filter(attempt=task.attempt_id, slot=task.slot_id).order_by("id")
    facts = [MarkFact(m.slot_id, str(m.source), m.round, m.points) for m in marks]
    outcome = settle(plan.slots[task.slot_id].points, facts)
    if outcome.standing is Standing.DISPUTED:
        MarkingTask.objects.get_or_create(
            attempt_id=task.attempt_id, slot_id=task.slot_id, round=ARBITER_ROUND
        )
    elif outcome.standing is Standing.SETTLED:
        complete_if_settled(task.attempt_id)


@transaction.atomic
def override_mark(*, actor: User, attempt_id: int, slot_id: int, points: Decimal, reason: str) -> Mark:
    """改判: an examiner sets the points of one slot, with a reason. It outlasts every later mark."""
    _require_examiner(actor)
    if not reason.strip():
        raise Invalid("reason_missing", _("改判必须写明理由。"))
    row = AttemptGrading.objects.select_for_update().select_related("attempt").filter(pk=attempt_id).first()
    if row is None:
        raise NotFound("attempt_unknown", _("没有这份答卷。"))
    plan = grading_plan(row.attempt.form_id)
    slot = plan.slots.get(slot_id)
    if slot is None:
        raise NotFound("slot_unknown", _("答卷中没有这道题。"))
    if not points.is_finite() or not 0 <= points <= slot.points or points != points.quantize(Decimal("0.01")):
        raise Invalid(
            "points_range",
            _("分数应在 0 与 %(max)s 之间，至多两位小数。") % {"max": slot.points},
        )
    last = Mark.objects.filter(attempt=attempt_id, slot=slot_id, source=MarkSource.OVERRIDE).aggregate(
        last=Max("round")
    )["last"]
    mark = Mark.objects.create(
        attempt_id=attempt_id,
        slot_id=slot_id,
        source=MarkSource.OVERRIDE,
        round=(last or 0) + 1,
        marker=actor,
        points=points,
        max_points=slot.points,
        detail={"reason": reason.strip()[:1000]},
        item_revision_id=plan.revisions[slot_id],
    )
    audit.record(
        actor=actor,
        verb="mark.override",
        target=mark,
        data={"points": f"{points:f}", "reason": reason[:1000]},
    )
    complete_if_settled(attempt_id)
    return mark


def _require_examiner(actor: User) -> None:
    if Role.EXAMINER not in roles_of(actor):
        raise Forbidden("role_required", _("只有考务人员可以改判。"))
