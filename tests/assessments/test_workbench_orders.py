"""The order back office: what it permits, what it refuses and in which words."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.bank import read_files
from assessments.views.workbenches import BANK
from assessments.workbenches import registry
from assessments.workbenches.base import CommandRefused
from assessments.workbenches.orders.carriers import (
    CARRIERS,
    make_number,
    problem_with,
    s10_digit,
    spoil,
    ups_digit,
)
from assessments.workbenches.orders.harm import harms
from assessments.workbenches.orders.scenarios import dispatch_claims, promo_rules
from assessments.workbenches.orders.scenarios.table import expected_of
from assessments.workbenches.orders.state import discount_total, goods_total, order_total
from assessments.workbenches.rng import Prng

bench = registry.get("orders")
replace = msgspec.structs.replace
TASKS = [entry.item for entry in read_files(sorted(BANK.glob("practical-*.yaml")))[0]]


@pytest.fixture(scope="module")
def day():
    return bench.generate("dispatch_day", 11)


@pytest.fixture(scope="module")
def want(day):
    return expected_of(day)


def refused(state, **command):
    with pytest.raises(CommandRefused) as caught:
        bench.apply(state, command)
    return caught.value


def do(state, *commands):
    for command in commands:
        state = bench.apply(state, command)
    return state


def of_sort(want, sort):
    return next((number, shipment) for number, shipment in want.shipments.items() if shipment.sort == sort)


def tracked(number, shipment):
    carrier, tracking, _ = next(iter(shipment.parcels))
    return {"type": "set_tracking", "order": number, "parcel": "P1", "carrier": carrier, "tracking": tracking}


# ------------------------------------------------------------------ tracking numbers


def test_published_check_digits():
    """S10: RB123456785GB is the example of UPU S10-12; 1Z999AA10123456784 is UPS's own sample number."""
    assert s10_digit("12345678") == 5
    assert s10_digit("47312482") == 9
    assert ups_digit("999AA1012345678") == 4


@pytest.mark.parametrize("carrier", CARRIERS)
@given(seed=st.integers(0, 5000))
def test_made_numbers_are_good_and_spoilt_ones_are_not(carrier, seed):
    number = make_number(carrier, Prng(carrier, seed))
    assert problem_with(carrier, number) == ""
    assert problem_with(carrier, spoil(carrier, number, Prng(seed))) or CARRIERS[carrier].check == "none"
    assert problem_with(carrier, CARRIERS[carrier].example) == ""


def test_a_number_of_another_carrier_is_refused_in_words(day, want):
    number, _ = of_sort(want, "plain")
    refusal = refused(
        day, type="set_tracking", order=number, parcel="P1", carrier="UPS", tracking="LK123456785CN"
    )
    assert refusal.field == "tracking"
    assert "UPS" in refusal.message
    assert CARRIERS["UPS"].shape in refusal.message


def test_blanks_and_case_of_a_number_do_not_matter(day, want):
    number, shipment = of_sort(want, "plain")
    command = tracked(number, shipment)
    loose = {**command, "tracking": f" {command['tracking'][:4].lower()} {command['tracking'][4:]} "}
    assert do(day, loose).orders[number].parcels[0].tracking == command["tracking"]


def test_a_used_number_is_refused(day, want):
    row = next(key for key, reason in want.rows.items() if reason == "duplicate")
    entry = day.file_rows[row]
    refusal = refused(
        day, type="set_tracking", order=entry.ref, parcel="P1", carrier=entry.carrier, tracking=entry.tracking
    )
    assert refusal.code == "tracking_used"


# ------------------------------------------------------------------ shipping


def test_shipping_takes_stock_and_needs_a_number(day, want):
    number, shipment = of_sort(want, "plain")
    assert refused(day, type="ship_order", order=number).code == "no_tracking"
    sent = do(day, tracked(number, shipment), {"type": "ship_order", "order": number})
    order = sent.orders[number]
    assert (order.status, order.shipped_at) == ("shipped", day.now)
    for line in order.lines:
        assert sent.skus[line.sku].stock == day.skus[line.sku].stock - line.qty
    assert refused(sent, type="ship_order", order=number).code == "wrong_status"
    assert refused(sent, type="cancel_order", order=number, reason="buyer_request").code == "wrong_status"


def test_a_shipped_number_can_be_mended_twice(day, want):
    number, shipment = of_sort(want, "plain")
    state = do(day, tracked(number, shipment), {"type": "ship_order", "order": number})
    for seed in range(2):
        state = do(
            state,
            {
                "type": "set_tracking",
                "order": number,
                "parcel": "P1",
                "carrier": "4PX",
                "tracking": make_number("4PX", Prng(seed)),
            },
        )
    last = refused(
        state,
        type="set_tracking",
        order=number,
        parcel="P1",
        carrier="4PX",
        tracking=make_number("4PX", Prng(9)),
    )
    assert last.code == "too_many_edits"


def test_two_warehouses_do_not_fit_one_parcel(day, want):
    number, shipment = of_sort(want, "split")
    state = do(day, tracked(number, shipment))
    assert refused(state, type="ship_order", order=number).code == "two_warehouses"


def test_a_split_must_hold_every_piece(day, want):
    number, _ = of_sort(want, "split")
    line = day.orders[number].lines[0]
    refusal = refused(day, type="split_parcel", order=number, parcels=[[{"line": line.id, "qty": line.qty}]])
    assert refusal.code == "bad_split"


def test_merging_asks_for_one_buyer_and_can_be_undone(day, want):
    number, shipment = of_sort(want, "merge")
    other = next(
        key for key in day.orders if key not in shipment.group and day.orders[key].status == "to_ship"
    )
    assert refused(day, type="merge_orders", orders=[number, other]).code == "merge_mismatch"
    merged = do(day, {"type": "merge_orders", "orders": sorted(shipment.group)})
    second = max(shipment.group)
    assert merged.orders[second].merged_into == min(shipment.group)
    assert (
        refused(merged, type="set_tracking", order=second, parcel="P1", carrier="UPS", tracking="x").code
        == "merged"
    )
    apart = do(merged, {"type": "unmerge_orders", "order": second})
    assert apart.orders[second].parcels == day.orders[second].parcels


def test_merging_under_the_other_order_counts_as_well(day, want):
    number, shipment = of_sort(want, "merge")
    lead = next(key for key in shipment.group if key != number)
    carrier, tracking, _ = next(iter(shipment.parcels))
    state = do(
        day,
        {"type": "merge_orders", "orders": [lead, number]},
        {"type": "set_tracking", "order": lead, "parcel": "P1", "carrier": carrier, "tracking": tracking},
        {"type": "ship_order", "order": lead},
    )
    check = [{"id": "m", "check": "shipments", "points": "1", "label": "m", "params": {"sorts": ["merge"]}}]
    assert bench.grade(day, state, [], check, Decimal(1)).points == 1
    assert harms(day, state, want) == []


def test_out_of_stock_can_not_be_shipped(day, want):
    number = next(iter(want.exceptions))
    state = do(
        day,
        {
            "type": "set_tracking",
            "order": number,
            "parcel": "P1",
            "carrier": "4PX",
            "tracking": make_number("4PX", Prng(1)),
        },
    )
    assert refused(state, type="ship_order", order=number).code == "no_stock"
    state = do(state, {"type": "mark_exception", "order": number, "reason": "out_of_stock"})
    assert do(state, {"type": "clear_exception", "order": number}).orders[number].status == "to_ship"


# ------------------------------------------------------------------ requests, claims, file


def test_a_country_can_not_be_changed(day, want):
    message = day.messages[next(iter(want.declines))]
    new = message.new_address
    refusal = refused(
        day,
        type="change_address",
        order=message.order,
        name=new.name,
        line1=new.line1,
        city=new.city,
        region=new.region,
        postcode=new.postcode,
        country=new.country,
    )
    assert (refusal.code, refusal.field) == ("cross_border", "country")


def test_changing_the_address_settles_the_request(day, want):
    number, address = next(iter(want.addresses.items()))
    state = do(
        day,
        {
            "type": "change_address",
            "order": number,
            **{k: getattr(address, k) for k in ("name", "line1", "city", "region", "postcode", "country")},
        },
    )
    message = next(
        entry for entry in state.messages.values() if entry.order == number and entry.request == "address"
    )
    assert message.status == "accepted"
    assert refused(state, type="decline_request", message=message.id, reason="other").code == "settled"


def test_every_sort_of_claim_is_decided_by_its_rule(day, want):
    reasons = {verdict.reason for verdict in want.refunds.values()}
    assert {
        "not_shipped",
        "delivered",
        "misdelivered",
        "overdue",
        "in_transit",
        "damaged",
        "bad_evidence",
    } <= reasons
    assert reasons & {"return_window", "window_passed"}


@given(seed=st.integers(0, 2000))
def test_claims_keep_clear_of_the_limits(seed):
    """No claim lies within two days of a time limit, so that counting the first day or not can't matter."""
    state = bench.generate("dispatch_day", seed)
    for case in state.cases.values():
        order = state.orders[case.order]
        if order.shipped_at is None:
            continue
        if case.claim == "not_received" and not any("妥投" in event.text for event in order.events):
            promise = int(state.shop.params["promise_" + order.address.country])
            assert abs(dispatch_claims.days_between(order.shipped_at, state.now) - promise) >= 2
        if case.claim == "changed_mind":
            end = order.events[-1].at
            assert (
                abs(dispatch_claims.days_between(end, case.opened_at) - int(state.shop.params["return_days"]))
                >= 2
            )


def test_a_refund_is_final_and_bounded(day):
    case = next(
        entry for entry in day.cases.values() if entry.kind == "refund_only" and entry.claim == "damaged"
    )
    paid = order_total(day.orders[case.order])
    common = {"type": "decide_refund", "case": case.id, "reason": "damaged"}
    assert refused(day, **common, decision="partial").code == "no_amount"
    assert refused(day, **common, decision="partial", amount=str(paid + 1)).field == "amount"
    assert refused(day, **common, decision="partial", amount="1.234").field == "amount"
    assert refused(day, **common, decision="partial", amount="NaN").field == "amount"
    assert refused(day, **common, decision="return", amount="1").code == "no_return"
    state = do(day, {**common, "decision": "full"})
    assert state.cases[case.id].amount == paid
    assert refused(state, **common, decision="refuse").code == "decided"


def test_refunding_an_unshipped_order_closes_it(day, want):
    key = next(key for key, verdict in want.refunds.items() if verdict.reason == "not_shipped")
    state = do(day, {"type": "decide_refund", "case": key, "decision": "full", "reason": "not_shipped"})
    assert state.orders[day.cases[key].order].status == "cancelled"
    assert harms(day, state, want) == []


def test_each_sort_of_bad_row_occurs(want):
    assert sorted(set(want.rows.values())) == ["bad_number", "consignee", "duplicate", "items", "order_state"]


def test_harm_is_counted(day, want):
    """Shipping a mismatch, refusing a due refund and spoiling a good row are each found once."""
    bad = day.file_rows[next(key for key, reason in want.rows.items() if reason == "consignee")]
    good = next(key for key in day.file_rows if key not in want.rows)
    due = next(key for key, verdict in want.refunds.items() if verdict.reason == "overdue")
    state = do(
        day,
        {
            "type": "set_tracking",
            "order": bad.ref,
            "parcel": "P1",
            "carrier": bad.carrier,
            "tracking": bad.tracking,
        },
        {"type": "ship_order", "order": bad.ref},
        {"type": "report_row", "row": good, "reason": "items"},
        {"type": "decide_refund", "case": due, "decision": "refuse", "reason": "in_transit"},
    )
    assert len(harms(day, state, want)) == 3


def test_answers_take_wide_digits_and_refuse_words(day):
    state = do(day, {"type": "answer", "field": "us_sales", "value": "１,２34.5"})
    assert state.answers["us_sales"] == "1234.5"
    assert do(day, {"type": "answer", "field": "late_rate", "value": "12.5%"}).answers["late_rate"] == "12.5"
    assert refused(day, type="answer", field="us_sales", value="很多").field == "us_sales"
    assert refused(day, type="answer", field="top_country", value="XX").code == "bad_choice"
    assert "us_sales" not in do(state, {"type": "answer", "field": "us_sales", "value": " "}).answers


def test_parts_that_are_not_open_are_refused(day):
    assert refused(day, type="set_lane", country="US", carrier="UPS").code == "not_available"


# ------------------------------------------------------------------ promotion week


@given(seed=st.integers(0, 500))
def test_promotion_week_holds_what_it_promises(seed):
    state = bench.generate("promo_week", seed)
    want = expected_of(state)
    assert len(want.cancels) == 5
    assert len(want.releases) == 8
    assert len(want.coupons) == 3
    assert len(want.prices) == 2
    for code, span in want.prices.items():
        sku = state.skus[code]
        floor = Decimal(state.shop.params["floor"])
        assert promo_rules.margin(sku, span.low, state.shop.params) >= floor
        assert promo_rules.margin(sku, span.low - Decimal("0.01"), state.shop.params) < floor
        assert span.high <= sku.price
    for order in state.orders.values():
        assert order_total(order) == goods_total(order) - discount_total(order) + order.shipping_fee > 0


def test_profit_by_hand():
    """One worked example of rule F1: 20 USD at 7.10, 8 + 2.5 + 3 percent, cost 40, 7 + 500 g at 0.042."""
    state = bench.generate("promo_week", 1)
    sku = replace(next(iter(state.skus.values())), cost=Decimal(40), weight_g=500)
    params = {
        "rate": "7.10",
        "commission": "8",
        "payment": "2.5",
        "returns": "3",
        "handling": "7",
        "per_gram": "0.042",
        "floor": "8",
    }
    assert promo_rules.unit_profit(sku, Decimal(20), params) == Decimal("54.83")
    assert round(promo_rules.margin(sku, Decimal(20), params), 2) == Decimal("38.61")


def test_a_release_can_be_taken_back():
    state = bench.generate("promo_week", 4)
    number = next(iter(expected_of(state).cancels))
    released = do(state, {"type": "release_order", "order": number})
    assert len(harms(state, released, expected_of(state))) == 1
    back = do(released, {"type": "unrelease_order", "order": number})
    assert back.orders[number].status == "review"


def test_tools_refuse_nonsense():
    state = bench.generate("promo_week", 4)
    common = {"type": "set_coupon", "coupon": "SAVE5", "enabled": True, "stackable": True, "flash_ok": False}
    assert refused(state, **common, min_spend="5").field == "min_spend"
    assert refused(state, type="set_promo_price", sku="HL-LMP-01", price="999").field == "price"
    assert refused(state, type="set_promo_price", sku="HL-KNF-05", price="5").code == "no_promo"


# ------------------------------------------------------------------ diagnosis


def test_diagnosis_finds_what_was_planted_and_nothing_else():
    for seed in range(6):
        state = bench.generate("shop_diagnosis", seed)
        want = expected_of(state)
        assert sorted(kind for kind, _ in want.findings) == [
            "conversion_drop",
            "late_lane",
            "refund_spike",
            "supplier_delay",
        ]
        assert len(want.lanes) == len(want.holds) == 1
        for country, carrier in want.lanes.items():
            option = next(entry for entry in state.lanes[country].options if entry.carrier == carrier)
            assert option.on_time >= 90
            assert carrier != state.lanes[country].carrier


def test_false_alarms_cost_points():
    state = bench.generate("shop_diagnosis", 2)
    want = expected_of(state)
    check = [{"id": "f", "check": "findings", "points": "1", "label": "f"}]
    right = [
        {"type": "report_finding", "kind": kind, "subject": subject, "cause": cause}
        for (kind, subject), cause in want.findings.items()
    ]
    assert bench.grade(state, do(state, *right), right, check, Decimal(4)).points == 4
    country = next(
        code for code in ("US", "GB", "DE", "FR", "BR") if ("conversion_drop", code) not in want.findings
    )
    alarm = {"type": "report_finding", "kind": "conversion_drop", "subject": country, "cause": "cart"}
    assert bench.grade(state, do(state, *right, alarm), right, check, Decimal(4)).points == 3
    assert refused(do(state, alarm), **alarm).code == "duplicate"
    withdrawn = do(state, *right, alarm, {"type": "withdraw_finding", "finding": "F5"})
    assert bench.grade(state, withdrawn, right, check, Decimal(4)).points == 4


def test_unknown_params_are_named():
    for scenario in bench.scenarios:
        with pytest.raises(ValueError, match="bogus"):
            bench.generate(scenario, 1, {"bogus": 1})
    with pytest.raises(ValueError, match="plain"):
        bench.generate("dispatch_day", 1, {"plain": 999})


def test_dates_follow_one_another(day):
    for order in day.orders.values():
        moments = [
            moment
            for moment in (order.paid_at, order.shipped_at, *(event.at for event in order.events))
            if moment
        ]
        assert moments == sorted(moments)
        assert all(moment < day.now + timedelta(hours=1) for moment in moments)


# ------------------------------------------------------------------ strategies without judgement


def mean_of(scenario, strategy):
    """Mean points out of a hundred that a blind strategy earns over some worlds."""
    checks = next(item for item in TASKS if item.content["scenario"] == scenario)
    points = []
    for seed in range(8):
        initial = bench.generate(scenario, seed, checks.content.get("params"))
        final, kept = bench.accepted(initial, strategy(initial))
        points.append(bench.grade(initial, final, kept, checks.key["checks"], Decimal(100)).points)
    return sum(points) / len(points)


def ship_the_whole_file(state):
    for row in state.file_rows.values():
        order = row.ref.split("+")[0]
        yield {
            "type": "set_tracking",
            "order": order,
            "parcel": "P1",
            "carrier": row.carrier,
            "tracking": row.tracking,
        }
        yield {"type": "ship_order", "order": order}


def report_the_whole_file(state):
    return [{"type": "report_row", "row": key, "reason": "consignee"} for key in state.file_rows]


def decide_all(decision, reason):
    return lambda state: [
        {"type": "decide_refund", "case": key, "decision": decision, "reason": reason} for key in state.cases
    ]


def all_orders(command):
    return lambda state: [{**command, "order": number} for number in state.orders]


def report_everything(state):
    view = bench.public_view(state)
    for kind, subjects in view["subjects"].items():
        for subject in subjects:
            yield {
                "type": "report_finding",
                "kind": kind,
                "subject": subject,
                "cause": next(iter(view["words"]["finding_causes"][kind])),
            }


@pytest.mark.parametrize(
    ("scenario", "strategy", "most"),
    [
        ("dispatch_day", ship_the_whole_file, 20),
        ("dispatch_day", report_the_whole_file, 5),
        ("dispatch_day", decide_all("full", "overdue"), 10),
        ("dispatch_day", decide_all("refuse", "delivered"), 10),
        ("promo_week", all_orders({"type": "release_order"}), 5),
        ("promo_week", all_orders({"type": "cancel_order", "reason": "promo_violation"}), 5),
        ("shop_diagnosis", report_everything, 5),
        (
            "shop_diagnosis",
            lambda state: [
                {"type": "hold_sku", "sku": code, "reason": "refund_spike"} for code in state.skus
            ],
            5,
        ),
    ],
)
def test_acting_without_judgement_earns_little(scenario, strategy, most):
    assert mean_of(scenario, strategy) <= most


def test_cancelling_what_must_be_refunded_is_no_harm(day, want):
    key = next(key for key, verdict in want.refunds.items() if verdict.reason == "not_shipped")
    state = do(day, {"type": "cancel_order", "order": day.cases[key].order, "reason": "buyer_request"})
    assert harms(day, state, want) == []
