"""The keeper's way through a real browser, wide and narrow, by keyboard where it matters."""

from __future__ import annotations

import pytest
from django.urls import reverse

from standards.enums import EditionState, FindingState
from standards.models import Edition
from standards.queries.tree import requirement_by_code
from tests.accessibility import barriers

from . import documents

pytestmark = pytest.mark.browser


def url(name, *args):
    return reverse(f"standards:{name}", args=args)


def test_import_settle_and_publish(page, cast, second_keeper, sign_in_browser):
    sign_in_browser(page, cast.keeper)
    page.goto(url("import"))
    page.set_input_files('input[type="file"]', str(documents.SOURCE))
    assert "kuajing-b2c-standard.txt" in page.inner_text("[data-drop-chosen]")
    page.get_by_role("button", name="导入并查看报告").click()
    page.wait_for_url("**/report/")
    assert "全部有着落" in page.inner_text("main")
    edition = Edition.objects.get()

    doubt = edition.findings.get(kind="doubt.foreign_word")
    row = page.locator(f"#finding-{doubt.pk}")
    row.get_by_role("button", name="按建议改").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f'#finding-{doubt.pk}[data-state="accepted"]')
    assert "已确认 1 条" in page.inner_text("#report-sums")
    assert page.inner_text("#open-count") == "65"
    assert page.evaluate("document.activeElement.closest('.std-finding')?.dataset.state") == "open"
    assert requirement_by_code(edition, "初级", "1.1.2").text.endswith("图片和短视频。")

    lacking = edition.findings.get(kind="doubt.no_can")
    row = page.locator(f"#finding-{lacking.pk}")
    row.locator("summary", has_text="改为").click()
    row.locator("textarea").fill("能按采购验收标准，完成验收。")
    row.get_by_role("button", name="保存").click()
    page.wait_for_selector(f'#finding-{lacking.pk}[data-state="mended"]')
    assert requirement_by_code(edition, "中级", "1.3.4").text == "能按采购验收标准，完成验收。"

    page.get_by_role("button", name="发布…").click()
    assert "须由另一位标准管理员发布" in page.inner_text("#publish")
    sign_in_browser(page, second_keeper)
    page.goto(url("edition", edition.pk))
    page.get_by_role("button", name="发布…").click()
    page.get_by_label("我已核对导入报告和结构").check()
    page.locator("#publish").get_by_role("button", name="发布", exact=True).click()
    page.wait_for_selector("text=已发布。从现在起")
    edition.refresh_from_db()
    assert edition.state == EditionState.PUBLISHED
    assert not edition.findings.filter(state=FindingState.OPEN).exists()


def test_find_in_the_tree_and_jump_to_the_source(page, cast, imported, sign_in_browser):
    sign_in_browser(page, cast.keeper)
    page.goto(url("edition", imported.pk))
    page.fill("[data-tree-search]", "3.3.2")
    assert page.locator('.tree__node[data-kind="requirement"]:visible').count() == 2  # 初级 and 中级
    page.fill("[data-tree-search]", "")
    row = requirement_by_code(imported, "高级", "1.3.2")
    page.locator(f"#requirement-{row.pk} .std-line").click()
    page.wait_for_url("**/source/#L151")
    assert page.locator("#L151").is_visible()


def test_pages_have_no_barriers_and_fit_a_phone(page, phone, cast, imported, sign_in_browser):
    sign_in_browser(page, cast.keeper)
    sign_in_browser(phone, cast.keeper)
    paths = [
        url("list"),
        url("import"),
        url("edition", imported.pk),
        url("edition_tab", imported.pk, "terms"),
        url("report", imported.pk),
        url("source", imported.pk),
        url("editor", imported.pk),
    ]
    for path in paths:
        page.goto(path)
        assert not barriers(page), path
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
