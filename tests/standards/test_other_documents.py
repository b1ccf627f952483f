"""Documents of other publishers: each way of writing the same small tree gives that tree."""

from __future__ import annotations

import pytest

from standards.importing import read_standard

HEAD = "XX职业技能等级标准\n\n1 范围\n\n适用。\n\n2 职业技能要求\n\n"
CAPTION = "表 1 要求（初级）\n"
TABS = "工作领域\t工作任务\t职业技能要求\n"
TREE = [("1", "甲领域", [("1.1", "甲任务", ["能做甲事。", "能做乙事。"]), ("1.2", "乙任务", ["能做丙事。"])])]

WAYS = {
    "codes and texts in two columns, the codes first": (
        CAPTION + "工作领域\n工作任务\n职业技能要求\n1. 甲领域\n1.1 甲任务\n1.1.1\n1.1.2\n能做甲事。\n能做乙事。\n"
        "1.2 乙任务\n1.2.1\n能做丙事。\n",
        {"doubt.paired_by_order"},
    ),
    "codes in a column of their own": (
        CAPTION + "工作领域\t工作任务\t编号\t职业技能要求\n1 甲领域\t1.1 甲任务\t1.1.1\t能做甲事。\n\t\t1.1.2\t能做乙事。\n"
        "\t1.2 乙任务\t1.2.1\t能做丙事。\n",
        set(),
    ),
    "a column of running numbers": (
        CAPTION + "序号\t工作领域\t工作任务\t职业技能要求\n1\t1. 甲领域\t1.1 甲任务\t1.1.1 能做甲事。 1.1.2 能做乙事。\n"
        "2\t\t1.2 乙任务\t1.2.1 能做丙事。\n",
        {"doubt.extra_column"},
    ),
    "single blanks between cells": (
        CAPTION + "工作领域 工作任务 职业技能要求\n1. 甲领域 1.1 甲任务 1.1.1 能做甲事。 1.1.2 能做乙事。\n"
        "1.2 乙任务 1.2.1 能做丙事。\n",
        set(),
    ),
    "nothing between cells": (
        CAPTION + "工作领域工作任务职业技能要求\n1. 甲领域1.1 甲任务1.1.1 能做甲事。1.1.2 能做乙事。\n1.2 乙任务1.2.1 能做丙事。\n",
        set(),
    ),
    "headings instead of a table": (
        "2.1 初级\n\n一、甲领域\n（一）甲任务\n1.能做甲事。\n2.能做乙事。\n（二）乙任务\n1.能做丙事。\n",
        {"repair.code_style"},
    ),
    "markdown": (
        "## 初级\n\n| 工作领域 | 工作任务 | 职业技能要求 |\n|:--|:--|:--|\n"
        "| 1. 甲领域 | 1.1 甲任务 | 1.1.1 能做甲事。<br>1.1.2 能做乙事。 |\n| | 1.2 乙任务 | 1.2.1 能做丙事。 |\n",
        {"repair.rule_line", "repair.tags"},
    ),
    "no codes at all": (
        CAPTION + TABS + "甲领域\t甲任务\t能做甲事。\n\t\t能做乙事。\n\t乙任务\t能做丙事。\n",
        {"repair.code_inferred", "doubt.code_inferred"},
    ),
    "html with merged cells and no codes": (
        CAPTION + "<table><tr><td>工作领域</td><td>工作任务</td><td>职业技能要求</td></tr>"
        '<tr><td rowspan="2">甲领域</td><td>甲任务</td><td><p>能做甲事。</p><p>能做乙事。</p></td></tr>'
        "<tr><td>乙任务</td><td>能做丙事。</td></tr></table>\n",
        {"repair.code_inferred", "doubt.code_inferred"},
    ),
    "words before the numbers": (
        CAPTION + TABS + "领域1：甲领域\t任务1.1：甲任务\t1.1.1 能做甲事。 1.1.2 能做乙事。\n\t任务1.2：乙任务\t1.2.1 能做丙事。\n",
        {"repair.code_style"},
    ),
    "bracketed numbers": (
        CAPTION + TABS + "1. 甲领域\t1.1 甲任务\t（1）能做甲事。（2）能做乙事。\n\t1.2 乙任务\t（1）能做丙事。\n",
        {"repair.code_style"},
    ),
    "a continued table": (
        CAPTION + TABS + "1. 甲领域\t1.1 甲任务\t1.1.1 能做甲事。 1.1.2 能\n\n- 5 -\n\n表 1（续）\n" + TABS
        + "1. 甲领域（续）\t\t做乙事。\n\t1.2 乙任务\t1.2.1 能做丙事。\n",
        {"repair.continued_caption", "repair.repeated_header", "repair.repeated_cell", "repair.row_joined"},
    ),
    "numbers that repeat": (
        CAPTION + TABS + "1. 甲领域\t1.1 甲任务\t1.1.1 能做甲事。 1.1.1 能做乙事。\n\t1.1 乙任务\t1.2.1 能做丙事。\n",
        {"repair.requirement_number", "repair.task_number"},
    ),
    "a code cut by a page": (
        CAPTION + TABS + "1. 甲领域\t1.1 甲任务\t1.1.1 能做甲事。 1.1\n.2 能做乙事。\n\t1.2 乙任务\t1.2.1 能做丙事。\n",
        {"repair.row_joined"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_ways_of_writing_one_tree(way):
    text, kinds = WAYS[way]
    edition = read_standard((HEAD + text).encode(), "x.txt")
    assert [level.name for level in edition.levels] == ["初级"]
    found = [
        (d.code, d.name, [(t.code, t.name, [r.text for r in t.requirements]) for t in d.tasks])
        for d in edition.levels[0].domains
    ]
    assert found == TREE
    assert kinds <= {f.kind for f in edition.findings}
    assert edition.table_ledger["unclaimed"] == 0
    assert not [f for f in edition.findings if f.kind.startswith("error.")]


def test_codes_that_begin_with_the_levels_number_are_kept():
    table = TABS + "1.1 甲\t1.1.1 乙\t1.1.1.1 能做甲事。 1.1.1.2 能做乙事。\n"
    text = (
        HEAD
        + CAPTION
        + table
        + "\n表 2 要求（中级）\n"
        + table.replace("1.1", "2.1", 1).replace("1.1.1", "2.1.1")
    )
    edition = read_standard(text.encode(), "x.txt")
    assert [r.code for r in edition.levels[0].requirements] == ["1.1.1.1", "1.1.1.2"]
    assert edition.levels[1].domains[0].code == "2.1"


def test_levels_named_by_headings():
    table = TABS + "1. 备料\t1.1 选料\t1.1.1 能选好材料。\n"
    text = f"XX国家职业技能标准\n\n3 工作要求\n\n3.1 五级/初级工\n\n{table}\n3.2 四级/中级工\n\n{table}"
    edition = read_standard(text.encode(), "x.txt")
    assert [level.name for level in edition.levels] == ["五级/初级工", "四级/中级工"]
    assert not [f for f in edition.findings if f.kind == "doubt.unused_text"]


def test_text_that_fits_nowhere_is_an_error_and_not_in_the_tree():
    text = (
        HEAD
        + CAPTION
        + TABS
        + "1. 甲领域\t1.1 甲任务\t1.1.1 能做甲事。\n这一行是什么呢。\n\t1.2 乙任务\t1.2.1 能做丙事。\n"
    )
    edition = read_standard(text.encode(), "x.txt")
    assert [f.before for f in edition.findings if f.kind == "error.unplaced"] == ["这一行是什么呢。"]
    assert [r.text for r in edition.levels[0].requirements] == ["能做甲事。", "能做丙事。"]
    assert edition.table_ledger["reported"] == len("这一行是什么呢。")
