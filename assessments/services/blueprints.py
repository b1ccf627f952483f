"""Writing blueprints (proposing is in :mod:`assessments.services.proposals`): editing, settling, copying, retiring.

Lock order: the blueprint's row, then what hangs on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid, NotFound, Refusal
from accounts.models import User
from accounts.services import audit
from standards.enums import EditionState
from standards.models import Level

from ..enums import BlueprintState, Component
from ..grid import MOST_ROWS, RowSpec, SectionSpec, decimal_of
from ..models import Blueprint, BlueprintRow, BlueprintSection
from ..queries.blueprints import specs_of, tree_of
from ..queries.grid_checks import check_grid


@transaction.atomic
def create_blueprint(level: Level, *, actor: User, title: str = "", minutes: int = 90) -> Blueprint:
    """An empty draft with one theory section."""
    blueprint = create_draft(level, actor, title, minutes, {"total": "60"})
    write_sections(blueprint, [SectionSpec(_("理论知识"))])
    audit.record(actor=actor, verb="blueprint.create", target=blueprint)
    return blueprint


@transaction.atomic
def save_blueprint(
    *,
    actor: User,
    blueprint: Blueprint,
    sections: Sequence[SectionSpec],
    title: str,
    minutes: int,
    pass_rules: dict[str, Any],
    target_difficulty: Decimal | None = None,
    seen: str = "",
) -> Blueprint:
    """Replace a draft's grid and options, all or nothing.

    ``seen`` is the :func:`stamp` the examiner was shown; a newer one is not overwritten. Raises Refusal
    (``blueprint_closed``, ``blueprint_newer``) and Invalid (``blueprint_rows``) with ``data.problems``.
    """
    blueprint = _lock(blueprint)
    _require_draft(blueprint)
    if seen and seen != stamp(blueprint):
        raise Refusal(
            "blueprint_newer",
            _("这份细目表在别处有更新的改动，没有覆盖。"),
            hint=_("请刷新页面查看最新内容，再改。"),
        )
    problems = [
        _("%(section)s 第 %(row)d 行：%(problem)s")
        % {"section": section.title or number, "row": place, "problem": problem}
        for number, section in enumerate(sections, start=1)
        for place, row in enumerate(section.rows, start=1)
        for problem in row.problems
    ]
    problems += [
        _("第 %d 部分没有名称") % n for n, section in enumerate(sections, start=1) if not section.title
    ]
    if problems:
        raise Invalid(
            "blueprint_rows",
            _("有 %(n)d 处要改，没有保存：%(first)s")
            % {"n": len(problems), "first": "；".join(problems[:3])},
            hint=_("标红的行写着原因。"),
            data={"problems": problems},
        )
    require_minutes(minutes)
    tree = tree_of(blueprint.level)
    if any(row.node not in tree.by_key for section in sections for row in section.rows):
        raise Invalid("node_foreign", _("有行指向本等级及以下等级之外的节点。"))
    if sum(len(section.rows) for section in sections) > MOST_ROWS:
        raise Invalid(
            "blueprint_long", _("细目表最多 %d 行。") % MOST_ROWS, hint=_("用工作任务代替单条技能要求。")
        )
    blueprint.title = title.strip()[:120] or blueprint.title
    blueprint.minutes, blueprint.pass_rules = minutes, pass_rules
    blueprint.target_difficulty = target_difficulty
    blueprint.save()
    blueprint.sections.all().delete()
    write_sections(blueprint, sections)
    audit.record(
        actor=actor,
        verb="blueprint.save",
        target=blueprint,
        data={"rows": sum(len(section.rows) for section in sections)},
    )
    return blueprint


@transaction.atomic
def mark_ready(*, actor: User, blueprint: Blueprint) -> Blueprint:
    """Settle a draft: from then on it can't be changed, and forms can be assembled.

    The bank may still be short (assembly says where); what is refused is a blueprint that contradicts itself.
    Raises Refusal (``blueprint_unfit``) with ``data.problems``. A ready blueprint stays as it is.
    """
    blueprint = _lock(blueprint)
    if blueprint.state == BlueprintState.READY:
        return blueprint
    _require_draft(blueprint)
    sections = specs_of(blueprint)
    check = check_grid(sections, tree_of(blueprint.level), [], edition_id=blueprint.edition_id)
    problems = check.problems + _rule_problems(blueprint.pass_rules, sections)
    if problems:
        raise Refusal(
            "blueprint_unfit",
            _("还不能定稿：%s") % "；".join(problems[:4]),
            hint=_("改好后再定稿。"),
            data={"problems": problems},
        )
    _move(blueprint, BlueprintState.READY)
    audit.record(
        actor=actor,
        verb="blueprint.ready",
        target=blueprint,
        data={"items": check.count, "points": str(check.points)},
    )
    return blueprint


@transaction.atomic
def copy_blueprint(*, actor: User, blueprint: Blueprint, title: str = "") -> Blueprint:
    """A draft like it, to change."""
    copied = Blueprint.objects.create(
        edition_id=blueprint.edition_id,
        level_id=blueprint.level_id,
        title=(title.strip() or _("%s（副本）") % blueprint.title)[:120],
        minutes=blueprint.minutes,
        pass_rules=blueprint.pass_rules,
        target_difficulty=blueprint.target_difficulty,
        created_by=actor,
    )
    write_sections(copied, specs_of(blueprint))
    audit.record(actor=actor, verb="blueprint.copy", target=copied, data={"from": blueprint.pk})
    return copied


@transaction.atomic
def retire_blueprint(*, actor: User, blueprint: Blueprint) -> Blueprint:
    """Take it out of use; its forms and exams stay as they are."""
    blueprint = _lock(blueprint)
    if blueprint.state == BlueprintState.RETIRED:
        return blueprint
    _move(blueprint, BlueprintState.RETIRED)
    audit.record(actor=actor, verb="blueprint.retire", target=blueprint)
    return blueprint


def read_pass_rules(total: str, theory: str = "", practical: str = "", domains: str = "") -> dict[str, Any]:
    """Pass rules from what was typed: percentages, empty for no rule; ``domains`` like ``1=40, 2=50``.

    Raises Invalid (``pass_rules``).
    """
    rules: dict[str, Any] = {}
    for name, label, typed in (
        ("total", _("总分"), total),
        ("theory", _("理论"), theory),
        ("practical", _("实操"), practical),
    ):
        if str(typed).strip():
            rules[name] = _percent(label, typed)
    pairs = [part for part in str(domains).replace("，", ",").replace("；", ",").split(",") if part.strip()]
    for pair in pairs:
        code, _equals, share = pair.replace("＝", "=").partition("=")
        rules.setdefault("domains", {})[code.strip()] = _percent(_("工作领域 %s") % code.strip(), share)
    if not rules:
        raise Invalid("pass_rules", _("至少要有一条合格规则。"), hint=_("例如总分得分率 60。"))
    return rules


def stamp(blueprint: Blueprint) -> str:
    """What tells one state of a draft from another."""
    return blueprint.updated_at.isoformat()


def _percent(label: str, typed: Any) -> str:
    share = decimal_of(typed)
    if share is None or not 0 <= share <= 100:
        raise Invalid(
            "pass_rules",
            _("%(label)s的合格线“%(typed)s”不是 0 到 100 之间的数。")
            % {"label": label, "typed": str(typed)[:20]},
            hint=_("填得分率百分数，例如 60。"),
        )
    return f"{share.normalize():f}"


def require_minutes(minutes: int) -> None:
    """Raises Invalid (``minutes``)."""
    if not 1 <= minutes <= 600:
        raise Invalid("minutes", _("时长须在 1 到 600 分钟之间。"))


def create_draft(level: Level, actor: User, title: str, minutes: int, rules: dict[str, Any]) -> Blueprint:
    """A draft's own row. Raises Refusal (``edition_unpublished``)."""
    if level.edition.state != EditionState.PUBLISHED:
        raise Refusal(
            "edition_unpublished",
            _("标准的这一版本尚未发布，不能据此拟细目表。"),
            hint=_("请标准管理员先发布。"),
        )
    require_minutes(minutes)
    title = title.strip()[:120] or _("%(level)s双向细目表 %(year)d") % {
        "level": level.name,
        "year": timezone.localdate().year,
    }
    return Blueprint.objects.create(
        edition_id=level.edition_id,
        level=level,
        title=title,
        minutes=minutes,
        pass_rules=rules,
        created_by=actor,
    )


def write_sections(blueprint: Blueprint, sections: Sequence[SectionSpec]) -> None:
    """Store sections and rows below a draft that has none."""
    for number, spec in enumerate(sections, start=1):
        section = BlueprintSection.objects.create(
            blueprint=blueprint,
            position=number,
            title=spec.title,
            component=spec.component,
            shuffle=spec.shuffle,
            shared=spec.shared,
        )
        BlueprintRow.objects.bulk_create(
            [_row(section, place, row) for place, row in enumerate(spec.rows, start=1)]
        )


def _row(section: BlueprintSection, position: int, spec: RowSpec) -> BlueprintRow:
    kind, _colon, pk = spec.node.partition(":")
    return BlueprintRow(
        section=section,
        position=position,
        kind=spec.kind,
        cognitive=spec.cognitive,
        difficulty_min=spec.hardest,
        difficulty_max=spec.easiest,
        count=spec.count,
        points_each=spec.points,
        **{f"{kind}_id": int(pk)},
    )


def _rule_problems(rules: dict[str, Any], sections: Sequence[SectionSpec]) -> list[str]:
    components = {section.component for section in sections if section.rows}
    problems = []
    if rules.get("practical") is not None and Component.PRACTICAL not in components:
        problems.append(_("合格规则要求实操达线，但没有实操部分"))
    if rules.get("theory") is not None and Component.THEORY not in components:
        problems.append(_("合格规则要求理论达线，但没有理论部分"))
    return problems


def _lock(blueprint: Blueprint) -> Blueprint:
    locked = (
        Blueprint.objects.select_for_update(of=("self",))
        .select_related("level", "edition")
        .filter(pk=blueprint.pk)
        .first()
    )
    if locked is None:
        raise NotFound("blueprint_gone", _("这份细目表已不存在。"))
    return locked


def _require_draft(blueprint: Blueprint) -> None:
    if blueprint.state != BlueprintState.DRAFT:
        raise Refusal(
            "blueprint_closed", _("细目表已定稿或停用，不能再改。"), hint=_("复制一份，在副本上改。")
        )


def _move(blueprint: Blueprint, to: BlueprintState) -> None:
    if to not in Blueprint.TRANSITIONS[BlueprintState(blueprint.state)]:
        raise Refusal("transition", _("细目表现在的状态不允许这样做。"), hint=_("刷新页面看最新状态。"))
    blueprint.state = to
    blueprint.save(update_fields=["state", "updated_at"])
