"""What every kind promises: total, exact, order-blind scoring, and a public part that tells nothing of the key."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import Invalid
from assessments.kinds import NeedsPerson, Score, UnknownKind, all_kinds, get_kind
from assessments.kinds.base import Drafted
from assessments.kinds.short_answer import scaled_rubric
from assessments.kinds.text import fold_text, parse_number

from .kind_cases import SHORT_ANSWER, any_item, json_values, matching, near_responses, ordering, points

TEN = Decimal("10")


def earned(kind: str, content: dict, key: dict, response: object, worth: Decimal = TEN) -> Decimal | str:
    outcome = get_kind(kind).score(content, key, response, worth)
    return outcome.points if isinstance(outcome, Score) else outcome.reason


# --- the promises of every kind ------------------------------------------------------------------------------


@given(any_item(), points)
def test_the_key_earns_full_marks_and_is_a_valid_response(item, worth):
    name, stem, content, key = item
    kind = get_kind(name)
    assert kind.validate(stem, content, key) == []
    response = kind.key_response(content, key)
    assert kind.parse_response(response, content) is not None
    assert kind.score(content, key, response, worth) == Score(
        worth, kind.score(content, key, response, worth).detail
    )


@given(any_item(), points)
def test_nothing_answered_earns_nothing(item, worth):
    name, _stem, content, key = item
    kind = get_kind(name)
    empties = [
        None,
        {},
        {"choice": None},
        {"choices": []},
        {"value": None},
        {"blanks": {}},
        {"pairs": {}},
        {"order": []},
    ]
    fields = kind.response_type.__struct_fields__
    for empty in [e for e in empties if not e or next(iter(e)) in fields]:
        if not kind.is_answered(empty):
            assert kind.score(content, key, empty, worth) == Score(Decimal(0), {"answered": False})


@given(any_item(), st.integers(), points)
def test_a_guess_earns_between_nothing_and_everything(item, seed, worth):
    name, _stem, content, key = item
    kind = get_kind(name)
    response = kind.random_response(content, random.Random(seed))
    outcome = kind.score(content, key, kind.parse_response(json.dumps(response), content), worth)
    if isinstance(outcome, NeedsPerson):
        assert outcome.reason == "not_a_number"
    else:
        assert Decimal(0) <= outcome.points <= worth
        assert outcome.points == worth or outcome.points == outcome.points.quantize(Decimal("0.01"))
        json.dumps(outcome.detail)


@given(any_item(), json_values | near_responses)
def test_whatever_is_sent_is_scored_refused_or_given_to_a_person(item, junk):
    name, _stem, content, key = item
    kind = get_kind(name)
    outcome = kind.score(content, key, junk, TEN)
    assert isinstance(outcome, Score | NeedsPerson)
    assert isinstance(kind.describe_response(content, junk), str)
    try:
        kind.parse_response(json.dumps(junk).encode(), content)
    except Invalid:
        if kind.is_answered(junk):
            assert isinstance(outcome, NeedsPerson)


@given(any_item(), json_values, json_values)
def test_a_broken_item_is_reported_and_never_crashes_scoring(item, content, key):
    name, stem, good_content, good_key = item
    kind = get_kind(name)
    for problem in kind.validate(stem, content, key):
        assert problem.place
        assert problem.message
    response = kind.key_response(good_content, good_key)
    assert isinstance(kind.score(content, key, response, TEN), Score | NeedsPerson)
    assert isinstance(kind.score(good_content, key, response, TEN), Score | NeedsPerson)
    kind.normalise(content, key)
    kind.describe_key(content, key)


@given(any_item(), st.integers(min_value=0, max_value=2**31))
def test_the_public_part_holds_nothing_of_the_key(item, seed):
    name, _stem, content, key = item
    kind = get_kind(name)
    content, key = kind.normalise(content, key)
    shown = json.dumps(kind.public(content, seed))
    for secret in ("answer", "answers", "accept", 'tolerance"', "rubric", "sample_answer", "scoring"):
        assert f'"{secret}' not in shown
    assert json.loads(shown) == kind.public(content, seed), "the same seed shows the same"


@given(any_item())
def test_normalising_twice_is_normalising_once(item):
    name, stem, content, key = item
    kind = get_kind(name)
    once = kind.normalise(content, key)
    assert kind.normalise(*once) == once
    assert kind.validate(stem, *once) == []
    assert json.loads(json.dumps(once)) == list(once)


@given(any_item())
def test_the_editor_can_show_any_draft(item):
    name, _stem, content, key = item
    kind = get_kind(name)
    assert kind.form_context(Drafted(content, key, {}))
    assert kind.form_context(kind.blank())
    assert kind.form_context(Drafted({}, {}, {})) is not None


def test_every_kind_is_found_and_named():
    names = [kind.name for kind in all_kinds()]
    assert len(names) == len(set(names))
    assert {
        "single_choice",
        "multiple_choice",
        "true_false",
        "fill_blank",
        "numeric",
        "matching",
        "ordering",
    } <= set(names)
    with pytest.raises(UnknownKind):
        get_kind("nonsense")


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff",
        b"{",
        b'{"choice": 1}',
        b'{"choice": "A", "x": 1}',
        b'{"choice": "\\u0000"}',
        b"[" * 5000,
        "[]",
    ],
)
def test_a_malformed_response_is_refused(raw):
    with pytest.raises(Invalid):
        get_kind("single_choice").parse_response(raw)


def test_a_response_to_another_item_is_refused_and_never_scored_as_wrong():
    content = {"options": [{"id": "A", "text": "甲"}, {"id": "B", "text": "乙"}, {"id": "C", "text": "丙"}]}
    with pytest.raises(Invalid):
        get_kind("single_choice").parse_response({"choice": "Z"}, content)
    assert earned("single_choice", content, {"answer": "A"}, {"choice": "Z"}) == "response_unfit"


# --- each kind's own rules -----------------------------------------------------------------------------------

OPTIONS = {"options": [{"id": name, "text": f"选项{name}"} for name in "ABCDE"]}


@pytest.mark.parametrize(
    ("scoring", "choices", "points_of_six"),
    [
        ("all_or_nothing", "AC", "0"),
        ("all_or_nothing", "CAB", "6"),
        ("partial", "A", "2.00"),
        ("partial", "AC", "4.00"),
        ("partial", "ACD", "0"),
        ("penalty", "AC", "4.00"),
        ("penalty", "ACD", "2.00"),
        ("penalty", "ADE", "0"),
        ("penalty", "ABCDE", "2.00"),
    ],
)
def test_the_three_scorings_of_multiple_choice(scoring, choices, points_of_six):
    key = {"answers": ["A", "B", "C"], "scoring": scoring}
    assert earned("multiple_choice", OPTIONS, key, {"choices": list(choices)}, Decimal(6)) == Decimal(
        points_of_six
    )


@given(st.permutations(["A", "B", "D"]), st.sampled_from(["all_or_nothing", "partial", "penalty"]))
def test_the_order_of_choices_is_irrelevant(choices, scoring):
    key = {"answers": ["A", "B", "C"], "scoring": scoring}
    assert earned("multiple_choice", OPTIONS, key, {"choices": choices}) == earned(
        "multiple_choice", OPTIONS, key, {"choices": ["A", "B", "D"]}
    )


def test_a_third_of_ten_points_is_rounded_half_up_to_hundredths():
    key = {"answers": ["A", "B", "C"], "scoring": "partial"}
    assert earned("multiple_choice", OPTIONS, key, {"choices": ["A", "B"]}) == Decimal("6.67")
    assert earned("multiple_choice", OPTIONS, key, {"choices": ["A", "B", "C"]}, Decimal("3.333")) == Decimal(
        "3.333"
    )


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("12.5", "", "12.5"),
        ("１２．５", "", "12.5"),
        ("１，２３４．５０元", "元", "1234.50"),
        ("1,234,567", "", "1234567"),
        ("¥ 1 234.5", "元", "1234.5"),
        ("$12", "美元", "12"),
        ("-$12", "美元", "-12"),
        ("−3", "", "-3"),
        ("+.5", "", "0.5"),
        ("12.5%", "%", "12.5"),
        ("12.5％", "%", "12.5"),
        ("12.5", "%", "12.5"),
        ("12.5%", "", "0.125"),
        ("3 KG", "kg", "3"),
        ("12。", "", "12"),
        ("1,23", "", None),
        ("12,3456", "", None),
        ("约12", "", None),
        ("3kg", "g", None),
        ("12美元", "元", None),
        ("1e999", "", None),
        ("NaN", "", None),
        ("Infinity", "", None),
        ("", "", None),
        ("9" * 80, "", None),
        ("1.2.3", "", None),
    ],
)
def test_reading_numbers(typed, unit, value):
    assert parse_number(typed, unit) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("typed", "points_of_ten"),
    [
        ("12.49", "10"),
        ("12.51", "10"),
        ("12.515", "0"),
        ("12.48", "0"),
        ("十二块五", "not_a_number"),
        ("  ", "0"),
    ],
)
def test_absolute_tolerance_is_exact_at_its_edge(typed, points_of_ten):
    key = {"value": "12.50", "tolerance": "0.01"}
    got = earned("numeric", {"unit": "元"}, key, {"value": typed})
    assert str(got) == points_of_ten or got == Decimal(points_of_ten)


def test_relative_tolerance_grows_with_the_value():
    key = {"value": "-200", "tolerance": "0.05", "tolerance_kind": "relative"}
    assert earned("numeric", {}, key, {"value": "-190"}) == TEN
    assert earned("numeric", {}, key, {"value": "-189.99"}) == 0


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1e40", "1e-40", "-1e999999", "abc", None, 1.5j and "1.5.1"]
)
def test_a_key_that_is_no_sane_number_is_a_problem_and_goes_to_a_person(value):
    key = {"value": value}
    assert get_kind("numeric").validate("题干", {}, key)
    assert earned("numeric", {}, key, {"value": "1"}) == "item_unreadable"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＦＢＡ", "fba"),
        ("Listing 优化", "listing优化"),
        ("海外 仓", "海外仓"),
        ("“长尾词”", '"长尾词"'),
        ("到岸价（CIF）", "到岸价(cif)"),
        ("点击率。", "点击率"),
        ("add  to cart", "Add to Cart"),
        ("Ａ、Ｂ", "a,b"),
    ],
)
def test_folding_makes_equal_what_only_the_keyboard_tells_apart(one, other):
    assert fold_text(one) == fold_text(other)


def test_blanks_take_alternatives_and_share_the_points():
    content = {"blanks": [{"id": "1"}, {"id": "2", "unit": "元"}]}
    key = {"blanks": {"1": {"accept": ["海外仓", "境外仓"]}, "2": {"value": "12.5", "tolerance": "0.01"}}}
    assert get_kind("fill_blank").validate("存入{{1}}，运费{{2}}", content, key) == []
    assert earned("fill_blank", content, key, {"blanks": {"1": " 境外 仓。", "2": "１２．５元"}}) == TEN
    assert earned("fill_blank", content, key, {"blanks": {"1": "境外仓", "2": "13"}}) == 5
    assert earned("fill_blank", content, key, {"blanks": {"1": "境外仓"}}) == 5
    assert earned("fill_blank", content, key, {"blanks": {"1": "境外仓", "2": "十二"}}) == "not_a_number"
    assert (
        earned("fill_blank", content, {**key, "scoring": "all_or_nothing"}, {"blanks": {"1": "境外仓"}}) == 0
    )


def test_case_can_be_made_to_count():
    content = {"blanks": [{"id": "1"}]}
    key = {"blanks": {"1": {"accept": ["SKU"], "fold_case": False}}}
    assert earned("fill_blank", content, key, {"blanks": {"1": "ＳＫＵ"}}) == TEN
    assert earned("fill_blank", content, key, {"blanks": {"1": "sku"}}) == 0


def test_marks_and_blanks_must_agree():
    kind = get_kind("fill_blank")
    codes = {
        p.code
        for p in kind.validate(
            "只有{{1}}和{{3}}", {"blanks": [{"id": "1"}, {"id": "2"}]}, {"blanks": {"1": {"accept": ["x"]}}}
        )
    }
    assert codes == {"blank_missing", "mark_missing", "key_missing"}


@given(ordering())
def test_the_reverse_order_has_no_concordant_pair(item):
    _stem, content, key = item
    key = {**key, "scoring": "pairs"}
    assert earned("ordering", content, key, {"order": key["order"][::-1]}) == 0


def test_ordering_by_pairs_counts_concordant_pairs():
    content = {"entries": [{"id": name, "text": name * 2} for name in "abcd"]}
    key = {"order": list("abcd"), "scoring": "pairs"}
    assert earned("ordering", content, key, {"order": list("abdc")}, Decimal(6)) == 5
    assert earned("ordering", content, key, {"order": list("ab")}, Decimal(6)) == 1
    assert earned("ordering", content, {**key, "scoring": "exact"}, {"order": list("abdc")}) == 0
    assert earned("ordering", content, key, {"order": list("aabc")}) == "response_unfit"


@given(ordering(), st.randoms())
def test_the_listing_of_an_ordering_follows_from_its_texts_alone(item, rng):
    """Two authors who write the same entries with opposite keys show candidates the same ids, but for one rotation."""
    _stem, content, key = item
    kind = get_kind("ordering")
    other = {**key, "order": rng.sample(key["order"], len(key["order"]))}
    mine, theirs = kind.normalise(content, key)[0], kind.normalise(content, other)[0]
    listing = [entry["text"] for entry in mine["entries"]]
    turned = [entry["text"] for entry in theirs["entries"]]
    assert turned in (listing, listing[1:] + listing[:1], listing[-1:] + listing[:-1])


@given(matching())
def test_matching_shows_the_right_side_in_an_order_of_its_own(item):
    _stem, content, key = item
    kind = get_kind("matching")
    reversed_right = {**content, "right": content["right"][::-1]}
    assert kind.normalise(content, key) == kind.normalise(reversed_right, key)


def test_matching_earns_by_the_share_of_left_entries():
    content = {
        "left": [{"id": "l1", "text": "甲"}, {"id": "l2", "text": "乙"}, {"id": "l3", "text": "丙"}],
        "right": [{"id": "r1", "text": "一"}, {"id": "r2", "text": "二"}, {"id": "r3", "text": "三"}],
    }
    key = {"pairs": {"l1": "r1", "l2": "r2", "l3": "r3"}}
    assert earned("matching", content, key, {"pairs": {"l1": "r1", "l2": "r3"}}) == Decimal("3.33")


def test_a_written_answer_goes_to_markers_and_an_empty_one_earns_nothing():
    stem, content, key = SHORT_ANSWER
    kind = get_kind("short_answer")
    assert kind.validate(stem, content, key) == []
    assert kind.score(content, key, {"text": "核对"}, TEN) == NeedsPerson(
        "rubric", {"criteria": ["c1", "c2"]}
    )
    assert kind.score(content, key, {"text": " \n"}, TEN) == Score(Decimal(0), {"answered": False})


@given(points, st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_a_scaled_rubric_sums_to_the_slots_points_exactly(worth, weights):
    rubric = [{"id": f"c{i}", "criterion": "x", "points": str(weight)} for i, weight in enumerate(weights)]
    scaled = scaled_rubric({"rubric": rubric, "sample_answer": "x"}, worth)
    assert sum(criterion.points for criterion in scaled) == worth
    for criterion in scaled:
        assert max(level.points for level in criterion.levels) == criterion.points


def test_problems_name_the_place_and_the_mend():
    content = {"options": [{"id": "A", "text": "甲"}, {"id": "B", "text": "甲"}, {"id": "B", "text": ""}]}
    problems = get_kind("single_choice").validate("", content, {"answer": "D"})
    assert {(p.place, p.code) for p in problems} == {
        ("stem", "stem_empty"),
        ("content.options", "option_id_twice"),
        ("content.options[1].text", "option_same"),
        ("content.options[2].text", "option_empty"),
        ("key.answer", "key_unknown"),
    }
    assert all(p.mend for p in problems)


def test_item_html_is_reduced_to_what_is_allowed():
    content = {
        "options": [
            {"id": "A", "text": '<strong onclick="x()">甲</strong><script>alert(1)</script>'},
            {"id": "B", "text": "1 < 2 & 3"},
            {"id": "C", "text": "丙"},
        ]
    }
    shown = get_kind("single_choice").public(content)
    assert [option["text"] for option in shown["options"]] == [
        "<strong>甲</strong>",
        "1 &lt; 2 &amp; 3",
        "丙",
    ]
