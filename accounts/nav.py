"""The side navigation: links that apps register in `AppConfig.ready`, shown by the active role.

from accounts.nav import register_nav
register_nav(Role.AUTHOR, Role.REVIEWER, label=_("题库"), url_name="assessments:item_list", icon="item")
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from .enums import Role

GROUPS: dict[str, Any] = {
    "": "",
    "standards": _("标准"),
    "bank": _("命题组卷"),
    "delivery": _("考务"),
    "grading": _("阅卷与成绩"),
    "admin": _("系统"),
}
"""Titles of the groups, in the order they are shown."""


@dataclass(frozen=True)
class NavLink:
    """A link of the navigation. label may be lazy; order sorts within its group."""

    roles: frozenset[Role]
    label: Any
    url_name: str
    icon: str
    group: str = ""
    order: int = 50


@dataclass(frozen=True)
class ShownLink:
    label: Any
    url: str
    icon: str
    current: str


@dataclass(frozen=True)
class ShownGroup:
    title: Any
    links: list[ShownLink]


_links: dict[tuple[str, Any], NavLink] = {}


def register_nav(
    *roles: Role, label: Any, url_name: str, icon: str, group: str = "", order: int = 50
) -> None:
    """Add a link for the roles (no role: everyone who is signed in). Registering twice changes nothing."""
    if group not in GROUPS:
        raise ValueError(f"unknown navigation group {group!r}; known: {', '.join(GROUPS)}")
    key = (url_name, frozenset(roles))
    _links[key] = NavLink(frozenset(roles), label, url_name, icon, group, order)


def registered() -> Iterable[NavLink]:
    """All links, for tests and the style guide."""
    return _links.values()


def navigation(role: Role | None, path: str) -> list[ShownGroup]:
    """The groups and links of a role; the link whose address is the longest prefix of path is current."""
    shown: dict[str, list[tuple[int, NavLink, str]]] = {name: [] for name in GROUPS}
    for link in _links.values():
        if link.roles and role not in link.roles:
            continue
        try:
            url = reverse(link.url_name)
        except NoReverseMatch:
            continue
        shown[link.group].append((link.order, link, url))
    urls = [url for entries in shown.values() for _order, _link, url in entries]
    here = max((url for url in urls if _within(path, url)), key=len, default="")
    groups = []
    for name, entries in shown.items():
        entries.sort(key=lambda entry: entry[0])
        links = [
            ShownLink(link.label, url, link.icon, _current(path, url, here)) for _order, link, url in entries
        ]
        if links:
            groups.append(ShownGroup(GROUPS[name], links))
    return groups


def _within(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url if url.endswith("/") else f"{url}/"))


def _current(path: str, url: str, here: str) -> str:
    if url != here:
        return ""
    return "page" if path == url else "true"
