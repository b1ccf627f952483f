"""A load generator: kept-alive connections over raw sockets, one request at a time on each."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Load:
    """seconds: measured time; latencies in seconds; generator_cpu: share of one core the generator used."""

    seconds: float
    latencies: list[float]
    failed: int
    generator_cpu: float
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


MakeRequest = Callable[[int, int], bytes]
"""(connection number, request number on it) → the whole HTTP/1.1 request"""


def run_load(port: int, make: MakeRequest, *, connections: int, seconds: float, warmup: float = 1.0) -> Load:
    """Send as fast as the server answers. Only answers after the warm-up are counted."""
    return asyncio.run(_run(port, make, connections, seconds, warmup))


def post(path: str, body: bytes, token: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Attempt {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def _run(port: int, make: MakeRequest, connections: int, seconds: float, warmup: float) -> Load:
    began = time.perf_counter() + warmup
    until = began + seconds
    load = Load(seconds, [], 0, 0.0)
    cpu = 0.0

    async def drive(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        count = 0
        try:
            while (sent := time.perf_counter()) < until:
                writer.write(make(number, count))
                status = await _answer(reader)
                now = time.perf_counter()
                count += 1
                if now >= began:
                    load.statuses[status] = load.statuses.get(status, 0) + 1
                    if status == 200:
                        load.latencies.append(now - sent)
                    else:
                        load.failed += 1
        finally:
            writer.close()

    async def clock() -> None:
        nonlocal cpu
        await asyncio.sleep(max(0.0, began - time.perf_counter()))
        cpu = _cpu()

    await asyncio.gather(clock(), *(drive(number) for number in range(connections)))
    load.generator_cpu = (_cpu() - cpu) / seconds
    return load


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at < 0:
        raise ValueError("an answer without Content-Length: this generator reads no others")
    end = lower.index(b"\r\n", at)
    await reader.readexactly(int(lower[at + 15 : end]))
    return status


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
