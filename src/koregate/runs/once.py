"""Work that is done once for all suites of a job. What it raises, it raises for each of them."""

import threading
from collections.abc import Callable
from typing import NamedTuple


class _Outcome(NamedTuple):
    problem: Exception | None = None


class Once:
    """Does the first work that it is given. Other callers wait until it has finished."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outcome: _Outcome | None = None

    def do(self, work: Callable[[], None]) -> None:
        """Return when the work is done. Raises the exception of the work, for every caller."""
        with self._lock:
            if self._outcome is None:
                try:
                    work()
                except Exception as problem:  # noqa: BLE001 -- also a bug must keep every suite from starting
                    self._outcome = _Outcome(problem)
                else:
                    self._outcome = _Outcome()
        if self._outcome.problem is not None:
            raise self._outcome.problem
