"""The adaptive pace: prompt verdicts, few requests, and no progress, however strange, that makes a wait long."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pacing import SHAPES, poll, quantile, random_run

from koregate.runs.forecast import DENSE, FAR_LONGEST, SHORT, Forecast

RUNS = [random_run(random.Random(seed)) for seed in range(600)]


def forecast_from(*replies: tuple[float, float | None]) -> Forecast:
    """A forecast that learned these percentages at these times."""
    forecast = Forecast()
    for now, percent in replies:
        forecast.learn(percent, now)
    return forecast


def test_verdicts_are_prompt_for_fewer_requests_than_a_fixed_five_seconds() -> None:
    polled = [poll(run, None, seed) for seed, run in enumerate(RUNS)]
    latencies = [run.latency for run in polled]

    assert quantile(latencies, 0.5) <= 0.7
    assert quantile(latencies, 0.95) <= 2.2
    assert sum(run.requests for run in polled) <= 0.85 * sum(poll(run, 5.0).requests for run in RUNS)


@pytest.mark.parametrize(("shape", "share"), [("steady", 0.25), ("jumps", 0.4), ("stuck", 0.45), ("backwards", 0.4)])
def test_a_long_run_that_reports_its_progress_needs_a_fraction_of_the_requests(shape: str, share: float) -> None:
    runs = [random_run(random.Random(seed), shape, 1800) for seed in range(40)]

    assert sum(poll(run, None).requests for run in runs) <= share * sum(poll(run, 5.0).requests for run in runs)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_run_ends_unnoticed_for_long(shape: str) -> None:
    latencies = [poll(random_run(random.Random(seed), shape), None, seed).latency for seed in range(150)]

    assert max(latencies) <= FAR_LONGEST


def test_the_end_of_a_steady_run_is_foreseen() -> None:
    forecast = forecast_from((0, 0), (10, 10), (20, 20))

    # 20 percent was reached between the requests at 10 and 20.
    assert (75, 35) == (forecast.left(20), forecast.left(60))
    assert FAR_LONGEST >= forecast.pause(20) > 4
    assert DENSE == forecast.pause(99)


def steady(until: int, then: Callable[[int], float]) -> Forecast:
    """A forecast of a run of 1,000 s, polled every 10 s until that time. It reports `then` from its 500th second on."""
    return forecast_from(*((now, now / 10 if now < 500 else then(now)) for now in range(0, until + 1, 10)))


def test_a_run_that_stands_still_is_polled_rarely_until_the_end_that_was_foreseen_before() -> None:
    assert 5 < steady(800, lambda _: 50).pause(800) <= 20
    assert steady(1000, lambda _: 50).pause(1000) < 2
    assert 5 < steady(1300, lambda _: 50).pause(1300) <= 20


def test_after_a_fall_the_end_is_expected_by_the_length_of_the_whole_run_and_by_the_reported_percentage() -> None:
    whole, reported = (steady(end, lambda now: now / 10 - 30) for end in (1000, 1300))

    assert whole.pause(1000) < 2
    assert steady(1150, lambda now: now / 10 - 30).pause(1150) > 10
    assert reported.pause(1300) < 2
    assert 0 == reported.left(1300)


def test_the_end_of_a_run_whose_progress_is_stuck_is_noticed_within_two_seconds() -> None:
    latencies = [poll(random_run(random.Random(seed), "stuck"), None, seed).latency for seed in range(300)]

    assert quantile(latencies, 0.95) <= 1.9


def test_a_fall_before_any_rise_starts_the_forecast_again() -> None:
    forecast = forecast_from((0, 1), (1, 0), (2, 0), (3, 1))

    assert forecast.left(3) == pytest.approx(197.5)


def test_a_run_whose_progress_has_not_moved_is_polled_less_often_than_one_without_progress() -> None:
    assert forecast_from((0, 0), (300, 0)).pause(300) > 3 * forecast_from((0, None), (300, None)).pause(300)


@pytest.mark.parametrize("replies", [(), ((0, None), (5, None)), ((0, 40.0), (5, 40.0)), ((0, 40.0), (5, 30.0))])
def test_without_a_rise_nothing_is_foreseen(replies: tuple[tuple[float, float | None], ...]) -> None:
    forecast = forecast_from(*replies)

    assert forecast.left(5) is None
    assert SHORT == forecast.pause(5)


@given(st.lists(st.tuples(st.floats(0, 500), st.none() | st.floats(0, 1e12)), max_size=30))
def test_any_progress_leads_to_a_wait_within_the_limits(replies: list[tuple[float, float | None]]) -> None:
    forecast, now = Forecast(), 0.0
    for later, percent in replies:
        now += later
        forecast.learn(percent, now)
        assert SHORT <= forecast.pause(now) <= FAR_LONGEST
        left = forecast.left(now)
        assert left is None or (left >= 0 and not math.isnan(left))
