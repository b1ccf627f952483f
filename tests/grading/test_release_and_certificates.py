"""Four eyes, one step, one certificate."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Role
from accounts.errors import Forbidden, Refusal
from grading.certificates.verification import Finding, verify
from grading.enums import CertificateState
from grading.models import Certificate, CertificateFile, CertificateSeries, Release, ReleasedResult, Result
from grading.queries.certificates import awaiting_certificate
from grading.queries.results import released_results
from grading.services import certificates, keys, marking, releases, scoring
from tests.factories import BLANK, CHOICE, World, make_user, make_world
from tests.grading.factories import RIGHT, WRONG, sit

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world(CHOICE, BLANK)


def graded(world: World, *answers: Any) -> list[Any]:
    attempts = sit(world, *answers)
    scoring.score_attempts([attempt.pk for attempt in attempts])
    return attempts


def release(world: World) -> Release:
    asked = releases.request_release(actor=world.examiner, exam=world.exam)
    return releases.approve_release(actor=make_user(Role.EXAMINER), release_id=asked.pk)


def test_release_needs_two_people_and_finished_grading(world: World) -> None:
    sit(world, RIGHT[:2])
    with pytest.raises(Refusal) as refused:
        releases.request_release(actor=world.examiner, exam=world.exam)
    assert refused.value.code == "grading_unfinished"
    scoring.score_attempts(list(world.session.registrations.values_list("attempt", flat=True)))
    with pytest.raises(Forbidden):
        releases.request_release(actor=make_user(Role.MARKER), exam=world.exam)
    asked = releases.request_release(actor=world.examiner, exam=world.exam)
    with pytest.raises(Refusal) as refused:
        releases.approve_release(actor=world.examiner, release_id=asked.pk)
    assert (refused.value.code, refused.value.status) == ("four_eyes", 403)
    with pytest.raises(Refusal) as refused:
        releases.request_release(actor=make_user(Role.EXAMINER), exam=world.exam)
    assert refused.value.code == "release_open"
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=asked.pk).update(decided_by=world.examiner, state="approved")
    assert not released_results().exists()


def test_release_is_one_step(world: World, monkeypatch: Any) -> None:
    graded(world, RIGHT[:2], WRONG[:2], RIGHT[:2])
    asked = releases.request_release(actor=world.examiner, exam=world.exam)
    from accounts.services import audit

    def fail(**_kwargs: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(audit, "record", fail)
        releases.approve_release(actor=make_user(Role.EXAMINER), release_id=asked.pk)
    assert not ReleasedResult.objects.exists()
    asked.refresh_from_db()
    assert asked.state == "requested"
    releases.approve_release(actor=make_user(Role.EXAMINER), release_id=asked.pk)
    assert released_results().count() == 3


def test_a_regrade_after_release_stays_unknown_until_released(world: World) -> None:
    (attempt,) = graded(world, WRONG[:2])
    release(world)
    for slot in world.slots:
        marking.override_mark(
            actor=world.examiner,
            attempt_id=attempt.pk,
            slot_id=slot.pk,
            points=slot.points,
            reason="题目有误",
        )
    assert released_results().get().points == 0
    assert Result.objects.get(attempt=attempt, is_current=True).points == 4
    release(world)
    assert released_results().get().points == 4


def test_certificates_are_issued_once_and_verify(world: World, settings: Any, tmp_path: Any) -> None:
    settings.SIGNING_KEYS_DIR = tmp_path
    passed, _failed = graded(world, RIGHT[:2], WRONG[:2])
    assert not awaiting_certificate().exists(), "nothing before release"
    release(world)
    ids = list(awaiting_certificate().values_list("pk", flat=True))
    assert len(ids) == 1
    assert certificates.issue_for_results(ids * 3) == 1
    certificate = Certificate.objects.get()
    assert (certificate.state, certificate.result.attempt_id) == (CertificateState.ISSUED, passed.pk)
    verdict = verify(bytes(CertificateFile.objects.get().pdf), keys.keyring())
    assert verdict.genuine
    assert verdict.claims is not None
    assert verdict.claims.number == certificate.number
    assert verdict.claims.id_masked == certificate.candidate.id_masked
    assert [event.kind for event in certificate.events.all()] == ["reserved", "signed", "issued"]
    assert (tmp_path / f"{certificate.kid_id}.pem").read_bytes().startswith(b"-----BEGIN ENCRYPTED")


@pytest.mark.parametrize("step", ["render", "seal", "finish_certificate"])
def test_a_death_between_steps_leaves_one_certificate(
    world: World, settings: Any, tmp_path: Any, monkeypatch: Any, step: str
) -> None:
    settings.SIGNING_KEYS_DIR = tmp_path
    graded(world, RIGHT[:2])
    release(world)
    ids = list(awaiting_certificate().values_list("pk", flat=True))

    def die(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(certificates, step, die)
        certificates.issue_for_results(ids)
    left = Certificate.objects.get()
    assert left.state == CertificateState.RESERVED
    assert certificates.issue_for_results(ids) == 0, "the number is taken, no second one is given"
    assert certificates.complete_reserved([left.pk]) == 1
    assert certificates.complete_reserved([left.pk]) == 0
    assert Certificate.objects.get().state == CertificateState.ISSUED
    assert CertificateSeries.objects.get().last == 1


def test_rotation_keeps_old_certificates_and_revocation_says_so(
    world: World, settings: Any, tmp_path: Any
) -> None:
    settings.SIGNING_KEYS_DIR = tmp_path
    graded(world, RIGHT[:2])
    release(world)
    certificates.issue_for_results(awaiting_certificate().values_list("pk", flat=True))
    data = bytes(CertificateFile.objects.get().pdf)
    old = keys.active_key()
    new = keys.rotate_key(actor=None)
    assert keys.active_key() == new
    assert verify(data, keys.keyring()).genuine
    keys.revoke_key(actor=None, kid=old.kid, reason="泄露")
    assert verify(data, keys.keyring()).finding is Finding.REVOKED_KEY


def test_revocation_takes_two_people(world: World, settings: Any, tmp_path: Any) -> None:
    settings.SIGNING_KEYS_DIR = tmp_path
    graded(world, RIGHT[:2])
    release(world)
    certificates.issue_for_results(awaiting_certificate().values_list("pk", flat=True))
    number = Certificate.objects.get().number
    certificates.request_revocation(actor=world.examiner, number=number, reason="替考")
    with pytest.raises(Refusal) as refused:
        certificates.decide_revocation(actor=world.examiner, number=number, approve=True)
    assert refused.value.code == "four_eyes"
    certificates.decide_revocation(actor=make_user(Role.EXAMINER), number=number, approve=True)
    revoked = Certificate.objects.get()
    assert (revoked.state, revoked.end_reason) == (CertificateState.REVOKED, "替考")
    assert not awaiting_certificate().exists(), "a revoked certificate is not issued anew by itself"
