"""The threads that carry out test runs: each takes the next one until `stop` is called."""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeAlias

from koregate.errors import NamesNotOurs, NoThread
from koregate.runs.events import Event, NamesTaken, RunFinished
from koregate.runs.polling import RunInProgress, RunPoller, stop_reason
from koregate.threads import start_thread

# A run with the number of its suite, or None for a thread that is to end.
_Task: TypeAlias = tuple[int, RunInProgress] | None


class Workers:
    """At most so many threads, which report to the main one. Every run that is not dropped ends in a `RunFinished`.

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
        """Begin with the runs that were added, with fewer threads if the machine allows no more.

        Raises `NoThread` if it allows too few for one run. Then nothing was sent.
        """
        may_begin, may_go = threading.Event(), threading.Event()

        def work() -> None:
            may_begin.wait()
            self._work()

        started, room = 0, []
        with suppress(NoThread):
            for _ in range(self._threads):
                # Each request needs a thread too. This one keeps its place until all others have started.
                room.append(start_thread(may_go.wait, "room"))
                start_thread(work, "suite")
                started += 1
        may_go.set()
        for thread in room:
            thread.join()
        if not started:
            raise NoThread
        may_begin.set()

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
