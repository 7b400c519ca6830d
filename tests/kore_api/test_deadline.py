"""A time limit for a whole call. Limits are tiny, and a call that blocks waits for an event that the test sets."""

import threading
from typing import NoReturn

import pytest

from koregate.kore_api.deadline import DeadlineExceeded, call_with_deadline


@pytest.mark.parametrize("value", [42, None, False])
def test_a_call_in_time_returns_its_value(value: object) -> None:
    assert value == call_with_deadline(5, lambda: value)


@pytest.mark.parametrize("kind", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_an_exception_of_a_call_in_time_is_raised(kind: type[BaseException]) -> None:
    def call() -> NoReturn:
        raise kind("its own words")

    with pytest.raises(kind, match="its own words"):
        call_with_deadline(5, call)


def test_a_call_that_takes_longer_is_left_to_end_by_itself() -> None:
    release, ended = threading.Event(), threading.Event()

    def call() -> None:
        release.wait(10)
        ended.set()

    try:
        with pytest.raises(DeadlineExceeded):
            call_with_deadline(0.01, call)
        assert not ended.is_set()
    finally:
        release.set()
    assert ended.wait(10)


def test_an_exception_after_the_limit_is_dropped_and_its_thread_ends() -> None:
    release = threading.Event()
    threads: list[threading.Thread] = []

    def call() -> NoReturn:
        threads.append(threading.current_thread())
        release.wait(10)
        raise ValueError

    with pytest.raises(DeadlineExceeded):
        call_with_deadline(0.01, call)
    release.set()
    threads[0].join(10)

    assert not threads[0].is_alive()
    assert threads[0].daemon
