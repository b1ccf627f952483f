"""Make results known: asked for by one person, approved by another, all of them in one step."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import roles_of
from accounts.enums import Role
from accounts.errors import Forbidden, NotFound, Refusal
from accounts.models import User
from accounts.services import audit
from assessments.models import Exam
from candidates.enums import FINISHED
from candidates.models import Attempt

from ..enums import GradingState, ReleaseState
from ..models import Release, ReleasedResult, Result
from . import hints

ISSUE_TASK = "grading.issue_certificates"


def _require_examiner(actor: User) -> None:
    if Role.EXAMINER not in roles_of(actor):
        raise Forbidden("role_required", _("只有考务人员可以申请或批准发布成绩。"))


def ungraded_count(exam: Exam) -> int:
    """Handed-in attempts of the exam that have no complete result yet."""
    handed_in = Attempt.objects.filter(registration__session__exam=exam, state__in=FINISHED)
    return handed_in.exclude(grading__state=GradingState.COMPLETE).count()


def releasable(exam: Exam) -> list[int]:
    """Ids of the current results that no release has made known."""
    rows = Result.objects.filter(
        attempt__registration__session__exam=exam,
        attempt__state__in=FINISHED,
        is_current=True,
        released__isnull=True,
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _check_ready(exam: Exam) -> list[int]:
    left = ungraded_count(exam)
    if left:
        raise Refusal(
            "grading_unfinished",
            _("还有 %(n)d 份答卷没有出成绩，不能发布。") % {"n": left},
            hint=_("请等待评分与阅卷完成。"),
            data={"ungraded": left},
        )
    ids = releasable(exam)
    if not ids:
        raise Refusal("nothing_to_release", _("没有尚未发布的成绩。"))
    return ids


@transaction.atomic
def request_release(*, actor: User, exam: Exam, note: str = "") -> Release:
    """Ask for the release of all results of an exam that are not known yet."""
    _require_examiner(actor)
    ids = _check_ready(exam)
    try:
        with transaction.atomic():
            release = Release.objects.create(exam=exam, requested_by=actor, note=note.strip()[:1000])
    except IntegrityError as error:
        raise Refusal(
            "release_open",
            _("这场考试已有一份待批准的发布申请。"),
            hint=_("请由另一位考务人员批准或退回。"),
        ) from error
    audit.record(actor=actor, verb="release.request", target=release, data={"results": len(ids)})
    return release


def _locked(release_id: int, actor: User) -> Release:
    release = (
        Release.objects.select_for_update(of=("self",)).select_related("exam").filter(pk=release_id).first()
    )
    if release is None:
        raise NotFound("release_unknown", _("没有这份发布申请。"))
    if release.state != ReleaseState.REQUESTED:
        raise Refusal("release_decided", _("这份发布申请已经处理过。"))
    if release.requested_by_id == actor.pk:
        raise Refusal(
            "four_eyes",
            _("申请人不能批准或退回自己的申请。"),
            hint=_("请另一位考务人员处理。"),
            status=403,
        )
    return release


@transaction.atomic
def approve_release(*, actor: User, release_id: int) -> Release:
    """Make the results known, all at once. Certificates follow by workers.

    Raises Refusal `four_eyes` when the actor asked for it himself (the database refuses it too).
    """
    _require_examiner(actor)
    release = _locked(release_id, actor)
    ids = _check_ready(release.exam)
    release.state = ReleaseState.APPROVED
    release.decided_by = actor
    release.decided_at = timezone.now()
    release.save(update_fields=["state", "decided_by", "decided_at"])
    ReleasedResult.objects.bulk_create(
        [ReleasedResult(release=release, result_id=pk) for pk in ids], batch_size=2000
    )
    audit.record(actor=actor, verb="release.approve", target=release, data={"results": len(ids)})
    hints.send_on_commit(ISSUE_TASK, release.pk)
    return release


@transaction.atomic
def reject_release(*, actor: User, release_id: int, reason: str) -> Release:
    """Turn a request down, with a reason; a new one may be made."""
    _require_examiner(actor)
    release = _locked(release_id, actor)
    release.state = ReleaseState.REJECTED
    release.decided_by = actor
    release.decided_at = timezone.now()
    release.note = "\n".join(filter(None, [release.note, _("退回理由：") + reason.strip()[:1000]]))
    release.save(update_fields=["state", "decided_by", "decided_at", "note"])
    audit.record(actor=actor, verb="release.reject", target=release, data={"reason": reason[:1000]})
    return release
