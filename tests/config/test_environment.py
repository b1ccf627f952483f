"""Settings from the environment: documented, checked all at once, secrets from files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment, database_from_url, database_to_url

ROOT = Path(__file__).resolve().parent.parent.parent


def test_all_problems_are_named_together_with_their_hints():
    env = Environment({"PORT_NUMBER": "many", "SWITCH": "perhaps", "ADDRESS": "ftp://somewhere"})
    assert env.number("PORT_NUMBER", 8000, "Port.", low=1, high=65535) == 8000
    assert env.flag("SWITCH", True, "Switch.") is True
    env.url("ADDRESS", "", ("https",), "Address.", hint="For example https://x.example")
    env.secret("KEY", "", "Signs.", at_least=10, required=True, hint="Make one.")
    with pytest.raises(ImproperlyConfigured) as caught:
        env.finish()
    said = str(caught.value)
    for part in (
        "PORT_NUMBER: 'many'",
        "SWITCH: 'perhaps'",
        "https://x.example",
        "KEY: not set (or KEY_FILE)",
    ):
        assert part in said


def test_a_secret_may_stand_in_a_file(tmp_path):
    path = tmp_path / "key"
    path.write_text("from the file\n")
    assert Environment({"KEY_FILE": str(path)}).secret("KEY", "", "Key.") == "from the file"
    assert Environment({"KEY": "given", "KEY_FILE": str(path)}).secret("KEY", "", "Key.") == "given"


def test_an_unreadable_secret_file_is_named_once(tmp_path):
    env = Environment({"KEY_FILE": str(tmp_path / "missing")})
    env.secret("KEY", "", "Key.", required=True)
    assert env.problems == [f"KEY_FILE: {tmp_path / 'missing'} can't be read (FileNotFoundError)"]


def test_a_wrong_secret_is_not_shown():
    env = Environment({"KEY": "hunter2"})
    env.secret("KEY", "", "Key.", at_least=50)
    assert "hunter2" not in "".join(env.problems)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://liangcai:p%40ss%2Fword@db.example:5433/exam",
        "postgresql://liangcai:x@127.0.0.1:5432/exam?sslmode=require",
        "postgresql://liangcai:x@/exam?host=%2Fvar%2Frun%2Fpostgresql",
    ],
)
def test_a_database_address_survives_the_way_there_and_back(url):
    entry = database_from_url(url)
    assert database_from_url(database_to_url(entry["NAME"], entry)) == entry


def production(**environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "PYTHONPATH")}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--settings", "config.settings.production"],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
    )


def test_production_does_not_start_without_its_secrets_and_says_how_to_make_them():
    done = production()
    assert done.returncode != 0
    said = done.stdout + done.stderr
    for name in ("LIANGCAI_SECRET_KEY", "LIANGCAI_IDENTITY_KEYS", "LIANGCAI_IDENTITY_PEPPER", "DATABASE_URL"):
        assert f"{name}: not set" in said
    assert "python -m config.secrets_store secret-key" in said
    assert "Traceback" not in said


def test_production_starts_with_secrets_from_files(tmp_path):
    from config.checks import production_environment

    given = production_environment() | {
        "DATABASE_URL": "postgresql://x:y@127.0.0.1:1/z",
        "REDIS_URL": "redis://h:1/0",
    }
    secret = tmp_path / "secret"
    secret.write_text(given.pop("LIANGCAI_SECRET_KEY"))
    done = production(**given, LIANGCAI_SECRET_KEY_FILE=str(secret))
    assert done.returncode == 0, done.stderr


def test_the_operations_guide_lists_every_variable():
    """Declared in the settings and described in docs/operations.md, with nothing over on either side."""
    program = (
        "import importlib, os; names = set()\n"
        "for module in ('private', 'production', 'test'):\n"
        "    names |= set(importlib.import_module(f'config.settings.{module}').env.variables)\n"
        "print(*sorted(names))"
    )
    from config.checks import production_environment

    environment = os.environ | production_environment()
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    declared = set(done.stdout.split())
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([A-Z_]+)` \|", guide, flags=re.M))
    assert described == declared
