"""Failures that move from step to step with each run of their suite."""

import pytest
from support.answers import answer, failed_step, step
from support.policies import NOW, failed, quarantine, retried

from koregate.judging.moving_failures import failed_earlier, failed_steps_by_run
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy


def played(runs: str, **policy: object) -> JobResult:
    """A suite of three steps. Each run is named by the steps that fail in it."""
    replies = [
        answer(
            *[failed_step(said, actual=f"{said}?") if said in run else step(said) for said in "abc"],
            status="passed" if run == "-" else "failed",
        )
        for run in runs.split()
    ]
    return apply_policy(retried(*replies), Policy(NOW, **policy))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("runs", "steps"),
    [
        ("b c a", [[2], [3], [1]]),
        ("ab c", [[1, 2], [3]]),
        ("ab a", []),
        ("b -", []),
        ("b", []),
    ],
)
def test_failures_move_if_every_run_failed_and_no_step_failed_twice(runs: str, steps: list[list[int]]) -> None:
    assert steps == failed_steps_by_run(played(runs, flaky="pass").suites[0])


@pytest.mark.parametrize(("runs", "numbers"), [("b c a", [2, 3]), ("ab a", [2]), ("a ab", []), ("b -", []), ("b", [])])
def test_steps_that_failed_before_the_last_run_alone_are_found_as_they_failed(runs: str, numbers: list[int]) -> None:
    found = [*failed_earlier(played(runs, flaky="pass").suites)]

    assert numbers == [blocking.step.number for blocking in found if blocking.step]
    assert ["abc"[number - 1] + "?" for number in numbers] == [case.actual for step in found for case in step.cases]
    assert not any(case.is_blocking for blocking in found for case in blocking.cases)


def test_what_blocks_or_is_tolerated_has_a_place_already() -> None:
    assert [] == [*failed_earlier(played("b c").suites)]
    assert [] == [*failed_earlier(played("b -", flaky="pass").suites)]
    assert [] == [*failed_earlier(played("b -", quarantine=quarantine("b")).suites)]


def test_what_failed_before_a_run_without_a_result_is_found() -> None:
    lost = answer(step("a"), step("b"), step("c"), status="odd")
    (found,) = failed_earlier(retried(failed(step("a"), failed_step("b"), step("c")), lost).suites)

    assert found.step is not None
    assert (2, ["Sorry, what?"]) == (found.step.number, [case.actual for case in found.cases])


def test_they_are_found_in_each_suite_and_belong_to_it() -> None:
    passed, moving = played("-").suites[0], played("b c", flaky="pass").suites[0]

    assert [moving] == [found.suite for found in failed_earlier([passed, moving])]
