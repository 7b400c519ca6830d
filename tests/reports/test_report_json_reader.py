"""report.json read back: a merged job renders like a live one, and no file is believed about its own verdict."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.answers import (
    MISSING,
    answer,
    assertion,
    failed_step,
    job_of,
    put,
    record_of,
    replies,
    report_of,
    response,
    step,
)
from support.page import HOSTILE, JOBS, full_of
from support.saved import FACTS, LATER
from support.tolerances import tolerated_job

from koregate.errors import Problem
from koregate.inputs import FailOn
from koregate.judging.cases import FailureClass, Tolerance, ToleranceKind, unique_names
from koregate.judging.earlier_runs import earlier_run, with_earlier_runs
from koregate.judging.facts import JobFacts
from koregate.judging.results import GATE, Counts, JobResult, SuiteResult
from koregate.policy.fail_on import with_exit_code
from koregate.reports import ctrf, junit, report_json, report_json_checks
from koregate.reports.render import RENDERERS
from koregate.reports.report_json_reader import merge_reports
from koregate.reports.report_json_schema import schema
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

Document = dict[str, Any]
texts = st.text(alphabet=st.characters(codec=None), max_size=20)
STOPS = [
    StopReason(Verdict.TIMEOUT, 5, "No end within 30m."),
    StopReason(Verdict.ERROR, 3, "The platform refused the credentials."),
    StopReason(Verdict.ERROR, 4, "The platform knows no such suite."),
    StopReason(Verdict.CANCELLED, 129, "Cancelled by SIGHUP."),
    StopReason(Verdict.CANCELLED, 130, "Cancelled by SIGINT."),
    StopReason(Verdict.CANCELLED, 143, "Cancelled by SIGTERM."),
]
SHAPES = [
    answer(step()),
    answer(step(), step("bye")),
    answer(step(), result__executionResults=None),
    answer(step(), result__stepDetails=None),
    answer(step(), step(expected=[])),
    answer(failed_step(), status="failed"),
    answer(step(), failed_step(), status="failed", totalTestStepsCount=4),
    answer(failed_step(), status="failed", result__errorDetails="The model is missing."),
    answer(step(status="failed"), status="failed"),
    answer(step(), status="aborted"),
    answer(step(), step(status="skipped")),
    answer(step(), result__executionResults=None, result__stepDetails=None),
    answer(),
]


def told_run(run_id: str, verdict: str, exit_code: int) -> dict[str, Any]:
    """An earlier run of a suite, without failures."""
    ended = {"testRunId": run_id, "verdict": verdict, "exitCode": exit_code}
    return {**ended, "failures": [], "steps": [], "stepsTotal": 0, "asserted": []}


def distinct(job: JobResult) -> JobResult:
    """The same job with a run id of its own for each suite that has one."""
    suites = (replace(suite, run_id=suite.run_id and f"ctr-{number}") for number, suite in enumerate(job.suites))
    return replace(job, suites=tuple(suites))


def document(job: JobResult) -> Document:
    value: Document = json.loads(report_json.render(job))
    return value


def merged(*reports: JobResult | Document, fail_on: FailOn = "any", expected: tuple[str, ...] = ()) -> JobResult:
    """The merged job of these reports. What holds for every one is checked."""
    data = [json.dumps(report if isinstance(report, dict) else document(report)).encode() for report in reports]
    job = merge_reports([(f"{number}.json", part) for number, part in enumerate(data)], fail_on, expected, now=LATER)
    proved = job.verdict in (Verdict.PASSED, Verdict.SKIPPED)
    assert any(case.is_blocking for suite in job.suites for case in suite.cases) != proved
    names = [(classname, name) for suite in job.suites for classname, name, _ in suite.named_cases()]
    assert len(names) == len(set(names)) == job.counts.total
    assert all(0 < len(part) <= 200 and "\n" not in part for pair in names for part in pair)
    for render in RENDERERS.values():
        render(job)
    return job


def doubts(job: JobResult) -> list[str]:
    return [doubt for suite in job.suites for doubt in suite.doubts]


def refuted(job: JobResult, *words: str) -> bool:
    """Whether the job is an error, and says so in one line that has all of these words."""
    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)
    assert any(all(word in doubt for word in words) for doubt in doubts(job)), doubts(job)
    assert all("\n" not in doubt for doubt in doubts(job))
    messages = " ".join(case.message for suite in job.suites for case in suite.run_cases if case.is_blocking)
    return words[-1] in messages


def same_after_merging(job: JobResult) -> bool:
    """Whether a merged job of one report renders the same reports. Raises AssertionError with the difference."""
    again = merged(job, fail_on=job.fail_on)
    assert junit.render(job) == junit.render(again)
    assert ctrf.render(job) == ctrf.render(again)
    assert document(job) == document(again)
    return (job.verdict, job.exit_code, job.fail_on) == (again.verdict, again.exit_code, again.fail_on)


# A merge that loses nothing


@pytest.mark.parametrize("fail_on", ["any", "error", "never"])
@pytest.mark.parametrize("name", [name for name in JOBS if name not in ("invalid inputs", "skipped")])
def test_a_merged_job_of_one_report_renders_the_same_reports(name: str, fail_on: Any) -> None:
    assert same_after_merging(with_exit_code(distinct(JOBS[name]()), fail_on))


def test_what_a_job_says_of_its_own_reports_is_no_contradiction() -> None:
    job = report_of(Pizza=answer(step()))

    assert same_after_merging(job.with_missing_reports(["junit.xml"]))
    assert same_after_merging(JobResult.for_internal_error("Internal error (KeyError: 'x')."))
    assert same_after_merging(job.without_steps())
    assert same_after_merging(report_of(Pizza=answer(failed_step(), status="failed")).without_steps())


def test_every_accepted_text_survives_the_way_through_a_report() -> None:
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in ("Ciao!", "Bye!", "Bye!\nor: no")])
    job = report_of(
        Pizza=answer(step("go", "failed", [response("Ciao!", text_=bad)], [response("No.")]), status="failed")
    )

    assert same_after_merging(job)
    (case,) = merged(job).suites[0].cases
    assert ("Ciao!", ("Bye!", "Bye!\nor: no")) == (case.expected, case.alternatives)


@pytest.mark.parametrize("text", HOSTILE)
def test_untrusted_text_survives_the_way_through_a_report(text: str) -> None:
    suites = [
        replace(suite, suite=f"{number} {suite.suite}", run_id=f"{number} {suite.run_id}")
        for number, suite in enumerate(full_of(text).suites)
    ]
    names = unique_names(suite.suite for suite in suites)

    # The target is made of inputs, which hold no such text.
    target = Target("host", "st-1", "inDevelopment", "en")
    assert same_after_merging(JobResult.of(target, map(renamed, suites, names)))


def renamed(suite: SuiteResult, name: str) -> SuiteResult:
    return replace(suite, name=name)


@given(replies(), texts, texts, texts)
def test_any_job_renders_the_same_reports_after_merging(reply: Any, said: str, expected: str, actual: str) -> None:
    words = answer(failed_step(said, expected, actual), step(said), status="failed", result__duration=MISSING)
    stop = StopReason(Verdict.TIMEOUT, 5, expected.strip() or "No end within 30m.")

    job = job_of(
        record_of("Pizza", reply),
        record_of("Hours", words),
        RunRecord("Late", None, json.dumps(words).encode(), stop=stop),
    )

    assert same_after_merging(distinct(job))


@st.composite
def records(draw: st.DrawFn) -> list[RunRecord]:
    """What is known of one to four suites: replies of every shape, and waits that ended without one."""
    endings = draw(st.lists(st.sampled_from(SHAPES) | replies() | st.sampled_from(STOPS), min_size=1, max_size=4))
    return [
        RunRecord(f"Suite {number}", f"ctr-{number}", stop=ending)
        if isinstance(ending, StopReason)
        else record_of(f"Suite {number}", ending, f"ctr-{number}")
        for number, ending in enumerate(endings)
    ]


FAIL_ON: list[FailOn] = ["any", "error", "never"]


@given(records(), st.sampled_from(FAIL_ON))
def test_a_merge_of_one_report_has_its_verdict_exit_code_and_counts(found: list[RunRecord], fail_on: FailOn) -> None:
    job = job_of(*found, fail_on=fail_on)

    again = merged(job, fail_on=fail_on)

    assert (job.verdict, job.exit_code, job.counts, job.step_counts) == (
        again.verdict,
        again.exit_code,
        again.counts,
        again.step_counts,
    )


@given(records(), st.data())
def test_a_merge_of_shards_is_one_job_of_the_same_suites(found: list[RunRecord], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(found) - 1, 1))))) if len(found) > 1 else []
    shards = [found[start:end] for start, end in zip([0, *cuts], [*cuts, len(found)], strict=True)]
    whole = job_of(*found)

    again = merged(*(job_of(*shard) for shard in shards), expected=tuple(record.suite for record in found))

    # Each report rounds its duration.
    expected, actual = ({**document(job), "durationSeconds": 0} for job in (whole, again))
    assert expected == actual
    assert junit.render(whole) == junit.render(again)


# A job with tolerated cases


def test_a_merge_tolerates_nothing_by_itself_and_finds_no_contradiction_in_a_tolerated_job() -> None:
    job = tolerated_job(FAILED)
    assert (Verdict.TOLERATED, 0, 1) == (job.verdict, job.exit_code, job.tolerated)
    assert Counts(passed=1, skipped=1) == job.counts

    again = merged(job)

    assert document(again) == document(FAILED)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (answer(step(), failed_step(), status="failed", totalTestStepsCount=3), "an announced step is missing"),
        (
            answer(step(), failed_step(), status="failed", result__stepDetails=None),
            "the platform's counts of steps are incomplete",
        ),
        (answer(failed_step(), status="failed"), "no test case passed"),
    ],
)
def test_a_tolerated_verdict_below_the_floor_is_a_contradiction(reply: Document, problem: str) -> None:
    job = report_of(Pizza=reply)

    again = merged(tolerated_job(job))

    assert refuted(again, f"the verdict is tolerated, but nothing in it may be tolerated, because {problem}")


def test_a_tolerated_verdict_with_a_failure_that_blocks_is_a_contradiction() -> None:
    forged = forge(FAILED, {(*SUITE, "verdict"): "tolerated", (*SUITE, "exitCode"): 0})

    assert refuted(merged(forged), "the verdict is tolerated, but a test case failed or has no result")


def test_a_flaky_case_keeps_its_earlier_failures_and_passed_in_the_last_run() -> None:
    (failed,), (last,) = FAILED.suites, report_of(Pizza=answer(step(), step("pizza"))).suites
    run = earlier_run(replace(failed, run_id="ctr-0"), 1_000_000)
    passed = with_earlier_runs(last, [run])
    case = passed.cases[1]
    assert (True, FailureClass.WRONG_TEXT) == (case.is_flaky, case.earlier_failures[0].failure_class)
    steps = (passed.steps[0], passed.steps[1]._replace(cases=(case.tolerated(Tolerance(ToleranceKind.FLAKY, "Ok")),)))
    job = JobResult.of(FAILED.target, [replace(passed, steps=steps, verdict=Verdict.TOLERATED)])

    again = merged(job)

    assert (2, 1) == (job.counts.passed, job.tolerated)
    assert (Verdict.PASSED, passed) == (again.verdict, again.suites[0])


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


PASSED = report_of(Pizza=answer(step(), step("bye")))
FAILED = report_of(Pizza=answer(step(), failed_step(), status="failed"))
ERROR = report_of(Pizza=answer(step(), status="aborted"))
LATE = job_of(RunRecord("Pizza", "ctr-1", stop=STOPS[0]))
SUITE = "suites", 0
STEP = *SUITE, "steps", 0
CASE = *STEP, "cases", 0
FAILURE = *SUITE, "steps", 1, "cases", 0
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


def forge(job: JobResult, changes: dict[Any, Any]) -> Document:
    forged = copy.deepcopy(document(job))
    for path, value in changes.items():
        put(forged, list(path), value)
    return forged


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

    assert refuted(again, '"0.json"', "exitCode is 2: its inputs were invalid, so no test suite was run")
    assert "host: is required." in doubts(again)


def test_a_suite_that_has_the_gates_name_is_a_suite_like_any_other() -> None:
    job = report_of(**{GATE: answer(step())})

    assert (Verdict.PASSED, 0) == ((again := merged(job, expected=(GATE,))).verdict, again.exit_code)
    assert [GATE, f"{GATE} (2)"] == [suite.name for suite in merged(job, expected=("Pizza",)).suites]


# Several reports


def test_the_suites_of_all_reports_come_in_the_order_of_the_files() -> None:
    first = distinct(report_of(Pizza=answer(step()), Hours=answer(step())))
    second = job_of(record_of("More.pizza", answer(failed_step(), status="failed"), "ctr-9"))

    job = merged(first, second)

    assert ["Pizza", "Hours", "More.pizza"] == [suite.name for suite in job.suites]
    assert (Verdict.FAILED, 1) == (job.verdict, job.exit_code)
    assert junit.render(job) == junit.render(JobResult.of(first.target, [*first.suites, *second.suites]))


def test_the_same_report_twice_is_an_error() -> None:
    data = report_json.render(PASSED)

    job = merge_reports([("a.json", data), ("a.json", data)], "any", now=LATER)

    assert refuted(job, "These test runs are in the reports more than once: ", '"ctr-1"')
    assert 2 == len([suite for suite in job.suites if suite.suite == "Pizza"])


def test_the_same_test_run_twice_is_an_error_in_one_report_and_in_several() -> None:
    one, two = record_of("One", answer(step()), "ctr-7"), record_of("Two", answer(step()), "ctr-7")

    assert refuted(merged(job_of(one, two)), "These test runs are in the reports more than once: ", '"ctr-7"')
    assert refuted(merged(job_of(one), job_of(two)), "These test runs are in the reports more than once: ", '"ctr-7"')


def test_the_same_suite_twice_is_an_error_in_one_report_and_in_several() -> None:
    one, two = record_of("One", answer(step()), "ctr-1"), record_of("One", answer(step()), "ctr-2")

    assert refuted(merged(job_of(one, two)), "These test suites are in the reports more than once: ", '"One"')
    job = merged(job_of(one), job_of(two))
    assert refuted(job, "These test suites are in the reports more than once: ", '"One"')
    assert ["One", "One (2)", GATE] == [suite.name for suite in job.suites]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target("https://b.example", "st-1", "published", "en"), 'host: "https://a.example" in "0.json"'),
        (Target("https://a.example", "st-2", "published", "en"), 'stream id: "st-1" in "0.json", "st-2" in "1.json"'),
        (Target("https://a.example", "st-1", "inDevelopment", "en"), "bot version: "),
        (Target("https://a.example", "st-1", "published", "de"), "bot language: "),
        (Target("https://a.example", "st-1", "published", None), 'bot language: "en" in "0.json", unknown in "1.json"'),
    ],
)
def test_reports_of_different_targets_are_an_error_that_names_what_differs(target: Target, words: str) -> None:
    common = Target("https://a.example", "st-1", "published", "en")
    here = job_of(record_of("One", answer(step()), "ctr-1"), target=common)
    there = job_of(record_of("Two", answer(step()), "ctr-2"), target=target)

    job = merged(here, there)

    assert refuted(job, "The reports differ in their ", words)
    assert [a if a == b else None for a, b in zip(common, target, strict=True)] == list(job.target)


WHOLE = Target("https://a.example", "st-1", "published", "en")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(), "it does not have its host, stream id, bot version, bot language. Give the report of a job "),
        (WHOLE._replace(host=None), "it does not have its host. "),
        (WHOLE._replace(stream_id=""), "it does not have its stream id. "),
        (WHOLE._replace(bot_version=None), "it does not have its bot version. "),
        (WHOLE._replace(bot_language=""), "it does not have its bot language. "),
    ],
)
def test_a_report_that_does_not_tell_what_it_tested_proves_nothing(target: Target, words: str) -> None:
    jobs = [job_of(record_of(name, answer(step()), f"ctr-{name}"), target=target) for name in ("One", "Two")]

    assert refuted(merged(*jobs), 'The report "0.json" proves nothing: ', words)
    assert refuted(merged(jobs[0]), words)


def test_a_report_of_no_suite_needs_no_target() -> None:
    again = merged(JobResult.for_internal_error("Internal error (KeyError: 'x')."))

    assert ["Internal error (KeyError: 'x')."] == doubts(again)


# What is told of the job


def with_facts(job: JobResult, facts: JobFacts) -> JobResult:
    return job.with_facts(facts, str)


def test_the_facts_of_a_job_survive_the_way_through_a_report() -> None:
    job = with_facts(PASSED, FACTS)

    assert same_after_merging(job)
    assert FACTS == merged(job).facts


def test_merged_reports_have_the_facts_that_they_share_and_finished_with_the_last_one() -> None:
    assert FACTS.finished is not None
    later = FACTS._replace(finished=FACTS.finished + timedelta(hours=1), ci=FACTS.ci._replace(url="", build="10"))

    facts = merged(with_facts(PASSED, FACTS), with_facts(PASSED, later)).facts

    assert later._replace(ci=FACTS.ci._replace(url="", build="")) == facts


def of_commit(commit: str, number: int = 1, **changes: Any) -> JobResult:
    """A job of that commit that passed."""
    told = FACTS._replace(ci=FACTS.ci._replace(commit=commit, commit_url="", **changes))
    return with_facts(job_of(record_of(f"Suite {number}", answer(step()), f"ctr-{number}")), told)


def test_reports_of_different_commits_are_an_error_that_names_both() -> None:
    job = merged(of_commit("a" * 40), of_commit("b" * 40, 2), of_commit("a" * 40, 3))

    assert refuted(
        job,
        "The reports are of different commits: ",
        '"aaaaaaaaaaaa" in "0.json", "bbbbbbbbbbbb" in "1.json". Merge only reports of one commit.',
    )
    assert "" == job.facts.ci.commit


def test_commits_that_begin_alike_are_named_whole() -> None:
    one, two = "a" * 39 + "1", "a" * 39 + "2"

    assert refuted(merged(of_commit(one), of_commit(two, 2)), f'"{one}" in "0.json", "{two}" in "1.json"')


def test_a_report_without_a_commit_merges_with_any() -> None:
    laptop = job_of(record_of("Suite 3", answer(step()), "ctr-3"))

    assert 0 == merged(of_commit("a" * 40), of_commit("a" * 40, 2), laptop).exit_code


def test_a_report_of_a_pull_request_does_not_merge_with_one_of_a_push() -> None:
    untold = of_commit("a" * 40, 3, is_pull_request=None)
    push = of_commit("a" * 40, 2, is_pull_request=False)

    assert 0 == merged(of_commit("a" * 40), untold).exit_code
    assert 0 == merged(push, untold).exit_code
    assert refuted(
        merged(untold, push, of_commit("a" * 40)), 'The report "2.json" is of a pull request, and the report "1.json" '
    )


def at(finished: datetime | None, number: int = 1) -> JobResult:
    return with_facts(job_of(record_of(f"Suite {number}", answer(step()), f"ctr-{number}")), JobFacts(finished))


def test_a_report_of_the_future_proves_nothing_beyond_what_clocks_differ() -> None:
    skew = timedelta(hours=1)

    assert 0 == merged(at(LATER + skew), at(None, 2)).exit_code
    assert refuted(
        merged(at(LATER), at(LATER + skew + timedelta(seconds=1), 2)),
        'The report "1.json" proves nothing: ',
        "it says that it finished in the future. Check the clocks. Re-run its job.",
    )
    assert 4 == merged(at(datetime.max.replace(tzinfo=UTC))).exit_code


def test_an_old_report_gets_a_remark_and_still_counts() -> None:
    day, old = timedelta(days=1), LATER - timedelta(days=1, seconds=1)

    job = merged(at(LATER), at(old, 2), at(LATER - day, 3), at(None, 4))

    assert 0 == job.exit_code
    assert [0, 1, 0, 0] == [len(suite.remarks) for suite in job.suites]
    assert (
        "This suite is from a report of 2029-12-30 23:59 UTC. The newest report that was merged with it is of "
        "2030-01-01 00:00 UTC." in job.suites[1].remarks
    )
    assert 0 == merged(at(datetime.min.replace(tzinfo=UTC)), at(LATER, 2)).exit_code


def test_a_merged_job_has_no_date_if_a_report_has_none() -> None:
    assert merged(with_facts(PASSED, FACTS), PASSED).facts.finished is None


@pytest.mark.parametrize("text", [*HOSTILE, "//evil.example", "https://a@evil.example/", "https://a.example/\n/x"])
def test_forged_facts_of_a_report_are_on_one_line_and_no_address_acts(text: str) -> None:
    keys = ("url", "build", "commit", "commitUrl", "branch", "defaultBranch")
    visible = text.encode("utf-8", "backslashreplace").decode()
    forged = forge(PASSED, {("ci", "system"): visible, **{("ci", key): visible for key in keys}})

    job = merged(forged)

    facts = job.facts.ci
    assert ("", "", "") == (facts.system, facts.url, facts.commit_url)
    assert all("\n" not in fact and len(fact) <= 250 for fact in (facts.build, facts.commit, facts.branch))
    jsonschema.validate(document(job), schema())
    assert Verdict.PASSED is job.verdict


def test_fields_that_a_later_koregate_added_are_ignored() -> None:
    later = document(PASSED)
    for part in (later, later["ci"], later["target"], later["suites"][0], later["suites"][0]["steps"][0]["cases"][0]):
        part["x" * 500] = {"verdict": "failed"}

    assert document(PASSED) == document(merged(later))


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (("One", "Two", "Three", "Four"), ("are expected but missing: ", '"Three", "Four"')),
        (("One",), ("are not expected: ", '"Two"')),
        (("One", "two"), ("are expected but missing: ", '"two"')),
        (("One", "Two "), ("are not expected: ", '"Two"')),
    ],
)
def test_the_suites_must_be_the_expected_ones(expected: tuple[str, ...], words: tuple[str, ...]) -> None:
    jobs = [job_of(record_of(name, answer(step()), f"ctr-{name}")) for name in ("One", "Two")]

    assert refuted(merged(*jobs, expected=expected), *words)
    assert 0 == merged(*jobs, expected=("Two", "One")).exit_code


def test_a_report_of_the_gate_itself_is_no_suite_that_is_foreign_or_doubled() -> None:
    jobs = [job_of(record_of(name, answer(step()), f"ctr-{name}")) for name in ("One", "Two")]

    job = merged(*(job.with_missing_reports(["junit.xml"]) for job in jobs), expected=("One", "Two"))

    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)
    assert ["koregate could not write these reports: junit.xml."] * 2 == doubts(job)


def test_a_files_own_fail_on_is_ignored() -> None:
    never = report_of(Pizza=answer(failed_step(), status="failed"))
    never = with_exit_code(never, "never")

    assert ("any", 1) == ((job := merged(never)).fail_on, job.exit_code)
    assert ("error", 0) == ((job := merged(never, fail_on="error")).fail_on, job.exit_code)


# Files that cannot be used


def changed(**changes: Any) -> bytes:
    value = {**document(PASSED), **changes}
    return json.dumps({key: part for key, part in value.items() if part is not MISSING}).encode()


FOREIGN = {
    "version": (changed(schemaVersion=99), "is a report.json of another version of koregate"),
    "version with other keys": (b'{"koregate": "9", "schemaVersion": 9}', "is a report.json of another version"),
    "key missing": (changed(exitCode=MISSING), r"is not a report.json that koregate wrote \(missing: exitCode\)"),
    "empty suite": (changed(suites=[{}]), r"is not a report.json that koregate wrote \(missing: suites\[0\].name, "),
    "key missing in a suite": (
        json.dumps(forge(PASSED, {(*SUITE, "nlpVersions"): MISSING})).encode(),
        r"is not a report.json that koregate wrote \(missing: suites\[0\].nlpVersions\)",
    ),
    "rate as text": (
        changed(passRate="100.00"),
        r"wrote \(passRate must be a number\)",
    ),
    "date that is none": (changed(finishedAt="soon"), r"\(finishedAt must be a date and time with an offset\)"),
    "number as text": (
        changed(exitCode="0"),
        r"wrote \(exitCode must be a whole number\)",
    ),
    "number as boolean": (
        changed(exitCode=False),
        r"wrote \(exitCode must be a whole number\)",
    ),
    "number as fraction": (
        changed(exitCode=0.0),
        r"wrote \(exitCode must be a whole number\)",
    ),
    "not a number": (changed(durationSeconds=float("nan")), r"\(durationSeconds must be a number\)"),
    "infinity": (
        json.dumps(forge(PASSED, {(*SUITE, "durationSeconds"): float("-inf")})).encode(),
        r"\(suites\[0\].durationSeconds must be a number\)",
    ),
    "no date": (
        json.dumps(forge(PASSED, {(*SUITE, "startedAt"): "soon"})).encode(),
        r"\(suites\[0\].startedAt must be a date and time with an offset\)",
    ),
    "no offset": (
        json.dumps(forge(PASSED, {(*SUITE, "startedAt"): "2026-11-23T10:14:13"})).encode(),
        r"\(suites\[0\].startedAt must be a date and time with an offset\)",
    ),
    "no time in UTC": (
        json.dumps(forge(PASSED, {(*SUITE, "startedAt"): "9999-12-31T23:59:59-14:00"})).encode(),
        r"\(suites\[0\].startedAt must be a date and time with an offset\)",
    ),
    "huge number": (changed().replace(b'"exitCode": 0', b'"exitCode": ' + b"9" * 100_000), "is not a report.json"),
    "deep": (b"[" * 100_000, "is not a report.json"),
    "deep value": (changed().replace(b'"any"', b"[" * 5000 + b"]" * 5000), "is not a report.json"),
    "half a surrogate": (changed().replace(b'"any"', rb'"\ud800"'), "is not a report.json"),
    "empty": (b"", r"is not a report.json that koregate wrote \(it is empty\)"),
    "list": (b"[]", r"is not a report.json that koregate wrote \(it must be an object\)"),
    "no text": (b"\xff", r"is not a report.json that koregate wrote \(it is not UTF-8, line 1\)"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_is_no_report_of_this_version_is_named_with_the_reason(name: str) -> None:
    data, reason = FOREIGN[name]

    with pytest.raises(ValueError, match=rf'^"report.json" .*{reason}'):
        merge_reports([("good.json", report_json.render(PASSED)), ("report.json", data)], "any", now=LATER)


def test_a_suite_whose_name_reports_may_show_for_others_is_none_of_those_that_are_expected() -> None:
    shown = report_json.render(job_of(record_of("for [email]", answer(step()))))

    merged_job = merge_reports([("report.json", shown)], "any", ["for [email]"], now=LATER)

    assert EXIT_NO_VERDICT == merged_job.exit_code
    told = " ".join(merged_job.suites[-1].doubts)
    assert 'expected but missing: "for [email]".' in told
    assert 'not expected: "for [email]".' in told
