"""Properties of the importer: documents made from a tree give the tree back; noise is never silent."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standards.importing import ImportRefused, read_standard

from . import documents
from .documents import Made

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_nouns = st.sampled_from(
    [
        "产品发布",
        "订单处理",
        "客户服务",
        "数据分析",
        "平台运营",
        "SNS社媒营销",
        "仓储管理",
        "3D打印建模",
        "售前服务",
        "质量检验",
        "设备维护",
        "KOL合作",
    ]
)
_clauses = st.sampled_from(
    [
        "根据不同平台要求进行产品编辑，包括标题、关键词等",
        "在 24 小时内完成 3 项检查，误差不超过 0.5 毫米",
        "使用 Facebook、Instagram 等工具发布信息",
        "按照 GB/T 31232.1 的要求填写记录",
        "核算利润（含运费、税费），并形成报告",
        "参见 1.1.1 的方法处理退款，金额为 2.5 倍",
        "对 A-1-2 型设备进行维护，保证温度在 20～25℃",
        "完成 SKU 的入库；登记 5 类单证",
    ]
)
_requirement = st.builds(
    lambda can, clause, tail: f"{can}{clause}{tail}。",
    st.sampled_from(["能", "能够"]),
    _clauses,
    st.sampled_from(["", "，做好记录", "并优化"]),
)
_task = st.tuples(_nouns, st.lists(_requirement, min_size=1, max_size=4))
_domain = st.tuples(_nouns, st.lists(_task, min_size=1, max_size=3, unique_by=lambda t: t[0]))
_level_names = st.sampled_from(
    [
        ("初级", "中级"),
        ("初级", "中级", "高级"),
        ("五级", "四级", "三级", "二级", "一级"),
        ("初级工", "中级工", "高级工", "技师"),
    ]
)


@st.composite
def standards(draw) -> Made:
    names = draw(_level_names)
    domains = st.lists(_domain, min_size=1, max_size=3, unique_by=lambda d: d[0])
    return Made([(name, draw(domains)) for name in names])


@pytest.mark.parametrize("cells", ["merged", "repeated", "row_per_requirement"])
@pytest.mark.parametrize("style", ["dots", "hyphens", "full", "blanks", "ordinals", "ordinal_domains"])
@pytest.mark.parametrize("layout", ["tabs", "pipes", "html", "lines", "blanks"])
def test_made_document_gives_its_tree_back(layout, style, cells):
    @settings(SETTINGS, max_examples=6)
    @given(standards())
    def check(made):
        text = documents.write(made, layout=layout, style=style, cells=cells)
        edition = read_standard(text.encode(), "made.txt")
        assert documents.tree_of(edition) == made.tree(), text
        assert edition.table_ledger["unclaimed"] == 0

    check()


BASE = read_standard(documents.given(), "given.txt")
BASE_TREE = documents.tree_of(BASE)
BASE_FINDINGS = documents.findings_of(BASE)
TABLE_LINES = range(116, 158)


def unharmed_or_said(data: bytes) -> None:
    """Either the tree is the given document's, or the report has something it had not before."""
    try:
        edition = read_standard(data, "mutated.txt")
    except ImportRefused:
        return
    assert edition.table_ledger["unclaimed"] == 0
    if documents.tree_of(edition) != BASE_TREE:
        assert documents.findings_of(edition) - BASE_FINDINGS, "changed without a word"


def _insert(lines: list[str], index: int, new: list[str]) -> list[str]:
    return [*lines[:index], *new, *lines[index:]]


NOISE = st.sampled_from(
    [
        "", "12", "- 7 -", "第 5 页 共 10 页", "\f", "IV", "跨境电商出口 B2C 运营职业技能等级标准", "T/CBEC 001—2020",
        "工作领域\t工作任务\t职业技能要求", "表 1 跨境电商出口 B2C 运营职业技能等级要求（初级）（续）", "仅供内部使用",
        "![](images/page5.png)", "----\t----", "\t\t", "　　", "版权所有 翻印必究", "<!-- page -->", "\ufeff",
    ]
)  # fmt: skip


@SETTINGS
@given(st.lists(st.tuples(st.integers(116, 158), NOISE), min_size=1, max_size=6))
def test_noise_between_lines_is_never_silent(noise):
    lines = documents.given().decode().split("\n")
    for index, text in sorted(noise, reverse=True):
        lines = _insert(lines, index, [text])
    unharmed_or_said("\n".join(lines).encode())


@settings(SETTINGS, max_examples=100)
@given(st.data())
def test_rows_split_anywhere_are_never_silent(data):
    lines = documents.given().decode().split("\n")
    index = data.draw(st.sampled_from([i for i in TABLE_LINES if len(lines[i]) > 20]))
    cut = data.draw(st.integers(1, len(lines[index]) - 1))
    between = data.draw(st.lists(st.sampled_from(["", "8", "\f", "— 3 —"]), max_size=3))
    left, right = lines[index][:cut], lines[index][cut:]
    unharmed_or_said("\n".join([*lines[:index], left, *between, right, *lines[index + 1 :]]).encode())


@settings(SETTINGS, max_examples=50)
@given(st.data())
def test_page_break_rows_with_empty_cells_join_to_the_same_tree(data):
    """A row broken inside a requirement, the rest in the third column of a new row, as the given document has it."""
    lines = documents.given().decode().split("\n")
    index = data.draw(
        st.sampled_from([i for i in TABLE_LINES if lines[i].count("\t") == 2 and len(lines[i]) > 60])
    )
    inside = [
        i
        for i in range(1, len(lines[index]) - 1)
        if "\u4e00" <= lines[index][i - 1] <= "\u9fff" and "\u4e00" <= lines[index][i] <= "\u9fff"
        and i > lines[index].rindex("\t") + 12
    ]  # fmt: skip
    cut = data.draw(st.sampled_from(inside))
    tags = data.draw(st.booleans())
    left, right = lines[index][:cut], lines[index][cut:]
    if tags:
        left, right = f"{left}</p>", f"\t\t<p>{right}"
    else:
        right = f"\t\t{right}"
    edition = read_standard(
        "\n".join([*lines[:index], left, "", right, *lines[index + 1 :]]).encode(), "m.txt"
    )
    assert documents.tree_of(edition) == BASE_TREE
    assert any(f.kind == "repair.row_joined" for f in edition.findings)


@settings(SETTINGS, max_examples=30)
@given(st.lists(st.sampled_from(range(119, 158)), min_size=1, max_size=3, unique=True))
def test_removed_domain_cells_are_never_silent(indexes):
    lines = documents.given().decode().split("\n")
    for index in indexes:
        if lines[index].count("\t") >= 2:
            lines[index] = "\t" + lines[index].split("\t", 1)[1]
    unharmed_or_said("\n".join(lines).encode())


@settings(SETTINGS, max_examples=30)
@given(st.data())
def test_removed_lines_that_hold_codes_leave_a_gap_that_is_said(data):
    """A row taken out of the middle shows as a gap in the numbers."""
    lines = documents.given().decode().split("\n")
    index = data.draw(st.sampled_from([119, 121, 123, 132, 133, 135, 137, 148, 149, 153, 154, 155]))
    edition = read_standard("\n".join(lines[:index] + lines[index + 1 :]).encode(), "m.txt")
    assert documents.findings_of(edition) - BASE_FINDINGS


@settings(SETTINGS, max_examples=30)
@given(
    st.sampled_from(
        ["tabs→pipes", "crlf", "gb18030", "bom", "utf-16", "indent", "double blank lines", "trailing blanks"]
    )
)
def test_harmless_rewritings_keep_the_tree(how):
    text = documents.given().decode()
    data = {
        "tabs→pipes": lambda: text.replace("\t", " | ").encode(),
        "crlf": lambda: text.replace("\n", "\r\n").encode(),
        "gb18030": lambda: text.encode("gb18030"),
        "bom": lambda: b"\xef\xbb\xbf" + text.encode(),
        "utf-16": lambda: text.encode("utf-16"),
        "indent": lambda: "\n".join(
            f"  {line}" if line[:1] not in ("\t", "") else line for line in text.split("\n")
        ).encode(),
        "double blank lines": lambda: text.replace("\n", "\n\n").encode(),
        "trailing blanks": lambda: text.replace("\n", "  \n").encode(),
    }[how]()
    assert documents.tree_of(read_standard(data, "m.txt")) == BASE_TREE


@settings(SETTINGS, max_examples=120)
@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(data):
    refusal = None
    try:
        read_standard(data, "any.txt")
    except ImportRefused as refused:
        refusal = refused
    assert refusal is None or (refusal.message and refusal.hint)
