"""Any bytes and any JSON at the delivery protocol: refused or answered, never a failure of the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

import msgspec
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assessments.kinds.practical import initial_state, seed_for
from assessments.workbenches import registry
from assessments.workbenches.orders.commands import OrdersCommand
from candidates import tokens
from candidates.enums import AttemptState
from candidates.models import Attempt, Response
from tests.candidates.delivery import Device
from tests.factories import make_world, register
from tests.test_secrets import specs

pytestmark = [pytest.mark.django_db, pytest.mark.faults]

CALLS = ("save", "submit", "late", "pulse", "command", "start")
RUNS = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

odd_text = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "\0", "\ud800", "A", "1", "-0", "1e400", "NaN", "９", "0" * 400, "<script>", "{{1}}"]
    ),
)
odd_number = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([2**31, 2**63, -(2**63), 2**64, 10**30, 1e308, 5e-324, -0.0]),
)
leaf = st.one_of(st.none(), st.booleans(), odd_number, odd_text)
value = st.recursive(
    leaf,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(odd_text, inner, max_size=4)),
    max_leaves=12,
)
names = st.sampled_from(
    ["choice", "choices", "value", "blanks", "pairs", "order", "text", "do", "id", "1", "l1", "order_id"]
)
answer = st.one_of(st.none(), st.dictionaries(names, value, max_size=3), value)
good_moment = st.one_of(
    st.datetimes().map(lambda at: at.isoformat()),
    st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00Z"]),
)
moment = st.one_of(good_moment, st.sampled_from(["24:00", "", "now"]), leaf)
COMMANDS = ["ship", "cancel", "refund", "report", "mark", "reply", "split", "merge", "set", "nothing"]


@contextmanager
def rolled_back() -> Iterator[None]:
    """Each example finds the world as the first one did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def device() -> Device:
    device = Device(register(make_world(*specs()))[0])
    device.client = Client(raise_request_exception=False)
    device.start()
    return device


shaped = st.one_of(
    st.fixed_dictionaries({"choice": st.sampled_from(["A", "B", "Z", ""])}),
    st.fixed_dictionaries({"choices": st.lists(st.sampled_from("ABCDZ"), max_size=5)}),
    st.fixed_dictionaries(
        {"value": st.one_of(st.booleans(), odd_text, st.sampled_from(["1", "-1.50", "1e9"]))}
    ),
    st.fixed_dictionaries({"blanks": st.dictionaries(st.sampled_from(["1", "2"]), odd_text, max_size=2)}),
    st.fixed_dictionaries({"pairs": st.dictionaries(st.sampled_from(["l1", "l2"]), names, max_size=2)}),
    st.fixed_dictionaries({"order": st.permutations(["e1", "e2", "e3"])}),
    st.fixed_dictionaries({"text": st.one_of(odd_text, st.text(max_size=320))}),
)


def entry(slots: list[int]) -> st.SearchStrategy[Any]:
    """Mostly one that could be right: a slot of the paper, a small revision, the shape of some kind."""
    likely = st.fixed_dictionaries(
        {"slot": st.sampled_from(slots), "revision": st.integers(1, 5), "value": shaped},
        optional={"flagged": st.booleans(), "at": good_moment},
    )
    odd = st.fixed_dictionaries(
        {
            "slot": st.one_of(st.sampled_from(slots), odd_number),
            "revision": st.one_of(st.integers(1, 5), odd_number),
            "value": answer,
        },
        optional={"flagged": leaf, "at": moment, "more": leaf},
    )
    return st.one_of(likely, likely, likely, odd, value)


def bodies(slots: list[int]) -> st.SearchStrategy[Any]:
    entries = st.one_of(st.lists(entry(slots), max_size=4), value)
    fields = st.fixed_dictionaries(
        {},
        optional={
            "entries": entries,
            "digest": odd_text,
            "left": st.lists(moment, max_size=3),
            "back": st.one_of(st.lists(moment, max_size=3), leaf),
            "unsaved": odd_number,
            "slot": st.one_of(st.sampled_from(slots), odd_number),
            "revision": st.one_of(st.integers(1, 3), odd_number),
            "command": st.one_of(
                st.dictionaries(st.one_of(names, odd_text), value, max_size=4),
                st.fixed_dictionaries({"do": st.sampled_from(COMMANDS)}, optional={"order_id": value}),
                value,
            ),
        },
    )
    only = st.fixed_dictionaries({"entries": st.lists(entry(slots), min_size=1, max_size=2)})
    return st.one_of(only, only, only, fields, value)


def settled(device: Device, what: str, raw: bytes) -> None:
    device.call("POST", what, raw=raw)
    assert device.last.status_code < 500, (what, raw[:300], device.last.content[:300])
    if device.last.status_code >= 400:
        assert device.last.json()["error"]["code"], device.last.content


@RUNS
@given(data=st.data())
def test_any_json(device: Device, data: st.DataObject) -> None:
    with rolled_back():
        slots = list(device.attempt.form.slots.values_list("pk", flat=True))
        what = data.draw(st.sampled_from(["save"] * 12 + ["pulse", "late", "command", "start", "submit"]))
        body = data.draw(bodies(slots))
        settled(device, what, json.dumps(body).encode())
        settled(device, what, json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        device.call("GET", "")  # whatever has been stored, it can be read
        assert device.last.status_code == 200


money = st.sampled_from(
    ["0", "-1", "12.345", "1E+400", "1E-400", "NaN", "sNaN", "-Infinity", "9" * 200, 1, 1.5, True, ""]
)


def words_of(view: Any) -> set[str]:
    """The short strings of a world's view: numbers of orders, carriers, reasons and the like."""
    if isinstance(view, dict):
        return set(view) | set().union(*map(words_of, view.values()))
    if isinstance(view, list):
        return set().union(*map(words_of, view))
    return {view} if isinstance(view, str) and 0 < len(view) <= 24 else set()


def commands(words: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Well-named commands with fields that are mostly of the right sort, and out of all bounds."""
    word = st.one_of(st.sampled_from(words), st.sampled_from(words), odd_text)
    some = st.one_of(word, money, st.integers(-5, 5), st.lists(word, max_size=3), leaf)

    def of(kind: Any) -> st.SearchStrategy[dict[str, Any]]:
        fields = {}
        for one in msgspec.structs.fields(kind):
            text = str(one.type)
            fields[one.encode_name] = (
                money
                if "Decimal" in text
                else st.one_of(st.lists(st.one_of(word, some), min_size=1, max_size=3), some)
                if "list" in text
                else st.booleans()
                if text == "<class 'bool'>"
                else st.one_of(word, word, word, some)
            )
        return st.fixed_dictionaries({"type": st.just(kind.__struct_config__.tag), **fields})

    return st.one_of(*map(of, get_args(OrdersCommand)))


def right_commands(device: Device) -> list[dict[str, Any]]:
    """The reference solution of this attempt's world."""
    content = device.attempt.form.slots.last().revision.content
    seed = seed_for(content, attempt_seed=device.attempt.seed, form_seed=device.attempt.form_id)
    bench = registry.get(content["workbench"])
    return [dict(one) for one in bench.reference(initial_state(content, seed), content["scenario"])]


@RUNS
@given(data=st.data())
def test_any_command(device: Device, data: st.DataObject) -> None:
    with rolled_back():
        slot = device.attempt.form.slots.last().pk
        before = device.call("GET", f"world/{slot}")
        words = sorted(words_of(before["view"]))
        command = dict(data.draw(st.sampled_from(right_commands(device))))
        if data.draw(st.booleans()):
            command[data.draw(st.sampled_from(sorted(command)))] = data.draw(
                st.one_of(money, st.sampled_from(words))
            )
        if data.draw(st.integers(0, 3)) == 0:
            command = data.draw(commands(words))
        body = {"slot": slot, "revision": before["revision"] + 1, "command": command}
        raw = json.dumps(body).encode()
        settled(device, "command", raw)
        first = device.last
        settled(device, "command", raw)  # a resend
        assert device.last.status_code == first.status_code
        after = device.call("GET", f"world/{slot}")
        assert device.last.status_code == 200
        events = Response.objects.filter(attempt=device.attempt, slot=slot).count()
        assert after["revision"] == events <= before["revision"] + 1


@RUNS
@given(raw=st.binary(max_size=200), what=st.sampled_from(CALLS))
@example(raw=b"", what="save")
@example(raw=b"[" * 100_000, what="save")
@example(raw=b'{"entries":' + b'[{"value":' * 20_000, what="late")
@example(raw=b"\xff\xfe{}", what="pulse")
@example(raw=b'{"digest":"\x00"}', what="submit")
@example(raw=b'{"command":{"do":"\\ud800"},"slot":1,"revision":1}', what="command")
def test_any_bytes(device: Device, raw: bytes, what: str) -> None:
    settled(device, what, raw)


@RUNS
@given(head=odd_text, tail=st.text(max_size=60))
def test_any_token(device: Device, head: str, tail: str) -> None:
    good = tokens.issue(device.token)
    for text in (head, tail, f"{head}.{tail}", good + tail, good[:-1] + head[:1], f"Attempt {tail}"):
        try:
            header = text.encode("latin-1").decode("latin-1")
        except UnicodeEncodeError:
            header = text.encode("utf-8", "replace").decode("latin-1")
        path = f"/delivery/v1/attempts/{device.attempt.pk}"
        response = device.client.get(path, HTTP_AUTHORIZATION=f"Attempt {header}")
        assert response.status_code in (200, 401, 403), (text, response.status_code)
        if response.status_code == 200:
            assert text.strip() == good, text


@RUNS
@given(ticket=odd_text, code=odd_text, more=value)
def test_any_sign_in(device: Device, ticket: str, code: str, more: Any) -> None:
    for body in ({"ticket_no": ticket, "access_code": code}, {"ticket_no": more, "access_code": code}, more):
        response = device.client.post(
            "/delivery/v1/sign-in", data=json.dumps(body).encode(), content_type="application/json"
        )
        assert 400 <= response.status_code < 500, (body, response.status_code)


@pytest.mark.parametrize("state", [AttemptState.PREPARED, AttemptState.SUBMITTED, AttemptState.VOIDED])
def test_every_call_in_every_state(device: Device, state: AttemptState) -> None:
    if state == AttemptState.SUBMITTED:
        device.submit()
    else:
        values: dict[str, Any] = {"state": state, "started_at": None, "deadline_at": None}
        Attempt.objects.filter(pk=device.attempt.pk).update(**values)
    slot = device.attempt.form.slots.last().pk
    entries = {"entries": [{"slot": device.attempt.form.slots.first().pk, "revision": 1, "value": None}]}
    bodies_of: dict[str, Any] = {
        "save": entries,
        "late": entries,
        "submit": entries,
        "pulse": {},
        "command": {"slot": slot, "revision": 1, "command": {"do": "nothing"}},
    }
    for what, body in bodies_of.items():
        settled(device, what, json.dumps(body).encode())
    for what in ("", "paper/0", f"world/{slot}", "world/99999999999999999999", "paper/%00"):
        device.call("GET", what)
        assert device.last.status_code < 500, what
