"""A limit on the whole of a blocking call, which socket timeouts cannot give: they start anew with each byte."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class DeadlineExceeded(Exception):
    """The call had not returned in time; it is left to end by itself."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """What the call returns or raises. Raises `DeadlineExceeded` where that takes longer than `seconds`."""
    outcome: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def work() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as problem:  # noqa: BLE001 -- handed to the caller, whatever it is
            outcome.put((None, problem))

    # daemon: a call that never returns must not keep the process alive.
    threading.Thread(target=work, daemon=True, name="request").start()
    try:
        result, problem = outcome.get(timeout=seconds)
    except Empty:
        raise DeadlineExceeded from None
    if problem is not None:
        raise problem
    return result  # type: ignore[return-value] # None only where the call returns None
