"""A time limit for a whole blocking call. Socket timeouts cannot give one: they start again with each byte."""

import threading
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import NoReturn, TypeVar

T = TypeVar("T")

# The longest time for one request.
REQUEST_SECONDS = 60.0


class DeadlineExceeded(Exception):
    """The call did not return in time. Its thread is abandoned and ends by itself."""


def call_with_deadline(seconds: float, call: Callable[[], T]) -> T:
    """What the call returns or raises. Raises `DeadlineExceeded` if that takes longer than `seconds`."""
    outcome: SimpleQueue[Callable[[], T]] = SimpleQueue()

    def work() -> None:
        try:
            result = call()
        except BaseException as problem:  # noqa: BLE001 -- handed to the caller, whatever it is
            outcome.put(partial(_raise, problem))
        else:
            outcome.put(lambda: result)

    # A daemon thread: a call that never returns must not keep the process alive.
    threading.Thread(target=work, daemon=True, name="request").start()
    try:
        end = outcome.get(timeout=seconds)
    except Empty:
        raise DeadlineExceeded from None
    return end()


def _raise(problem: BaseException) -> NoReturn:
    raise problem
