"""The private servers: they start once, stop by their own id, survive crashes and never collide."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest

from config import embedded
from config.environment import database_from_url

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture
def var(monkeypatch):
    """A var folder that everybody may pass, deep below a temporary one; its servers are stopped at the end."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    top = Path(tempfile.mkdtemp(prefix="liangcai-test-"))
    top.chmod(0o755)
    folder = top / ("deep-" * 20) / ("deeper-" * 15) / "a folder with blanks" / "var"
    folder.mkdir(parents=True)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(top)


def query(url: str, statement: str) -> object:
    entry = database_from_url(url)
    connection = psycopg2.connect(
        host=entry["HOST"],
        port=entry["PORT"],
        user=entry["USER"],
        password=entry["PASSWORD"],
        dbname=entry["NAME"],
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def test_a_started_server_is_durable_utf8_and_knows_chinese_letters(var):
    embedded.start(var)
    url = embedded.database_url(var)
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert query(url, f"SHOW {name}") == "on"
    assert query(url, "SHOW server_encoding") == "UTF8"
    assert query(url, "CREATE EXTENSION pg_trgm; SELECT cardinality(show_trgm('跨境电商'))") == 5


def test_starting_again_changes_nothing_and_data_survive_a_restart(var):
    embedded.start(var)
    before = embedded.status(var)
    embedded.start(var)
    assert embedded.status(var) == before
    url = embedded.database_url(var)
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 1 AS one")
    embedded.stop(var)
    assert embedded.status(var)["postgresql"]["pid"] == embedded.status(var)["valkey"]["pid"] == 0
    embedded.start(var)
    assert query(embedded.database_url(var), "SELECT one FROM kept") == 1


def test_a_password_is_needed(var):
    import redis

    embedded.start(var)
    port = embedded.status(var)["postgresql"]["port"]
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host="127.0.0.1", port=port, user="liangcai", password="wrong", dbname="liangcai")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis("127.0.0.1", embedded.status(var)["valkey"]["port"]).ping()


def test_servers_killed_hard_are_started_again(var):
    embedded.start(var)
    status = embedded.status(var)
    for part in ("postgresql", "valkey"):
        os.kill(status[part]["pid"], signal.SIGKILL)
    until = time.monotonic() + 10
    while embedded.status(var)["postgresql"]["pid"] and time.monotonic() < until:
        time.sleep(0.05)
    embedded.start(var)
    assert query(embedded.database_url(var), "SELECT 1") == 1


def test_a_stale_pid_file_of_a_foreign_process_is_not_believed(var):
    embedded.start(var)
    embedded.stop(var)
    pid_file = embedded.folder(var) / "valkey" / "valkey.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    assert embedded.status(var)["valkey"]["pid"] == 0
    embedded.stop(var)  # must not end this test run
    embedded.start(var)
    assert embedded.status(var)["valkey"]["pid"] not in (0, os.getpid())


def test_a_taken_port_is_left_to_its_owner(var):
    first = embedded._addressed(var)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first.database_port))
        other.listen()
        embedded.start(var)
        state = embedded.status(var)
        assert state["postgresql"]["port"] != first.database_port
        assert f":{state['postgresql']['port']}/" in embedded.database_url(var)


def test_two_clones_live_side_by_side(var):
    other = var.parent / "other"
    try:
        ports = set()
        for folder in (var, other):
            embedded.start(folder)
            status = embedded.status(folder)
            ports |= {status["postgresql"]["port"], status["valkey"]["port"]}
        assert len(ports) == 4
        embedded.stop(other)
        assert query(embedded.database_url(var), "SELECT 1") == 1
    finally:
        embedded.stop(other)


def test_the_last_user_stops_what_was_not_started_to_stay(var):
    program = (
        "import sys, pathlib; from config import embedded; var = pathlib.Path(sys.argv[1]);"
        "embedded.hold(var); print('held', flush=True); sys.stdin.read()"
    )

    def holder():
        child = subprocess.Popen(
            [sys.executable, "-c", program, str(var)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        assert child.stdout.readline() == b"held\n"
        return child

    first, second = holder(), holder()
    first.communicate(b"")
    assert embedded.status(var)["postgresql"]["pid"]
    second.communicate(b"")
    assert not embedded.status(var)["postgresql"]["pid"]
    assert not embedded.status(var)["valkey"]["pid"]

    killed = holder()
    killed.kill()
    killed.communicate()
    with open(embedded.folder(var) / "users.lock", "a") as file:  # the killed one holds nothing any more
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root is refused by PostgreSQL and has to be somebody else"
)
@pytest.mark.parametrize("wanted", ["namespace", "user"])
def test_root_runs_postgresql_as_somebody_else(var, monkeypatch, wanted):
    works = embedded.Postgres._works
    if not works(embedded.Postgres(var), "namespace" if wanted == "namespace" else "user:nobody"):
        pytest.skip(f"this machine does not offer the way by {wanted}")
    monkeypatch.setattr(
        embedded.Postgres,
        "_works",
        lambda self, identity: identity.startswith(wanted) and works(self, identity),
    )
    embedded.start(var)
    status = embedded.status(var)
    assert status["postgresql"]["runs_as"].startswith(wanted)
    owner = (embedded.folder(var) / "postgres" / "PG_VERSION").stat().st_uid
    expected = (
        0 if wanted == "namespace" else pwd.getpwnam(status["postgresql"]["runs_as"].partition(":")[2]).pw_uid
    )
    assert owner == expected
    embedded.stop(var)
    monkeypatch.undo()
    embedded.start(var)  # again, and the same way
    assert embedded.status(var)["postgresql"]["runs_as"] == status["postgresql"]["runs_as"]


def test_the_command_line_says_what_runs(var):
    environment = os.environ | {"LIANGCAI_VAR": str(var)}

    def call(verb):
        command = [sys.executable, "-m", "config.embedded", verb]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert json.loads(call("start").stdout)["stays"] is True
    assert "DATABASE_URL='postgresql://liangcai:" in call("env").stdout
    assert json.loads(call("status").stdout)["postgresql"]["pid"] > 0
    assert json.loads(call("stop").stdout)["postgresql"]["pid"] == 0
    assert call("dance").returncode == 2
