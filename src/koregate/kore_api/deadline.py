"""A time limit for a whole blocking call. Socket timeouts cannot give one: they start again with each byte."""

import threading
import time
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import NoReturn, TypeVar

from koregate.errors import NoThread
from koregate.threads import start_thread

T = TypeVar("T")

# The longest time for one request.
REQUEST_SECONDS = 60.0
# How long a call waits for its thread where a machine allows few. Another one may just be ending.
PATIENCE_SECONDS = 0.5


class DeadlineExceeded(Exception):
    """The call did not return in time. Its thread is abandoned and ends by itself."""


def call_with_deadline(seconds: float, call: Callable[[], T]) -> T:
    """What the call returns or raises. Raises `DeadlineExceeded` if that takes longer than `seconds`.

    Raises `NoThread` if the call did not begin, because it needs a thread.
    """
    outcome: SimpleQueue[Callable[[], T]] = SimpleQueue()

    def work() -> None:
        try:
            result = call()
        except BaseException as problem:  # noqa: BLE001 -- handed to the caller, whatever it is
            outcome.put(partial(_raise, problem))
        else:
            outcome.put(lambda: result)

    _start(work)
    try:
        end = outcome.get(timeout=seconds)
    except Empty:
        raise DeadlineExceeded from None
    return end()


def _start(work: Callable[[], None]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            start_thread(work, "request")
        except NoThread:
            if time.monotonic() >= until:
                raise
        else:
            return
        threading.Event().wait(0.01)


def _raise(problem: BaseException) -> NoReturn:
    raise problem
