"""Work that a signal interrupts: a thread does it, because Python runs signal handlers in the main thread alone."""

import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

from koregate.errors import Cancelled
from koregate.runs.event_queue import WAKE_SECONDS, EventQueue, pending_signal
from koregate.threads import start_or_do

T = TypeVar("T")

# How long all work together may take after a signal. The job outputs must be there two seconds after it.
GRACE_SECONDS = 0.75


class Interruptible:
    """Does one piece of work after the other. From the first signal on, all of them share one short time."""

    def __init__(self, queue: EventQueue) -> None:
        self._queue = queue
        self._signum: int | None = None
        self._since = 0.0

    @property
    def seconds_since_signal(self) -> float:
        """How long the first signal has been known, in seconds of real time. 0 without one."""
        return 0.0 if self._signum is None else time.monotonic() - self._since

    def interrupt(self, signum: int) -> None:
        """Let the time run from now on. A second signal changes nothing."""
        if self._signum is None:
            self._signum, self._since = signum, time.monotonic()

    def result_of(self, work: Callable[[], T]) -> T:
        """What the work returns, which is no number. Raises `Cancelled` if a signal left no time for it.

        It is for commands that have nothing to tell without the result. Otherwise it is like `do`.
        """
        result = self.do(work)
        if isinstance(result, int):
            raise Cancelled(result)
        return result

    def do(self, work: Callable[[], T]) -> T | int:
        """What the work returns, or the number of the signal that left no time for it.

        A signal in the queue stays there. The thread is abandoned: it must keep nothing and print nothing. If the
        machine allows no thread, nothing interrupts the work.
        """
        outcome: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

        def run() -> None:
            try:
                outcome.put((work(), None))
            except BaseException as problem:  # noqa: BLE001 -- raised again in the main thread
                outcome.put((None, problem))

        thread = start_or_do(run, "judging")
        while thread and thread.is_alive() and self._signum is None:
            thread.join(WAKE_SECONDS)
            if (signum := pending_signal(self._queue)) is not None:
                self.interrupt(signum)
        if thread and self._signum is not None:
            thread.join(max(GRACE_SECONDS - self.seconds_since_signal, 0))
            if thread.is_alive():
                return self._signum
        result, problem = outcome.get()
        if problem is not None:
            raise problem
        return result  # type: ignore[return-value]  # without a problem there is a result
