"""The exam player in a real browser, against the real site."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Max
from django.utils import timezone

from accounts.errors import Invalid
from candidates.enums import AttemptState
from candidates.models import Attempt, AttemptEvent, LateUpload, Response
from candidates.queries.entries import current_digest
from candidates.rules import answers_digest, canonical_json
from candidates.sealed import SealedFile, read_sealed
from candidates.services import attempts, invigilation
from tests.accessibility import barriers
from tests.browser.exam import KINDS, answer, attempt_of, bank_specs, enter, exam, go, saved, sign_in
from tests.factories import make_world, register
from tests.processes import wait_until

pytestmark = pytest.mark.browser


def current(attempt: Attempt) -> dict[int, Any]:
    """The newest value of each slot, by the slot's number on the paper."""
    newest = Response.objects.filter(attempt=attempt).values("slot").annotate(top=Max("revision"))
    rows = [Response.objects.get(attempt=attempt, slot=row["slot"], revision=row["top"]) for row in newest]
    return {row.slot.position: row.value for row in rows}


def move_deadline(attempt: Attempt, seconds: float) -> None:
    Attempt.objects.filter(pk=attempt.pk).update(deadline_at=timezone.now() + timedelta(seconds=seconds))


def pulse_now(page: Any) -> None:
    """The page asks the server at once when the connection is said to be back."""
    page.evaluate("window.dispatchEvent(new Event('online'))")


def test_every_kind_reload_and_receipt(page: Any) -> None:
    _world, registration = exam()
    attempt = attempt_of(registration)
    enter(page, registration)
    assert not barriers(page)
    for number, kind in enumerate(KINDS, start=1):
        go(page, number)
        answer(page, kind)
    saved(page)
    assert sorted(current(attempt)) == list(range(1, len(KINDS) + 1))
    page.reload()
    page.locator("[data-question-title]", has_text="第 8 题").wait_for()
    assert "先查物流轨迹" in page.locator("[data-item] textarea").input_value()
    assert not AttemptEvent.objects.filter(attempt=attempt, kind="lease_taken").exists(), (
        "a reload keeps its lease"
    )
    go(page, 1)
    assert page.locator("[data-item]").get_by_role("radio").first.is_checked()
    page.keyboard.press("f")
    page.keyboard.press("2")
    saved(page)
    page.get_by_role("button", name="交卷").click()
    assert page.locator("[data-submit-flagged] .palette__cell").all_inner_texts() == ["1"]
    assert page.locator("[data-submit-unanswered] .palette__cell").count() == 0
    page.get_by_role("button", name="确认交卷").click()
    page.get_by_role("heading", name="已交卷").wait_for()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.SUBMITTED
    assert page.locator("[data-receipt-hash]").inner_text() == attempt.receipt == current_digest(attempt.pk)
    assert page.locator("[data-receipt-check]").inner_text() == "与本机答案核对一致"
    assert not barriers(page)
    page.get_by_role("link", name="打印回执").click()
    assert page.locator("[data-receipt-hash]").inner_text() == attempt.receipt


KEPT = """async () => {
  const cache = await caches.open("liangcai-player-1");
  const kept = (await cache.keys()).map((request) => new URL(request.url).pathname);
  return kept.includes(location.pathname) && kept.includes("/static/js/kinds/numeric.js");
}"""
"""The page and all its modules are kept for a reload without a connection."""


def test_offline_keeps_reloads_and_catches_up(page: Any, live_site: Any) -> None:
    _world, registration = exam("single_choice", "short_answer", "numeric")
    attempt = attempt_of(registration)
    enter(page, registration)
    wait_until(lambda: page.evaluate(KEPT), what="the page kept for a reload")
    page.context.set_offline(True)
    for number, kind in enumerate(("single_choice", "short_answer", "numeric"), start=1):
        go(page, number)
        answer(page, kind)
    state = page.locator('[data-save][data-state="offline"]')
    state.wait_for()
    page.get_by_text("离线，答案保存在本机（3 条待上传）").first.wait_for()
    assert page.locator('[data-palette] [data-state="unsaved"]').count() == 3
    assert not current(attempt)
    page.on("dialog", lambda dialog: dialog.accept())
    live_site.kill()  # a page that comes out of the cache escapes the browser's emulation: let it be real
    page.reload()
    page.locator("[data-question-title]", has_text="第 3 题").wait_for()
    page.locator("[data-item] .question").wait_for()
    assert page.locator("[data-item] input").input_value() == "12.50", "shown after the reload"
    state.wait_for()
    assert not current(attempt), "still unsynced, and shown so"
    live_site.start()
    page.context.set_offline(False)
    saved(page)
    wait_until(lambda: len(current(attempt)) == 3, what="three answers on the server")
    order = page.evaluate(
        "() => [...document.querySelectorAll('[data-palette] .palette__cell')].map((e) => e.dataset.state)"
    )
    assert order == ["answered"] * 3


def test_second_window_takes_over_and_the_first_can_come_back(page: Any, browser_context: Any) -> None:
    _world, registration = exam("single_choice")
    attempt = attempt_of(registration)
    enter(page, registration)
    page.locator("[data-item]").get_by_role("radio").nth(0).check()
    saved(page)
    other = browser_context().new_page()
    sign_in(other, registration)
    other.get_by_role("link", name="继续作答").click()
    other.locator("[data-item]").get_by_role("radio").nth(1).check()
    saved(other)
    page.locator("[data-item]").get_by_role("radio").nth(2).check()
    page.get_by_role("heading", name="已在另一个窗口或设备继续作答").wait_for()
    assert [current(attempt)[1]] == [{"choice": value_of(attempt, 2)}]
    page.get_by_role("button", name="回到这里继续作答").click()
    page.locator("[data-question-title]", has_text="第 1 题").wait_for()
    saved(page)
    assert AttemptEvent.objects.filter(attempt=attempt, kind="lease_taken").count() == 2
    pulse_now(other)
    other.locator('[data-stop="lost"][open]').wait_for()


def test_a_copied_tab_takes_a_lease_of_its_own(page: Any) -> None:
    _world, registration = exam("single_choice")
    attempt = attempt_of(registration)
    enter(page, registration)
    with page.expect_popup() as popup:
        page.evaluate("window.open(location.href)")  # brings the session storage, and with it the token
    copy = popup.value
    page.locator('[data-stop="lost"][open]').wait_for()
    copy.locator("[data-item]").get_by_role("radio").first.check()
    saved(copy)
    assert AttemptEvent.objects.filter(attempt=attempt, kind="lease_taken").count() == 1


def test_phone(phone: Any) -> None:
    _world, registration = exam("single_choice", "short_answer", "true_false")
    enter(phone, registration)
    for size in ("", "huge"):
        phone.evaluate("(size) => (document.documentElement.dataset.text = size)", size)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, (
            f"nothing runs out of the screen: {size}"
        )
    phone.locator("[data-open-side]").tap()
    phone.locator("[data-palette] .palette__cell").nth(2).tap()
    phone.locator("[data-question-title]", has_text="第 3 题").wait_for()
    assert phone.locator("[data-side]").is_hidden()
    phone.locator("[data-item]").get_by_role("radio").first.check()
    saved(phone)
    assert not barriers(phone)


def value_of(attempt: Attempt, revision: int) -> str:
    return Response.objects.get(attempt=attempt, revision=revision).value["choice"]


def test_time_runs_out(page: Any) -> None:
    _world, registration = exam("single_choice", "short_answer")
    attempt = attempt_of(registration)
    enter(page, registration)
    go(page, 2)
    page.locator("[data-item] textarea").fill("先核对物流")
    saved(page)
    move_deadline(attempt, 3)
    page.locator("[data-item] textarea").press_sequentially("，再回复买家")
    page.get_by_role("heading", name="时间到，已收卷").wait_for()
    attempt.refresh_from_db()
    assert attempt.state in (AttemptState.SUBMITTED, AttemptState.COLLECTED)
    assert current(attempt)[2] == {"text": "先核对物流，再回复买家"}
    assert page.locator("[data-receipt-hash]").inner_text() == attempt.receipt


def test_answers_after_the_end_are_handed_over_apart(page: Any) -> None:
    _world, registration = exam("single_choice")
    attempt = attempt_of(registration)
    enter(page, registration)
    page.context.set_offline(True)
    page.locator("[data-item]").get_by_role("radio").first.check()
    page.locator('[data-save][data-state="offline"]').wait_for()
    move_deadline(attempt, -60)
    assert attempts.collect_due() == 1
    page.context.set_offline(False)
    page.locator('[data-screen="finished"]').wait_for()
    page.get_by_text("有 1 条答案在收卷之后才送达").wait_for()
    assert "已作答 0 题" in page.locator("[data-receipt-count]").inner_text()
    assert not current(attempt)
    assert LateUpload.objects.get(attempt=attempt).entries[0]["value"]["choice"]


def test_unreachable_at_the_end_gives_a_sealed_file(page: Any) -> None:
    _world, registration = exam("short_answer")
    attempt = attempt_of(registration)
    enter(page, registration)
    move_deadline(attempt, 2)
    pulse_now(page)
    page.locator('[data-clock][data-state="last"]').wait_for()
    page.context.set_offline(True)
    page.locator("[data-item] textarea").fill("断网后写的答案 😀")
    page.get_by_role("heading", name="时间到，正在收卷").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="下载未上传答案").click()
    raw = Path(download.value.path()).read_bytes()
    sealed = read_sealed(raw)
    assert sealed.token.attempt == attempt.pk and sealed.ticket_no == registration.ticket_no
    assert [entry.value for entry in sealed.entries] == [{"text": "断网后写的答案 😀"}]
    assert quarantine_late_after_end(attempt, sealed).entries[0]["value"] == {"text": "断网后写的答案 😀"}
    with pytest.raises(Invalid) as broken:
        read_sealed(raw.replace("断网".encode(), "断电".encode()))
    assert broken.value.code == "seal_broken"
    for bad in (b"", b"{}", b"[1]", raw[:-9], b"\xff"):
        with pytest.raises(Invalid):
            read_sealed(bad)
    assert attempt.lease is None or attempt.lease.hex not in page.content()


def quarantine_late_after_end(attempt: Attempt, sealed: SealedFile) -> LateUpload:
    move_deadline(attempt, -60)
    attempts.collect_due()
    return attempts.quarantine_late(sealed.token, sealed.entries)


def test_pause_more_time_and_message(page: Any) -> None:
    world, registration = exam("single_choice")
    attempt = attempt_of(registration)
    enter(page, registration)
    invigilation.pause(attempt=attempt, actor=world.invigilator)
    pulse_now(page)
    page.get_by_role("heading", name="监考已暂停作答").wait_for()
    invigilation.send_message(attempts_to=[attempt], text="第 3 机位网络已修好。", actor=world.invigilator)
    invigilation.unpause(attempt=attempt, actor=world.invigilator)
    invigilation.extend(attempt=attempt, minutes=10, actor=world.invigilator)
    pulse_now(page)
    page.locator("[data-notices]").get_by_text("第 3 机位网络已修好。").wait_for()
    page.locator('[data-stop="paused"]').wait_for(state="hidden")
    wait_until(
        lambda: page.locator("[data-clock-text]").inner_text() >= "1:08:00", what="more time on the clock"
    )
    page.locator("[data-item]").get_by_role("radio").first.check()
    saved(page)


def test_practical_command_and_offline(page: Any) -> None:
    world = make_world(bank_specs()["practical"])
    registration = register(world)[0]
    attempt = attempt_of(registration)
    enter(page, registration)
    bench = page.locator("[data-item] .wb")
    bench.wait_for()
    page.get_by_label("状态", exact=True).select_option("to_ship")
    page.locator("table button", has_text="2603").first.click()
    page.get_by_label("物流商").first.select_option("4PX")
    page.get_by_label("运单号").first.fill("4px3001234567890cn")
    page.get_by_role("button", name="保存运单号").first.click()
    page.get_by_role("button", name="更新运单号").wait_for()
    command = Response.objects.get(attempt=attempt)
    assert command.kind == "event" and command.value["type"] == "set_tracking"
    page.reload()
    bench.wait_for()
    page.locator("table", has_text="4PX3001234567890CN").wait_for()
    page.context.set_offline(True)
    page.get_by_text("现在离线，实操任务暂时不能操作").wait_for()
    assert page.locator(".exam__bench").evaluate("(e) => e.inert")
    page.context.set_offline(False)
    page.locator(".exam__bench:not(.is-away)").wait_for()
    page.get_by_role("button", name="交卷").click()
    page.get_by_role("button", name="确认交卷").click()
    page.get_by_role("heading", name="已交卷").wait_for()
    attempt.refresh_from_db()
    assert page.locator("[data-receipt-hash]").inner_text() == attempt.receipt
    assert "实操 1 步" in page.locator("[data-receipt-count]").inner_text()


ODD = [
    0, -0.0, 1, -1.5, 12.5, 1e21, 1e-7, 123456789012345680000, 1.7976931348623157e308, 5e-324, 0.000001, 100.0,
    "引号\"反\\斜 \n\t\u2028\x7f😀", {"ﬀ": 1, "😀": 2, "a": [None, True]},
]  # fmt: skip


def test_digest_is_the_same_in_browser_and_server(page: Any, live_site: Any) -> None:
    page.goto("/exam/sign-in")
    texts = page.evaluate(
        """async (values) => {
          const { answersDigest, canonicalJson } = await import("/static/js/player/digest.js");
          const entries = values.map((value, n) => ({ slot: 100 - n, revision: n + 1, value }));
          return [values.map(canonicalJson), await answersDigest(7, entries)];
        }""",
        ODD,
    )
    assert texts[0] == [canonical_json(value) for value in ODD]
    assert texts[1] == answers_digest(7, [(100 - n, n + 1, value) for n, value in enumerate(ODD)])


def test_waiting_room_opens_by_itself(page: Any) -> None:
    world, registration = exam("single_choice", needs_admission=True)
    sign_in(page, registration)
    assert not barriers(page)
    page.get_by_role("link", name="进入候考").click()
    page.get_by_text("请等待监考老师核验您的身份").wait_for()
    assert not barriers(page)
    start = page.get_by_role("button", name="开始作答")
    assert start.is_disabled()
    assert bank_specs()["single_choice"]["content"]["options"][0]["text"] not in page.content()
    invigilation.admit(registrations=[registration], actor=world.invigilator)
    page.locator("[data-start]:not([disabled])").wait_for()
    start.click()
    page.locator("[data-question-title]", has_text="第 1 题").wait_for()
