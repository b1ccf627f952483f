"""The life of an item through the services: who may do what, what stays untouched, what is audited."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import Forbidden, Invalid, Refusal
from accounts.models import AuditEntry
from assessments.enums import ItemState, RevisionState
from assessments.models import Item
from assessments.services import items, reviews

from .item_cast import live_item, make_edition, make_item, requirement, single_choice

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return make_edition()


def verbs(item: Item) -> list[str]:
    entries = AuditEntry.objects.filter(target_type="assessments.item", target_id=str(item.pk)).order_by("pk")
    return list(entries.values_list("verb", flat=True))


def test_an_item_goes_from_draft_to_live_and_leaves_a_trail(edition, cast):
    item = make_item(edition, cast.author)
    assert item.code == "J-1.1.1-01"
    reviews.submit_for_review(actor=cast.author, revision=item.latest)
    item.refresh_from_db()
    assert item.state == ItemState.IN_REVIEW
    reviews.approve(actor=cast.reviewer, revision=item.latest)
    item.refresh_from_db()
    assert (item.state, item.current_id) == (ItemState.APPROVED, item.latest_id)
    reviews.publish_live(actor=cast.reviewer, item=item)
    reviews.suspend(actor=cast.reviewer, item=item, reason="答案有争议")
    reviews.publish_live(actor=cast.reviewer, item=item)
    assert verbs(item) == [
        "item.create",
        "item.submit",
        "item.approve",
        "item.publish",
        "item.suspend",
        "item.publish",
    ]


def test_codes_count_on_within_their_requirement(edition, cast):
    assert [make_item(edition, cast.author, topic=topic).code for topic in "甲乙"] == [
        "J-1.1.1-01",
        "J-1.1.1-02",
    ]
    other = single_choice(edition, requirements=[(requirement(edition, "高级", "2.4.2").pk, Decimal(1))])
    assert (
        items.create_item(actor=cast.author, edition=edition, kind="single_choice", text=other).code
        == "S-2.4.2-01"
    )
    with pytest.raises(Refusal) as refusal:
        items.create_item(actor=cast.author, edition=edition, kind="single_choice", code="J-1.1.1-01")
    assert refusal.value.code == "code_taken"


def test_nobody_approves_their_own_item(edition, cast):
    item = make_item(edition, cast.author)
    reviews.submit_for_review(actor=cast.author, revision=item.latest)
    with pytest.raises(Forbidden) as refusal:
        reviews.approve(actor=cast.author, revision=item.latest)
    assert refusal.value.code == "four_eyes"
    item.refresh_from_db()
    assert item.state == ItemState.IN_REVIEW


def test_an_incomplete_draft_is_kept_but_not_sent_to_review(edition, cast):
    text = single_choice(edition, key={"answer": ""}, rationale="", requirements=[])
    item = items.create_item(actor=cast.author, edition=edition, kind="single_choice", text=text)
    with pytest.raises(Invalid) as refusal:
        reviews.submit_for_review(actor=cast.author, revision=item.latest)
    places = {problem["place"] for problem in refusal.value.data["problems"]}
    assert places == {"key.answer", "rationale", "requirements"}
    assert verbs(item) == ["item.create"]


def test_the_checklist_holds_an_approval_up_until_the_reviewer_insists(edition, cast):
    options = single_choice(edition).content["options"]
    options[3] = {"id": "D", "text": "以上说法都正确"}
    item = make_item(edition, cast.author, content={"options": options})
    reviews.submit_for_review(actor=cast.author, revision=item.latest)
    with pytest.raises(Refusal) as refusal:
        reviews.approve(actor=cast.reviewer, revision=item.latest)
    assert refusal.value.data["rules"] == ["all_of_above"]
    assert (
        reviews.approve(actor=cast.reviewer, revision=item.latest, despite_findings=True).state
        == RevisionState.APPROVED
    )


def test_an_approved_revision_never_changes_and_a_new_one_starts_from_it(edition, cast):
    item = live_item(edition, cast.author, cast.reviewer)
    with pytest.raises(Refusal) as refusal:
        items.save_draft(
            actor=cast.author, revision=item.current, text=single_choice(edition, stem="改了的题干")
        )
    assert refusal.value.code == "revision_closed"
    with pytest.raises(IntegrityError), transaction.atomic():
        type(item.current).objects.filter(pk=item.current_id).update(stem="绕过服务改的题干")
    with pytest.raises(IntegrityError), transaction.atomic():
        item.current.requirement_links.all().delete()
    second = items.revise(actor=cast.author, item=item)
    items.save_draft(
        actor=cast.author,
        revision=second,
        text=single_choice(edition, stem="第二版的题干，买家要求改地址时先做什么？"),
    )
    item.refresh_from_db()
    assert (item.state, item.current.number, item.latest.number) == (ItemState.LIVE, 1, 2)
    reviews.submit_for_review(actor=cast.author, revision=second)
    reviews.approve(actor=cast.reviewer, revision=second)
    item.refresh_from_db()
    assert (item.state, item.current.number) == (ItemState.LIVE, 2)


def test_one_open_revision_at_a_time(edition, cast):
    item = live_item(edition, cast.author, cast.reviewer)
    mine = items.revise(actor=cast.author, item=item)
    assert items.revise(actor=cast.author, item=item) == mine
    with pytest.raises(Refusal) as refusal:
        items.revise(actor=cast.reviewer, item=item)
    assert refusal.value.code == "revision_open"


def test_a_draft_is_never_overwritten_by_an_older_window(edition, cast):
    item = make_item(edition, cast.author)
    seen = items.stamp(item.latest)
    newer = items.save_draft(
        actor=cast.author, revision=item.latest, text=single_choice(edition, "甲"), seen=seen
    )
    with pytest.raises(Refusal) as refusal:
        items.save_draft(
            actor=cast.author, revision=item.latest, text=single_choice(edition, "乙"), seen=seen
        )
    assert refusal.value.code == "draft_newer"
    assert refusal.value.data["stamp"] == items.stamp(newer)
    item.latest.refresh_from_db()
    assert "甲" in item.latest.stem


def test_only_the_author_writes_a_draft(edition, cast):
    item = make_item(edition, cast.author)
    with pytest.raises(Forbidden):
        items.save_draft(actor=cast.reviewer, revision=item.latest, text=single_choice(edition))
    with pytest.raises(Forbidden):
        reviews.submit_for_review(actor=cast.reviewer, revision=item.latest)


def test_sending_back_needs_a_reason_and_reaches_the_author(edition, cast):
    item = make_item(edition, cast.author)
    reviews.submit_for_review(actor=cast.author, revision=item.latest)
    with pytest.raises(Invalid):
        reviews.send_back(actor=cast.reviewer, revision=item.latest)
    revision = reviews.send_back(actor=cast.reviewer, revision=item.latest, reason="干扰项太弱")
    assert revision.state == RevisionState.DRAFT
    assert [remark.text for remark in revision.comments.all()] == ["干扰项太弱"]
    item.refresh_from_db()
    assert item.state == ItemState.DRAFT


@pytest.mark.parametrize("move", ["publish_live", "suspend"])
def test_moves_that_the_table_does_not_know_are_refused(edition, cast, move):
    item = make_item(edition, cast.author)
    options = {"reason": "x"} if move == "suspend" else {}
    with pytest.raises(Refusal) as refusal:
        getattr(reviews, move)(actor=cast.reviewer, item=item, **options)
    assert refusal.value.code == "item_state"


def test_bulk_does_what_can_be_done_and_tells_the_rest(edition, cast):
    good, bad = make_item(edition, cast.author, "甲"), make_item(edition, cast.author, "乙", rationale="")
    outcome = reviews.bulk_move(actor=cast.author, items=[good, bad], verb="submit")
    assert outcome.done == [good.code]
    assert [code for code, _reason in outcome.refused] == [bad.code]


@pytest.mark.parametrize(
    "changes",
    [
        {"stem": "有\x00字符"},
        {"difficulty": Decimal("1.5")},
        {"difficulty": Decimal("NaN")},
        {"cognitive": "guess"},
        {"stem": "长" * 70_000},
        {"requirements": [(999_999, Decimal(1))]},
        {"requirements": [(1, Decimal(2))]},
    ],
)
def test_what_cannot_be_stored_is_refused_and_nothing_is_written(edition, cast, changes):
    with pytest.raises(Invalid):
        make_item(edition, cast.author, **changes)
    assert not Item.objects.exists()


def test_html_is_sanitised_on_the_way_in(edition, cast):
    item = make_item(
        edition,
        cast.author,
        stem='<p onclick="x()">先<script>alert(1)</script>核对</p><img src="https://evil/x.png">',
    )
    assert item.latest.stem == "<p>先核对</p><img>"
