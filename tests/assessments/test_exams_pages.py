"""Blueprints to sessions over HTTP, as an examiner does it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from assessments import session_figures
from assessments.enums import BlueprintState, ExamState, FormState, ItemState, SessionState
from assessments.models import Blueprint, Exam, ExamSession, Form, Item
from assessments.services.assembly import run_assembly, start_assembly
from assessments.services.blueprints import mark_ready
from assessments.services.proposals import propose_blueprint
from tests.factories import BLANK, CHOICE, make_edition, make_item, make_user


@pytest.fixture
def examiner(db):
    return make_user(Role.EXAMINER)


@pytest.fixture
def web(examiner, client_of):
    return client_of(examiner)


@pytest.fixture
def edition(db):
    """Two levels; 16 choice items and 6 blanks in the first, none in the second."""
    edition = make_edition(levels=2, requirements=2)
    author, reviewer = make_user(Role.AUTHOR), make_user(Role.REVIEWER)
    first = edition.levels.get(number=1)
    requirements = list(first.domains.get().tasks.get().requirements.all())
    for n in range(16):
        make_item(edition, requirements[n % 2], author, reviewer, **CHOICE, difficulty=f"0.{50 + n}")
    for n in range(6):
        make_item(edition, requirements[n % 2], author, reviewer, **BLANK, difficulty=f"0.{60 + n}")
    return edition


def url(name, *args):
    return reverse(f"assessments:{name}", args=args)


def made(response) -> int:
    assert response.status_code == 302, response.content.decode()[:2000]
    return int(re.findall(r"/(\d+)/?$", response["Location"])[0])


def grid(*rows, **extra):
    """A posted grid of one section; a row is (node, kind, count, points)."""
    return {
        "section": ["1"],
        "section_title": ["理论知识"],
        "section_component": ["theory"],
        "section_shuffle": ["1"],
        "row_section": ["1"] * len(rows),
        "node": [row[0] for row in rows],
        "kind": [row[1] for row in rows],
        "cognitive": [""] * len(rows),
        "hardest": [""] * len(rows),
        "easiest": [""] * len(rows),
        "count": [row[2] for row in rows],
        "points": [row[3] for row in rows],
        "title": "测试蓝图",
        "minutes": "60",
        "pass_total": "60",
        **extra,
    }


@pytest.fixture
def assembled(edition, examiner):
    """Two draft forms of six items each."""
    blueprint = propose_blueprint(edition.levels.get(number=1), actor=examiner, theory_items=6)
    run = start_assembly(actor=examiner, blueprint=mark_ready(actor=examiner, blueprint=blueprint))
    assert run_assembly(run.pk)
    return list(Form.objects.filter(blueprint=blueprint).order_by("label"))


def test_the_whole_way_over_http(web, edition, run_queued, django_capture_on_commit_callbacks):
    level = edition.levels.get(number=1)
    blueprint = made(web.post(url("blueprint_propose"), {"level": level.pk, "theory_items": 8}))
    assert made(web.post(url("blueprint_ready", blueprint))) == blueprint
    with django_capture_on_commit_callbacks(execute=True):
        run = made(web.post(url("assembly_start", blueprint), {"seed": "3"}))
    assert web.get(url("run_status", run)).json()["state"] == "queued"
    assert "hx-get" in web.get(url("run_detail", run)).content.decode()
    run_queued()
    status = web.get(url("run_status", run)).json()
    assert (status["state"], status["finished"], status["progress"]) == ("done", True, 100)
    forms = [entry["id"] for entry in status["forms"]]
    assert len(forms) == 2
    for form in forms:
        assert web.get(url("form_detail", form)).status_code == 200
        assert made(web.post(url("form_freeze", form))) == form
    exam = made(web.post(url("exam_new"), {"blueprint": blueprint, "forms": forms, "open_now": "on"}))
    invigilator = make_user(Role.INVIGILATOR)
    start = timezone.localtime() + timedelta(hours=1)
    session = made(
        web.post(
            url("session_new", exam),
            {
                "name": "上午场",
                "room": "机房 1",
                "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
                "minutes": "90",
                "needs_admission": "on",
                "invigilators": [invigilator.pk],
            },
        )
    )
    stored = ExamSession.objects.get(pk=session)
    assert stored.closes_at - stored.starts_at == timedelta(minutes=120)
    assert stored.exam.state == ExamState.OPEN
    for name, *args in (
        ("blueprint_list",),
        ("blueprint_new",),
        ("blueprint_detail", blueprint),
        ("run_detail", run),
        ("form_list",),
        ("exam_list",),
        ("exam_new",),
        ("exam_detail", exam),
        ("session_list",),
        ("session_detail", session),
        ("session_edit", session),
        ("session_new", exam),
    ):
        assert web.get(url(name, *args)).status_code == 200, name
    assert web.get(url("form_compare"), {"a": forms[0], "b": forms[1]}).status_code == 200
    month = start.strftime("%Y-%m")
    assert "上午场" in web.get(url("session_list"), {"month": month}).content.decode()


def test_the_grid_is_saved_checked_and_locked(web, edition, examiner):
    level = edition.levels.get(number=1)
    blueprint = made(web.post(url("blueprint_create"), {"level": level.pk}))
    checked = web.post(
        url("blueprint_check", blueprint),
        grid(("1.1", "single_choice", "10", "5"), ("1.1.2", "", "2", "2.5"), ("9.9", "", "1", "1")),
    ).json()
    assert [row["available"] for row in checked["rows"]] == [16, 11, 0]
    assert [row["tone"] for row in checked["rows"]] == ["warn", "", "danger"]
    assert "缺 4 题" in checked["rows"][0]["reasons"][0]
    assert (checked["count"], checked["points"]) == (13, "56")
    page = web.post(url("blueprint_save", blueprint), grid(("9.9", "", "1", "1"), ("1.1", "", "两", "-1")))
    assert page.status_code == 400
    text = page.content.decode()
    assert "没有编号“9.9”" in text
    assert "题数须是 1 到 500 的整数" in text
    assert not Blueprint.objects.get(pk=blueprint).sections.get().rows.exists()
    rows = (("1.1", "single_choice", "４", "5"), ("", "", "", ""), ("1", "fill_blank", "2", "2.5"))
    assert made(web.post(url("blueprint_save", blueprint), grid(*rows, target_difficulty="0.6"))) == blueprint
    stored = Blueprint.objects.get(pk=blueprint)
    kept = list(stored.sections.get().rows.values_list("task__code", "domain__code", "kind", "count"))
    assert kept == [("1.1", None, "single_choice", 4), (None, "1", "fill_blank", 2)]
    assert web.post(url("blueprint_save", blueprint), grid(*rows, seen="2020-01-01")).status_code == 409
    assert made(web.post(url("blueprint_save", blueprint), grid(*rows, then="ready"))) == blueprint
    assert Blueprint.objects.get(pk=blueprint).state == BlueprintState.READY
    assert web.post(url("blueprint_save", blueprint), grid(*rows)).status_code == 409
    copied = made(web.post(url("blueprint_copy", blueprint)))
    assert Blueprint.objects.get(pk=copied).sections.get().rows.count() == 2
    web.post(url("blueprint_retire", blueprint))
    assert Blueprint.objects.get(pk=blueprint).state == BlueprintState.RETIRED


def test_a_blueprint_that_contradicts_itself_is_not_settled(web, edition):
    blueprint = made(web.post(url("blueprint_create"), {"level": edition.levels.get(number=1).pk}))
    empty = web.post(url("blueprint_ready", blueprint))
    assert empty.status_code == 409
    assert "还没有任何题目要求" in empty.content.decode()
    web.post(url("blueprint_save", blueprint), grid(("1.1", "", "2", "5"), pass_practical="60"))
    refused = web.post(url("blueprint_ready", blueprint))
    assert refused.status_code == 409
    assert "没有实操部分" in refused.content.decode()


def test_a_higher_level_may_draw_on_the_lower_one(web, edition):
    blueprint = made(web.post(url("blueprint_create"), {"level": edition.levels.get(number=2).pk}))
    rows = web.post(
        url("blueprint_check", blueprint), grid(("初级 1.1", "", "2", "5"), ("1.1", "", "1", "1"))
    ).json()
    assert [row["available"] for row in rows["rows"]] == [22, 0]
    assert rows["domains"][0]["label"].startswith("初级 1 ")
    lower = made(web.post(url("blueprint_create"), {"level": edition.levels.get(number=1).pk}))
    assert web.post(url("blueprint_save", lower), grid(("中级 1.1", "", "2", "5"))).status_code == 400


def test_an_empty_bank_and_bad_options_are_explained(web, edition):
    level = edition.levels.get(number=2).pk
    refused = web.post(url("blueprint_propose"), {"level": level})
    assert refused.status_code == 409
    assert "在用题目不足" in refused.content.decode()
    bad = web.post(url("blueprint_propose"), {"level": level, "theory_items": "许多", "minutes": "0"})
    assert bad.status_code == 400
    assert not Blueprint.objects.exists()


def test_a_swap_is_offered_with_what_it_breaks(web, assembled):
    first, second = assembled
    slot = first.slots.filter(revision__item__kind="single_choice").order_by("position").first()
    page = web.get(url("slot_swap", first.pk, slot.pk)).content.decode()
    assert "与 B 卷重题" in page
    taken = second.slots.filter(revision__item__kind="single_choice").first().revision.item
    refused = web.post(url("slot_swap", first.pk, slot.pk), {"item": taken.pk})
    assert refused.status_code == 409
    assert "与 B 卷重题" in refused.content.decode()
    unfit = web.post(url("slot_swap", first.pk, slot.pk), {"item": "999999"})
    assert unfit.status_code == 400
    used = set(first.slots.values_list("revision__item", flat=True)) | set(
        second.slots.values_list("revision__item", flat=True)
    )
    free = Item.objects.filter(kind="single_choice").exclude(pk__in=used).first()
    assert made(web.post(url("slot_swap", first.pk, slot.pk), {"item": free.pk})) == first.pk
    slot.refresh_from_db()
    assert slot.revision_id == free.current_id
    web.post(url("form_freeze", first.pk))
    assert web.post(url("slot_swap", first.pk, slot.pk), {"item": slot.revision.item_id}).status_code == 409


def test_a_form_with_a_withdrawn_item_is_not_frozen(web, assembled):
    item = assembled[0].slots.first().revision.item
    Item.objects.filter(pk=item.pk).update(state=ItemState.SUSPENDED)
    refused = web.post(url("form_freeze", assembled[0].pk))
    assert refused.status_code == 409
    assert item.code in refused.content.decode()
    assert Form.objects.get(pk=assembled[0].pk).state == FormState.DRAFT


def test_the_form_page_takes_the_same_queries_for_any_number_of_items(web, edition, examiner):
    counts = []
    for items in (5, 12):
        blueprint = propose_blueprint(
            edition.levels.get(number=1), actor=examiner, theory_items=items, forms=1
        )
        run = start_assembly(
            actor=examiner, blueprint=mark_ready(actor=examiner, blueprint=blueprint), forms_wanted=1
        )
        assert run_assembly(run.pk)
        form = blueprint.forms.get()
        for page in (url("form_detail", form.pk), url("slot_swap", form.pk, form.slots.first().pk)):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert web.get(page).status_code == 200
            counts.append(len(queries))
    assert counts[:2] == counts[2:], counts


def test_lists_take_the_same_queries_for_one_and_for_many(web, assembled, examiner):
    names = ("blueprint_list", "form_list", "exam_list", "session_list")
    pages = []
    for form in assembled:
        web.post(url("form_freeze", form.pk))
    blueprint = assembled[0].blueprint
    for round_ in range(2):
        for n in range(1 if round_ == 0 else 4):
            exam = made(web.post(url("exam_new"), {"blueprint": blueprint.pk, "forms": [assembled[0].pk]}))
            web.post(url("exam_open", exam))
            made(
                web.post(
                    url("session_new", exam),
                    {
                        "name": f"考次 {round_} {n}",
                        "room": f"机房 {round_} {n}",
                        "starts_at": (timezone.now() + timedelta(days=1)).isoformat(),
                        "minutes": "60",
                    },
                )
            )
            web.post(url("blueprint_copy", blueprint.pk))
        counts = []
        for name in names:
            with CaptureQueriesContext(connection) as queries:
                assert web.get(url(name)).status_code == 200
            counts.append(len(queries))
        pages.append(counts)
    assert pages[0] == pages[1]


def test_sessions_are_checked_moved_and_cancelled(web, assembled):
    form = assembled[0]
    not_frozen = web.post(url("exam_new"), {"blueprint": form.blueprint_id, "forms": [form.pk]})
    assert not_frozen.status_code == 400
    web.post(url("form_freeze", form.pk))
    exam = made(
        web.post(url("exam_new"), {"blueprint": form.blueprint_id, "forms": [form.pk], "open_now": "on"})
    )
    assert web.post(url("form_retire", form.pk)).status_code == 409
    start = timezone.now() + timedelta(days=2)
    plan = {"name": "一", "room": "机房 1", "starts_at": start.isoformat(), "minutes": "60"}
    session = made(web.post(url("session_new", exam), plan))
    taken = web.post(url("session_new", exam), {**plan, "name": "二"})
    assert taken.status_code == 409
    assert "机房 1 在这段时间已安排“一”" in taken.content.decode()
    past = web.post(url("session_new", exam), {**plan, "starts_at": "2020-01-01T09:00", "room": ""})
    assert past.status_code == 400
    assert "已经过去" in past.content.decode()
    wrong = web.post(url("session_new", exam), {**plan, "starts_at": "明天", "minutes": "0"})
    assert wrong.status_code == 400
    moved = {**plan, "minutes": "45", "late_minutes": "0"}
    assert made(web.post(url("session_edit", session), moved)) == session
    stored = ExamSession.objects.get(pk=session)
    assert stored.closes_at - stored.starts_at == timedelta(minutes=45)
    assert web.post(url("exam_close", exam)).status_code == 409
    assert web.post(url("session_cancel", session), {"reason": " "}).status_code == 400
    web.post(url("session_cancel", session), {"reason": "停电"})
    assert ExamSession.objects.get(pk=session).state == SessionState.CLOSED
    assert web.post(url("session_edit", session), moved).status_code == 409
    web.post(url("exam_close", exam))
    assert Exam.objects.get(pk=exam).state == ExamState.CLOSED
    assert web.post(url("session_new", exam), {**plan, "name": "三"}).status_code == 409


def test_who_watches_may_change_while_the_session_is_on(assembled, web):
    web.post(url("form_freeze", assembled[0].pk))
    exam = made(
        web.post(url("exam_new"), {"blueprint": assembled[0].blueprint_id, "forms": [assembled[0].pk]})
    )
    plan = {"name": "一", "starts_at": timezone.now().isoformat(), "minutes": "60"}
    session = made(web.post(url("session_new", exam), plan))
    ExamSession.objects.filter(pk=session).update(state=SessionState.OPEN)
    watcher = make_user(Role.INVIGILATOR)
    assert str(watcher) in web.get(url("session_detail", session)).content.decode()
    made(web.post(url("session_invigilators", session), {"invigilators": [watcher.pk, "x"]}))
    assert list(ExamSession.objects.get(pk=session).invigilators.all()) == [watcher]
    ExamSession.objects.filter(pk=session).update(state=SessionState.CLOSED)
    assert web.post(url("session_invigilators", session), {}).status_code == 409


def test_what_was_typed_stays_when_a_blueprint_is_refused(web, edition):
    blueprint = made(web.post(url("blueprint_create"), {"level": edition.levels.get(number=1).pk}))
    rows = (("1.1", "single_choice", "7", "3"),)
    for wrong, said in (
        ({"minutes": "很久"}, "不是整数"),
        ({"pass_total": "120"}, "不是 0 到 100 之间的数"),
        ({"pass_domains": "1=四十"}, "工作领域 1"),
        ({"target_difficulty": "3"}, "目标难度须在 0 和 1 之间"),
        ({"seen": "2020-01-01"}, "没有覆盖"),
        ({"then": "ready", "pass_practical": "60"}, "没有实操部分"),
    ):
        page = web.post(url("blueprint_save", blueprint), grid(*rows, **wrong))
        assert page.status_code in (400, 409), wrong
        text = page.content.decode()
        assert said in text, wrong
        assert 'value="7"' in text, wrong
        assert all(f'value="{value}"' in text for name, value in wrong.items() if name not in ("then",)), (
            wrong
        )
    assert not Blueprint.objects.get(pk=blueprint).sections.get().rows.exists()


def test_invigilators_see_their_own_sessions_only(assembled, examiner, client_of, web):
    web.post(url("form_freeze", assembled[0].pk))
    exam = made(
        web.post(url("exam_new"), {"blueprint": assembled[0].blueprint_id, "forms": [assembled[0].pk]})
    )
    mine, other = make_user(Role.INVIGILATOR), make_user(Role.INVIGILATOR)
    session = made(
        web.post(
            url("session_new", exam),
            {
                "name": "一",
                "starts_at": (timezone.now() + timedelta(days=1)).isoformat(),
                "minutes": "60",
                "invigilators": [mine.pk],
            },
        )
    )
    assert client_of(mine).get(url("session_detail", session)).status_code == 200
    assert client_of(other).get(url("session_detail", session)).status_code == 404
    assert client_of(mine).get(url("exam_detail", exam)).status_code == 403
    assert client_of(mine).post(url("session_cancel", session), {"reason": "x"}).status_code == 403
    assert client_of(make_user(Role.AUTHOR)).get(url("form_detail", assembled[0].pk)).status_code == 403


def test_figures_of_sessions_come_from_whoever_registers_them(web, assembled, monkeypatch):
    monkeypatch.setattr(session_figures, "_figures", {})
    session_figures.register("registered", "报名", lambda ids: dict.fromkeys(ids, 37))
    web.post(url("form_freeze", assembled[0].pk))
    exam = made(
        web.post(url("exam_new"), {"blueprint": assembled[0].blueprint_id, "forms": [assembled[0].pk]})
    )
    plan = {"name": "一", "starts_at": (timezone.now() + timedelta(days=1)).isoformat(), "minutes": "60"}
    session = made(web.post(url("session_new", exam), plan))
    for page in (url("session_detail", session), url("session_list"), url("exam_detail", exam)):
        assert "37" in web.get(page).content.decode()
