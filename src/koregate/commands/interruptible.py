"""Work that a signal interrupts: a thread does it, because Python runs signal handlers in the main thread alone."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

from koregate.runs.event_queue import WAKE_SECONDS, EventQueue, pending_signal

T = TypeVar("T")

# How long the work may take after a signal. The job outputs must be there two seconds after it.
GRACE_SECONDS = 0.75


def interruptible(work: Callable[[], T], queue: EventQueue) -> T | int:
    """What the work returns, or the number of a signal that has arrived, if the work takes longer than it may then.

    The signal stays in the queue. The thread is abandoned: it must keep nothing and print nothing.
    """
    outcome: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            outcome.put((work(), None))
        except BaseException as problem:  # noqa: BLE001 -- raised again in the main thread
            outcome.put((None, problem))

    signum: int | None = None
    thread = threading.Thread(target=run, daemon=True, name="judging")
    thread.start()
    thread.join(WAKE_SECONDS)
    while thread.is_alive() and (signum := pending_signal(queue)) is None:
        thread.join(WAKE_SECONDS)
    if thread.is_alive():
        thread.join(GRACE_SECONDS)
    if thread.is_alive() and signum is not None:
        return signum
    result, problem = outcome.get()
    if problem is not None:
        raise problem
    return result  # type: ignore[return-value]  # without a problem there is a result
