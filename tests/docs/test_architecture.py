"""docs/architecture.md names every app and every service module there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("accounts", "standards", "assessments", "candidates", "grading")
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_service_module_is_named() -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for app in APPS
        for path in (ROOT / app / "services").glob("*.py")
        if path.name != "__init__.py"
    }
    named = set(re.findall(rf"\b(?:{'|'.join(APPS)})/services/\w+\.py", TEXT))
    assert there - named == set(), "not in docs/architecture.md"
    assert named - there == set(), "named in docs/architecture.md and gone"


def test_every_path_that_docs_name_exists() -> None:
    for path in (*ROOT.glob("docs/*.md"), ROOT / "README.md"):
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), f"{path.name} points to {link}"
