"""Compile locale/**/*.po to .mo with Babel, so that no system gettext is needed. Only what has changed is written."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_all(folder: Path = LOCALE, *, force: bool = False) -> list[Path]:
    """Write the .mo beside each .po that is newer; returns what was written. Raises PoFileError on a broken file."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not force and target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with open(source, encoding="utf-8") as file:
            catalog = read_po(file, abort_invalid=True)
        draft = target.with_suffix(".mo.new")
        with open(draft, "wb") as file_out:
            write_mo(file_out, catalog)
        draft.replace(target)
        written.append(target)
    return written


def problems(folder: Path = LOCALE) -> list[str]:
    """Entries whose placeholders differ from their source, which would fail only when the page is shown."""
    found = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        with open(source, encoding="utf-8") as file:
            catalog = read_po(file, abort_invalid=True)
        for message, errors in catalog.check():
            found += [f"{source}:{message.lineno}: {error}" for error in errors]
    return found


if __name__ == "__main__":
    try:
        for path in compile_all(force="--force" in sys.argv):
            print(path)
        if found := problems():
            sys.exit("\n".join(found))
    except PoFileError as error:
        sys.exit(f"a message file is broken: {error}")
