"""Answer saves a second against a bare Django view that runs the same statement under the same server."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.load import Load, MakeRequest, post, run_load

CONNECTIONS = 32
BAR = 0.70


def measure(*, seconds: float = 6.0, rounds: int = 3) -> dict[str, Any]:
    """Both sides, turn by turn, each round on fresh revisions; the medians and their ratio."""
    places = _places(CONNECTIONS)
    ours: list[Load] = []
    bare: list[Load] = []
    with serve("config.wsgi:application") as port, serve("bench.bare:application") as bare_port:
        for number in range(rounds):
            first = 1 + number * 200_000
            bare.append(
                run_load(bare_port, _bare_requests(places, first), connections=CONNECTIONS, seconds=seconds)
            )
            ours.append(
                run_load(port, _requests(places, first + 100_000), connections=CONNECTIONS, seconds=seconds)
            )
    row = {"ours": _summary(ours), "bare": _summary(bare), "connections": CONNECTIONS, "bar": BAR}
    row["ratio"] = round(row["ours"]["per_second"] / row["bare"]["per_second"], 3)
    return row


@contextmanager
def serve(application: str) -> Iterator[int]:
    """A granian of the site's own shape on a free port."""
    from config.supervisor import free_port

    port = free_port()
    program = Path(sys.executable).parent / "granian"
    command = [str(program), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "8", "--no-ws", application]
    log = open(Path(os.environ.get("TMPDIR", "/tmp")) / f"bench-{port}.log", "wb")  # noqa: SIM115
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _await_port(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/delivery/v1/none", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server on port {port} did not start")


def _places(count: int) -> list[tuple[int, str, int, str]]:
    """(attempt, token, slot, lease) of started attempts, one for each connection."""
    from candidates import tokens
    from candidates.services import attempts
    from tests.factories import CHOICE, make_world, register

    world = make_world(*[{**CHOICE, "stem": f"题 {n}"} for n in range(10)], minutes=240)
    places = []
    for registration in register(world, count):
        token = attempts.take_lease(attempt=registration.attempt, device="bench", actor=None)
        attempts.start(token)
        places.append((token.attempt, tokens.issue(token), world.slots[0].pk, str(token.lease)))
    return places


def _requests(places: list[tuple[int, str, int, str]], first: int) -> MakeRequest:
    def make(connection: int, count: int) -> bytes:
        attempt, token, slot, _lease = places[connection]
        entry = {"slot": slot, "revision": first + count, "value": {"choice": "ABCD"[count % 4]}}
        return post(f"/delivery/v1/attempts/{attempt}/save", json.dumps({"entries": [entry]}).encode(), token)

    return make


def _bare_requests(places: list[tuple[int, str, int, str]], first: int) -> MakeRequest:
    def make(connection: int, count: int) -> bytes:
        attempt, token, slot, lease = places[connection]
        entry = {
            "slot": slot,
            "revision": first + count,
            "value": {"choice": "ABCD"[count % 4]},
            "flagged": False,
            "at": None,
        }
        body = {"attempt": attempt, "lease": lease, "grace": 5, "entries": [entry]}
        return post("/save", json.dumps(body).encode(), token)

    return make


def _summary(loads: list[Load]) -> dict[str, Any]:
    return {
        "per_second": round(statistics.median(load.per_second for load in loads), 1),
        "p50_ms": round(statistics.median(load.percentile(0.5) for load in loads) * 1000, 2),
        "p99_ms": round(statistics.median(load.percentile(0.99) for load in loads) * 1000, 2),
        "failed": sum(load.failed for load in loads),
        "generator_cpu": round(statistics.median(load.generator_cpu for load in loads), 3),
        "runs": [round(load.per_second, 1) for load in loads],
    }
