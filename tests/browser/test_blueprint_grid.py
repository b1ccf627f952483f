"""The blueprint grid, the paper and an assembly run in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from accounts.enums import Role
from assessments.models import Blueprint, Form
from assessments.services.assembly import run_assembly, start_assembly
from assessments.services.blueprints import create_blueprint, mark_ready
from assessments.services.proposals import propose_blueprint
from tests.accessibility import barriers
from tests.browser.exam import KINDS, bank_specs
from tests.factories import CHOICE, make_edition, make_item, make_user

pytestmark = pytest.mark.browser


@pytest.fixture
def edition(transactional_db):
    """One level with twelve choice items and two of every other kind."""
    edition = make_edition(requirements=2)
    author, reviewer = make_user(Role.AUTHOR), make_user(Role.REVIEWER)
    requirements = list(edition.levels.get().domains.get().tasks.get().requirements.all())
    for n in range(12):
        make_item(edition, requirements[n % 2], author, reviewer, **CHOICE, difficulty=f"0.{50 + n}")
    for kind in KINDS[1:]:
        for requirement in requirements:
            make_item(edition, requirement, author, reviewer, **bank_specs()[kind])
    return edition


@pytest.fixture
def examiner(transactional_db):
    return make_user(Role.EXAMINER)


def cell(page, row, name):
    return page.locator("[data-row]").nth(row).locator(f'[data-col="{name}"]')


def test_typing_through_the_grid(page, edition, examiner, sign_in_browser):
    blueprint = create_blueprint(edition.levels.get(), actor=examiner, title="键盘")
    sign_in_browser(page, examiner)
    page.goto(f"/blueprints/{blueprint.pk}/")
    assert not barriers(page)
    cell(page, 0, "node").fill("1.1")
    cell(page, 0, "kind").select_option("single_choice")
    cell(page, 0, "count").fill("20")
    cell(page, 0, "points").fill("2.5")
    cell(page, 0, "points").press("Enter")
    assert page.evaluate("document.activeElement.dataset.col") == "points"
    page.get_by_text("每卷要 20 题，在用只有 12 题").wait_for()
    assert page.locator("[data-all-points]").inner_text() == "50"
    assert page.locator("[data-row]").first.get_attribute("data-tone") == "danger"
    cell(page, 0, "count").fill("6")
    cell(page, 0, "count").press("ArrowDown")
    expect(page.locator("[data-all-points]")).to_have_text("15")
    cell(page, 1, "node").fill("1")
    cell(page, 1, "count").fill("1")
    cell(page, 1, "points").fill("5")
    cell(page, 1, "points").press("Tab")
    expect(page.locator("[data-all-points]")).to_have_text("20")
    page.locator("[data-remove]").nth(1).click()
    expect(page.locator("[data-all-points]")).to_have_text("15")
    page.locator("[data-undo]").click()
    expect(page.locator("[data-all-points]")).to_have_text("20")
    assert cell(page, 1, "node").input_value() == "1"
    page.locator("[data-save]").click()
    page.get_by_text("已保存").wait_for()
    rows = Blueprint.objects.get(pk=blueprint.pk).sections.get().rows
    assert [(row.count, str(row.points_each)) for row in rows.order_by("position")] == [
        (6, "2.50"),
        (1, "5.00"),
    ]


def test_a_draft_is_settled_after_a_question(page, edition, examiner, sign_in_browser):
    blueprint = propose_blueprint(edition.levels.get(), actor=examiner, theory_items=8, title="定稿")
    sign_in_browser(page, examiner)
    page.goto(f"/blueprints/{blueprint.pk}/")
    page.get_by_role("button", name="定稿").click()
    page.get_by_role("dialog").get_by_role("button", name="定稿").click()
    page.get_by_text("现在可以组卷").wait_for()
    assert not barriers(page)


def test_the_grid_and_the_paper_on_a_phone(phone, edition, examiner, sign_in_browser):
    blueprint = propose_blueprint(edition.levels.get(), actor=examiner, theory_items=8)
    sign_in_browser(phone, examiner)
    ready = propose_blueprint(edition.levels.get(), actor=examiner, theory_items=8, title="手机")
    run = start_assembly(actor=examiner, blueprint=mark_ready(actor=examiner, blueprint=ready))
    assert run_assembly(run.pk)
    form = Form.objects.filter(blueprint=ready).first()
    for address in (f"/blueprints/{blueprint.pk}/", f"/assembly/{run.pk}/", f"/forms/{form.pk}/"):
        phone.goto(address)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, address
        assert not barriers(phone), address


def test_the_paper_is_drawn_as_candidates_see_it_with_its_keys(page, edition, examiner, sign_in_browser):
    blueprint = propose_blueprint(edition.levels.get(), actor=examiner, theory_items=9, forms=1)
    run = start_assembly(
        actor=examiner, blueprint=mark_ready(actor=examiner, blueprint=blueprint), forms_wanted=1
    )
    assert run_assembly(run.pk)
    form = blueprint.forms.get()
    sign_in_browser(page, examiner)
    page.goto(f"/forms/{form.pk}/")
    slots = form.slots.count()
    expect(page.locator(".question[data-kind]")).to_have_count(slots)
    kinds = set(
        page.evaluate("[...document.querySelectorAll('.question[data-kind]')].map((e) => e.dataset.kind)")
    )
    assert kinds == set(form.slots.values_list("revision__item__kind", flat=True))
    assert len(kinds) >= 7
    assert page.locator(".question input:not([disabled]), .question textarea:not([disabled])").count() == 0
    assert page.locator(".paper__key").count() == slots
    assert not barriers(page)
    page.get_by_role("button", name="冻结").click()
    page.get_by_role("dialog").get_by_role("button", name="冻结").click()
    page.get_by_text("已冻结，从此不会再变").wait_for()


def test_a_run_s_page_follows_it_to_the_end(page, edition, examiner, sign_in_browser):
    blueprint = propose_blueprint(edition.levels.get(), actor=examiner, theory_items=8)
    run = start_assembly(actor=examiner, blueprint=mark_ready(actor=examiner, blueprint=blueprint))
    sign_in_browser(page, examiner)
    page.goto(f"/assembly/{run.pk}/")
    page.locator("#run progress").wait_for()
    assert not barriers(page)
    assert run_assembly(run.pk)
    page.get_by_text("已组成 2 份试卷").wait_for()
    assert not barriers(page)
