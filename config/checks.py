"""Everything `make test` looks at.  `python -m config.checks all|static [pytest options]`

The static checks all run, whatever one of them says; then the tests. pytest's summary ends the output and names the
static checks that failed.
"""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from config import embedded

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
PACKAGES = ["accounts", "standards", "assessments", "candidates", "grading", "config", "bench", "tests"]


def production_environment() -> dict[str, str]:
    """A sound production environment of the moment, on the private servers."""
    return embedded.environ() | {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "LIANGCAI_SECRET_KEY": secrets.token_urlsafe(64),
        "LIANGCAI_IDENTITY_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "LIANGCAI_IDENTITY_PEPPER": secrets.token_urlsafe(48),
        "LIANGCAI_HOSTS": "exam.example.edu",
        "LIANGCAI_SITE_URL": "https://exam.example.edu",
    }


def static_checks() -> list[tuple[str, list[str], dict[str, str]]]:
    """(name, command, additional environment) of each check that runs no test."""

    def program(name: str) -> str:
        return str(PROGRAMS / name)

    manage = [sys.executable, str(ROOT / "manage.py")]
    typed = [name for name in PACKAGES if (ROOT / name).is_dir()]
    quiet = {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    deploy = ["check", "--deploy", "--fail-level", "WARNING", "--database", "default"]
    return [
        ("format", [program("ruff"), "format", "--check", "--quiet", "."], {}),
        ("lint", [program("ruff"), "check", "--quiet", "."], {}),
        ("templates", [program("djlint"), "templates", "--lint", "--quiet"], {}),
        ("types", [program("mypy"), "--no-error-summary", *typed], {}),
        ("import order", [program("lint-imports"), "--no-cache"], {}),
        ("messages", [sys.executable, "-m", "config.messages"], {}),
        ("deployment", [*manage, *deploy], production_environment()),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], quiet),
    ]


def run_static() -> list[str]:
    """Run all; returns the names of those that failed, having printed what they said."""
    failed = []
    for name, command, environment in static_checks():
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        seconds = time.monotonic() - began
        print(f"{'ok    ' if done.returncode == 0 else 'FAILED'}  {name:<13} {seconds:5.1f} s", flush=True)
        if done.returncode != 0:
            print(done.stdout.rstrip() + "\n", flush=True)
            failed.append(name)
    return failed


def main() -> int:
    which = sys.argv[1] if len(sys.argv) > 1 else ""
    if which not in ("all", "static"):
        print("usage: python -m config.checks all|static [pytest options]")
        return 2
    try:
        embedded.hold_if_needed()
    except embedded.EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    failed = run_static()
    if which == "static":
        return 1 if failed else 0
    workers = os.environ.get("LIANGCAI_TEST_PROCESSES", "2")
    command = [sys.executable, "-m", "pytest", "-n", workers, "--dist", "loadfile", *sys.argv[2:]]
    tests = subprocess.run(command, cwd=ROOT, env=os.environ | {"LIANGCAI_FAILED_CHECKS": ", ".join(failed)})
    return tests.returncode or (1 if failed else 0)


if __name__ == "__main__":
    sys.exit(main())
