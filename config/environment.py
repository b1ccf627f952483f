"""Reading the environment: each variable is declared once with its default, its meaning and its check.

A wrong value stops the start; all wrong values are named together, each with a hint. A secret may be
given as NAME or as NAME_FILE, the path of a file that holds it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


@dataclass(frozen=True)
class Variable:
    """One documented variable; `docs/operations.md` lists them and a test compares."""

    name: str
    meaning: str
    default: str
    secret: bool = False


class Environment:
    """Declared variables of one process. Call `finish()` once all are read."""

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self.source = os.environ if source is None else source
        self.variables: dict[str, Variable] = {}
        self.problems: list[str] = []

    def _raw(self, name: str, *, secret: bool) -> str | None:
        value = self.source.get(name, "").strip()
        if value or not secret:
            return value or None
        path = self.source.get(f"{name}_FILE", "").strip()
        if not path:
            return None
        try:
            return Path(path).read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(f"{name}_FILE: {path} can't be read ({error.__class__.__name__})")
            return None

    def read(
        self,
        name: str,
        parse: Callable[[str], T],
        default: T,
        meaning: str,
        *,
        hint: str = "",
        secret: bool = False,
        required: bool = False,
    ) -> T:
        shown = "required" if required else "" if secret or default is None else str(default)
        self.variables[name] = Variable(name, meaning, shown, secret)
        raw = self._raw(name, secret=secret)
        if raw is None:
            if required and not any(p.startswith((f"{name}:", f"{name}_FILE:")) for p in self.problems):
                either = f" (or {name}_FILE)" if secret else ""
                self.problems.append(f"{name}: not set{either}. {meaning} {hint}".strip())
            return default
        try:
            return parse(raw)
        except ValueError as error:
            said = "its value" if secret else repr(raw)
            self.problems.append(f"{name}: {said} won't do: {error}. {hint}".strip())
            return default

    def text(self, name: str, default: str, meaning: str, **options: Any) -> str:
        return self.read(name, str, default, meaning, **options)

    def secret(self, name: str, default: str, meaning: str, *, at_least: int = 1, **options: Any) -> str:
        def parse(raw: str) -> str:
            if len(raw) < at_least:
                raise ValueError(f"it has {len(raw)} characters, at least {at_least} are needed")
            return raw

        return self.read(name, parse, default, meaning, secret=True, **options)

    def number(
        self, name: str, default: int, meaning: str, *, low: int = 0, high: int = 2**31, **options: Any
    ) -> int:
        def parse(raw: str) -> int:
            try:
                value = int(raw)
            except ValueError:
                raise ValueError("a whole number is needed") from None
            if not low <= value <= high:
                raise ValueError(f"it must lie between {low} and {high}")
            return value

        return self.read(name, parse, default, meaning, **options)

    def flag(self, name: str, default: bool, meaning: str, **options: Any) -> bool:
        def parse(raw: str) -> bool:
            if raw.lower() in TRUE | FALSE:
                return raw.lower() in TRUE
            raise ValueError("write 1 or 0")

        return self.read(name, parse, default, meaning, **options)

    def words(self, name: str, default: list[str], meaning: str, **options: Any) -> list[str]:
        def parse(raw: str) -> list[str]:
            return [word.strip() for word in raw.split(",") if word.strip()]

        return self.read(name, parse, default, meaning, **options)

    def choice(self, name: str, default: str, choices: tuple[str, ...], meaning: str, **options: Any) -> str:
        def parse(raw: str) -> str:
            if raw not in choices:
                raise ValueError(f"one of {', '.join(choices)} is needed")
            return raw

        return self.read(name, parse, default, meaning, **options)

    def path(self, name: str, default: Path, meaning: str, **options: Any) -> Path:
        return self.read(name, lambda raw: Path(raw).expanduser().resolve(), default, meaning, **options)

    def url(self, name: str, default: str, schemes: tuple[str, ...], meaning: str, **options: Any) -> str:
        def parse(raw: str) -> str:
            parts = urlsplit(raw)
            if parts.scheme not in schemes:
                raise ValueError(f"it must begin with {' or '.join(f'{s}://' for s in schemes)}")
            if not parts.hostname and not parts.query and parts.scheme != "unix":
                raise ValueError("it names no host")
            try:
                _ = parts.port
            except ValueError:
                raise ValueError("its port is no number") from None
            return raw

        return self.read(name, parse, default, meaning, **options)

    def finish(self) -> None:
        """Raise one error that names everything that is wrong."""
        if self.problems:
            lines = "\n".join(f"  - {problem}" for problem in self.problems)
            raise ImproperlyConfigured(
                f"The settings in the environment can't be used:\n{lines}\n"
                "docs/operations.md lists every variable with its meaning and default."
            )


def database_from_url(url: str) -> dict[str, Any]:
    """Django's database entry for postgresql://user:password@host:port/name?sslmode=require."""
    parts = urlsplit(url)
    options: dict[str, str] = {}
    host = unquote(parts.hostname or "")
    for pair in filter(None, parts.query.split("&")):
        key, _, value = pair.partition("=")
        if key == "host":
            host = unquote(value)
        else:
            options[key] = unquote(value)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def database_to_url(name: str, entry: Mapping[str, Any]) -> str:
    """The opposite of `database_from_url`, for a child process that works on another database."""
    from urllib.parse import quote

    login = quote(entry["USER"], safe="") + (
        f":{quote(entry['PASSWORD'], safe='')}" if entry["PASSWORD"] else ""
    )
    host, port = entry["HOST"], f":{entry['PORT']}" if entry["PORT"] else ""
    known = {k: v for k, v in entry.get("OPTIONS", {}).items() if k.startswith("ssl")}
    if host.startswith("/"):
        known, host = {"host": host, **known}, ""
    query = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in known.items())
    return f"postgresql://{login}@{host}{port}/{quote(name, safe='')}" + (f"?{query}" if query else "")
