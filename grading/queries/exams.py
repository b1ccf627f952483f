"""An exam's results as the examiner sees them: how far grading has come, the table, the distribution."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import (
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Floor, Least
from django.utils.translation import gettext as _

from accounts.errors import NotFound
from assessments.models import Exam
from candidates.enums import FINISHED, AttemptState
from candidates.models import Attempt

from ..enums import CertificateState, GradingState, MarkingState, ReleaseState
from ..models import Certificate, MarkingTask, Release, ReleasedResult, Result
from .results import current_results, with_people

BINS = 10


@dataclass(frozen=True, slots=True)
class ExamProgress:
    """Counts that say what still waits."""

    registered: int
    running: int
    handed_in: int
    scored: int
    complete: int
    failed: int
    open_marks: int
    results: int
    passed: int
    released: int
    certificates: int
    to_certify: int

    @property
    def ungraded(self) -> int:
        """Handed in and without a result."""
        return self.handed_in - self.complete

    @property
    def unreleased(self) -> int:
        """Results that nobody outside knows yet."""
        return max(self.results - self.released, 0)

    @property
    def pass_share(self) -> Decimal | None:
        """Passed of all results, 0..1."""
        return Decimal(self.passed) / self.results if self.results else None


def exams_with_counts() -> QuerySet[Exam]:
    """Exams, newest first, with the counts of their list."""
    handed_in = Q(sessions__registrations__attempt__state__in=FINISHED)
    complete = handed_in & Q(sessions__registrations__attempt__grading__state=GradingState.COMPLETE)
    asked = Release.objects.filter(exam=OuterRef("pk"), state=ReleaseState.REQUESTED)
    approved = Release.objects.filter(exam=OuterRef("pk"), state=ReleaseState.APPROVED)
    return (
        Exam.objects.select_related("blueprint__level", "blueprint__edition__standard")
        .defer("blueprint__edition__source_text", "blueprint__edition__ledger")
        .annotate(
            registered_count=Count("sessions__registrations", distinct=True),
            handed_in_count=Count("sessions__registrations__attempt", filter=handed_in, distinct=True),
            complete_count=Count("sessions__registrations__attempt", filter=complete, distinct=True),
            release_asked=Exists(asked),
            release_approved=Exists(approved),
        )
        .order_by("-created_at", "-pk")
    )


def get_exam(pk: int) -> Exam:
    """One exam, or NotFound."""
    exam = exams_with_counts().filter(pk=pk).first()
    if exam is None:
        raise NotFound("exam_unknown", _("没有这场考试。"))
    return exam


def progress_of_exam(exam: Exam) -> ExamProgress:
    """The exam's counts in five statements."""
    attempts = Attempt.objects.filter(registration__session__exam=exam).aggregate(
        registered=Count("pk"),
        running=Count("pk", filter=Q(state__in=[AttemptState.RUNNING, AttemptState.PAUSED])),
        handed_in=Count("pk", filter=Q(state__in=FINISHED)),
        scored=Count("pk", filter=Q(state__in=FINISHED, grading__scored_at__isnull=False)),
        complete=Count("pk", filter=Q(state__in=FINISHED, grading__state=GradingState.COMPLETE)),
        failed=Count("pk", filter=Q(state__in=FINISHED, grading__failures__gt=0, grading__scored_at=None)),
    )
    results = exam_results(exam).aggregate(
        results=Count("pk"),
        passed=Count("pk", filter=Q(passed=True)),
        released=Count("pk", filter=Q(released__isnull=False)),
    )
    released_passes = ReleasedResult.objects.filter(
        release__exam=exam, result__passed=True, result__is_current=True
    ).count()
    certificates = Certificate.objects.filter(
        result__attempt__registration__session__exam=exam, state=CertificateState.ISSUED
    ).count()
    open_marks = (
        MarkingTask.objects.filter(attempt__registration__session__exam=exam)
        .exclude(state=MarkingState.DONE)
        .count()
    )
    return ExamProgress(
        **attempts, **results, certificates=certificates, to_certify=released_passes, open_marks=open_marks
    )


def exam_results(exam: Exam) -> QuerySet[Result]:
    """Current results of an exam."""
    return current_results().filter(attempt__registration__session__exam=exam)


def filtered(rows: QuerySet[Result], params: Any) -> QuerySet[Result]:
    """Apply the filters of the address: school, session, passed, q; and the order."""
    rows = with_people(rows)
    school, session = str(params.get("school", "")), str(params.get("session", ""))
    if school.isascii() and school.isdigit():
        rows = rows.filter(attempt__registration__candidate__school=int(school[:9]))
    if session.isascii() and session.isdigit():
        rows = rows.filter(attempt__registration__session=int(session[:9]))
    if params.get("passed") in ("yes", "no"):
        rows = rows.filter(passed=params.get("passed") == "yes")
    words = str(params.get("q", "")).strip().replace("\x00", "")[:60]
    if words:
        rows = rows.filter(
            Q(attempt__registration__candidate__name__icontains=words)
            | Q(attempt__registration__ticket_no__istartswith=words)
            | Q(attempt__registration__candidate__student_no__istartswith=words)
        )
    orders = {
        "points": ["points", "pk"],
        "-points": ["-points", "pk"],
        "name": ["attempt__registration__candidate__name", "pk"],
        "-name": ["-attempt__registration__candidate__name", "pk"],
        "ticket": ["attempt__registration__ticket_no", "pk"],
        "-ticket": ["-attempt__registration__ticket_no", "pk"],
    }
    return rows.order_by(*orders.get(str(params.get("sort", "")), orders["ticket"]))


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar: from (inclusive) to (exclusive, the last inclusive), in percent."""

    low: int
    high: int
    count: int


def distribution(rows: QuerySet[Result]) -> list[Bin]:
    """Results by tenths of the points, in one statement."""
    width = 100 // BINS
    share = ExpressionWrapper(F("points") * BINS / F("max_points"), output_field=DecimalField())
    counted = (
        rows.filter(max_points__gt=0)
        .annotate(bin=Least(Floor(share), Value(BINS - 1), output_field=IntegerField()))
        .order_by()
        .values_list("bin")
        .annotate(n=Count("pk"))
    )
    counts = {int(number): count for number, count in counted}
    return [Bin(n * width, (n + 1) * width, counts.get(n, 0)) for n in range(BINS)]


def releases_of(exam: Exam) -> QuerySet[Release]:
    """The exam's releases, newest first."""
    return (
        Release.objects.filter(exam=exam)
        .select_related("requested_by", "decided_by")
        .annotate(count=Count("released"))
        .order_by("-requested_at")
    )
