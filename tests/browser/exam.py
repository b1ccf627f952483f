"""Exams for browser tests: a paper with one real question of every kind out of the shipped bank."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from assessments.bank import read_file
from assessments.kinds import get_kind
from candidates.models import Attempt, Registration
from candidates.services.registration import ticket_code
from tests.factories import World, make_world, register

BANK = Path(__file__).resolve().parents[2] / "assessments" / "bank" / "kuajing-b2c"
KINDS = (
    "single_choice", "multiple_choice", "true_false", "fill_blank", "numeric", "matching", "ordering", "short_answer",
)  # fmt: skip


@lru_cache(maxsize=1)
def bank_specs() -> dict[str, dict[str, Any]]:
    """The first item of each kind in the bank, as `make_world` takes it."""
    specs: dict[str, dict[str, Any]] = {}
    for path in [*sorted(BANK.glob("junior-*.yaml")), BANK / "practical-junior.yaml"]:
        for entry in read_file(path)[0]:
            if entry.item.kind not in specs:
                content, key = get_kind(entry.item.kind).normalise(entry.item.content, entry.item.key)
                specs[entry.item.kind] = {
                    "kind": entry.item.kind, "stem": entry.item.stem, "content": content, "key": key,
                }  # fmt: skip
        if len(specs) == len(KINDS) + 1:
            break
    return specs


def exam(*kinds: str, **options: Any) -> tuple[World, Registration]:
    """A world whose paper holds these kinds, and one candidate registered for it."""
    world = make_world(*(bank_specs()[kind] for kind in kinds or KINDS), **options)
    return world, register(world)[0]


def sign_in(page: Any, registration: Registration) -> None:
    """With the ticket, as a candidate does; ends on the candidate's home."""
    page.goto("/exam/sign-in")
    page.get_by_label("准考证号").fill(registration.ticket_no)
    page.get_by_label("口令").fill(ticket_code(registration))
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("heading", name="我的考试").wait_for()


def enter(page: Any, registration: Registration) -> None:
    """From the home to the first question."""
    sign_in(page, registration)
    page.get_by_role("link", name="进入考试").click()
    page.get_by_role("button", name="开始作答").click()
    page.locator("[data-question-title]", has_text="第 1 题").wait_for()


def saved(page: Any) -> None:
    """Wait until the page says that everything is saved."""
    page.locator('[data-save][data-state="saved"]').wait_for()


def go(page: Any, number: int) -> None:
    page.locator("[data-palette] .palette__cell").nth(number - 1).click()
    page.locator("[data-question-title]", has_text=f"第 {number} 题").wait_for()
    page.locator("[data-item] .question, [data-item] .wb").first.wait_for()


def answer(page: Any, kind: str) -> None:
    """Give some answer to the question shown, as a person would."""
    item = page.locator(f'[data-item] .question[data-kind="{kind}"]')
    item.wait_for()
    if kind in ("single_choice", "true_false"):
        item.get_by_role("radio").first.check()
    elif kind == "multiple_choice":
        item.get_by_role("checkbox").nth(0).check()
        item.get_by_role("checkbox").nth(2).check()
    elif kind == "fill_blank":
        for box in item.get_by_role("textbox").all():
            box.fill("海外仓")
    elif kind == "numeric":
        item.get_by_role("textbox").fill("12.50")
    elif kind == "matching":
        for box in item.get_by_role("combobox").all():
            box.select_option(index=1)
    elif kind == "ordering":
        item.get_by_role("button", name="就按此次序").click()
    elif kind == "short_answer":
        item.get_by_role("textbox").fill("先查物流轨迹，再按平台规则补发或退款。\n并把处理结果告诉买家。")
    else:
        raise AssertionError(kind)


def attempt_of(registration: Registration) -> Attempt:
    return Attempt.objects.get(registration=registration)
