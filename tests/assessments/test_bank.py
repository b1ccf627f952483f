"""Bank files: what is read, what is refused and where it says the fault lies; loading, all or nothing."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from assessments import sheets
from assessments.bank import read_bytes, read_files, read_manifest
from assessments.bank_audit import audit_files
from assessments.enums import ItemState
from assessments.models import Item, ItemRevision

from .item_cast import make_edition

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "assessments" / "bank" / "kuajing-b2c"

GOOD = """
- code: J-1.1.1-01
  kind: single_choice
  requirements: [{level: 初级, code: 1.1.1, weight: 1}]
  cognitive: apply
  difficulty: 0.65
  stem: 买家要求更改收货地址，卖家应先怎么做？
  content:
    options:
    - {id: A, text: 核对订单是否已经发货}
    - {id: B, text: 直接按原来的地址发货}
    - {id: C, text: 取消订单并且关闭店铺}
    - {id: D, text: 请买家到别的平台下单}
  key: {answer: A}
  rationale: 改地址之前先看订单是否已经发出，未发出才能改。
  option_rationale: {A: 先核对状态, B: 忽视了要求, C: 处置过当, D: 违反平台规则}
- code: J-1.1.1-02
  kind: ordering
  requirements: [{level: 初级, code: 1.1.1, weight: 1}]
  cognitive: apply
  difficulty: 0.55
  stem: 将线上发货的操作按先后顺序排列。
  content: {entries: [{id: e1, text: 打印面单}, {id: e2, text: 核对订单}, {id: e3, text: 交给揽收方}]}
  key: {order: [e2, e1, e3], scoring: pairs}
  rationale: 先核对，再出面单，最后交运。
"""


def problems(text: str, name: str = "x.yaml") -> list[tuple[int, str, str]]:
    _entries, found = read_bytes(text.encode(), name)
    return [(problem.line, problem.place, problem.rule) for problem in found]


# --- reading -------------------------------------------------------------------------------------------------


def test_a_good_file_reads_without_problems_and_without_floats():
    entries, found = read_bytes(GOOD.encode(), "good.yaml")
    assert found == []
    assert [(entry.item.code, entry.line, str(entry.item.difficulty)) for entry in entries] == [
        ("J-1.1.1-01", 2, "0.65"),
        ("J-1.1.1-02", 17, "0.55"),
    ]


def test_json_reads_as_yaml_does():
    rows = yaml.safe_load(GOOD)
    entries, found = read_bytes(json.dumps(rows).encode(), "good.json")
    assert found == []
    assert [entry.item for entry in entries] == [
        entry.item for entry in read_bytes(GOOD.encode(), "good.yaml")[0]
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("key: {answer: A}", "key: {answer: E}", (2, "key.answer", "key_unknown")),
        ("key: {answer: A}", "key: {anwser: A}", (2, "key.anwser", "unknown")),
        ("kind: single_choice", "kind: guess", (2, "kind", "kind_unknown")),
        ("cognitive: apply\n  difficulty: 0.65", "cognitive: think\n  difficulty: 0.65", (2, "cognitive", "schema")),
        ("difficulty: 0.65", "difficulty: 1.65", (2, "difficulty", "difficulty_range")),
        ("difficulty: 0.65", "difficulty: easy", (2, "difficulty", "schema")),
        ("code: J-1.1.1-02", "code: J-1.1.1-02\n  colour: red", (17, "colour", "unknown")),
        ("stem: 将线上", "sten: 将线上", (17, "sten", "unknown")),
        ("order: [e2, e1, e3]", "order: [e2, e1]", (17, "key.order", "order_mismatch")),
        ("weight: 1}]\n  cognitive: apply\n  difficulty: 0.55", "weight: 0.5}]\n  cognitive: apply\n  difficulty: 0.55", (17, "requirements", "weight_sum")),
        ("{id: e1, text: 打印面单}", "{id: e1, text: 核对订单}", (17, "content.entries[1].text", "entry_same")),
    ],
)  # fmt: skip
def test_a_broken_item_is_named_with_line_field_and_rule(old, new, expected):
    assert old in GOOD
    assert expected in problems(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "file_empty"),
        (b"\xff\xfe\x00binary", "file_encoding"),
        ("- code: 甲\n".encode("gbk"), "file_encoding"),
        (b"just words", "file_shape"),
        (b"code: x\nkind: y\n", "file_shape"),
        (b"- code: x\n kind: [", "file_syntax"),
        (b"- a: &x [1]\n  b: *x\n", "file_syntax"),
        (b"- code: x\n  code: y\n", "file_syntax"),
        (b"- !!python/object/apply:os.system ['true']\n", "file_syntax"),
        (b"[" * 20000, "file_syntax"),
        (b"- 3\n", "type"),
    ],
)
def test_a_file_that_is_no_bank_is_refused_with_the_reason(data, rule):
    entries, found = read_bytes(data, "bad.yaml")
    assert entries == []
    assert rule in {problem.rule for problem in found}


def test_the_same_code_in_two_files_is_a_problem(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "b.yaml").write_text(GOOD, "utf-8")
    _entries, found = read_files([tmp_path])
    assert [(p.file, p.item, p.rule) for p in found] == [
        ("b.yaml", "J-1.1.1-01", "code_twice"),
        ("b.yaml", "J-1.1.1-02", "code_twice"),
    ]


# --- audit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("text: 请买家到别的平台下单", "text: 以上说法都正确", "all_of_above"),
        ("text: 核对订单是否已经发货", "text: 先在后台核对这笔订单目前是否已经发货，如果还没有发货再按买家的要求修改地址并告知买家", "length_cue"),
        ("rationale: 改地址之前先看订单是否已经发出，未发出才能改。", "rationale: 见教材", "rationale_missing"),
        (", D: 违反平台规则}", "}", "option_rationale_missing"),
        ("rationale: 改地址之前先看订单是否已经发出，未发出才能改。", "rationale: 其余几项都不对，所以应选A，先核对订单状态。", "letter_named"),
        ("B, text: 直接按原来的地址发货}\n    - {id: C, text: 取消订单并且关闭店铺", "B, text: 任何情况都不能改地址}\n    - {id: C, text: 一定要取消所有订单", "absolute_cue"),
        ("code: 1.1.1, weight: 1}]\n  cognitive: apply\n  difficulty: 0.65", "code: 9.9.9, weight: 1}]\n  cognitive: apply\n  difficulty: 0.65", "requirement_unknown"),
        ("code: J-1.1.1-02", "code: S-1.1.1-02", "code_mismatch"),
        ("stem: 将线上发货的操作按先后顺序排列。", "stem: 买家要求更改收货地址，卖家应先怎么做？", "stem_same"),
    ],
)  # fmt: skip
def test_the_checklist_finds_what_it_is_there_to_find(tmp_path, old, new, rule):
    assert old in GOOD
    (tmp_path / "bank.toml").write_bytes((SHIPPED / "bank.toml").read_bytes())
    path = tmp_path / "a.yaml"
    path.write_text(GOOD, "utf-8")
    assert audit_files([path]).failures == []
    path.write_text(GOOD.replace(old, new, 1), "utf-8")
    assert rule in {finding.rule for finding in audit_files([path]).failures}


def test_near_duplicates_and_a_lopsided_key_show_over_many_items(tmp_path):
    rows = []
    for number in range(1, 45):
        row = yaml.safe_load(GOOD)[0]
        row["code"] = f"J-1.1.1-{number:02d}"
        row["stem"] = f"第{number}位买家要求更改收货地址，卖家应先怎么做？"
        rows.append(row)
    (tmp_path / "a.json").write_text(json.dumps(rows), "utf-8")
    rules = {finding.rule for finding in audit_files([tmp_path / "a.json"]).failures}
    assert {"near_duplicate", "key_distribution"} <= rules


def test_the_shipped_bank_covers_the_standard_and_passes_its_own_audit():
    report = audit_files([SHIPPED])
    assert [str(finding) for finding in report.failures] == []
    assert len(report.requirements) == 73
    assert min(row["items"] for row in report.requirements.values()) >= 3
    kinds = {kind for row in report.requirements.values() for kind in row["kinds"]}
    assert len(kinds) >= 7


def test_the_audit_runs_without_a_database():
    done = subprocess.run(
        [sys.executable, "-m", "assessments.bank_audit", "--json", str(SHIPPED)],
        cwd=ROOT, capture_output=True, text=True, env={"PATH": "", "PYTHONUTF8": "1"}, check=False,
    )  # fmt: skip
    body = json.loads(done.stdout)
    assert set(body) == {"items", "requirements", "failures", "warnings"}
    assert body["requirements"]["初级 1.1.1"]["items"] >= 3


# --- loading -------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "bank.toml").write_bytes((SHIPPED / "bank.toml").read_bytes())
    (tmp_path / "a.yaml").write_text(GOOD, "utf-8")
    return tmp_path


@pytest.mark.django_db
def test_loading_twice_changes_nothing_and_a_change_is_a_new_revision(folder, capsys):
    make_edition()
    call_command("load_bank", str(folder), "--approve")
    assert "新增 2，修订 0，未变 0" in capsys.readouterr().out
    assert set(Item.objects.values_list("state", flat=True)) == {ItemState.LIVE}
    ordering = Item.objects.get(code="J-1.1.1-02").current
    assert ordering.author.username != ordering.approved_by.username
    before = AuditEntry.objects.count()
    call_command("load_bank", str(folder), "--approve")
    assert "新增 0，修订 0，未变 2" in capsys.readouterr().out
    assert ItemRevision.objects.count() == 2
    assert AuditEntry.objects.filter(verb="item.load").count() == 2
    assert AuditEntry.objects.count() == before
    (folder / "a.yaml").write_text(GOOD.replace("卖家应先怎么做", "卖家首先应怎么做"), "utf-8")
    call_command("load_bank", str(folder), "--approve")
    assert "新增 0，修订 1，未变 1" in capsys.readouterr().out
    item = Item.objects.get(code="J-1.1.1-01")
    assert (item.current.number, item.state, item.revisions.count()) == (2, ItemState.LIVE, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        ("key: {answer: A}", "key: {answer: E}"),
        ("text: 请买家到别的平台下单", "text: 以上说法都正确"),
        ("code: 1.1.1, weight: 1}]\n  cognitive: apply\n  difficulty: 0.55", "code: 9.9.9, weight: 1}]\n  cognitive: apply\n  difficulty: 0.55"),
    ],
)  # fmt: skip
def test_one_broken_item_and_nothing_is_written(folder, change, capsys):
    make_edition()
    assert change[0] in GOOD
    (folder / "a.yaml").write_text(GOOD.replace(*change, 1), "utf-8")
    with pytest.raises(CommandError):
        call_command("load_bank", str(folder), "--approve")
    assert "a.yaml:" in capsys.readouterr().err
    assert not Item.objects.exists()


@pytest.mark.django_db
def test_without_a_standard_loading_says_what_to_do(folder):
    with pytest.raises(CommandError, match="先导入并发布标准"):
        call_command("load_bank", str(folder))


@pytest.mark.django_db
def test_the_shipped_bank_loads_and_the_audit_of_the_database_agrees_with_the_files(
    capsys, django_assert_max_num_queries
):
    make_edition()
    call_command("load_bank", str(SHIPPED), "--approve")
    capsys.readouterr()
    entries, _problems = read_files([SHIPPED])
    assert Item.objects.filter(state=ItemState.LIVE).count() == len(entries)
    with django_assert_max_num_queries(12):
        call_command("audit_bank", "--json")
    body = json.loads(capsys.readouterr().out)
    assert body["failures"] == []
    assert body["items"] == len(entries)
    files = audit_files([SHIPPED]).requirements
    assert {name: (row["items"], sorted(row["kinds"])) for name, row in body["requirements"].items()} == {
        name: (row["items"], sorted(row["kinds"])) for name, row in files.items()
    }


def test_the_manifest_names_all_requirements():
    found = read_manifest(SHIPPED)
    assert found is not None
    assert len(found.required()) == 73


# --- import and export by command ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("suffix", ["xlsx", "yaml", "json"])
def test_the_shipped_bank_goes_out_and_comes_back_equal(tmp_path, capsys, suffix, cast):
    edition = make_edition()
    call_command("load_bank", str(SHIPPED), "--approve")
    path = tmp_path / f"bank.{suffix}"
    call_command("export_items", str(path), "--edition", str(edition.pk))
    other = make_edition("copy")
    call_command("import_items", str(path), "--edition", str(other.pk), "--author", "author")
    capsys.readouterr()
    fields = (
        "kind",
        "latest__stem",
        "latest__content",
        "latest__key",
        "latest__rationale",
        "latest__option_rationale",
        "latest__difficulty",
    )

    def held(edition):
        rows = Item.objects.filter(edition=edition).exclude(kind="practical" if suffix == "xlsx" else "")
        return {row[0]: row[1:] for row in rows.values_list("code", *fields)}

    mine, copies = held(edition), held(other)
    assert copies.keys() == mine.keys()
    differing = [code for code, row in mine.items() if copies[code] != row]
    assert differing == []


@pytest.mark.django_db
def test_import_reports_what_it_read_and_refused(tmp_path, capsys):
    make_edition()
    path = tmp_path / "x.yaml"
    path.write_text(
        GOOD.replace("key: {answer: A}", "key: {answer: E}").replace(
            "kind: ordering", "kind: ordering\n  x: 1"
        ),
        "utf-8",
    )
    call_command("import_items", str(path), "--dry-run", "--json")
    body = json.loads(capsys.readouterr().out)
    assert (body["format"], body["read"], body["imported"], body["partial"]) == ("yaml", 2, 0, [])
    assert set(body["refused"]) == {"J-1.1.1-01", "J-1.1.1-02"}
    with pytest.raises(CommandError):
        call_command("import_items", str(tmp_path / "none.yaml"), "--dry-run")
    with pytest.raises(CommandError):
        call_command("import_items", str(path))


# --- workbooks that are damaged or hostile -------------------------------------------------------------------


def workbook(change: dict[str, bytes]) -> bytes:
    """The template with some of its parts replaced."""
    source = zipfile.ZipFile(io.BytesIO(sheets.template()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, change.get(name, source.read(name)))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c t="str">'
    b"<v>&b;</v></c></row></sheetData></worksheet>"
)
EXTERNAL = BOMB.replace(b'<!ENTITY a "aaaaaaaaaa">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')


@pytest.mark.parametrize(
    "data",
    [
        workbook({SHEET: b"<worksheet><broken"}),
        workbook({SHEET: b""}),
        workbook({SHEET: BOMB}),
        workbook({SHEET: EXTERNAL}),
        workbook({"xl/workbook.xml": b"<workbook/>"}),
        workbook({"[Content_Types].xml": b"<Types/>"}),
        sheets.template()[:-200],
        sheets.template()[:400],
        b"PK\x05\x06" + b"\x00" * 18,
    ],
)
def test_a_damaged_or_hostile_workbook_is_refused_with_a_reason(data):
    entries, found = sheets.read_workbook(data, "x.xlsx")
    assert entries == []
    assert len(found) == 1
    assert "root:" not in found[0].message
    assert found[0].mend


def test_a_workbook_that_unpacks_to_too_much_is_not_opened():
    entries, found = sheets.read_workbook(workbook({SHEET: b"x" * (130 * 1024 * 1024)}), "x.xlsx")
    assert entries == []
    assert found[0].rule == "file_bomb"
