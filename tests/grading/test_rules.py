"""Folding marks into a result: sums are exact, decisions are explained."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.enums import MarkSource
from grading.rules import (
    BadPassRules,
    Band,
    MarkFact,
    Outcome,
    PassRules,
    Place,
    SlotFact,
    Standing,
    attribute,
    band_of,
    decide,
    disagree,
    fold,
    marks_digest,
    parse_pass_rules,
    percent_of,
    settle,
    split,
)

D = Decimal
cents = st.integers(0, 10_000).map(lambda n: D(n) / 100)
positive = st.integers(1, 10_000).map(lambda n: D(n) / 100)


def mark(source: str, points: str | None, number: int = 0) -> MarkFact:
    return MarkFact(1, source, number, None if points is None else D(points))


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], (Standing.WAITING, None)),
        ([mark("auto", "3")], (Standing.SETTLED, "3")),
        ([mark("auto", None)], (Standing.WAITING, None)),
        ([mark("auto", None), mark("marker", "4", 1)], (Standing.WAITING, None)),
        ([mark("auto", None), mark("marker", "4", 1), mark("marker", "5", 2)], (Standing.SETTLED, "4.50")),
        ([mark("marker", "4", 1), mark("marker", "6", 2)], (Standing.SETTLED, "5.00")),
        ([mark("marker", "4", 1), mark("marker", "6.01", 2)], (Standing.DISPUTED, None)),
        ([mark("marker", "0", 1), mark("marker", "9", 2), mark("arbiter", "7", 3)], (Standing.SETTLED, "7")),
        ([mark("auto", "3"), mark("override", "1", 1), mark("override", "2", 2)], (Standing.SETTLED, "2")),
        ([mark("arbiter", "7", 3), mark("override", "2", 1)], (Standing.SETTLED, "2")),
        ([mark("auto", "1", 0), mark("auto", "2", 1)], (Standing.SETTLED, "2")),
    ],
)
def test_settling_a_slot_of_ten_points(marks: list[MarkFact], expected: tuple[Any, Any]) -> None:
    outcome = settle(D(10), marks)
    assert (outcome.standing, outcome.points) == (
        expected[0],
        None if expected[1] is None else D(expected[1]),
    )


@given(positive, cents, cents)
def test_two_marks_are_settled_between_them_or_disputed(maximum: D, first: D, second: D) -> None:
    first, second = min(first, maximum), min(second, maximum)
    outcome = settle(
        maximum, [MarkFact(1, MarkSource.MARKER, 1, first), MarkFact(1, MarkSource.MARKER, 2, second)]
    )
    if disagree(first, second, maximum):
        assert outcome.standing is Standing.DISPUTED
    else:
        assert outcome.points is not None
        assert min(first, second) <= outcome.points <= max(first, second)


@given(cents, st.lists(positive, min_size=1, max_size=7))
def test_splitting_loses_nothing(amount: D, weights: list[D]) -> None:
    pieces = split(amount, weights)
    assert sum(pieces) == amount
    assert all(piece >= 0 for piece in pieces)


@given(st.data(), positive, st.integers(1, 6))
def test_attribution_adds_up_and_stays_within_bounds(data: st.DataObject, maximum: D, count: int) -> None:
    points = data.draw(st.integers(0, int(maximum * 100)).map(lambda n: D(n) / 100))
    weights = {key: data.draw(positive) for key in range(count)}
    slot = SlotFact(1, 1, 1, "theory", maximum, weights)
    offered = {key: data.draw(positive) for key in range(count)}
    known = {
        key: (data.draw(st.integers(-100, 20_000).map(lambda n: D(n) / 100)), offered[key]) for key in offered
    }
    for shares in (attribute(slot, points, {}), attribute(slot, points, known)):
        assert sum(won for won, _offered in shares.values()) == points
        assert sum(part for _won, part in shares.values()) == maximum
        assert all(won >= 0 for won, _offered in shares.values())
    known_shares = attribute(slot, points, known)
    assert all(won <= part for won, part in known_shares.values())


@given(st.data())
def test_every_grouping_of_a_fold_has_the_same_total(data: st.DataObject) -> None:
    places = {1: Place(1, 1, "1", 1), 2: Place(1, 1, "1", 1), 3: Place(2, 2, "2", 1), 4: Place(3, 3, "1", 2)}
    slots, outcomes = [], {}
    for number in range(1, data.draw(st.integers(1, 12)) + 1):
        maximum = data.draw(positive)
        keys = data.draw(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=3, unique=True))
        weights = {key: D("0.25") for key in keys}
        section = data.draw(st.sampled_from([10, 20]))
        component = "theory" if section == 10 else "practical"
        slots.append(SlotFact(number, number, section, component, maximum, weights))
        won = data.draw(st.integers(0, int(maximum * 100)).map(lambda n: D(n) / 100))
        outcomes[number] = Outcome(Standing.SETTLED, won, "auto")
    folded = fold(slots, outcomes, places)
    for group in (folded.sections, folded.components, folded.domains, folded.tasks, folded.requirements):
        assert sum(tally.points for tally in group.values()) == folded.total.points
        assert sum(tally.maximum for tally in group.values()) == folded.total.maximum
    assert folded.total.evidence == len(slots)
    assert all(tally.evidence <= len(slots) for tally in folded.domains.values())


def test_an_open_slot_cannot_be_folded() -> None:
    slot = SlotFact(1, 1, 1, "theory", D(2), {1: D(1)})
    with pytest.raises(ValueError, match="not settled"):
        fold([slot], {1: Outcome(Standing.WAITING)}, {1: Place(1, 1, "1", 1)})


def folded_of(theory: str, practical: str) -> Any:
    slots = [
        SlotFact(1, 1, 1, "theory", D(60), {1: D(1)}),
        SlotFact(2, 2, 2, "practical", D(40), {2: D(1)}),
    ]
    outcomes = {1: Outcome(Standing.SETTLED, D(theory)), 2: Outcome(Standing.SETTLED, D(practical))}
    return fold(slots, outcomes, {1: Place(1, 1, "1", 1), 2: Place(2, 2, "2", 1)})


DOMAINS = {"1": (1, "平台基础操作"), "2": (2, "跨境物流作业"), "3": (3, "客户服务")}


@pytest.mark.parametrize(
    ("rules", "theory", "practical", "passed", "unmet"),
    [
        ({"total": "60"}, "36", "24", True, []),
        ({"total": "60"}, "36", "23.99", False, ["total"]),
        ({"total": "60", "practical": "60"}, "60", "23", False, ["practical"]),
        ({"total": "60", "theory": "60", "practical": "60"}, "36", "24", True, []),
        ({"total": "60", "domains": {"1": "40", "2": "60"}}, "60", "20", False, ["domain:2"]),
        ({"total": "60", "domains": {"3": "40"}}, "60", "40", False, ["domain:3"]),
        ({"practical": "50"}, "0", "20", True, []),
    ],
)
def test_pass_rules_one_by_one(
    rules: Any, theory: str, practical: str, passed: bool, unmet: list[str]
) -> None:
    decision = decide(parse_pass_rules(rules), folded_of(theory, practical), DOMAINS)
    assert decision.passed is passed
    assert [rule.code for rule in decision.rules if not rule.met] == unmet
    assert all(("未达到" in rule.text or "不能判定" in rule.text) is not rule.met for rule in decision.rules)


def test_a_share_just_below_is_neither_shown_nor_taken_as_a_pass() -> None:
    assert percent_of(D("59.99"), D(100)) == D("59.9")
    assert band_of(D("59.99"), D(100)) is Band.WEAK
    assert band_of(D(60), D(100)) is Band.FAIR
    assert band_of(D(80), D(100)) is Band.MASTERED
    assert band_of(D(0), D(0)) is Band.UNSEEN


def test_no_rule_at_all_means_sixty_percent() -> None:
    assert parse_pass_rules({}) == PassRules(total=D(60))
    assert parse_pass_rules({"total": None, "domains": {}}) == PassRules(total=D(60))


@pytest.mark.parametrize(
    "value",
    [{"total": "x"}, {"total": "101"}, {"total": "-1"}, {"sum": "60"}, {"domains": {"1": "NaN"}}, [], "60"],
)
def test_unreadable_rules_decide_nothing(value: Any) -> None:
    if value == []:
        value = [1]
    with pytest.raises(BadPassRules):
        parse_pass_rules(value)


def test_digest_depends_on_the_marks_alone() -> None:
    first = [mark("auto", "3"), mark("marker", "2.0", 1)]
    assert marks_digest(first) == marks_digest([mark("marker", "2.00", 1), mark("auto", "3.00")])
    assert marks_digest(first) != marks_digest([mark("auto", "3")])
