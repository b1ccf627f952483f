"""What the examiner builds in the browser: blueprints, parallel forms, exams and their sessions."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from assessments.models import Exam, ExamSession, Form
from standards.models import Level

from .person import Page, Person

if TYPE_CHECKING:
    from .steps import Context

ASSEMBLY_SECONDS = 120


def make_forms(ctx: Context, *, forms: int, seed: int) -> None:
    """For each level: propose a blueprint, mark it ready, assemble parallel forms by the workers, freeze them."""
    examiner = ctx.person("examiner")
    runs: dict[int, int] = {}
    for level in ctx.levels:
        page = examiner.post(
            reverse("assessments:blueprint_propose"),
            {"level": level.pk, "title": f"{level.name}双向细目表", "forms": forms},
        )
        blueprint = _id(page)
        examiner.post(reverse("assessments:blueprint_ready", args=[blueprint]), {})
        started = examiner.post(
            reverse("assessments:assembly_start", args=[blueprint]), {"forms_wanted": forms, "seed": seed}
        )
        runs[level.number] = _id(started)
    for number, run in runs.items():
        made = [form["id"] for form in _await_run(examiner, run)["forms"]]
        for form in made:
            examiner.post(reverse("assessments:form_freeze", args=[form]), {})
        ctx.forms[number] = list(Form.objects.filter(pk__in=made, state="frozen").order_by("label"))


def make_exam_session(
    ctx: Context, level: Level, starts_at: datetime, *, minutes: int, late_minutes: int
) -> ExamSession:
    """An exam of the level's forms, open, with one session that the invigilator watches."""
    examiner, forms = ctx.person("examiner"), ctx.forms[level.number]
    page = examiner.post(
        reverse("assessments:exam_new"),
        {
            "blueprint": forms[0].blueprint_id,
            "forms": [form.pk for form in forms],
            "title": f"{level.name} {starts_at.year} 年秋季考试",
            "open_now": "on",
        },
    )
    exam = Exam.objects.get(pk=_id(page))
    page = examiner.post(
        reverse("assessments:session_new", args=[exam.pk]),
        {
            "name": "演示场",
            "room": f"机房 {level.number}",
            "starts_at": starts_at.isoformat(timespec="seconds"),
            "minutes": minutes,
            "late_minutes": late_minutes,
            "grace_seconds": 5,
            "needs_admission": "on",
            "invigilators": ctx.cast.users["invigilator"].pk,
        },
    )
    return ExamSession.objects.select_related("exam").get(pk=_id(page))


def _await_run(examiner: Person, run: int) -> dict[str, Any]:
    until = time.monotonic() + ASSEMBLY_SECONDS
    while time.monotonic() < until:
        status: dict[str, Any] = examiner.get(
            reverse("assessments:run_status", args=[run]), accept="application/json"
        ).json()
        if status["state"] == "done":
            return status
        if status["state"] == "failed":
            raise RuntimeError(f"assembly {run} failed: {status['message']} {status['conflicts']}")
        time.sleep(0.3)
    raise RuntimeError(f"assembly {run} did not end within {ASSEMBLY_SECONDS} s")


def _id(page: Page) -> int:
    """The last number in the address that a form led to."""
    found = re.findall(r"/(\d+)(?=/|$)", page.path)
    if not found:
        raise RuntimeError(f"the form led to {page.path}: {page.text[:400]}")
    return int(found[-1])
