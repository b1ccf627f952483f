"""Editing a draft's tree: add, rename, renumber, move, delete. Published editions never change."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.errors import Invalid, Refusal
from accounts.models import User
from accounts.services import audit

from ..enums import EditionState
from ..models import Domain, Edition, Level, Requirement, Task
from ..validators import clean_words
from .findings import NAME_LIMIT, TEXT_LIMIT

Node = Domain | Task | Requirement
Parent = Level | Domain | Task


def edition_of(node: Node | Level) -> Edition:
    """The edition a node stands in."""
    if isinstance(node, Level):
        return node.edition
    if isinstance(node, Domain):
        return node.level.edition
    if isinstance(node, Task):
        return node.domain.level.edition
    return node.task.domain.level.edition


def level_of(node: Node) -> Level:
    if isinstance(node, Domain):
        return node.level
    return node.domain.level if isinstance(node, Task) else node.task.domain.level


def parent_of(node: Node) -> Parent:
    if isinstance(node, Domain):
        return node.level
    return node.domain if isinstance(node, Task) else node.task


def words_of(node: Node) -> str:
    return node.text if isinstance(node, Requirement) else node.name


def _set_words(node: Node, words: str) -> None:
    if isinstance(node, Requirement):
        node.text = words
    else:
        node.name = words


def _siblings(parent: Parent) -> Any:
    if isinstance(parent, Level):
        return parent.domains
    return parent.tasks if isinstance(parent, Domain) else parent.requirements


@transaction.atomic
def edit_node(*, actor: User, node: Node, code: str, words: str) -> Node:
    """Change a node's code and its name or text."""
    _lock_draft(edition_of(node))
    code, words = _clean(node.__class__, code, words)
    before = {"code": node.code, "words": words_of(node)}
    if code != node.code:
        _check_code_free(level_of(node), node.__class__, code, node.pk)
    node.code = code
    _set_words(node, words)
    node.save()
    audit.record(
        actor=actor,
        verb="tree.edit",
        target=node,
        data={"before": before, "after": {"code": code, "words": words}},
    )
    return node


@transaction.atomic
def add_node(*, actor: User, parent: Parent, words: str, code: str = "") -> Node:
    """Add a domain, task or requirement at the end of its parent, with the next free code unless one is given."""
    _lock_draft(edition_of(parent))
    model: type[Node]
    if isinstance(parent, Level):
        model, key = Domain, "level"
    elif isinstance(parent, Domain):
        model, key = Task, "domain"
    else:
        model, key = Requirement, "task"
    siblings = _siblings(parent)
    code, words = _clean(model, code.strip() or _next_code(parent, siblings), words)
    level = parent if isinstance(parent, Level) else level_of(parent)
    _check_code_free(level, model, code, None)
    position = (siblings.aggregate(last=Max("position"))["last"] or 0) + 1
    node = model(**{key: parent, "code": code, "position": position})
    _set_words(node, words)
    node.save()
    audit.record(actor=actor, verb="tree.add", target=node, data={"code": code, "words": words})
    return node


@transaction.atomic
def move_node(*, actor: User, node: Node, step: int) -> bool:
    """Move a node up (-1) or down (+1) among its siblings; gives whether there was room."""
    _lock_draft(edition_of(node))
    siblings = list(_siblings(parent_of(node)).order_by("position", "pk"))
    index = next(i for i, sibling in enumerate(siblings) if sibling.pk == node.pk)
    target = index + (1 if step > 0 else -1)
    if not 0 <= target < len(siblings):
        return False
    siblings[index], siblings[target] = siblings[target], siblings[index]
    _store_positions(siblings)
    audit.record(actor=actor, verb="tree.move", target=node, data={"code": node.code, "step": step})
    return True


@transaction.atomic
def move_to_parent(*, actor: User, node: Task | Requirement, parent: Domain | Task) -> Node:
    """Move a task to another domain, or a requirement to another task, of the same edition; it goes to the end."""
    _lock_draft(edition_of(node))
    if edition_of(parent).pk != edition_of(node).pk:
        raise Invalid("other_edition", _("只能在同一个版本内移动。"))
    if isinstance(node, Task) != isinstance(parent, Domain):
        raise Invalid("wrong_parent", _("任务只能移到领域下，要求只能移到任务下。"))
    if parent_of(node).pk == parent.pk:
        return node
    siblings = _siblings(parent)
    code = _next_code(parent, siblings)
    _check_code_free(level_of(parent), node.__class__, code, node.pk)
    before = node.code
    position = (siblings.aggregate(last=Max("position"))["last"] or 0) + 1
    if isinstance(node, Task) and isinstance(parent, Domain):
        node.domain = parent
    elif isinstance(node, Requirement) and isinstance(parent, Task):
        node.task = parent
    node.code, node.position = code, position
    node.save()
    if isinstance(node, Task):
        _renumber(node.requirements.order_by("position"), code)
    audit.record(actor=actor, verb="tree.move", target=node, data={"before": before, "after": code})
    return node


@transaction.atomic
def delete_node(*, actor: User, node: Node) -> None:
    """Delete a node with everything below it."""
    edition = edition_of(node)
    _lock_draft(edition)
    audit.record(
        actor=actor,
        verb="tree.delete",
        target=node,
        data={"code": node.code, "words": words_of(node), "requirements": count_below(node)},
    )
    node.delete()


def count_below(node: Node) -> int:
    """How many requirements go with a node."""
    if isinstance(node, Requirement):
        return 1
    if isinstance(node, Task):
        return node.requirements.count()
    return Requirement.objects.filter(task__domain=node).count()


@transaction.atomic
def renumber_level(*, actor: User, level: Level) -> int:
    """Give every node of a level the code its place asks for (1, 1.1, 1.1.1 …); gives how many changed."""
    _lock_draft(level.edition)
    changed = 0
    for d, domain in enumerate(level.domains.order_by("position", "pk"), 1):
        changed += _give_code(domain, str(d), d)
        for t, task in enumerate(domain.tasks.order_by("position", "pk"), 1):
            changed += _give_code(task, f"{d}.{t}", t)
            changed += _renumber(task.requirements.order_by("position", "pk"), f"{d}.{t}")
    audit.record(actor=actor, verb="tree.renumber", target=level, data={"changed": changed})
    return changed


def _renumber(requirements: Any, prefix: str) -> int:
    return sum(_give_code(row, f"{prefix}.{number}", number) for number, row in enumerate(requirements, 1))


def _give_code(node: Node, code: str, position: int) -> int:
    if node.code == code and node.position == position:
        return 0
    changed = node.code != code
    node.code, node.position = code, position
    node.save(update_fields=["code", "position"])
    return int(changed)


def _store_positions(siblings: list[Node]) -> None:
    for position, sibling in enumerate(siblings, 1):
        if sibling.position != position:
            sibling.position = position
            sibling.save(update_fields=["position"])


def _lock_draft(edition: Edition) -> None:
    locked = Edition.objects.select_for_update().get(pk=edition.pk)
    if locked.state != EditionState.DRAFT:
        raise Refusal(
            "edition_not_draft",
            _("版本已发布，结构不能再改。"),
            hint=_("需要修改时，请导入新的版本。"),
        )


def _clean(model: type[Node], code: str, words: str) -> tuple[str, str]:
    code, words = "".join(clean_words(code).split()), clean_words(words)
    if not code or len(code) > 20:
        raise Invalid("code_invalid", _("编号不能为空，最多 20 个字符。"))
    if not words:
        raise Invalid("words_missing", _("名称或要求的文字不能为空。"))
    limit = TEXT_LIMIT if model is Requirement else NAME_LIMIT
    if len(words) > limit:
        raise Invalid("words_too_long", _("文字最多 %d 个字。") % limit)
    return code, words


def _check_code_free(level: Level, model: type[Node], code: str, own_pk: int | None) -> None:
    paths = {Domain: "level", Task: "domain__level", Requirement: "task__domain__level"}
    rows = model._default_manager.filter(**{paths[model]: level, "code": code})
    if own_pk is not None:
        rows = rows.exclude(pk=own_pk)
    if rows.exists():
        raise Refusal(
            "code_taken",
            _("%(level)s已有编号 %(code)s。") % {"level": level.name, "code": code},
            hint=_("请换一个编号，或先把另一个改掉；也可以用“按次序重新编号”。"),
        )


def _next_code(parent: Parent, siblings: Any) -> str:
    prefix = "" if isinstance(parent, Level) else f"{parent.code}."
    last = 0
    for code in siblings.values_list("code", flat=True):
        tail = code.rsplit(".", 1)[-1]
        if tail.isdecimal():
            last = max(last, int(tail))
    return f"{prefix}{last + 1}"
