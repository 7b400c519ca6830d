"""A limit on a whole call. Limits are tiny, and what blocks waits for an event that the test sets."""

from __future__ import annotations

import threading
from typing import NoReturn

import pytest

from koregate.kore_api.deadline import DeadlineExceeded, within


@pytest.mark.parametrize("value", [42, None, False])
def test_a_call_in_time_gives_what_it_returns(value: object) -> None:
    assert value == within(5, lambda: value)


@pytest.mark.parametrize("kind", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_a_call_in_time_raises_what_it_raises(kind: type[BaseException]) -> None:
    def call() -> NoReturn:
        raise kind("its own words")

    with pytest.raises(kind, match="its own words"):
        within(5, call)


def test_a_call_that_takes_longer_is_left_to_end_by_itself() -> None:
    release, ended = threading.Event(), threading.Event()

    def call() -> None:
        release.wait(10)
        ended.set()

    try:
        with pytest.raises(DeadlineExceeded):
            within(0.01, call)
        assert not ended.is_set()
    finally:
        release.set()
    assert ended.wait(10)


def test_a_late_failure_is_nobodys_problem() -> None:
    release = threading.Event()
    seen: list[threading.Thread] = []

    def call() -> NoReturn:
        seen.append(threading.current_thread())
        release.wait(10)
        raise ValueError

    with pytest.raises(DeadlineExceeded):
        within(0.01, call)
    release.set()
    seen[0].join(10)

    assert not seen[0].is_alive()
    assert seen[0].daemon
