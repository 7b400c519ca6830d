"""The threads that carry out test runs: each takes the next one until `stop` is called."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeAlias

from koregate.errors import NamesNotOurs
from koregate.runs.events import Event, NamesTaken, RunFinished
from koregate.runs.polling import RunInProgress, RunPoller, stop_reason

# A run with the number of its suite, or None for a thread that is to end.
_Task: TypeAlias = tuple[int, RunInProgress] | None


class Workers:
    """So many threads, which report to the main one. Every run that is not dropped ends in a `RunFinished`.

    `prepare` is called before the first run. If it raises `NamesNotOurs`, nothing runs, and `NamesTaken` says why.
    """

    def __init__(
        self,
        threads: int,
        new_poller: Callable[[], RunPoller],
        report: Callable[[Event], None],
        prepare: Callable[[], None],
    ) -> None:
        self._threads = threads
        self._prepare = prepare
        self._new_poller = new_poller
        self._report = report
        self._tasks: SimpleQueue[_Task] = SimpleQueue()

    def start(self) -> None:
        """Begin with the runs that were added."""
        for _ in range(self._threads):
            # daemon: a request under way must not hold the process after a signal.
            threading.Thread(target=self._work, daemon=True, name="suite").start()

    def add(self, number: int, run: RunInProgress) -> None:
        """Play a run of the suite with that number after all that were added before."""
        self._tasks.put((number, run))

    def stop(self) -> None:
        """Drop the runs that no thread has taken yet, and let each thread end after the one that it has."""
        while True:
            try:
                self._tasks.get_nowait()
            except Empty:
                break
        for _ in range(self._threads):
            self._tasks.put(None)

    def _work(self) -> None:
        try:
            self._prepare()
        except NamesNotOurs as taken:
            self._report(NamesTaken(taken.problems))
            return
        while (task := self._tasks.get()) is not None:
            number, run = task
            try:
                record = self._new_poller().run(run)
            except Exception as problem:  # noqa: BLE001 -- a bug must still end in a report
                record = run.record(stop_reason(problem))
            self._report(RunFinished(number, record))
