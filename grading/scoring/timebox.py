"""A limit on how long one judgement may take, so that one answer can't hold up all others."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TookTooLong(Exception):
    """The work inside `limited` did not end in time."""


def _ring(_signum: int, _frame: FrameType | None) -> None:
    raise TookTooLong


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `TookTooLong` in the block after ``seconds``. Only the main thread can be interrupted (Celery's
    prefork workers run tasks there); elsewhere the block runs without a limit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGALRM, _ring)
    remaining, _interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, remaining)
        signal.signal(signal.SIGALRM, previous)
