"""What all reports read: counts, blocking steps, identities, and the worst verdict of the job."""

from dataclasses import replace
from typing import Any

import pytest
from support import batch
from support.answers import (
    MISSING,
    TARGET,
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
from support.policies import NOW, baseline, failed, failing, quarantine, retried
from support.tolerances import tolerated_job

from koregate.errors import Problem
from koregate.inputs import Flaky
from koregate.judging.cases import FailureClass, Outcome, TestCase
from koregate.judging.facts import CIFacts, JobFacts
from koregate.judging.results import Counts, JobResult, StepCounts, SuiteResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.redaction.personal_data import personal_data_filter
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.text import one_line
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

    message = "host is required. timeout is 0."
    assert (Verdict.ERROR, 2, Target()) == (job.verdict, job.exit_code, job.target)
    assert [("koregate", ("host is required.", "timeout is 0."))] == [
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
    assert (before.suites, before.target, before.fail_on, ("email",)) == (
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


# Suites that ran more than once


FLAKY = retried(failed(step(), failed_step()), failed(step(), failed_step()), answer(step(), step("pizza")))


def with_flaky(job: JobResult, flaky: Flaky, **rules: Any) -> SuiteResult:
    return apply_policy(job, Policy(NOW, flaky=flaky, **rules)).suites[0]


def test_a_suite_is_flaky_if_nothing_else_blocks_or_is_tolerated() -> None:
    other = retried(failed(step(), failed_step()), failed(failed_step("hi"), step("pizza")))
    unproved = retried(failed(step(), failed_step()), answer(step(), step("pizza"), totalTestStepsCount=3))

    assert [True, True] == [with_flaky(FLAKY, flaky).is_flaky for flaky in ("fail", "pass")]
    assert [False, False] == [with_flaky(other, flaky).is_flaky for flaky in ("fail", "pass")]
    assert not FLAKY.suites[0].is_flaky
    assert not with_flaky(unproved, "pass").is_flaky
    assert not with_flaky(other, "pass", quarantine=quarantine("hi")).is_flaky
    assert with_flaky(other, "fail", quarantine=quarantine("hi")).is_flaky


def test_a_step_that_failed_in_an_earlier_run_alone_counts_as_failed_if_that_blocks() -> None:
    strict, lenient = with_flaky(FLAKY, "fail"), with_flaky(FLAKY, "pass")

    assert StepCounts(2, 2, 0) == strict.step_counts == lenient.step_counts
    assert StepCounts(2, 1, 1) == strict.verdict_steps == lenient.verdict_steps
    assert StepCounts(0, 0, 1) == replace(strict, step_counts=StepCounts()).verdict_steps
    both = JobResult.of(TARGET, [strict, *report_of(Good=answer(step()), Bad=failed(failed_step())).suites])
    assert StepCounts(4, 2, 2) == both.verdict_steps


def test_an_earlier_run_has_a_number_by_its_id() -> None:
    (suite,) = FLAKY.suites
    first, second = suite.earlier_runs

    assert [(1, first), (2, second), None] == [suite.numbered_run(f"ctr-1.{number}") for number in (1, 2, 3)]


def test_the_first_failure_of_a_flaky_step_is_shown_and_none_if_the_last_run_failed_too() -> None:
    (flaky,) = JobResult.of(TARGET, [with_flaky(FLAKY, "fail")]).blocking_steps
    (failed_last,) = retried(failed(failed_step()), failed(failed_step())).blocking_steps

    assert flaky.cases[0].earlier_failures[0] is flaky.earlier_failure
    assert ["ctr-1.1", "ctr-1.2"] == [failure.run_id for failure in flaky.cases[0].earlier_failures]
    assert failed_last.cases[0].earlier_failures
    assert failed_last.earlier_failure is None


# Before policy


def test_a_suite_whose_only_case_is_tolerated_or_known_is_failed_before_policy() -> None:
    job = report_of(Pizza=failed(failed_step()))
    known = apply_policy(job, Policy(NOW, baseline=baseline(job), is_pull_request=False))
    for after, verdict in ((tolerated_job(job), Verdict.TOLERATED), (known, Verdict.FAILED)):
        (suite,) = after.suites

        assert (verdict, job.suites[0]) == (suite.verdict, suite.before_policy())
        assert job.suites[0] != suite


def test_what_rules_count_in_a_batch_suite_are_the_platforms_own_counts() -> None:
    counted = batch.judged(batch.reply(2, 1), batch.csv_file(["hi", "Greet", "Greet"]))

    assert (2, 1) == counted.judged_counts
    assert (0, 0) == replace(counted, platform_counts=None).judged_counts


def test_a_failure_is_no_consequence_of_one_that_is_new_if_it_is_known_or_known_if_it_is_new() -> None:
    lost, later = failing("lost", "flow"), failed_step("then")
    before = {
        "both new": failed(failed_step("other"), step("lost"), step("then")),
        "both known": failed(step("hi"), lost, later),
        "known after new": failed(step("hi"), step("lost"), later),
        "new after known": failed(step("hi"), lost, step("then")),
    }
    found = {}
    for name, reply in before.items():
        policy = Policy(NOW, baseline=baseline(report_of(Pizza=reply)), is_pull_request=False)
        cause, blocking = apply_policy(report_of(Pizza=failed(step("hi"), lost, later)), policy).blocking_steps
        assert (0, False) == (cause.caused_by, cause.is_consequence)
        found[name] = (blocking.caused_by, blocking.is_consequence)

    assert {
        "both new": (2, True),
        "both known": (2, True),
        "known after new": (0, False),
        "new after known": (2, False),
    } == found


def test_the_title_of_a_failure_is_one_short_line() -> None:
    said = "a very long order " * 20
    job = report_of(Pizza=failed(failed_step(said), step("", "failed")))

    assert [f'Pizza, step 1 "{one_line(said, 100)}"', "Pizza, step 2"] == [part.title for part in job.blocking_steps]
    intents = batch.judged(batch.reply(1, 1), batch.csv_file(["hi", "Greet", "Greet"], ["bye", "Leave", "Greet"]))
    assert ['Intents, utterance 2 "bye"'] == [part.title for part in JobResult.of(TARGET, [intents]).blocking_steps]


def test_a_rate_is_rounded_down_and_that_of_no_test_case_is_nothing() -> None:
    rates = [Counts(), Counts(3), Counts(passed=2, failed=1), Counts(passed=99_999, errors=1), Counts(skipped=1)]

    assert ["0.00", "100.00", "66.66", "99.99", "0.00"] == [counts.pass_rate for counts in rates]


def test_a_job_has_its_facts_without_personal_data() -> None:
    facts = JobFacts(ci=CIFacts(branch="for-ann@example.com"))

    job = report_of(Pizza=answer(step())).with_facts(facts, personal_data_filter(("email",)))

    assert JobFacts(ci=CIFacts(branch="[email]")) == job.facts
    assert Verdict.PASSED is job.verdict


def test_a_result_of_no_run_is_of_no_app_and_its_message_is_cut() -> None:
    problem, long = Problem("host", "is wrong. " * 200), "A very long message. " * 200

    invalid, internal = JobResult.for_invalid_inputs([problem, problem]), JobResult.for_internal_error(long)
    skipped = JobResult.for_skipped_job("No credentials.")

    assert {Target()} == {job.target for job in (invalid, internal, skipped)}
    assert {"koregate"} == {suite.suite for job in (invalid, internal, skipped) for suite in job.suites}
    assert TestCase(0, 0, "run", Outcome.ERROR, one_line(long, 1000)) == internal.suites[0].cases[0]
    assert [1000, 1000] == [len(doubt) for doubt in invalid.suites[0].doubts]
    assert 1000 == len(invalid.suites[0].cases[0].message)


@pytest.mark.parametrize(
    ("job", "case"),
    [
        (
            report_of(Pizza=failed(failed_step(), result__errorDetails="very long " * 500)),
            TestCase(0, 0, "run", Outcome.FAILED, failure_class=FailureClass.RUN),
        ),
        (
            tolerated_job(report_of(Pizza=failed(failed_step()))),
            TestCase(0, 0, "run", Outcome.SKIPPED, "(stands for 1 test case: 0 passed, 0 failed)"),
        ),
    ],
    ids=["failed", "tolerated"],
)
def test_the_case_that_stands_for_all_has_the_class_of_a_run_and_is_short(job: JobResult, case: TestCase) -> None:
    suite = replace(job.suites[0], failures=() if case.message else ("Very long. " * 200,), doubts=())

    (only,) = JobResult.of(TARGET, [suite]).without_steps().suites[0].cases

    assert case._replace(message=only.message) == only
    assert only.message == f"The suite is tolerated. {case.message}" if case.message else 1000 == len(only.message)


def test_a_suite_before_policy_has_the_verdict_and_the_cases_of_that_time() -> None:
    gone = retried(failed(step(), failed_step("gone")), answer(step(), step("pizza")))
    errors = tolerated_job(report_of(Pizza=failed(step(), failed_step(), result__errorDetails="boom")))

    assert FLAKY.suites[0] == with_flaky(FLAKY, "fail").before_policy()
    assert gone.suites[0] == with_flaky(gone, "fail").before_policy()
    assert (Verdict.FAILED, ()) == (with_flaky(gone, "fail").verdict, gone.suites[0].run_cases)
    (before,) = report_of(Pizza=failed(step(), failed_step(), result__errorDetails="boom")).suites
    assert [before] == [suite.before_policy() for suite in errors.suites]
    assert before.run_cases


def test_rules_count_each_folded_case_and_none_that_policy_added() -> None:
    gone = with_flaky(retried(failed(step(), failed_step("gone")), failed(step(), failed_step())), "fail")
    first, *others = gone.steps

    assert ["earlier-runs"] == [case.kind for case in gone.run_cases]
    assert (1, 1) == gone.judged_counts
    assert (7, 1) == replace(gone, steps=(first._replace(folded=7), *others)).judged_counts


def test_a_step_with_a_failure_of_its_own_is_no_consequence_of_another() -> None:
    suite = report_of(Pizza=failed(step("hi"), failing("lost", "flow"), failed_step("then"))).suites[0]
    _, then = JobResult.of(TARGET, [suite]).blocking_steps
    own = then.cases[0]._replace(caused_by=0)

    assert (2, 0) == (then.caused_by, then._replace(cases=[*then.cases, own]).caused_by)
    assert "conversation" == suite.kind
    assert [False, True] == [replace(suite, kind=kind).steps_stand_alone for kind in ("conversation", "batch")]
