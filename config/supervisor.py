"""Runs a whole site on one machine: servers, migrations, web, worker and beat, and what is done with them.

    python -m config.supervisor demo|journey|shots|bench|stop

Everything it starts is written down in var/run/, so that the next start (or `make stop`) ends what a killed one
left behind, and nothing else: a process is known by its id together with the time it began.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from config import embedded

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 20.0
MOST_RESTARTS = 5


class Stopped(Exception):
    """The user or the system asked us to stop."""


class Failed(Exception):
    """Something can't go on; the text says what and what to do."""


def say(text: str = "") -> None:
    print(text, flush=True)


# ------------------------------------------------------------------ processes by id and birth


def birth(pid: int) -> str:
    """When the process began, as its system tells; '' when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        fields = stat.rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except OSError:
        if Path("/proc/self").exists():
            return ""
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return shown.stdout.strip()


def _die_with_parent() -> None:
    """Linux: a child whose supervisor is killed hard is asked to stop as well."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _end_group(pid: int, born: str, seconds: float = STOP_SECONDS) -> None:
    """Stop the process group of a process we started: ask, wait, insist."""
    if not born or birth(pid) != born:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + seconds
    while birth(pid) == born and time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


class Record:
    """var/run/<name>.json: the supervisor and its children, for whoever comes after."""

    def __init__(self, var: Path, name: str) -> None:
        self.path = var / "run" / f"{name}.json"

    def read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            return kept if isinstance(kept, dict) else {}
        except (OSError, ValueError):
            return {}

    def write(self, children: list[tuple[str, int]], **more: Any) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        entry = {
            "supervisor": [os.getpid(), birth(os.getpid())],
            "children": [[name, pid, birth(pid)] for name, pid in children],
            **more,
        }
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(entry), encoding="utf-8")
        draft.replace(self.path)

    def owner(self) -> int:
        """The supervisor that is still alive, or 0."""
        pid, born = self.read().get("supervisor", [0, ""])
        return pid if born and birth(pid) == born and pid != os.getpid() else 0

    def clear(self) -> None:
        """End children that a killed supervisor left behind."""
        for _name, pid, born in self.read().get("children", []):
            _end_group(pid, born)
        self.path.unlink(missing_ok=True)


# ------------------------------------------------------------------ ports


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:  # URLError is one
        return False


def wanted_port() -> int:
    raw = os.environ.get("PORT", "8000")
    if not raw.isdigit() or not 1 <= int(raw) <= 65535:
        raise Failed(f"PORT={raw} is not a port number; give one from 1024 to 65535.")
    return int(raw)


# ------------------------------------------------------------------ the site


class Child:
    """One program of the site, restarted when it dies by itself."""

    def __init__(self, name: str, command: list[str], log: Path) -> None:
        self.name, self.command, self.log = name, command, log
        self.process: subprocess.Popen[bytes] | None = None
        self.restarts: list[float] = []

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def tail(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


class Site:
    """web, worker and beat on one port, with everything below var/."""

    def __init__(self, name: str, port: int) -> None:
        self.var = embedded.default_var()
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.record = Record(self.var, name)
        self.children: list[Child] = []

    def prepare(self) -> None:
        """Servers, database, messages and static files; each quick when there is nothing to do."""
        embedded.hold_if_needed()
        os.environ.update(embedded.environ())
        import django

        django.setup()
        from django.core.management import call_command

        from config import messages

        if messages.compile_all():
            say("Compiled the message catalogues.")
        call_command("migrate", interactive=False, verbosity=0)
        self._collect_static()
        connections_closed()

    def _collect_static(self) -> None:
        from django.conf import settings
        from django.core.management import call_command

        digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
        for path in sorted((ROOT / "static").rglob("*")):
            stat = path.stat()
            digest.update(f"{path.relative_to(ROOT)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        if stamp.exists() and stamp.read_text() == digest.hexdigest():
            return
        say("Collecting static files ...")
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(digest.hexdigest())

    def start(self) -> None:
        from config import serve

        logs, name = self.var / "log", self.record.path.stem
        programs = {
            "web": serve.web("127.0.0.1", self.port),
            "worker": serve.worker(f"{name}-{self.port}"),
            "beat": serve.beat(self.var / "run" / f"beat-{name}"),
        }
        for program, command in programs.items():
            log = logs / f"{name}-{program}.log"
            if log.exists():
                log.replace(log.with_suffix(".log.1"))
            child = Child(program, command, log)
            child.start()
            self.children.append(child)
            self._write_record()
        self._await_web()
        self._await_worker()

    def _write_record(self) -> None:
        alive = [(c.name, c.process.pid) for c in self.children if c.process is not None]
        self.record.write(alive, url=self.url)

    def _await_web(self, seconds: float = 60) -> None:
        web, until = self.children[0], time.monotonic() + seconds
        while time.monotonic() < until:
            if web.died():
                raise Failed(f"The web server did not start. The end of {web.log}:\n{web.tail()}")
            if answers(f"{self.url}/readyz"):
                return
            time.sleep(0.1)
        raise Failed(f"{self.url}/readyz does not answer. The end of {web.log}:\n{web.tail()}")

    def _await_worker(self, seconds: float = 60) -> None:
        worker, until = self.children[1], time.monotonic() + seconds
        while b" ready." not in worker.log.read_bytes():
            if worker.died() or time.monotonic() > until:
                raise Failed(f"The Celery worker did not start. The end of {worker.log}:\n{worker.tail()}")
            time.sleep(0.1)

    def watch(self) -> None:
        """Keep the children alive until we are told to stop."""
        while True:
            time.sleep(0.5)
            for child in self.children:
                if not child.died():
                    continue
                now = time.monotonic()
                child.restarts = [moment for moment in child.restarts if now - moment < 60] + [now]
                if len(child.restarts) > MOST_RESTARTS:
                    raise Failed(f"{child.name} keeps dying. The end of {child.log}:\n{child.tail()}")
                say(f"{child.name} ended by itself and is started again; see {child.log}")
                child.start()
                self._write_record()

    def stop(self) -> None:
        """Beat first, so that nothing new is queued; then the worker finishes what it holds; then the web."""
        for child in reversed(self.children):
            if child.process is not None:
                _end_group(child.process.pid, birth(child.process.pid))
        self.children.clear()
        self.record.path.unlink(missing_ok=True)


def connections_closed() -> None:
    from django.db import connections

    connections.close_all()


@contextlib.contextmanager
def stopping_on_signals() -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP become Stopped; while we clean up, further ones are not listened to."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)
    yield


def has_command(name: str) -> bool:
    from django.core.management import get_commands

    return name in get_commands()


def manage(*words: str, **environment: str) -> int:
    """Run a management command in a process of its own, which ends when we do."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *words],
        cwd=ROOT,
        env=os.environ | environment,
        preexec_fn=_die_with_parent,
    )
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        raise


def take_over(name: str) -> None:
    """End what a killed run left; refuse where one is still alive."""
    record = Record(embedded.default_var(), name)
    if record.owner():
        where = record.read().get("url", "")
        raise Failed(
            f"A {name} of this clone runs already, at {where}. Stop it with Ctrl-C there, or: make stop"
        )
    record.clear()


def configure(port: int) -> None:
    """The environment of this process and all its children."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")
    os.environ["PORT"] = str(port)
    os.environ.setdefault("LIANGCAI_SITE_URL", f"http://127.0.0.1:{port}")
    os.environ.setdefault("PYTHONUNBUFFERED", "1")


# ------------------------------------------------------------------ what is done with it


def demo() -> int:
    port = wanted_port()
    take_over("demo")
    if not port_is_free(port):
        raise Failed(
            f"Port {port} on 127.0.0.1 is taken by another program. Choose another: make demo PORT={port + 1}"
        )
    configure(port)
    site = Site("demo", port)
    began = time.monotonic()
    try:
        reset_if_needed()
        say("Preparing database and files ...")
        site.prepare()
        site.start()
        if has_command("journey") and manage("journey", JOURNEY_BASE_URL=site.url) != 0:
            say("\nThe journey did not end well (see above). The site is served all the same.")
        say()
        manage("sign_ins")
        say(
            f"\n{site.url} is served ({time.monotonic() - began:.0f} s). Logs: {site.var / 'log'}. Ctrl-C stops everything."
        )
        site.watch()
    except Stopped:
        say("\nStopping ...")
    finally:
        site.stop()
        embedded.release()
    return 0


def journey() -> int:
    take_over("journey")
    configure(wanted_port())
    site = Site("journey", free_port())
    try:
        reset_if_needed()
        site.prepare()
        site.start()
        if not has_command("journey"):
            raise Failed("manage.py journey does not exist in this version.")
        return manage("journey", JOURNEY_BASE_URL=site.url)
    except Stopped:
        say("\nStopping ...")
        return 130
    finally:
        site.stop()
        embedded.release()


def shots() -> int:
    """Pictures are taken on a copy of the journey's database, because they add a running exam to it."""
    take_over("shots")
    configure(wanted_port())
    site = Site("shots", free_port())
    try:
        site.prepare()
        site.start()
        if manage("journey", JOURNEY_BASE_URL=site.url) != 0:
            raise Failed("The journey that fills the pages did not end well (see above).")
        site.stop()
        say("Copying the database ...")
        os.environ["DATABASE_URL"] = copy_database("_shots")
        os.environ["LIANGCAI_REDIS_PREFIX"] = "liangcai_shots"
        site.start()
        return manage("shots", *sys.argv[2:], JOURNEY_BASE_URL=site.url)
    except Stopped:
        say("\nStopping ...")
        return 130
    finally:
        site.stop()
        embedded.release()


def bench() -> int:
    """A fresh database of its own; the bench starts the web servers it compares."""
    configure(wanted_port())
    embedded.hold_if_needed()
    os.environ.update(embedded.environ())
    os.environ["DATABASE_URL"] = recreate_database("_bench")
    os.environ["LIANGCAI_REDIS_PREFIX"] = "liangcai_bench"
    try:
        if (code := manage("migrate", "--noinput", "-v0")) != 0:
            return code
        return subprocess.run([sys.executable, "-m", "bench", *sys.argv[2:]], cwd=ROOT).returncode
    except Stopped:
        return 130
    finally:
        embedded.release()


def recreate_database(suffix: str = "") -> str:
    """Drop and create the configured database, or one named with the suffix; returns its URL."""
    import psycopg2
    from psycopg2 import sql

    from config.environment import database_from_url, database_to_url

    entry = database_from_url(os.environ["DATABASE_URL"])
    name = entry["NAME"] + suffix
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise Failed(f"The database name {name!r} is not one that this command drops.")
    connection = psycopg2.connect(
        host=entry["HOST"],
        port=entry["PORT"] or None,
        user=entry["USER"],
        password=entry["PASSWORD"],
        dbname="postgres",
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    except psycopg2.Error as error:
        raise Failed(f"The database {name} can't be made anew: {str(error).strip()}") from error
    finally:
        connection.close()
    return database_to_url(name, entry)


def copy_database(suffix: str) -> str:
    """Make the database named with the suffix a copy of the configured one, which may be in use; returns its URL."""
    source = os.environ["DATABASE_URL"]
    programs = embedded.Postgres(embedded.default_var()).binaries
    target = recreate_database(suffix)
    dump = subprocess.Popen([programs / "pg_dump", "-Fc", "-d", source], stdout=subprocess.PIPE)
    load: list[str | Path] = [programs / "pg_restore", "--no-owner", "--exit-on-error", "-d", target]
    restored = subprocess.run(load, stdin=dump.stdout, capture_output=True, text=True)
    if dump.wait() != 0 or restored.returncode != 0:
        raise Failed(f"The database could not be copied: {restored.stderr.strip()}")
    return target


def reset_if_needed() -> None:
    """Start on an empty database where that is asked for, or where a journey was interrupted half way.

    Only on the private server, and only what a journey itself had begun: a database given by DATABASE_URL is
    never emptied without FRESH=1.
    """
    if os.environ.get("FRESH") == "1":
        reset()
    elif "DATABASE_URL" not in os.environ and journey_was_interrupted():
        say("The last journey was interrupted: starting again on an empty database ...")
        reset()


def journey_was_interrupted() -> bool:
    """The private database holds a journey's beginning without its end, and nobody is at it now."""
    import psycopg2

    from config.environment import database_from_url

    if any(Record(embedded.default_var(), name).owner() for name in ("demo", "journey")):
        return False
    embedded.hold_if_needed()
    entry = database_from_url(embedded.environ()["DATABASE_URL"])
    try:
        connection = psycopg2.connect(
            host=entry["HOST"],
            port=entry["PORT"] or None,
            user=entry["USER"],
            password=entry["PASSWORD"],
            dbname=entry["NAME"],
        )
    except psycopg2.OperationalError:
        return False  # no such database yet
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FILTER (WHERE verb = 'journey.begin'),"
                " count(*) FILTER (WHERE verb = 'journey.complete') FROM accounts_auditentry"
            )
            begun, complete = cursor.fetchone() or (0, 0)
            return begun > 0 and complete == 0
    except psycopg2.errors.UndefinedTable:
        return False
    finally:
        connection.close()


def reset() -> None:
    """An empty database, and no files that belonged to the old one."""
    import shutil

    var = embedded.default_var()
    if Record(var, "demo").owner():
        raise Failed("The demo of this clone is running on that database. Stop it first: make stop")
    embedded.hold_if_needed()
    os.environ.update(embedded.environ())
    recreate_database()
    shutil.rmtree(var / "media", ignore_errors=True)
    (var / "journey.json").unlink(missing_ok=True)


def stop() -> int:
    """End the demo of this clone, what killed runs left behind, and the private servers."""
    var = embedded.default_var()
    for name in ("demo", "journey", "shots"):
        record = Record(var, name)
        pid = record.owner()
        if pid:
            say(f"Stopping the {name} (process {pid}) ...")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            until = time.monotonic() + 60
            while record.owner() and time.monotonic() < until:
                time.sleep(0.1)
        record.clear()
    embedded.stop(var)
    return 0


def main() -> int:
    verbs = {"demo": demo, "journey": journey, "shots": shots, "bench": bench, "stop": stop}
    if len(sys.argv) < 2 or sys.argv[1] not in verbs:
        say(f"usage: python -m config.supervisor {'|'.join(verbs)}")
        return 2
    try:
        with stopping_on_signals():
            return verbs[sys.argv[1]]()
    except (Failed, embedded.EmbeddedError) as failure:
        print(f"\n{failure}\n", file=sys.stderr)
        return 1
    except Stopped:
        return 130


if __name__ == "__main__":
    sys.exit(main())
