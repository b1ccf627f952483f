"""Bring the message catalogues up to date with the code (Babel, so that no system gettext is needed)."""

from __future__ import annotations

import io
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import templatize

KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}

LITERAL = r"""(?:u?'(?:\\.|[^'\\])*'|u?"(?:\\.|[^"\\])*")"""
CALL = re.compile(rf"\b(?:_|gettext|ngettext|pgettext|npgettext)\(\s*{LITERAL}(?:\s*,\s*{LITERAL})*")


class Command(BaseCommand):
    help = "Collect the texts of code and templates into locale/<language>/LC_MESSAGES/django.po."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; end with 1 if a text lacks translation"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        template = collect(Path(settings.BASE_DIR))
        lacking = 0
        for language, _name in settings.LANGUAGES:
            if language == settings.LANGUAGE_CODE:
                continue
            path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
            catalog = merged(path, language, template)
            missing = [message for message in catalog if message.id and not is_translated(message)]
            lacking += len(missing)
            self.stdout.write(f"{language}: {len(catalog)} texts, {len(missing)} not translated")
            if options["check"]:
                for message in missing:
                    self.stdout.write(
                        f"  {message.id!r} ({message.locations[0][0] if message.locations else '?'})"
                    )
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(
                    file, catalog, width=110, sort_output=True, ignore_obsolete=True, include_lineno=False
                )
        if options["check"] and lacking:
            raise CommandError(f"{lacking} texts lack a translation")


def is_translated(message: Any) -> bool:
    """Whether every form of the message has words."""
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def collect(root: Path) -> Catalog:
    """All marked texts of our apps and templates."""
    catalog = Catalog(domain="django", fuzzy=False)
    for path in sources(root):
        text = path.read_text("utf-8")
        place = path.relative_to(root).as_posix()
        if path.suffix == ".html":
            text = marked_calls(templatize(text, origin=place))
        found = extract(
            "python", io.BytesIO(text.encode("utf-8")), keywords=KEYWORDS, options={"encoding": "utf-8"}
        )
        for line, message, comments, context in found:
            catalog.add(message, locations=[(place, line)], auto_comments=comments, context=context)
    return catalog


def marked_calls(text: str) -> str:
    """Only the calls with texts of a templatised page, one a line; what lies between them is not Python."""
    lines: list[str] = []
    end = 0
    for call in CALL.finditer(text):
        lines.append("\n" * text.count("\n", end, call.start()) + call[0].rstrip(" ,") + ")")
        end = call.end()
    return ";".join(lines).replace(";\n", "\n")


def sources(root: Path) -> Iterator[Path]:
    """The files that may hold texts, in order of name."""
    for app in [*settings.LOCAL_APPS, "config"]:
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    yield from sorted((root / "templates").rglob("*.html"))


def merged(path: Path, language: str, template: Catalog) -> Catalog:
    """The catalogue of the file with the texts of the template: known translations are kept, no guesses are made."""
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    else:
        catalog = Catalog(locale=language, domain="django", project="liangcai", fuzzy=False)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalog.header_comment = f"# Liangcai, texts in {language}. Update: manage.py updatemessages"
    catalog.project, catalog.version = "liangcai", "1"
    catalog.copyright_holder = catalog.msgid_bugs_address = ""
    catalog.last_translator = catalog.language_team = ""
    return catalog
