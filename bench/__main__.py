"""`make bench`: runs the benches on the database in DATABASE_URL, prints a table, writes bench/results/."""

from __future__ import annotations

import json
import platform
import sys
import time
from pathlib import Path

import django

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    django.setup()
    from django.db import connection

    from bench import save

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit'), version()")
        fsync, synchronous, version = cursor.fetchone()
    if (fsync, synchronous) != ("on", "on"):
        print("fsync and synchronous_commit must be on for these figures to mean anything.")
        return 1
    row = save.measure()
    print(f"\nAnswer save, {row['connections']} connections, {version.split(' on ')[0]}, fsync on")
    print(f"{'':24}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}{'failed':>8}{'generator':>11}")
    for name, label in (("ours", "delivery protocol"), ("bare", "bare Django view")):
        one = row[name]
        print(
            f"{label:24}{one['per_second']:>12.0f}{one['p50_ms']:>10.2f}{one['p99_ms']:>10.2f}"
            f"{one['failed']:>8}{one['generator_cpu']:>10.0%} "
        )
    print(f"ratio {row['ratio']:.2f} (at least {row['bar']:.2f})")
    RESULTS.mkdir(exist_ok=True)
    result = {
        "bench": "save",
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": f"{platform.machine()}, {len(__import__('os').sched_getaffinity(0))} cores",
        "python": platform.python_version(),
        "fsync": fsync,
        **row,
    }
    (RESULTS / "save.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    return 0 if row["ratio"] >= row["bar"] and not row["ours"]["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
