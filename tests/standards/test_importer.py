"""The importer on the given document: exact numbers, exact texts, each oddity reported."""

from __future__ import annotations

import re
import time

import pytest

from standards.importing import ImportRefused, Severity, read_standard
from standards.importing.codes import code_at, dec, han_number
from standards.importing.front import split_term

from . import documents


@pytest.fixture(scope="module")
def edition():
    return read_standard(documents.given(), "kuajing-b2c-standard.txt")


def _found(edition, kind):
    return [f for f in edition.findings if f.kind == kind]


def test_the_numbers(edition):
    assert edition.title == "跨境电商出口 B2C 运营职业技能等级标准"
    assert edition.counts() == {"levels": 3, "domains": 8, "tasks": 23, "requirements": 73}
    assert [(lv.name, len(lv.domains), len(lv.tasks), len(lv.requirements)) for lv in edition.levels] == [
        ("初级", 3, 7, 17),
        ("中级", 3, 9, 32),
        ("高级", 2, 7, 24),
    ]


def test_codes_are_complete_and_in_order(edition):
    for level in edition.levels:
        assert [d.code for d in level.domains] == [str(n) for n in range(1, len(level.domains) + 1)]
        for domain in level.domains:
            assert [t.code for t in domain.tasks] == [
                f"{domain.code}.{n}" for n in range(1, len(domain.tasks) + 1)
            ]
            for task in domain.tasks:
                assert [r.code for r in task.requirements] == [
                    f"{task.code}.{n}" for n in range(1, len(task.requirements) + 1)
                ]


def test_each_requirement_is_the_documents_text_character_for_character(edition):
    """All but one stand in the document as they are; that one was broken over two rows."""
    text = documents.given().decode()
    missing = [(lv.name, r.code) for lv in edition.levels for r in lv.requirements if r.text not in text]
    assert missing == [("高级", "1.3.2")]
    left, right = _found(edition, "repair.row_joined")[0].before.split("\n")
    assert left in text
    assert right in text
    joined = next(r.text for r in edition.levels[2].requirements if r.code == "1.3.2")
    assert (
        joined
        == left + right
        == ("能从采购、物流、成本、时效等维度对供应链环节数据进行分析，并据此提出合理的供应链优化方案。")
    )


def test_texts_are_not_normalised(edition):
    texts = {(lv.name, r.code): r.text for lv in edition.levels for r in lv.requirements}
    assert texts["初级", "1.1.2"] == "能够根据平台对图片和视频的要求，拍摄、选择及准确上传图片 and 短视频。"
    assert texts["高级", "1.3.3"] == "能对店铺的资金使用数据进行分析, 并据此评价店铺的资金利用率。"
    assert texts["中级", "1.3.4"] == "根据采购验收标准，对采购的商品进行验收，完成对供应商的绩效考核。"


def test_names(edition):
    names = {(lv.name, n.code): n.name for lv in edition.levels for n in (*lv.domains, *lv.tasks)}
    assert names["初级", "2"] == "跨境物流作业"
    assert names["初级", "3.3"] == "售后客户服务"
    assert names["中级", "1"] == "产品选择与采购"
    assert names["高级", "2.1"] == "SNS 社媒营销"
    assert names["高级", "2.4"] == "Influencer KOL"


@pytest.mark.parametrize(
    ("kind", "line", "before", "after"),
    [
        ("repair.domain_number", 122, "1. 跨境物流作业", "2. 跨境物流作业"),
        ("repair.name_blank", 127, "售后 客户服务", "售后客户服务"),
        ("repair.name_blank", 133, "产品选择与 采购", "产品选择与采购"),
        ("repair.code_blanks", 153, "1. 3. 3", "1.3.3"),
        ("repair.code_blanks", 154, "2. 1", "2.1"),
        ("repair.rule_line", 128, "--\t----------------\t---", ""),
        (
            "repair.title_joined",
            3,
            "跨境电商出口 B2C 运营\n职业技能等级标准",
            "跨境电商出口 B2C 运营职业技能等级标准",
        ),
        ("doubt.heading_differs", 93, "4 面向院校专业", "4 面向院校专业"),
    ],
)
def test_findings(edition, kind, line, before, after):
    assert (line, before, after) in [(f.line, f.before, f.after) for f in _found(edition, kind)]


@pytest.mark.parametrize(
    ("kind", "level", "code", "suggestion"),
    [
        ("doubt.foreign_word", "初级", "1.1.2", "上传图片和短视频"),
        ("doubt.no_can", "中级", "1.3.4", "能根据采购验收标准"),
        ("doubt.halfwidth", "中级", "3.3.3", "流量（WordPress"),
        ("doubt.halfwidth", "高级", "2.4.2", "进行分析，能判断"),
        ("doubt.wording", "初级", "2.2.2", "本地配送进行实时跟进"),
        ("doubt.wording", "高级", "2.1.2", "很好地策划"),
        ("doubt.repeated_mark", "初级", "3.3.2", "物流情况，合理地"),
        ("doubt.split_word", "高级", "2.3.1", "Mailchimp"),
        ("doubt.name_not_chinese", "高级", "2.4", ""),
    ],
)
def test_doubts_keep_the_text_and_suggest(edition, kind, level, code, suggestion):
    found = [f for f in _found(edition, kind) if (f.level, f.code) == (level, code)]
    assert len(found) == 1
    assert found[0].before == found[0].after
    assert suggestion in found[0].suggestion


def test_kinds_of_findings_say_whether_the_text_was_changed(edition):
    for finding in edition.findings:
        if finding.severity is Severity.REPAIR:
            assert finding.before != finding.after
        if finding.severity is Severity.DOUBT:
            assert finding.before == finding.after
    assert not [f for f in edition.findings if f.severity is Severity.ERROR]


def test_tags_are_reported_for_every_line_that_has_them(edition):
    lines = documents.given().decode().split("\n")
    tagged = {number for number, line in enumerate(lines, 1) if "<p>" in line}
    assert {f.line for f in _found(edition, "repair.tags")} == tagged
    assert not any("<" in r.text for lv in edition.levels for r in lv.requirements)


def test_every_character_is_accounted_for(edition):
    ledger = edition.table_ledger
    assert ledger["unclaimed"] == 0
    assert ledger["reported"] == 0
    assert ledger["total"] == sum(ledger[k] for k in ("used", "structure", "blank", "repaired", "reported"))
    assert edition.document_ledger["total"] == len(documents.given().decode())
    assert edition.document_ledger["unclaimed"] == 0
    kept = sum(len(n.name) for lv in edition.levels for n in (*lv.domains, *lv.tasks))
    kept += sum(len(r.text) for lv in edition.levels for r in lv.requirements)
    codes = sum(len(n.code) for lv in edition.levels for n in (*lv.domains, *lv.tasks, *lv.requirements))
    assert ledger["used"] == kept + codes - len("2")  # the wrong domain number counts as repaired


def test_front_matter(edition):
    assert [t.number for t in edition.terms] == [f"3.{n}" for n in range(1, 11)]
    terms = {t.number: (t.name, t.english) for t in edition.terms}
    assert terms["3.2"] == ("跨境电子商务", "Cross-Border Electronic Commerce")
    assert terms["3.6"] == ("B2C", "Business-to-Customer")
    assert terms["3.7"] == ("跨境电子商务 B2C", "B2C Cross-Border Electronic Commerce")
    assert terms["3.8"] == ("跨境电子商务 B2C 运营", "Operation in B2C Cross-Border Electronic Commerce")
    assert "支付结算，并通过跨境物流" in edition.terms[2].definition
    assert [r.number for r in edition.references] == [
        "GB/T1.1-2009",
        "GB/T36311",
        "GB/T35408",
        "GB/T31232.1",
        "GB/T31232.2",
    ]
    schools = {}
    for major in edition.majors:
        schools.setdefault(major.school_type, []).append(major.name)
    assert {school: len(names) for school, names in schools.items()} == {
        "中等职业学校": 4,
        "高等职业学校": 9,
        "应用型本科学校": 6,
    }
    assert [p.level for p in edition.job_profiles] == ["初级", "中级", "高级"]
    assert edition.job_profiles[2].text.startswith("主要面向跨境电商数据分析、营销等岗位（群）")
    assert [b.number for b in edition.bibliography] == [str(n) for n in range(1, 11)]
    assert edition.scope.startswith("本标准提出了跨境电商出口 B2C 运营职业技能等级对应的")
    assert len(edition.drafting_bodies) == 4
    assert len(edition.drafters) == 17
    assert "不得印刷、销售" in edition.declaration
    assert edition.covers_lower_levels


def test_report_form(edition):
    report = edition.as_report()
    assert set(report) == {"title", "levels", "report"}
    assert set(report["levels"][0]) == {"name", "domains"}
    assert set(report["levels"][0]["domains"][0]) == {"code", "name", "tasks"}
    assert set(report["levels"][0]["domains"][0]["tasks"][0]) == {"code", "name", "requirements"}
    assert set(report["levels"][0]["domains"][0]["tasks"][0]["requirements"][0]) == {"code", "text"}
    assert {frozenset(entry) for entry in report["report"]} == {
        frozenset({"kind", "line", "before", "after"})
    }


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "document_empty", "空"),
        (b"  \n\t\n", "document_empty", "空"),
        ("\ufeff\n".encode(), "document_empty", "没有文字"),
        (b"\x00\x01\x02" * 100, "document_binary", "文本"),
        (b"PK\x03\x04" + b"x" * 50, "format_unsupported", "docx"),
        (b"%PDF-1.7 ...", "format_unsupported", "PDF"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 50, "format_unsupported", ".doc"),
        (b"a" * (9 * 1024 * 1024), "document_too_large", "MB"),
        ("只有文字，没有表格。\n第二行。\n".encode(), "no_table", "没有找到"),
        ("表 1 要求（初级）\n工作领域\t工作任务\t职业技能要求\n".encode(), "no_requirements", "没有读到"),
        ("第一行\n".encode() + b"\xff\xfe\xff\xff\x81\n", "encoding_unreadable", "第 2 行"),
    ],
)
def test_bad_input_is_refused_with_place_and_mend(data, code, words):
    with pytest.raises(ImportRefused) as caught:
        read_standard(data, "坏文件.txt")
    assert caught.value.code == code
    assert words in str(caught.value)
    assert "坏文件.txt" in caught.value.place
    assert caught.value.hint


# ------------------------------------------------------------------ other documents


def test_interleaved_columns_without_captions_and_missing_domain_names_are_said():
    text = "工作领域\t工作任务\t职业技能要求\n\t1.1 甲\t1.1.1 能做甲事。 1.1.2 能做乙事。\n\t1.2 乙\t1.2.1 能做丙事。\n"
    edition = read_standard(text.encode(), "x.txt")
    assert edition.counts() == {"levels": 1, "domains": 1, "tasks": 2, "requirements": 3}
    kinds = {f.kind for f in edition.findings}
    assert {"error.domain_missing", "doubt.level_inferred"} <= kinds


def test_a_level_without_its_caption_is_inferred_from_the_text():
    lines = documents.given().decode().split("\n")
    del lines[129]  # 表 2 …（中级）
    edition = read_standard("\n".join(lines).encode(), "x.txt")
    assert [level.name for level in edition.levels] == ["初级", "中级", "高级"]
    assert edition.counts()["requirements"] == 73
    assert [f.after for f in edition.findings if f.kind == "doubt.level_inferred"] == ["中级"]


def test_a_knowledge_column_is_left_out_and_reported():
    text = (
        "表 1 技能要求（五级/初级工）\n职业功能\t工作内容\t技能要求\t相关知识要求\n"
        "1. 备料\t1.1 选料\t1.1.1 能识别材料。\t1.1.1 材料的种类\n\t1.2 下料\t1.2.1 能切割材料。\t1.2.1 切割的方法\n"
    )
    edition = read_standard(text.encode(), "x.txt")
    assert [level.name for level in edition.levels] == ["五级/初级工"]
    assert [r.text for r in edition.levels[0].requirements] == ["能识别材料。", "能切割材料。"]
    assert [f.before for f in edition.findings if f.kind == "doubt.extra_column"] == [
        "1.1.1 材料的种类",
        "1.2.1 切割的方法",
    ]


def test_merged_cells_in_the_middle_of_their_rows():
    text = (
        "表 1 要求（初级）\n工作领域\t工作任务\t职业技能要求\n\t1.1 甲\t1.1.1 能做甲事。\n"
        "1. 领域甲\t1.2 乙\t1.2.1 能做乙事。\n\t2.1 丙\t2.1.1 能做丙事。\n2. 领域乙\t2.2 丁\t2.2.1 能做丁事。\n"
    )
    edition = read_standard(text.encode(), "x.txt")
    assert [(d.code, d.name, len(d.tasks)) for d in edition.levels[0].domains] == [
        ("1", "领域甲", 2),
        ("2", "领域乙", 2),
    ]


@pytest.mark.parametrize(
    ("text", "numerals", "style"),
    [
        ("1.1.1 能", (1, 1, 1), dec(3)),
        ("1. 3. 3 能", (1, 3, 3), dec(3)),
        ("１．２．３能", (1, 2, 3), dec(3)),
        ("1-1-1能", (1, 1, 1), dec(3)),
        ("2. 1 SNS", (2, 1), dec(2)),
        ("1. 3D 打印", (1,), dec(1)),
        ("10.11.12 能", (10, 11, 12), dec(3)),
    ],
)
def test_codes(text, numerals, style):
    code = code_at(text)
    assert (code.numerals, code.style) == (numerals, style)


def test_no_code_in_a_year():
    assert code_at("2018 年") is None


def test_han_numbers():
    assert [han_number(text) for text in ("一", "十", "十二", "二十", "二十三", "甲")] == [
        1,
        10,
        12,
        20,
        23,
        0,
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("运营 Operation", ("运营", "Operation", True)),
        ("客单价", ("客单价", "", False)),
        ("运营Operation", ("运营", "Operation", True)),
    ],
)
def test_split_term(line, expected):
    assert split_term(line) == expected


def test_line_numbers_are_an_editors(edition):
    lines = re.split(r"\n", documents.given().decode())
    for level in edition.levels:
        for requirement in level.requirements:
            assert requirement.text[:10] in lines[requirement.line - 1]


@pytest.mark.parametrize(
    "body",
    [
        "<!--" * 60_000,
        "1.1.1 " * 50_000,
        "工作领域\t工作任务\t职业技能要求\n" * 15_000,
        "目次\n" + "." * 100_000,
        "1. a\t1.1 b\t1.1.1 能做" + " " * 200_000 + "做。",
        "能做。\n" * 20_000,
    ],
)
def test_hostile_texts_end_in_seconds(body):
    started = time.monotonic()
    text = f"XX标准\n\n表 1 要求（初级）\n工作领域\t工作任务\t职业技能要求\n{body}"
    try:
        read_standard(text.encode(), "x.txt")
    except ImportRefused as refused:
        assert refused.hint
    assert time.monotonic() - started < 30
