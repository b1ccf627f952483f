"""Editions: made from a document, published, withdrawn."""

from __future__ import annotations

import re

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.errors import Invalid, Refusal
from accounts.models import RoleGrant, User
from accounts.services import audit

from ..enums import EditionState, FindingNature, FindingState
from ..importing import DraftDomain, DraftEdition, DraftTask, ImportRefused, read_standard
from ..models import Domain, Edition, Requirement, Standard, Task
from ..validators import clean_words
from . import drafts
from .findings import NAME_LIMIT, TEXT_LIMIT


def read_document(data: bytes, name: str) -> DraftEdition:
    """Read a document without writing anything; raises Invalid with the place and the mend."""
    try:
        return read_standard(data, name)
    except ImportRefused as refused:
        message = f"{refused.place}：{refused.message}" if refused.place else refused.message
        raise Invalid(refused.code, message, hint=refused.hint, data={"place": refused.place}) from refused


@transaction.atomic
def import_document(
    *,
    actor: User | None,
    data: bytes,
    name: str,
    code: str = "",
    label: str = "",
    draft: DraftEdition | None = None,
) -> Edition:
    """Make a draft edition from a document, with its findings; all or nothing.

    code: which standard the edition belongs to (made when new); without it, the one with the same title,
    or a new one. label: the edition's name; without it, the day's date. draft: the document already read.
    """
    draft = draft or read_document(data, name)
    _check_lengths(draft, name)
    standard = _standard_for(draft.title, code)
    edition = Edition.objects.create(
        standard=standard,
        label=_free_label(standard, label),
        title=draft.title,
        foreword=draft.foreword,
        scope=draft.scope,
        level_division=drafts.level_division(draft),
        source_name="".join(char for char in name if char.isprintable())[:200],
        source_sha256=draft.source_sha256,
        source_text=draft.source_text,
        ledger={"tables": draft.table_ledger, "document": draft.document_ledger},
        matter=drafts.matter_of(draft),
        imported_by=actor,
    )
    nodes = drafts.store_tree(edition, draft)
    drafts.store_matter(edition, draft)
    drafts.store_findings(edition, draft, nodes)
    audit.record(
        actor=actor,
        verb="edition.import",
        target=edition,
        data={
            "source": name,
            "sha256": draft.source_sha256,
            **draft.counts(),
            "findings": len(draft.findings),
        },
    )
    return edition


def _standard_for(title: str, code: str) -> Standard:
    code = code.strip().lower()
    if code:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", code):
            raise Invalid(
                "standard_code",
                _("标准代码只能用小写字母、数字和连字符，最多 60 个字符。"),
                hint=_("例如 kuajing-b2c。"),
            )
        return Standard.objects.get_or_create(code=code, defaults={"title": title})[0]
    same = Standard.objects.filter(title=title).first()
    if same is not None:
        return same
    number = Standard.objects.count() + 1
    while Standard.objects.filter(code=f"standard-{number}").exists():
        number += 1
    return Standard.objects.create(code=f"standard-{number}", title=title)


def _free_label(standard: Standard, label: str) -> str:
    label = clean_words(label)
    taken = set(standard.editions.values_list("label", flat=True))
    if label:
        if len(label) > 40:
            raise Invalid("edition_label", _("版本名最多 40 个字符。"))
        if label in taken:
            raise Refusal(
                "edition_label_taken",
                _("这个标准已有名为“%(label)s”的版本。") % {"label": label},
                hint=_("请换一个版本名。"),
            )
        return label
    base = timezone.localdate().isoformat()
    number = 1
    label = base
    while label in taken:
        number += 1
        label = f"{base} ({number})"
    return label


def _check_lengths(draft: DraftEdition, name: str) -> None:
    """Names longer than the database holds are a sign that the table was not understood."""
    for level in draft.levels:
        for domain in level.domains:
            nodes: list[DraftDomain | DraftTask] = [domain, *domain.tasks]
            for node in nodes:
                _check_texts(node, name)
                if len(node.name) > NAME_LIMIT or len(node.code) > 20:
                    raise Invalid(
                        "name_too_long",
                        _(
                            "%(name)s 第 %(line)d 行：名称“%(start)s…”超过 %(limit)d 个字，不像工作领域或工作任务的名称。"
                        )
                        % {"name": name, "line": node.line, "start": node.name[:20], "limit": NAME_LIMIT},
                        hint=_("请检查该行前后是否缺少编号或表格分隔，改好后重新导入。"),
                        data={"line": node.line},
                    )
        if len(level.name) > 40:
            raise Invalid("level_name_too_long", _("等级名称过长：%(name)s") % {"name": level.name[:40]})
    too_long = [
        *((t.line, t.name) for t in draft.terms if len(t.name) > 120 or len(t.english) > 160),
        *((m.line, m.name) for m in draft.majors if len(m.name) > 80 or len(m.school_type) > 60),
        *((r.line, r.title) for r in draft.references if len(r.title) > 200 or len(r.number) > 60),
    ]
    for line, text in too_long:
        raise Invalid(
            "part_too_long",
            _("%(name)s 第 %(line)d 行：“%(start)s…”过长，不像术语、专业或引用文件的名称。")
            % {"name": name, "line": line, "start": text[:20]},
            hint=_("请检查该行是否少了换行，改好后重新导入。"),
            data={"line": line},
        )
    if len(draft.title) > 200:
        raise Invalid("title_too_long", _("标题超过 200 个字，请检查文件开头是否是标准的名称。"))


@transaction.atomic
def publish_edition(*, actor: User, edition: Edition, accept_open: bool = True) -> Edition:
    """Publish a draft: from then on it and everything below it never change.

    Refused while errors are open, while the tree is incomplete, or when the importer publishes although another
    keeper could (four eyes). Open repairs and doubts stand as they are and are settled in the publisher's name;
    with `accept_open=False` they block.
    """
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    if edition.state != EditionState.DRAFT:
        raise Refusal(
            "edition_not_draft", _("只有草稿可以发布；这个版本已是“%s”。") % edition.get_state_display()
        )
    _check_four_eyes(actor, edition)
    problems = publishing_problems(edition)
    if problems:
        raise Refusal(
            "edition_incomplete",
            _("还不能发布：%s") % "；".join(problems[:5]),
            hint=_("请在导入报告或结构编辑中处理后再发布。"),
            data={"problems": problems},
        )
    open_findings = edition.findings.filter(state=FindingState.OPEN)
    settled = open_findings.count()
    if settled and not accept_open:
        raise Refusal(
            "findings_open",
            ngettext("还有 %(n)d 条修复或存疑没有确认。", "还有 %(n)d 条修复或存疑没有确认。", settled)
            % {"n": settled},
            hint=_("请在导入报告中逐条或成批确认。"),
        )
    now = timezone.now()
    open_findings.filter(nature=FindingNature.DOUBT).update(
        state=FindingState.KEPT, decided_by=actor, decided_at=now
    )
    open_findings.update(state=FindingState.ACCEPTED, decided_by=actor, decided_at=now)
    edition.state = EditionState.PUBLISHED
    edition.published_by = actor
    edition.published_at = now
    edition.save(update_fields=["state", "published_by", "published_at"])
    audit.record(actor=actor, verb="edition.publish", target=edition, data={"settled_on_publishing": settled})
    return edition


def _check_four_eyes(actor: User, edition: Edition) -> None:
    if not needs_other_keeper(actor, edition):
        return
    raise Refusal(
        "four_eyes",
        _("导入和发布须由两个人完成：这个版本是您导入的。"),
        hint=_("请另一位标准管理员核对导入报告后发布。"),
    )


def needs_other_keeper(actor: User, edition: Edition) -> bool:
    """Whether four eyes keep this user from publishing: the importer, while another active keeper exists."""
    if not getattr(settings, "STANDARDS_FOUR_EYES", True) or edition.imported_by_id != actor.pk:
        return False
    return RoleGrant.objects.filter(role=Role.KEEPER, user__is_active=True).exclude(user_id=actor.pk).exists()


def publishing_problems(edition: Edition) -> list[str]:
    """What keeps the edition from being published, in words; empty when nothing does."""
    problems = []
    errors = edition.findings.filter(nature=FindingNature.ERROR, state=FindingState.OPEN).count()
    if errors:
        problems.append(_("%d 处错误待处理") % errors)
    levels = list(edition.levels.all())
    if not levels:
        problems.append(_("没有等级"))
    for level in levels:
        if not Requirement.objects.filter(task__domain__level=level).exists():
            problems.append(_("%s没有职业技能要求") % level.name)
    checks = (
        (Domain.objects.filter(level__edition=edition, name=""), _("工作领域 %s 没有名称")),
        (Domain.objects.filter(level__edition=edition, tasks=None), _("工作领域 %s 下没有工作任务")),
        (Task.objects.filter(domain__level__edition=edition, name=""), _("工作任务 %s 没有名称")),
        (Task.objects.filter(domain__level__edition=edition, requirements=None), _("工作任务 %s 下没有要求")),
        (Requirement.objects.filter(task__domain__level__edition=edition, text=""), _("要求 %s 没有文字")),
    )
    for queryset, words in checks:
        problems.extend(words % code for code in queryset.values_list("code", flat=True)[:10])
    repeated = _repeated_codes(edition)
    if repeated:
        problems.append(_("编号重复：%s") % "、".join(repeated))
    return problems


def _check_texts(node: DraftDomain | DraftTask, name: str) -> None:
    for requirement in node.requirements if isinstance(node, DraftTask) else []:
        if len(requirement.text) > TEXT_LIMIT:
            raise Invalid(
                "text_too_long",
                _("%(name)s 第 %(line)d 行：要求 %(code)s 的文字超过 %(limit)d 个字。")
                % {"name": name, "line": requirement.line, "code": requirement.code, "limit": TEXT_LIMIT},
                hint=_("请检查该行之后是否缺少编号，改好后重新导入。"),
                data={"line": requirement.line},
            )


def _repeated_codes(edition: Edition) -> list[str]:
    """Codes that stand twice in one level (the database holds only the narrower rule)."""
    seen: set[tuple[int, str]] = set()
    repeated = []
    rows = Requirement.objects.filter(task__domain__level__edition=edition).values_list(
        "task__domain__level_id", "code"
    )
    for key in rows:
        if key in seen:
            repeated.append(key[1])
        seen.add(key)
    return repeated


@transaction.atomic
def withdraw_edition(*, actor: User, edition: Edition, reason: str) -> Edition:
    """Take a published edition out of use; what was made from it keeps it."""
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    if edition.state != EditionState.PUBLISHED:
        raise Refusal("edition_not_published", _("只有已发布的版本可以废止。"))
    reason = clean_words(reason)
    if not reason:
        raise Invalid("reason_missing", _("请写明废止的原因。"))
    edition.state = EditionState.WITHDRAWN
    edition.save(update_fields=["state"])
    audit.record(actor=actor, verb="edition.withdraw", target=edition, data={"reason": reason})
    return edition


@transaction.atomic
def delete_draft(*, actor: User, edition: Edition) -> None:
    """Throw a draft away; its standard goes too when it has no other edition."""
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    if edition.state != EditionState.DRAFT:
        raise Refusal("edition_not_draft", _("已发布的版本不能删除。"))
    audit.record(
        actor=actor,
        verb="edition.delete_draft",
        target=edition,
        data={"title": edition.title, "label": edition.label},
    )
    standard = edition.standard
    try:
        edition.delete()
    except IntegrityError as error:
        raise Refusal("edition_in_use", _("这个草稿已被使用，不能删除。")) from error
    if not standard.editions.exists():
        standard.delete()
