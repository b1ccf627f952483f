"""Marking by keyboard in a real browser, and the pages' accessibility."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from accounts.enums import Role
from grading.models import Mark, MarkingTask
from grading.queries.certificates import awaiting_certificate
from grading.services import certificates, releases, scoring
from tests.accessibility import barriers
from tests.factories import OPEN, make_user, make_world
from tests.grading.conftest import mark_everything
from tests.grading.factories import sit
from tests.processes import wait_until

pytestmark = pytest.mark.browser
SignIn = Callable[[Any, Any], None]


def test_marking_by_keyboard_alone(page: Any, sign_in_browser: SignIn) -> None:
    attempts = sit(make_world(OPEN, points="4"), [{"text": "先查物流"}], [{"text": "补发或退款"}])
    scoring.score_attempts([attempt.pk for attempt in attempts])
    marker = make_user(Role.MARKER)
    sign_in_browser(page, marker)
    page.goto(reverse("grading:marking_home"))
    page.get_by_role("button", name="开始评阅").click()
    first = page.url
    assert page.locator("[data-criterion]").count() == 2
    page.keyboard.press("2")
    page.keyboard.press("0")
    assert page.locator("[data-sum]").inner_text().startswith("2 / 4")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != first)
    assert Mark.objects.get(marker=marker).points == 2
    page.keyboard.press("[")
    page.wait_for_url(first)
    assert "更正" in page.locator("main").inner_text()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    wait_until(lambda: Mark.objects.filter(marker=marker).count() == 2, what="the correction")
    assert Mark.objects.filter(marker=marker).latest("id").points == 1
    assert MarkingTask.objects.filter(marker=marker).count() == 2


def test_pages_have_no_barriers(page: Any, phone: Any, sign_in_browser: SignIn) -> None:
    world = make_world()
    answers = [{"choice": "A"}, {"blanks": {"1": "海外仓"}}, {"text": "先查物流，再补发或退款。"}]
    attempts = sit(world, answers, [None, None, None], school=world.school)
    scoring.score_attempts([attempt.pk for attempt in attempts])
    marker, marker2 = make_user(Role.MARKER), make_user(Role.MARKER)
    sign_in_browser(page, marker)
    page.goto(reverse("grading:marking_home"))
    assert not barriers(page)
    page.get_by_role("button", name="开始评阅").click()
    assert not barriers(page)
    MarkingTask.objects.update(state="open", marker=None, claimed_until=None)
    mark_everything(marker, marker2)
    examiner2 = make_user(Role.EXAMINER)
    asked = releases.request_release(actor=world.examiner, exam=world.exam)
    releases.approve_release(actor=examiner2, release_id=asked.pk)
    certificates.issue_for_results(list(awaiting_certificate().values_list("pk", flat=True)))
    candidate = attempts[0].registration.candidate
    result = attempts[0].results.get(is_current=True)
    number = result.certificates.get().number
    visits = [
        (examiner2, "exam_results", []),
        (examiner2, "exam_result_table", [world.exam.pk]),
        (examiner2, "result_detail", [result.pk]),
        (examiner2, "certificate_list", []),
        (examiner2, "certificate_detail", [number]),
        (candidate.user, "my_results", []),
        (candidate.user, "my_result", [result.pk]),
        (candidate.user, "my_certificates", []),
        (make_user(Role.OFFICER, school=world.school), "school_results", []),
        (make_user(Role.OFFICER, school=world.school), "school_certificates", []),
        (examiner2, "verify", []),
        (examiner2, "verify_number", [number]),
        (examiner2, "api_docs", []),
    ]
    found = {}
    for user, name, args in visits:
        for view in (page, phone):
            sign_in_browser(view, user)
            view.goto(reverse(f"grading:{name}", args=args))
            wide = view.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            problems = barriers(view) + ([f"{wide} px too wide"] if wide > 0 else [])
            if problems:
                found[f"{name} {view.viewport_size['width']}"] = problems
    assert not found
