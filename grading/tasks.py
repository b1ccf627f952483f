"""Celery tasks of grading: each takes ids, calls one service, and may run any number of times."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from celery import shared_task
from django.utils import timezone

from .models import AttemptGrading
from .queries.certificates import awaiting_certificate, stale_reservations
from .services import certificates, hints, marking, scoring

log = structlog.get_logger(__name__)
RESEND_SECONDS = 12.0
"""A hint is given this long before the sweeper gives it again."""
SWEEP_LIMIT = 1000
CERTIFICATE_CHUNK = 20

SCHEDULE = {
    "grading-sweep-unscored": {"task": "grading.sweep_unscored", "schedule": 4.0, "options": {"expires": 8}},
    "grading-sweep-certificates": {
        "task": "grading.sweep_certificates",
        "schedule": 6.0,
        "options": {"expires": 12},
    },
    "grading-release-claims": {
        "task": "grading.release_claims",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
}


@shared_task(name="grading.score_attempts", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def score_attempts(attempt_ids: Sequence[int]) -> int:
    """Score the attempts that still wait, a chunk to a transaction."""
    ids = [int(pk) for pk in attempt_ids]
    size = scoring.chunk_size()
    return sum(scoring.score_attempts(ids[start : start + size]) for start in range(0, len(ids), size))


@shared_task(name="grading.sweep_unscored", ignore_result=True)
def sweep_unscored() -> int:
    """Find what was handed in and not scored, whatever became of its hint, and queue it again."""
    scoring.open_gradings()
    ids = scoring.waiting_ids(older_than_seconds=RESEND_SECONDS, limit=SWEEP_LIMIT)
    if not ids:
        return 0
    AttemptGrading.objects.filter(pk__in=ids).update(updated_at=timezone.now())
    size = scoring.chunk_size()
    for start in range(0, len(ids), size):
        hints.send("grading.score_attempts", ids[start : start + size])
    log.info("scoring.swept", attempts=len(ids))
    return len(ids)


@shared_task(
    name="grading.issue_certificates", acks_late=True, reject_on_worker_lost=True, ignore_result=True
)
def issue_certificates(release_id: int) -> int:
    """Share out the passes of a release among the workers, in chunks."""
    ids = list(
        awaiting_certificate()
        .filter(released__release=release_id)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for start in range(0, len(ids), CERTIFICATE_CHUNK):
        hints.send("grading.issue_chunk", ids[start : start + CERTIFICATE_CHUNK])
    return len(ids)


@shared_task(name="grading.issue_chunk", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def issue_chunk(result_ids: Sequence[int]) -> int:
    """Issue the certificates of some results."""
    return certificates.issue_for_results([int(pk) for pk in result_ids])


@shared_task(
    name="grading.complete_certificates", acks_late=True, reject_on_worker_lost=True, ignore_result=True
)
def complete_certificates(certificate_ids: Sequence[int]) -> int:
    """Take up certificates left half made."""
    return certificates.complete_reserved([int(pk) for pk in certificate_ids])


@shared_task(name="grading.sweep_certificates", ignore_result=True)
def sweep_certificates() -> int:
    """Find passes without a certificate and numbers without a file, and queue them again."""
    left = stale_reservations(older_than_seconds=RESEND_SECONDS, limit=SWEEP_LIMIT)
    for start in range(0, len(left), CERTIFICATE_CHUNK):
        hints.send("grading.complete_certificates", left[start : start + CERTIFICATE_CHUNK])
    missing = list(awaiting_certificate().order_by("pk").values_list("pk", flat=True)[:200])
    for start in range(0, len(missing), CERTIFICATE_CHUNK):
        hints.send("grading.issue_chunk", missing[start : start + CERTIFICATE_CHUNK])
    return len(left) + len(missing)


@shared_task(name="grading.release_claims", ignore_result=True)
def release_claims() -> int:
    """Give answers back whose marker went away."""
    return marking.release_expired()
