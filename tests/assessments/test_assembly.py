"""The pure core of assembly: what forms promise, why none can be made, and what a proposal asks for."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.assembly import Assembled, BankItem, Conflict, Infeasible, Limits, Row, assemble, target_of
from assessments.assembly.conflicts import shortfall
from assessments.assembly.proposal import WORTH, TaskNode, propose_lower, propose_points, propose_rows, shares

SEVERAL = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def bank(
    count: int, *, requirements: int = 6, seed: int = 1, kinds: tuple[str, ...] = ("a", "b")
) -> list[BankItem]:
    rng = random.Random(seed)
    return [
        BankItem(
            id=n,
            kind=rng.choice(kinds),
            cognitive=rng.choice(("apply", "analyze")),
            difficulty=rng.randint(30, 90),
            requirements=frozenset([n % requirements]),
            exposure=rng.choice((0, 0, 1, 4)),
        )
        for n in range(1, count + 1)
    ]


def row(pk: int, *requirements: int, count: int = 1, **options) -> Row:
    return Row(pk, frozenset(requirements), count, options.pop("points", 200), **options)


def kept(outcome: Assembled, items: list[BankItem], rows: list[Row], limits: Limits) -> None:
    """Every rule, checked without the solver."""
    by_id = {item.id: item for item in items}
    shared = {entry.id for entry in rows if entry.shared}
    for form in outcome.forms:
        assert len({placed.item for placed in form}) == len(form)
        for entry in rows:
            chosen = [by_id[placed.item] for placed in form if placed.row == entry.id]
            assert len(chosen) == entry.count
            assert all(entry.fits(item) for item in chosen)
        for enemies in limits.enemies:
            assert len(enemies & {placed.item for placed in form}) <= 1
    for first, second in combinations(outcome.forms, 2):
        common = {p.item for p in first if p.row not in shared} & {
            p.item for p in second if p.row not in shared
        }
        assert len(common) <= limits.max_overlap


@SEVERAL
@given(
    data=st.data(),
    size=st.integers(12, 60),
    forms=st.integers(1, 3),
    overlap=st.integers(0, 2),
    seed=st.integers(0, 5),
)
def test_forms_keep_every_rule_or_the_conflict_is_real(data, size, forms, overlap, seed):
    items = bank(size, seed=seed)
    rows = [
        row(
            n,
            *data.draw(st.sets(st.integers(0, 5), min_size=1, max_size=3)),
            count=data.draw(st.integers(1, 3)),
            kind=data.draw(st.sampled_from(("", "a", "b"))),
            shared=data.draw(st.booleans()) and n == 1,
        )
        for n in range(1, data.draw(st.integers(1, 4)) + 1)
    ]
    enemies = (frozenset(data.draw(st.sets(st.integers(1, size), max_size=3))),)
    limits = Limits(forms=forms, max_overlap=overlap, seed=seed, effort=1.0, enemies=enemies)
    outcome = assemble(items, rows, limits)
    if isinstance(outcome, Assembled):
        kept(outcome, items, rows, limits)
        return
    for conflict in outcome.conflicts:
        core = [entry for entry in rows if entry.id in conflict.rows]
        assert shortfall(items, core, limits) > 0
        for left_out in core:
            assert shortfall(items, [entry for entry in core if entry is not left_out], limits) == 0


def test_the_same_seed_gives_the_same_forms_whatever_the_order_of_the_bank():
    items, rows = bank(60), [row(n, n % 6, count=2) for n in range(1, 7)]
    first = assemble(items, rows, Limits(seed=9))
    assert isinstance(first, Assembled)
    again = assemble(list(reversed(items)), rows, Limits(seed=9))
    assert isinstance(again, Assembled)
    assert again.forms == first.forms
    others = [assemble(items, rows, Limits(seed=seed)) for seed in (10, 11, 12)]
    assert any(isinstance(other, Assembled) and other.forms != first.forms for other in others)


def test_parallel_forms_hit_the_target_within_three_thousandths():
    items = bank(240, requirements=24, seed=4)
    rows = [row(n, 2 * n - 2, 2 * n - 1, count=2) for n in range(1, 13)]
    limits = Limits(forms=3, seed=2, target=60, effort=6)
    outcome = assemble(items, rows, limits)
    assert isinstance(outcome, Assembled)
    kept(outcome, items, rows, limits)
    difficulty = {item.id: item.difficulty for item in items}
    aimed = target_of(items, rows, limits)
    for form in outcome.forms:
        assert abs(sum(difficulty[p.item] * 200 for p in form) - aimed) <= aimed * 0.003


def test_seldom_used_items_come_first_and_requirements_are_spread():
    fresh = [BankItem(n, "a", "apply", 60, frozenset([n % 3])) for n in range(1, 7)]
    worn = [BankItem(n, "a", "apply", 60, frozenset([n % 3]), exposure=5) for n in range(7, 30)]
    outcome = assemble(fresh + worn, [row(1, 0, 1, 2, count=3)], Limits(forms=2))
    assert isinstance(outcome, Assembled)
    assert {placed.item for form in outcome.forms for placed in form} == {1, 2, 3, 4, 5, 6}
    for form in outcome.forms:
        assert {placed.item % 3 for placed in form} == {0, 1, 2}


def test_one_row_that_asks_too_much_is_named_alone():
    items = [BankItem(n, "true_false", "apply", 60, frozenset([1])) for n in range(1, 5)]
    items += [BankItem(n, "single_choice", "apply", 60, frozenset([1])) for n in range(5, 25)]
    rows = [row(1, 1, count=3, kind="true_false"), row(2, 1, count=5, kind="single_choice")]
    outcome = assemble(items, rows, Limits(forms=2))
    assert outcome == Infeasible((Conflict(rows=(1,), needed=6, available=4, lack=2),))


def test_rows_that_only_conflict_together_are_named_together():
    items = [BankItem(n, "a", "apply", 60, frozenset([1])) for n in range(1, 7)]
    items += [BankItem(n, "b", "apply", 60, frozenset([2])) for n in range(7, 20)]
    rows = [row(1, 1, count=2, kind="a"), row(2, 1, 2, count=2, kind="a"), row(3, 2, count=3)]
    outcome = assemble(items, rows, Limits(forms=2))
    assert outcome == Infeasible((Conflict(rows=(1, 2), needed=8, available=6, lack=2),))
    assert isinstance(assemble(items, rows, Limits(forms=2, max_overlap=2)), Assembled)


def test_enemies_are_named_as_the_reason():
    items = [BankItem(n, "a", "apply", 60, frozenset([1])) for n in (1, 2)]
    limits = Limits(forms=1, enemies=(frozenset([1, 2]),))
    outcome = assemble(items, [row(1, 1, count=2)], limits)
    assert isinstance(outcome, Infeasible)
    assert outcome.conflicts[0].enemies


def test_a_shared_row_needs_its_items_once():
    items = [BankItem(1, "practical", "apply", 50, frozenset([1]))]
    outcome = assemble(items, [row(1, 1, kind="practical", shared=True)], Limits(forms=3))
    assert isinstance(outcome, Assembled)
    assert [[placed.item for placed in form] for form in outcome.forms] == [[1], [1], [1]]
    lacking = assemble(items, [row(1, 1, kind="practical", count=2, shared=True)], Limits(forms=3))
    assert lacking == Infeasible((Conflict(rows=(1,), needed=2, available=1, lack=1),))


# ------------------------------------------------------------------ proposals


@given(st.integers(0, 200), st.lists(st.integers(0, 30), min_size=1, max_size=12).filter(any))
def test_shares_sum_up_and_stay_within_one_of_proportion(wanted, weights):
    given_ = shares(wanted, weights)
    assert sum(given_) == wanted
    for share, weight in zip(given_, weights, strict=True):
        assert abs(share - Fraction(wanted * weight, sum(weights))) < 1


@SEVERAL
@given(
    stocks=st.lists(
        st.dictionaries(st.sampled_from(sorted(WORTH)), st.integers(0, 9), max_size=8), min_size=1, max_size=6
    ),
    wanted=st.integers(5, 40),
    forms=st.integers(1, 3),
)
def test_a_proposal_is_never_more_than_the_bank_can_fill(stocks, wanted, forms):
    tasks = [TaskNode(n, n // 2, 2 + n, stock) for n, stock in enumerate(stocks)]
    rows = propose_rows(tasks, wanted, forms)
    assert sum(entry.count for entry in rows) <= wanted
    places = {("task", task.id): task.stock for task in tasks}
    for domain in {task.domain for task in tasks}:
        members = [task for task in tasks if task.domain == domain]
        for kind in WORTH:
            asked = [
                entry
                for entry in rows
                if entry.kind == kind
                and (
                    (entry.node == "domain" and entry.id == domain)
                    or (entry.node == "task" and entry.id // 2 == domain)
                )
            ]
            assert sum(entry.count for entry in asked) * forms <= sum(
                task.stock.get(kind, 0) for task in members
            )
    for entry in rows:
        if entry.node == "task":
            assert entry.count * forms <= places["task", entry.id].get(entry.kind, 0)


def test_points_sum_exactly_and_longer_work_is_worth_no_less():
    counts = {"single_choice": 12, "multiple_choice": 4, "true_false": 3, "numeric": 3, "short_answer": 2}
    for points in (70, 75, 80, 100):
        worth = propose_points(counts, points)
        assert sum(worth[kind] * count for kind, count in counts.items()) == points
        assert (
            worth["true_false"] <= worth["single_choice"] <= worth["multiple_choice"] <= worth["short_answer"]
        )
    assert propose_points({}, 100) == {}
    assert propose_points({"single_choice": 3}, 100) == {}


@pytest.mark.parametrize("wanted", [1, 4, 9])
def test_lower_levels_are_drawn_on_by_domain(wanted):
    tasks = [TaskNode(n, n // 2, 3, {"single_choice": 6, "true_false": 4}) for n in range(6)]
    rows = propose_lower(tasks, wanted, 2)
    assert sum(entry.count for entry in rows) == wanted
    assert {entry.node for entry in rows} == {"domain"}
