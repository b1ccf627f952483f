"""The supervisor: it starts a whole site, ends it with all its children, and cleans up after a killed one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import requests

from config import supervisor
from tests.processes import free_port, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent

SITE = """
import sys
from config import embedded, supervisor
port = int(sys.argv[1])
supervisor.take_over("trial")
supervisor.configure(port)
site = supervisor.Site("trial", port)
try:
    with supervisor.stopping_on_signals():
        site.prepare()
        site.start()
        print("serving", flush=True)
        site.watch()
except supervisor.Stopped:
    pass
finally:
    site.stop()
    embedded.release()
"""


def test_a_process_is_known_by_id_and_birth():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    born = supervisor.birth(child.pid)
    assert born
    supervisor._end_group(child.pid, "another birth")
    assert child.poll() is None
    supervisor._end_group(child.pid, born)
    assert supervisor.birth(child.pid) == ""


def test_a_child_that_does_not_listen_is_ended_all_the_same():
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True)
    assert child.stdout.readline() == b"deaf\n"
    supervisor._end_group(child.pid, supervisor.birth(child.pid), seconds=0.5)
    assert supervisor.birth(child.pid) == ""


def test_what_a_killed_run_left_is_ended_and_what_lives_is_respected(tmp_path):
    record = supervisor.Record(tmp_path, "demo")
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    record.write([("web", child.pid)], url="http://127.0.0.1:1")
    assert record.owner() == 0  # ourselves, not another
    kept = json.loads(record.path.read_text())
    record.path.write_text(json.dumps(kept | {"supervisor": [1, supervisor.birth(1)]}))
    assert record.owner() == 1
    record.path.write_text(json.dumps(kept | {"supervisor": [999_999_999, "long ago"]}))
    assert record.owner() == 0
    record.clear()
    assert supervisor.birth(child.pid) == ""
    assert not record.path.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"children": []}'])
def test_a_broken_record_is_no_obstacle(tmp_path, content):
    record = supervisor.Record(tmp_path, "demo")
    record.path.parent.mkdir()
    record.path.write_text(content)
    assert record.owner() == 0
    record.clear()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_wrong_port_is_refused_with_its_value(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(supervisor.Failed, match=f"PORT={port} is not a port number"):
        supervisor.wanted_port()


def test_a_busy_port_is_named_with_a_way_out(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "config.supervisor", "demo"],
            cwd=ROOT,
            env=os.environ | {"PORT": str(port), "LIANGCAI_VAR": str(tmp_path)},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr
    assert f"PORT={port + 1}" in done.stderr


@pytest.mark.integration
@pytest.mark.timeout(240)
def test_a_site_serves_and_leaves_nothing_behind():
    """Killed hard first: its children end, and the next start finds everything in order. Then asked to stop."""
    with tempfile.TemporaryDirectory(prefix="liangcai-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        dropped = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTEST", "LIANGCAI_")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
        environment |= {"LIANGCAI_VAR": name, "LIANGCAI_WEB_PROCESSES": "1", "LIANGCAI_WORKER_PROCESSES": "1"}
        try:
            for number in (signal.SIGKILL, signal.SIGTERM):
                _serve_and_end(Path(name), environment, number)
        finally:
            stop = [sys.executable, "-m", "config.embedded", "stop"]
            subprocess.run(stop, cwd=ROOT, env=environment, capture_output=True, check=True)


def _serve_and_end(var: Path, environment: dict[str, str], number: int) -> None:
    port = free_port()
    command = [sys.executable, "-c", SITE, str(port)]
    site = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert any(line == "serving\n" for line in site.stdout)
        assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10).json()["state"] == "ready"
        children = json.loads((var / "run" / "trial.json").read_text())["children"]
        assert [child for child, _, _ in children] == ["web", "worker", "beat"]
        site.send_signal(number)
        site.wait(60)
        alive = lambda: any(supervisor.birth(pid) == born for _, pid, born in children)  # noqa: E731
        wait_until(lambda: not alive(), 40, "the end of what it started")
        wait_until(lambda: supervisor.port_is_free(port), 20, "the port's freedom")
    finally:
        site.kill()
