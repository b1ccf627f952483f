"""Importing, settling findings, editing the tree and publishing."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import Invalid, Refusal
from accounts.models import AuditEntry
from standards.enums import EditionState, FindingState
from standards.models import Domain, Edition, ImportFinding, Level, Requirement, Standard, Task
from standards.queries import tree as tree_queries
from standards.services import editions, findings, tree

from . import documents

pytestmark = pytest.mark.django_db


def requirement(edition, level, code):
    return tree_queries.requirement_by_code(edition, level, code)


def finding(edition, kind, **where):
    return edition.findings.get(kind=kind, **where)


class TestImport:
    def test_everything_is_stored(self, imported, cast):
        draft = editions.read_document(documents.given(), "x.txt")
        levels = tree_queries.levels_with_tree(imported)
        stored = [
            (
                lv.name,
                [
                    (
                        d.code,
                        d.name,
                        [
                            (t.code, t.name, [(r.code, r.text) for r in t.requirements.all()])
                            for t in d.tasks.all()
                        ],
                    )
                    for d in lv.domains.all()
                ],
            )
            for lv in levels
        ]
        assert stored == documents.tree_of(draft)
        assert imported.source_text == documents.given().decode()
        assert imported.findings.count() == len(draft.findings)
        assert (imported.terms.count(), imported.references.count(), imported.majors.count()) == (10, 5, 19)
        assert imported.bibliography.count() == 10
        assert all(level.job_profile.text for level in levels)
        assert imported.ledger["tables"]["unclaimed"] == 0
        assert imported.matter["covers_lower_levels"] is True
        assert imported.imported_by == cast.keeper
        assert AuditEntry.objects.filter(verb="edition.import", target_id=str(imported.pk)).exists()

    def test_findings_know_their_node(self, imported):
        doubt = finding(imported, "doubt.foreign_word")
        assert (doubt.target, doubt.node_type, doubt.node_field) == ("初级 1.1.2", "requirement", "text")
        assert doubt.node_id == requirement(imported, "初级", "1.1.2").pk
        assert finding(imported, "repair.domain_number").node_type == "domain"

    def test_a_second_import_is_another_edition_of_the_same_standard(self, imported, cast):
        other = editions.import_document(actor=cast.keeper, data=documents.given(), name="x.txt")
        assert other.standard == imported.standard
        assert other.label != imported.label

    def test_refused_input_leaves_nothing(self, cast):
        with pytest.raises(Invalid) as caught:
            editions.import_document(actor=cast.keeper, data="没有表格".encode(), name="x.txt")
        assert caught.value.code == "no_table"
        assert "x.txt" in caught.value.message
        assert not Standard.objects.exists()

    def test_a_name_as_long_as_a_sentence_is_refused_with_its_line(self, cast):
        name = "名" * 130
        text = f"表 1 要求（初级）\n工作领域\t工作任务\t职业技能要求\n1. {name}\t1.1 甲\t1.1.1 能做甲事。\n"
        with pytest.raises(Invalid, match="第 3 行"):
            editions.import_document(actor=cast.keeper, data=text.encode(), name="x.txt")
        assert not Edition.objects.exists()

    def test_a_requirement_longer_than_a_page_is_refused_with_its_line(self, cast):
        text = (
            f"表 1 要求（初级）\n工作领域\t工作任务\t职业技能要求\n1. 甲\t1.1 乙\t1.1.1 能{'做' * 2100}。\n"
        )
        with pytest.raises(Invalid, match="第 3 行"):
            editions.import_document(actor=cast.keeper, data=text.encode(), name="x.txt")
        assert not Edition.objects.exists()


class TestFindings:
    def test_accepting_a_doubt_takes_its_suggestion_over(self, imported, cast):
        doubt = findings.accept_finding(actor=cast.keeper, finding=finding(imported, "doubt.foreign_word"))
        assert doubt.state == FindingState.ACCEPTED
        assert requirement(imported, "初级", "1.1.2").text.endswith("上传图片和短视频。")

    def test_keeping_a_doubt_changes_nothing(self, imported, cast):
        before = requirement(imported, "初级", "1.1.2").text
        findings.keep_finding(actor=cast.keeper, finding=finding(imported, "doubt.foreign_word"))
        assert requirement(imported, "初级", "1.1.2").text == before

    def test_two_suggestions_for_one_text_both_count(self, imported, cast):
        for kind in ("doubt.halfwidth", "doubt.wording"):
            findings.accept_finding(actor=cast.keeper, finding=finding(imported, kind, target="高级 2.1.2"))
        assert (
            requirement(imported, "高级", "2.1.2").text
            == "能够指导 Facebook 社群营销，能够很好地策划群组营销活动。"
        )

    def test_mending(self, imported, cast):
        mended = findings.mend_finding(
            actor=cast.keeper, finding=finding(imported, "doubt.no_can"), text="能按采购验收标准进行验收。"
        )
        assert mended.state == FindingState.MENDED
        assert requirement(imported, "中级", "1.3.4").text == "能按采购验收标准进行验收。"
        with pytest.raises(Refusal, match="已经处理过"):
            findings.accept_finding(actor=cast.keeper, finding=mended)

    def test_reopening_restores_the_text(self, imported, cast):
        before = requirement(imported, "中级", "1.3.4").text
        for decide in (
            lambda f: findings.mend_finding(actor=cast.keeper, finding=f, text="能验收。"),
            lambda f: findings.accept_finding(actor=cast.keeper, finding=f),
        ):
            decide(finding(imported, "doubt.no_can"))
            assert requirement(imported, "中级", "1.3.4").text != before
            findings.reopen_finding(actor=cast.keeper, finding=finding(imported, "doubt.no_can"))
            assert requirement(imported, "中级", "1.3.4").text == before
            assert finding(imported, "doubt.no_can").state == FindingState.OPEN

    def test_refusals(self, imported, cast):
        with pytest.raises(Invalid, match="不能为空"):
            findings.mend_finding(actor=cast.keeper, finding=finding(imported, "doubt.no_can"), text="  ")
        with pytest.raises(Refusal, match="不对应"):
            findings.mend_finding(
                actor=cast.keeper, finding=finding(imported, "repair.rule_line", line=128), text="x"
            )
        with pytest.raises(Refusal, match="只有存疑"):
            findings.keep_finding(actor=cast.keeper, finding=finding(imported, "repair.domain_number"))

    def test_a_suggestion_that_no_longer_fits_is_refused(self, imported, cast):
        tree.edit_node(
            actor=cast.keeper, node=requirement(imported, "初级", "1.1.2"), code="1.1.2", words="能做别的事。"
        )
        with pytest.raises(Refusal, match="已经改过"):
            findings.accept_finding(actor=cast.keeper, finding=finding(imported, "doubt.foreign_word"))
        assert finding(imported, "doubt.foreign_word").state == FindingState.OPEN

    def test_in_bulk_by_kind_and_all(self, imported, cast):
        done = findings.settle_findings(actor=cast.keeper, edition=imported, kind="doubt.halfwidth")
        assert done == 11
        assert "，" in requirement(imported, "高级", "1.3.3").text
        rest = findings.settle_findings(actor=cast.keeper, edition=imported, accept=False)
        assert rest == 66 - 11
        assert not imported.findings.filter(state=FindingState.OPEN).exists()
        assert " and " in requirement(imported, "初级", "1.1.2").text

    def test_errors_are_never_settled_in_bulk(self, cast):
        text = "表 1 要求（初级）\n工作领域\t工作任务\t职业技能要求\n\t1.1 甲\t1.1.1 能做甲事。\n"
        edition = editions.import_document(actor=cast.keeper, data=text.encode(), name="x.txt")
        findings.settle_findings(actor=cast.keeper, edition=edition)
        assert edition.findings.get(state=FindingState.OPEN).kind == "error.domain_missing"

    @pytest.mark.parametrize(
        ("current", "before", "after", "expected"),
        [
            ("甲, 乙", "甲, 乙", "甲，乙", "甲，乙"),
            ("甲, 乙很好地做丙", "甲, 乙很好的做丙", "甲，乙很好的做丙", "甲，乙很好地做丙"),
            ("能做事。", "做事。", "能做事。", None),
        ],
    )
    def test_patching(self, current, before, after, expected):
        if expected is None:
            assert findings.patch_text(before, before, after) == after
        else:
            assert findings.patch_text(current, before, after) == expected


class TestPublishing:
    def test_two_people(self, imported, cast, second_keeper):
        with pytest.raises(Refusal) as caught:
            editions.publish_edition(actor=cast.keeper, edition=imported)
        assert caught.value.code == "four_eyes"
        edition = editions.publish_edition(actor=second_keeper, edition=imported)
        assert edition.state == EditionState.PUBLISHED
        assert edition.published_by == second_keeper
        states = set(edition.findings.values_list("nature", "state"))
        assert states == {("doubt", "kept"), ("repair", "accepted")}

    def test_a_lone_keeper_may_publish_their_own_import(self, imported, cast):
        from accounts.models import RoleGrant

        RoleGrant.objects.filter(role="keeper").exclude(user=cast.keeper).delete()
        assert editions.publish_edition(actor=cast.keeper, edition=imported).state == EditionState.PUBLISHED

    def test_four_eyes_can_be_switched_off(self, imported, cast, second_keeper, settings):
        settings.STANDARDS_FOUR_EYES = False
        assert editions.publish_edition(actor=cast.keeper, edition=imported).state == EditionState.PUBLISHED

    def test_open_errors_block_until_mended(self, cast, second_keeper):
        text = "表 1 要求（初级）\n工作领域\t工作任务\t职业技能要求\n\t1.1 甲\t1.1.1 能做甲事。\n"
        edition = editions.import_document(actor=cast.keeper, data=text.encode(), name="x.txt")
        with pytest.raises(Refusal) as caught:
            editions.publish_edition(actor=second_keeper, edition=edition)
        assert caught.value.code == "edition_incomplete"
        error = finding(edition, "error.domain_missing")
        findings.accept_finding(actor=cast.keeper, finding=error)
        with pytest.raises(Refusal, match="工作领域 1 没有名称"):
            editions.publish_edition(actor=second_keeper, edition=edition)
        findings.reopen_finding(actor=cast.keeper, finding=error)
        findings.mend_finding(actor=cast.keeper, finding=error, text="领域甲")
        editions.publish_edition(actor=second_keeper, edition=edition)
        assert Domain.objects.get(level__edition=edition).name == "领域甲"

    def test_open_findings_can_be_made_to_block(self, imported, second_keeper):
        with pytest.raises(Refusal) as caught:
            editions.publish_edition(actor=second_keeper, edition=imported, accept_open=False)
        assert caught.value.code == "findings_open"

    def test_a_published_edition_never_changes(self, published, cast, second_keeper):
        row = requirement(published, "初级", "1.1.1")
        attempts = [
            lambda: Requirement.objects.filter(pk=row.pk).update(text="别的"),
            lambda: Requirement.objects.filter(pk=row.pk).delete(),
            lambda: Task.objects.filter(pk=row.task_id).update(name="别的"),
            lambda: Level.objects.create(edition=published, number=9, name="九级"),
            lambda: Edition.objects.filter(pk=published.pk).update(title="别的"),
            lambda: ImportFinding.objects.filter(edition=published).update(after="别的"),
        ]
        for attempt in attempts:
            with pytest.raises(IntegrityError), transaction.atomic():
                attempt()
        for refused in (
            lambda: tree.edit_node(actor=cast.keeper, node=row, code="1.1.1", words="别的"),
            lambda: tree.delete_node(actor=cast.keeper, node=row),
            lambda: findings.reopen_finding(actor=cast.keeper, finding=published.findings.first()),
            lambda: editions.publish_edition(actor=second_keeper, edition=published),
            lambda: editions.delete_draft(actor=cast.keeper, edition=published),
        ):
            with pytest.raises(Refusal):
                refused()

    def test_withdrawing(self, published, cast):
        with pytest.raises(Invalid):
            editions.withdraw_edition(actor=cast.keeper, edition=published, reason=" ")
        edition = editions.withdraw_edition(actor=cast.keeper, edition=published, reason="有新版")
        assert edition.state == EditionState.WITHDRAWN

    def test_deleting_a_draft_takes_an_empty_standard_along(self, imported, cast):
        editions.delete_draft(actor=cast.keeper, edition=imported)
        assert not Standard.objects.exists()


class TestTree:
    def test_adding_gives_the_next_code(self, imported, cast):
        task = Task.objects.get(domain__level__edition=imported, domain__level__name="初级", code="1.1")
        added = tree.add_node(actor=cast.keeper, parent=task, words="能做新的事。")
        assert (added.code, added.position) == ("1.1.4", 4)
        domain = tree.add_node(actor=cast.keeper, parent=task.domain.level, words="新领域")
        assert domain.code == "4"

    def test_a_code_stands_once_in_a_level(self, imported, cast):
        row = requirement(imported, "初级", "1.1.1")
        with pytest.raises(Refusal, match="已有编号"):
            tree.edit_node(actor=cast.keeper, node=row, code="1.1.2", words=row.text)

    def test_moving_and_renumbering(self, imported, cast):
        row = requirement(imported, "初级", "1.1.1")
        assert tree.move_node(actor=cast.keeper, node=row, step=1)
        codes = list(row.task.requirements.values_list("code", flat=True))
        assert codes == ["1.1.2", "1.1.1", "1.1.3"]
        assert tree.renumber_level(actor=cast.keeper, level=row.task.domain.level) == 2
        row.refresh_from_db()
        assert row.code == "1.1.2"
        first = row.task.requirements.first()
        assert not tree.move_node(actor=cast.keeper, node=first, step=-1)

    def test_moving_to_another_parent(self, imported, cast):
        task = Task.objects.get(domain__level__edition=imported, domain__level__name="初级", code="3.3")
        domain = Domain.objects.get(level__edition=imported, level__name="初级", code="1")
        tree.move_to_parent(actor=cast.keeper, node=task, parent=domain)
        assert task.code == "1.3"
        assert list(task.requirements.values_list("code", flat=True)) == ["1.3.1", "1.3.2"]

    def test_deleting_and_bad_words(self, imported, cast):
        domain = Domain.objects.get(level__edition=imported, level__name="高级", code="2")
        assert tree.count_below(domain) == 12
        tree.delete_node(actor=cast.keeper, node=domain)
        assert Requirement.objects.filter(task__domain__level__edition=imported).count() == 61
        with pytest.raises(Invalid):
            tree.add_node(actor=cast.keeper, parent=Level.objects.get(edition=imported, number=1), words="  ")


def test_tree_takes_the_same_queries_whatever_its_size(imported, cast, django_assert_num_queries):
    with django_assert_num_queries(4):
        tree_queries.tree_document(imported)
    level = imported.levels.first()
    for _ in range(5):
        domain = tree.add_node(actor=cast.keeper, parent=level, words="领域")
        task = tree.add_node(actor=cast.keeper, parent=domain, words="任务")
        tree.add_node(actor=cast.keeper, parent=task, words="能做事。")
    with django_assert_num_queries(4):
        tree_queries.tree_document(imported)
