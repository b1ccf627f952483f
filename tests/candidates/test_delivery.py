"""The delivery protocol, through HTTP."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from candidates.enums import AttemptState
from candidates.models import Attempt, AttemptEvent, LateUpload, Response
from candidates.rules import answers_digest
from candidates.services import attempts, invigilation
from candidates.services.registration import ticket_code
from tests.candidates.delivery import Device
from tests.factories import BLANK, CHOICE, OPEN, World, make_world, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world(CHOICE, BLANK, OPEN)


@pytest.fixture
def device(world: World) -> Device:
    device = Device(register(world)[0])
    device.start()
    assert device.last.status_code == 200
    return device


def move_deadline(device: Device, seconds: float) -> None:
    Attempt.objects.filter(pk=device.attempt.pk).update(
        deadline_at=timezone.now() + timedelta(seconds=seconds)
    )


def test_sign_in_with_ticket_and_code(world: World) -> None:
    registration = register(world)[0]
    body = {"ticket_no": registration.ticket_no, "access_code": ticket_code(registration)}
    answer = Client().post("/delivery/v1/sign-in", body, content_type="application/json")
    assert answer.status_code == 200
    assert answer.json()["attempt"] == registration.attempt.pk
    wrong = Client().post(
        "/delivery/v1/sign-in", {**body, "access_code": "00000000"}, content_type="application/json"
    )
    assert wrong.status_code == 401
    assert wrong.json()["error"]["code"] == "ticket_wrong"


def test_nothing_of_the_paper_before_the_start(world: World) -> None:
    device = Device(register(world)[0])
    state = device.call("GET", "")
    assert state["state"] == "prepared"
    assert "paper" not in state and "order" not in state
    device.call("GET", f"paper/{world.form.payload_sha256}")
    assert device.last.status_code == 403
    assert "买家" not in device.last.content.decode()


def test_start_save_submit(device: Device, world: World) -> None:
    choice, blank, _open = (slot.pk for slot in world.slots)
    answer = device.save((choice, 1, {"choice": "A"}), (blank, 1, {"blanks": {"1": "海外仓"}}))
    assert sorted(answer["saved"]) == [[choice, 1], [blank, 1]]
    assert answer["conflicts"] == []
    digest = answers_digest(
        device.attempt.pk, [(choice, 1, {"choice": "A"}), (blank, 1, {"blanks": {"1": "海外仓"}})]
    )
    receipt = device.submit(digest=digest)
    assert device.last.status_code == 200
    assert receipt["receipt"] == digest and receipt["state"] == "submitted"
    assert device.submit() == receipt, "handing in again gives the same receipt"


def test_paper_is_what_was_frozen_and_free_of_secrets(device: Device, world: World) -> None:
    answer = device.call("GET", f"paper/{world.form.payload_sha256}")
    payload = json.loads(gzip.decompress(answer.content))
    assert [slot["slot"] for slot in payload["sections"][0]["slots"]] == [slot.pk for slot in world.slots]
    text = json.dumps(payload, ensure_ascii=False)
    for secret in ("rubric", '"answer"', "accept", "rationale", "descriptor", "sample", world.items[0].code):
        assert secret not in text


def test_resend_is_harmless_and_conflict_is_told(device: Device, world: World) -> None:
    slot = world.slots[0].pk
    device.save((slot, 1, {"choice": "B"}))
    assert device.save((slot, 1, {"choice": "B"}))["saved"] == [[slot, 1]]
    other = device.save((slot, 1, {"choice": "C"}))
    assert other["saved"] == [] and other["conflicts"] == [[slot, 1]]
    assert Response.objects.get(attempt=device.attempt).value == {"choice": "B"}


def test_reordered_saves_keep_the_newest(device: Device, world: World) -> None:
    slot = world.slots[0].pk
    device.save((slot, 3, {"choice": "C"}))
    device.save((slot, 2, {"choice": "B"}))
    assert [(entry["revision"], entry["value"]) for entry in device.call("GET", "")["entries"]] == [
        (3, {"choice": "C"})
    ]


def test_newer_device_takes_the_lease(device: Device, world: World) -> None:
    slot = world.slots[0].pk
    second = Device(device.attempt.registration)
    refused = device.save((slot, 1, {"choice": "A"}))
    assert device.last.status_code == 409 and refused["error"]["code"] == "lease_lost"
    assert second.save((slot, 1, {"choice": "A"}))["saved"] == [[slot, 1]]
    assert AttemptEvent.objects.filter(attempt=device.attempt, kind="lease_taken").count() == 1


def test_token_of_another_attempt_is_refused(device: Device, world: World) -> None:
    other = Device(register(world)[0])
    other.token = device.token
    other.call("GET", "")
    assert other.last.status_code == 403


@pytest.mark.parametrize("text", ["", "x", "a.b", "Attempt", "eyJ.aaaa"])
def test_forged_token(device: Device, text: str) -> None:
    path = f"/delivery/v1/attempts/{device.attempt.pk}"
    answer = Client().get(path, HTTP_AUTHORIZATION=f"Attempt {text}")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "body_malformed"),
        (b"{", 400, "body_malformed"),
        (b"[]", 400, "body_malformed"),
        (b'{"entries": []}', 400, "body_malformed"),
        (b'{"entries": [{"slot": "x", "revision": 1, "value": null}]}', 400, "body_malformed"),
        (b'{"entries": [{"slot": 1, "revision": 0, "value": null}]}', 400, "body_malformed"),
        (b'{"entries": [{"slot": 1, "revision": 1, "value": null, "score": 9}]}', 400, "body_malformed"),
        (b"[" * 100_000, 400, "body_malformed"),
        (b'{"entries": "' + b"x" * 300_000 + b'"}', 413, "body_too_large"),
        (b'{"entries": [{"slot": 999999999, "revision": 1, "value": null}]}', 400, "slot_unknown"),
        (b'{"entries": [{"slot": 1, "revision": 1, "value": {"a": "\\u0000"}}]}', 400, "text_unstorable"),
        (b"\xff\xfe\x00", 400, "body_malformed"),
    ],
)
def test_bad_bodies(device: Device, raw: bytes, status: int, code: str) -> None:
    answer = device.call("POST", "save", raw=raw)
    assert device.last.status_code == status
    assert answer["error"]["code"] == code and answer["error"]["message"]
    assert not Response.objects.exists()


def test_answer_of_the_wrong_shape_stores_nothing(device: Device, world: World) -> None:
    choice, blank, _open = (slot.pk for slot in world.slots)
    answer = device.save((blank, 1, {"blanks": {"1": "海外仓"}}), (choice, 1, {"choice": "Z"}))
    assert device.last.status_code == 400
    assert answer["error"]["data"]["slot"] == choice
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    ("seconds_left", "status"), [(30, 200), (0.5, 200), (-3, 200), (-5.5, 409), (-600, 409)]
)
def test_deadline_with_five_seconds_grace(
    device: Device, world: World, seconds_left: float, status: int
) -> None:
    move_deadline(device, seconds_left)
    answer = device.save((world.slots[0].pk, 1, {"choice": "A"}))
    assert device.last.status_code == status
    if status == 409:
        assert answer["error"]["code"] == "time_over"


def test_submit_after_the_end_is_a_collection_at_the_deadline(device: Device, world: World) -> None:
    device.save((world.slots[0].pk, 1, {"choice": "A"}))
    move_deadline(device, -60)
    receipt = device.submit(
        entries=[{"slot": world.slots[1].pk, "revision": 1, "value": {"blanks": {"1": "海外仓"}}}]
    )
    attempt = Attempt.objects.get(pk=device.attempt.pk)
    assert receipt["state"] == "collected" and attempt.finished_at == attempt.deadline_at
    assert Response.objects.count() == 1


def test_collector_takes_what_is_due(device: Device, world: World) -> None:
    device.save((world.slots[0].pk, 1, {"choice": "A"}))
    assert attempts.collect_due() == 0
    move_deadline(device, -6)
    assert attempts.collect_due() == 1
    attempt = Attempt.objects.get(pk=device.attempt.pk)
    assert attempt.state == AttemptState.COLLECTED and attempt.finished_at == attempt.deadline_at
    assert attempts.collect_due() == 0
    refused = device.save((world.slots[0].pk, 2, {"choice": "B"}))
    assert refused["error"]["code"] == "attempt_finished"


def test_late_upload_is_kept_apart_and_once(device: Device, world: World) -> None:
    move_deadline(device, -60)
    attempts.collect_due()
    late = {"entries": [{"slot": world.slots[0].pk, "revision": 1, "value": {"choice": "A"}}]}
    first = device.call("POST", "late", late)
    assert device.last.status_code == 202
    assert device.call("POST", "late", late) == first
    assert LateUpload.objects.count() == 1 and not Response.objects.exists()


def test_pause_keeps_the_working_time(device: Device, world: World) -> None:
    deadline = Attempt.objects.get(pk=device.attempt.pk).deadline_at
    invigilation.pause(attempt=device.attempt, actor=world.invigilator)
    refused = device.save((world.slots[0].pk, 1, {"choice": "A"}))
    assert refused["error"]["code"] == "attempt_paused"
    Attempt.objects.filter(pk=device.attempt.pk).update(paused_at=timezone.now() - timedelta(minutes=10))
    invigilation.unpause(attempt=device.attempt, actor=world.invigilator)
    moved = Attempt.objects.get(pk=device.attempt.pk).deadline_at
    assert deadline and moved
    assert abs((moved - deadline) - timedelta(minutes=10)) < timedelta(seconds=2)
    assert device.save((world.slots[0].pk, 1, {"choice": "A"}))["saved"]


def test_added_time_and_messages_reach_the_next_pulse(device: Device, world: World) -> None:
    before = device.call("POST", "pulse")
    invigilation.extend_all(session=world.session, minutes=5, actor=world.invigilator)
    invigilation.send_message(
        attempts_to=[device.attempt], text="请在 10 分钟内保存。", actor=world.invigilator
    )
    after = device.call("POST", "pulse")
    assert after["deadline"] > before["deadline"]
    assert after["messages"][0]["text"] == "请在 10 分钟内保存。"


def test_starting_waits_for_admission_and_time() -> None:
    world = make_world(CHOICE, needs_admission=True)
    device = Device(register(world)[0])
    assert device.start()["error"]["code"] == "not_admitted"
    invigilation.admit(registrations=[device.attempt.registration], actor=world.invigilator)
    assert device.start()["state"] == "running"
    early = make_world(CHOICE, starts_in=timedelta(hours=1))
    assert Device(register(early)[0]).start()["error"]["code"] == "too_early"
    late = make_world(CHOICE, starts_in=timedelta(minutes=-31))
    assert Device(register(late)[0]).start()["error"]["code"] == "too_late"


def test_starting_twice_keeps_the_clock(device: Device) -> None:
    first = Attempt.objects.get(pk=device.attempt.pk)
    assert device.start()["state"] == "running"
    assert Attempt.objects.get(pk=device.attempt.pk).deadline_at == first.deadline_at
    assert AttemptEvent.objects.filter(kind="started").count() == 1


def test_personal_order_is_stable_and_complete() -> None:
    world = make_world(CHOICE, {**CHOICE, "stem": "二"}, {**CHOICE, "stem": "三"}, shuffle=True)
    one, two = (Device(registration) for registration in register(world, 2))
    first, again, other = one.start()["order"], one.call("GET", "")["order"], two.start()["order"]
    assert first == again
    for order in (first, other):
        assert sorted(order["slots"][0]) == sorted(slot.pk for slot in world.slots)
        assert all(sorted(ids) == ["A", "B", "C", "D"] for ids in order["options"].values())


def test_the_database_refuses_to_change_what_was_handed_in(device: Device, world: World) -> None:
    device.save((world.slots[0].pk, 1, {"choice": "A"}))
    device.submit()
    for statement in (
        "UPDATE candidates_response SET value = '{}'",
        "DELETE FROM candidates_response",
        "UPDATE candidates_attempt SET receipt = 'x'",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_save_is_one_statement(device: Device, world: World, django_assert_num_queries: Any) -> None:
    device.save((world.slots[0].pk, 1, {"choice": "A"}))
    with django_assert_num_queries(1):
        device.save((world.slots[0].pk, 2, {"choice": "B"}), (world.slots[1].pk, 1, None))


def test_wrong_method_and_address(device: Device) -> None:
    assert device.call("GET", "save")["error"]["code"] == "method_not_allowed"
    assert device.last.status_code == 405
    assert Client().get("/delivery/v1/nothing").json()["error"]["code"] == "unknown_address"
