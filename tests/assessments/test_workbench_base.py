"""What holds for every workbench and scenario: reproducible worlds, pure reducers, bounded and fair grades."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.bank import read_files
from assessments.views.workbenches import BANK
from assessments.workbenches import registry
from assessments.workbenches.base import CommandRefused
from assessments.workbenches.rng import Prng

TASKS = {
    entry.item.content["scenario"]: entry.item
    for entry in read_files(sorted(BANK.glob("practical-*.yaml")))[0]
}
WORLDS = [(bench, name) for bench in registry.all_workbenches() for name in bench.scenarios]
POINTS = Decimal(20)

worlds = pytest.mark.parametrize(("bench", "scenario"), WORLDS, ids=[name for _, name in WORLDS])
slow = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def grade(bench, scenario, seed, log):
    item = TASKS[scenario]
    initial = bench.generate(scenario, seed, item.content.get("params"))
    final, kept = bench.accepted(initial, log)
    return bench.grade(initial, final, kept, item.key["checks"], POINTS)


@worlds
def test_there_is_a_task_for_every_scenario(bench, scenario):
    item = TASKS[scenario]
    assert bench.scenarios[scenario].level == item.requirements[0].level
    assert item.content["asks"]


@worlds
@slow
@given(seed=st.integers(0, 10**6))
def test_the_same_seed_makes_the_same_world(bench, scenario, seed):
    first, again = bench.generate(scenario, seed), bench.generate(scenario, str(seed))
    assert bench.digest(first) == bench.digest(again)
    assert bench.decode(bench.encode(first)) == first


GOLDEN = {
    "dispatch_day": "46a58374dad39cf4",
    "promo_week": "e8956a5bdf986a3c",
    "shop_diagnosis": "b568853771484449",
}


@worlds
def test_worlds_stay_as_they_were(bench, scenario):
    """A mark is computed from a world made anew: were this digest to change, old attempts would be graded wrongly."""
    assert bench.digest(bench.generate(scenario, "golden"))[:16] == GOLDEN[scenario]


@worlds
@slow
@given(seed=st.integers(0, 10**6))
def test_the_reference_solution_earns_everything(bench, scenario, seed):
    item = TASKS[scenario]
    initial = bench.generate(scenario, seed, item.content.get("params"))
    state = initial
    log = bench.reference(initial, scenario)
    for command in log:
        state = bench.apply(state, command)
    result = bench.grade(initial, state, log, item.key["checks"], POINTS)
    assert result.points == POINTS, [check for check in result.checks if check.fraction != 1]
    assert all(share.points == share.max_points for share in result.requirements.values())
    assert set(result.requirements) == {f"{link.level} {link.code}" for link in item.requirements}


@worlds
@slow
@given(seed=st.integers(0, 10**6))
def test_doing_nothing_earns_nothing(bench, scenario, seed):
    assert grade(bench, scenario, seed, []).points == 0


@worlds
@slow
@given(seed=st.integers(0, 10**6), ability=st.floats(-4, 4))
def test_the_cached_state_equals_the_replayed_one(bench, scenario, seed, ability):
    """The cache goes through JSONB after every command: keys come back sorted."""
    state = initial = bench.generate(scenario, seed)
    log = bench.simulate(initial, scenario, ability, random.Random(seed))
    for command in log:
        before = bench.encode(state)
        try:
            after = bench.apply(state, command)
        except CommandRefused:
            after = state
        assert bench.encode(state) == before
        state = bench.decode(json.loads(json.dumps(json.loads(bench.encode(after)), sort_keys=True)))
    replayed = bench.replay(scenario, seed, log)
    assert state == replayed
    assert bench.digest(state) == bench.digest(replayed)
    assert bench.public_view(state) == bench.public_view(replayed)


@worlds
def test_better_candidates_earn_more(bench, scenario):
    means = []
    for ability in (-2.0, 0.0, 2.0):
        points = []
        for seed in range(12):
            initial = bench.generate(scenario, seed, TASKS[scenario].content.get("params"))
            log = bench.simulate(initial, scenario, ability, Prng("test", seed, ability))
            points.append(grade(bench, scenario, seed, log).points)
        means.append(sum(points) / len(points))
    assert means[0] < means[1] < means[2]
    assert means[2] - means[0] > POINTS * Decimal("0.3")


def command_strategy(bench, initial):
    """Well-formed and ill-formed commands with names from the world, so that many get far."""
    view = bench.public_view(initial)
    names = [
        row[key]
        for part in view.values()
        if isinstance(part, list)
        for row in part
        if isinstance(row, dict)
        for key in ("number", "id", "code", "country")
        if key in row
    ]
    tokens = st.one_of(
        st.sampled_from(
            [
                *names,
                "P1",
                "P2",
                "L1",
                "other",
                "buyer_request",
                "UPS",
                "YANWEN",
                "US",
                "full",
                "partial",
                "refuse",
                "damaged",
            ]
        ),
        st.text(max_size=8),
        st.integers(-5, 99),
        st.booleans(),
        st.sampled_from(["12.5", "-1", "NaN", "1e999", "0.001", "99999999999999999999"]),
        st.lists(st.sampled_from(names or ["x"]), max_size=3),
        st.just([[{"line": "L1", "qty": 1}], [{"line": "L2", "qty": 1}]]),
    )
    types = st.sampled_from(msgspec_tags(bench))
    return types.flatmap(
        lambda tag: st.fixed_dictionaries(
            {"type": st.just(tag), **dict.fromkeys(fields_of(bench, tag), tokens)}
        )
    )


def structs(bench):
    return bench.command_type.__args__


def msgspec_tags(bench):
    return [struct.__struct_config__.tag for struct in structs(bench)]


def fields_of(bench, tag):
    return next(struct.__struct_fields__ for struct in structs(bench) if struct.__struct_config__.tag == tag)


@worlds
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_command_breaks_a_world(bench, scenario, data):
    """Any log at all ends in a state with a view and a grade within its bounds."""
    initial = bench.generate(scenario, 7, TASKS[scenario].content.get("params"))
    log = data.draw(st.lists(command_strategy(bench, initial), max_size=40))
    state, refusals = initial, []
    for command in log:
        try:
            state = bench.apply(state, command)
        except CommandRefused as refused:
            refusals.append(refused)
    assert all(refusal.code and refusal.message for refusal in refusals)
    json.dumps(bench.public_view(state))
    result = bench.grade(initial, state, log, TASKS[scenario].key["checks"], POINTS)
    assert 0 <= result.points <= POINTS
    for share in result.requirements.values():
        assert 0 <= share.points <= share.max_points
    list(bench.replay_steps(scenario, 7, log, TASKS[scenario].content.get("params")))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b'{"type":"no_such"}',
        b'{"type":"ship_order"}',
        b'{"type":"ship_order","order":"1","x":1}',
        b"\xff",
        b"[" * 5000,
    ],
)
@worlds
def test_malformed_commands_are_refused(bench, scenario, raw):
    state = bench.generate(scenario, 1)
    with pytest.raises(CommandRefused) as caught:
        bench.apply(state, raw)
    assert caught.value.code == "malformed"


@worlds
def test_the_view_keeps_secrets(bench, scenario):
    """Neither the seed, from which the solution could be computed, nor anything of the checks is on the screen."""
    seed = "canary-seed-4711"
    state = bench.generate(scenario, seed)
    text = json.dumps(bench.public_view(state), ensure_ascii=False)
    assert seed not in text
    assert "damaged_qty" not in text
    for check in TASKS[scenario].key["checks"]:
        assert check["label"] not in text


@worlds
def test_replay_steps_tell_the_story(bench, scenario):
    initial = bench.generate(scenario, 3)
    log = [*bench.reference(initial, scenario)[:3], {"type": "nonsense"}]
    steps = list(bench.replay_steps(scenario, 3, log))
    assert [step.index for step in steps] == [0, 1, 2, 3, 4]
    assert all(step.label for step in steps[:4])
    assert steps[4].refusal
    assert steps[4].refusal["code"] == "malformed"
    assert steps[3].refusal is None


def test_bad_checks_are_named():
    bench = registry.get("orders")
    good = {"id": "a", "check": "refunds", "points": "1", "label": "x"}
    for change, word in [
        ({"check": "nope"}, "nope"),
        ({"points": "0"}, "分值"),
        ({"params": {"bogus": 1}}, "bogus"),
        ({"check": "answers", "params": {"fields": 3}}, "参数"),
    ]:
        with pytest.raises(ValueError, match=word):
            bench.check_specs([{**good, **change}])
    with pytest.raises(ValueError, match="不能重复"):
        bench.check_specs([good, good])
    with pytest.raises(ValueError, match="得分"):
        bench.check_specs([{**good, "penalty": True}])


def test_points_are_scaled_and_split():
    """Points add up to the slot's whatever the relative weights, and a penalty never takes more than there is."""
    bench = registry.get("orders")
    initial = bench.generate("dispatch_day", 1)
    log = bench.reference(initial, "dispatch_day")
    final, kept = bench.accepted(initial, log)
    checks = [
        {
            "id": str(n),
            "check": name,
            "points": "1",
            "label": name,
            "requirements": [{"level": "初级", "code": "1.2.1"}, {"level": "初级", "code": "1.2.2"}],
        }
        for n, name in enumerate(["refunds", "answers", "shipments"])
    ]
    result = bench.grade(initial, final, kept, checks, Decimal(10))
    assert result.points == Decimal("10.00")
    assert result.requirements["初级 1.2.1"].max_points == Decimal("5.00")
    harm = [
        {"type": "cancel_order", "order": number, "reason": "fraud"}
        for number, order in initial.orders.items()
        if order.status == "to_ship"
    ]
    final, kept = bench.accepted(initial, harm)
    penalty = {
        "id": "p",
        "check": "damage",
        "points": "9",
        "label": "p",
        "penalty": True,
        "params": {"limit": 2},
    }
    assert bench.grade(initial, final, kept, [*checks, penalty], Decimal(10)).points == 0


def test_random_numbers_are_pinned():
    """The stream of the generator is part of the contract."""
    rng = Prng("pin", 1)
    assert [rng.below(1000) for _ in range(5)] == PINNED
    assert sorted(Prng("a").shuffled(range(9))) == list(range(9))
    assert Prng("a").fork("x").next64() != Prng("a").fork("y").next64()
    with pytest.raises(ValueError, match="positive"):
        rng.below(0)


PINNED = [11, 485, 417, 178, 978]
