"""One item as the cells of a row, in the words of the Excel template, and back. Pure: cells in, plain data out."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from .bank import Entry, FileProblem, ItemBody, read_row
from .kinds.text import decimal_text

LETTERS = "ABCDEF"
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


def read_cells(cells: dict[str, str], name: str, line: int) -> tuple[Entry | None, list[FileProblem]]:
    label = cells.get("题型", "")
    kind = KINDS.get(label) or KINDS.get(f"{label}题")
    code = cells.get("题号", "") or _("第 %d 行") % line
    if kind is None:
        message = _("不认识的题型“%s”") % label
        return None, [
            FileProblem(name, line, code, "题型", "kind_unknown", message, _("写单选题、多选题、判断题等"))
        ]
    try:
        content, key = BODIES[kind](cells)
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


BODIES = {
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


def to_cells(item: ItemBody) -> dict[str, str]:
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
