"""What all reports read: counts, blocking steps, identities, and the worst verdict of the job."""

import pytest
from support.answers import (
    MISSING,
    answer,
    assertion,
    failed_step,
    job_of,
    judged,
    record_of,
    report_of,
    response,
    step,
)

from koregate.errors import Problem
from koregate.judging.cases import Outcome
from koregate.judging.results import Counts, JobResult, StepCounts
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.verdicts import Verdict

MIXED = answer(step("hi"), failed_step(), step("bye", "odd"), status="failed", totalTestStepsCount=4)


def test_test_cases_are_counted_by_outcome_and_added_up_over_the_suites() -> None:
    job = report_of(Mixed=MIXED, Good=answer(step(), step()))

    assert Counts(passed=2, failed=1, errors=1, skipped=1) == job.suites[0].counts
    assert Counts(passed=4, failed=1, errors=1, skipped=1) == job.counts
    assert (7, "57.14") == (job.counts.total, job.counts.pass_rate)


def test_a_step_passed_if_the_platform_says_so_and_none_of_its_cases_blocks() -> None:
    job = report_of(Mixed=MIXED, Good=answer(step(), step()))

    assert StepCounts(total=4, passed=1, failed=1) == job.suites[0].step_counts
    assert StepCounts(total=6, passed=3, failed=1) == job.step_counts
    bad = step(status="passed", expected=[response(text_=assertion("failed"))])
    assert StepCounts(total=1, passed=0, failed=1) == judged(answer(bad)).step_counts


@pytest.mark.parametrize(
    ("counts", "announced", "expected"),
    [
        ({"passed": 2, "failed": 1, "total": 3}, 3, StepCounts(3, 2, 1)),
        ({"passed": 2, "failed": 1, "total": 3}, 5, StepCounts(5, 2, 1)),
        ({}, 3, StepCounts(3)),
        (MISSING, 3, StepCounts(3)),
        (MISSING, None, StepCounts()),
    ],
)
def test_without_a_list_of_steps_the_counts_of_the_platform_stand(
    counts: object, announced: int | None, expected: StepCounts
) -> None:
    reply = answer(
        status="failed",
        result__executionResults=MISSING,
        result__stepDetails=counts,
        totalTestStepsCount=announced,
    )

    assert expected == judged(reply).step_counts


def test_blocking_steps_and_blocking_cases_are_the_same_cases_in_the_same_order() -> None:
    job = report_of(Mixed=MIXED, Good=answer(step()), Odd=answer(step(), status="odd"))

    assert [
        ("Mixed", 2, 'Mixed, step 2 "pizza"', ["2.1 text"]),
        ("Mixed", 3, 'Mixed, step 3 "bye"', ["3 step"]),
        ("Odd", None, "Odd", ["run"]),
    ] == [
        (
            blocking.suite.name,
            blocking.step.number if blocking.step else None,
            blocking.title,
            [case.label for case in blocking.cases],
        )
        for blocking in job.blocking_steps
    ]
    assert [
        ("Mixed.step 2", "2.1 text: pizza"),
        ("Mixed.step 3", "3 step: bye"),
        ("Odd.run", "run"),
    ] == [(classname, name) for classname, name, _ in job.blocking_cases]


def test_every_test_case_has_the_class_name_of_its_step() -> None:
    (suite,) = report_of(Mixed=MIXED).suites

    assert [
        ("Mixed.step 1", "1.1 text: hi"),
        ("Mixed.step 2", "2.1 text: pizza"),
        ("Mixed.step 3", "3.1 text: bye"),
        ("Mixed.step 3", "3 step: bye"),
        ("Mixed.step 4", "4 step"),
    ] == [(classname, name) for classname, name, _ in suite.named_cases()]
    assert suite.cases == tuple(case for _, _, case in suite.named_cases())


def test_every_step_counts_the_steps_before_it_with_the_same_input() -> None:
    suite = judged(answer(step("hi"), step("pizza"), step("hi"), step("hi")))

    assert [("hi", 1), ("pizza", 1), ("hi", 2), ("hi", 3)] == [(part.input, part.occurrence) for part in suite.steps]


def test_the_identities_of_all_cases_of_a_suite_differ() -> None:
    reply = answer(
        *[step("hi")] * 3, failed_step(), None, None, status="failed", totalTestStepsCount=9, result__errorDetails="x"
    )
    suite = judged(reply)
    identities = [suite.identity(part, case) for part, cases in suite.cases_by_step for case in cases]

    assert ("Pizza", "hi", 1, 1, "text") == identities[0]
    assert ("Pizza", "", 1, 0, "run") == identities[-1]
    assert len(identities) == len(set(identities))


def test_a_new_step_changes_the_identity_of_no_other() -> None:
    before, after = judged(answer(step("hi"), step("bye"))), judged(answer(step("new"), step("hi"), step("bye")))

    assert [
        [suite.identity(part, case) for part in suite.steps[-2:] for case in part.cases] for suite in (before, after)
    ] == [[("Pizza", "hi", 1, 1, "text"), ("Pizza", "bye", 1, 1, "text")]] * 2


def stopped(verdict: Verdict, exit_code: int) -> RunRecord:
    return RunRecord("Stopped", "ctr-9", stop=StopReason(verdict, exit_code, "Stopped."))


@pytest.mark.parametrize(
    ("records", "verdict", "exit_code"),
    [
        ([record_of("Good", answer(step()))], Verdict.PASSED, 0),
        ([record_of("Good", answer(step())), record_of("Bad", answer(failed_step()))], Verdict.FAILED, 1),
        ([record_of("Bad", answer(failed_step())), stopped(Verdict.TIMEOUT, 5)], Verdict.TIMEOUT, 5),
        ([stopped(Verdict.TIMEOUT, 5), record_of("Odd", answer(step(), status="odd"))], Verdict.ERROR, 4),
        ([stopped(Verdict.ERROR, 4), stopped(Verdict.ERROR, 3)], Verdict.ERROR, 3),
        ([stopped(Verdict.CANCELLED, 143), stopped(Verdict.ERROR, 3)], Verdict.CANCELLED, 143),
    ],
)
def test_the_worst_suite_gives_the_job_its_verdict_and_its_exit_code(
    records: list[RunRecord], verdict: Verdict, exit_code: int
) -> None:
    job, backwards = job_of(*records), job_of(*reversed(records))

    assert (verdict, exit_code) == (job.verdict, job.exit_code) == (backwards.verdict, backwards.exit_code)


def test_the_job_started_with_its_first_suite_and_took_as_long_as_all_of_them() -> None:
    job = report_of(
        Late=answer(step(), result__startTime="2026-11-23T12:00:00+01:00", result__duration=1500),
        Early=answer(step(), result__startTime="2026-11-23T10:30:00Z", result__duration=500),
        Silent=answer(step(), result__startTime=MISSING, result__duration=MISSING),
    )

    assert ("2026-11-23T10:30:00+00:00", 2.0) == (job.started.isoformat() if job.started else None, job.seconds)


def test_personal_data_is_removed_from_every_text_of_the_result_and_from_no_status_or_id() -> None:
    reply = answer(
        failed_step("I am passed@example.com", "Hello passed@example.com", "Who is passed@example.com?"),
        status="failed",
        result__errorDetails={"of": "passed@example.com"},
    )
    stop = StopReason(Verdict.TIMEOUT, 5, "No reply to passed@example.com.")

    (suite, late) = job_of(record_of("Pizza", reply), RunRecord("Late", stop=stop), redact=("email",)).suites

    assert "passed@" not in repr((suite, late))
    assert "I am [email]" == suite.steps[0].input
    assert ("Hello [email]", "Who is [email]?") == (suite.cases[0].expected, suite.cases[0].actual)
    assert ("No reply to [email].",) == late.doubts
    unchanged = job_of(record_of("Pizza", answer(step())), redact=("passed|ctr-1",)).suites[0]
    assert (Verdict.PASSED, "ctr-1", "passed") == (unchanged.verdict, unchanged.run_id, unchanged.platform_status)


def test_suites_of_one_name_have_names_of_their_own_in_the_reports() -> None:
    job = job_of(record_of("Pizza", answer(step())), record_of("Pizza", answer(step())))

    assert [("Pizza", "Pizza"), ("Pizza (2)", "Pizza")] == [(suite.name, suite.suite) for suite in job.suites]


def test_a_job_with_unusable_inputs_is_one_errored_case_that_names_every_problem() -> None:
    job = JobResult.for_invalid_inputs([Problem("host", "is required."), Problem("timeout", "is 0.")])

    message = "host: is required. timeout: is 0."
    assert (Verdict.ERROR, 2, Target()) == (job.verdict, job.exit_code, job.target)
    assert [("koregate", ("host: is required.", "timeout: is 0."))] == [
        (suite.name, suite.doubts) for suite in job.suites
    ]
    assert [("run", Outcome.ERROR, message)] == [
        (case.label, case.outcome, case.message) for case in job.suites[0].cases
    ]


def test_a_skipped_job_is_one_skipped_case_that_says_why() -> None:
    job = JobResult.for_skipped_job("Skipped: client-id: no credentials are given.")

    assert (Verdict.SKIPPED, 0, []) == (job.verdict, job.exit_code, job.blocking_steps)
    assert [("run", Outcome.SKIPPED, "Skipped: client-id: no credentials are given.")] == [
        (case.label, case.outcome, case.message) for case in job.suites[0].cases
    ]


def test_a_job_that_a_bug_of_koregate_ended_is_one_errored_case() -> None:
    job = JobResult.for_internal_error("Internal error (KeyError: 'x'). This is a bug in koregate. Please report it.")

    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)
    assert ["Internal error (KeyError: 'x'). This is a bug in koregate. Please report it."] == [
        case.message for case in job.suites[0].cases if case.outcome is Outcome.ERROR
    ]


@pytest.mark.parametrize(
    ("records", "verdict", "exit_code"),
    [
        ([record_of("Good", answer(step()))], Verdict.ERROR, 4),
        ([record_of("Bad", answer(failed_step()))], Verdict.ERROR, 4),
        ([stopped(Verdict.ERROR, 3)], Verdict.ERROR, 3),
        ([stopped(Verdict.CANCELLED, 130)], Verdict.CANCELLED, 130),
    ],
)
def test_a_job_whose_reports_are_missing_is_an_error_that_names_them_unless_it_is_worse(
    records: list[RunRecord], verdict: Verdict, exit_code: int
) -> None:
    before = job_of(*records, fail_on="error", redact=("email",))

    after = before.with_missing_reports({"report.json", "junit.xml"})

    assert (verdict, exit_code) == (after.verdict, after.exit_code)
    assert (before.suites, before.target, before.fail_on, before.redact) == (
        after.suites[:-1],
        after.target,
        after.fail_on,
        after.redact,
    )
    message = "koregate could not write these reports: junit.xml, report.json."
    assert [("koregate", "run", Outcome.ERROR, message)] == [
        (after.suites[-1].name, case.label, case.outcome, case.message) for case in after.suites[-1].cases
    ]


@pytest.mark.parametrize(
    ("record", "outcome", "message"),
    [
        (
            record_of("Pizza", answer(step(), step())),
            Outcome.PASSED,
            "(stands for 2 test cases: 2 passed, 0 failed)",
        ),
        (
            record_of("Pizza", answer(step(), failed_step(), status="failed")),
            Outcome.FAILED,
            "The platform reports the test run as failed. (stands for 2 test cases: 1 passed, 1 failed)",
        ),
        (
            record_of("Pizza", answer(step(), result__status="odd")),
            Outcome.ERROR,
            (
                'The status of the result is "odd", which is neither passed nor failed. '
                "(stands for 2 test cases: 1 passed, 0 failed)"
            ),
        ),
        (
            stopped(Verdict.CANCELLED, 130),
            Outcome.ERROR,
            "Stopped. (stands for 1 test case: 0 passed, 0 failed)",
        ),
        (
            stopped(Verdict.SKIPPED, 0),
            Outcome.SKIPPED,
            "Stopped. (stands for 1 test case: 0 passed, 0 failed)",
        ),
    ],
    ids=["passed", "failed", "error", "cancelled", "skipped"],
)
def test_without_its_steps_a_suite_has_one_case_that_stands_for_all_and_the_same_verdict(
    record: RunRecord, outcome: Outcome, message: str
) -> None:
    before = job_of(record)

    after = before.without_steps()

    assert [("run", outcome, message)] == [
        (case.label, case.outcome, case.message) for suite in after.suites for case in suite.cases
    ]
    assert (before.verdict, before.exit_code) == (after.verdict, after.exit_code)
    assert before.step_counts == after.step_counts


def test_the_suite_of_missing_reports_has_a_name_of_its_own_however_often_it_is_added() -> None:
    before = job_of(record_of("koregate", answer(step())))

    after = before.with_missing_reports(["raw/001-koregate.json"]).with_missing_reports(["junit.xml"])

    assert ["koregate", "koregate (2)", "koregate (3)"] == [suite.name for suite in after.suites]
    assert (Verdict.ERROR, 4) == (after.verdict, after.exit_code)
