"""Fixtures shared by all tests: real child processes on the test database, and a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config import embedded, toolchain
from tests import processes
from tests.cast import cast, client_of

__all__ = ["cast", "client_of"]


def _log(name: str) -> Path:
    from django.conf import settings

    return embedded.default_var() / "test-logs" / f"{settings.REDIS_PREFIX}-{name}.log"


@pytest.fixture(autouse=True)
def _clean_cache(request: pytest.FixtureRequest) -> None:
    """A test that touches the database or the web starts with an empty cache (limits and counts live there).

    Only this test process's keys go: `cache.clear()` would empty the whole Redis, other processes' queues with it.
    """
    names = {"db", "transactional_db", "client", "django_user_model"}
    if names & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        processes.clear_redis()


@pytest.fixture(autouse=True)
def _site_language() -> None:
    """A request in English leaves its language with the thread; the next test starts in the site's own."""
    from django.utils import translation

    translation.deactivate()


# ------------------------------------------------------------------ queue


@pytest.fixture
def run_queued(db: None) -> Iterator[Callable[[], int]]:
    """Run in this process what was queued, message by message off the real queue; returns how many ran.

    Work that a transaction queues on commit is queued in an ordinary test with
    `django_capture_on_commit_callbacks(execute=True)`.
    """
    from config.celery import app

    def run() -> int:
        count = 0
        for name, args, kwargs in processes.queued_messages():
            app.tasks[name](*args, **kwargs)
            count += 1
        return count

    processes.clear_redis()
    app.loader.import_default_modules()
    yield run
    processes.clear_redis()


@pytest.fixture(scope="session")
def _celery_worker(django_db_setup: None) -> Iterator[processes.CeleryWorker]:
    worker = processes.CeleryWorker(_environment_of_test_database(), _log("worker"))
    yield worker
    worker.stop()


@pytest.fixture
def celery_worker_process(
    transactional_db: None, _celery_worker: processes.CeleryWorker
) -> Iterator[processes.CeleryWorker]:
    """A real Celery worker on the test database, running, with an empty queue; the test may kill and start it.

    It ends with the test: left running it would take the work of tests that do theirs themselves.
    """
    processes.clear_redis()
    _celery_worker.start()
    yield _celery_worker
    _celery_worker.kill()
    processes.clear_redis()


# ------------------------------------------------------------------ site


def _environment_of_test_database() -> dict[str, str]:
    return processes.child_environment()


@pytest.fixture(scope="session")
def _live_site(django_db_setup: None) -> Iterator[processes.Site]:
    site = processes.Site(_environment_of_test_database(), _log("site"))
    yield site
    site.stop()


@pytest.fixture
def live_site(transactional_db: None, _live_site: processes.Site) -> processes.Site:
    """The site under granian on the test database; `live_site.url` is its address."""
    _live_site.start()
    return _live_site


# ------------------------------------------------------------------ browser


@pytest.fixture
def browser_context(
    live_site: processes.Site, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Make browser contexts (each its own person): `context = browser_context(width=390, height=844)`.

    Playwright's synchronous interface keeps an event loop in this thread while it runs, so Django would refuse the
    ORM to the test. Playwright therefore lives only as long as the test and the refusal is lifted for just as long.
    """
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        _drop_connections()
        browser = playwright.chromium.launch(
            executable_path=toolchain.find_chromium(), args=toolchain.CHROMIUM_ARGUMENTS
        )

        def make(*, width: int = 1280, height: int = 900, **options: Any) -> Any:
            options = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "base_url": live_site.url} | options
            context = browser.new_context(viewport={"width": width, "height": height}, **options)
            context.set_default_timeout(15_000)
            return context

        yield make
        browser.close()
        _drop_connections()


def _drop_connections() -> None:
    """Django keeps the connections of a thread with a running loop apart from those without: none may outlive
    the browser, or a later test would meet one that a fault test has ended."""
    from django.db import connections

    connections.close_all()


def _watched(page: Any, problems: list[str]) -> Any:
    page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text)
            if message.type == "error" and "Content Security Policy" in message.text
            else None
        ),
    )
    return page


@pytest.fixture
def page_problems() -> list[str]:
    """Script errors and refused inline code seen by `page` and `phone`; clear it where they are expected."""
    return []


@pytest.fixture
def page(browser_context: Callable[..., Any], page_problems: list[str]) -> Iterator[Any]:
    """A page of 1280 x 900; the test fails at its end on a script error or a breach of the content policy."""
    yield _watched(browser_context().new_page(), page_problems)
    assert not page_problems, "\n".join(page_problems)


@pytest.fixture
def phone(browser_context: Callable[..., Any], page_problems: list[str]) -> Iterator[Any]:
    """A page of 390 x 844 with touch."""
    context = browser_context(width=390, height=844, has_touch=True, is_mobile=True, device_scale_factor=2)
    yield _watched(context.new_page(), page_problems)
    assert not page_problems, "\n".join(page_problems)


@pytest.fixture
def sign_in_browser(live_site: processes.Site) -> Callable[[Any, Any], None]:
    """`sign_in_browser(page, user)` gives the page's context a session of that user."""

    def sign_in(page: Any, user: Any) -> None:
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_site.url}
        page.context.add_cookies([cookie])

    return sign_in
