"""Items in an Excel workbook, our own template: one sheet, one item a row. Pure: rows in, rows out.

Columns are found by their heading, in any order; headings that mean the same (题目, 试题, 知识点 …) are accepted. What a
row cannot hold (ordering and matching beyond plain texts, rubric levels) has its own column syntax, said in the
template's second sheet. Reading gives the same plain rows as a YAML file, so the same checks apply.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import yaml
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from .bank import Entry, FileProblem, ItemBody, read_bytes
from .kinds.text import decimal_text
from .sheet_rows import BODIES, LETTERS, read_cells, to_cells

COLUMNS = (
    "题号", "题型", "等级", "职业技能要求", "权重", "认知层次", "难度", "题干", "A", "B", "C", "D", "E", "F",
    "答案", "计分", "单位", "误差", "作答设置", "解析", "选项解析",
)  # fmt: skip
SYNONYMS = {
    "编号": "题号", "题目编号": "题号", "题目类型": "题型", "类型": "题型", "题目": "题干", "试题": "题干", "问题": "题干",
    "题目内容": "题干", "正确答案": "答案", "参考答案": "答案", "答案解析": "解析", "整体解析": "解析", "难易度": "难度",
    "题目难度": "难度", "知识点": "职业技能要求", "知识点名称": "职业技能要求", "要求": "职业技能要求",
    **{f"选项{letter}": letter for letter in LETTERS},
}  # fmt: skip
HELP = (
    ("题型", "单选题、多选题、判断题、填空题、数值题、匹配题、排序题、简答题"),
    ("职业技能要求", "编号，如 1.1.1；几条用分号隔开，权重列按同样次序写（和为 1）"),
    ("认知层次", "识记、理解、应用、分析、评价、创造"),
    ("难度", "预计得分率，0 与 1 之间的小数，如 0.65"),
    ("单选、多选的答案", "选项字母：A；AC；A,C"),
    ("判断的答案", "对 或 错"),
    ("填空", "题干里用 {{1}} {{2}} 标出空；答案列一行一空：1=海外仓|境外仓；数值的空写 2=12.5±0.01"),
    ("数值", "答案列写数；误差列写 0.01，或相对误差 1%"),
    ("匹配", "答案列一行一对：左边 = 右边；多余的右边项单独一行：= 右边"),
    ("排序", "答案列按正确次序一行一项"),
    ("简答", "答案列写参考答案；计分列一行一条要点：2 分 要点；各档接着写，以 - 开头：- 1 分 说明"),
    ("计分（多选）", "all_or_nothing、partial、penalty；排序：pairs、exact"),
    (
        "作答设置",
        "一行一条，可不写：hint=保留两位小数（数值）；max_chars=300（简答）；1.width=8、1.unit=元、1.fold_case=0（填空）",
    ),
    ("选项解析", "一行一条：A=理由"),
)
#: What openpyxl, zipfile and the XML parsers raise on files that are damaged or made to do damage.
BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError, TypeError, AttributeError,
    IndexError, OSError, EOFError, RuntimeError, NotImplementedError, OverflowError,
)  # fmt: skip
MAX_ROWS, MAX_BYTES, MAX_UNPACKED = 5_000, 8 * 1024 * 1024, 120 * 1024 * 1024


def template() -> bytes:
    """An empty workbook with the headings, one sample row and a sheet that explains the columns."""
    return _workbook([])


def write_items(items: Iterable[ItemBody]) -> bytes:
    """A workbook of these items. A cell that starts like a formula is written as text."""
    return _workbook([to_cells(item) for item in items])


def read_workbook(data: bytes, name: str) -> tuple[list[Entry], list[FileProblem]]:
    """The items of the first sheet whose headings are known, and every problem with its row and column."""
    if problem := _unreadable(data, name):
        return [], [problem]
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [
            [_cell(value) for value in row] for row in sheet.iter_rows(max_row=MAX_ROWS + 2, values_only=True)
        ]
    except BROKEN as error:
        message = _("工作簿打不开：%s") % error
        return [], [FileProblem(name, 0, "", "", "file_syntax", message, _("用 Excel 另存为 .xlsx 再试"))]
    heads = next((index for index, row in enumerate(rows[:10]) if "题干" in _headings(row)), None)
    if heads is None:
        message = _("前 10 行里没有找到“题干”列")
        return [], [FileProblem(name, 1, "", "", "file_shape", message, _("下载模板，按它的列名填写"))]
    if len(rows) > MAX_ROWS + 1:
        message = _("超过 %d 行") % MAX_ROWS
        return [], [FileProblem(name, 0, "", "", "file_size", message, _("拆成几个文件"))]
    headings = _headings(rows[heads])
    entries: list[Entry] = []
    problems: list[FileProblem] = []
    seen: dict[str, int] = {}
    for line, values in enumerate(rows[heads + 1 :], heads + 2):
        cells = {head: value for head, value in zip(headings, values, strict=False) if head}
        if not any(cells.values()):
            continue
        entry, wrong = read_cells(cells, name, line)
        problems += wrong
        if entry is None:
            continue
        if entry.item.code in seen:
            message = _("编号与第 %d 行重复") % seen[entry.item.code]
            problems.append(
                FileProblem(name, line, entry.item.code, "题号", "code_twice", message, _("换一个编号"))
            )
        seen.setdefault(entry.item.code, line)
        entries.append(entry)
    if not entries and not problems:
        problems.append(FileProblem(name, 0, "", "", "file_empty", _("工作簿里没有题目"), _("至少写一道题")))
    return entries, problems


def read_upload(data: bytes, name: str) -> tuple[list[Entry], list[FileProblem]]:
    """A file by its suffix: a workbook, or YAML or JSON."""
    return read_workbook(data, name) if name.lower().endswith(".xlsx") else read_bytes(data, name)


def write_file(items: Sequence[ItemBody], form: str) -> tuple[bytes, list[str]]:
    """Items as a file of the form ``xlsx``, ``yaml`` or ``json``, and the codes of those that the form cannot hold.

    Raises ``ValueError`` for another form.
    """
    if form == "xlsx":
        held = [item for item in items if item.kind in BODIES]
        return write_items(held), [item.code for item in items if item.kind not in BODIES]
    rows = [msgspec.to_builtins(item) for item in items]
    if form == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1).encode(), []
    if form in {"yaml", "yml"}:
        return yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=110).encode(), []
    raise ValueError(_("不认识的格式 %s；可用 xlsx、yaml、json") % form)


def _unreadable(data: bytes, name: str) -> FileProblem | None:
    """Why a file is not opened at all: too large, no zip archive, or one that unpacks to far too much."""
    if len(data) > MAX_BYTES:
        return FileProblem(name, 0, "", "", "file_size", _("文件超过 8 MB"), _("拆成几个文件"))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > 2_000 or sum(info.file_size for info in infos) > MAX_UNPACKED:
                return FileProblem(
                    name, 0, "", "", "file_bomb", _("工作簿解开后过大"), _("删去无关的表和图片")
                )
    except zipfile.BadZipFile:
        message = _("这不是 .xlsx 工作簿")
        return FileProblem(
            name, 0, "", "", "file_syntax", message, _("用 Excel 另存为 .xlsx（旧的 .xls 不行）")
        )
    return None


def _headings(row: list[str]) -> list[str]:
    names = [re.sub(r"[\s*（(].*$", "", value.lstrip("\ufeff")) for value in row]
    return [SYNONYMS.get(name, name if name in COLUMNS else "") for name in names]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "对" if value else "错"
    if isinstance(value, float):
        return decimal_text(Decimal(repr(value)).normalize())
    return str(value).replace("\r\n", "\n").strip()


def _workbook(rows: list[dict[str, str]]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "题目"
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([row.get(column, "") for column in COLUMNS])
    for line in sheet.iter_rows():
        for cell in line:
            cell.data_type = "s" if cell.value not in (None, "") else cell.data_type  # nothing is a formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for index, column in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(index)].width = (
            40 if column in {"题干", "解析", "答案"} else 14
        )
        sheet.cell(1, index).font = Font(bold=True)
    sheet.freeze_panes = "C2"
    notes = book.create_sheet("填写说明")
    for name, text in HELP:
        notes.append([name, text])
    notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = 20, 90
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
