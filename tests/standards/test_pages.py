"""Pages of standards over HTTP: who may, what they show, how many queries, bad input."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from standards.coverage import Coverage
from standards.enums import EditionState, FindingState
from standards.models import Edition, Requirement, Standard
from standards.queries.tree import requirement_by_code
from standards.services import editions

from . import documents

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(cast, client_of):
    return client_of(cast.keeper)


def upload(client, data=None, name="kuajing-b2c-standard.txt", **fields):
    file = SimpleUploadedFile(name, documents.given() if data is None else data, content_type="text/plain")
    return client.post(reverse("standards:import"), {"file": file, **fields})


def url(name, *args):
    return reverse(f"standards:{name}", args=args)


# ------------------------------------------------------------------ the keeper's way


def test_upload_report_decide_publish(keeper, cast, client_of, second_keeper):
    reply = upload(keeper, label="2020", code="kuajing-b2c")
    edition = Edition.objects.get()
    assert reply.status_code == 302
    assert reply.url == url("report", edition.pk)
    page = keeper.get(reply.url)
    text = page.content.decode()
    assert "全部有着落" in text
    assert "第 122 行" in text
    assert "2. 跨境物流作业" in text.replace("<ins>", "").replace("</ins>", "")

    doubt = edition.findings.get(kind="doubt.foreign_word")
    keeper.post(url("decide", doubt.pk), {"decision": "accept"})
    assert requirement_by_code(edition, "初级", "1.1.2").text.endswith("图片和短视频。")
    row = keeper.post(url("decide", doubt.pk), {"decision": "reopen"}, headers={"HX-Request": "true"})
    assert row.status_code == 200
    assert f'id="finding-{doubt.pk}"' in row.content.decode()
    assert "共 66 条，已确认 0 条" in row.content.decode()

    keeper.post(url("settle", edition.pk), {"kind": "repair.tags", "decision": "accept"})
    assert edition.findings.filter(state=FindingState.ACCEPTED).count() == 19
    ids = list(edition.findings.filter(kind="doubt.halfwidth").values_list("pk", flat=True)[:2])
    keeper.post(url("settle", edition.pk), {"ids": ids, "decision": "keep"})
    assert edition.findings.filter(state=FindingState.KEPT).count() == 2
    keeper.post(url("settle", edition.pk), {"scope": "all", "decision": "keep"})
    assert not edition.findings.filter(state=FindingState.OPEN).exists()

    keeper.post(url("publish", edition.pk), {"confirm": "yes"})
    edition.refresh_from_db()
    assert edition.state == EditionState.DRAFT  # four eyes
    other = client_of(second_keeper)
    other.post(url("publish", edition.pk))
    edition.refresh_from_db()
    assert edition.state == EditionState.DRAFT  # not confirmed
    other.post(url("publish", edition.pk), {"confirm": "yes"})
    edition.refresh_from_db()
    assert edition.state == EditionState.PUBLISHED


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空"),
        (b"\x00\x01", "文本文件"),
        ("没有表".encode(), "没有找到"),
        (b"PK\x03\x04...", "纯文本"),
        (b"x" * (8 * 1024 * 1024 + 1), "上限"),
    ],
)
def test_bad_uploads_come_back_with_the_reason(keeper, data, words):
    reply = upload(keeper, data)
    assert reply.status_code == 422
    assert words in reply.content.decode()
    assert not Standard.objects.exists()


def test_no_file_and_a_taken_label(keeper):
    assert keeper.post(url("import"), {}).status_code == 422
    upload(keeper, label="2020")
    reply = upload(keeper, label="2020", standard=Standard.objects.get().code)
    assert reply.status_code == 422
    assert "已有名为" in reply.content.decode()


def test_report_filters_and_stray_input(keeper, imported):
    report = url("report", imported.pk)
    assert "这一类没有条目" in keeper.get(f"{report}?show=error").content.decode()
    assert keeper.get(f"{report}?show=doubt").content.decode().count('data-nature="doubt"') == 21
    assert keeper.get(f"{report}?show=nonsense").status_code == 200
    reply = keeper.post(url("settle", imported.pk), {"ids": ["x", "9" * 40]}, follow=True)
    assert "请先勾选" in reply.content.decode()
    finding = imported.findings.first()
    reply = keeper.post(url("decide", finding.pk), {"decision": "explode"}, headers={"HX-Request": "true"})
    assert "没有这种处理方式" in reply.content.decode()
    assert keeper.post(url("decide", 999999), {"decision": "accept"}).status_code == 404


def test_every_tab_opens(keeper, imported):
    for tab in ("tree", "scope", "terms", "references", "majors", "jobs", "bibliography"):
        reply = keeper.get(url("edition_tab", imported.pk, tab))
        assert reply.status_code == 200, tab
    assert (
        "Cross-Border Electronic Commerce"
        in keeper.get(url("edition_tab", imported.pk, "terms")).content.decode()
    )
    assert keeper.get(url("edition_tab", imported.pk, "nothing")).status_code == 404


def test_source_lines_link_to_requirements(keeper, imported):
    text = keeper.get(url("source", imported.pk)).content.decode()
    row = requirement_by_code(imported, "高级", "2.4.2")
    assert f"#requirement-{row.pk}" in text
    assert text.count("<tr id=") == 170
    assert "&lt;p&gt;1.1.1" in text


def test_exports(keeper, imported):
    document = json.loads(keeper.get(url("export", imported.pk, "json")).content)
    assert len(document["levels"]) == 3
    reply = keeper.get(url("export", imported.pk, "csv"))
    rows = list(csv.reader(io.StringIO(reply.content.decode("utf-8-sig"))))
    assert len(rows) == 74
    assert rows[1][:3] == ["初级", "1", "平台基础操作"]
    assert "attachment" in reply["Content-Disposition"]
    Requirement.objects.filter(pk=requirement_by_code(imported, "初级", "1.1.1").pk).update(text="=1+1")
    assert "'=1+1" in keeper.get(url("export", imported.pk, "csv")).content.decode()


def test_editing_the_tree(keeper, imported):
    row = requirement_by_code(imported, "初级", "1.1.1")
    common = {"level": "1", "kind": "requirement", "node": row.pk}
    change = url("tree_change", imported.pk)
    assert keeper.get(url("editor", imported.pk)).status_code == 200
    keeper.post(change, common | {"action": "edit", "code": "1.1.1", "words": "能做新的事。"})
    row.refresh_from_db()
    assert row.text == "能做新的事。"
    reply = keeper.post(change, common | {"action": "edit", "code": "1.1.2", "words": "x"}, follow=True)
    assert "已有编号" in reply.content.decode()
    keeper.post(change, common | {"action": "down"})
    row.refresh_from_db()
    assert row.position == 2
    keeper.post(change, common | {"action": "move", "parent": row.task.domain.tasks.last().pk})
    row.refresh_from_db()
    assert row.code == "1.2.3"
    keeper.post(
        change, {"level": "1", "kind": "task", "node": row.task_id, "action": "add", "words": "能加一条。"}
    )
    assert requirement_by_code(imported, "初级", "1.2.4").text == "能加一条。"
    keeper.post(change, common | {"action": "delete"})
    assert not Requirement.objects.filter(pk=row.pk).exists()
    level = imported.levels.first()
    keeper.post(change, {"level": "1", "kind": "level", "node": level.pk, "action": "renumber"})
    assert requirement_by_code(imported, "初级", "1.2.3").text == "能加一条。"
    for bad in ({"kind": "level", "node": level.pk, "action": "x"}, {"kind": "no", "node": "x"}, {}):
        assert "没有" in keeper.post(change, bad, follow=True).content.decode()


def test_a_node_of_another_edition_is_not_found(keeper, imported, cast):
    other = editions.import_document(actor=cast.keeper, data=documents.given(), name="x.txt")
    row = requirement_by_code(other, "初级", "1.1.1")
    reply = keeper.post(
        url("tree_change", imported.pk),
        {"level": "1", "kind": "requirement", "node": row.pk, "action": "delete"},
        follow=True,
    )
    assert "没有这一项" in reply.content.decode()
    assert Requirement.objects.filter(pk=row.pk).exists()


def test_the_editor_of_a_published_edition_is_refused(keeper, published):
    assert keeper.get(url("editor", published.pk)).status_code == 409
    reply = keeper.post(url("delete", published.pk), follow=True)
    assert "不能删除" in reply.content.decode()
    keeper.post(url("withdraw", published.pk), {"reason": "有新版"})
    published.refresh_from_db()
    assert published.state == EditionState.WITHDRAWN


# ------------------------------------------------------------------ who may


def test_drafts_are_for_keepers_only(imported, cast, client_of):
    for name in ("author", "reviewer", "examiner", "officer_a", "marker"):
        client = client_of(getattr(cast, name))
        assert client.get(url("edition", imported.pk)).status_code == 404, name
        assert "还没有已发布的标准" in client.get(url("list")).content.decode()


def test_published_editions_are_for_all_readers(published, cast, client_of):
    for name in ("author", "reviewer", "examiner", "officer_a", "marker", "arbiter", "invigilator", "admin"):
        client = client_of(getattr(cast, name))
        assert client.get(url("edition", published.pk)).status_code == 200, name
        assert client.get(url("source", published.pk)).status_code == 200, name
        assert "导入报告" not in client.get(url("edition", published.pk)).content.decode() or name == "admin"


@pytest.mark.parametrize("name", ["author", "officer_a", "candidate_a", "nobody"])
def test_only_keepers_write(imported, cast, client_of, name):
    client = client_of(getattr(cast, name))
    finding = imported.findings.first()
    for path in (
        url("settle", imported.pk),
        url("publish", imported.pk),
        url("withdraw", imported.pk),
        url("delete", imported.pk),
        url("tree_change", imported.pk),
        url("decide", finding.pk),
        url("import"),
    ):
        assert client.post(path, {}).status_code == 403, path
    assert client.get(url("report", imported.pk)).status_code == 403


def test_signed_out_people_are_sent_to_sign_in(imported, client):
    for path in (url("list"), url("import"), url("edition", imported.pk), url("report", imported.pk)):
        reply = client.get(path)
        assert reply.status_code == 302
        assert "next=" in reply.url


# ------------------------------------------------------------------ queries and coverage


def _queries(client, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_lists_take_the_same_queries_at_one_and_at_many(keeper, imported, cast):
    pages = [url("list"), url("edition", imported.pk), url("source", imported.pk), url("report", imported.pk)]
    before = [_queries(keeper, path) for path in pages]
    for _ in range(3):
        editions.import_document(actor=cast.keeper, data=documents.given(), name="x.txt")
    editions.import_document(actor=cast.keeper, data=documents.given().replace(b"B2C", b"B2B"), name="y.txt")
    from standards.services import tree

    level = imported.levels.first()
    for _ in range(6):
        domain = tree.add_node(actor=cast.keeper, parent=level, words="领域")
        task = tree.add_node(actor=cast.keeper, parent=domain, words="任务")
        tree.add_node(actor=cast.keeper, parent=task, words="能做事。")
    assert [_queries(keeper, path) for path in pages] == before


@pytest.fixture
def provider(monkeypatch):
    monkeypatch.setattr("standards.coverage._providers", [])
    from standards import coverage

    return coverage


def test_coverage_is_shown_as_heat(keeper, imported, provider):
    row = requirement_by_code(imported, "初级", "1.1.1")
    provider.register_provider(lambda edition: {row.pk: Coverage(items=5, usable=4, kinds=3, practical=1)})
    text = keeper.get(url("edition", imported.pk)).content.decode()
    assert "73 条要求中，1 条已有可用的题目" in text
    assert 'data-heat="3"' in text.split('class="std-level"')[1]


def test_coverage_levels():
    assert [Coverage(usable=n).level for n in (0, 1, 2, 3, 4, 5, 7, 8, 20)] == [0, 1, 2, 3, 3, 4, 4, 5, 5]


def test_home_card_counts_drafts(keeper, imported):
    assert "待核对的标准草稿" in keeper.get(reverse("accounts:home")).content.decode()


def test_characters_no_text_has_are_refused(keeper, imported):
    finding = imported.findings.get(kind="doubt.no_can")
    reply = keeper.post(url("decide", finding.pk), {"decision": "mend", "text": "能\x00"}, follow=True)
    assert "控制字符" in reply.content.decode()
    assert keeper.post(url("settle", imported.pk), {"kind": "\x00"}, follow=True).status_code == 200
    node = requirement_by_code(imported, "初级", "1.1.1")
    reply = keeper.post(
        url("tree_change", imported.pk),
        {
            "level": "1",
            "kind": "requirement",
            "node": node.pk,
            "action": "edit",
            "code": "1\x00",
            "words": "x",
        },
        follow=True,
    )
    assert "控制字符" in reply.content.decode()
    assert upload(keeper, "\x00能".encode("utf-16")).status_code == 422
