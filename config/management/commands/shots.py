"""`manage.py shots`: pictures of every page, as each role, at 1280 and 390 px, with an index page.

It expects a running site (JOURNEY_BASE_URL) whose database holds the journey, and adds one running exam to it so
that the player and the board have something to show: run it on a copy (`make shots` does).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from accounts.services.cast import demo_password, make_demo_cast
from assessments.models import AssemblyRun, Blueprint, Exam, ExamSession, Form, Item
from candidates.models import Registration
from candidates.services import invigilation
from candidates.services.registration import register_rows, ticket_code
from config import toolchain
from config.journey.roster import make_roster
from grading.models import Certificate, MarkingTask, Result
from standards.models import Edition

WIDTHS = {"1280": (1280, 900), "390": (390, 844)}
Shot = tuple[str, str, str]
"""role, name, path"""


class Command(BaseCommand):
    help = "Take pictures of every page below var/shots/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default=os.environ.get("JOURNEY_BASE_URL", settings.SITE_URL))
        parser.add_argument("--out", type=Path, default=settings.VAR_DIR / "shots")
        parser.add_argument("--only", default="", help="only shots whose name contains this")

    def handle(self, *args: Any, base_url: str, out: Path, only: str, **options: Any) -> None:
        if not Certificate.objects.filter(state="issued").exists():
            raise CommandError("This database does not hold the journey's data. Run: make journey")
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
        cast, place = make_demo_cast(), _running_place()
        shots = [shot for shot in _shots(place) if only in f"{shot[0]}-{shot[1]}"]
        if not only:
            shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True, exist_ok=True)
        from playwright.sync_api import sync_playwright

        failed = 0
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=toolchain.find_chromium(), args=toolchain.CHROMIUM_ARGUMENTS
            )
            for width, (wide, high) in WIDTHS.items():
                for role in dict.fromkeys(shot[0] for shot in shots):
                    context = browser.new_context(
                        viewport={"width": wide, "height": high},
                        locale="zh-CN",
                        timezone_id="Asia/Shanghai",
                        base_url=base_url,
                    )
                    page = context.new_page()
                    if role == "sitting":
                        _sign_in_by_ticket(page, place)
                    elif role != "public":
                        _sign_in(page, cast.users[role].username)
                    for _role, name, path in (shot for shot in shots if shot[0] == role):
                        failed += not self._take(page, path, out / f"{role}-{name}-{width}.png", name)
                    context.close()
            browser.close()
        _write_index(out, shots)
        self.stdout.write(f"{len(shots)} pages at {' and '.join(WIDTHS)} px: {out / 'index.html'}")
        if failed:
            raise CommandError(f"{failed} pages did not answer as they should")

    def _take(self, page: Any, path: str, file: Path, name: str) -> bool:
        answer = page.goto(path, wait_until="load")
        page.wait_for_timeout(150)
        if name == "player":
            start = page.get_by_role("button", name="开始作答")
            if start.count():
                start.first.click()
            page.wait_for_selector(".palette__cell", state="attached")
            page.wait_for_timeout(300)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.screenshot(path=str(file), full_page=True)
        status = answer.status if answer else 0
        if wide > 0:
            self.stderr.write(f"{file.name}: {wide} px wider than the screen")
        if status >= 400:
            self.stderr.write(f"{file.name}: {path} answered {status}")
        return status < 400


def _shots(place: Registration) -> Iterator[Shot]:
    """Every page that answers to GET, with an object of the journey where it needs one."""
    edition, item = Edition.objects.get(), Item.objects.order_by("code").first()
    blueprint, form = Blueprint.objects.order_by("pk").first(), Form.objects.order_by("pk").first()
    exam, run = Exam.objects.order_by("pk").first(), AssemblyRun.objects.order_by("pk").first()
    old = ExamSession.objects.order_by("pk").first()
    session, result = place.session, Result.objects.filter(is_current=True, passed=True).first()
    certificate = Certificate.objects.filter(state="issued").first()
    assert item and blueprint and form and exam and run and old and result and certificate
    forms = list(Form.objects.filter(blueprint=blueprint).order_by("pk")[:2])
    task = MarkingTask.objects.order_by("pk").first()
    yield "public", "sign-in", reverse("accounts:sign_in")
    yield "public", "ticket-sign-in", reverse("candidates:ticket_sign_in")
    yield "public", "verify", reverse("grading:verify")
    yield "public", "verify-number", reverse("grading:verify_number", args=[certificate.number])
    yield "public", "verify-unknown", reverse("grading:verify_number", args=["LC0000000000000"])
    yield "public", "api-docs", reverse("grading:api_docs")
    yield "admin", "home", reverse("accounts:home")
    for name in ("styleguide", "user_list", "user_create", "school_list", "audit_log", "key_list"):
        yield "admin", name, reverse(f"accounts:{name}")
    yield "keeper", "home", reverse("accounts:home")
    yield "keeper", "standards", reverse("standards:list")
    yield "keeper", "import", reverse("standards:import")
    yield "keeper", "edition", reverse("standards:edition", args=[edition.pk])
    yield "keeper", "report", reverse("standards:report", args=[edition.pk])
    yield "keeper", "source", reverse("standards:source", args=[edition.pk])
    yield "author", "home", reverse("accounts:home")
    yield "author", "items", reverse("assessments:item_list")
    yield "author", "item", reverse("assessments:item_detail", args=[item.pk])
    yield "author", "item-new", reverse("assessments:item_new")
    yield "reviewer", "home", reverse("accounts:home")
    yield "reviewer", "queue", reverse("assessments:review_queue")
    yield "examiner", "home", reverse("accounts:home")
    yield "examiner", "coverage", reverse("standards:edition", args=[edition.pk])
    yield "examiner", "blueprints", reverse("assessments:blueprint_list")
    yield "examiner", "blueprint", reverse("assessments:blueprint_detail", args=[blueprint.pk])
    yield "examiner", "blueprint-new", reverse("assessments:blueprint_new")
    yield "examiner", "assembly", reverse("assessments:run_detail", args=[run.pk])
    yield "examiner", "forms", reverse("assessments:form_list")
    yield "examiner", "form", reverse("assessments:form_detail", args=[form.pk])
    if len(forms) == 2:
        yield "examiner", "compare", reverse("assessments:form_compare") + f"?a={forms[0].pk}&b={forms[1].pk}"
    yield "examiner", "exams", reverse("assessments:exam_list")
    yield "examiner", "exam", reverse("assessments:exam_detail", args=[exam.pk])
    yield "examiner", "session", reverse("assessments:session_detail", args=[old.pk])
    yield "examiner", "sessions", reverse("assessments:session_list")
    yield "examiner", "results", reverse("grading:exam_results")
    yield "examiner", "result-table", reverse("grading:exam_result_table", args=[exam.pk])
    yield "examiner", "result", reverse("grading:result_detail", args=[result.pk])
    yield "examiner", "certificates", reverse("grading:certificate_list")
    yield "examiner", "certificate", reverse("grading:certificate_detail", args=[certificate.number])
    yield "invigilator", "home", reverse("accounts:home")
    yield "invigilator", "boards", reverse("candidates:board_list")
    yield "invigilator", "board", reverse("candidates:board", args=[session.pk])
    yield "invigilator", "board-old", reverse("candidates:board", args=[old.pk])
    yield "marker", "home", reverse("accounts:home")
    yield "marker", "marking", reverse("grading:marking_home")
    if task and task.marker:
        yield (
            "marker" if task.marker == make_demo_cast().users["marker"] else "marker2",
            "marking-task",
            reverse("grading:marking_task", args=[task.pk]),
        )
    yield "arbiter", "arbitration", reverse("grading:arbitration_home")
    yield "officer_a", "home", reverse("accounts:home")
    yield "officer_a", "candidates", reverse("candidates:candidate_list")
    yield "officer_a", "import", reverse("candidates:roster_import")
    yield "officer_a", "sessions", reverse("candidates:session_list")
    yield "officer_a", "registrations", reverse("candidates:session_registrations", args=[old.pk])
    yield "officer_a", "results", reverse("grading:school_results")
    yield "officer_a", "certificates", reverse("grading:school_certificates")
    yield "candidate_a", "home", reverse("accounts:home")
    yield "candidate_a", "exams", reverse("candidates:home")
    yield "candidate_a", "results", reverse("grading:my_results")
    mine = Result.objects.filter(
        is_current=True, attempt__registration__candidate__user=make_demo_cast().users["candidate_a"]
    ).first()
    if mine:
        yield "candidate_a", "result", reverse("grading:my_result", args=[mine.pk])
        yield "candidate_a", "receipt", reverse("candidates:receipt", args=[mine.attempt_id])
    yield "candidate_a", "certificates", reverse("grading:my_certificates")
    yield "sitting", "waiting", reverse("candidates:home")
    yield "sitting", "player", reverse("candidates:player", args=[place.attempt.pk])


def _running_place() -> Registration:
    """A session that runs now, with a few candidates, one of whom will sit it in the browser."""
    cast = make_demo_cast()
    exam = Exam.objects.order_by("pk").first()
    assert exam is not None
    now = timezone.now()
    session, made = ExamSession.objects.get_or_create(
        exam=exam,
        name="拍照场",
        defaults={
            "room": "机房 9",
            "starts_at": now - timedelta(minutes=1),
            "closes_at": now + timedelta(hours=3),
            "minutes": 90,
            "late_minutes": 120,
            "created_by": cast.users["examiner"],
        },
    )
    if made:
        session.invigilators.add(cast.users["invigilator"])
        people = make_roster("拍照", 1, 8, seed=7)
        from candidates.importing import RosterRow

        rows = [
            RosterRow(n, one.name, one.id_number, one.student_no, one.class_name)
            for n, one in enumerate(people, start=2)
        ]
        register_rows(school=cast.schools["a"], session=session, rows=rows, actor=cast.users["officer_a"])
        places = list(Registration.objects.filter(session=session).order_by("pk"))
        invigilation.admit(registrations=places[:5], actor=cast.users["invigilator"])
    place = (
        Registration.objects.filter(session=session)
        .select_related("attempt", "session")
        .order_by("pk")
        .first()
    )
    assert place is not None
    return place


def _sign_in(page: Any, username: str) -> None:
    page.goto("/sign-in")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", demo_password())
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/")


def _sign_in_by_ticket(page: Any, place: Registration) -> None:
    page.goto(reverse("candidates:ticket_sign_in"))
    page.locator("main input:visible").nth(0).fill(place.ticket_no)
    page.locator("main input:visible").nth(1).fill(ticket_code(place))
    page.locator("main input:visible").nth(1).press("Enter")
    page.wait_for_load_state("load")


def _write_index(out: Path, shots: list[Shot]) -> None:
    rows = "".join(
        f"<h2>{escape(role)} · {escape(name)} <small>{escape(path)}</small></h2>"
        + "".join(
            f'<a href="{role}-{name}-{width}.png"><img loading="lazy" src="{role}-{name}-{width}.png"'
            f' alt="{escape(role)} {escape(name)} {width} px" width="{size[0] // 2}"></a> '
            for width, size in WIDTHS.items()
        )
        for role, name, path in shots
    )
    (out / "index.html").write_text(
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>量才 · 页面图</title>{rows}</html>',
        encoding="utf-8",
    )
