"""Pytest plugin, loaded with `-p` because pytest-django reads the settings before any conftest.

It starts the private servers once, in the process that was called (xdist workers inherit the addresses), keeps a
test database between runs as long as it is known to be sound, and decides what becomes of browser tests where there
is no browser.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

# Before `config` is imported, which otherwise chooses the demo's settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"

from config import embedded, messages, toolchain

ROOT = Path(__file__).resolve().parent.parent
_database: dict[str, Any] = {"ready": False, "stamp": None, "digest": ""}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, Any, Any]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        embedded.hold_if_needed()
        os.environ.update(embedded.environ())
        messages.compile_all()
    return (yield)


# ------------------------------------------------------------------ keeping the test database


def _migrations_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update((ROOT / "requirements.lock").read_bytes())
    return digest.hexdigest()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Reuse the database of the last run if that run ended in order and no migration has changed since."""
    name = os.environ.get("LIANGCAI_TEST_DB", "test_liangcai")
    suffix = os.environ.get("PYTEST_XDIST_WORKER", "")
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None):
        stamp = embedded.folder(embedded.default_var()) / f"{name}{suffix and '_' + suffix}.migrated"
        _database["stamp"], _database["digest"] = stamp, _migrations_digest()
        sound = stamp.exists() and stamp.read_text() == _database["digest"]
        stamp.unlink(missing_ok=True)  # comes back when this run ends in order
        config.option.reuse_db = True
        config.option.create_db = config.option.create_db or not sound


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Generator[None, Any, Any]:
    result = yield
    if fixturedef.argname == "django_db_setup":
        _database["ready"] = True
    return result


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _database["ready"] and exitstatus in (0, 1):
        _database["stamp"].write_text(_database["digest"])


# ------------------------------------------------------------------ browser tests


def missing_for_browser() -> list[str]:
    missing = [] if toolchain.find_chromium() else ["Chromium"]
    return missing + ([] if toolchain.has_cjk_font() else ["Chinese fonts"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("browser")]
    missing = missing_for_browser() if marked else []
    if not missing:
        return
    reason = f"browser tests need {' and '.join(missing)}: python3 -I config/toolchain.py browser"
    if os.environ.get("CI"):
        raise pytest.UsageError(reason)
    for item in marked:
        item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    failed = os.environ.get("LIANGCAI_FAILED_CHECKS")
    if failed:
        terminalreporter.write_line(
            f"STATIC CHECKS FAILED: {failed} (their words stand before the tests)", red=True
        )
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum("browser tests need" in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(
            f"BROWSER TESTS SKIPPED: {count} ({' and '.join(missing_for_browser())} missing)"
        )
