"""The item bank's pages over HTTP: lists, editor, review, import; permissions, bad input, query counts."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from assessments.enums import ItemState, RevisionState
from assessments.kinds import all_kinds
from assessments.models import Item
from assessments.services import items, reviews
from assessments.services.items import ItemText

from .item_cast import live_item, make_edition, make_item, requirement

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return make_edition()


def form_of(item: Item, **changes) -> dict:
    """What the editor posts for a single choice."""
    fields = {
        "stamp": items.stamp(item.latest),
        "stem": "买家要求改地址，卖家应先做什么？",
        "option_row": ["0", "1", "2", "3"],
        "option_text": ["核对订单是否发货", "直接按原地址发货", "取消订单并关店", "请买家到别处下单"],
        "option_rationale": ["先看状态", "忽视要求", "处置过当", "违反规则"],
        "answer": "0",
        "rationale": "未发货才能修改地址，所以先核对订单状态。",
        "cognitive": "apply",
        "difficulty": "0.7",
        "requirement": [str(requirement(item.edition).pk)],
    }
    return fields | changes


# --- the list ------------------------------------------------------------------------------------------------


def test_the_list_costs_the_same_for_one_item_and_for_many(
    edition, cast, client_of, django_assert_num_queries
):
    client = client_of(cast.author)
    make_item(edition, cast.author, "甲")
    client.get("/items/")
    with CountQueries() as one:
        client.get("/items/")
    for number in range(30):
        make_item(edition, cast.author, f"话题{number}")
    with CountQueries() as many:
        page = client.get("/items/")
    assert page.status_code == 200
    assert len(many) == len(one)


class CountQueries:
    def __enter__(self):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self.context = CaptureQueriesContext(connection)
        return self.context.__enter__()

    def __exit__(self, *error):
        return self.context.__exit__(*error)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", {"J-1.1.1-01", "J-1.1.1-02", "S-2.4.2-01"}),
        ("q=退款", {"J-1.1.1-02"}),
        ("q=退款+改地址", set()),
        ("q=ｊ-1.1.1-01", {"J-1.1.1-01"}),
        ("kind=numeric", set()),
        ("kind=nonsense", {"J-1.1.1-01", "J-1.1.1-02", "S-2.4.2-01"}),
        ("state=live", {"J-1.1.1-02"}),
        ("level={senior}", {"S-2.4.2-01"}),
        ("node=r{requirement}", {"J-1.1.1-01", "J-1.1.1-02"}),
        ("node=x'--", {"J-1.1.1-01", "J-1.1.1-02", "S-2.4.2-01"}),
        ("min=0.7", {"S-2.4.2-01"}),
        ("max=NaN&min=lots&page=9999&sort=;drop", {"J-1.1.1-01", "J-1.1.1-02", "S-2.4.2-01"}),
        ("q=%00", {"J-1.1.1-01", "J-1.1.1-02", "S-2.4.2-01"}),
        ("cognitive=analyze", {"S-2.4.2-01"}),
    ],
)
def test_filters_live_in_the_address_and_nonsense_is_dropped(edition, cast, client_of, query, codes):
    make_item(edition, cast.author)
    live_item(edition, cast.author, cast.reviewer, "退款处理")
    senior = requirement(edition, "高级", "2.4.2")
    make_item(
        edition,
        cast.author,
        "红人",
        requirements=[(senior.pk, Decimal(1))],
        difficulty=Decimal("0.80"),
        cognitive="analyze",
    )
    query = query.format(senior=senior.task.domain.level_id, requirement=requirement(edition).pk)
    page = client_of(cast.examiner).get(f"/items/?{query}")
    assert page.status_code == 200
    assert {row["item"].code for row in page.context["rows"]} == codes


def test_sorting_and_what_an_empty_bank_says(edition, cast, client_of):
    assert "题库还是空的" in client_of(cast.author).get("/items/").content.decode()
    make_item(edition, cast.author, "甲", difficulty=Decimal("0.30"))
    make_item(edition, cast.author, "乙", difficulty=Decimal("0.90"))
    page = client_of(cast.author).get("/items/?sort=-difficulty")
    assert [row["item"].code for row in page.context["rows"]] == ["J-1.1.1-02", "J-1.1.1-01"]
    assert "没有符合条件的题目" in client_of(cast.author).get("/items/?q=不存在的词").content.decode()


def test_bulk_moves_and_tells_what_it_could_not_do(edition, cast, client_of):
    good, bad = make_item(edition, cast.author, "甲"), make_item(edition, cast.author, "乙", rationale="")
    author, reviewer = client_of(cast.author), client_of(cast.reviewer)
    page = author.post("/items/bulk", {"verb": "submit", "ids": [good.pk, bad.pk]}, follow=True)
    text = page.content.decode()
    assert good.code in text
    assert "未处理" in text
    assert author.post("/items/bulk", {"verb": "approve", "ids": [good.pk]}).status_code == 403
    reviewer.post("/items/bulk", {"verb": "approve", "ids": [good.pk, "x", "99999999999999"]})
    reviewer.post("/items/bulk", {"verb": "publish", "ids": [good.pk]})
    good.refresh_from_db()
    assert good.state == ItemState.LIVE
    assert reviewer.post("/items/bulk", {"verb": "explode", "ids": [good.pk]}).status_code == 400


# --- who may see -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["candidate_a", "officer_a", "marker", "invigilator", "keeper", "nobody"])
def test_others_see_nothing_of_the_bank(edition, cast, client_of, name):
    item = live_item(edition, cast.author, cast.reviewer)
    client = client_of(getattr(cast, name))
    for url in [
        "/items/",
        f"/items/{item.pk}/",
        f"/items/{item.pk}/edit",
        "/items/queue",
        "/items/export",
        "/items/import",
    ]:
        assert client.get(url).status_code == 403, url
    assert client_of(None).get("/items/").status_code == 302


def test_an_examiner_reads_but_does_not_write(edition, cast, client_of):
    item = make_item(edition, cast.author)
    client = client_of(cast.examiner)
    assert client.get(f"/items/{item.pk}/").status_code == 200
    assert client.get(f"/items/{item.pk}/edit").status_code == 403
    assert client.post(f"/items/{item.pk}/move", {"verb": "submit"}).status_code == 403
    assert client.get("/items/999999/").status_code == 404


# --- the editor ----------------------------------------------------------------------------------------------


def test_a_new_item_starts_in_the_editor_with_a_code_of_its_requirement(edition, cast, client_of):
    client = client_of(cast.author)
    chosen = requirement(edition, "中级", "2.2.1")
    answer = client.post("/items/new", {"edition": edition.pk, "kind": "ordering", "requirement": chosen.pk})
    item = Item.objects.get()
    assert answer.headers["Location"] == f"/items/{item.pk}/edit"
    assert (item.code, item.kind, item.state) == ("M-2.2.1-01", "ordering", ItemState.DRAFT)
    assert client.post("/items/new", {"edition": edition.pk, "kind": "nonsense"}).status_code == 200
    assert Item.objects.count() == 1


@pytest.mark.parametrize("kind", [kind.name for kind in all_kinds()])
def test_every_kind_has_an_editor_a_page_and_a_preview(edition, cast, client_of, kind):
    item = items.create_item(actor=cast.author, edition=edition, kind=kind)
    client = client_of(cast.author)
    page = client.get(f"/items/{item.pk}/edit")
    assert page.status_code == 200
    assert "style=" not in page.content.decode()
    assert client.get(f"/items/{item.pk}/").status_code == 200
    answer = client.post(f"/items/{item.pk}/draft", {"stem": "空的", "difficulty": "0.5"})
    assert answer.status_code == 200
    assert {"stamp", "saved", "player", "problems", "findings"} <= set(answer.json())


FORMS = {
    "multiple_choice": (
        {"option_row": list("0123"), "option_text": ["甲甲", "乙乙", "丙丙", "丁丁"], "option_rationale": ["一"] * 4, "answer": ["0", "2"], "scoring": "penalty"},
        {"answers": ["A", "C"], "scoring": "penalty"},
    ),
    "true_false": ({"answer": "false"}, {"answer": False}),
    "numeric": ({"value": "１，２３４．５", "tolerance": "0.5", "unit": "元", "tolerance_kind": "absolute"}, {"value": "1234.5", "tolerance": "0.5", "tolerance_kind": "absolute"}),
    "fill_blank": (
        {"stem": "货放在{{1}}，运费{{2}}元", "blank_id": ["1", "2"], "blank_mode": ["text", "number"], "blank_accept": ["海外仓\n境外仓", ""], "blank_value": ["", "12.5"], "blank_tolerance": ["", "0.1"], "blank_width": ["8", "6"]},
        {"blanks": {"1": {"accept": ["海外仓", "境外仓"]}, "2": {"value": "12.5", "tolerance": "0.1"}}, "scoring": "partial"},
    ),
    "short_answer": (
        {"max_chars": "200", "criterion_text": ["说明原因"], "criterion_points": ["2"], "criterion_levels": ["2 完整\n1 部分\n0 没有"], "sample_answer": "参考答案"},
        {"rubric": [{"id": "c1", "criterion": "说明原因", "points": "2", "levels": [{"points": "2", "descriptor": "完整"}, {"points": "1", "descriptor": "部分"}, {"points": "0", "descriptor": "没有"}]}], "sample_answer": "参考答案"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(FORMS))
def test_the_form_of_a_kind_becomes_its_key(edition, cast, client_of, kind):
    fields, key = FORMS[kind]
    item = items.create_item(actor=cast.author, edition=edition, kind=kind)
    common = {
        "stem": "题干是这样写的，请作答。",
        "rationale": "依据平台规则作答。",
        "difficulty": "0.6",
        "cognitive": "apply",
        "requirement": [requirement(edition).pk],
    }
    answer = client_of(cast.author).post(f"/items/{item.pk}/draft", common | fields)
    assert answer.json()["problems"] == []
    item.latest.refresh_from_db()
    assert item.latest.key == key


def test_matching_and_ordering_are_written_in_order_and_stored_without_a_trace_of_it(
    edition, cast, client_of
):
    client = client_of(cast.author)
    common = {
        "stem": "题干是这样写的，请作答。",
        "rationale": "依据平台规则作答。",
        "difficulty": "0.6",
        "requirement": [requirement(edition).pk],
    }
    ordering = items.create_item(actor=cast.author, edition=edition, kind="ordering")
    client.post(
        f"/items/{ordering.pk}/draft",
        common | {"entry_text": ["先核对", "再打包", "", "后发货"], "scoring": "pairs"},
    )
    ordering.latest.refresh_from_db()
    texts = {entry["id"]: entry["text"] for entry in ordering.latest.content["entries"]}
    assert [texts[name] for name in ordering.latest.key["order"]] == ["先核对", "再打包", "后发货"]
    matching = items.create_item(actor=cast.author, edition=edition, kind="matching")
    pairs = {"pair_left": ["空运", "海运"], "pair_right": ["快", "慢"], "extra_right": ["贵", ""]}
    assert client.post(f"/items/{matching.pk}/draft", common | pairs).json()["problems"] == []
    matching.latest.refresh_from_db()
    left = {entry["id"]: entry["text"] for entry in matching.latest.content["left"]}
    right = {entry["id"]: entry["text"] for entry in matching.latest.content["right"]}
    assert {left[a]: right[b] for a, b in matching.latest.key["pairs"].items()} == {
        "空运": "快",
        "海运": "慢",
    }
    assert set(right.values()) == {"快", "慢", "贵"}


def test_saving_sending_and_what_is_told_at_the_field(edition, cast, client_of):
    item = items.create_item(actor=cast.author, edition=edition, kind="single_choice")
    client = client_of(cast.author)
    broken = form_of(
        item,
        answer="",
        option_text=["同", "同", "丙", ""],
        difficulty="easy",
        requirement=[],
        action="submit",
    )
    page = client.post(f"/items/{item.pk}/edit", broken)
    text = page.content.decode()
    assert page.status_code == 400
    assert {"key.answer", "content.options[1].text", "difficulty", "requirements"} <= set(
        page.context["errors"]
    )
    assert 'data-error-for="key.answer">' in text
    assert "选项 B 与 A 内容相同" in text
    item.refresh_from_db()
    assert item.state == ItemState.DRAFT
    assert item.latest.content["options"][0]["text"] == "同", "what was typed is kept"
    sent = client.post(f"/items/{item.pk}/edit", form_of(item, action="submit"), follow=True)
    assert "已送审" in sent.content.decode()
    item.refresh_from_db()
    assert (item.state, item.latest.state) == (ItemState.IN_REVIEW, RevisionState.IN_REVIEW)
    assert client.get(f"/items/{item.pk}/edit").status_code == 409


def test_autosave_refuses_to_overwrite_a_newer_draft(edition, cast, client_of):
    item = make_item(edition, cast.author)
    client = client_of(cast.author)
    first = client.post(f"/items/{item.pk}/draft", form_of(item, stem="第一个窗口写的题干，应先做什么？"))
    assert first.status_code == 200
    stale = client.post(
        f"/items/{item.pk}/draft",
        form_of(item, stem="第二个窗口写的题干"),
        headers={"accept": "application/json"},
    )
    assert stale.status_code == 409
    assert stale.json()["error"]["code"] == "draft_newer"
    item.latest.refresh_from_db()
    assert item.latest.stem.startswith("第一个窗口")
    again = client.post(
        f"/items/{item.pk}/draft",
        form_of(item, stamp=first.json()["stamp"], stem="接着第一个窗口写，应先做什么？"),
    )
    assert again.status_code == 200


def test_a_refused_save_gives_the_words_back(edition, cast, client_of):
    item = make_item(edition, cast.author)
    client = client_of(cast.author)
    client.post(f"/items/{item.pk}/draft", form_of(item, stem="别的窗口先写的题干，应先做什么？"))
    page = client.post(f"/items/{item.pk}/edit", form_of(item, stem="这个窗口后写的题干，应先做什么？"))
    text = page.content.decode()
    assert page.status_code == 409
    assert "这个窗口后写的题干" in text
    item.latest.refresh_from_db()
    assert item.latest.stem.startswith("别的窗口")
    again = client.post(
        f"/items/{item.pk}/edit",
        form_of(item, stamp=page.context["stamp"], stem="这个窗口后写的题干，应先做什么？"),
    )
    assert again.status_code == 302


def test_another_authors_draft_cannot_be_edited(edition, cast, client_of):
    from accounts.enums import Role
    from accounts.models import RoleGrant

    item = make_item(edition, cast.author)
    RoleGrant.objects.create(user=cast.reviewer, role=Role.AUTHOR)
    client = client_of(cast.reviewer)
    assert client.get(f"/items/{item.pk}/edit").status_code == 403
    assert client.post(f"/items/{item.pk}/draft", form_of(item)).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"option_row": ["0"] * 50, "option_text": ["x"] * 50},
        {"option_text": []},
        {"answer": "999"},
        {"requirement": ["x", "-1", "99999999999", "1e3"]},
        {"difficulty": "NaN"},
        {"difficulty": "1e400"},
        {"stem": "{{1}}" * 100},
        {"cognitive": "guess"},
    ],
)
def test_no_form_breaks_the_editor(edition, cast, client_of, fields):
    item = make_item(edition, cast.author)
    answer = client_of(cast.author).post(f"/items/{item.pk}/draft", form_of(item) | fields)
    assert answer.status_code in {200, 400}


def test_weights_are_equal_unless_they_sum_to_one(edition, cast, client_of):
    item = make_item(edition, cast.author)
    one, two, three = (requirement(edition, "初级", f"1.1.{n}").pk for n in (1, 2, 3))
    client = client_of(cast.author)
    client.post(f"/items/{item.pk}/draft", form_of(item, requirement=[one, two, three]))
    weights = sorted(item.latest.requirement_links.values_list("weight", flat=True))
    assert weights == [Decimal("0.3333"), Decimal("0.3333"), Decimal("0.3334")]
    item.latest.refresh_from_db()
    typed = {"requirement": [one, two], f"weight_{one}": "0.7", f"weight_{two}": "0.3"}
    client.post(f"/items/{item.pk}/draft", form_of(item, **typed))
    assert dict(item.latest.requirement_links.values_list("requirement", "weight")) == {
        one: Decimal("0.7"),
        two: Decimal("0.3"),
    }


# --- review --------------------------------------------------------------------------------------------------


def test_a_reviewer_works_through_the_queue(edition, cast, client_of):
    first, second = make_item(edition, cast.author, "甲"), make_item(edition, cast.author, "乙")
    for item in (first, second):
        reviews.submit_for_review(actor=cast.author, revision=item.latest)
    client = client_of(cast.reviewer)
    assert [row["item"].code for row in client.get("/items/queue").context["rows"]] == [
        first.code,
        second.code,
    ]
    page = client.get(f"/items/{first.pk}/review")
    assert page.status_code == 200
    assert page.context["next_pk"] == second.pk
    assert [other.item.code for other in page.context["similar"]] == [second.code]
    answer = client.post(f"/items/{first.pk}/decide", {"revision": first.latest_id, "decision": "approve"})
    assert answer.headers["Location"] == f"/items/{second.pk}/review"
    answer = client.post(
        f"/items/{second.pk}/decide",
        {"revision": second.latest_id, "decision": "back", "reason": "干扰项太弱"},
    )
    assert answer.headers["Location"] == reverse("assessments:review_queue")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (ItemState.APPROVED, ItemState.DRAFT)
    assert "干扰项太弱" in client_of(cast.author).get(f"/items/{second.pk}/edit").content.decode()


def test_one_cannot_review_what_one_wrote(edition, cast, client_of):
    from accounts.enums import Role
    from accounts.models import RoleGrant

    RoleGrant.objects.create(user=cast.author, role=Role.REVIEWER)
    item = make_item(edition, cast.author)
    reviews.submit_for_review(actor=cast.author, revision=item.latest)
    client = client_of(cast.author)
    assert list(client.get("/items/queue").context["rows"]) == []
    answer = client.post(f"/items/{item.pk}/decide", {"revision": item.latest_id, "decision": "approve"})
    assert answer.status_code == 403


def test_remarks_are_made_and_resolved(edition, cast, client_of):
    item = make_item(edition, cast.author)
    reviewer, author = client_of(cast.reviewer), client_of(cast.author)
    reviewer.post(
        f"/items/{item.pk}/comment", {"revision": item.latest_id, "text": "<b>题干太长</b>", "place": "题干"}
    )
    page = author.get(f"/items/{item.pk}/")
    assert "&lt;b&gt;题干太长&lt;/b&gt;" in page.content.decode()
    remark = page.context["comments"][0]
    author.post(f"/items/comments/{remark.pk}/resolve")
    assert author.get(f"/items/{item.pk}/").context["open_comments"] == 0
    assert (
        reviewer.post(f"/items/{item.pk}/comment", {"revision": item.latest_id, "text": " "}).status_code
        == 400
    )


def test_the_moves_of_a_live_item(edition, cast, client_of):
    item = live_item(edition, cast.author, cast.reviewer)
    reviewer = client_of(cast.reviewer)
    assert reviewer.post(f"/items/{item.pk}/move", {"verb": "suspend"}).status_code == 400
    reviewer.post(f"/items/{item.pk}/move", {"verb": "suspend", "reason": "答案有争议"})
    item.refresh_from_db()
    assert item.state == ItemState.SUSPENDED
    answer = client_of(cast.author).post(f"/items/{item.pk}/move", {"verb": "revise"})
    assert answer.headers["Location"] == f"/items/{item.pk}/edit"
    assert client_of(cast.author).get(f"/items/{item.pk}/?revision=1").status_code == 200
    assert client_of(cast.author).get(f"/items/{item.pk}/?revision=abc").status_code == 200


def test_the_home_pages_say_what_waits(edition, cast, client_of):
    make_item(edition, cast.author, "甲")
    sent = make_item(edition, cast.author, "乙")
    reviews.submit_for_review(actor=cast.author, revision=sent.latest)
    assert "我的草稿" in client_of(cast.author).get("/").content.decode()
    assert "待审题目" in client_of(cast.reviewer).get("/").content.decode()


def test_a_page_never_runs_what_an_author_writes(edition, cast, client_of):
    bad = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    item = make_item(
        edition, cast.author, stem=f"题干{bad}", rationale=f"解析{bad}", option_rationale={"A": bad}
    )
    for url in (f"/items/{item.pk}/", f"/items/{item.pk}/edit", "/items/"):
        text = client_of(cast.author).get(url).content.decode()
        assert "<script>alert(1)" not in text
        assert "onerror=alert(1)>" not in text.replace("&gt;", ">").replace("&lt;img", "")


# --- files ---------------------------------------------------------------------------------------------------


def upload(client, edition, data: bytes, name: str, write: bool = False):
    file = io.BytesIO(data)
    file.name = name
    return client.post(
        "/items/import", {"edition": edition.pk, "file": file, **({"write": "on"} if write else {})}
    )


def every_kind(edition, author) -> list[Item]:
    """One complete item of each kind with an editor."""
    made = [make_item(edition, author)]
    bodies = {
        "multiple_choice": ({"options": [{"id": n, "text": f"做法{n}的说明"} for n in "ABCDE"]}, {"answers": ["A", "C"], "scoring": "penalty"}),
        "true_false": ({}, {"answer": True}),
        "numeric": ({"unit": "元"}, {"value": "12.50", "tolerance": "0.01", "tolerance_kind": "absolute"}),
        "fill_blank": ({"blanks": [{"id": "1"}]}, {"blanks": {"1": {"accept": ["海外仓", "境外仓"]}}, "scoring": "partial"}),
        "matching": ({"left": [{"id": "l1", "text": "空运"}, {"id": "l2", "text": "海运"}], "right": [{"id": "r1", "text": "快"}, {"id": "r2", "text": "慢"}, {"id": "r3", "text": "贵"}]}, {"pairs": {"l1": "r1", "l2": "r2"}}),
        "ordering": ({"entries": [{"id": "e1", "text": "先"}, {"id": "e2", "text": "中"}, {"id": "e3", "text": "后"}]}, {"order": ["e1", "e2", "e3"], "scoring": "exact"}),
        "short_answer": ({"max_chars": 300}, {"rubric": [{"id": "c1", "criterion": "说明原因", "points": "2", "levels": [{"points": "2", "descriptor": "完整"}, {"points": "0", "descriptor": "没有"}]}], "sample_answer": "参考答案"}),
    }  # fmt: skip
    for number, (kind, (content, key)) in enumerate(bodies.items(), 2):
        stem = (
            f"第{number}题，卖家把货放在{{{{1}}}}，=开头的也行"
            if kind == "fill_blank"
            else f"=第{number}题，请按要求作答。"
        )
        reasons = {n: f"理由{n}" for n in "ABCDE"} if kind == "multiple_choice" else {}
        text = ItemText(
            stem,
            content,
            key,
            "依据平台规则，结果为12.5。",
            reasons,
            "apply",
            Decimal("0.55"),
            [(requirement(edition).pk, Decimal(1))],
        )
        made.append(items.create_item(actor=author, edition=edition, kind=kind, text=text))
    return made


@pytest.mark.parametrize("form", ["xlsx", "yaml", "json"])
def test_what_is_exported_comes_back_equal(edition, cast, client_of, form):
    made = every_kind(edition, cast.author)
    assert all(items.problems_of(item.latest) == [] for item in made)
    client = client_of(cast.author)
    data = client.get(f"/items/export?as={form}").content
    other = make_edition("other")
    page = upload(client, other, data, f"items.{form}", write=True)
    assert page.status_code == 302, [str(p) for p in page.context["report"].problems]
    for item in made:
        copy = Item.objects.get(edition=other, code=item.code)
        assert (copy.kind, copy.latest.stem, copy.latest.key) == (
            item.kind,
            item.latest.stem,
            item.latest.key,
        )
        assert copy.latest.content == item.latest.content
        assert (copy.latest.rationale, copy.latest.option_rationale) == (
            item.latest.rationale,
            item.latest.option_rationale,
        )
    again = upload(client, other, data, f"items.{form}", write=True)
    assert again.status_code == 400, "open drafts are not revised from a file"


def test_exported_cells_are_never_formulas(edition, cast, client_of):
    every_kind(edition, cast.author)
    book = load_workbook(io.BytesIO(client_of(cast.author).get("/items/export").content))
    assert all(cell.data_type != "f" for row in book.worksheets[0].iter_rows() for cell in row)


def test_a_sheet_with_broken_rows_is_reported_row_by_row_and_writes_nothing(edition, cast, client_of):
    book = Workbook()
    sheet = book.active
    sheet.append(
        [
            "试题",
            "类型",
            "编号",
            "等级",
            "知识点",
            "认知层次",
            "难度",
            "选项A",
            "选项B",
            "选项C",
            "正确答案",
            "解析",
            "选项解析",
        ]
    )
    good = [
        "买家要求改地址应先做什么？",
        "单选",
        "J-1.1.1-01",
        "初级",
        "1.1.1",
        "应用",
        0.65,
        "核对订单",
        "直接发货",
        "关闭店铺",
        "A",
        "先核对订单状态再处理。",
        "A=对\nB=错\nC=错",
    ]
    sheet.append(good)
    for column, value in ((10, "E"), (1, "拖拽"), (6, "难"), (4, "9.9.9"), (0, "")):
        row = [*good[:2], f"J-1.1.1-1{column}", *good[3:]]
        row[column] = value
        if column:
            row[0] = f"{good[0]}{column}"
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    page = upload(client_of(cast.author), edition, out.getvalue(), "题目.xlsx", write=True)
    assert page.status_code == 400
    found = {(p.line, p.rule) for p in page.context["report"].problems}
    assert {
        (3, "key_unknown"),
        (4, "kind_unknown"),
        (5, "schema"),
        (6, "requirement_unknown"),
        (7, "stem_empty"),
    } <= found
    assert not Item.objects.exists()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "x.yaml"),
        (b"PK\x03\x04broken", "x.xlsx"),
        (b"\xd0\xcf\x11\xe0old", "x.xlsx"),
        (b"[1]", "x.json"),
        (b"x", "x.exe"),
    ],
)
def test_a_file_that_is_no_bank_is_refused_with_a_reason(edition, cast, client_of, data, name):
    page = upload(client_of(cast.author), edition, data, name, write=True)
    assert page.status_code in {200, 400}
    report = page.context.get("report")
    assert (report and report.problems) or page.context["form"].errors
    assert not Item.objects.exists()


def test_the_template_reads_as_an_empty_bank(edition, cast, client_of):
    client = client_of(cast.author)
    data = client.get("/items/import/template.xlsx").content
    assert load_workbook(io.BytesIO(data)).sheetnames == ["题目", "填写说明"]
    page = upload(client, edition, data, "t.xlsx")
    assert [p.rule for p in page.context["report"].problems] == ["file_empty"]


def test_the_public_part_on_pages_for_preview_is_json(edition, cast, client_of):
    item = make_item(edition, cast.author)
    page = client_of(cast.author).get(f"/items/{item.pk}/")
    assert json.loads(json.dumps(page.context["player"]))["kind"] == "single_choice"


# --- the shipped bank ----------------------------------------------------------------------------------------


def test_one_item_of_each_shipped_kind_shows_and_the_tree_knows_its_coverage(cast, client_of):
    from pathlib import Path

    from django.core.management import call_command

    from standards.coverage import coverage_of

    shipped = Path(__file__).resolve().parents[2] / "assessments" / "bank" / "kuajing-b2c"
    edition = make_edition()
    call_command("load_bank", str(shipped), "--approve", verbosity=0)
    client = client_of(cast.author)
    for kind in all_kinds():
        item = Item.objects.filter(kind=kind.name).first()
        assert item is not None, kind.name
        assert client.get(f"/items/{item.pk}/").status_code == 200
        assert client.get(f"/items/{item.pk}/edit").status_code == 409, "what is approved is not edited"
    held = coverage_of(edition)
    assert len(held) == 73
    assert all(row.usable >= 3 and row.kinds >= 2 for row in held.values())
    assert sum(row.practical for row in held.values()) >= 3
