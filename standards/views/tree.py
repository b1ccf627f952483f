"""The editor of a draft's tree."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import allow
from accounts.enums import Role
from accounts.errors import Invalid, NotFound, Refusal

from ..enums import EditionState
from ..models import Domain, Edition, Level, Requirement, Task
from ..queries import tree as tree_queries
from ..queries.editions import edition_for
from ..services import tree as tree_services
from .editions import page_context

_PATHS: dict[str, tuple[type[Any], str]] = {
    "level": (Level, "edition"),
    "domain": (Domain, "level__edition"),
    "task": (Task, "domain__level__edition"),
    "requirement": (Requirement, "task__domain__level__edition"),
}


@allow(Role.KEEPER)
@require_safe
def tree_editor(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft's tree with a form at each node."""
    edition = edition_for(request.user, pk)
    if edition.state != EditionState.DRAFT:
        raise Refusal(
            "edition_not_draft", _("版本已发布，结构不能再改。"), hint=_("需要修改时，请导入新的版本。")
        )
    levels = tree_queries.levels_with_tree(edition)
    number = request.GET.get("level", "")
    chosen = next((level for level in levels if str(level.number) == number), levels[0] if levels else None)
    context = page_context(request, edition, levels, "edit")
    return render(request, "standards/editor.html", context | {"levels": levels, "level": chosen})


def _node(edition: Edition, kind: str, pk: str) -> Any:
    model, path = _PATHS.get(kind, (None, ""))
    found = None
    if model is not None and pk.isdecimal() and len(pk) < 19:
        found = model._default_manager.filter(**{path: edition, "pk": int(pk)}).first()
    if found is None:
        raise NotFound("node_unknown", _("结构中没有这一项，可能已被删除。"), hint=_("请刷新页面。"))
    return found


@allow(Role.KEEPER)
@require_POST
def tree_change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change of the tree: edit, add, up, down, move, delete, renumber."""
    edition = edition_for(request.user, pk)
    anchor = ""
    level_number = request.POST.get("level", "1")
    try:
        node = _node(edition, request.POST.get("kind", ""), request.POST.get("node", ""))
        anchor = _change(request, edition, node)
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} {refusal.hint}".strip())
        anchor = f"#{request.POST.get('kind', '')}-{request.POST.get('node', '')}"
    query = f"?level={level_number}" if level_number.isdecimal() else ""
    return redirect(f"{reverse('standards:editor', args=[pk])}{query}{anchor}")


def _change(request: HttpRequest, edition: Edition, node: Any) -> str:
    """Carry one change out; gives the anchor to come back to."""
    user: Any = request.user
    action = request.POST.get("action", "")
    kind = request.POST.get("kind", "")
    words, code = request.POST.get("words", ""), request.POST.get("code", "")
    if action == "renumber" and isinstance(node, Level):
        number = tree_services.renumber_level(actor=user, level=node)
        messages.success(request, _("已按次序重新编号，改动 %d 处。") % number)
        return ""
    if action == "add" and not isinstance(node, Requirement):
        added = tree_services.add_node(actor=user, parent=node, words=words, code=code)
        messages.success(request, _("已添加 %s。") % added.code)
        return f"#{added._meta.model_name}-{added.pk}"
    if isinstance(node, Level):
        raise Invalid("action_unknown", _("没有这种操作。"))
    if action == "edit":
        tree_services.edit_node(actor=user, node=node, code=code, words=words)
        messages.success(request, _("已保存 %s。") % node.code)
    elif action in ("up", "down"):
        if not tree_services.move_node(actor=user, node=node, step=-1 if action == "up" else 1):
            messages.info(request, _("已经在最前或最后。"))
    elif action == "move" and isinstance(node, Task | Requirement):
        parent_kind = "domain" if isinstance(node, Task) else "task"
        parent = _node(edition, parent_kind, request.POST.get("parent", ""))
        tree_services.move_to_parent(actor=user, node=node, parent=parent)
        messages.success(request, _("已移动，新编号 %s。") % node.code)
    elif action == "delete":
        tree_services.delete_node(actor=user, node=node)
        messages.success(request, _("已删除 %s。") % node.code)
        return ""
    else:
        raise Invalid("action_unknown", _("没有这种操作。"))
    return f"#{kind}-{node.pk}"
