"""A limit on the whole of a blocking call, which socket timeouts cannot give: they start anew with each byte."""

from __future__ import annotations

import threading
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class DeadlineExceeded(Exception):
    """The call had not returned in time; it is left to end by itself."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """What the call returns or raises. Raises `DeadlineExceeded` where that takes longer than `seconds`."""
    outcome: SimpleQueue[Callable[[], T]] = SimpleQueue()

    def work() -> None:
        try:
            result = call()
        except BaseException as problem:  # noqa: BLE001 -- handed to the caller, whatever it is
            outcome.put(partial(_raise, problem))
        else:
            outcome.put(lambda: result)

    # daemon: a call that never returns must not keep the process alive.
    threading.Thread(target=work, daemon=True, name="request").start()
    try:
        end = outcome.get(timeout=seconds)
    except Empty:
        raise DeadlineExceeded from None
    return end()


def _raise(problem: BaseException) -> NoReturn:
    raise problem
