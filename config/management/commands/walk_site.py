"""`manage.py walk_site`: follow every link that each role is shown, and photograph what it leads to.

Each role starts at its home; of pages of one kind (one address name) the first is taken. So it also tells which
pages nobody can reach. Exits 1 where a link leads to an error, a script fails, the content policy is breached or a
page is wider than a phone. Only GETs: nothing is changed. Needs a running site whose database this process sees.
"""

from __future__ import annotations

import html
import os
import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import Resolver404, get_resolver, resolve, reverse

from accounts.enums import Role
from accounts.models import User
from accounts.services.cast import make_demo_cast
from candidates.models import Candidate
from config import toolchain
from grading.models import Certificate

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
TALLEST = 12_000
NOT_PAGES = (".pdf", ".csv", ".zip", ".json", ".xlsx", ".docx", ".yaml", ".txt")
NEVER = {"accounts:sign_out", "candidates:ticket_sign_out", "candidates:lease", "set_language"}


@dataclass
class Visitor:
    """One who looks: a session (none for the public) and where to begin."""

    key: str
    label: str
    session: str = ""
    starts: list[str] = field(default_factory=list)


@dataclass
class Shot:
    visitor: str
    name: str
    path: str
    title: str


class Command(BaseCommand):
    help = "Follow every link as each role; errors and pictures of what was found, below var/walk/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default=os.environ.get("JOURNEY_BASE_URL", settings.SITE_URL))
        parser.add_argument("--out", type=Path, default=settings.VAR_DIR / "walk")
        parser.add_argument("--role", action="append", help="only this visitor (several times for several)")

    def handle(self, *args: Any, base_url: str, out: Path, role: list[str] | None, **options: Any) -> None:
        from playwright.sync_api import sync_playwright

        chromium = toolchain.find_chromium()
        if chromium is None:
            raise CommandError("Chromium is missing: python3 -I config/toolchain.py browser")
        visitors = [one for one in _visitors() if not role or one.key in role]
        if not role:
            shutil.rmtree(out, ignore_errors=True)
        self.problems: list[str] = []
        shots: list[Shot] = []
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=toolchain.CHROMIUM_ARGUMENTS)
            for visitor in visitors:
                taken = list(self._visit(browser, base_url, visitor, out))
                self.stdout.write(f"{visitor.label:<20} {len(taken)} pages")
                shots += taken
            browser.close()
        (out / "index.html").write_text(_index(shots), encoding="utf-8")
        self.stdout.write(f"{len(shots)} pages, {2 * len(shots)} pictures: {out / 'index.html'}")
        unseen = sorted(_page_names() - {shot.name for shot in shots})
        self.stdout.write(f"Addresses without a picture ({len(unseen)}): {', '.join(unseen)}")
        if self.problems:
            raise CommandError("\n".join(dict.fromkeys(self.problems)))

    def _visit(self, browser: Any, base: str, visitor: Visitor, out: Path) -> Iterator[Shot]:
        context = browser.new_context(viewport=WIDE, locale="zh-CN", timezone_id="Asia/Shanghai")
        if visitor.session:
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": visitor.session, "url": base}
            context.add_cookies([cookie])
        page = context.new_page()
        where = {"path": ""}
        page.on("pageerror", lambda error: self._note(visitor, where["path"], f"script error: {error}"))
        page.on("console", lambda message: self._console(visitor, where["path"], message))
        waiting, seen = deque(visitor.starts), set[str]()
        while waiting:
            path = where["path"] = waiting.popleft()
            name = _name(path)
            if not name or name in seen or name in NEVER or path.endswith(NOT_PAGES):
                continue
            seen.add(name)
            shot = self._take(page, base, visitor, path, out, seen)
            if shot is not None:
                yield shot
                waiting.extend(_links(page, base))
        context.close()

    def _take(
        self, page: Any, base: str, visitor: Visitor, path: str, out: Path, seen: set[str]
    ) -> Shot | None:
        from playwright.sync_api import Error

        page.set_viewport_size(WIDE)
        try:
            response = page.goto(base + path, wait_until="load")
        except Error as error:
            if "Download is starting" not in str(error) and "ERR_ABORTED" not in str(error):
                self._note(visitor, path, str(error).splitlines()[0])
            return None
        if response is None or "text/html" not in response.headers.get("content-type", ""):
            return None
        if response.status >= 400:
            self._note(visitor, path, f"answers {response.status} to a link it shows")
            return None
        name = _name(urlsplit(page.url).path)
        if name != _name(path) and name in seen:
            return None
        seen.add(name)
        folder = out / visitor.key
        folder.mkdir(parents=True, exist_ok=True)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            page.wait_for_timeout(150)
            _picture(page, size["width"], folder / f"{name.replace(':', '.')}-{size['width']}.png")
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            self._note(visitor, path, "is wider than a screen of 390 px")
        return Shot(visitor.key, name, path, page.title())

    def _note(self, visitor: Visitor, path: str, what: str) -> None:
        self.problems.append(f"{visitor.key} {path}: {what}")

    def _console(self, visitor: Visitor, path: str, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self._note(visitor, path, message.text.splitlines()[0])


def _picture(page: Any, width: int, target: Path) -> None:
    height = min(TALLEST, max(1, int(page.evaluate("document.documentElement.scrollHeight"))))
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    page.screenshot(path=str(target), full_page=True, clip=clip, animations="disabled")


def _visitors() -> list[Visitor]:
    """The public and one person of each role; as candidate one who holds a certificate, where there is one."""
    cast = make_demo_cast()
    certificate = Certificate.objects.order_by("pk").first()
    starts = [
        reverse("accounts:sign_in"),
        reverse("accounts:styleguide"),
        reverse("candidates:ticket_sign_in"),
    ]
    starts += [reverse("grading:verify"), reverse("grading:api_docs")]
    if certificate is not None:
        starts.append(reverse("grading:verify_number", args=[certificate.number]))
    visitors = [Visitor("public", "公众", starts=starts)]
    for entry in cast.sign_ins():
        user = cast.users[entry.username]
        if entry.role == Role.CANDIDATE:
            holder = Candidate.objects.filter(certificates__isnull=False, user__isnull=False).first()
            user = holder.user if holder is not None and holder.user is not None else user
        begin = [reverse("accounts:home"), reverse("accounts:password")]
        if entry.role == Role.CANDIDATE:
            begin.append(reverse("candidates:home"))
        visitors.append(Visitor(str(entry.role), str(entry.role.label), _session(user), begin))
    return visitors


def _session(user: User) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.set_expiry(3600)
    store.save()
    return str(store.session_key)


def _name(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def _links(page: Any, base: str) -> list[str]:
    """Paths of this site that the page links to, in order."""
    targets = page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.href)")
    here = urlsplit(base).netloc
    return [urlsplit(target).path for target in targets if urlsplit(target).netloc == here]


def _page_names() -> set[str]:
    """Address names whose view may answer a GET with a page: neither the API nor what only takes posts."""

    def walk(patterns: list[Any], space: str) -> Iterator[str]:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from walk(pattern.url_patterns, inner)
            elif pattern.name and not getattr(pattern.callback, "cls", None):
                yield space + pattern.name

    return set(walk(get_resolver().url_patterns, "")) - NEVER - {"healthz", "readyz"}


def _index(shots: list[Shot]) -> str:
    rows = []
    for shot in shots:
        stem = f"{shot.visitor}/{shot.name.replace(':', '.')}"
        wide, narrow = f"{stem}-{WIDE['width']}.png", f"{stem}-{NARROW['width']}.png"
        title = html.escape(f"{shot.visitor} · {shot.title}")
        rows.append(
            f"<section><h2>{title}</h2><p><code>{html.escape(shot.name)}</code> {html.escape(shot.path)}</p>"
            f'<a href="{wide}"><img src="{wide}" width="640" loading="lazy" alt="{title}, 1280 px"></a> '
            f'<a href="{narrow}"><img src="{narrow}" width="195" loading="lazy" alt="{title}, 390 px"></a></section>'
        )
    style = (
        "body{font:16px/1.6 system-ui,sans-serif;margin:2rem}img{border:1px solid #ccc;vertical-align:top}"
    )
    return (
        '<!doctype html><html lang="zh-hans"><meta charset="utf-8"><title>量才：页面图</title>'
        f"<style>{style}</style><h1>量才：页面图</h1>{''.join(rows)}</html>\n"
    )
