"""Import findings: each is accepted, kept as the document has it, or mended, by a person."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid, NotFound, Refusal
from accounts.models import User
from accounts.services import audit

from ..enums import EditionState, FindingNature, FindingState
from ..importing.findings import KINDS
from ..models import Domain, Edition, ImportFinding, Requirement, Task
from ..validators import clean_words

_CONTEXT = 6
NAME_LIMIT = 120
TEXT_LIMIT = 2000
_MODELS: dict[str, type[Domain] | type[Task] | type[Requirement]] = {
    "domain": Domain,
    "task": Task,
    "requirement": Requirement,
}


@transaction.atomic
def accept_finding(*, actor: User, finding: ImportFinding) -> ImportFinding:
    """A repair is right as made; a doubt's suggestion is taken over; an error has been dealt with."""
    finding = _lock(finding)
    changed = ""
    if finding.nature == FindingNature.DOUBT and finding.suggestion and finding.node_field:
        changed = _apply_suggestion(finding)
    return _settle(actor, finding, FindingState.ACCEPTED, changed)


@transaction.atomic
def keep_finding(*, actor: User, finding: ImportFinding) -> ImportFinding:
    """A doubt is unfounded: the text stays as the document has it."""
    finding = _lock(finding)
    if finding.nature != FindingNature.DOUBT:
        raise Refusal("finding_not_doubt", _("只有存疑可以“保留原文”；修复请采纳或改正。"))
    return _settle(actor, finding, FindingState.KEPT, "")


@transaction.atomic
def mend_finding(*, actor: User, finding: ImportFinding, text: str) -> ImportFinding:
    """Put `text` in the field the finding is about."""
    finding = _lock(finding)
    text = clean_words(text)
    if not text:
        raise Invalid("mend_empty", _("改正后的文字不能为空。"))
    node = _node(finding)
    if node is None or not finding.node_field:
        raise Refusal(
            "finding_has_no_field",
            _("这一条不对应结构中的某个字段，不能在这里改。"),
            hint=_("请到“编辑结构”中修改，再回来标为已处理。"),
        )
    _write(node, finding.node_field, text)
    return _settle(actor, finding, FindingState.MENDED, text)


@transaction.atomic
def settle_findings(
    *, actor: User, edition: Edition, ids: Iterable[int] | None = None, kind: str = "", accept: bool = True
) -> int:
    """Settle many open findings at once, by id or by kind; errors are never settled in bulk. Gives the number."""
    findings = (
        edition.findings.select_for_update()
        .filter(state=FindingState.OPEN)
        .exclude(nature=FindingNature.ERROR)
        .order_by("position")
    )
    if ids is not None:
        findings = findings.filter(pk__in=list(ids))
    if kind:
        if kind not in KINDS:
            raise Invalid("kind_unknown", _("没有这一类导入记录。"))
        findings = findings.filter(kind=kind)
    done = 0
    for finding in findings:
        if not accept and finding.nature == FindingNature.DOUBT:
            keep_finding(actor=actor, finding=finding)
        elif accept or finding.nature == FindingNature.REPAIR:
            accept_finding(actor=actor, finding=finding)
        done += 1
    return done


@transaction.atomic
def reopen_finding(*, actor: User, finding: ImportFinding) -> ImportFinding:
    """Take a decision back; a text that was changed goes back to what the import had."""
    finding = _lock(finding, open_only=False)
    if finding.state == FindingState.OPEN:
        raise Refusal("finding_open", _("这一条还没有处理。"))
    if finding.decision_text:
        node = _node(finding)
        if node is not None and getattr(node, finding.node_field) != finding.decision_text:
            raise Refusal(
                "text_changed_since",
                _("这处文字之后又改过，不能直接撤销。"),
                hint=_("请在“编辑结构”中修改。"),
            )
        if node is not None:
            _write(node, finding.node_field, _undone(finding))
    before = finding.state
    finding.state = FindingState.OPEN
    finding.decided_by = None
    finding.decided_at = None
    finding.decision_text = ""
    finding.save(update_fields=["state", "decided_by", "decided_at", "decision_text"])
    audit.record(actor=actor, verb="finding.reopen", target=finding, data={"was": before})
    return finding


def _undone(finding: ImportFinding) -> str:
    if (
        finding.nature == FindingNature.DOUBT
        and finding.suggestion
        and finding.state == FindingState.ACCEPTED
    ):
        return patch_text(finding.decision_text, finding.suggestion, finding.after)
    if finding.node_field == "code":
        return finding.after.split(" ")[0].rstrip(".．、")
    return finding.after


def _lock(finding: ImportFinding, *, open_only: bool = True) -> ImportFinding:
    try:
        locked = (
            ImportFinding.objects.select_for_update(of=("self",)).select_related("edition").get(pk=finding.pk)
        )
    except ImportFinding.DoesNotExist as error:
        raise NotFound("finding_unknown", _("没有这条导入记录。")) from error
    if locked.edition.state != EditionState.DRAFT:
        raise Refusal("edition_not_draft", _("版本已发布，导入报告不能再改。"))
    if open_only and locked.state != FindingState.OPEN:
        raise Refusal("finding_settled", _("这一条已经处理过了。"), hint=_("刷新页面可看到最新状态。"))
    return locked


def _settle(actor: User, finding: ImportFinding, state: FindingState, text: str) -> ImportFinding:
    finding.state = state
    finding.decided_by = actor
    finding.decided_at = timezone.now()
    finding.decision_text = text
    finding.save(update_fields=["state", "decided_by", "decided_at", "decision_text"])
    audit.record(
        actor=actor,
        verb=f"finding.{'accept' if state == FindingState.ACCEPTED else 'keep' if state == FindingState.KEPT else 'mend'}",
        target=finding,
        data={"kind": finding.kind, "target": finding.target, "line": finding.line, "text": text},
    )
    return finding


def _node(finding: ImportFinding) -> Domain | Task | Requirement | None:
    model = _MODELS.get(finding.node_type)
    if model is None or finding.node_id is None:
        return None
    return model._default_manager.filter(pk=finding.node_id).first()


def _write(node: Domain | Task | Requirement, field: str, text: str) -> None:
    if field == "code" and len(text) > 20:
        raise Invalid("code_too_long", _("编号最多 20 个字符。"))
    if field == "name" and len(text) > NAME_LIMIT:
        raise Invalid("name_too_long", _("名称最多 %d 个字。") % NAME_LIMIT)
    if field == "text" and len(text) > TEXT_LIMIT:
        raise Invalid("text_too_long", _("要求最多 %d 个字。") % TEXT_LIMIT)
    setattr(node, field, text)
    node.save(update_fields=[field])


def _apply_suggestion(finding: ImportFinding) -> str:
    node = _node(finding)
    if node is None:
        raise Refusal("node_gone", _("这条要求已被删除。"), hint=_("请标为“保留原文”。"))
    current = getattr(node, finding.node_field)
    changed = patch_text(current, finding.after, finding.suggestion)
    _write(node, finding.node_field, changed)
    return changed


def patch_text(current: str, before: str, after: str) -> str:
    """Make in `current` the changes that lead from `before` to `after`; other changes made since stay.

    Refused when the place of a change can't be found exactly once.
    """
    if current == before:
        return after
    text = current
    for tag, i1, i2, j1, j2 in reversed(SequenceMatcher(None, before, after, autojunk=False).get_opcodes()):
        if tag == "equal":
            continue
        for context in (_CONTEXT, 3, 1):
            left, right = before[max(0, i1 - context) : i1], before[i2 : i2 + context]
            old = left + before[i1:i2] + right
            if old and text.count(old) == 1:
                text = text.replace(old, left + after[j1:j2] + right)
                break
        else:
            raise Refusal(
                "text_changed_since",
                _("这处文字已经改过，建议无法直接套用。"),
                hint=_("请用“改为”写出您要的文字。"),
            )
    return text
