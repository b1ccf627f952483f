"""The fixtures that others rely on: a real worker, a real site and a real browser on one test database."""

from __future__ import annotations

import pytest
import requests
from django.db import connection

from tests.processes import queued_messages, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


def test_a_worker_takes_work_off_the_queue_of_this_database(celery_worker_process, settings):
    import redis

    from config.celery import app

    client = redis.Redis.from_url(settings.REDIS_URL)
    queue = f"{settings.REDIS_PREFIX}:queue:celery"
    app.send_task("celery.backend_cleanup")
    wait_until(
        lambda: b"celery.backend_cleanup" in celery_worker_process.log.read_bytes(), what="the task's start"
    )
    assert client.llen(queue) == 0

    celery_worker_process.kill()
    app.send_task("celery.backend_cleanup")
    assert client.llen(queue) == 1
    celery_worker_process.start()
    wait_until(lambda: client.llen(queue) == 0, what="the queue's end")


@pytest.mark.django_db
def test_queued_messages_come_off_the_real_queue_in_order(run_queued):
    from config.celery import app

    for number in (1, 2):
        app.send_task("celery.some_task", args=[number], kwargs={"word": "试"})
    assert list(queued_messages()) == [
        ("celery.some_task", [1], {"word": "试"}),
        ("celery.some_task", [2], {"word": "试"}),
    ]
    assert run_queued() == 0


def test_every_periodic_task_exists():
    from config.celery import app, collected_schedule

    app.loader.import_default_modules()
    assert {entry["task"] for entry in collected_schedule().values()} <= set(app.tasks)


def test_the_live_site_works_on_the_test_database(live_site, django_user_model):
    answer = requests.get(f"{live_site.url}/readyz", timeout=10)
    assert answer.json()["state"] == "ready"
    assert connection.settings_dict["NAME"] in live_site.environment["DATABASE_URL"]


@pytest.mark.browser
def test_the_browser_sees_pages_without_script_errors(page, phone, page_problems):
    for each in (page, phone):
        each.goto("/sign-in")
        assert each.locator("input[name=username]").is_visible()
        assert each.locator("html").get_attribute("lang") == "zh-hans"
    assert page_problems == []
    assert connection.cursor()  # the ORM may be used beside the browser


@pytest.mark.browser
def test_a_breach_of_the_content_policy_is_noticed(page, page_problems):
    page.goto("/sign-in")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<i style=\"color:red\">x</i>')")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in problem for problem in page_problems)
    page_problems.clear()
