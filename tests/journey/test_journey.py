"""The main job on real servers, while workers are killed in the middle of it: the sums come out right."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grading.models import AttemptGrading, Certificate
from tests import processes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
SECONDS = 420


def test_journey_with_workers_killed_in_the_middle(
    live_site: processes.Site, celery_worker_process: processes.CeleryWorker, tmp_path: Path
) -> None:
    """Killed once while it scores and once while it issues certificates; no answer, mark or certificate is lost
    or doubled."""
    worker, out = celery_worker_process, tmp_path / "journey.json"
    beat = processes.CeleryBeat(worker.environment, tmp_path / "beat.log")
    command = [sys.executable, "manage.py", "journey", "--base-url", live_site.url, "--out", str(out)]
    with open(tmp_path / "journey.log", "wb") as log:
        beat.start()
        journey = subprocess.Popen(
            command, cwd=processes.ROOT, env=worker.environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _when(journey, lambda: AttemptGrading.objects.filter(scored_at__isnull=False).exists())
            worker.kill()
            worker.start()
            _when(journey, lambda: Certificate.objects.exists())
            worker.kill()
            worker.start()
            code = journey.wait(SECONDS)
        finally:
            journey.kill()
            beat.stop()
    text = (tmp_path / "journey.log").read_text(encoding="utf-8", errors="replace")
    assert code == 0, text[-3000:]
    sums = json.loads(out.read_text(encoding="utf-8"))
    assert (sums["levels"], sums["domains"], sums["tasks"], sums["requirements"]) == (3, 8, 23, 73)
    assert sums["attempts"] == sums["scored"] == sums["results"] == sums["candidates"] == 60
    assert sums["certificates"] == sums["passes"] == sums["verified"] > 0
    assert sums["responses_lost"] == sums["foreign_rows_seen"] == 0
    assert sums["collected"] > 0 and sums["items"] >= 219 and sums["kinds"] >= 7
    again = subprocess.run(
        command, cwd=processes.ROOT, env=worker.environment, capture_output=True, text=True, timeout=60
    )
    assert again.returncode == 0 and json.loads(out.read_text(encoding="utf-8")) == sums


def _when(journey: subprocess.Popen[bytes], true: Callable[[], bool]) -> None:
    """Wait for something to be seen in the database while the journey runs."""
    processes.wait_until(
        lambda: journey.poll() is not None or true(),
        SECONDS,
        "what the journey is to have done",
    )
    assert journey.poll() is None, "the journey ended too early"
