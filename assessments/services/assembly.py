"""Runs that assemble parallel forms. PostgreSQL holds the run; the queue only hints that one waits.

A worker claims a run by a conditional update and writes under its claim, so that a second delivery of the task does
nothing and a worker that was given up for dead can't write over its successor. Lock order: blueprint, run, forms.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid, Refusal
from accounts.models import User
from accounts.services import audit

from ..assembly import Assembled, BankItem, Infeasible, Limits, OutOfTime, Row, assemble
from ..enums import BlueprintState, ItemState, RunState
from ..grid import Tree
from ..kinds import get_kind
from ..models import AssemblyRun, Blueprint, BlueprintRow, Form, FormSlot, Item
from ..queries.blueprints import bank_of, tree_of
from ..queries.runs import assembly_rows, conflict_texts, form_report, ordered_rows

log = structlog.get_logger(__name__)

TASK = "assessments.assemble"
STALE_SECONDS, PULSE_SECONDS, HINT_SECONDS = 40, 10, 10
"""A running run gives a sign every PULSE_SECONDS; one that gave none for STALE_SECONDS has lost its worker."""
MOST_ATTEMPTS = 3
MOST_FORMS, MOST_SECONDS = 10, 300


def start_assembly(
    *,
    actor: User,
    blueprint: Blueprint,
    forms_wanted: int = 2,
    seed: int = 1,
    max_overlap: int = 0,
    seconds: int = 30,
) -> AssemblyRun:
    """Queue a run. Raises Invalid (``assembly_options``) and Refusal (``blueprint_not_ready``, ``run_active``)."""
    problems = [
        message
        for wrong, message in (
            (not 1 <= forms_wanted <= MOST_FORMS, _("份数须在 1 到 %d 之间") % MOST_FORMS),
            (not 0 <= max_overlap <= 500, _("允许重题数须在 0 到 500 之间")),
            (not 0 <= seed < 2**31, _("随机种子须是不超过 10 位的非负整数")),
            (not 1 <= seconds <= MOST_SECONDS, _("求解时限须在 1 到 %d 秒之间") % MOST_SECONDS),
        )
        if wrong
    ]
    if problems:
        raise Invalid("assembly_options", "；".join(problems), data={"problems": problems})
    try:
        with transaction.atomic():
            locked = Blueprint.objects.select_for_update().get(pk=blueprint.pk)
            if locked.state != BlueprintState.READY:
                raise Refusal(
                    "blueprint_not_ready", _("细目表还没有定稿，不能组卷。"), hint=_("先在细目表页面定稿。")
                )
            run = AssemblyRun.objects.create(
                blueprint=locked,
                forms_wanted=forms_wanted,
                max_overlap=max_overlap,
                seed=seed,
                seconds=seconds,
                requested_by=actor,
                message=_("等待空闲的工作进程"),
            )
            audit.record(
                actor=actor,
                verb="assembly.start",
                target=run,
                data={"blueprint": locked.pk, "forms": forms_wanted, "seed": seed, "overlap": max_overlap},
            )
            transaction.on_commit(lambda: hint(run.pk))
    except IntegrityError as error:
        raise Refusal(
            "run_active", _("这份细目表正在组卷。"), hint=_("等这次组卷结束，或打开它看进度。")
        ) from error
    return run


def hint(run_id: int) -> None:
    """Tell the queue that a run waits. Never raises: the sweeper finds what no hint reached."""
    try:
        current_app.send_task(TASK, args=[run_id], retry=False, ignore_result=True)
    except Exception as error:  # the broker fails in many types, and none may undo what is committed
        log.warning("hint.not_sent", task=TASK, run=run_id, error=repr(error))


def run_assembly(run_id: int) -> bool:
    """Claim a queued run and work it off; whether it was this call that ended it. Safe to call any number of times."""
    claim = uuid.uuid4()
    claimed = AssemblyRun.objects.filter(pk=run_id, state=RunState.QUEUED).update(
        state=RunState.RUNNING,
        claim=claim,
        attempts=F("attempts") + 1,
        progress=5,
        message=_("读取题库"),
        updated_at=timezone.now(),
    )
    if not claimed:
        return False
    run = AssemblyRun.objects.select_related("blueprint__level", "blueprint__edition").get(pk=run_id)
    try:
        work = _read(run)
        with _Pulse(run, claim):
            outcome = assemble(work.bank, work.rows, work.limits, watch=_Watch(run, claim))
    except OutOfTime:
        return _fail(run, claim, _("时限内没有找到解"), {"out_of_time": True})
    except Exception:
        log.exception("assembly.failed", run=run_id)
        if run.attempts >= MOST_ATTEMPTS:
            return _fail(run, claim, _("组卷程序出错，已停止重试"), {"error": True})
        _requeue(AssemblyRun.objects.filter(pk=run_id, claim=claim), _("组卷程序出错，重新排队"))
        return False
    if isinstance(outcome, Infeasible):
        texts = conflict_texts(outcome.conflicts, work.stored, work.tree, work.bank, run)
        return _fail(run, claim, _("题库满足不了细目表"), {"conflicts": texts})
    return _finish(run, claim, work, outcome)


def sweep_runs() -> int:
    """Requeue runs whose worker has gone, give up those that failed too often, and hint again at waiting ones."""
    limit = timezone.now() - timedelta(seconds=STALE_SECONDS)
    stale = AssemblyRun.objects.filter(state=RunState.RUNNING, updated_at__lt=limit)
    for run in stale.filter(attempts__gte=MOST_ATTEMPTS):
        _fail(run, run.claim, _("工作进程多次中断，已停止重试"), {"error": True})
    _requeue(stale.filter(attempts__lt=MOST_ATTEMPTS), _("工作进程中断，重新排队"))
    waiting = AssemblyRun.objects.filter(state=RunState.QUEUED).filter(
        Q(updated_at__lt=timezone.now() - timedelta(seconds=HINT_SECONDS)) | Q(attempts__gt=0)
    )
    ids = list(waiting.values_list("pk", flat=True)[:50])
    for pk in ids:
        hint(pk)
    return len(ids)


def _requeue(runs: QuerySet[AssemblyRun], message: str) -> None:
    """Let another worker take up running runs."""
    runs.filter(state=RunState.RUNNING).update(
        state=RunState.QUEUED, claim=None, message=message, updated_at=timezone.now()
    )


@dataclass(frozen=True, slots=True)
class _Work:
    tree: Tree
    bank: list[BankItem]
    stored: list[BlueprintRow]
    rows: list[Row]
    limits: Limits


def _read(run: AssemblyRun) -> _Work:
    tree = tree_of(run.blueprint.level)
    bank = bank_of(run.blueprint.edition_id, exposure=True)
    stored = ordered_rows(run.blueprint)
    target = run.blueprint.target_difficulty
    limits = Limits(
        forms=run.forms_wanted,
        max_overlap=run.max_overlap,
        seed=run.seed,
        effort=float(run.seconds),
        target=None if target is None else int(target * 100),
    )
    return _Work(tree, bank, stored, assembly_rows(stored, tree), limits)


class _Pulse:
    """Shows, from a thread of its own, that the worker lives while the solver is silent."""

    def __init__(self, run: AssemblyRun, claim: uuid.UUID) -> None:
        self.run, self.claim, self.over = run, claim, threading.Event()
        self.thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        self.thread.join()

    def _beat(self) -> None:
        try:
            while not self.over.wait(PULSE_SECONDS):
                AssemblyRun.objects.filter(pk=self.run.pk, state=RunState.RUNNING, claim=self.claim).update(
                    updated_at=timezone.now()
                )
        except DatabaseError:
            log.warning("assembly.pulse_lost", run=self.run.pk)
        finally:
            connection.close()


class _Watch:
    """Writes progress while the solver works, not more than about once a second."""

    def __init__(self, run: AssemblyRun, claim: uuid.UUID) -> None:
        self.run, self.claim, self.last, self.found = run, claim, timezone.now(), 0
        _progress(run, claim, 15, _("求解：核对各行能否满足"))

    def __call__(self, objective: int, bound: int) -> None:
        self.found += 1
        now = timezone.now()
        if self.found > 1 and now - self.last < timedelta(seconds=1):
            return
        self.last = now
        close = 0.0 if objective <= 0 else max(0.0, 1 - (objective - bound) / objective)
        _progress(
            self.run,
            self.claim,
            30 + int(close * 55),
            _("求解：已有第 %(n)d 个方案，继续改进") % {"n": self.found},
        )


def _progress(run: AssemblyRun, claim: uuid.UUID, percent: int, message: str) -> None:
    AssemblyRun.objects.filter(pk=run.pk, state=RunState.RUNNING, claim=claim).update(
        progress=percent, message=message, updated_at=timezone.now()
    )


def _settle(
    run: AssemblyRun, claim: uuid.UUID | None, to: RunState, message: str, report: dict[str, Any]
) -> bool:
    """End the run if it is still this claim's."""
    now = timezone.now()
    report = {**report, "seconds_taken": round((now - run.created_at).total_seconds(), 1)}
    return bool(
        AssemblyRun.objects.filter(pk=run.pk, state=RunState.RUNNING, claim=claim).update(
            state=to,
            progress=100,
            message=message,
            report=report,
            finished_at=now,
            updated_at=now,
            claim=None,
        )
    )


@transaction.atomic
def _fail(run: AssemblyRun, claim: uuid.UUID | None, message: str, report: dict[str, Any]) -> bool:
    if not _settle(run, claim, RunState.FAILED, message, report):
        return False
    audit.record(actor=None, verb="assembly.fail", target=run, data={"message": message})
    return True


@transaction.atomic
def _finish(run: AssemblyRun, claim: uuid.UUID, work: _Work, outcome: Assembled) -> bool:
    """Write the forms and end the run, or neither."""
    Blueprint.objects.select_for_update().get(pk=run.blueprint_id)
    if (
        not AssemblyRun.objects.select_for_update()
        .filter(pk=run.pk, state=RunState.RUNNING, claim=claim)
        .exists()
    ):
        return False
    chosen = {placed.item for form in outcome.forms for placed in form}
    items = {
        item.pk: item
        for item in Item.objects.filter(pk__in=chosen, state=ItemState.LIVE).select_related("current")
    }
    if len(items) < len(chosen):  # suspended meanwhile: what was solved is no longer true
        _requeue(AssemblyRun.objects.filter(pk=run.pk), _("题库有变动，重新组卷"))
        transaction.on_commit(lambda: hint(run.pk))
        return False
    labels = free_labels(run.blueprint, len(outcome.forms))
    reports = []
    for label, placed in zip(labels, outcome.forms, strict=True):
        pairs = [(one.row, items[one.item]) for one in placed]
        write_form(run, label, work.stored, pairs)
        reports.append(form_report(label, placed, work.rows, work.bank, work.limits))
    report = {
        "forms": reports,
        "optimal": outcome.optimal,
        "objective": outcome.objective,
        "bound": outcome.bound,
        "solver_seconds": round(outcome.seconds, 2),
        "bank": len(work.bank),
        "overlap": _overlap(outcome),
    }
    _settle(run, claim, RunState.DONE, _("已组成 %d 份试卷") % len(labels), report)
    audit.record(actor=None, verb="assembly.done", target=run, data={"labels": labels})
    return True


def write_form(
    run: AssemblyRun, label: str, stored: Sequence[BlueprintRow], pairs: Sequence[tuple[int, Item]]
) -> Form:
    """A draft form: by section, within a section by kind, then in the blueprint's order."""
    form = Form.objects.create(blueprint_id=run.blueprint_id, run=run, label=label)
    rows = {row.pk: (number, row) for number, row in enumerate(stored)}

    def place(pair: tuple[int, Item]) -> tuple[int, int, int, str]:
        number, row = rows[pair[0]]
        return row.section.position, get_kind(pair[1].kind).position, number, pair[1].code

    FormSlot.objects.bulk_create(
        [
            FormSlot(
                form=form,
                section_id=rows[row][1].section_id,
                row_id=row,
                position=position,
                revision=item.current,
                points=rows[row][1].points_each,
            )
            for position, (row, item) in enumerate(sorted(pairs, key=place), start=1)
        ]
    )
    return form


def free_labels(blueprint: Blueprint, count: int) -> list[str]:
    """The next labels A, B, … that no form of the blueprint has ever had."""
    taken = set(Form.objects.filter(blueprint=blueprint).values_list("label", flat=True))
    labels: list[str] = []
    number = 0
    while len(labels) < count:
        rounds, letter = divmod(number, 26)
        label = chr(ord("A") + letter) + (str(rounds + 1) if rounds else "")
        if label not in taken:
            labels.append(label)
        number += 1
    return labels


def _overlap(outcome: Assembled) -> int:
    """How many items stand on more than one form."""
    uses = Counter(placed.item for form in outcome.forms for placed in form)
    return sum(count > 1 for count in uses.values())
