"""When to send the next request. Time is a number here: nothing waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pacing import progress

from koregate.errors import RetryableError, TimedOut, TooManyFailures
from koregate.runs.pacing import NextPoll, Pacing


def new_pacing(
    *, stall_timeout: float = 600.0, interval: float | None = None, random: float = 1.0, timeout: float = 1800.0
) -> Pacing:
    return Pacing(timeout, stall_timeout, interval, lambda: random)


def pauses(pacing: Pacing, count: int, retry_after: float | None = None) -> list[float]:
    return [pacing.after_failure(RetryableError("busy", retry_after=retry_after)) for _ in range(count)]


def next_poll(pacing: Pacing, percent: float | None, elapsed: float) -> NextPoll:
    return pacing.after_reply(progress(percent), elapsed)


def delay_of_change(pacing: Pacing, change: object, elapsed: float) -> float:
    """The delay after a reply without a percentage, of which only `change` tells whether there is progress."""
    return pacing.after_reply(progress(None, change), elapsed).delay


@pytest.mark.parametrize(
    ("random", "expected"),
    [
        (1.0, [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0, 15.0]),
        (0.0, [0.375, 0.75, 1.5, 3.0, 6.0, 11.25, 11.25, 11.25, 11.25]),
    ],
)
def test_pauses_grow_from_half_a_second_to_fifteen(random: float, expected: list[float]) -> None:
    assert expected == pauses(new_pacing(random=random), 9)


def test_the_tenth_failure_in_a_row_is_the_last_and_says_why() -> None:
    pacing = new_pacing()
    pauses(pacing, 9)

    with pytest.raises(
        TooManyFailures,
        match=r"^The platform replied 503\. 10 requests in a row failed\. Check host, or wait a while\.$",
    ):
        pacing.after_failure(RetryableError("the platform replied 503"))


def test_a_reply_between_failures_ends_their_row() -> None:
    pacing = new_pacing()
    for number in range(5):
        assert 0.5 == pauses(pacing, 9)[0]
        next_poll(pacing, None, float(number))


def test_a_start_that_succeeded_ends_the_row_of_failures_too() -> None:
    pacing = new_pacing()
    for _ in range(5):
        assert 0.5 == pauses(pacing, 9)[0]
        pacing.reset_failures()


@pytest.mark.parametrize(("retry_after", "pause"), [(0.0, 0.5), (0.2, 0.5), (7.0, 7.0), (900.0, 900.0)])
def test_retry_after_lengthens_the_pause_and_never_shortens_it(retry_after: float, pause: float) -> None:
    assert pause == pauses(new_pacing(), 1, retry_after)[0]


@given(st.floats(0, 1), st.integers(1, 9))
def test_no_pause_is_shorter_than_the_first_or_longer_than_fifteen_seconds(random: float, failures: int) -> None:
    series = pauses(new_pacing(random=random), failures)

    assert all(0.375 <= pause <= 15 for pause in series)
    assert series == sorted(series)


def test_the_more_time_is_left_the_longer_the_delay() -> None:
    early, late = new_pacing(), new_pacing()
    for pacing, rate in ((early, 0.5), (late, 5.0)):
        for second in range(19):
            next_poll(pacing, rate * second, float(second))
    soon, later = next_poll(late, 95.0, 19.0), next_poll(early, 9.5, 19.0)

    assert later.delay > soon.delay
    assert (181.0, 1.0) == pytest.approx((later.time_left, soon.time_left), abs=1)


def test_without_progress_no_end_is_foreseen() -> None:
    pacing = new_pacing()

    for second, percent in enumerate((None, 40.0, 40.0, None)):
        assert next_poll(pacing, percent, float(second)).time_left is None


@pytest.mark.parametrize("percent", [None, 0.0, 50.0, 99.0])
def test_a_fixed_interval_is_kept_whatever_the_progress(percent: float | None) -> None:
    pacing = new_pacing(interval=20.0)

    assert [20.0, 20.0] == [next_poll(pacing, percent, 10.0 * number).delay for number in range(2)]


def test_no_progress_for_the_stall_timeout_ends_the_wait() -> None:
    pacing = new_pacing(stall_timeout=90.0, interval=60.0)

    assert 60.0 == delay_of_change(pacing, "same", 10.0)
    assert 30.0 == delay_of_change(pacing, "same", 70.0)
    with pytest.raises(TimedOut, match=r"made no progress for 1m30s \(stall-timeout\)"):
        delay_of_change(pacing, "same", 100.0)


def test_progress_starts_the_stall_timeout_again() -> None:
    pacing = new_pacing(stall_timeout=90.0, interval=60.0)

    for number in range(10):
        assert 60.0 == delay_of_change(pacing, number, 80.0 * number)
    with pytest.raises(TimedOut):
        delay_of_change(pacing, 9, 80.0 * 9 + 90)


def test_a_stall_timeout_of_zero_is_switched_off() -> None:
    pacing = new_pacing(stall_timeout=0.0, interval=60.0)

    assert {60.0} == {delay_of_change(pacing, "same", elapsed) for elapsed in (0.0, 1e4, 1e6)}


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(0, 2000).map(lambda tenths: tenths / 10)), st.floats(0, 300)),
        max_size=30,
    )
)
def test_no_delay_is_longer_than_a_minute_whatever_the_progress(replies: list[tuple[float | None, float]]) -> None:
    pacing, elapsed = new_pacing(stall_timeout=0.0), 0.0
    for percent, passed in replies:
        elapsed += passed
        assert 0 < next_poll(pacing, percent, elapsed).delay <= 60
