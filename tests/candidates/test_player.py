"""The candidate's pages: signing in with a ticket, home, lease, receipt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from assessments.models import ExamSession
from candidates import tokens
from candidates.enums import AttemptState
from candidates.models import Attempt, AttemptEvent, Registration, Response
from candidates.queries.own import place_of
from candidates.rules import canonical_json
from candidates.services import attempts, invigilation
from candidates.services.registration import ticket_code
from tests.candidates.delivery import Device
from tests.factories import CHOICE, World, attempt_of, make_user, make_world, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world(CHOICE)


@pytest.fixture
def registration(world: World) -> Registration:
    return register(world)[0]


@pytest.fixture
def client(registration: Registration) -> Client:
    return signed_in(registration)


def signed_in(registration: Registration) -> Client:
    client = Client()
    answer = client.post(reverse("candidates:ticket_sign_in"), ticket(registration))
    assert answer.status_code == 302, answer.content.decode()
    return client


def ticket(registration: Registration, **changes: str) -> dict[str, str]:
    return {"ticket_no": registration.ticket_no, "access_code": ticket_code(registration)} | changes


# ------------------------------------------------------------------ signing in


def test_ticket_as_people_type_it(registration: Registration) -> None:
    wide = registration.ticket_no.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    code = ticket_code(registration)
    typed = ticket(registration, ticket_no=f" {wide[:4]} {wide[4:]} ", access_code=f"{code[:4]}-{code[4:]}")
    answer = Client().post(reverse("candidates:ticket_sign_in"), typed)
    assert answer.status_code == 302 and answer["Location"] == reverse("candidates:home")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"access_code": "00000000"}, "准考证号或口令不正确"),
        ({"ticket_no": "99999999999999"}, "准考证号或口令不正确"),
        ({"ticket_no": ""}, "请填写准考证号"),
        ({"access_code": ""}, "请填写口令"),
        ({"ticket_no": "' OR 1=1 --"}, "请核对"),
        ({"access_code": "\x00\x00"}, "口令"),
        ({"ticket_no": "1" * 5000}, "准考证号"),
    ],
)
def test_wrong_tickets_are_told(registration: Registration, changes: dict[str, str], words: str) -> None:
    answer = Client().post(reverse("candidates:ticket_sign_in"), ticket(registration, **changes))
    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_too_many_tries_lock_and_say_how_long(registration: Registration, settings: Any) -> None:
    settings.AXES_ENABLED = True
    client = Client()
    wrong = ticket(registration, access_code="00000000")
    answers = [
        client.post(reverse("candidates:ticket_sign_in"), wrong) for _ in range(settings.AXES_FAILURE_LIMIT)
    ]
    assert answers[0].status_code == 400 and answers[-1].status_code == 429
    right = client.post(reverse("candidates:ticket_sign_in"), ticket(registration))
    assert right.status_code == 429 and int(right["Retry-After"]) > 0
    assert "暂停登录" in right.content.decode()


def test_next_stays_on_the_site(registration: Registration) -> None:
    away = Client().post(
        reverse("candidates:ticket_sign_in"), ticket(registration, next="https://evil.example/")
    )
    assert away["Location"] == reverse("candidates:home")
    page = reverse("candidates:player", args=[attempt_of(registration).pk])
    assert (
        Client().post(reverse("candidates:ticket_sign_in"), ticket(registration, next=page))["Location"]
        == page
    )


def test_a_closed_account_is_signed_out(client: Client, registration: Registration) -> None:
    assert client.get(reverse("candidates:home")).status_code == 200
    user = registration.candidate.user
    assert user is not None
    user.is_active = False
    user.save(update_fields=["is_active"])
    assert client.get(reverse("candidates:home")).status_code == 302


def test_signing_out(client: Client) -> None:
    client.post(reverse("candidates:ticket_sign_out"))
    answer = client.get(reverse("candidates:home"))
    assert answer["Location"].startswith(reverse("candidates:ticket_sign_in"))


# ------------------------------------------------------------------ home


@pytest.mark.parametrize(
    ("session", "attempt", "step", "can_enter"),
    [
        ({}, {}, "start", True),
        ({"starts_at": timedelta(minutes=20)}, {}, "wait", True),
        ({"starts_at": timedelta(hours=20)}, {}, "wait", False),
        ({"needs_admission": True}, {}, "admission", True),
        ({"starts_at": timedelta(minutes=-40)}, {}, "missed", False),
        ({"state": "closed"}, {}, "missed", False),
        ({}, {"state": AttemptState.RUNNING}, "go_on", True),
        ({}, {"state": AttemptState.PAUSED}, "paused", True),
        ({}, {"state": AttemptState.SUBMITTED}, "finished", False),
        ({}, {"state": AttemptState.COLLECTED}, "finished", False),
        ({}, {"state": AttemptState.VOIDED}, "voided", False),
    ],
)
def test_the_next_step(
    registration: Registration, session: dict[str, Any], attempt: dict[str, Any], step: str, can_enter: bool
) -> None:
    now = timezone.now()
    held: ExamSession = registration.session
    for name, value in session.items():
        setattr(held, name, now + value if isinstance(value, timedelta) else value)
    for name, value in attempt.items():
        setattr(registration.attempt, name, value)
    place = place_of(registration, now)
    assert (place.step, place.can_enter) == (step, can_enter)


def test_home_says_what_to_do(client: Client, registration: Registration) -> None:
    page = client.get(reverse("candidates:home")).content.decode()
    assert registration.ticket_no in page and "进入考试" in page
    device = Device(registration)
    device.start()
    assert "继续作答" in client.get(reverse("candidates:home")).content.decode()
    device.submit()
    assert "查看回执" in client.get(reverse("candidates:home")).content.decode()


def test_home_costs_the_same_for_many_places(
    client: Client, registration: Registration, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        other = make_world(CHOICE)
        place = register(other)[0]
        Registration.objects.filter(pk=place.pk).update(candidate=registration.candidate)
    with django_assert_max_num_queries(8):
        assert client.get(reverse("candidates:home")).content.decode().count('class="place"') == 5


# ------------------------------------------------------------------ own attempts only


def test_foreign_attempts_do_not_exist(client: Client, world: World) -> None:
    other = attempt_of(register(world)[0])
    Device(other.registration).start()
    for name in ("player", "receipt"):
        assert client.get(reverse(f"candidates:{name}", args=[other.pk])).status_code == 404
    before = Attempt.objects.get(pk=other.pk).lease
    assert client.post(reverse("candidates:lease", args=[other.pk])).status_code == 404
    assert Attempt.objects.get(pk=other.pk).lease == before
    assert client.get(reverse("candidates:player", args=[2**70])).status_code == 404


def test_who_is_not_a_candidate(registration: Registration) -> None:
    pk = attempt_of(registration).pk
    page = reverse("candidates:player", args=[pk])
    sent = Client().get(page)
    assert sent.status_code == 302 and sent["Location"].startswith(reverse("candidates:ticket_sign_in"))
    lease = Client().post(reverse("candidates:lease", args=[pk]), headers={"Accept": "application/json"})
    assert lease.status_code == 401 and lease.json()["error"]["code"] == "signed_out"
    staff = Client()
    staff.force_login(make_user(Role.EXAMINER), backend="django.contrib.auth.backends.ModelBackend")
    assert staff.get(page).status_code == 403


def test_lease_needs_the_csrf_token(registration: Registration) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(registration.candidate.user, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("candidates:lease", args=[attempt_of(registration).pk])
    assert client.post(url).status_code == 403
    client.get(reverse("candidates:home"))
    answer = client.post(url, headers={"X-CSRFToken": client.cookies["csrftoken"].value})
    assert answer.status_code == 200


def test_a_new_lease_ends_the_old_one(client: Client, registration: Registration) -> None:
    url = reverse("candidates:lease", args=[attempt_of(registration).pk])
    first, second = (tokens.read(client.post(url).json()["token"]) for _ in range(2))
    device = Device(registration)
    device.token = second
    assert device.start()["error"]["code"] == "lease_lost"  # the device itself has taken it
    device.token = tokens.read(client.post(url).json()["token"])
    assert device.start()["state"] == "running"
    device.token = first
    assert device.call("GET", "")["held"] is False
    assert AttemptEvent.objects.filter(attempt=device.attempt, kind="lease_taken").count() == 3


def test_the_page_holds_no_question_and_no_token(client: Client, registration: Registration) -> None:
    Device(registration).start()
    page = client.get(reverse("candidates:player", args=[attempt_of(registration).pk])).content.decode()
    assert "买家" not in page and CHOICE["content"]["options"][0]["text"] not in page
    assert " style=" not in page and " onclick=" not in page
    assert str(Attempt.objects.get(registration=registration).lease.hex) not in page


def test_receipt(client: Client, registration: Registration, world: World) -> None:
    pk = attempt_of(registration).pk
    url = reverse("candidates:receipt", args=[pk])
    assert client.get(url).status_code == 404
    device = Device(registration)
    device.start()
    device.save((world.slots[0].pk, 1, {"choice": "A"}))
    receipt = device.submit()
    page = client.get(url).content.decode()
    assert receipt["receipt"] in page and receipt["code"] in page and "1 题中已作答 1 题" in page
    late = {"entries": [{"slot": world.slots[0].pk, "revision": 2, "value": {"choice": "B"}}]}
    device.call("POST", "late", late)
    assert "收卷后才送达的答案 1 条" in client.get(url).content.decode()


# ------------------------------------------------------------------ what the protocol adds for the player


def test_state_after_the_end_and_time_of_entries(registration: Registration, world: World) -> None:
    device = Device(registration)
    device.start()
    device.save((world.slots[0].pk, 1, {"choice": "A"}))
    assert device.call("GET", "")["entries"][0]["at"]
    device.submit()
    state = device.call("GET", "")
    assert state["finished_at"] and state["receipt"] and state["code"]


def test_contradictions_within_one_batch_are_told(registration: Registration, world: World) -> None:
    device = Device(registration)
    device.start()
    slot = world.slots[0].pk
    answer = device.save((slot, 1, {"choice": "A"}), (slot, 1, {"choice": "B"}))
    assert answer["saved"] == [[slot, 1]] and answer["conflicts"] == [[slot, 1]]
    assert Response.objects.get(attempt=device.attempt).value == {"choice": "A"}


def test_only_the_holder_counts_as_seen(registration: Registration) -> None:
    old, new = Device(registration), Device(registration)
    Attempt.objects.filter(pk=new.attempt.pk).update(last_seen_at=timezone.now() - timedelta(minutes=5))
    assert old.call("POST", "pulse")["held"] is False
    assert attempt_of(registration).last_seen_at < timezone.now() - timedelta(minutes=4)
    new.call("POST", "pulse")
    assert attempt_of(registration).last_seen_at > timezone.now() - timedelta(minutes=1)


def test_a_pause_is_timed_by_the_database(registration: Registration, world: World, monkeypatch: Any) -> None:
    device = Device(registration)
    device.start()
    before = attempt_of(registration).deadline_at
    monkeypatch.setattr(timezone, "now", lambda: datetime(2000, 1, 1, tzinfo=UTC))
    invigilation.pause(attempt=device.attempt, actor=world.invigilator)
    monkeypatch.undo()
    invigilation.unpause(attempt=device.attempt, actor=world.invigilator)
    assert abs(attempt_of(registration).deadline_at - before) < timedelta(seconds=5)


def test_collecting_gives_the_player_a_receipt(registration: Registration) -> None:
    device = Device(registration)
    device.start()
    Attempt.objects.filter(pk=device.attempt.pk).update(deadline_at=timezone.now() - timedelta(seconds=30))
    attempts.collect_due()
    assert device.submit()["state"] == "collected"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"), (0.1, "0.1"), (1e21, "1e+21"), (1e-7, "1e-7"), (10**21, "1e+21"), (-0.0, "0"), (1.5e300, "1.5e+300"),
        (True, "true"), (None, "null"), (2**53, "9007199254740992"), (123456.789, "123456.789"), (1e-6, "0.000001"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_browsers_write_them(value: Any, text: str) -> None:
    assert canonical_json([value]) == f"[{text}]"


def test_the_general_home_leads_to_the_exam(client: Client) -> None:
    page = client.get(reverse("accounts:home")).content.decode()
    assert reverse("candidates:home") in page and "可以进入考试了" in page
