"""The line for a suite whose run has ended: what came out, in a few words."""

import pytest
from support.answers import MISSING, answer, failed_step, job_of, judged, record_of, report_of, step

from koregate.judging.results import SuiteResult
from koregate.reports.suite_lines import cause, remark_lines, suite_lines
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict


def stopped(verdict: Verdict, code: int, message: str) -> SuiteResult:
    return job_of(RunRecord("Pizza", "ctr-1", stop=StopReason(verdict, code, message))).suites[0]


PASSED = answer(step(), step())
QUICK = answer(step(), result__duration=0)
FAILED = answer(step(), *[failed_step()] * 3, step(), failed_step(), status="failed")


@pytest.mark.parametrize(
    ("suite", "line"),
    [
        (judged(PASSED), "[Pizza] PASSED in 14s: 2 of 2 test cases, 2 steps"),
        (judged(QUICK), "[Pizza] PASSED: 1 of 1 test case, 1 step"),
        (judged(FAILED), "[Pizza] FAILED in 14s: 4 of 6 test cases failed in steps 2, 3, 4 and 6"),
        (judged(answer(failed_step(), status="failed")), "[Pizza] FAILED in 14s: 1 of 1 test case failed in step 1"),
        (
            judged(answer(failed_step(), step(status="odd"), status="failed")),
            "[Pizza] FAILED in 14s: 1 of 3 test cases failed in step 1, 1 error",
        ),
        (
            judged(answer(step(), step(), status="failed")),
            "[Pizza] FAILED in 14s: 1 of 3 test cases failed",
        ),
        (
            judged(answer(step(), failed_step(), status="failed", result__executionResults=MISSING)),
            "[Pizza] FAILED in 14s: 1 of 2 steps failed",
        ),
        (
            judged(answer(step(), status="failed", result__executionResults=MISSING, result__stepDetails=None)),
            "[Pizza] FAILED in 14s: the test run failed",
        ),
        (
            judged(answer(step(), status="aborted", result__errorDetails={"message": "By a user."})),
            "[Pizza] ERROR in 14s: the run was aborted on the platform",
        ),
        (
            judged(answer(step(), totalTestStepsCount=2)),
            "[Pizza] ERROR in 14s: step 2 of 2 is missing",
        ),
        (judged(answer(step(status="odd"), result__stepDetails=None)), '[Pizza] ERROR in 14s: step 1 ended as "odd"'),
        (
            stopped(Verdict.TIMEOUT, 5, "The test run did not end within 30m (timeout)."),
            "[Pizza] TIMEOUT: the test run did not end within 30m",
        ),
    ],
)
def test_a_suite_that_has_ended_has_one_line(suite: SuiteResult, line: str) -> None:
    assert [line] == list(map(str, suite_lines(suite)))


def test_a_suite_whose_wait_a_signal_ended_has_no_line() -> None:
    assert [] == list(suite_lines(stopped(Verdict.CANCELLED, 143, "Canceled by SIGTERM.")))


def test_a_pass_by_counts_alone_is_noted() -> None:
    suite = judged(answer(step(), step(), result__executionResults=MISSING))

    assert [
        "[Pizza] PASSED in 14s: 2 of 2 steps",
        "[Pizza] Note: the platform sent counts but no steps. The report has one test case for the entire suite.",
    ] == list(map(str, suite_lines(suite)))


def test_a_long_name_does_not_make_the_line_long() -> None:
    suite = job_of(record_of("x" * 500, PASSED)).suites[0]

    (line,) = suite_lines(suite)
    assert len("[] PASSED in 14s: 2 of 2 test cases, 2 steps") + 60 == len(str(line))


@pytest.mark.parametrize(
    ("reason", "clause"),
    [
        (
            'The platform rejected the credentials (401 "No. Not: you"). Check them.',
            "the platform rejected the credentials",
        ),
        ("The test run may have started: no reply. Look for it.", "the test run may have started"),
        ("HTTPS_PROXY is wrong.", "HTTPS_PROXY is wrong"),
        ("A\nb.", "A b"),
        ("x" * 500, "x" * 90 + "… (cut, 500 characters in all)"),
        ("", ""),
    ],
)
def test_a_cause_is_the_first_clause_of_the_first_reason(reason: str, clause: str) -> None:
    assert clause == cause(stopped(Verdict.ERROR, 4, reason))


def test_remarks_are_one_line_per_suite_and_only_for_the_first_suites() -> None:
    odd = {f"Suite {number:02}": answer(step(), extra=number) for number in range(12)}
    lines = list(remark_lines(job_of(*(record_of(name, reply, name) for name, reply in odd.items()))))

    assert [f"[Suite {number:02}] Remark: " for number in range(10)] == [line[:19] for line in lines[:10]]
    assert ["… and remarks on 2 more suites. See report.html."] == lines[10:]
    assert [] == list(remark_lines(report_of(Pizza=answer(step()))))
