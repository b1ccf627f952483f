"""Secrets of a private site: made at first start, kept in files that only their owner reads."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

MAKERS: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(64),
    "identity_key": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "identity_pepper": lambda: secrets.token_urlsafe(48),
    "server_password": lambda: secrets.token_urlsafe(24),
}


def ensure(folder: Path) -> dict[str, str]:
    """All secrets of the folder; the missing ones are made. Safe when several processes start at once."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {name: _one(folder / name, make) for name, make in MAKERS.items()}


def _one(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        # Written aside and linked into place: a reader sees a whole secret or none, the first writer wins.
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


if __name__ == "__main__":
    names = {name.replace("_", "-"): make for name, make in MAKERS.items()}
    if len(sys.argv) != 2 or sys.argv[1] not in names:
        sys.exit(f"usage: python -m config.secrets_store {'|'.join(names)}")
    print(names[sys.argv[1]]())
