"""`import_standard` on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from standards.models import Edition, ImportFinding, Standard

from . import documents

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command("import_standard", *args, stdout=out)
    return out.getvalue()


def test_dry_run_prints_the_tree_and_writes_nothing():
    report = json.loads(run(str(documents.SOURCE), "--dry-run", "--json"))
    assert [len(level["domains"]) for level in report["levels"]] == [3, 3, 2]
    assert (
        sum(len(t["requirements"]) for lv in report["levels"] for d in lv["domains"] for t in d["tasks"])
        == 73
    )
    assert {
        "kind": "repair.domain_number",
        "line": 122,
        "before": "1. 跨境物流作业",
        "after": "2. 跨境物流作业",
    } in report["report"]
    assert not Standard.objects.exists()


def test_import_makes_a_draft():
    out = run(str(documents.SOURCE), "--code", "kuajing-b2c", "--label", "2020")
    edition = Edition.objects.get()
    assert (edition.standard.code, edition.label, edition.state) == ("kuajing-b2c", "2020", "draft")
    assert "17 条职业技能要求" in out
    assert "已建立草稿版本" in out
    assert ImportFinding.objects.count() == 66


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", "没有表".encode(), b"PK\x03\x04zip"])
def test_bad_files_are_refused_in_words_and_nothing_is_written(tmp_path, content):
    path = tmp_path / "坏.txt"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"坏\.txt") as caught:
        run(str(path))
    assert caught.value.returncode == 1
    assert "Traceback" not in str(caught.value)
    assert not Standard.objects.exists()


def test_a_missing_file_a_folder_and_a_huge_file(tmp_path):
    with pytest.raises(CommandError, match="没有这个文件"):
        run(str(tmp_path / "nope.txt"))
    with pytest.raises(CommandError, match="文件夹"):
        run(str(tmp_path))
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(CommandError, match="上限"):
        run(str(huge))


def test_wrong_options_are_refused():
    with pytest.raises(CommandError, match="没有用户"):
        run(str(documents.SOURCE), "--user", "nobody")
    with pytest.raises(CommandError, match="小写字母"):
        run(str(documents.SOURCE), "--code", "坏 代码")
    run(str(documents.SOURCE), "--code", "a", "--label", "x")
    with pytest.raises(CommandError, match="已有名为"):
        run(str(documents.SOURCE), "--code", "a", "--label", "x")
    assert Edition.objects.count() == 1


@pytest.mark.parametrize("options", [["--dry-run"], ["--dry-run", "--json"], []])
def test_a_terminal_without_chinese_gets_utf8_and_no_traceback(options, tmp_path):
    """In a process of its own, in the C locale; the last case is a refusal."""
    bad = tmp_path / "坏.txt"
    bad.write_text("没有表", encoding="utf-8")
    file = str(documents.SOURCE) if options else str(bad)
    environment = os.environ | {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "",
        "DJANGO_SETTINGS_MODULE": "config.settings.static",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "import_standard", file, *(options or ["--dry-run"])],
        cwd=Path(__file__).resolve().parents[2],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    if options:
        assert done.returncode == 0, done.stderr
        assert "跨境电商出口" in done.stdout.decode("utf-8")
    else:
        assert done.returncode == 1
        assert "没有找到" in done.stderr.decode("utf-8")
