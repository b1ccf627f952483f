"""What delivery promises, with its neighbours killed, cut off or racing: nothing acknowledged is ever lost.

The checks read the database themselves: `receipt_covers` computes the receipt from the stored answers.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count

from bench.client import Device, ProtocolError
from candidates import handin, tokens
from candidates.enums import AttemptState
from candidates.models import Attempt, AttemptEvent, Registration, Response
from candidates.rules import answers_digest
from candidates.schemas import Entry
from candidates.services import attempts, invigilation, responses
from candidates.services.registration import ticket_code
from config.celery import app
from grading import tasks
from grading.enums import GradingState
from grading.models import AttemptGrading, Mark, Result
from grading.services import scoring
from tests import processes
from tests.factories import BLANK, CHOICE, OPEN, World, attempt_of, make_world, register
from tests.faults.racing import at_once, someone_waits_for_me
from tests.processes import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.faults, pytest.mark.django_db(transaction=True)]

RIGHT = ({"choice": "A"}, {"blanks": {"1": "海外仓"}})


def device_of(registration: Registration, base: str) -> Device:
    device = Device(base, registration.ticket_no, ticket_code(registration))
    device.sign_in()
    device.start()
    return device


def token_of(registration: Registration, *, start: bool = True) -> tokens.AttemptToken:
    token = attempts.take_lease(attempt=attempt_of(registration), device="test", actor=None)
    if start:
        attempts.start(token)
    return token


def stored(attempt_id: int) -> dict[int, tuple[int, Any]]:
    """The newest answer of each slot, by the database."""
    rows = Response.objects.filter(attempt=attempt_id).order_by("slot_id", "revision")
    return {row.slot_id: (row.revision, row.value) for row in rows}


def receipt_covers(attempt_id: int, acknowledged: set[tuple[int, int]]) -> None:
    """Every acknowledged revision is stored, and the receipt is that of what is stored."""
    attempt = Attempt.objects.get(pk=attempt_id)
    kept = set(Response.objects.filter(attempt=attempt).values_list("slot_id", "revision"))
    assert acknowledged <= kept
    held = [(slot, revision, value) for slot, (revision, value) in sorted(stored(attempt_id).items())]
    assert attempt.receipt == answers_digest(attempt_id, held)


@pytest.fixture
def world() -> World:
    return make_world(CHOICE, BLANK)


# ------------------------------------------------------------------ the queue


def test_redis_flushed_between_handing_in_and_scoring(
    world: World, live_site: processes.Site, run_queued: Callable[[], int], monkeypatch: Any
) -> None:
    device = device_of(register(world)[0], live_site.url)
    for slot, value in zip(world.slots, RIGHT, strict=True):
        device.answer(slot.pk, value)
    assert device.submit()["finished"]
    assert any(name == handin.SCORE_TASK for name, _args, _kwargs in processes.queued_messages())
    processes.clear_redis()  # all keys of this site: the queue and the cache
    assert run_queued() == 0
    monkeypatch.setattr(tasks, "RESEND_SECONDS", 0)
    assert tasks.sweep_unscored() == 1
    assert run_queued() == 1
    assert Result.objects.get(attempt=device.attempt, is_current=True).passed


@pytest.fixture
def site_without_redis(transactional_db: None) -> Iterator[processes.Site]:
    """The site with its queue and cache at a port where nobody listens."""
    environment = processes.child_environment()
    environment["REDIS_URL"] = f"redis://127.0.0.1:{processes.free_port()}/0"
    log = settings.VAR_DIR / "test-logs" / f"{settings.REDIS_PREFIX}-no-redis.log"
    site = processes.Site(environment, log)
    site.start()
    yield site
    site.stop()


def test_redis_unreachable_at_handing_in_and_process_killed_after_commit(
    world: World, site_without_redis: processes.Site, run_queued: Callable[[], int], monkeypatch: Any
) -> None:
    site = site_without_redis
    device = device_of(register(world)[0], site.url)
    device.answer(world.slots[0].pk, RIGHT[0])
    device.offline = True
    device.answer(world.slots[1].pk, RIGHT[1])
    device.offline = False
    receipt = device.submit()
    assert receipt["state"] == AttemptState.SUBMITTED
    receipt_covers(device.attempt, {(slot.pk, 1) for slot in world.slots})
    site.kill()  # the commit is made; suppose the reply never arrived
    site.start()
    assert device.submit() == receipt
    assert AttemptEvent.objects.filter(attempt=device.attempt, kind="submitted").count() == 1
    assert list(processes.queued_messages()) == []  # no hint ever reached the queue
    monkeypatch.setattr(tasks, "RESEND_SECONDS", 0)
    tasks.sweep_unscored()
    run_queued()
    assert AttemptGrading.objects.get(pk=device.attempt).state == GradingState.COMPLETE


def test_a_broker_that_refuses_cannot_undo_a_hand_in(world: World, monkeypatch: Any) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise ConnectionRefusedError("broker")

    monkeypatch.setattr(app, "send_task", refuse)
    token = token_of(register(world)[0])
    entries = [Entry(slot=world.slots[0].pk, revision=1, value=RIGHT[0])]
    assert attempts.submit(token, entries).state == AttemptState.SUBMITTED
    receipt_covers(token.attempt, {(world.slots[0].pk, 1)})


def test_one_scoring_task_delivered_twenty_times_at_once() -> None:
    world = make_world(CHOICE, BLANK, OPEN)
    tokens_of = [token_of(registration) for registration in register(world, 2)]
    for token in tokens_of:
        values = [*RIGHT, {"text": "查轨迹，补发"}] if token is tokens_of[0] else [*RIGHT, None]
        attempts.submit(
            token,
            [Entry(slot=s.pk, revision=1, value=v) for s, v in zip(world.slots, values, strict=True)],
        )
    ids = [token.attempt for token in tokens_of]
    answers = at_once(*[lambda: tasks.score_attempts(ids)] * 20)
    assert sum(answers) == 2, answers
    marks = Mark.objects.values("attempt", "slot").annotate(n=Count("pk"))
    assert [row["n"] for row in marks] == [1] * 6
    assert Result.objects.filter(attempt=ids[1]).count() == 1  # nothing open
    assert Result.objects.filter(attempt=ids[0]).count() == 0  # waits for its markers


# ------------------------------------------------------------------ races


def test_twenty_clicks_on_start_at_once(world: World) -> None:
    token = token_of(register(world)[0], start=False)
    assert at_once(*[lambda: attempts.start(token)] * 20) == [None] * 20
    assert AttemptEvent.objects.filter(attempt=token.attempt, kind="started").count() == 1
    attempt = Attempt.objects.get(pk=token.attempt)
    assert attempt.state == AttemptState.RUNNING and attempt.deadline_at is not None
    assert (attempt.deadline_at - attempt.started_at).total_seconds() == pytest.approx(3600, abs=1)


def test_saves_racing_the_hand_in(world: World) -> None:
    """Each acknowledged save is under the receipt; each other one was refused as too late.

    A save takes its attempt's row FOR SHARE, a hand-in takes it FOR UPDATE. So a hand-in waits for saves
    that have looked at the state and not yet committed, and its digest, a later statement, sees them; and a
    save that waited for the hand-in looks again and finds the attempt finished. Without FOR SHARE a save
    could read `running`, the hand-in could commit its digest, and then the save: acknowledged, but not
    under the receipt. The next test holds that very moment open.
    """
    slot = world.slots[0].pk
    acknowledged = 0
    for registration in register(world, 50):
        token = token_of(registration)

        def save(revision: int, token: tokens.AttemptToken = token, slot: int = slot) -> Any:
            value = {"choice": "ABCD"[revision % 4]}
            entry = Entry(slot=slot, revision=revision, value=value)
            return responses.save_entries(token, [entry]).saved

        answers = at_once(
            lambda: save(1), lambda: save(2), lambda t=token: attempts.submit(t, ()), lambda: save(3)
        )
        saved: set[tuple[int, int]] = set()
        for answer in (answers[0], answers[1], answers[3]):
            if isinstance(answer, list):
                saved |= {tuple(place) for place in answer}
            else:
                assert getattr(answer, "code", "") == "attempt_finished", answer
        assert isinstance(answers[2], Attempt), answers[2]
        receipt_covers(token.attempt, saved)
        assert {(slot, revision) for slot, (revision, _v) in stored(token.attempt).items()} <= saved
        acknowledged += len(saved)
    assert acknowledged  # the race was run from both sides or at least not always lost by the saves


def test_a_hand_in_waits_for_a_save_that_has_not_committed(world: World) -> None:
    """The moment FOR SHARE is there for: the save has been written, its commit is still to come."""
    token = token_of(register(world)[0])
    slot = world.slots[0].pk
    written, done = threading.Event(), threading.Event()

    def slow_save() -> Any:
        with transaction.atomic():
            saved = responses.save_entries(token, [Entry(slot=slot, revision=1, value=RIGHT[0])]).saved
            written.set()
            wait_until(someone_waits_for_me, what="the hand-in waiting for the save's row lock")
        done.set()
        return saved

    def submit() -> Any:
        assert written.wait(30)
        return attempts.submit(token, ())

    saved, attempt = at_once(slow_save, submit)
    assert done.is_set() and saved == [(slot, 1)], (saved, attempt)
    receipt_covers(token.attempt, {(slot, 1)})
    assert stored(token.attempt) == {slot: (1, RIGHT[0])}


def test_time_added_for_all_while_candidates_start(world: World) -> None:
    """Whoever starts at the very moment time is added gets it too."""
    tokens_of = [token_of(registration, start=False) for registration in register(world, 8)]
    added = threading.Event()

    def extend() -> None:
        with transaction.atomic():
            invigilation.extend_all(session=world.session, minutes=10, actor=world.invigilator)
            added.set()
            wait_until(someone_waits_for_me, what="a start waiting for the session")

    def start(token: tokens.AttemptToken) -> None:
        assert added.wait(30)
        attempts.start(token)

    answers = at_once(extend, *[lambda t=token: start(t) for token in tokens_of])
    assert answers == [None] * 9
    for attempt in Attempt.objects.filter(pk__in=[token.attempt for token in tokens_of]):
        assert attempt.deadline_at is not None and attempt.started_at is not None
        assert (attempt.deadline_at - attempt.started_at).total_seconds() == pytest.approx(4200, abs=2)


def test_a_hand_in_never_passes_over_an_answer_in_silence(world: World) -> None:
    """A revision that holds another value already: the receipt may not be given as if ours were stored."""
    token = token_of(register(world)[0])
    slot = world.slots[0].pk
    responses.save_entries(token, [Entry(slot=slot, revision=1, value={"choice": "A"})])
    with pytest.raises(Exception) as refused:
        attempts.submit(token, [Entry(slot=slot, revision=1, value={"choice": "B"})])
    assert getattr(refused.value, "code", "") == "entries_conflict"
    assert refused.value.data["conflicts"] == [[slot, 1]]  # type: ignore[attr-defined]
    assert Attempt.objects.get(pk=token.attempt).state == AttemptState.RUNNING
    same = Entry(slot=slot, revision=1, value={"choice": "A"})
    assert attempts.submit(token, [same]).state == AttemptState.SUBMITTED  # a resend is harmless


def test_two_devices_taking_turns(world: World, live_site: processes.Site) -> None:
    registration = register(world)[0]
    first, second = device_of(registration, live_site.url), device_of(registration, live_site.url)
    slot = world.slots[0].pk
    for turn in range(4):
        older, newer = (first, second) if turn % 2 == 0 else (second, first)
        if turn:
            newer.sign_in()
            newer.start()
        newer.answer(slot, {"choice": "ABCD"[turn]})
        with pytest.raises(ProtocolError) as refused:
            older.answer(slot, {"choice": "D"})
        assert refused.value.code == "lease_lost"
        older.unsent.clear()
    assert stored(first.attempt) == {slot: (4, {"choice": "D"})}
    assert [row.revision for row in Response.objects.order_by("revision")] == [1, 2, 3, 4]
    taken = AttemptEvent.objects.filter(attempt=first.attempt, kind="lease_taken")
    assert taken.count() == 4  # every change of hands
    with pytest.raises(ProtocolError):
        second.submit()
    assert first.submit()["finished"]


# ------------------------------------------------------------------ the database


def terminate_others() -> int:
    """End every other connection to this database, as a restart would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def test_database_connections_ended_during_saves(world: World, live_site: processes.Site) -> None:
    devices = [device_of(one, live_site.url) for one in register(world, 3)]
    slot = world.slots[0].pk
    ended = 0
    done = threading.Event()

    def work(device: Device) -> None:
        for number in range(30):
            device.answer(slot, {"choice": "ABCD"[number % 4]})

    def cut() -> int:
        count = 0
        for _again in range(12):
            count += terminate_others()
            if done.wait(0.05):
                break
        return count

    def saves() -> None:
        try:
            answers = at_once(*[lambda d=device: work(d) for device in devices])
            assert answers == [None] * 3, answers
        finally:
            done.set()

    connection.close()
    answers = at_once(saves, cut)
    assert answers[0] is None, answers[0]
    ended = answers[1]
    assert ended > 0
    for device in devices:
        kept = Response.objects.filter(attempt=device.attempt, slot=slot)
        assert device.acknowledged == 30 and kept.count() == 30
        assert stored(device.attempt)[slot] == device.current[slot]
        assert device.submit()["finished"]
        receipt_covers(device.attempt, {(slot, revision) for revision in range(1, 31)})


def test_token_of_a_foreign_lease_writes_nothing(world: World) -> None:
    token = token_of(register(world)[0])
    foreign = replace(token, lease=uuid.uuid4())
    with pytest.raises(Exception, match="另一台设备"):
        responses.save_entries(foreign, [Entry(slot=world.slots[0].pk, revision=1, value=RIGHT[0])])
    assert stored(token.attempt) == {}


def test_collected_by_two_workers_at_once(world: World) -> None:
    ids = [token_of(registration).attempt for registration in register(world, 5)]
    Attempt.objects.filter(pk__in=ids).update(
        started_at="2026-01-01T00:00:00Z", deadline_at="2026-01-01T01:00:00Z"
    )
    assert sum(at_once(*[attempts.collect_due] * 6)) == 5
    ended = AttemptEvent.objects.filter(attempt__in=ids, kind="collected")
    assert ended.count() == 5
    assert scoring.score_attempts(ids) == 5
