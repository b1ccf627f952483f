"""Rosters, registration, tickets, the board and the API of sessions, through HTTP."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import random
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.enums import Role, Scope
from accounts.errors import Invalid
from accounts.models import AuditEntry, User
from accounts.services.keys import create_key
from assessments.enums import SessionState
from assessments.models import ExamSession
from candidates import identity, tokens
from candidates.enums import AttemptState
from candidates.importing import read_roster
from candidates.models import Attempt, Candidate, Incident, LateUpload, Registration, Response
from candidates.rules import canonical_json
from candidates.services.registration import luhn
from tests.candidates.delivery import Device
from tests.factories import (
    CHOICE,
    World,
    identity_number,
    make_school,
    make_user,
    make_world,
    register,
)

HEADER = "姓名,证件号,学号,班级\n"


def roster(*rows: str, encoding: str = "utf-8-sig") -> bytes:
    return (HEADER + "\n".join(rows)).encode(encoding)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# ------------------------------------------------------------------ identity numbers


def test_check_digit_of_the_standard_example() -> None:
    """GB 11643-1999, annex A gives 11010519491231002X and 440524188001010014."""
    assert identity.check_digit("11010519491231002") == "X"
    assert identity.check_digit("44052418800101001") == "4"


@given(st.integers(0, 10**6), st.integers(0, 16), st.integers(1, 9))
def test_any_changed_digit_is_noticed(n: int, place: int, step: int) -> None:
    number = identity_number(n)
    changed = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert identity.validate(number) == number
    with pytest.raises(Invalid):
        identity.validate(changed)


@given(st.text(max_size=30))
def test_any_text_is_refused_clearly_or_accepted(text: str) -> None:
    try:
        assert len(identity.validate(text)) == 18
    except Invalid as error:
        assert error.message


def test_sealed_numbers_come_back_and_look_random() -> None:
    number = identity_number(7)
    one, two = identity.seal(number), identity.seal(number)
    assert one != two and number.encode() not in one
    assert identity.unseal(one) == identity.unseal(two) == number
    assert identity.blind(number) == identity.blind(number) != identity.blind(identity_number(8))


# ------------------------------------------------------------------ reading rosters


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(encoding: str) -> None:
    rows = read_roster(roster(f"张伟,{identity_number(1)},2024001,电商1班", encoding=encoding)).rows
    assert [(row.line, row.name, row.class_name) for row in rows] == [(2, "张伟", "电商1班")]


def test_xlsx_with_title_rows_and_synonyms() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (
        ["2026 年秋季报名表"],
        [],
        ["学生姓名", "身份证号", "学号"],
        ["李娜", identity_number(2), "7"],
    ):
        sheet.append(line)
    data = io.BytesIO()
    book.save(data)
    rows = read_roster(data.getvalue()).rows
    assert [(row.line, row.name, row.student_no) for row in rows] == [(4, "李娜", "7")]


def test_every_wrong_row_is_named() -> None:
    good, other = identity_number(3), identity_number(4)
    wrong = good[:17] + ("0" if good[17] != "0" else "1")
    problems = read_roster(
        roster(f"甲,{good}", f"乙,{wrong}", f",{other}", "丁,12345", f"戊,{good}", "", "庚,1.1E+17")
    ).problems
    assert [(p.line, p.column) for p in problems] == [
        (3, "证件号"), (4, "姓名"), (5, "证件号"), (6, "证件号"), (8, "证件号"),
    ]  # fmt: skip
    assert "第 2 行" in problems[3].message
    assert all(p.hint for p in problems)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "roster_empty"),
        (b"   \n", "roster_empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "roster_unreadable"),
        (b"PK\x03\x04not really a zip", "roster_unreadable"),
        ("姓名,电话\n张伟,1".encode(), "roster_no_header"),
        (HEADER.encode(), "roster_no_rows"),
        (b"x" * (10 * 1024 * 1024 + 1), "roster_too_large"),
    ],
)
def test_no_roster_at_all(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_roster(data)
    assert caught.value.code in (code, "roster_binary", "roster_no_header")
    assert caught.value.hint


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read_roster(data)
    except Invalid as error:
        assert error.hint


# ------------------------------------------------------------------ registering over HTTP


@pytest.fixture
def world(db: None) -> World:
    world = make_world(CHOICE)
    ExamSession.objects.filter(pk=world.session.pk).update(state=SessionState.PLANNED)
    return world


def upload(client: Client, world: World, school: Any, data: bytes) -> Any:
    return client.post(
        "/candidates/import",
        {
            "school": school.pk,
            "session": world.session.pk,
            "file": SimpleUploadedFile("名单.csv", data, "text/csv"),
        },
    )


def test_officer_registers_a_roster_once(world: World) -> None:
    school = make_school()
    client = signed_in(make_user(Role.OFFICER, school=school))
    data = roster(*(f"考生{n},{identity_number(100 + n)}" for n in range(5)))
    for _again in range(2):
        assert upload(client, world, school, data).status_code == 302
    places = Registration.objects.filter(session=world.session)
    assert places.count() == Attempt.objects.count() == Candidate.objects.count() == 5
    assert len({place.ticket_no for place in places}) == 5
    assert all(luhn(place.ticket_no[:-1]) == place.ticket_no[-1] for place in places)
    page = client.get(f"/registrations/{world.session.pk}")
    assert page.status_code == 200 and "考生4" in page.content.decode()


def test_one_wrong_row_imports_nobody(world: World) -> None:
    school = make_school()
    client = signed_in(make_user(Role.OFFICER, school=school))
    answer = upload(client, world, school, roster(f"甲,{identity_number(1)}", "乙,123"))
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "尚未导入任何考生" in text and "18 位" in text
    assert not Candidate.objects.exists() and not Registration.objects.exists()


def test_officer_cannot_register_for_another_school(world: World) -> None:
    officer = make_user(Role.OFFICER, school=make_school())
    answer = upload(signed_in(officer), world, make_school(), roster(f"甲,{identity_number(1)}"))
    assert answer.status_code == 400 and not Candidate.objects.exists()


def test_one_place_per_person_and_exam_across_schools(world: World) -> None:
    first, second = make_school(), make_school()
    data = roster(f"甲,{identity_number(1)}")
    upload(signed_in(make_user(Role.OFFICER, school=first)), world, first, data)
    other = ExamSession.objects.create(
        exam=world.exam,
        name="第二考次",
        starts_at=world.session.starts_at,
        closes_at=world.session.closes_at,
        minutes=60,
        created_by=world.examiner,
    )
    world.session = other
    answer = upload(signed_in(make_user(Role.OFFICER, school=second)), world, second, data)
    assert answer.status_code == 409 and Registration.objects.count() == 1


def test_officers_see_their_own_only(world: World) -> None:
    mine, theirs = make_school(), make_school()
    register(world, 2, mine)
    foreign = register(world, 1, theirs)[0]
    client = signed_in(make_user(Role.OFFICER, school=mine))
    for path in ("/candidates/", f"/registrations/{world.session.pk}"):
        text = client.get(path).content.decode()
        assert foreign.candidate.name not in text and foreign.ticket_no not in text


def test_identity_numbers_stay_out_of_pages_logs_and_plain_columns(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    school, number = make_school(), identity_number(random.Random(1).randint(1, 900))
    client = signed_in(make_user(Role.OFFICER, school=school))
    upload(client, world, school, roster(f"甲,{number}"))
    upload(client, world, school, roster(f"甲,{number}", "乙,1"))
    seen = client.get("/candidates/").content.decode() + caplog.text + capsys.readouterr().err
    for row in (*Candidate.objects.values_list(), *AuditEntry.objects.values_list("data", "actor_label")):
        seen += str([bytes(v) if isinstance(v, memoryview) else v for v in row])
    assert number not in seen
    assert identity.unseal(Candidate.objects.get().id_cipher) == number


def test_tickets_are_a_pdf_and_audited(world: World) -> None:
    school = make_school()
    client = signed_in(make_user(Role.OFFICER, school=school))
    path = f"/registrations/{world.session.pk}/tickets.pdf"
    register(world, 3, school)
    answer = client.get(path)
    assert answer.content.startswith(b"%PDF") and answer["Cache-Control"] == "no-store"
    assert AuditEntry.objects.filter(verb="ticket.print").count() == 1
    other = signed_in(make_user(Role.OFFICER, school=make_school()))
    assert other.get(path).status_code == 409


def test_lists_ask_the_same_number_of_queries(world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(world.examiner)
    paths = ("/candidates/", f"/registrations/{world.session.pk}", f"/board/{world.session.pk}/seats")
    register(world, 1)
    counts = []
    for _size in (1, 30):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            for path in paths:
                assert client.get(path).status_code == 200
        counts.append(len(queries))
        register(world, 29)
    assert counts[0] == counts[1]


# ------------------------------------------------------------------ the board


def test_board_shows_and_acts(world: World) -> None:
    device = Device(register(world)[0])
    device.start()
    client = signed_in(world.invigilator)
    act = f"/board/{world.session.pk}/act"
    ids = [device.attempt.registration_id]
    assert "作答中" in client.get(f"/board/{world.session.pk}").content.decode()
    client.post(act, {"act": "pause", "ids": ids, "reason": "机器故障"})
    assert Attempt.objects.get(pk=device.attempt.pk).state == AttemptState.PAUSED
    assert "已暂停" in client.get(f"/board/{world.session.pk}/seats").content.decode()
    client.post(act, {"act": "unpause", "ids": ids})
    client.post(act, {"act": "incident", "ids": ids, "text": "更换鼠标。"})
    assert Incident.objects.get().text == "更换鼠标。"
    client.post(act, {"act": "collect", "ids": ids})
    assert Attempt.objects.get(pk=device.attempt.pk).state == AttemptState.RUNNING, "a reason is asked for"
    client.post(act, {"act": "collect", "ids": ids, "reason": "违纪"})
    assert Attempt.objects.get(pk=device.attempt.pk).state == AttemptState.COLLECTED


def test_invigilators_act_on_their_own_sessions_only(world: World) -> None:
    stranger = signed_in(make_user(Role.INVIGILATOR))
    place = register(world)[0]
    assert stranger.get(f"/board/{world.session.pk}").status_code == 404
    answer = stranger.post(f"/board/{world.session.pk}/act", {"act": "admit", "ids": [place.pk]})
    assert answer.status_code == 404
    other = make_world(CHOICE)
    signed_in(other.invigilator).post(f"/board/{other.session.pk}/act", {"act": "admit", "ids": [place.pk]})
    assert Registration.objects.get(pk=place.pk).admitted_at is None


# ------------------------------------------------------------------ the API


def key_of(world: World, school: Any, *scopes: Scope) -> dict[str, str]:
    made = create_key(actor=world.examiner, school=school, name="教务", scopes=scopes)
    return {"HTTP_AUTHORIZATION": f"Bearer {made.secret}"}


def test_school_registers_and_reads_by_api(world: World) -> None:
    school, other = make_school(), make_school()
    head = key_of(world, school, Scope.REGISTRATIONS_READ, Scope.REGISTRATIONS_WRITE, Scope.SESSIONS_READ)
    body = {"candidates": [{"name": f"考生{n}", "id_number": identity_number(200 + n)} for n in range(3)]}
    path = f"/api/v1/sessions/{world.session.pk}/registrations/"
    first = Client().post(path, body, content_type="application/json", **head)
    assert first.status_code == 201 and first.json() == {
        "made": 3, "known": 0, "registered": 3, "already": 0,
    }  # fmt: skip
    again = Client().post(path, body, content_type="application/json", **head)
    assert again.json()["registered"] == 0
    foreign = register(world, 1, other)[0]
    rows = Client().get("/api/v1/registrations/", **head).json()["results"]
    assert len(rows) == 3 and foreign.pk not in {row["id"] for row in rows}
    assert Client().get(f"/api/v1/registrations/{foreign.pk}/", **head).status_code == 404
    assert identity_number(200) not in str(rows)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"candidates": []},
        {"candidates": [{"name": "甲"}]},
        {"candidates": [{"name": "甲", "id_number": "1"}]},
        {"candidates": "x"},
    ],
)
def test_api_refuses_bad_rosters_whole(world: World, body: dict[str, Any]) -> None:
    school = make_school()
    head = key_of(world, school, Scope.REGISTRATIONS_WRITE)
    path = f"/api/v1/sessions/{world.session.pk}/registrations/"
    answer = Client().post(path, body, content_type="application/json", **head)
    assert answer.status_code == 400 and answer.json()["error"]["message"]
    assert not Candidate.objects.exists()


def test_api_asks_for_the_scope(world: World) -> None:
    head = key_of(world, make_school(), Scope.RESULTS_READ)
    assert Client().get("/api/v1/registrations/", **head).status_code == 403
    assert Client().get("/api/v1/registrations/").status_code == 401


# ------------------------------------------------------------------ what comes after the end


def sealed_file(device: Device, entries: list[dict[str, Any]]) -> bytes:
    """The file a device writes when the server can't be reached, as docs/delivery-protocol.md says."""
    holder, _dot, mac = tokens.issue(device.token).partition(".")
    body = {
        "format": "liangcai-unsent-answers-v1",
        "attempt": device.attempt.pk,
        "exam": "",
        "ticket_no": device.attempt.registration.ticket_no,
        "exported_at": "2026-11-22T10:00:00Z",
        "entries": entries,
        "holder": holder,
    }
    seal = hmac.new(mac.encode(), canonical_json(body).encode(), hashlib.sha256).hexdigest()
    return json.dumps({**body, "seal": seal}).encode()


def test_invigilator_hands_over_a_sealed_file(world: World) -> None:
    device = Device(register(world)[0])
    device.start()
    device.submit()
    entry = {"slot": world.slots[0].pk, "revision": 1, "value": {"choice": "A"}, "flagged": False, "at": None}
    data = sealed_file(device, [entry])
    path = f"/board/{world.session.pk}/sealed"

    def hand_over(user: User, content: bytes, to: str = path) -> Any:
        return signed_in(user).post(to, {"file": SimpleUploadedFile("a.json", content, "application/json")})

    hand_over(world.invigilator, data.replace(b'"A"', b'"B"'))
    assert not LateUpload.objects.exists(), "an altered file is refused"
    other = make_world(CHOICE)
    hand_over(other.invigilator, data, f"/board/{other.session.pk}/sealed")
    assert not LateUpload.objects.exists(), "another session's file is refused"
    assert hand_over(other.invigilator, data).status_code == 404
    for _again in range(2):
        assert hand_over(world.invigilator, data).status_code == 302
    kept = LateUpload.objects.get()
    assert kept.entries[0]["value"] == {"choice": "A"} and not Response.objects.exists()
    page = signed_in(world.invigilator).get(f"/board/{world.session.pk}").content.decode()
    assert kept.digest[:12] in page
