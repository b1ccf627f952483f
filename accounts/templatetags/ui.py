"""`{% load ui %}`: the components as template tags. The style-guide page shows each of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ..icons import ICONS
from ..looks import LOOKS, look_of

register = template.Library()


# ---------------------------------------------------------------- small pieces


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon as inline SVG. Decorative unless a label is given. size: "" or "l"."""
    paths = format_html_join("", '<path d="{}"/>', ((path,) for path in ICONS.get(name, ICONS["dot"])))
    classes = f"icon icon--{size}" if size else "icon"
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', classes, label, paths
        )
    return format_html('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, paths)


@register.simple_tag
def badge(state: Any, label: Any = "", tone: str = "", icon_name: str = "") -> SafeString:
    """A state as icon and word. `{% badge item.state item.get_state_display %}`.

    A TextChoices member brings its own label; tone and icon_name override the usual look.
    """
    look_tone, look_icon = look_of(str(state))
    words = label or getattr(state, "label", "") or str(state)
    return format_html(
        '<span class="badge" data-tone="{}">{}{}</span>',
        tone or look_tone,
        icon(icon_name or look_icon),
        words,
    )


@register.simple_tag
def yes_no(value: Any, yes: str = "", no: str = "") -> SafeString:
    """A truth value as a badge."""
    if value:
        return badge("valid", yes or _("是"))
    return badge("inactive", no or _("否"))


@register.simple_tag
def heat(value: Any, level: int | str, label: str = "") -> SafeString:
    """A figure on the heat scale (level 0 to 5); label says in words what it means."""
    text = format_html('<span class="sr-only">{}</span>', label) if label else ""
    return format_html('<span class="heat" data-heat="{}" title="{}">{}{}</span>', level, label, value, text)


# ---------------------------------------------------------------- forms


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: str = "", help_text: str = "", css: str = "") -> dict[str, Any]:
    """A form field with label, help and errors. Django ties them to the input by aria-describedby."""
    widget = bound.field.widget
    return {
        "field": bound,
        "label": label or bound.label,
        "help_text": help_text or bound.help_text,
        "css": css,
        "is_check": isinstance(widget, CheckboxInput),
        "is_group": isinstance(widget, RadioSelect | CheckboxSelectMultiple),
        "optional": not bound.field.required,
    }


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: Any, quiet: bool = False) -> dict[str, Any]:
    """The summary above a form: its own errors, and links to the fields that have one.

    It takes the focus when the page opens, unless quiet.
    """
    return {"form": form, "quiet": quiet}


# ---------------------------------------------------------------- lists


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], name: str = "page") -> dict[str, Any]:
    """Page links that keep the other parameters of the address."""
    paginator = page.paginator
    numbers: Iterable[Any] = paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {
        "request": context.get("request"),
        "page": page,
        "numbers": [(number, _query(context, **{name: number})) for number in numbers],
        "previous": _query(context, **{name: page.previous_page_number()}) if page.has_previous() else "",
        "next": _query(context, **{name: page.next_page_number()}) if page.has_next() else "",
        "ellipsis": paginator.ELLIPSIS,
    }


@register.inclusion_tag("components/sort_head.html", takes_context=True)
def sort_head(context: Context, label: str, key: str, css: str = "", name: str = "sort") -> dict[str, Any]:
    """A table head that sorts by `?sort=key`, then `?sort=-key`."""
    current = str(_params(context).get(name, ""))
    direction = "ascending" if current == key else "descending" if current == f"-{key}" else ""
    target = f"-{key}" if direction == "ascending" else key
    shown = {"ascending": "sort-up", "descending": "sort-down"}.get(direction, "sort")
    query = _query(context, **{name: target, "page": None})
    return {"label": label, "css": css, "direction": direction, "query": query, "icon_name": shown}


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """The address' parameters with changes: `<a href="{% query page=2 %}">`. None removes one."""
    return _query(context, **changes)


@register.inclusion_tag("components/empty.html")
def empty(
    title: str, hint: str = "", url: str = "", action: str = "", icon_name: str = "archive"
) -> dict[str, Any]:
    """What to show instead of nothing: what is missing and what to do next."""
    return {"title": title, "hint": hint, "url": url, "action": action, "icon_name": icon_name}


@register.inclusion_tag("components/stat.html")
def stat(label: str, value: Any, hint: str = "", url: str = "", tone: str = "") -> dict[str, Any]:
    """One figure inside `<div class="stats">`."""
    return {"label": label, "value": value, "hint": hint, "url": url, "tone": tone}


@register.simple_tag
def crumb(label: Any, url: str = "") -> SafeString:
    """One step of the breadcrumbs, inside the block `breadcrumbs`."""
    if url:
        return format_html('<li><a href="{}">{}</a></li>', url, label)
    return format_html('<li aria-current="page">{}</li>', label)


@register.inclusion_tag("components/tree.html")
def tree(nodes: Iterable[Mapping[str, Any]], label: str = "", current: str = "") -> dict[str, Any]:
    """The standard's tree. For the shape of a node see templates/components/tree.html."""
    return {"nodes": nodes, "label": label or _("标准结构"), "current": current, "root": True}


# ---------------------------------------------------------------- feedback


@register.inclusion_tag("components/progress.html")
def progress(
    value: Any, maximum: Any = 100, label: str = "", tone: str = "", inline: bool = False, figures: str = ""
) -> dict[str, Any]:
    """A bar with its words. value None: at work, end unknown."""
    share = round(100 * float(value) / float(maximum)) if value is not None and maximum else 0
    return {
        "value": value,
        "maximum": maximum,
        "label": label,
        "tone": tone,
        "inline": inline,
        "share": share,
        "figures": figures,
    }


@register.inclusion_tag("components/callout.html")
def callout(
    title: str = "", text: str = "", hint: str = "", tone: str = "accent", icon_name: str = ""
) -> dict[str, Any]:
    """A box that stays: title, text, and how to mend it. tone: accent success warn danger neutral."""
    icons = {"success": "check-circle", "warn": "warn", "danger": "danger"}
    return {
        "title": title,
        "text": text,
        "hint": hint,
        "tone": tone,
        "icon_name": icon_name or icons.get(tone, "info"),
    }


# ---------------------------------------------------------------- words and figures


@register.filter
def points(value: Any) -> str:
    """A Decimal without needless zeros: 2.50 → 2.5, 10.00 → 10, None → —."""
    if value is None or value == "":
        return "—"
    number = Decimal(str(value))
    text = f"{number.normalize():f}"
    return "0" if text == "-0" else text


@register.filter
def percent(value: Any, places: int = 0) -> str:
    """A share 0..1 as a percentage; None → —."""
    if value is None or value == "":
        return "—"
    return f"{float(value) * 100:.{places}f}%"


@register.filter
def span(value: Any) -> str:
    """A timedelta or seconds in words: 1 小时 30 分, 45 分, 20 秒; None → —."""
    if value is None or value == "":
        return "—"
    seconds = int(value.total_seconds()) if isinstance(value, timedelta) else int(value)
    hours, rest = divmod(max(seconds, 0), 3600)
    minutes, left = divmod(rest, 60)
    parts = []
    if hours:
        parts.append(_("%(n)d 小时") % {"n": hours})
    if minutes:
        parts.append(_("%(n)d 分") % {"n": minutes})
    if not parts or (left and not hours):
        parts.append(_("%(n)d 秒") % {"n": left})
    return " ".join(parts)


@register.filter
def pairs(mapping: Any) -> list[tuple[Any, Any]]:
    """`{% for key, value in mapping|pairs %}`: unlike `.items` it is not misled by a key named "items"."""
    return list(mapping.items()) if isinstance(mapping, Mapping) else []


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """`{{ mapping|get:key }}` for a variable key; None where it is missing."""
    try:
        return mapping.get(key)
    except AttributeError:
        return None


@register.filter
def known_state(value: Any) -> bool:
    """Whether a state value has a look of its own."""
    return str(value) in LOOKS


@register.filter
def status_title(status: Any) -> str:
    """The heading of an error page."""
    return {
        400: _("提交的内容有误"),
        403: _("没有权限"),
        404: _("找不到"),
        409: _("现在不能这样做"),
        413: _("内容太大"),
        429: _("操作太频繁"),
        500: _("系统出错"),
        503: _("暂时无法服务"),
    }.get(status, _("未能完成"))


@register.filter
def facts(data: Any) -> list[tuple[str, list[str]]]:
    """A refusal's data for people: each entry as a list of lines, fifty at most."""
    found = []
    for key, value in (data or {}).items():
        lines = value if isinstance(value, list | tuple) else [value]
        shown = [_fact_line(line) for line in lines[:50]]
        if len(lines) > 50:
            shown.append(_("……另有 %(n)d 条") % {"n": len(lines) - 50})
        found.append((key, shown))
    return found


def _fact_line(value: Any) -> str:
    if isinstance(value, Mapping):
        return "；".join(str(part) for part in value.values() if part not in (None, ""))
    return str(value)


@register.simple_tag
def json_data(value: Any, element_id: str) -> SafeString:
    """Data for a script: `<script type="application/json" id=…>`; read with JSON.parse(textContent)."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    safe = text.replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026")
    return format_html('<script type="application/json" id="{}">{}</script>', element_id, mark_safe(safe))


def _params(context: Context) -> Mapping[str, Any]:
    request = context.get("request")
    return request.GET if request is not None else {}


def _query(context: Context, **changes: Any) -> str:
    request = context.get("request")
    if request is None:
        return "?"
    params = request.GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            params.pop(key, None)
        else:
            params[key] = str(value)
    return f"?{params.urlencode()}"
