"""A limit of threads, as `docker --pids-limit` and `ulimit -u` set one."""

import threading
from collections.abc import Callable

import pytest

from koregate.kore_api import deadline

NAMES = {"comment", "doctor", "judging", "reports", "request", "room", "suite"}


def limit_threads(
    monkeypatch: pytest.MonkeyPatch, limit: int | Callable[[], int], patience: float = deadline.PATIENCE_SECONDS
) -> None:
    """Let koregate have so many further threads at once. Those of the simulator are not counted."""
    monkeypatch.setattr(deadline, "PATIENCE_SECONDS", patience)
    start, lock = threading.Thread.start, threading.Lock()
    started: list[threading.Thread] = []

    def limited(self: threading.Thread) -> None:
        if self.name not in NAMES:
            start(self)
            return
        with lock:
            started[:] = [thread for thread in started if thread.is_alive()]
            if len(started) >= (limit if isinstance(limit, int) else limit()):
                raise RuntimeError("can't start new thread")
            started.append(self)
            start(self)

    monkeypatch.setattr(threading.Thread, "start", limited)
