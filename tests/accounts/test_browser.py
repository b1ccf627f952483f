"""Accounts and the design system in a real browser."""

from __future__ import annotations

import pytest

from tests.accessibility import barriers
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.browser


@pytest.fixture
def live_cast(live_site, settings) -> Cast:
    settings.DEMO = True
    return Cast()


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_style_guide_has_no_barriers(browser_context, live_site, theme, width):
    context = browser_context(width=width)
    context.add_cookies([{"name": "theme", "value": theme, "url": live_site.url}])
    page = context.new_page()
    page.goto("/styleguide")
    assert page.locator("html").get_attribute("data-theme") == theme
    assert not barriers(page)


def test_sign_in_by_keyboard_and_home(page, live_cast):
    page.goto("/password")
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="修改密码").wait_for()
    page.goto("/")
    assert page.get_by_role("heading", level=1).inner_text() == "周管理，您好"
    assert not barriers(page)


@pytest.mark.parametrize(
    "path", ["/", "/admin/users", "/admin/users/new", "/admin/schools", "/keys/new", "/admin/audit", "/no"]
)
def test_pages_have_no_barriers_on_the_phone(phone, live_cast, sign_in_browser, path):
    sign_in_browser(phone, live_cast.admin)
    phone.goto(path)
    assert not barriers(phone)


def test_menu_of_the_phone_opens_closes_and_gives_the_focus_back(phone, live_cast, sign_in_browser):
    sign_in_browser(phone, live_cast.admin)
    phone.goto("/")
    link = phone.locator("#side a", has_text="审计日志")
    assert not link.is_visible()
    toggle = phone.locator("[data-menu-toggle]")
    toggle.click()
    assert link.is_visible()
    assert toggle.get_attribute("aria-expanded") == "true"
    phone.keyboard.press("Escape")
    assert not link.is_visible()
    assert toggle.evaluate("e => e === document.activeElement")
    toggle.click()
    link.click()
    phone.wait_for_url("**/admin/audit")


def test_theme_changes_at_once_and_stays(page, live_cast, sign_in_browser):
    sign_in_browser(page, live_cast.author)
    page.goto("/")
    page.get_by_text("显示与语言").locator("xpath=ancestor::summary").click()
    with page.expect_response("**/preferences"):
        page.get_by_role("button", name="深色").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_revoking_a_key_asks_first(page, live_cast, sign_in_browser):
    from accounts.models import ApiKey
    from accounts.services import keys

    keys.create_key(
        actor=live_cast.officer_a, school=live_cast.school_a, name="教务", scopes=["results:read"]
    )
    sign_in_browser(page, live_cast.officer_a)
    page.goto("/keys")
    page.get_by_role("button", name="撤销").click()
    dialog = page.get_by_role("dialog")
    assert "立即被拒绝" in dialog.inner_text()
    dialog.get_by_role("button", name="取消").click()
    assert ApiKey.objects.get().revoked_at is None
    page.get_by_role("button", name="撤销").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销").click()
    page.get_by_text("已撤销，立即失效").wait_for()
    assert ApiKey.objects.get().revoked_at is not None


def test_rows_are_ticked_and_the_bar_counts(page, live_site):
    page.goto("/styleguide")
    table = page.locator("#sample-table")
    bar = page.locator(".bulk")
    assert not bar.is_visible()
    table.get_by_label("选择 J-1.2.1-03").check()
    assert "已选 1 道" in bar.inner_text()
    table.get_by_label("全选").check()
    assert "已选 3 道" in bar.inner_text()
    bar.get_by_role("button", name="取消选择").click()
    assert not bar.is_visible()


def test_shortcuts_are_listed_and_work(page, live_cast, sign_in_browser):
    sign_in_browser(page, live_cast.admin)
    page.goto("/admin/users")
    page.keyboard.press("?")
    assert "新建账号" in page.get_by_role("dialog").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("许")
    page.wait_for_url("**/admin/users?q=*")
    assert page.locator("tbody tr").count() == 1
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url("**/admin/users/new")


def test_everything_works_without_scripts(browser_context, live_cast, sign_in_browser):
    page = browser_context(width=390, java_script_enabled=False).new_page()
    sign_in_browser(page, live_cast.admin)
    page.goto("/admin/users?q=author")
    page.get_by_label("角色").select_option("author")
    page.get_by_role("button", name="筛选").click()
    assert "role=author" in page.url
    page.get_by_role("link", name="author", exact=True).click()
    page.get_by_label("姓名").fill("许老师")
    page.get_by_role("button", name="保存").click()
    assert "已保存 许老师 的账号" in page.content()
