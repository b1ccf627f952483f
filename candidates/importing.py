"""Reading a roster: CSV (UTF-8 with or without BOM, GB18030) or XLSX into checked rows.

Columns by header, in any order, with the synonyms schools use. Every problem names its row and column;
nothing here touches the database.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass, field

import openpyxl
from django.utils.translation import gettext as _

from accounts.errors import Invalid

from . import identity

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "考生姓名", "学生姓名", "name"),
    "id_number": ("证件号", "身份证号", "证件号码", "身份证号码", "id_number"),
    "student_no": ("学号", "考生号", "student_no"),
    "class_name": ("班级", "班级名称", "class", "class_name"),
    "extra_minutes": ("额外时间", "加时", "加时分钟", "extra_minutes"),
}
REQUIRED = ("name", "id_number")


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person as the file gives them; `line` counts as a spreadsheet does, the header being row 1."""

    line: int
    name: str
    id_number: str
    student_no: str = ""
    class_name: str = ""
    extra_minutes: int = 0


@dataclass(frozen=True, slots=True)
class RowProblem:
    line: int
    column: str
    message: str
    hint: str = ""


@dataclass(slots=True)
class Roster:
    rows: list[RosterRow] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


def read_roster(data: bytes, *, filename: str = "") -> Roster:
    """Raises Invalid for a file that is no roster at all; problems of single rows are listed."""
    if not data.strip():
        raise Invalid("roster_empty", _("文件是空的。"), hint=_("请使用模板填写后再上传。"))
    if len(data) > MAX_BYTES:
        raise Invalid(
            "roster_too_large",
            _("文件过大（上限 %(mb)d MB）。") % {"mb": MAX_BYTES // 1024 // 1024},
            hint=_("请分成几个文件上传。"),
        )
    table = _read_xlsx(data) if data[:4] == b"PK\x03\x04" else _read_csv(data)
    header_line, header, body = _find_header(table)
    roster = Roster()
    seen: dict[str, int] = {}
    for offset, cells in enumerate(body):
        line = header_line + 1 + offset
        values = {name: cells[at].strip() if at < len(cells) else "" for name, at in header.items()}
        if not any(values.values()):
            continue
        _read_row(roster, seen, line, values)
        if len(roster.rows) + len(roster.problems) > MAX_ROWS:
            raise Invalid(
                "roster_too_long", _("超过 %(n)d 行。") % {"n": MAX_ROWS}, hint=_("请分成几个文件上传。")
            )
    if not roster.rows and not roster.problems:
        raise Invalid("roster_no_rows", _("表头之下没有考生。"), hint=_("请从第 2 行起每行填一名考生。"))
    return roster


def _read_row(roster: Roster, seen: dict[str, int], line: int, values: dict[str, str]) -> None:
    problems: list[RowProblem] = []
    name = unicodedata.normalize("NFC", values["name"])
    if not name or len(name) > 60:
        problems.append(RowProblem(line, _("姓名"), _("姓名为空或过长。"), _("请填写 1–60 字的姓名。")))
    number = ""
    try:
        number = identity.validate(values["id_number"])
    except Invalid as error:
        problems.append(RowProblem(line, _("证件号"), error.message, error.hint))
    if number and number in seen:
        problems.append(
            RowProblem(
                line,
                _("证件号"),
                _("与第 %(line)d 行的证件号相同。") % {"line": seen[number]},
                _("同一人只填一行。"),
            )
        )
    seen.setdefault(number, line)
    extra = values.get("extra_minutes", "") or "0"
    if not (extra.isascii() and extra.isdigit() and int(extra) <= 240):
        problems.append(
            RowProblem(line, _("额外时间"), _("应为 0–240 的整数分钟。"), _("没有额外时间就留空。"))
        )
        extra = "0"
    if problems:
        roster.problems.extend(problems)
        return
    roster.rows.append(
        RosterRow(
            line=line,
            name=name,
            id_number=number,
            student_no=values.get("student_no", "")[:40],
            class_name=values.get("class_name", "")[:60],
            extra_minutes=int(extra),
        )
    )


def _find_header(table: list[list[str]]) -> tuple[int, dict[str, int], list[list[str]]]:
    """The line number of the header, column by name, and the rows below it."""
    for index, cells in enumerate(table[:10]):
        found: dict[str, int] = {}
        for at, cell in enumerate(cells):
            label = cell.strip().lstrip("\ufeff").lower()
            for name, synonyms in COLUMNS.items():
                if label in synonyms:
                    found.setdefault(name, at)
        if all(name in found for name in REQUIRED):
            return index + 1, found, table[index + 1 :]
    raise Invalid(
        "roster_no_header",
        _("前 10 行里没有找到表头“姓名”和“证件号”。"),
        hint=_("请下载模板，按模板的表头填写。"),
    )


def _read_csv(data: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Invalid(
            "roster_unreadable",
            _("文件不是文本，也不是 xlsx。"),
            hint=_("请另存为 CSV（UTF-8）或 xlsx 再上传。"),
        )
    if "\0" in text:
        raise Invalid("roster_binary", _("文件含有二进制内容。"), hint=_("请上传 CSV 或 xlsx 文件。"))
    first = text.splitlines()[0] if text.splitlines() else ""
    delimiter = max(",\t;", key=first.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        raise Invalid(
            "roster_unreadable",
            _("CSV 格式有误：%(error)s") % {"error": error},
            hint=_("请检查引号是否成对。"),
        ) from error


def _read_xlsx(data: bytes) -> list[list[str]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = []
        for row in sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 20, max_col=50):
            rows.append(["" if cell is None else str(cell) for cell in row])
        return rows
    except Exception as error:  # openpyxl raises many types on hostile files
        raise Invalid(
            "roster_unreadable",
            _("xlsx 文件打不开。"),
            hint=_("请在 Excel 里打开并另存一次，或改存为 CSV。"),
        ) from error
