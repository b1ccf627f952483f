"""The try-out page of practical tasks, over HTTP and in a real browser."""

from __future__ import annotations

import json

import pytest

from assessments.models import Item

pytestmark = pytest.mark.django_db


def post(client, name, **body):
    return client.post(f"/workbenches/try/{name}/", json.dumps(body), content_type="application/json")


def test_authors_reviewers_and_examiners_may_try(cast, client_of):
    for person in (cast.author, cast.reviewer, cast.examiner):
        page = client_of(person).get("/workbenches/try/")
        assert page.status_code == 200
        assert "J-1.2.1-91" in page.content.decode()
    for person in (cast.candidate_a, cast.officer_a, cast.marker):
        assert client_of(person).get("/workbenches/try/").status_code == 403
        assert post(client_of(person), "reference", item="J-1.2.1-91").status_code == 403


def test_a_command_is_applied_after_the_log(cast, client_of):
    client = client_of(cast.author)
    answer = {"type": "answer", "field": "shipped", "value": "61"}
    first = post(client, "command", item="J-1.2.1-91", seed="5", log=[], command=answer).json()
    assert first["view"]["answers"] == {"shipped": "61"}
    second = post(
        client,
        "command",
        item="J-1.2.1-91",
        seed="5",
        log=[answer],
        command={"type": "answer", "field": "us_sales", "value": "12"},
    ).json()
    assert set(second["view"]["answers"]) == {"shipped", "us_sales"}
    no = post(
        client, "command", item="J-1.2.1-91", seed="5", log=[], command={"type": "ship_order", "order": "1"}
    ).json()
    assert no["refusal"]["code"] == "no_such_order"


@pytest.mark.parametrize("item", ["J-1.2.1-91", "M-1.2.2-91", "S-1.1.2-91"])
def test_the_reference_is_worth_a_hundred(cast, client_of, item):
    client = client_of(cast.reviewer)
    log = post(client, "reference", item=item, seed="9").json()["log"]
    grade = post(client, "grade", item=item, seed="9", log=log).json()["grade"]
    assert grade["points"] == "100.00"
    assert post(client, "grade", item=item, seed="9").json()["grade"]["points"] == "0.00"


def test_bad_requests_are_named(cast, client_of):
    client = client_of(cast.author)
    assert post(client, "grade", item="none").status_code == 404
    assert post(client, "grade", wrong=1).status_code == 400
    assert (
        client.post("/workbenches/try/grade/", b"\xff{", content_type="application/json").status_code == 400
    )


def test_the_kind_scores_from_the_log(cast):
    from decimal import Decimal

    from assessments.kinds import get_kind
    from assessments.kinds.practical import seed_for
    from assessments.views.workbenches import practical_tasks

    kind = get_kind("practical")
    assert not Item.objects.filter(kind="practical").exists()
    for task in practical_tasks():
        key = {"checks": task.checks}
        assert kind.validate(task.stem, task.content, key) == []
        assert kind.score(task.content, key, None, Decimal(20)).points == 0
        best = kind.key_response(task.content, key)
        full = kind.score(task.content, key, best, Decimal(20))
        assert full.points == Decimal(20)
        json.dumps(full.detail, default=str)
        public = kind.public(task.content)
        assert "seed" not in public
        assert kind.describe_response(task.content, best)
        assert kind.describe_key(task.content, key)
    content = task.content
    assert seed_for(content, attempt_seed=1) != seed_for(content, attempt_seed=2)
    assert seed_for({**content, "seed_policy": "form"}, attempt_seed=1, form_seed=3) == seed_for(
        {**content, "seed_policy": "form"}, attempt_seed=2, form_seed=3
    )


def test_the_kind_refuses_tasks_that_can_not_be_done(cast):
    from assessments.kinds import get_kind
    from assessments.views.workbenches import practical_tasks

    kind = get_kind("practical")
    task = practical_tasks()[0]

    def codes(content, checks):
        return [problem.code for problem in kind.validate(task.stem, content, {"checks": checks})]

    assert codes({**task.content, "workbench": "none"}, task.checks) == ["workbench_unknown"]
    assert codes({**task.content, "scenario": "none"}, task.checks) == ["scenario_unknown"]
    assert codes({**task.content, "params": {"plain": 99}}, task.checks) == ["params_bad"]
    assert codes({**task.content, "asks": []}, task.checks) == ["asks_empty"]
    assert codes({**task.content, "seed_policy": "form", "seed": ""}, task.checks) == ["seed_missing"]
    linked = {"points": "1", "label": "x", "requirements": [{"level": "初级", "code": "1.2.1"}]}
    assert codes(task.content, [{**linked, "id": "x", "check": "lanes"}]) == ["check_unreachable"]
    assert codes(task.content, [{**linked, "id": "x", "check": "nope"}]) == ["check_bad"]
    assert codes(task.content, [{"points": "1", "label": "x", "id": "x", "check": "refunds"}]) == [
        "check_unlinked"
    ]


def make_task(author):
    from decimal import Decimal

    from assessments.bank import read_files
    from assessments.services.items import ItemText, create_item
    from assessments.views.workbenches import BANK

    from .item_cast import make_edition, requirement

    edition = make_edition()
    entry = read_files([BANK / "practical-junior.yaml"])[0][0].item
    text = ItemText(
        stem=entry.stem,
        content=entry.content,
        key=entry.key,
        rationale=entry.rationale,
        cognitive=entry.cognitive,
        difficulty=Decimal("0.58"),
        requirements=[
            (requirement(edition, link.level, link.code).pk, link.weight) for link in entry.requirements
        ],
    )
    return create_item(actor=author, edition=edition, kind="practical", text=text)


def posted(item):
    """The editor's form for an item as the page would send it back."""
    from assessments.kinds import get_kind
    from assessments.kinds.base import Drafted

    revision = item.latest
    part = get_kind("practical").form_context(Drafted(revision.content, revision.key, {}))
    links = revision.requirement_links.all()
    return {
        "stem": revision.stem,
        "rationale": revision.rationale,
        "difficulty": str(revision.difficulty),
        "cognitive": revision.cognitive,
        "requirement": [link.requirement_id for link in links],
        **{f"weight_{link.requirement_id}": str(link.weight) for link in links},
        **{name: part["content"].get(name, "") for name in ("workbench", "scenario", "seed_policy", "seed")},
        "params": part["params"],
        "asks": part["asks"],
        "checks": part["checks"],
    }


def test_a_task_survives_the_editor(cast, client_of):
    item = make_task(cast.author)
    client = client_of(cast.author)
    before = (item.latest.content, item.latest.key)
    page = client.get(f"/items/{item.pk}/edit")
    assert page.status_code == 200
    assert "可用的检查" in page.content.decode()
    assert client.post(f"/items/{item.pk}/edit", posted(item)).status_code == 302
    item.latest.refresh_from_db()
    assert (item.latest.content, item.latest.key) == before
    assert "J-" in client.get("/workbenches/try/").content.decode()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"checks": "- [unclosed"}, "key"),
        ({"checks": "- {id: a, check: nope, points: 1, label: x}"}, "key.checks"),
        ({"checks": "- {id: a, check: refunds, points: .nan, label: x}"}, "key"),
        ({"params": "{plain: 99}"}, "content.params"),
        ({"scenario": "none"}, "content.scenario"),
        ({"asks": ""}, "content.asks"),
    ],
)
def test_the_editor_names_what_is_wrong(cast, client_of, change, place):
    item = make_task(cast.author)
    answer = client_of(cast.author).post(f"/items/{item.pk}/draft", {**posted(item), **change})
    assert answer.status_code == 200
    assert any(problem["place"].startswith(place) for problem in answer.json()["problems"]), answer.json()[
        "problems"
    ]
    assert client_of(cast.author).get(f"/items/{item.pk}/edit").status_code == 200
    tried = client_of(cast.author).get("/workbenches/try/")
    assert tried.status_code == (400 if place == "content.params" else 200)
    assert "试做实操任务" in tried.content.decode()
    graded = post(client_of(cast.author), "grade", item=item.code)
    assert graded.status_code == {"content.scenario": 404, "content.asks": 200}.get(place, 400)


@pytest.mark.browser
class TestInTheBrowser:
    def open(self, page, cast, sign_in_browser, item="J-1.2.1-91"):
        sign_in_browser(page, cast.author)
        page.goto(f"/workbenches/try/?item={item}&seed=3")
        page.wait_for_selector(".wb")

    def test_an_order_is_shipped_by_hand(self, live_site, page, cast, sign_in_browser):
        self.open(page, cast, sign_in_browser)
        page.get_by_label("状态", exact=True).select_option("to_ship")
        page.locator("table button", has_text="2603").first.click()
        page.get_by_role("button", name="声明发货").click()
        page.locator(".wb__notice", has_text="还没有运单号").wait_for()
        page.get_by_label("物流商").first.select_option("UPS")
        page.get_by_label("运单号").first.fill("12345")
        page.get_by_role("button", name="保存运单号").first.click()
        page.wait_for_selector("[aria-invalid=true]")
        assert "UPS的运单号应为" in page.locator("[data-error=tracking]").first.inner_text()
        page.get_by_label("物流商").first.select_option("4PX")
        page.get_by_label("运单号").first.fill("4px3001234567890cn")
        page.get_by_role("button", name="保存运单号").first.click()
        page.get_by_role("button", name="更新运单号").wait_for()
        page.get_by_role("button", name="声明发货").click()
        page.locator(".wb-head .badge", has_text="已发货").wait_for()
        page.get_by_role("button", name="按检查评分").click()
        page.get_by_text("得分", exact=False).first.wait_for()

    def test_what_is_final_is_asked_first(self, live_site, page, cast, sign_in_browser):
        self.open(page, cast, sign_in_browser)
        page.get_by_label("状态", exact=True).select_option("to_ship")
        page.locator("table button", has_text="2603").first.click()
        page.get_by_label("取消原因").select_option("buyer_request")
        page.get_by_role("button", name="取消订单").click()
        page.get_by_role("button", name="再想想").click()
        assert page.locator(".wb-head .badge").inner_text() == "待发货"
        page.get_by_role("button", name="取消订单").click()
        page.get_by_role("button", name="确定").click()
        page.locator(".wb-head .badge", has_text="已取消").wait_for()

    def test_every_page_draws_and_the_form_keeps_answers(self, live_site, page, cast, sign_in_browser):
        for item in ("J-1.2.1-91", "M-1.2.2-91", "S-1.1.2-91"):
            self.open(page, cast, sign_in_browser, item)
            for name in page.locator(".wb__tab > span:first-child").all_inner_texts():
                page.locator(".wb__tab", has_text=name).first.click()
                assert page.locator(".wb-head h2").first.inner_text().strip()
            box = page.locator(".wb-answer input").first
            box.fill("很多")
            box.press("Tab")
            page.locator(".wb-answer [aria-invalid=true]").wait_for()
            box.fill("12.5")
            box.press("Tab")
            page.locator(".wb-answer .field__help", has_text="已提交：12.5").wait_for()

    def test_answers_in_quick_succession_all_arrive(self, live_site, page, cast, sign_in_browser):
        self.open(page, cast, sign_in_browser, "M-1.2.2-91")
        page.locator(".wb__tab", has_text="答题表").click()
        page.locator(".wb-answer input").first.focus()
        boxes = page.locator(".wb-answer input").count()
        for number in range(boxes):
            page.keyboard.type(str(number + 1))
            page.keyboard.press("Tab")
        page.wait_for_function(
            "most => document.querySelectorAll('.wb-answer .field__help').length && [...document.querySelectorAll('.wb-answer .field__help')].filter(e => e.textContent.startsWith('已提交')).length >= most",
            arg=boxes - 1,
        )
        page.locator(".wb__tab", has_text="规则").click()
        page.locator(".wb__tab", has_text="答题表").click()
        assert page.locator(".wb-answer input").first.input_value() == "1"

    def test_a_standing_figure_is_saved_without_leaving_the_box(self, live_site, page, cast, sign_in_browser):
        self.open(page, cast, sign_in_browser)
        page.locator(".wb__tab", has_text="答题表").click()
        page.locator(".wb-answer input").first.fill("77")
        page.locator(".wb-answer .field__help", has_text="已提交：77").wait_for()

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_every_page_is_free_of_barriers(self, live_site, page, cast, sign_in_browser, theme):
        from tests.accessibility import barriers

        for item in ("J-1.2.1-91", "M-1.2.2-91", "S-1.1.2-91"):
            self.open(page, cast, sign_in_browser, item)
            page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
            for tab in page.locator(".wb__tab").all():
                tab.click()
                assert not barriers(page), page.locator(".wb-head h2").first.inner_text()
                opener = page.locator(".wb-list table .btn--quiet").first
                if opener.count():
                    opener.click()
                    assert not barriers(page), page.locator(".wb-head h2").first.inner_text()

    def test_the_editor_saves_a_task_as_it_is_typed(self, live_site, page, cast, sign_in_browser):
        item = make_task(cast.author)
        sign_in_browser(page, cast.author)
        page.goto(f"/items/{item.pk}/edit")
        with page.expect_response(lambda answer: answer.url.endswith("/draft")) as answer:
            page.get_by_label("任务要求").fill("只有一条要求")
        assert answer.value.ok
        item.latest.refresh_from_db()
        assert item.latest.content["asks"] == ["只有一条要求"]

    def test_on_a_phone_nothing_sticks_out(self, live_site, phone, cast, sign_in_browser):
        for item in ("J-1.2.1-91", "M-1.2.2-91", "S-1.1.2-91"):
            self.open(phone, cast, sign_in_browser, item)
            for tab in phone.locator(".wb__tab").all():
                tab.click()
                width = phone.evaluate("document.documentElement.scrollWidth")
                assert width <= 390, phone.locator(".wb-head h2").first.inner_text()

    def test_the_reference_runs(self, live_site, page, cast, sign_in_browser):
        self.open(page, cast, sign_in_browser, "M-1.2.2-91")
        page.get_by_role("button", name="执行参考解法").click()
        page.get_by_text("得分 100.00 / 100").wait_for()
