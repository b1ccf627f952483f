"""The editor and the players of all kinds in a real browser, by keyboard."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assessments.kinds import get_kind
from assessments.models import Item
from assessments.services import items, reviews
from assessments.services.items import ItemText
from tests.accessibility import barriers

from .item_cast import live_item, make_edition, make_item, requirement

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("ITEM_SHOTS")

SAMPLES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "multiple_choice": ("处理退款请求时，下列做法正确的有：", {"options": [{"id": n, "text": t} for n, t in zip("ABCDE", ["核对订单与物流记录", "查看买家提供的照片", "先退款再看证据", "按平台时限答复", "把买家拉黑"], strict=True)]}, {"answers": ["A", "B", "D"], "scoring": "partial"}),
    "true_false": ("线上发货时，运单号填错后可以在平台允许的时限内修改。", {}, {"answer": True}),
    "numeric": ("<p>某订单数据如下：</p><table><thead><tr><th>项目</th><th>金额（元）</th></tr></thead><tbody><tr><td>售价</td><td>128.00</td></tr><tr><td>采购成本</td><td>62.50</td></tr><tr><td>物流费</td><td>21.30</td></tr></tbody></table><p>毛利是多少？</p>", {"unit": "元", "hint": "保留两位小数"}, {"value": "44.20", "tolerance": "0.01"}),
    "fill_blank": ("货物存放在境外仓库的做法叫{{1}}，本单运费为{{2}}。", {"blanks": [{"id": "1", "width": 8}, {"id": "2", "width": 5, "unit": "元"}]}, {"blanks": {"1": {"accept": ["海外仓"]}, "2": {"value": "12.5", "tolerance": "0.1"}}}),
    "matching": ("将物流方式与特点匹配。", {"left": [{"id": "l1", "text": "邮政小包"}, {"id": "l2", "text": "商业快递"}, {"id": "l3", "text": "海外仓本地配送"}], "right": [{"id": "r1", "text": "价格低、时效慢"}, {"id": "r2", "text": "价格高、时效快"}, {"id": "r3", "text": "下单后从当地发出"}, {"id": "r4", "text": "只能送到机场"}]}, {"pairs": {"l1": "r1", "l2": "r2", "l3": "r3"}}),
    "ordering": ("按先后排列线上发货的步骤。", {"entries": [{"id": "e1", "text": "核对订单"}, {"id": "e2", "text": "打印面单"}, {"id": "e3", "text": "交给揽收方"}, {"id": "e4", "text": "查看首条轨迹"}]}, {"order": ["e1", "e2", "e3", "e4"], "scoring": "pairs"}),
    "short_answer": ("买家称未收到货，简述处理步骤。", {"max_chars": 120}, {"rubric": [{"id": "c1", "criterion": "查物流", "points": "2", "levels": [{"points": "2", "descriptor": "查轨迹并说明"}, {"points": "0", "descriptor": "未提到"}]}], "sample_answer": "先查物流轨迹，再联系买家。"}),
}  # fmt: skip


def sample(edition: Any, author: Any, kind: str) -> Item:
    stem, content, key = SAMPLES[kind]
    links = [(requirement(edition).pk, Decimal(1))]
    reasons = dict.fromkeys("ABCDE", "理由写在这里") if kind == "multiple_choice" else {}
    text = ItemText(
        stem, content, key, "依据平台规则作答，44.2 元。", reasons, "apply", Decimal("0.60"), links
    )
    return items.create_item(actor=author, edition=edition, kind=kind, text=text)


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def wire(page: Any, item: Item) -> Any:
    """Draw the item through the player's registry on its page and hand back what it reports as the response."""
    return page.evaluate(
        """async () => {
            const { renderItem } = await import("/static/js/kinds/index.js");
            const holder = document.querySelector("[data-item-player]");
            const data = JSON.parse(document.getElementById("player-data").textContent);
            window.given = undefined;
            await renderItem(holder, { ...data, ...window.more }, (response) => { window.given = response; });
        }"""
    )


def earned(item: Item, response: Any) -> Any:
    kind = get_kind(item.kind)
    return kind.score(
        item.latest.content, item.latest.key, kind.parse_response(response, item.latest.content), Decimal(10)
    )


@pytest.fixture
def edition(live_site: Any) -> Any:
    return make_edition()


def test_every_kind_is_answered_by_keyboard_alone(edition, cast, page, sign_in_browser):
    made = {kind: sample(edition, cast.author, kind) for kind in SAMPLES}
    made["single_choice"] = make_item(edition, cast.author)
    sign_in_browser(page, cast.author)

    def opened(kind: str) -> Item:
        page.goto(f"/items/{made[kind].pk}/")
        page.locator("[data-item-player] .question__stem").wait_for()
        wire(page, made[kind])
        shot(page, f"detail-{kind}")
        return made[kind]

    def given() -> Any:
        return page.evaluate("window.given")

    item = opened("single_choice")
    page.locator("input[type=radio]").first.focus()
    page.keyboard.press("Space")
    assert given() == {"choice": "A"}
    page.keyboard.press("ArrowDown")
    assert given() == {"choice": "B"}
    page.get_by_role("button", name="清除选择").press("Enter")
    assert given() is None

    item = opened("multiple_choice")
    for name in ("A", "B", "D"):
        page.locator(f"[data-option={name}] input").press("Space")
    assert given() == {"choices": ["A", "B", "D"]}
    assert earned(item, given()).points == 10

    item = opened("true_false")
    page.locator("input[type=radio]").first.press("Space")
    assert earned(item, given()).points == 10

    item = opened("numeric")
    page.locator(".item-number").focus()
    page.keyboard.type("四十")
    page.keyboard.press("Tab")
    assert "无法读作数值" in page.locator(".item-warning").inner_text()
    page.locator(".item-number").fill("¥４４.２０")
    assert earned(item, given()).points == 10

    item = opened("fill_blank")
    page.get_by_label("第 1 空").focus()
    page.keyboard.type("海外 仓")
    page.keyboard.press("Tab")
    page.keyboard.type("12.5元")
    assert earned(item, given()).points == 10

    item = opened("matching")
    for text, match in (
        ("邮政小包", "价格低、时效慢"),
        ("商业快递", "价格高、时效快"),
        ("海外仓本地配送", "下单后从当地发出"),
    ):
        box = page.get_by_label(f"“{text}”对应")
        label = next(o for o in box.locator("option").all_inner_texts() if o.endswith(match))
        box.select_option(label=label)
    assert earned(item, given()).points == 10

    item = opened("ordering")
    assert given() is None
    assert "尚未作答" in page.locator(".item-status").inner_text()
    for place, text in enumerate(["核对订单", "打印面单", "交给揽收方", "查看首条轨迹"]):
        row = page.locator(".order__row", has_text=text)
        row.focus()
        for _step in range(4):
            if page.locator(".order__row").all_inner_texts()[place].find(text) >= 0:
                break
            page.keyboard.press("Alt+ArrowUp")
    if given() is None:  # the order first shown was the right one already
        page.get_by_role("button", name="就按此次序").press("Enter")
    assert earned(item, given()).points == 10

    item = opened("short_answer")
    page.locator("textarea.item-text").fill("先查物流轨迹。" * 20)
    assert "超出" in page.locator(".item-count").inner_text()
    assert given() == {"text": "先查物流轨迹。" * 20}


def test_an_author_writes_an_item_with_preview_autosave_and_keyboard(
    edition, cast, page, phone, sign_in_browser
):
    sign_in_browser(page, cast.author)
    page.goto("/items/new")
    shot(page, "new")
    page.get_by_label("职业技能要求").select_option(index=1)
    page.get_by_role("button", name="开始写").click()
    page.wait_for_url("**/edit")
    shot(page, "edit-empty")
    page.get_by_role("textbox", name="题干").fill("买家要求更改收货地址，卖家应先怎么做？")
    texts = ["核对订单是否已经发货", "直接按原来的地址发货", "取消订单并且关闭店铺", "请买家到别的平台下单"]
    for letter, text in zip("ABCD", texts, strict=True):
        page.get_by_label(f"选项 {letter}").fill(text)
        page.get_by_label(f"理由 {letter}").fill(f"理由：{text}")
    page.locator("[data-row] input[type=radio]").first.press("Space")
    page.get_by_label("选项 A").press("Alt+ArrowDown")
    assert page.get_by_label("选项 B").input_value() == texts[0]
    page.get_by_role("button", name="加一个选项").press("Enter")
    page.keyboard.type("先给买家打电话")
    page.get_by_role("textbox", name="解析").fill("改地址之前先看订单是否已经发出，未发出才能改。")
    page.locator("[data-save-state][data-state=saved]", has_text="已保存").wait_for()
    page.locator(".item-sheet .option", has_text="先给买家打电话").wait_for()
    page.get_by_role("textbox", name="解析").fill("改地址之前先看订单是否已经发出，未发出才能改地址。")
    page.locator("[data-todo] li", has_text="选项 E 没有写对错的理由").wait_for()
    shot(page, "edit-filled")
    page.locator("[data-row]").nth(4).get_by_role("button", name="删去").click()
    page.locator("[data-todo-done]").wait_for(state="visible")
    page.wait_for_timeout(1500)
    item = Item.objects.get()
    item.latest.refresh_from_db()
    assert item.latest.key == {"answer": "B"}
    assert [option["text"] for option in item.latest.content["options"]] == [texts[1], texts[0], *texts[2:]]
    page.get_by_role("button", name="送审").click()
    page.get_by_text("已送审").wait_for()
    item.refresh_from_db()
    assert item.state == "in_review"
    sign_in_browser(phone, cast.reviewer)
    phone.goto(f"/items/{item.pk}/review")
    phone.locator(".question__stem").wait_for()
    shot(phone, "review-phone")
    phone.goto("/items/queue")
    shot(phone, "queue-phone")
    page.context.clear_cookies()
    sign_in_browser(page, cast.reviewer)
    page.goto(f"/items/{item.pk}/review")
    page.locator(".question__stem").wait_for()
    shot(page, "review")
    assert not barriers(page)
    for box in page.locator("[data-judged]").all():
        box.press("Space")
    page.get_by_role("button", name="审定").click()
    page.get_by_text("已审定").first.wait_for()


def test_pages_fit_a_phone_and_hold_no_barrier(edition, cast, phone, page, sign_in_browser):
    for number in range(3):
        live_item(edition, cast.author, cast.reviewer, f"话题{number}")
    made = [sample(edition, cast.author, kind) for kind in SAMPLES]
    reviews.submit_for_review(actor=cast.author, revision=made[0].latest)
    sign_in_browser(phone, cast.author)
    sign_in_browser(page, cast.author)
    urls = {"list": "/items/", "detail": f"/items/{made[4].pk}/", "import": "/items/import"}
    urls |= {f"edit-{item.kind}": f"/items/{item.pk}/edit" for item in made[1:]}
    for name, url in urls.items():
        for screen, label in ((phone, "390"), (page, "1280")):
            screen.goto(url)
            screen.wait_for_load_state("networkidle")
            shot(screen, f"{name}-{label}")
            assert not barriers(screen), url
            assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), (
                f"{url} is too wide at {label}"
            )
