"""No report is believed about its own verdict: what contradicts itself, or proves nothing, is an error."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.answers import (
    answer,
    job_of,
    put,
    record_of,
    report_of,
    step,
)
from support.merging import (
    CASE,
    FAIL_ON,
    FAILED,
    FAILURE,
    LATE,
    PASSED,
    STEP,
    SUITE,
    document,
    doubts,
    forge,
    merged,
    records,
    refuted,
    told_run,
)

from koregate.errors import Problem
from koregate.judging.results import GATE, JobResult
from koregate.reports import report_json_checks
from koregate.runs.record import RunRecord
from koregate.verdicts import Verdict

# What a file says of its own verdict


CLAIMS: dict[str, list[Any]] = {
    "verdict": ["passed", "skipped", "failed", "error", "timeout", "cancelled", "tolerated", "", "PASSED"],
    "outcome": ["passed", "failed", "error", "skipped", "tolerated", "", "Passed"],
    "exitCode": [-1, 0, 1, 2, 3, 4, 5, 130, 143, 256, 10**100],
    "outcomeBeforePolicy": ["passed", "failed", "error", "skipped", "tolerated", "", "Passed"],
    "failureClass": [None, "wrong-text", "no-answer", "step", "run", ""],
    "passRate": [0, 0.0, 50.0, 100, 100.0, 1e300, -1.5],
    "failOn": ["any", "error", "never", "none"],
    "kind": ["flow", "text", "context", "step", "run", "intent", "a\nb", "x" * 300],
    "status": ["passed", "failed", "aborted", None],
    "returned": [True, False],
}
NUMBERS = [-(10**100), -1, 0, 1, 2, 3, 256, 10**9, 10**100]
COUNTS = {"total", "passed", "failed", "errors", "skipped", "step", "response", "occurrence", "foldedCases"}


def claims(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The place of every verdict, outcome, count, number and exit code in a report."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        if key in CLAIMS or (key in COUNTS and isinstance(part, int)):
            yield (*path, key)
        yield from claims(part, *path, key)


@given(records(), st.data())
def test_no_single_claim_turns_a_report_green(found: list[RunRecord], data: st.DataObject) -> None:
    job = job_of(*found, fail_on=data.draw(st.sampled_from(FAIL_ON)))
    forged = document(job)
    path: tuple[Any, ...] = data.draw(st.sampled_from(list(claims(forged))))
    put(forged, list(path), data.draw(st.sampled_from(CLAIMS.get(path[-1], NUMBERS))))

    again = merged(forged)

    meaning = again.verdict, again.exit_code, again.counts, again.step_counts
    assert (Verdict.PASSED, 0, job.counts, job.step_counts) == meaning or again.exit_code != 0
    assert again.exit_code or job.verdict is Verdict.PASSED


@given(records(), st.data())
def test_nothing_that_is_taken_away_turns_a_report_green(found: list[RunRecord], data: st.DataObject) -> None:
    job = job_of(*found)
    assume(job.verdict is not Verdict.PASSED)
    forged = document(job)
    lists = [suite[key] for suite in forged["suites"] for key in ("failures", "doubts", "steps")]
    lists += [part["cases"] for suite in forged["suites"] for part in suite["steps"]]
    taken = data.draw(st.sampled_from([part for part in [forged["suites"], *lists] if part]))
    del taken[data.draw(st.integers(0, len(taken) - 1))]

    assert merged(forged).exit_code


TOLERANCE = {
    "kind": "quarantine",
    "reason": "Prices change.",
    "owner": "Ann",
    "until": "2026-12-24",
    "daysLeft": 29,
    "added": False,
}

CONTRADICTIONS: dict[str, tuple[JobResult, dict[Any, Any], str]] = {
    "failed with exit code 0": (FAILED, {(*SUITE, "exitCode"): 0}, "exitCode is 0, but the verdict is failed"),
    "failed with exit code 256": (FAILED, {(*SUITE, "exitCode"): 256}, "exitCode is 256, but the verdict is failed"),
    "passed with exit code 4": (PASSED, {(*SUITE, "exitCode"): 4}, "exitCode is 4, but the verdict is passed"),
    "a verdict of no kind": (PASSED, {(*SUITE, "verdict"): "green"}, 'verdict is "green", which koregate never writes'),
    "passed with a failed case": (
        FAILED,
        {(*SUITE, "verdict"): "passed", (*SUITE, "exitCode"): 0, (*SUITE, "failures"): []},
        "the verdict is passed, but 1 of 2 test cases did not pass",
    ),
    "passed with failures": (
        PASSED,
        {(*SUITE, "failures"): ["Bad."]},
        "the verdict is passed, but it has a reason against that: Bad.",
    ),
    "passed with doubts": (
        PASSED,
        {(*SUITE, "doubts"): ["Odd."]},
        "the verdict is passed, but it has a reason against that: Odd.",
    ),
    "passed without a test case": (PASSED, {(*SUITE, "steps"): []}, "the verdict is passed, but no test case passed"),
    "passed without a step": (
        PASSED,
        {(*SUITE, "stepCounts"): {"total": 0, "passed": 0, "failed": 0}},
        "the verdict is passed, but stepCounts has 0 passed and 0 failed of 0",
    ),
    "passed with a failed step": (
        report_of(Pizza=answer(step(), result__executionResults=None)),
        {(*SUITE, "stepCounts", "failed"): 1},
        "the verdict is passed, but stepCounts has 1 passed and 1 failed of 1",
    ),
    "passed with a step more": (
        report_of(Pizza=answer(step(), result__executionResults=None)),
        {(*SUITE, "stepCounts", "total"): 2},
        "the verdict is passed, but stepCounts has 1 passed and 0 failed of 2",
    ),
    "passed with a failed step's status": (
        PASSED,
        {(*STEP, "status"): "failed"},
        'the verdict is passed, but the platform\'s status of step 1 is "failed"',
    ),
    "a case that stands for others and does not say so": (
        PASSED,
        {(*STEP, "foldedCases"): 3},
        "foldedCases of step 1 is 3, which its test cases and responses do not show",
    ),
    "a case that stands for more than its step has": (
        PASSED,
        {
            (*STEP, "foldedCases"): 4,
            (*CASE, "kind"): "step",
            (*CASE, "name"): "1.1 step: hi",
            (*CASE, "message"): "4 assertions passed.",
        },
        "foldedCases of step 1 is 4, which its test cases and responses do not show",
    ),
    "a failed case that stands for passed ones": (
        FAILED,
        {(*SUITE, "steps", 1, "foldedCases"): 1},
        "foldedCases of step 2 is 1, which its test cases and responses do not show",
    ),
    "passed with a failed step in the platform's counts": (
        PASSED,
        {(*SUITE, "platformCounts", "failed"): 1},
        "the verdict is passed, but platformCounts has 2 passed and 1 failed of 2",
    ),
    "passed with another status": (
        PASSED,
        {(*SUITE, "status"): None},
        "the verdict is passed, but the platform's status is unknown",
    ),
    "passed with a step that is not there": (
        PASSED,
        {(*STEP, "returned"): False},
        "the verdict is passed, but step 1 was not returned",
    ),
    "failed without a failed case": (
        PASSED,
        {(*SUITE, "verdict"): "failed", (*SUITE, "exitCode"): 1},
        "the verdict is failed, but no test case failed",
    ),
    "failed with an error of the run": (
        LATE,
        {(*SUITE, "verdict"): "failed", (*SUITE, "exitCode"): 1},
        "the verdict is failed, but the test case of the run itself is an error",
    ),
    "error without an error": (
        FAILED,
        {(*SUITE, "verdict"): "error", (*SUITE, "exitCode"): 4},
        "the verdict is error, but the test case of the run itself is not an error",
    ),
    "timeout without an error": (
        PASSED,
        {(*SUITE, "verdict"): "timeout", (*SUITE, "exitCode"): 5},
        "the verdict is timeout, but the test case of the run itself is not an error",
    ),
    "skipped": (
        PASSED,
        {(*SUITE, "verdict"): "skipped"},
        "the verdict is skipped, but that proves nothing: no test suite was run",
    ),
    "an outcome of no kind": (
        PASSED,
        {(*CASE, "outcome"): "forgiven"},
        'the outcome of test case 1.1 text is "forgiven", which koregate never writes',
    ),
    "a kind of no kind": (
        PASSED,
        {(*CASE, "kind"): "in\ntent"},
        'the kind of test case 1.1 in tent is "in tent", which koregate never writes',
    ),
    "a tolerance of a case that passed": (
        PASSED,
        {(*CASE, "outcome"): "tolerated", (*CASE, "tolerance"): TOLERANCE},
        'is passed before policy, tolerated after it, and its tolerance is "quarantine"',
    ),
    "a tolerated case without a tolerance": (
        FAILED,
        {(*FAILURE, "outcome"): "tolerated"},
        'is failed before policy, tolerated after it, and its tolerance is "None"',
    ),
    "a tolerance of no kind": (
        FAILED,
        {(*FAILURE, "outcome"): "tolerated", (*FAILURE, "tolerance"): {**TOLERANCE, "kind": "grace"}},
        'is failed before policy, tolerated after it, and its tolerance is "grace"',
    ),
    "a failure that passes by policy": (
        FAILED,
        {(*FAILURE, "outcome"): "passed"},
        "is failed before policy, passed after it",
    ),
    "a flaky case without an earlier run": (
        FAILED,
        {
            (*FAILURE, "outcome"): "tolerated",
            (*FAILURE, "outcomeBeforePolicy"): "passed",
            (*FAILURE, "tolerance"): {**TOLERANCE, "kind": "flaky"},
        },
        'is passed before policy, tolerated after it, and its tolerance is "flaky"',
    ),
    "an outcome before policy of no kind": (
        FAILED,
        {(*FAILURE, "outcomeBeforePolicy"): "tolerated"},
        'the outcome before policy of test case "pizza" text is "tolerated", which koregate never writes',
    ),
    "another failure class": (
        FAILED,
        {(*FAILURE, "failureClass"): "wrong-context"},
        'the class of test case "pizza" text is "wrong-context", not wrong-text',
    ),
    "an earlier run without an id of its own": (
        FAILED,
        {(*SUITE, "earlierRuns"): [told_run("ctr-1", "error", 4)]},
        "its earlier runs do not have test run ids of their own",
    ),
    "an earlier run that passed": (
        FAILED,
        {(*SUITE, "earlierRuns"): [told_run("ctr-0", "passed", 0)]},
        'koregate never repeats a suite after the verdict "passed" with exit code 0',
    ),
    "an earlier failure without a case": (
        FAILED,
        {(*SUITE, "earlierRuns"): [told_run("ctr-0", "failed", 1)]},
        "no test case failed in an earlier run that failed",
    ),
    "the run's case in a step": (
        PASSED,
        {(*CASE, "kind"): "run"},
        "1.1 run has the kind run, which does not belong to step 1",
    ),
    "a step's case in the run": (
        LATE,
        {(*CASE, "kind"): "text"},
        "test case 0.0 text has the kind text, which does not belong to step 0",
    ),
    "a case twice": (
        PASSED,
        {(*STEP, "cases"): document(PASSED)["suites"][0]["steps"][0]["cases"] * 2},
        "test case 1.1 text is listed more than once",
    ),
    "a response below zero": (
        PASSED,
        {(*CASE, "response"): -1},
        "the response of test case 1.-1 text is -1, which is out of range",
    ),
    "a step without a case": (PASSED, {(*STEP, "cases"): []}, "step 1 has no test case"),
    "a step twice": (PASSED, {(*SUITE, "steps", 1, "step"): 1}, "step 1 is listed in the place of step 2"),
    "a step below zero": (PASSED, {(*STEP, "step"): -1}, "step -1 is listed in the place of step 1"),
    "a huge step": (
        PASSED,
        {(*STEP, "step"): 10**300},
        "000… (cut, 301 characters in all) is listed in the place of step 1",
    ),
    "the run before its steps": (PASSED, {(*STEP, "step"): 0}, "step 0 is listed in the place of step 1"),
    "an occurrence below one": (PASSED, {(*STEP, "occurrence"): 0}, "the occurrence of step 1 is 0, not 1"),
    "an occurrence without the ones before it": (
        PASSED,
        {(*STEP, "occurrence"): 2},
        "the occurrence of step 1 is 2, not 1",
    ),
    "a duration below zero": (PASSED, {(*SUITE, "durationSeconds"): -1}, "durationSeconds is -1"),
    "a huge duration": (PASSED, {(*SUITE, "durationSeconds"): 1e300}, "durationSeconds is 1e+300"),
    "step counts below zero": (LATE, {(*SUITE, "stepCounts", "failed"): -1}, "stepCounts.failed is -1"),
    "huge step counts": (LATE, {(*SUITE, "stepCounts", "total"): 10**300}, "stepCounts.total is 1000"),
    "other step counts": (
        FAILED,
        {(*SUITE, "stepCounts", "failed"): 0},
        "stepCounts has 1 passed and 0 failed of 2, but the listed steps give 1 passed and 1 failed of 2",
    ),
    "fewer announced steps than listed ones": (
        FAILED,
        {(*SUITE, "stepCounts", "total"): 1},
        "stepCounts has 1 passed and 1 failed of 1, but the listed steps give 1 passed and 1 failed of 2",
    ),
    "other counts": (
        FAILED,
        {(*SUITE, "counts", "failed"): 0},
        "counts has 1 passed, 0 failed, 0 errors and 0 skipped of 2, but the test cases give 1 passed, 1 failed,",
    ),
    "another total": (PASSED, {(*SUITE, "counts", "total"): 3}, "of 3, but the test cases give 2 passed"),
    "another pass rate": (FAILED, {(*SUITE, "passRate"): 100.0}, "passRate is 100.0, but the test cases give 50"),
    "the job's verdict": (
        FAILED,
        {("verdict",): "passed"},
        'the verdict is "passed", but the test suites give "failed"',
    ),
    "the job's exit code": (FAILED, {("exitCode",): 0}, "exitCode is 0, but the test suites give 1 with failOn any"),
    "the job's exit code by fail-on": (
        FAILED,
        {("failOn",): "never"},
        "exitCode is 1, but the test suites give 0 with failOn never",
    ),
    "the job's fail-on": (PASSED, {("failOn",): "none"}, 'failOn is "none", which koregate never writes'),
    "the job's counts": (FAILED, {("counts", "failed"): 0}, "counts has 1 passed, 0 failed, 0 errors and 0 skipped"),
    "the job's step counts": (
        FAILED,
        {("stepCounts", "failed"): 0},
        "but the test suites give 1 passed and 1 failed of 2",
    ),
    "the job's pass rate": (FAILED, {("passRate",): 100}, "passRate is 100.0, but the test cases give 50.00"),
    "the job's duration": (PASSED, {("durationSeconds",): -1}, "durationSeconds is -1"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_report_that_contradicts_itself_is_an_error_that_names_the_contradiction(name: str) -> None:
    job, changes, contradiction = CONTRADICTIONS[name]

    again = merged(forge(job, changes), fail_on="any")

    assert refuted(again, '"0.json"', contradiction)


def test_a_contradiction_leaves_the_other_suites_and_all_test_cases_as_they_are() -> None:
    forged = forge(FAILED, {(*SUITE, "verdict"): "passed"})
    other = job_of(record_of("Hours", answer(step()), "ctr-2"))

    again = merged(forged, other)

    pizza, hours = again.suites
    assert FAILED.suites[0].cases == pizza.cases[:-1]
    assert ("run", "error") == (pizza.cases[-1].kind, pizza.cases[-1].outcome)
    assert (Verdict.ERROR, 4, ()) == (pizza.verdict, pizza.exit_code, pizza.failures)
    assert FAILED.suites[0].failures[0] in pizza.doubts
    assert (Verdict.PASSED, 0) == (hours.verdict, hours.exit_code)


def test_a_contradiction_joins_the_test_case_that_the_run_has() -> None:
    again = merged(forge(LATE, {(*SUITE, "exitCode"): 4}))

    (case,) = again.suites[0].run_cases
    assert "exitCode is 4, but the verdict is timeout" in case.message
    assert case.message.endswith("No end within 30m.")


def test_a_suite_names_so_many_contradictions_at_most() -> None:
    forged = forge(report_of(Pizza=answer(*[step()] * 100)), {})
    for part in forged["suites"][0]["steps"]:
        part["occurrence"] = -1

    again = merged(forged)

    assert 21 == len(again.suites[0].doubts)
    assert again.suites[0].doubts[-1].endswith("there are 80 more contradictions. Re-run its job.")


def test_every_verdict_has_its_exit_codes() -> None:
    assert list(Verdict) == sorted(report_json_checks._EXIT_CODES, key=list(Verdict).index)


# Reports that prove nothing


def test_a_report_without_suites_is_an_error() -> None:
    empty = forge(PASSED, {("suites",): []})

    assert refuted(merged(empty), '"0.json"', "it has no test suite")
    assert refuted(merged(PASSED, empty), '"1.json"', "it has no test suite")


def test_a_skipped_report_is_an_error_and_keeps_its_reason() -> None:
    skipped = JobResult.for_skipped_job("Skipped: client-id: no credentials are given.")

    again = merged(skipped)

    assert refuted(again, '"0.json"', "the verdict is skipped, but that proves nothing: no test suite")
    assert "Skipped: client-id: no credentials are given." in doubts(again)


def test_a_report_on_invalid_inputs_is_an_error_without_their_exit_code() -> None:
    again = merged(JobResult.for_invalid_inputs([Problem("host", "is required.")]))

    assert refuted(again, '"0.json"', "the job that wrote it had invalid inputs (exit code 2)")
    assert "host is required." in doubts(again)


def test_a_suite_that_has_the_gates_name_is_a_suite_like_any_other() -> None:
    job = report_of(**{GATE: answer(step())})

    assert (Verdict.PASSED, 0) == ((again := merged(job, expected=(GATE,))).verdict, again.exit_code)
    assert [GATE, f"{GATE} (2)"] == [suite.name for suite in merged(job, expected=("Pizza",)).suites]
