"""Reading an item bank from files: YAML or JSON lists of items, and the folder's ``bank.toml``.

Pure: no database. Whatever is wrong with a file becomes a :class:`FileProblem` that names file, line, item and field;
nothing raises on bad content. Decimals stay text, so that ``0.65`` is never a float on its way to the database.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from django.utils.translation import gettext as _

from assessments.kinds import UnknownKind, get_kind
from assessments.kinds.base import Json, Problem, Strict, has_nul, problems_from

SUFFIXES = (".yaml", ".yml", ".json")
MANIFEST = "bank.toml"
LARGEST_FILE = 8 * 1024 * 1024
COGNITIVE = ("remember", "understand", "apply", "analyze", "evaluate", "create")

Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.\-_]{0,39}$")]


class RequirementLink(Strict, frozen=True):
    level: str
    code: str
    weight: Decimal = Decimal("1")


class ItemBody(Strict, frozen=True):
    """One item as a file holds it; the fields of ``ItemRevision`` and its links."""

    code: Code
    kind: str
    requirements: Annotated[list[RequirementLink], msgspec.Meta(min_length=1, max_length=8)]
    cognitive: Literal["remember", "understand", "apply", "analyze", "evaluate", "create"]
    difficulty: Decimal
    stem: str
    content: Json
    key: Json
    rationale: str
    option_rationale: dict[str, str] = {}


class Entry(msgspec.Struct, frozen=True):
    """An item and where it was read: file name, line (0 where unknown) and its number in the file from 1."""

    item: ItemBody
    file: str = ""
    line: int = 0
    number: int = 0


class FileProblem(msgspec.Struct, frozen=True):
    """What is wrong, at which file, line and item, in which field, and how to mend it."""

    file: str
    line: int
    item: str
    place: str
    rule: str
    message: str
    mend: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        mend = f"（{self.mend}）" if self.mend else ""
        return f"{where} {self.item} {self.place}: {self.message}{mend}".replace("  ", " ")


class Manifest(msgspec.Struct, frozen=True):
    """What ``bank.toml`` says: the standard, the code prefixes of its levels and the requirements to be covered."""

    title: str = ""
    standard: str = ""
    licence: str = ""
    provenance: str = ""
    prefixes: dict[str, str] = {}
    requirements: dict[str, dict[str, int]] = {}

    def required(self) -> list[tuple[str, str]]:
        """Level and code of every requirement, in the order of the standard."""
        return [
            (level, f"{task}.{number}")
            for level, tasks in self.requirements.items()
            for task, count in tasks.items()
            for number in range(1, count + 1)
        ]


class _Loader(yaml.SafeLoader):
    """Safe YAML without floats, dates and aliases, in which a repeated key is an error."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _value in node.value:
            name = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if name in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"key {name!r} is given twice", problem_mark=key_node.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[1] in {"bool", "int", "null"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_manifest(folder: Path) -> Manifest | None:
    """The folder's manifest, or ``None`` where there is none. Raises ``ValueError`` for one that cannot be read."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Manifest)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path}: {error}") from error


def bank_files(paths: Iterable[Path]) -> list[Path]:
    """The item files among ``paths``; a folder stands for the item files in it, in order of name."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(child for child in path.iterdir() if child.suffix in SUFFIXES and child.is_file())
        else:
            found.append(path)
    return found


def read_files(paths: Iterable[Path]) -> tuple[list[Entry], list[FileProblem]]:
    """All items of all files, and all problems; codes must be unique over the files."""
    entries: list[Entry] = []
    problems: list[FileProblem] = []
    for path in bank_files(paths):
        read, wrong = read_file(path)
        entries += read
        problems += wrong
    first: dict[str, Entry] = {}
    for entry in entries:
        if earlier := first.get(entry.item.code):
            message = _("编号与 %(file)s:%(line)d 的题目重复") % {"file": earlier.file, "line": earlier.line}
            problems.append(_problem(entry, "code", "code_twice", message, _("换一个编号")))
        first.setdefault(entry.item.code, entry)
    return entries, problems


def read_file(path: Path) -> tuple[list[Entry], list[FileProblem]]:
    """The well-formed items of one file, and what is wrong with the others."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return [], [FileProblem(path.name, 0, "", "", "file_size", _("文件超过 8 MB"), _("拆成几个文件"))]
        data = path.read_bytes()
    except OSError as error:
        return [], [FileProblem(path.name, 0, "", "", "file_unreadable", str(error), _("检查路径和权限"))]
    return read_bytes(data, path.name)


def read_bytes(data: bytes, name: str) -> tuple[list[Entry], list[FileProblem]]:
    """Like :func:`read_file`, from memory (an upload)."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = _("文件不是 UTF-8 文本（第 %d 字节）") % error.start
        return [], [FileProblem(name, 0, "", "", "file_encoding", message, _("另存为 UTF-8 编码"))]
    try:
        rows = _json_rows(text) if name.endswith(".json") else _yaml_rows(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        return [], [
            FileProblem(
                name, line, "", "", "file_syntax", _("YAML 语法错误：%s") % error.problem, _("检查缩进和引号")
            )
        ]
    except (yaml.YAMLError, json.JSONDecodeError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        return [], [
            FileProblem(name, line, "", "", "file_syntax", _("文件读不懂：%s") % error, _("检查文件格式"))
        ]
    if rows is None:
        message = _("文件顶层应是题目列表")
        return [], [FileProblem(name, 1, "", "", "file_shape", message, _("每道题以“- code:”开头"))]
    entries: list[Entry] = []
    problems: list[FileProblem] = []
    for number, (line, row) in enumerate(rows, 1):
        entry, wrong = read_row(row, file=name, line=line, number=number)
        entries += [entry] if entry else []
        problems += wrong
    if not rows:
        problems.append(FileProblem(name, 0, "", "", "file_empty", _("文件里没有题目"), _("至少写一道题")))
    return entries, problems


def _yaml_rows(text: str) -> list[tuple[int, Any]] | None:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            return None
        return [(child.start_mark.line + 1, loader.construct_document(child)) for child in node.value]
    finally:
        loader.dispose()


def _json_rows(text: str) -> list[tuple[int, Any]] | None:
    rows = json.loads(text, parse_float=str)
    return [(0, row) for row in rows] if isinstance(rows, list) else None


def read_row(
    row: Any, *, file: str = "", line: int = 0, number: int = 0
) -> tuple[Entry | None, list[FileProblem]]:
    """One item out of plain data. An item that reads but breaks its kind's rules is returned with its problems."""
    name = str(row.get("code", "")) if isinstance(row, dict) else ""
    name = name or _("第 %d 题") % number

    def problem(found: Problem) -> FileProblem:
        return FileProblem(file, line, name, found.place.lstrip("."), found.code, found.message, found.mend)

    try:
        item = msgspec.convert(row, ItemBody)
    except msgspec.ValidationError as error:
        return None, [problem(found) for found in problems_from(error, "")]
    entry = Entry(item=item, file=file, line=line, number=number)
    return entry, [problem(found) for found in item_problems(item)]


def item_problems(item: ItemBody) -> list[Problem]:
    """What keeps an item from being usable at all: its kind's rules and the sanity of its figures."""
    try:
        kind = get_kind(item.kind)
    except UnknownKind:
        return [Problem("kind", "kind_unknown", _("没有“%s”这种题型") % item.kind, _("检查题型名称"))]
    problems = kind.validate(item.stem, item.content, item.key)
    if not item.difficulty.is_finite() or not Decimal("0") < item.difficulty < Decimal("1"):
        problems.append(
            Problem(
                "difficulty", "difficulty_range", _("难度应在 0 与 1 之间"), _("写预计的答对比例，如 0.65")
            )
        )
    for index, link in enumerate(item.requirements):
        if not link.weight.is_finite() or not Decimal("0") < link.weight <= Decimal("1"):
            problems.append(
                Problem(
                    f"requirements[{index}].weight",
                    "weight_range",
                    _("权重应大于 0、不超过 1"),
                    _("多数写 1"),
                )
            )
    if sum((link.weight for link in item.requirements), Decimal(0)) != 1:
        problems.append(
            Problem("requirements", "weight_sum", _("各要求的权重之和应为 1"), _("按所考分量分配权重"))
        )
    pairs = [f"{link.level} {link.code}" for link in item.requirements]
    if len(set(pairs)) < len(pairs):
        problems.append(
            Problem("requirements", "requirement_twice", _("同一条职业技能要求写了两次"), _("删去一个"))
        )
    if has_nul([item.rationale, list(item.option_rationale.values())]):
        problems.append(Problem("rationale", "nul", _("含有不可见的非法字符"), _("重新输入这段文字")))
    return problems


def _problem(entry: Entry, place: str, rule: str, message: str, mend: str = "") -> FileProblem:
    return FileProblem(entry.file, entry.line, entry.item.code, place, rule, message, mend)
