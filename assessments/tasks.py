"""Celery tasks of assessments: each takes ids, calls one service, and may run any number of times."""

from __future__ import annotations

from celery import shared_task

from .services import assembly


@shared_task(name="assessments.assemble", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def assemble(run_id: int) -> bool:
    """Work off one assembly run if it still waits."""
    return assembly.run_assembly(int(run_id))


@shared_task(name="assessments.sweep_runs", ignore_result=True)
def sweep_runs() -> int:
    """Find runs that wait or have lost their worker, and queue them again."""
    return assembly.sweep_runs()


SCHEDULE = {
    "assessments-sweep-runs": {
        "task": "assessments.sweep_runs",
        "schedule": 10.0,
        "options": {"expires": 20},
    },
}
