"""The floor: what a failed suite must show before anything in it may be tolerated."""

from dataclasses import replace
from typing import Any

import pytest
from support.answers import MISSING, TARGET, answer, failed_step, judged, step
from support.batch import ENTITY_HEADER, csv_file, record, reply

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.floor import floor_problem, threshold_problem
from koregate.judging.job import judge_job
from koregate.judging.results import StepCounts


def failed(*steps: Any, **changes: Any) -> dict[str, Any]:
    return answer(*steps or (step(), failed_step()), status="failed", **changes)


def test_a_run_whose_failed_assertions_are_all_that_speaks_against_it_stands_on_the_floor() -> None:
    assert floor_problem(judged(failed())) is None
    assert floor_problem(judged(failed(step(), failed_step(), failed_step("x")))) is None


BELOW: dict[str, tuple[dict[str, Any], str]] = {
    "an announced step is missing": (failed(totalTestStepsCount=3), "an announced step is missing"),
    "a step was not executed": (failed(step(), failed_step(), step("x", "skipped")), "a step was not executed"),
    "a step has no result": (failed(step(), failed_step(), step("x", "aborted")), "a test case has no result"),
    "a step failed without an assertion": (
        failed(step(), failed_step(), result__errorDetails="boom"),
        "the run failed as a whole",
    ),
    "nothing passed": (failed(failed_step()), "no test case passed"),
    "no counts": (failed(result__stepDetails=MISSING), "the platform's counts of steps are incomplete"),
    "a count is missing": (failed(result__stepDetails__failed=MISSING), "its result is in doubt"),
    "another count of failed steps": (
        failed(result__stepDetails={"passed": 1, "failed": 2, "total": 3}),
        "its result is in doubt",
    ),
    "a passed step with a failed assertion": (
        failed(
            step(), {**failed_step(), "status": "passed"}, result__stepDetails={"passed": 2, "failed": 0, "total": 2}
        ),
        "the platform counts 0 failed steps, but the reply shows 1",
    ),
    "aborted": (failed(result__status="aborted"), "its result is in doubt"),
    "unfinished": (failed(percentageCompleted=99), "its result is in doubt"),
    "top-level errors": (failed(errors=[{"msg": "no"}]), "the run failed as a whole"),
    "steps not executed": (failed(result__stepDetails__notExecuted=1), "its result is in doubt"),
    "no step list": (failed(result__executionResults=MISSING), "the run failed as a whole"),
    "a failure in an undocumented place": (failed(result__summary={"status": "failed"}), "its result is in doubt"),
    "a failure in an undocumented place of a failed step": (
        failed(step(), {**failed_step(), "children": [{"status": "failed"}]}),
        "its result is in doubt",
    ),
    "an error message in a failed step": (
        failed(step(), {**failed_step(), "errorMessage": "Webhook timeout"}),
        "its result is in doubt",
    ),
    "a response of a failed step that was not executed": (
        failed(step(), step("x", "failed", failed_step()["outputs"], [{"text": "Sorry", "notExecuted": True}])),
        "its result is in doubt",
    ),
    "a failure in an undocumented place of a passed step": (
        failed({**step(), "substep": {"status": "FAILED"}}, failed_step()),
        "its result is in doubt",
    ),
}


@pytest.mark.parametrize("name", BELOW)
def test_below_the_floor_the_problem_is_named(name: str) -> None:
    reply, problem = BELOW[name]

    told = floor_problem(judged(reply)) or ""
    assert problem == told.partition(":")[0]


def test_a_key_that_is_there_twice_leaves_a_failed_run_below_the_floor() -> None:
    suite = judged(failed())

    assert "it has no test run id" == floor_problem(replace(suite, run_id=None))
    assert "its result is in doubt: Odd" == floor_problem(replace(suite, doubts=("Odd.",)))


def test_a_long_doubt_is_cut() -> None:
    told = floor_problem(replace(judged(failed()), doubts=("x" * 1_000,))) or ""

    assert 230 > len(told)
    assert "cut, 1000 characters in all" in told


def test_a_suite_whose_steps_are_not_listed_is_below_the_floor() -> None:
    assert "the reply lists no steps" == floor_problem(replace(judged(failed()), steps=(), run_cases=PASSED_ALONE))


PASSED_ALONE = (TestCase(0, 0, "run", Outcome.PASSED),)
BATCH = judge_job(TARGET, [record(reply(), None)]).suites[0]
COUNTS = BATCH.platform_counts or StepCounts()
COUNTED = BATCH.run_cases[0]


def test_without_utterances_the_counts_of_a_batch_suite_are_its_evidence() -> None:
    assert ("failed", "count") == (BATCH.verdict, COUNTED.kind)
    assert threshold_problem(BATCH) is None
    assert floor_problem(BATCH) is not None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"run_id": None}, "it has no test run id"),
        ({"run_id": ""}, "it has no test run id"),
        ({"doubts": ("Odd.",)}, "its result is in doubt: Odd"),
        ({"run_cases": (COUNTED, COUNTED._replace(kind="run"))}, "it has more test cases than that of the counts"),
        ({"run_cases": (COUNTED._replace(outcome=Outcome.ERROR),)}, "it has more test cases than that of the counts"),
        ({"platform_counts": None}, "the platform's counts of utterances are incomplete or contradictory"),
        (
            {"platform_counts": COUNTS._replace(passed=COUNTS.passed - 1)},
            "the platform's counts of utterances are incomplete or contradictory",
        ),
        (
            {"platform_counts": COUNTS._replace(total=COUNTS.total + 1, passed=COUNTS.passed + 1)},
            "the platform's counts of utterances are incomplete or contradictory",
        ),
    ],
)
def test_a_batch_suite_whose_counts_are_no_evidence_is_below_the_floor_of_its_score(
    changes: dict[str, Any], problem: str
) -> None:
    assert problem == threshold_problem(replace(BATCH, **changes))


def test_a_suite_that_lists_its_steps_has_the_same_floor_for_a_score() -> None:
    assert threshold_problem(judged(failed())) is None
    assert "an announced step is missing" == threshold_problem(judged(failed(totalTestStepsCount=3)))


def test_a_batch_suite_without_a_passed_utterance_is_below_the_floor_of_its_score() -> None:
    none = judge_job(TARGET, [record(reply(0, 3), None)]).suites[0]

    assert "no utterance passed" == threshold_problem(none)


def test_a_passed_entity_of_a_failed_utterance_does_not_lift_a_batch_suite_to_the_floor() -> None:
    rows = [["pizza", "Order", "Track", "size", "L", "L", "TRUE"], ["hi", "Greet", "Greet", "size", "L", "L", "TRUE"]]
    none, some = (
        judge_job(TARGET, [record(reply(len(told) - 1, 1), csv_file(*told, header=ENTITY_HEADER))]).suites[0]
        for told in (rows[:1], rows)
    )

    assert [Outcome.FAILED, Outcome.PASSED] == [case.judged for case in none.cases]
    assert "no utterance passed" == floor_problem(none)
    assert floor_problem(some) is None
