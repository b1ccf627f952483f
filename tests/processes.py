"""Real processes for tests: a Celery worker and a granian site on the test database."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent


def wait_until(condition: Callable[[], object], seconds: float = 30, what: str = "the condition") -> None:
    """Ask again and again; AssertionError when it does not come true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come true within {seconds:g} s")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def child_environment() -> dict[str, str]:
    """The environment in which a child process works on this test process's database and Redis keys."""
    from django.conf import settings
    from django.db import connection

    from config.environment import database_to_url

    name = str(connection.settings_dict["NAME"])
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    return environment | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": database_to_url(name, connection.settings_dict),
        "REDIS_URL": settings.REDIS_URL,
        "LIANGCAI_REDIS_PREFIX": settings.REDIS_PREFIX,
        "PYTHONUNBUFFERED": "1",
    }


class Process:
    """A child in its own process group with a log, stopped with all it has started."""

    ready_seconds = 60.0

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.child: subprocess.Popen[bytes] | None = None

    def is_ready(self) -> bool:
        return True

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def start(self) -> None:
        if self.running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + self.ready_seconds
        while not self.is_ready():
            if not self.running or time.monotonic() > until:
                self.kill()
                raise AssertionError(
                    f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-4000:]}"
                )
            time.sleep(0.1)

    def signal(self, number: int) -> None:
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, number)

    def stop(self) -> None:
        """Ask politely, then insist."""
        if self.child is None:
            return
        if self.running:
            os.kill(self.child.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(15)
        self.kill()

    def kill(self) -> None:
        """End the process and its children at once, as a crash would."""
        if self.child is not None:
            self.signal(signal.SIGKILL)
            self.child.wait(10)
            self.child = None


class CeleryWorker(Process):
    """`celery worker` with two processes on this test database's queue."""

    def __init__(self, environment: dict[str, str], log: Path, *, processes: int = 2) -> None:
        command = [
            str(PROGRAMS / "celery"),
            "-A",
            "config",
            "worker",
            "--loglevel=INFO",
            f"--concurrency={processes}",
        ]
        command += ["--without-gossip", "--without-mingle", "-n", f"test-{os.getpid()}@%h"]
        super().__init__("the Celery worker", command, environment, log)

    def is_ready(self) -> bool:
        return self.log.exists() and b" ready." in self.log.read_bytes()


class Site(Process):
    """granian with two processes on this test database."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [
            str(PROGRAMS / "granian"),
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        command += ["--workers", "1", "--blocking-threads", "8", "--no-ws", "config.wsgi:application"]
        super().__init__("the site", command, environment | {"LIANGCAI_SITE_URL": self.url}, log)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def clear_redis() -> None:
    """Remove this test process's keys: its queue and its cache."""
    import redis
    from django.conf import settings

    client = redis.Redis.from_url(settings.REDIS_URL)
    with contextlib.closing(client):
        keys = list(client.scan_iter(match=f"{settings.REDIS_PREFIX}:*", count=1000))
        if keys:
            client.delete(*keys)


def queued_messages() -> Iterator[tuple[str, list[object], dict[str, object]]]:
    """Take the waiting messages off the real queue, as (task name, args, kwargs), until it is empty."""
    import base64
    import json

    import redis
    from django.conf import settings

    client = redis.Redis.from_url(settings.REDIS_URL)
    with contextlib.closing(client):
        while raw := client.rpop(f"{settings.REDIS_PREFIX}:queue:celery"):
            message = json.loads(raw)
            args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
            yield message["headers"]["task"], args, kwargs


class CeleryBeat(Process):
    """`celery beat`, which sends the periodic work of this test database's queue."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        command = [str(PROGRAMS / "celery"), "-A", "config", "beat", "--loglevel=INFO", "--pidfile="]
        command += ["-s", str(log.with_suffix(".schedule"))]
        super().__init__("beat", command, environment, log)
