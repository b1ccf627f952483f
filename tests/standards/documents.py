"""Documents for the importer's tests: the given one, mutations of it, and ones made from a tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "standards/sources/kuajing-b2c/kuajing-b2c-standard.txt"


def given() -> bytes:
    return SOURCE.read_bytes()


def tree_of(edition) -> list:
    """The tree as nested tuples, without lines."""
    return [
        (
            level.name,
            [
                (
                    domain.code,
                    domain.name,
                    [(t.code, t.name, [(r.code, r.text) for r in t.requirements]) for t in domain.tasks],
                )
                for domain in level.domains
            ],
        )
        for level in edition.levels
    ]


def findings_of(edition) -> set:
    """Findings without their line numbers (which move when lines are put in)."""
    return {(f.kind, f.before, f.after) for f in edition.findings}


@dataclass
class Made:
    """A standard to be written out in some layout: levels → domains → tasks → requirement texts."""

    levels: list[tuple[str, list[tuple[str, list[tuple[str, list[str]]]]]]] = field(default_factory=list)

    def tree(self) -> list:
        return [
            (
                level,
                [
                    (
                        str(d),
                        domain,
                        [
                            (f"{d}.{t}", task, [(f"{d}.{t}.{r}", text) for r, text in enumerate(texts, 1)])
                            for t, (task, texts) in enumerate(tasks, 1)
                        ],
                    )
                    for d, (domain, tasks) in enumerate(domains, 1)
                ],
            )
            for level, domains in self.levels
        ]


HAN = "一二三四五六七八九十"
FULL = str.maketrans("0123456789.", "０１２３４５６７８９．")


def write_code(numbers: tuple[int, ...], style: str) -> str:
    plain = ".".join(map(str, numbers))
    if style == "hyphens":
        return "-".join(map(str, numbers))
    if style == "full":
        return plain.translate(FULL)
    if style == "blanks":
        return ". ".join(map(str, numbers))
    if style == "ordinals":
        last = numbers[-1]
        return {1: f"{HAN[last - 1]}、", 2: f"（{HAN[last - 1]}）", 3: f"{last}."}[len(numbers)]
    if style == "ordinal_domains" and len(numbers) == 1:
        return f"{HAN[numbers[0] - 1]}、"
    return plain


def write(made: Made, *, layout: str = "tabs", style: str = "dots", cells: str = "merged") -> str:
    """The document's text.

    layout: tabs, pipes, html, lines, blanks; style: dots, hyphens, full, blanks, ordinals, ordinal_domains;
    cells: merged (domain and task cells once), repeated (in every row), row_per_requirement.
    """
    names = [level for level, _ in made.levels]
    han = {2: "两", 3: "三", 4: "四", 5: "五"}.get(len(names), "二")
    out = ["测试职业技能等级标准", "", "1 范围", "", "本标准适用于测试。", "", "2 职业技能要求", ""]
    if len(names) > 1:
        out += [
            f"测试职业技能等级分为{han}个等级：{'、'.join(names)}，依次递进，高级别涵盖低级别职业技能要求。",
            "",
        ]
    for number, (level, domains) in enumerate(made.levels, 1):
        out += [f"表 {number} 测试职业技能等级要求（{level}）", ""]
        out += _table(_rows(domains, style, cells), layout)
        out += [""]
    out += ["参考文献", "", "[1] 测试. 测试[M]. 北京, 2020."]
    return "\n".join(out) + "\n"


def _rows(domains, style: str, cells: str) -> list[tuple[str, str, list[str]]]:
    rows = []
    for d, (domain, tasks) in enumerate(domains, 1):
        for t, (task, texts) in enumerate(tasks, 1):
            left = f"{_named((d,), style)}{domain}" if t == 1 or cells == "repeated" else ""
            middle = f"{_named((d, t), style)}{task}"
            requirements = [f"{_named((d, t, r), style)}{text}" for r, text in enumerate(texts, 1)]
            if cells == "row_per_requirement":
                for index, requirement in enumerate(requirements):
                    rows.append((left if index == 0 else "", middle if index == 0 else "", [requirement]))
            else:
                rows.append((left, middle, requirements))
    return rows


def _named(numbers: tuple[int, ...], style: str) -> str:
    code = write_code(numbers, style)
    if style in ("ordinals", "ordinal_domains") and not code[-1].isdigit():
        return code
    return f"{code}. " if len(numbers) == 1 and style not in ("ordinals",) else f"{code} "


def _table(rows, layout: str) -> list[str]:
    head = ("工作领域", "工作任务", "职业技能要求")
    if layout == "tabs":
        return ["\t".join(head), *("\t".join((left, middle, " ".join(reqs))) for left, middle, reqs in rows)]
    if layout == "pipes":
        lines = [f"| {' | '.join(head)} |", "|---|---|---|"]
        return lines + [f"| {left} | {middle} | {'<br>'.join(reqs)} |" for left, middle, reqs in rows]
    if layout == "html":
        lines = ["<table>", "<tr>" + "".join(f"<th>{h}</th>" for h in head) + "</tr>"]
        for left, middle, reqs in rows:
            paragraphs = "".join(f"<p>{r}</p>" for r in reqs)
            lines.append(f"<tr><td>{left}</td><td>{middle}</td><td>{paragraphs}</td></tr>")
        return [*lines, "</table>"]
    if layout == "lines":
        lines = list(head)
        for left, middle, reqs in rows:
            lines += [*([left] if left else []), *([middle] if middle else []), *reqs]
        return lines
    if layout == "blanks":
        return [
            "    ".join(head),
            *("    ".join(filter(None, (left, middle, "    ".join(reqs)))) for left, middle, reqs in rows),
        ]
    raise ValueError(layout)
