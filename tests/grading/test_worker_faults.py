"""Workers that die, messages that come many times: exactly one current result, one valid certificate."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count

from accounts.enums import Role
from candidates.models import Attempt
from grading import tasks
from grading.certificates.verification import verify
from grading.enums import CertificateState, GradingState
from grading.models import AttemptGrading, Certificate, CertificateFile, Mark, MarkingTask, Result
from grading.services import certificates, hints, keys, releases, scoring
from tests.factories import BLANK, CHOICE, OPEN, make_user, make_world
from tests.grading.factories import RIGHT, WRONG, sit
from tests.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.faults]


def check_grading(attempts: list[Attempt]) -> None:
    """The invariants of grading, read from the database."""
    ids = [attempt.pk for attempt in attempts]
    assert AttemptGrading.objects.filter(pk__in=ids, scored_at__isnull=False).count() == len(ids)
    doubled = (
        Mark.objects.values("attempt", "slot", "source", "round").annotate(n=Count("pk")).filter(n__gt=1)
    )
    assert not doubled.exists()
    for attempt in attempts:
        slots = attempt.form.slots.count()
        assert Mark.objects.filter(attempt=attempt, source="auto").count() == slots
        complete = AttemptGrading.objects.get(pk=attempt.pk).state == GradingState.COMPLETE
        assert Result.objects.filter(attempt=attempt).count() == int(complete)
        assert complete or MarkingTask.objects.filter(attempt=attempt).exists()


def scored() -> int:
    return AttemptGrading.objects.filter(scored_at__isnull=False).count()


def test_a_worker_killed_in_the_middle_of_grading(celery_worker_process: Any, monkeypatch: Any) -> None:
    world = make_world(CHOICE, BLANK, OPEN)
    attempts = sit(world, *[RIGHT if n % 2 else [*WRONG[:2], None] for n in range(60)])
    monkeypatch.setattr(tasks, "RESEND_SECONDS", 0)
    for attempt in attempts:
        hints.send("grading.score_attempts", [attempt.pk])
    wait_until(lambda: scored() >= 5, seconds=60, what="the first scores")
    celery_worker_process.kill()
    before = scored()
    celery_worker_process.start()

    def all_scored() -> bool:
        tasks.sweep_unscored()  # as beat does; a row may still be locked by the dead worker's connection
        time.sleep(0.5)
        return scored() == len(attempts)

    wait_until(all_scored, seconds=90, what=f"the rest of the scores (killed at {before})")
    check_grading(attempts)


def test_no_hint_ever_arrived(celery_worker_process: Any, monkeypatch: Any) -> None:
    attempts = sit(make_world(CHOICE, BLANK), *[RIGHT[:2]] * 5)
    monkeypatch.setattr(tasks, "RESEND_SECONDS", 0)
    assert tasks.sweep_unscored() == 5
    wait_until(lambda: scored() == 5, seconds=60, what="the scores")
    check_grading(attempts)


def test_one_message_delivered_a_hundred_times(celery_worker_process: Any) -> None:
    attempts = sit(make_world(CHOICE, BLANK, OPEN), *[RIGHT] * 4)
    ids = [attempt.pk for attempt in attempts]
    for _again in range(100):
        hints.send("grading.score_attempts", ids)
    wait_until(lambda: scored() == 4, seconds=60, what="the scores")
    import redis
    from django.conf import settings

    queue = redis.Redis.from_url(settings.REDIS_URL)
    wait_until(
        lambda: queue.llen(f"{settings.REDIS_PREFIX}:queue:celery") == 0, seconds=60, what="the queue's end"
    )
    check_grading(attempts)


def in_parallel(count: int, work: Any) -> list[BaseException]:
    """Run ``work`` in many threads at once, each with a connection of its own; the errors they raised."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        try:
            barrier.wait(60)
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _each in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_grading_in_many_threads_has_one_effect() -> None:
    attempts = sit(make_world(CHOICE, BLANK), *[RIGHT[:2]] * 3)
    ids = [attempt.pk for attempt in attempts]
    assert in_parallel(12, lambda: scoring.score_attempts(ids)) == []
    check_grading(attempts)


def released_world(count: int) -> list[int]:
    """Released passes. The keys are the test site's own: a worker from another test may help to issue."""
    world = make_world(CHOICE, BLANK)
    attempts = sit(world, *[RIGHT[:2]] * count)
    scoring.score_attempts([attempt.pk for attempt in attempts])
    asked = releases.request_release(actor=world.examiner, exam=world.exam)
    release = releases.approve_release(actor=make_user(Role.EXAMINER), release_id=asked.pk)
    return list(release.released.values_list("result", flat=True))


def check_certificates(count: int) -> None:
    """One issued certificate a person, each with a genuine file, no number twice, none half made."""
    assert Certificate.objects.count() == count
    assert set(Certificate.objects.values_list("state", flat=True)) == {CertificateState.ISSUED}
    people = Certificate.objects.values("person_blind", "level", "edition").distinct()
    assert people.count() == count
    keyring = keys.keyring()
    for stored in CertificateFile.objects.select_related("certificate"):
        verdict = verify(bytes(stored.pdf), keyring)
        assert verdict.claims is not None
        assert verdict.claims.number == stored.certificate.number
    for certificate in Certificate.objects.all():
        assert [event.kind for event in certificate.events.all()] == ["reserved", "signed", "issued"]


@pytest.mark.django_db(transaction=True)
def test_issuing_in_many_threads_has_one_effect() -> None:
    ids = released_world(3)
    assert in_parallel(8, lambda: certificates.issue_for_results(ids)) == []
    certificates.complete_reserved(Certificate.objects.values_list("pk", flat=True))
    wait_until(lambda: Certificate.objects.filter(state=CertificateState.ISSUED).count() == 3)
    check_certificates(3)


def test_a_worker_killed_in_the_middle_of_issuing(celery_worker_process: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(tasks, "RESEND_SECONDS", 0)
    ids = released_world(30)
    for result_id in ids:
        hints.send("grading.issue_chunk", [result_id])
    wait_until(
        lambda: Certificate.objects.exclude(issued_at=None).count() >= 3,
        seconds=60,
        what="the first certificates",
    )
    celery_worker_process.kill()
    celery_worker_process.start()

    def all_issued() -> bool:
        tasks.sweep_certificates()
        time.sleep(0.5)
        return Certificate.objects.filter(state=CertificateState.ISSUED).count() == len(ids)

    wait_until(all_issued, seconds=90, what="the rest of the certificates")
    check_certificates(len(ids))
