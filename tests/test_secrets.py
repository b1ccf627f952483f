"""Canaries in every secret field; no candidate, officer or stranger ever receives one before the release.

Every address of the site is walked, so a page added later is walked too.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from candidates import tokens
from candidates.enums import AttemptState
from candidates.importing import RosterRow
from candidates.models import Attempt, Registration
from candidates.services.attempts import take_lease
from candidates.services.registration import register_rows, ticket_code
from grading.models import Result
from grading.services import scoring
from tests.candidates.delivery import Device
from tests.factories import World, attempt_of, identity_number, make_school, make_user, make_world
from tests.permissions import ARGUMENTS
from tests.urls import addresses

pytestmark = pytest.mark.django_db

OWN, NEIGHBOUR, STRANGER = "甲本人", "乙邻座金丝雀", "丙外校金丝雀"
SHOWN = "看得见的"
"""Begins every question text."""
HIDDEN = "金丝雀秘密"
"""Is in every text that only staff may read."""
NUMBER = "918273.64"
OUTSIDE = {"accounts:sign_out", "candidates:ticket_sign_out", "set_language"}
"""Walking these would end the walk."""


def practical() -> dict[str, Any]:
    path = django_settings.BASE_DIR / "assessments/bank/kuajing-b2c/practical-junior.yaml"
    item = msgspec.yaml.decode(path.read_bytes())[0]
    for number, check in enumerate(item["key"]["checks"]):
        check["label"] = f"{HIDDEN}检查{number}"
        if check.get("requirements"):
            check["requirements"] = [{"level": "初级", "code": "1.1.1"}]
    return {"kind": "practical", "content": item["content"], "key": item["key"]}


def options(*ids: str) -> list[dict[str, str]]:
    return [{"id": one, "text": f"{SHOWN}选项{one}"} for one in ids]


def specs() -> list[dict[str, Any]]:
    """One item of each kind, whatever is secret in it marked."""
    kinds: list[dict[str, Any]] = [
        {"kind": "single_choice", "content": {"options": options(*"ABCD")}, "key": {"answer": "B"}},
        {
            "kind": "multiple_choice",
            "content": {"options": options(*"ABCD")},
            "key": {"answers": ["A", "C"], "scoring": "partial"},
        },
        {"kind": "true_false", "content": {}, "key": {"answer": True}},
        {
            "kind": "fill_blank",
            "content": {"blanks": [{"id": "1", "width": 8}]},
            "key": {"blanks": {"1": {"accept": [f"{HIDDEN}填空"]}}},
        },
        {
            "kind": "numeric",
            "content": {"unit": "元", "hint": "保留两位小数"},
            "key": {"value": NUMBER, "tolerance": "0.01", "tolerance_kind": "absolute"},
        },
        {
            "kind": "matching",
            "content": {"left": options("l1", "l2"), "right": options("r1", "r2", "r3")},
            "key": {"pairs": {"l1": "r2", "l2": "r3"}},
        },
        {
            "kind": "ordering",
            "content": {"entries": options("e1", "e2", "e3")},
            "key": {"order": ["e3", "e1", "e2"], "scoring": "exact"},
        },
        {
            "kind": "short_answer",
            "content": {"max_chars": 300},
            "key": {
                "rubric": [
                    {
                        "id": "c1",
                        "criterion": f"{HIDDEN}要点",
                        "points": "2",
                        "levels": [
                            {"points": "2", "descriptor": f"{HIDDEN}满分档"},
                            {"points": "0", "descriptor": f"{HIDDEN}零分档"},
                        ],
                    }
                ],
                "sample_answer": f"{HIDDEN}范文",
            },
        },
        practical(),
    ]
    for number, spec in enumerate(kinds, start=1):
        blank = "{{1}}" if spec["kind"] == "fill_blank" else ""
        spec |= {
            "stem": f"{SHOWN}题干{number}{blank}",
            "code": f"CANARY-CODE-{number}",
            "rationale": f"{HIDDEN}解析{number}",
            "option_rationale": {"A": f"{HIDDEN}选项解析"},
            "difficulty": "0.4273",
        }
    return kinds


@dataclass
class Stage:
    """The world with three people: oneself, a neighbour of the same school, a stranger of another."""

    world: World
    people: dict[str, Registration]
    numbers: dict[str, str]
    officer: Any
    device: Device = field(init=False)

    def __post_init__(self) -> None:
        self.device = Device(self.people[OWN])

    @property
    def attempt(self) -> Attempt:
        return Attempt.objects.get(pk=self.device.attempt.pk)

    def keys(self) -> list[str]:
        """What only staff may read of the questions."""
        return [HIDDEN, NUMBER, "CANARY-CODE-", "0.4273", "rationale", "sample_answer", "tolerance"]

    def for_candidate(self) -> list[str]:
        return [
            *self.keys(),
            "能够处理第 1 类订单",  # what the item tests
            NEIGHBOUR,
            STRANGER,
            *self.numbers.values(),
            *map(ticket_code, self.people.values()),
            *(str(attempt_of(one).seed) for one in self.people.values()),
            *(self.people[one].ticket_no for one in (NEIGHBOUR, STRANGER)),
        ]

    def for_officer(self) -> list[str]:
        own = ticket_code(self.people[STRANGER])
        return [*self.keys(), STRANGER, *self.numbers.values(), own, self.people[STRANGER].ticket_no]


@pytest.fixture
def stage() -> Stage:
    world = make_world(*specs())
    people, numbers = {}, {}
    for line, (name, school) in enumerate(
        ((OWN, world.school), (NEIGHBOUR, world.school), (STRANGER, make_school())), start=2
    ):
        numbers[name] = identity_number(700 + line)
        row = RosterRow(line=line, name=name, id_number=numbers[name])
        register_rows(school=school, session=world.session, rows=[row], actor=world.examiner)
        people[name] = Registration.objects.select_related("candidate__user").get(candidate__name=name)
    officer = make_user(Role.OFFICER, school=world.school)
    return Stage(world, people, numbers, officer)


def signed_in(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def body_of(response: Any) -> str:
    """Everything that goes over the wire, headers and cookies too, but for the session's own secrets."""
    raw = b"".join(response) if response.streaming else response.content
    if response.get("Content-Encoding") == "gzip":
        raw = gzip.decompress(raw)
    text = raw.decode("utf-8", errors="replace")
    if "json" in response.get("Content-Type", ""):
        text += json.dumps(json.loads(text), ensure_ascii=False)
    return text + "\n".join(f"{name}: {value}" for name, value in response.items())


def walk(client: Client, ids: Iterable[int]) -> Iterable[tuple[str, str]]:
    """(address, answer) of every address of the site, its numbers replaced by each of `ids`."""
    for address in addresses():
        if not address.name or address.name in OUTSIDE:
            continue
        arguments = ARGUMENTS.get(address.name, address.arguments)
        whole = [name for name, value in arguments.items() if str(value).isdigit()]
        for number in ids if whole else [0]:
            url = reverse(address.name, kwargs=arguments | dict.fromkeys(whole, number))
            response = client.get(url, headers={"Accept": "application/json"})
            assert response.status_code < 500, (url, response.status_code)
            yield url, body_of(response)
            if response.status_code == 200 and "html" not in response.get("Content-Type", ""):
                continue
            if response.status_code == 200:
                yield url, body_of(client.get(url))  # the page as a browser asks for it


def assert_none(canaries: Iterable[str], seen: Iterable[tuple[str, str]]) -> int:
    """None of the canaries is in any answer; returns how many answers there were."""
    held = list(canaries)
    count = 0
    for url, text in seen:
        found = [canary for canary in held if canary in text]
        # a page repeats what was asked for in its address; a canary is never in the addresses walked
        assert not found, (url, found, text[max(0, text.find(found[0]) - 200) :][:500])
        count += 1
    return count


def ids_of(stage: Stage) -> list[int]:
    """Numbers that exist: everyone's attempts, the session, the form, the edition, an item, slots."""
    world = stage.world
    found = {attempt_of(one).pk for one in stage.people.values()} | set(
        Result.objects.values_list("pk", flat=True)
    )
    return sorted(
        found | {world.session.pk, world.form.pk, world.exam.pk, world.edition.pk, world.items[0].pk}
    )


def delivery(stage: Stage) -> Iterable[tuple[str, str]]:
    """What the holder of the attempt's token gets, call by call, good and bad ones."""
    device, slots = stage.device, stage.world.slots
    practical_slot = slots[-1].pk
    bad = {"entries": [{"slot": slots[0].pk, "revision": 1, "value": {"choice": "Z"}}]}
    calls: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("GET", f"paper/{stage.world.form.payload_sha256}", None),
        ("GET", "paper/0", None),
        *(("GET", f"world/{slot.pk}", None) for slot in slots),
        ("POST", "pulse", {}),
        ("POST", "save", bad),
        ("POST", "late", {"entries": [{"slot": slots[0].pk, "revision": 9, "value": {"choice": "A"}}]}),
        ("POST", "command", {"slot": practical_slot, "revision": 1, "command": {"do": "nothing"}}),
        ("POST", "command", {"slot": practical_slot, "revision": 1, "command": {}}),
    ]
    for method, what, body in calls:
        device.call(method, what, body)
        yield what, body_of(device.last)


def everything(stage: Stage, *more: str) -> int:
    """The whole site, by candidate, officer and no one, with the delivery calls of the candidate."""
    ids = ids_of(stage)
    count = assert_none([*stage.for_candidate(), *more], delivery(stage))
    candidate = signed_in(stage.people[OWN].candidate.user)
    count += assert_none([*stage.for_candidate(), *more], walk(candidate, ids))
    count += assert_none([*stage.for_officer(), OWN, NEIGHBOUR, SHOWN], walk(signed_in(None), ids[:1]))
    return count + assert_none([*stage.for_officer(), SHOWN], walk(signed_in(stage.officer), ids))


def test_before_the_start_there_is_no_question_anywhere(stage: Stage) -> None:
    # the paper's own address holds its hash, so the hash is looked for where the device is told what it needs
    assert stage.world.form.payload_sha256 not in json.dumps(stage.device.call("GET", ""))
    assert everything(stage, SHOWN) > 300


def test_during_and_after_the_attempt_until_the_release(stage: Stage) -> None:
    device, slots = stage.device, stage.world.slots
    assert device.start()["state"] == AttemptState.RUNNING
    paper = device.call("GET", f"paper/{stage.world.form.payload_sha256}")
    assert SHOWN in gzip.decompress(paper.content).decode()  # the questions do come
    assert "view" in device.call("GET", f"world/{slots[-1].pk}")
    device.save((slots[0].pk, 1, {"choice": "B"}), (slots[7].pk, 1, {"text": "我的作答"}))
    assert_none(stage.for_candidate(), delivery(stage))
    candidate = signed_in(stage.people[OWN].candidate.user)
    assert_none(stage.for_candidate(), walk(candidate, [stage.attempt.pk]))
    assert device.submit()["finished"]
    assert scoring.score_attempts([stage.attempt.pk]) == 1
    everything(stage)


def test_an_attempt_voided_before_its_start_opens_nothing(stage: Stage) -> None:
    Attempt.objects.filter(pk=stage.attempt.pk).update(state=AttemptState.VOIDED)
    assert_none([*stage.for_candidate(), SHOWN], delivery(stage))


def test_a_neighbours_token_opens_only_the_neighbours_attempt(stage: Stage) -> None:
    stage.device.start()
    other = take_lease(attempt=attempt_of(stage.people[NEIGHBOUR]), device="", actor=None)
    header = {"Authorization": f"Attempt {tokens.issue(other)}"}
    for what in ("", "/paper/" + stage.world.form.payload_sha256, f"/world/{stage.world.slots[-1].pk}"):
        answer = Client().get(f"/delivery/v1/attempts/{stage.attempt.pk}{what}", headers=header)
        assert answer.status_code == 403
        assert SHOWN not in body_of(answer)


def test_static_files_hold_nothing_of_the_bank() -> None:
    bank = django_settings.BASE_DIR / "assessments" / "bank"
    texts: set[str] = set()
    for path in bank.rglob("*.yaml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            found = re.match(r"\s*-?\s*(?:code|rationale|sample_answer|descriptor): (.{9,})", line)
            if found and not found[1].startswith("["):
                texts.add(found[1][:40])
    assert len(texts) > 200
    static = Path(django_settings.BASE_DIR) / "static"
    for path in static.rglob("*"):
        if path.suffix in (".js", ".css", ".json", ".html", ".svg", ".txt"):
            content = path.read_text(encoding="utf-8", errors="replace")
            assert not [text for text in texts if text in content], path
