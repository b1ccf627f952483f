"""Grading and certificates while others change what they rest on, or die between two steps."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from accounts.enums import Role
from accounts.errors import Refusal
from grading import tasks
from grading.certificates.verification import verify
from grading.enums import CertificateState, GradingState
from grading.models import AttemptGrading, Certificate, CertificateFile, Mark, Result
from grading.services import certificates, keys, marking, releases, scoring
from tests import processes
from tests.factories import BLANK, CHOICE, OPEN, make_user, make_world
from tests.faults.racing import at_once, someone_waits_for_me
from tests.grading.factories import RIGHT, sit
from tests.grading.test_marking_service import FULL, HALF
from tests.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.faults, pytest.mark.django_db(transaction=True)]


def released_pass() -> int:
    world = make_world(CHOICE, BLANK)
    (attempt,) = sit(world, RIGHT[:2])
    scoring.score_attempts([attempt.pk])
    asked = releases.request_release(actor=world.examiner, exam=world.exam)
    release = releases.approve_release(actor=make_user(Role.EXAMINER), release_id=asked.pk)
    return int(release.released.values_list("result", flat=True).get())


STEPS = {
    "reserved": "certificates.reserve_certificate({result})",
    "signed": "certificates.store_file(certificates.reserve_certificate({result}))",
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_between_two_steps_of_issuing(
    step: str, run_queued: Callable[[], int], monkeypatch: Any
) -> None:
    """A process of its own is killed by SIGKILL once the step has committed; the sweep ends its work."""
    result = released_pass()
    program = (
        "import django, os; django.setup()\n"
        "from grading.services import certificates\n"
        f"{STEPS[step].format(result=result)}\n"
        "os.kill(os.getpid(), 9)"
    )
    died = subprocess.run(
        [sys.executable, "-c", program],
        cwd=processes.ROOT,
        env=processes.child_environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    number = Certificate.objects.get(state=CertificateState.RESERVED).number
    assert CertificateFile.objects.count() == (step == "signed")

    monkeypatch.setattr(tasks, "RESEND_SECONDS", 0)
    for _twice in range(2):
        tasks.sweep_certificates()
        run_queued()
    certificate = Certificate.objects.get()
    assert (certificate.number, certificate.state) == (number, CertificateState.ISSUED)
    assert [event.kind for event in certificate.events.all()] == ["reserved", "signed", "issued"]
    claims = verify(bytes(CertificateFile.objects.get().pdf), keys.keyring()).claims
    assert claims is not None and claims.number == number


def test_no_certificate_on_a_result_that_is_being_replaced() -> None:
    """A regrade has replaced the result and not yet committed, when a worker comes to reserve the number."""
    result = released_pass()
    replaced = threading.Event()

    def regrade() -> None:
        with transaction.atomic():
            Result.objects.filter(pk=result).update(is_current=False)
            replaced.set()
            wait_until(someone_waits_for_me, what="the worker waiting for the result")

    def reserve() -> Any:
        assert replaced.wait(30)
        return certificates.reserve_certificate(result)

    assert at_once(regrade, reserve) == [None, None]
    assert not Certificate.objects.exists()


def test_no_correction_of_a_mark_that_is_just_taking_effect() -> None:
    """The other marker's judgement completes the attempt at the moment when the first corrects his own."""
    world = make_world(OPEN, points="4")
    (attempt,) = sit(world, [{"text": "答案"}])
    scoring.score_attempts([attempt.pk])
    marker = make_user(Role.MARKER)
    task = marking.claim_next(marker=marker)
    assert task is not None
    marking.award_mark(marker=marker, task_id=task.pk, award=marking.Award(FULL))
    locked = threading.Event()

    def complete() -> None:
        with transaction.atomic():
            row = AttemptGrading.objects.select_for_update().get(pk=attempt.pk)
            locked.set()
            wait_until(someone_waits_for_me, what="the correction waiting for the grading")
            row.state = GradingState.COMPLETE
            row.save(update_fields=["state"])

    def correct() -> Any:
        assert locked.wait(30)
        return marking.award_mark(marker=marker, task_id=task.pk, award=marking.Award(HALF))

    completed, corrected = at_once(complete, correct)
    assert completed is None
    assert isinstance(corrected, Refusal) and corrected.code == "mark_final", corrected
    assert Mark.objects.filter(source="marker").count() == 1


def test_two_markers_who_finish_at_once() -> None:
    world = make_world(OPEN, points="4")
    attempts = sit(world, *[[{"text": f"答案 {n}"}] for n in range(5)])
    scoring.score_attempts([attempt.pk for attempt in attempts])
    markers = [make_user(Role.MARKER), make_user(Role.MARKER)]
    for _answer in attempts:
        held = [marking.claim_next(marker=marker) for marker in markers]
        answers = at_once(
            *[
                lambda m=marker, t=task: marking.award_mark(marker=m, task_id=t.pk, award=marking.Award(FULL))
                for marker, task in zip(markers, held, strict=True)
            ]
        )
        assert all(isinstance(answer, Mark) for answer in answers), answers
    assert Result.objects.filter(is_current=True, version=1).count() == 5
