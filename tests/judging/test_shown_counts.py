"""How people count test cases: in the log, the summary, the comment and the page."""

from dataclasses import replace
from decimal import Decimal

import pytest
from support import batch
from support.answers import MISSING, answer, failed_step, job_of, record_of, report_of, step
from support.policies import NOW, failed, quarantine, retried
from support.tolerances import tolerated_job

from koregate.judging.results import JobResult
from koregate.judging.shown_counts import ShownCounts, without_result
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict

GOOD = answer(step(), step("pizza"))
BAD = failed(step(), failed_step())
LATE = RunRecord("Late", "ctr-1", stop=StopReason(Verdict.TIMEOUT, 5, "Too late."))


@pytest.mark.parametrize(
    ("job", "counts"),
    [
        (report_of(A=GOOD, B=BAD), ShownCounts(passed=3, failed=1)),
        (tolerated_job(report_of(A=BAD)), ShownCounts(passed=1, tolerated=1)),
        # Whether the failure is of the last run or of an earlier one makes no difference.
        (apply_policy(retried(BAD, GOOD), Policy(NOW, flaky="pass")), ShownCounts(passed=1, tolerated=1)),
        (apply_policy(retried(BAD, GOOD), Policy(NOW)), ShownCounts(passed=1, failed=1)),
        (
            apply_policy(retried(BAD, BAD), Policy(NOW, quarantine=quarantine("pizza"))),
            ShownCounts(passed=1, tolerated=1),
        ),
        # A run without a result adds no test case to those of its steps.
        (report_of(A=answer(step(), totalTestStepsCount=3)), ShownCounts(passed=1, skipped=2)),
        (job_of(LATE, record_of("B", BAD)), ShownCounts(passed=1, failed=1)),
        (report_of(A=GOOD).with_missing_reports(["junit.xml"]), ShownCounts(passed=2)),
        # One test case for a whole run that passed says nothing of steps.
        (report_of(A=answer(step(), result__executionResults=MISSING), B=GOOD), ShownCounts(passed=2)),
        # A run that failed for no step is a failure of its own.
        (report_of(A=failed(step())), ShownCounts(passed=1, failed=1)),
        (
            apply_policy(job_of(batch.record(batch.reply(2, 1), batch.THREE)), Policy(NOW, min_f1=Decimal("0.1"))),
            ShownCounts(passed=2, tolerated=1),
        ),
    ],
)
def test_each_test_case_of_a_step_counts_once_by_its_outcome(job: JobResult, counts: ShownCounts) -> None:
    assert counts == ShownCounts.of(job.suites)
    assert sum(counts) == counts.total


def test_a_suite_whose_run_proves_nothing_has_no_result() -> None:
    short = report_of(A=answer(step(), totalTestStepsCount=2), B=BAD, C=GOOD)
    late = job_of(LATE)

    assert 1 == without_result(short.suites)
    assert 2 == without_result([*short.suites, *late.suites])
    # An error of the job itself is no suite.
    assert 0 == without_result(report_of(A=GOOD).with_missing_reports(["junit.xml"]).suites)
    named = replace(late.suites[0], suite="koregate")
    assert 1 == without_result([named])
