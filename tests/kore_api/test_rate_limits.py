"""The documented limits on requests. Time is a number here: nothing waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.kore_api.rate_limits import LIMITS, RateLimiter


def times_of_requests(count: int, pause: float, limits: tuple[tuple[int, float], ...] = LIMITS) -> list[float]:
    """The times of that many requests, each sent as soon as the limits and the pause between two allow."""
    limiter, now, times = RateLimiter(limits), 0.0, []
    for _ in range(count):
        now += limiter.delay(now)
        limiter.record(now)
        times.append(now)
        now += pause
    return times


def max_in_window(times: list[float], window: float) -> int:
    """The highest number of requests in any window of that length."""
    return max(sum(begin <= time <= begin + window for time in times[at : at + 2000]) for at, begin in enumerate(times))


def test_the_limits_are_the_documented_ones() -> None:
    assert ((60, 60.0), (1800, 3600.0)) == LIMITS


def test_sixty_requests_go_out_at_once_and_the_next_a_minute_later() -> None:
    times = times_of_requests(61, 0.0)

    assert [0.0] * 60 == times[:60]
    assert 60 < times[60] <= 62


def test_no_minute_has_more_than_sixty_requests_and_no_hour_more_than_eighteen_hundred() -> None:
    times = times_of_requests(4000, 0.0)

    assert 60 == max_in_window(times[:400], 60)
    assert 1800 == max_in_window(times[:2500], 3600)


@given(st.lists(st.floats(0, 90), min_size=1, max_size=60))
def test_no_rolling_window_ever_holds_more_than_its_limit(gaps: list[float]) -> None:
    limiter, now, times = RateLimiter(((3, 10.0), (8, 60.0))), 0.0, []
    for gap in gaps:
        now += gap
        now += limiter.delay(now)
        limiter.record(now)
        times.append(now)

    assert max_in_window(times, 10) <= 3
    assert max_in_window(times, 60) <= 8


def test_requests_at_a_slow_pace_are_never_delayed() -> None:
    assert [2.1 * number for number in range(2000)] == pytest.approx(times_of_requests(2000, 2.1))
    assert 0.0 == RateLimiter().delay(123.0)
