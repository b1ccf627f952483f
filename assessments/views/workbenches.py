"""Trying a practical task: authors work in its world, see the checks, and can watch the reference solution.

Nothing is stored: the browser keeps the log of commands and sends it along; the server replays it.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Invalid, NotFound

from ..bank import read_files
from ..kinds.practical import Content, seed_for
from ..models import Item
from ..richtext import to_html
from ..workbenches import registry
from ..workbenches.base import CommandRefused, Workbench

BANK = Path(__file__).resolve().parent.parent / "bank" / "kuajing-b2c"
POINTS = Decimal(100)
MAX_LOG = 3000


class TryBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the try-out page sends: which task, which world, what was done so far, and what is wanted now."""

    item: str
    seed: str = "1"
    log: list[dict[str, Any]] = []
    command: dict[str, Any] | None = None


class Task(msgspec.Struct, frozen=True):
    """A practical item, from the bank in the database or from the files that ship with the product."""

    code: str
    stem: str
    content: dict[str, Any]
    checks: list[dict[str, Any]]

    @property
    def label(self) -> str:
        """Level and scenario in words."""
        scenario = registry.get(self.content["workbench"]).scenarios[self.content["scenario"]]
        return f"{scenario.level} {scenario.label}"


@require_GET
@allow(Role.AUTHOR, Role.REVIEWER, Role.EXAMINER)
def workbench_try(request: HttpRequest) -> HttpResponse:
    """The try-out page of one practical item; `?item=` names it and `?seed=` its world."""
    tasks = practical_tasks()
    wanted = request.GET.get("item") or (tasks[0].code if tasks else "")
    seed = request.GET.get("seed", "1")[:40]
    task = next((entry for entry in tasks if entry.code == wanted), None)
    if task is None:
        return render(
            request, "assessments/workbenches/try.html", {"tasks": tasks, "task": None, "seed": seed}
        )
    try:
        bench, state = _world(task, seed)
    except Invalid as problem:
        shown = {"tasks": tasks, "task": None, "seed": seed, "wanted": wanted, "problem": problem}
        return render(request, "assessments/workbenches/try.html", shown, status=problem.status)
    data = {
        "module": task.content["workbench"],
        "item": task.code,
        "seed": seed,
        "view": bench.public_view(state),
        "brief": to_html(task.stem),
        "asks": [to_html(ask, inline=True) for ask in task.content.get("asks", [])],
        "urls": {
            name: reverse(f"assessments:workbench-try-{name}") for name in ("command", "grade", "reference")
        },
    }
    return render(
        request,
        "assessments/workbenches/try.html",
        {"tasks": tasks, "task": task, "seed": seed, "data": data},
    )


@require_POST
@allow(Role.AUTHOR, Role.REVIEWER, Role.EXAMINER)
def workbench_try_command(request: HttpRequest) -> JsonResponse:
    """One more command after the log: `{"view"}` or `{"refusal"}`."""
    body = _body(request)
    task = _task(body.item)
    bench, state = _world(task, body.seed)
    state, _kept = bench.accepted(state, body.log)
    try:
        after = bench.apply(state, body.command or {})
    except CommandRefused as refused:
        return JsonResponse({"refusal": refused.as_dict()})
    return JsonResponse({"view": bench.public_view(after, full=False)})


@require_POST
@allow(Role.AUTHOR, Role.REVIEWER, Role.EXAMINER)
def workbench_try_grade(request: HttpRequest) -> JsonResponse:
    """The checks over the state after the log, out of a hundred points."""
    body = _body(request)
    task = _task(body.item)
    bench, initial = _world(task, body.seed)
    final, kept = bench.accepted(initial, body.log)
    try:
        grade = bench.grade(initial, final, kept, task.checks, POINTS)
    except ValueError as error:
        raise Invalid("checks_bad", str(error), hint=_("请在题目中改正检查。")) from error
    return JsonResponse({"grade": msgspec.to_builtins(grade)})


@require_POST
@allow(Role.AUTHOR, Role.REVIEWER, Role.EXAMINER)
def workbench_try_reference(request: HttpRequest) -> JsonResponse:
    """The log of the reference solution and the screen after it."""
    body = _body(request)
    task = _task(body.item)
    bench, initial = _world(task, body.seed)
    log = bench.reference(initial, task.content["scenario"])
    final, kept = bench.accepted(initial, log)
    return JsonResponse({"log": kept, "view": bench.public_view(final)})


def practical_tasks() -> list[Task]:
    """Practical items of the bank; those of the shipped files where the bank holds none yet."""
    revisions = (
        item.latest or item.current
        for item in Item.objects.filter(kind="practical").select_related("latest", "current").order_by("code")
    )
    held = [
        Task(revision.item.code, revision.stem, revision.content, revision.key.get("checks", []))
        for revision in revisions
        if revision is not None and _readable(revision.content)
    ]
    if held:
        return held
    return _shipped()


@cache
def _shipped() -> list[Task]:
    entries, _problems = read_files(sorted(BANK.glob("practical-*.yaml")))
    return [
        Task(entry.item.code, entry.item.stem, entry.item.content, entry.item.key.get("checks", []))
        for entry in entries
        if _readable(entry.item.content)
    ]


def _readable(content: Any) -> bool:
    """Whether the content names a world that there is; drafts may not yet."""
    try:
        parsed = msgspec.convert(content, Content)
        return parsed.scenario in registry.get(parsed.workbench).scenarios
    except (msgspec.ValidationError, KeyError):
        return False


def _task(code: str) -> Task:
    for task in practical_tasks():
        if task.code == code:
            return task
    raise NotFound("no_such_task", _("没有实操任务 %s。") % code)


def _world(task: Task, seed: str) -> tuple[Workbench[Any], Any]:
    content = task.content
    bench = registry.get(content["workbench"])
    number = int(seed) if seed.isascii() and seed.isdigit() else sum(seed.encode())
    try:
        state = bench.generate(
            content["scenario"],
            seed_for(content, attempt_seed=number, form_seed=number),
            content.get("params"),
        )
    except ValueError as error:
        raise Invalid("params_bad", str(error), hint=_("请在题目中改正场景参数。")) from error
    return bench, state


def _body(request: HttpRequest) -> TryBody:
    try:
        body = msgspec.json.decode(request.body, type=TryBody)
    except (msgspec.MsgspecError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Invalid("malformed", _("请求内容读不懂：%s") % error) from error
    if len(body.log) > MAX_LOG:
        raise Invalid("log_too_long", _("操作超过 %d 步，请重新开始。") % MAX_LOG)
    return body
