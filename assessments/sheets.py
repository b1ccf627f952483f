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

from .bank import Entry, FileProblem, ItemBody, read_bytes, read_row
from .kinds.text import decimal_text

LETTERS = "ABCDEF"
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
COGNITIVE = {
    "识记": "remember",
    "理解": "understand",
    "应用": "apply",
    "分析": "analyze",
    "评价": "evaluate",
    "创造": "create",
}
KINDS = {
    "单选题": "single_choice", "多选题": "multiple_choice", "判断题": "true_false", "填空题": "fill_blank",
    "数值题": "numeric", "匹配题": "matching", "排序题": "ordering", "简答题": "short_answer",
}  # fmt: skip
"""The words of the file, whatever the language of the screen."""
TRUE = {"对", "正确", "√", "t", "true", "是", "1", "a"}
FALSE = {"错", "错误", "×", "x", "f", "false", "否", "0", "b"}
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
    return _workbook([_to_row(item) for item in items])


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
        entry, wrong = _read(cells, name, line)
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
        held = [item for item in items if item.kind in _BODIES]
        return write_items(held), [item.code for item in items if item.kind not in _BODIES]
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


def _read(cells: dict[str, str], name: str, line: int) -> tuple[Entry | None, list[FileProblem]]:
    label = cells.get("题型", "")
    kind = KINDS.get(label) or KINDS.get(f"{label}题")
    code = cells.get("题号", "") or _("第 %d 行") % line
    if kind is None:
        message = _("不认识的题型“%s”") % label
        return None, [
            FileProblem(name, line, code, "题型", "kind_unknown", message, _("写单选题、多选题、判断题等"))
        ]
    try:
        content, key = _BODIES[kind](cells)
    except ValueError as error:
        return None, [
            FileProblem(name, line, code, "答案", "answer_syntax", str(error), _("按模板说明页的写法填写"))
        ]
    codes = [part for part in re.split(r"[;；、\s]+", cells.get("职业技能要求", "")) if part]
    weights = [part for part in re.split(r"[;；、\s]+", cells.get("权重", "")) if part] or (
        ["1"] if len(codes) == 1 else []
    )
    requirements = [
        {"level": cells.get("等级", ""), "code": part, "weight": weight}
        for part, weight in zip(codes, [*weights, *["0"] * len(codes)], strict=False)
    ]
    rationale = dict(
        re.findall(r"^\s*(A|B|C|D|E|F|true|false)\s*[=＝:：]\s*(.+?)\s*$", cells.get("选项解析", ""), re.M)
    )
    row = {
        "code": cells.get("题号", ""),
        "kind": kind,
        "requirements": requirements,
        "cognitive": COGNITIVE.get(cells.get("认知层次", ""), cells.get("认知层次", "")),
        "difficulty": cells.get("难度", ""),
        "stem": cells.get("题干", ""),
        "content": content,
        "key": key,
        "rationale": cells.get("解析", ""),
        "option_rationale": rationale,
    }
    return read_row(row, file=name, line=line, number=line)


def _options(cells: dict[str, str]) -> list[dict[str, str]]:
    return [{"id": letter, "text": cells[letter]} for letter in LETTERS if cells.get(letter)]


def _letters(cells: dict[str, str]) -> list[str]:
    return sorted(
        set(
            re.findall(
                r"[A-F]", cells.get("答案", "").upper().translate(str.maketrans("ＡＢＣＤＥＦ", "ABCDEF"))
            )
        )
    )


def _single(cells: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    letters = _letters(cells)
    if len(letters) != 1:
        raise ValueError(_("单选题的答案应是一个字母"))
    return {"options": _options(cells)}, {"answer": letters[0]}


def _multiple(cells: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"options": _options(cells)}, {
        "answers": _letters(cells),
        "scoring": cells.get("计分") or "partial",
    }


def _truth(cells: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    word = cells.get("答案", "").casefold()
    if word not in TRUE | FALSE:
        raise ValueError(_("判断题的答案应是 对 或 错"))
    return {}, {"answer": word in TRUE}


def _blanks(cells: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    blanks, keys = [], {}
    for name, answer in _pairs(cells.get("答案", "")):
        settings = _settings(cells, f"{name}.")
        blanks.append({"id": name, "width": _whole(settings, "width", 8), "unit": settings.get("unit", "")})
        if found := re.match(r"^([+-]?[\d.]+)\s*(?:±\s*([\d.]+))?$", answer):
            keys[name] = {"value": found[1], "tolerance": found[2] or "0"}
        else:
            keys[name] = {"accept": [word.strip() for word in answer.split("|")]}
            if settings.get("fold_case") == "0":
                keys[name]["fold_case"] = False
    return {"blanks": blanks}, {"blanks": keys, "scoring": cells.get("计分") or "partial"}


def _number(cells: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    tolerance = cells.get("误差", "") or "0"
    relative = tolerance.endswith(("%", "％"))
    if relative:
        try:
            tolerance = decimal_text(Decimal(tolerance[:-1]) / 100)
        except ArithmeticError as error:
            raise ValueError(_("误差读不出来：%s") % tolerance) from error
    content = {"unit": cells.get("单位", ""), "hint": _settings(cells).get("hint", "")}
    kind = "relative" if relative else "absolute"
    return content, {"value": cells.get("答案", ""), "tolerance": tolerance, "tolerance_kind": kind}


def _matching(cells: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    left: list[dict[str, str]] = []
    right: dict[str, str] = {}
    pairs = {}
    for one, other in _pairs(cells.get("答案", "")):
        name = right.setdefault(other, f"r{len(right) + 1}")
        if one:
            left.append({"id": f"l{len(left) + 1}", "text": one})
            pairs[left[-1]["id"]] = name
    return {"left": left, "right": [{"id": name, "text": text} for text, name in right.items()]}, {
        "pairs": pairs
    }


def _ordering(cells: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    texts = [line.strip() for line in cells.get("答案", "").splitlines() if line.strip()]
    entries = [{"id": f"e{index}", "text": text} for index, text in enumerate(texts, 1)]
    return {"entries": entries}, {
        "order": [entry["id"] for entry in entries],
        "scoring": cells.get("计分") or "pairs",
    }


def _written(cells: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    rubric: list[dict[str, Any]] = []
    for line in cells.get("计分", "").splitlines():
        found = re.match(r"^\s*(-?)\s*([\d.]+)\s*分?\s*[:：]?\s*(.+)$", line)
        if not found:
            if line.strip():
                raise ValueError(_("评分要点读不出来：%s") % line.strip())
            continue
        if found[1] and rubric:
            rubric[-1].setdefault("levels", []).append({"points": found[2], "descriptor": found[3].strip()})
        else:
            rubric.append({"id": f"c{len(rubric) + 1}", "criterion": found[3].strip(), "points": found[2]})
    content = {"max_chars": _whole(_settings(cells), "max_chars", 300)}
    return content, {"rubric": rubric, "sample_answer": cells.get("答案", "")}


_BODIES = {
    "single_choice": _single,
    "multiple_choice": _multiple,
    "true_false": _truth,
    "fill_blank": _blanks,
    "numeric": _number,
    "matching": _matching,
    "ordering": _ordering,
    "short_answer": _written,
}


def _settings(cells: dict[str, str], prefix: str = "") -> dict[str, str]:
    """The lines of the settings column that start with a prefix, without it."""
    found = dict(_pairs(cells.get("作答设置", "")))
    return {name[len(prefix) :]: value for name, value in found.items() if name.startswith(prefix)}


def _whole(settings: dict[str, str], name: str, default: int) -> int:
    value = settings.get(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 6):
        raise ValueError(_("作答设置 %s 应是整数") % name)
    return int(value)


def _pairs(text: str) -> list[tuple[str, str]]:
    """Lines of the form ``one = other``."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        one, sign, other = line.replace("＝", "=").partition("=")
        if not sign:
            raise ValueError(_("这一行缺少等号：%s") % line.strip())
        found.append((one.strip(), other.strip()))
    return found


def _to_row(item: ItemBody) -> dict[str, str]:
    """An item as the template's cells."""
    row = {
        "题号": item.code,
        "题型": {name: label for label, name in KINDS.items()}.get(item.kind, item.kind),
        "等级": item.requirements[0].level if item.requirements else "",
        "职业技能要求": "；".join(link.code for link in item.requirements),
        "权重": "；".join(decimal_text(link.weight) for link in item.requirements),
        "认知层次": {value: label for label, value in COGNITIVE.items()}.get(item.cognitive, item.cognitive),
        "难度": decimal_text(item.difficulty),
        "题干": item.stem,
        "解析": item.rationale,
        "选项解析": "\n".join(f"{name}={text}" for name, text in item.option_rationale.items()),
    }
    for option in item.content.get("options", []):
        row[option["id"]] = option["text"]
    return row | _answer_cells(item)


def _answer_cells(item: ItemBody) -> dict[str, str]:
    content, key = item.content, item.key
    if item.kind == "single_choice":
        return {"答案": key["answer"]}
    if item.kind == "multiple_choice":
        return {"答案": "".join(key["answers"]), "计分": key.get("scoring", "")}
    if item.kind == "true_false":
        return {"答案": "对" if key["answer"] else "错"}
    if item.kind == "numeric":
        tolerance = Decimal(str(key.get("tolerance", "0")))
        relative = key.get("tolerance_kind") == "relative"
        hint = f"hint={content['hint']}" if content.get("hint") else ""
        shown = f"{decimal_text((tolerance * 100).normalize())}%" if relative else decimal_text(tolerance)
        return {"答案": str(key["value"]), "误差": shown, "单位": content.get("unit", ""), "作答设置": hint}
    if item.kind == "fill_blank":
        lines = []
        for name, blank in key["blanks"].items():
            words = (
                "|".join(blank["accept"])
                if blank.get("accept")
                else f"{blank['value']}±{blank.get('tolerance', '0')}"
            )
            lines.append(f"{name}={words}")
        settings = [
            f"{blank['id']}.{name}={blank[name]}"
            for blank in content["blanks"]
            for name in ("width", "unit")
            if blank.get(name) not in (None, "")
        ]
        settings += [
            f"{name}.fold_case=0" for name, blank in key["blanks"].items() if blank.get("fold_case") is False
        ]
        scoring = key.get("scoring", "")
        return {"答案": "\n".join(lines), "计分": scoring, "作答设置": "\n".join(settings)}
    if item.kind == "matching":
        right = {entry["id"]: entry["text"] for entry in content["right"]}
        lines = [f"{entry['text']} = {right[key['pairs'][entry['id']]]}" for entry in content["left"]]
        lines += [f"= {text}" for name, text in right.items() if name not in key["pairs"].values()]
        return {"答案": "\n".join(lines)}
    if item.kind == "ordering":
        texts = {entry["id"]: entry["text"] for entry in content["entries"]}
        return {"答案": "\n".join(texts[name] for name in key["order"]), "计分": key.get("scoring", "")}
    if item.kind == "short_answer":
        lines = []
        for criterion in key["rubric"]:
            lines.append(f"{criterion['points']} 分 {criterion['criterion']}")
            lines += [
                f"- {level['points']} 分 {level['descriptor']}" for level in criterion.get("levels", [])
            ]
        return {
            "答案": key.get("sample_answer", ""),
            "计分": "\n".join(lines),
            "作答设置": f"max_chars={content.get('max_chars', 300)}",
        }
    return {}


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
