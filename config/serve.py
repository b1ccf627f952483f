"""The three programs of a site.  `python -m config.serve web|worker|beat|health`

The supervisor and the containers start the same commands, built here from the same settings.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from pathlib import Path

from django.conf import settings

PROGRAMS = Path(sys.executable).parent


def web(host: str, port: int) -> list[str]:
    command = [
        str(PROGRAMS / "granian"),
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--no-ws",
    ]
    command += ["--workers", str(settings.WEB_PROCESSES), "--blocking-threads", str(settings.WEB_THREADS)]
    return [*command, "--respawn-failed-workers", "config.wsgi:application"]


def worker(name: str) -> list[str]:
    command = [str(PROGRAMS / "celery"), "-A", "config", "worker", "-l", "INFO", "-n", f"{name}@%h"]
    return [*command, "-c", str(settings.WORKER_PROCESSES), "--without-gossip", "--without-mingle"]


def beat(schedule: Path) -> list[str]:
    return [str(PROGRAMS / "celery"), "-A", "config", "beat", "-l", "INFO", "-s", str(schedule), "--pidfile="]


def is_healthy(port: int) -> bool:
    """Whether the web program on this machine answers, asked under a name that it serves."""
    host = next((name for name in settings.ALLOWED_HOSTS if "*" not in name), "localhost")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def main() -> None:
    port = int(os.environ.get("PORT", "8000"))
    which = sys.argv[1] if len(sys.argv) == 2 else ""
    if which == "health":
        sys.exit(0 if is_healthy(port) else 1)
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    commands = {
        "web": web("0.0.0.0", port),  # noqa: S104 - inside a container, behind the proxy
        "worker": worker("worker"),
        "beat": beat(settings.VAR_DIR / "beat-schedule"),
    }
    if which not in commands:
        sys.exit("usage: python -m config.serve web|worker|beat|health")
    os.execv(commands[which][0], commands[which])  # noqa: S606 - the program takes this process's place


if __name__ == "__main__":
    main()
