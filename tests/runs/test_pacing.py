"""When to ask again. Time is a number here: nothing waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.errors import NetworkLost, TimedOut, Transient
from koregate.inputs.values import duration
from koregate.runs.pacing import LIMITS, Budget, Pacing, spoken


def pacing(
    *, stall_timeout: float = 600.0, interval: float | None = None, random: float = 1.0, timeout: float = 1800.0
) -> Pacing:
    return Pacing(timeout, stall_timeout, interval, lambda: random)


def pauses(of: Pacing, count: int, retry_after: float | None = None) -> list[float]:
    return [of.after_failure(Transient("busy", retry_after=retry_after)) for _ in range(count)]


@pytest.mark.parametrize(
    ("random", "expected"),
    [
        (1.0, [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0, 15.0]),
        (0.0, [0.375, 0.75, 1.5, 3.0, 6.0, 11.25, 11.25, 11.25, 11.25]),
    ],
)
def test_pauses_grow_from_half_a_second_to_fifteen(random: float, expected: list[float]) -> None:
    assert expected == pauses(pacing(random=random), 9)


def test_the_tenth_failure_in_a_row_is_the_last_and_says_why() -> None:
    tried = pacing()
    pauses(tried, 9)
    last = Transient("the platform answered 503")

    with pytest.raises(NetworkLost, match="10 requests in a row failed, the last one so: the platform answered 503"):
        tried.after_failure(last)


def test_an_answer_between_failures_begins_the_row_anew() -> None:
    tried = pacing()
    for number in range(5):
        assert 0.5 == pauses(tried, 9)[0]
        tried.after_answer((number,), None, float(number))


@pytest.mark.parametrize(("wish", "pause"), [(0.0, 0.5), (0.2, 0.5), (7.0, 7.0), (900.0, 900.0)])
def test_a_wish_of_the_platform_lengthens_the_pause_and_never_shortens_it(wish: float, pause: float) -> None:
    assert pause == pauses(pacing(), 1, wish)[0]


@given(st.floats(0, 1), st.integers(1, 9))
def test_no_pause_is_shorter_than_the_first_or_longer_than_fifteen_seconds(random: float, failures: int) -> None:
    found = pauses(pacing(random=random), failures)

    assert all(0.375 <= pause <= 15 for pause in found)
    assert found == sorted(found)


def test_the_more_is_left_the_longer_the_pause() -> None:
    early, late = pacing(), pacing()
    for tried, rate in ((early, 0.5), (late, 5.0)):
        for n in range(19):
            tried.after_answer((n,), rate * n, float(n))

    assert early.after_answer((19,), 9.5, 19.0) > late.after_answer((19,), 95.0, 19.0)
    assert (181.0, 1.0) == pytest.approx((early.left, late.left), abs=1)


def test_without_progress_nothing_is_foretold() -> None:
    tried = pacing()

    for n, percent in enumerate((None, 40.0, 40.0, None)):
        tried.after_answer((percent,), percent, float(n))
        assert tried.left is None


@pytest.mark.parametrize("percent", [None, 0.0, 50.0, 99.0])
def test_a_fixed_interval_is_kept_whatever_the_progress(percent: float | None) -> None:
    tried = pacing(interval=20.0)

    assert [20.0, 20.0] == [tried.after_answer((n,), percent, 10.0 * n) for n in range(2)]


def test_no_progress_for_the_stall_timeout_ends_the_wait() -> None:
    tried = pacing(stall_timeout=90.0, interval=60.0)

    assert 60.0 == tried.after_answer(("same",), None, 10.0)
    assert 30.0 == tried.after_answer(("same",), None, 70.0)
    with pytest.raises(TimedOut, match=r"made no progress for 1m30s \(stall-timeout\)"):
        tried.after_answer(("same",), None, 100.0)


def test_progress_begins_the_stall_timeout_anew() -> None:
    tried = pacing(stall_timeout=90.0, interval=60.0)

    for number in range(10):
        assert 60.0 == tried.after_answer((number,), None, 80.0 * number)
    with pytest.raises(TimedOut):
        tried.after_answer((9,), None, 80.0 * 9 + 90)


def test_a_stall_timeout_of_zero_is_switched_off() -> None:
    tried = pacing(stall_timeout=0.0, interval=60.0)

    assert {60.0} == {tried.after_answer(("same",), None, waited) for waited in (0.0, 1e4, 1e6)}


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(0, 2000).map(lambda n: n / 10)), st.floats(0, 300)), max_size=30
    )
)
def test_every_pause_is_a_short_one_whatever_the_progress(moves: list[tuple[float | None, float]]) -> None:
    tried, waited = pacing(stall_timeout=0.0), 0.0
    for percent, passed in moves:
        waited += passed
        assert 0 < tried.after_answer((percent,), percent, waited) <= 60


def sent(count: int, between: float, limits: tuple[tuple[int, float], ...] = LIMITS) -> list[float]:
    """The times of that many requests, each sent as soon as the budget and the pause between two allow."""
    budget, now, times = Budget(limits), 0.0, []
    for _ in range(count):
        now += budget.hold(now)
        budget.spend(now)
        times.append(now)
        now += between
    return times


def most(times: list[float], window: float) -> int:
    """The most requests in any window of that length."""
    return max(sum(begin <= time <= begin + window for time in times[at : at + 2000]) for at, begin in enumerate(times))


def test_the_limits_are_the_documented_ones() -> None:
    assert ((60, 60.0), (1800, 3600.0)) == LIMITS


def test_sixty_requests_go_out_at_once_and_the_next_a_minute_later() -> None:
    times = sent(61, 0.0)

    assert [0.0] * 60 == times[:60]
    assert 60 < times[60] <= 62


def test_no_minute_has_more_than_sixty_requests_and_no_hour_more_than_eighteen_hundred() -> None:
    times = sent(4000, 0.0)

    assert 60 == most(times[::1][:400], 60)
    assert 1800 == most(times[:2500], 3600)


@given(st.lists(st.floats(0, 90), min_size=1, max_size=60))
def test_no_rolling_window_ever_holds_more_than_its_limit(gaps: list[float]) -> None:
    budget, now, times = Budget(((3, 10.0), (8, 60.0))), 0.0, []
    for gap in gaps:
        now += gap
        now += budget.hold(now)
        budget.spend(now)
        times.append(now)

    assert most(times, 10) <= 3
    assert most(times, 60) <= 8


def test_a_slow_pace_is_never_held_back() -> None:
    assert [2.1 * n for n in range(3)] == pytest.approx(sent(3, 2.1))
    assert 0.0 == Budget().hold(123.0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.4, "0s"),
        (59.6, "1m"),
        (90, "1m30s"),
        (1800, "30m"),
        (3600, "1h"),
        (5400, "1h30m"),
        (3661, "1h1m1s"),
    ],
)
def test_seconds_are_told_as_a_person_writes_them(seconds: float, text: str) -> None:
    assert text == spoken(seconds)


@given(st.integers(0, 7 * 24 * 3600))
def test_told_seconds_are_a_duration_again(seconds: int) -> None:
    assert seconds == duration(spoken(seconds))
