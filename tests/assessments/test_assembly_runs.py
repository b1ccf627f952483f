"""Blueprints proposed from the shipped bank, and the runs that assemble forms from them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.errors import Invalid, Refusal
from accounts.models import AuditEntry
from assessments.bank import read_files
from assessments.enums import BlueprintState, FormState, RunState
from assessments.models import AssemblyRun, Blueprint, Form, FormSlot
from assessments.queries.blueprints import bank_of, specs_of, tree_of
from assessments.queries.grid_checks import check_grid
from assessments.services import assembly
from assessments.services.banks import load_bank
from assessments.services.blueprints import mark_ready
from assessments.services.forms import freeze_form
from assessments.services.proposals import propose_blueprint
from standards.enums import EditionState
from standards.models import Edition
from standards.services.editions import import_document, publish_edition
from tests.factories import CHOICE, make_edition, make_item, make_user

ROOT = Path(__file__).resolve().parents[2]
BANK = ROOT / "assessments" / "bank" / "kuajing-b2c"


@pytest.fixture
def examiner(db):
    return make_user(Role.EXAMINER)


@pytest.fixture
def shipped(db):
    """The given standard with the shipped bank live."""
    source = next((ROOT / "standards" / "sources" / "kuajing-b2c").glob("*.txt"))
    keeper, second = make_user(Role.KEEPER), make_user(Role.KEEPER)
    edition = import_document(actor=keeper, data=source.read_bytes(), name=source.name)
    edition = getattr(edition, "edition", edition)
    edition = publish_edition(actor=second, edition=edition)
    entries, problems = read_files([BANK])
    assert not problems
    report = load_bank(
        author=make_user(Role.AUTHOR), reviewer=make_user(Role.REVIEWER), edition=edition, entries=entries
    )
    assert not report.problems
    return edition


@pytest.fixture
def small(db):
    """One task with six live choice items of two requirements."""
    edition = make_edition(requirements=2)
    author, reviewer = make_user(Role.AUTHOR), make_user(Role.REVIEWER)
    level = edition.levels.get()
    requirements = list(level.domains.get().tasks.get().requirements.all())
    for n in range(6):
        make_item(edition, requirements[n % 2], author, reviewer, **CHOICE, difficulty=f"0.{50 + n}")
    return edition


def ready(level, examiner, **options) -> Blueprint:
    return mark_ready(actor=examiner, blueprint=propose_blueprint(level, actor=examiner, **options))


def chosen(run: AssemblyRun) -> list[list[int]]:
    return [
        list(form.slots.order_by("position").values_list("revision_id", flat=True))
        for form in run.forms.order_by("label")
    ]


def test_the_shipped_bank_fills_two_forms_of_every_level(shipped: Edition, examiner):
    assert shipped.state == EditionState.PUBLISHED
    for level in shipped.levels.order_by("number"):
        blueprint = ready(level, examiner)
        tree, bank = tree_of(level), bank_of(shipped.pk)
        check = check_grid(specs_of(blueprint), tree, bank, edition_id=shipped.pk)
        assert (check.points, check.short, check.missing) == (100, 0, [])
        assert len({row.kind for section in specs_of(blueprint) for row in section.rows}) >= 8
        assert all(row.available >= row.needed for rows in check.rows for row in rows)
        run = assembly.start_assembly(actor=examiner, blueprint=blueprint, seed=7)
        assert assembly.run_assembly(run.pk)
        run.refresh_from_db()
        assert run.state == RunState.DONE, (run.message, run.report)
        forms = list(run.forms.order_by("label"))
        assert [form.label for form in forms] == ["A", "B"]
        items = [
            set(form.slots.exclude(section__shared=True).values_list("revision__item", flat=True))
            for form in forms
        ]
        assert not items[0] & items[1]
        difficulties = [float(entry["difficulty"]) for entry in run.report["forms"]]
        assert abs(difficulties[0] - difficulties[1]) <= 1
        for form in forms:
            freeze_form(form=form, actor=examiner)
            assert form.slots.filter(revision__item__kind="practical").count() == 1
            assert sum(slot.points for slot in form.slots.all()) == 100


def test_same_seed_same_forms_and_another_seed_others(small: Edition, examiner):
    blueprint = ready(small.levels.get(), examiner, theory_items=5, forms=3)
    runs = []
    for seed in (3, 3, 4, 5):
        run = assembly.start_assembly(actor=examiner, blueprint=blueprint, forms_wanted=2, seed=seed)
        assert assembly.run_assembly(run.pk)
        runs.append(chosen(run))
    assert runs[0] == runs[1]
    assert any(other != runs[0] for other in runs[2:])
    assert AuditEntry.objects.filter(verb="assembly.done").count() == 4


def test_an_impossible_blueprint_says_what_the_bank_lacks(small: Edition, examiner):
    blueprint = ready(small.levels.get(), examiner, theory_items=6, forms=1)
    run = assembly.start_assembly(actor=examiner, blueprint=blueprint, forms_wanted=2)
    assert assembly.run_assembly(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    (conflict,) = run.report["conflicts"]
    assert conflict["lack"] == 6
    assert "需 12 题（2 卷×6），题库在用 6 题，缺 6 题" in conflict["text"]
    assert conflict["rows"][0]["title"].startswith("1.1 订单处理 × 单选")
    assert f"node=t{blueprint.sections.get().rows.get().task_id}" in conflict["rows"][0]["link"]
    assert not Form.objects.filter(blueprint=blueprint).exists()


def test_a_run_is_worked_off_once(small: Edition, examiner):
    blueprint = ready(small.levels.get(), examiner, theory_items=5, forms=1)
    run = assembly.start_assembly(actor=examiner, blueprint=blueprint, forms_wanted=1)
    with pytest.raises(Refusal, match="正在组卷"):
        assembly.start_assembly(actor=examiner, blueprint=blueprint)
    assert [assembly.run_assembly(run.pk) for _ in range(3)] == [True, False, False]
    assert Form.objects.filter(blueprint=blueprint).count() == 1


def test_a_lost_worker_s_run_is_taken_up_and_its_late_result_is_dropped(
    small: Edition, examiner, monkeypatch
):
    blueprint = ready(small.levels.get(), examiner, theory_items=5, forms=1)
    run = assembly.start_assembly(actor=examiner, blueprint=blueprint, forms_wanted=1)
    hints: list[int] = []
    monkeypatch.setattr(assembly, "hint", hints.append)
    solve = assembly.assemble

    def slow(*args, **kwargs):
        """While this worker solves it is given up, and another one does the work."""
        outcome = solve(*args, **kwargs)
        monkeypatch.setattr(assembly, "assemble", solve)
        AssemblyRun.objects.filter(pk=run.pk).update(updated_at=timezone.now() - timedelta(minutes=5))
        assembly.sweep_runs()
        assert assembly.run_assembly(run.pk)
        return outcome

    monkeypatch.setattr(assembly, "assemble", slow)
    assert not assembly.run_assembly(run.pk)
    assert hints == [run.pk]
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.DONE, 2)
    assert FormSlot.objects.filter(form__blueprint=blueprint).count() == 5


def test_a_run_that_keeps_failing_is_given_up(small: Edition, examiner, monkeypatch):
    blueprint = ready(small.levels.get(), examiner, theory_items=5, forms=1)
    run = assembly.start_assembly(actor=examiner, blueprint=blueprint, forms_wanted=1)

    def broken(*args, **kwargs):
        raise RuntimeError("no solver")

    monkeypatch.setattr(assembly, "assemble", broken)
    for _ in range(4):
        assembly.run_assembly(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.FAILED, 3)
    assert "停止重试" in run.message


def test_the_queue_works_a_run_off(small: Edition, examiner, run_queued, django_capture_on_commit_callbacks):
    blueprint = ready(small.levels.get(), examiner, theory_items=5, forms=1)
    with django_capture_on_commit_callbacks(execute=True):
        run = assembly.start_assembly(actor=examiner, blueprint=blueprint, forms_wanted=1)
    assert run_queued() == 1
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_wrong_options_are_refused(small: Edition, examiner):
    level = small.levels.get()
    with pytest.raises(Invalid) as refused:
        propose_blueprint(level, actor=examiner, theory_items=0, practical_points=99)
    assert len(refused.value.data["problems"]) == 2
    draft = propose_blueprint(level, actor=examiner, theory_items=5, forms=1)
    assert draft.state == BlueprintState.DRAFT
    with pytest.raises(Refusal, match="还没有定稿"):
        assembly.start_assembly(actor=examiner, blueprint=draft)
    with pytest.raises(Invalid, match="份数"):
        assembly.start_assembly(actor=examiner, blueprint=draft, forms_wanted=0)
    assert not Form.objects.filter(state=FormState.FROZEN).exists()
