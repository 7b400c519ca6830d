"""fail-on: which verdicts make the exit code non-zero."""

from dataclasses import replace
from typing import get_args

import pytest
from support.answers import answer, failed_step, job_of, record_of, step
from support.tolerances import tolerated

from koregate.errors import Problem
from koregate.inputs import FailOn
from koregate.judging.results import JobResult
from koregate.policy.fail_on import with_exit_code
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict

CHOICES: tuple[FailOn, ...] = get_args(FailOn)
PASSED, FAILED = record_of("Good", answer(step())), record_of("Bad", answer(failed_step(), status="failed"))


MIXED = job_of(record_of("Mixed", answer(step(), failed_step(), status="failed"), "ctr-2"))


def stopped(verdict: Verdict, exit_code: int) -> RunRecord:
    return RunRecord("Stopped", "ctr-9", stop=StopReason(verdict, exit_code, "Stopped."))


JOBS: dict[str, JobResult] = {
    "passed": job_of(PASSED),
    "skipped": JobResult.for_skipped_job("Skipped: client-id: no credentials are given."),
    "tolerated": JobResult.of(MIXED.target, [*job_of(PASSED).suites, tolerated(MIXED.suites[0])]),
    "failed": job_of(PASSED, FAILED),
    "no verdict": job_of(PASSED, FAILED, record_of("Odd", answer(step(), status="odd"))),
    "rejected credentials": job_of(PASSED, FAILED, stopped(Verdict.ERROR, 3)),
    "timeout": job_of(PASSED, FAILED, stopped(Verdict.TIMEOUT, 5)),
    "invalid inputs": JobResult.for_invalid_inputs([Problem("host", "is required.")]),
    "SIGINT": job_of(PASSED, FAILED, stopped(Verdict.CANCELLED, 130)),
    "SIGTERM": job_of(PASSED, FAILED, stopped(Verdict.CANCELLED, 143)),
}
# For each job its verdict, and the exit code by the choices any, error and never.
TABLE: dict[str, tuple[Verdict, tuple[int, int, int]]] = {
    "passed": (Verdict.PASSED, (0, 0, 0)),
    "skipped": (Verdict.SKIPPED, (0, 0, 0)),
    "tolerated": (Verdict.TOLERATED, (0, 0, 0)),
    "failed": (Verdict.FAILED, (1, 0, 0)),
    "no verdict": (Verdict.ERROR, (4, 4, 0)),
    "rejected credentials": (Verdict.ERROR, (3, 3, 0)),
    "timeout": (Verdict.TIMEOUT, (5, 5, 0)),
    "invalid inputs": (Verdict.ERROR, (2, 2, 2)),
    "SIGINT": (Verdict.CANCELLED, (130, 130, 130)),
    "SIGTERM": (Verdict.CANCELLED, (143, 143, 143)),
}


def test_the_table_has_every_verdict_and_every_choice() -> None:
    assert ("any", "error", "never") == CHOICES
    assert set(Verdict) == {verdict for verdict, _ in TABLE.values()}
    assert JOBS.keys() == TABLE.keys()


@pytest.mark.parametrize("number", range(len(CHOICES)), ids=CHOICES)
@pytest.mark.parametrize("name", JOBS)
def test_each_verdict_has_its_exit_code_by_each_choice(name: str, number: int) -> None:
    verdict, exit_codes = TABLE[name]

    job = with_exit_code(JOBS[name], CHOICES[number])

    assert (verdict, exit_codes[number], CHOICES[number]) == (job.verdict, job.exit_code, job.fail_on)


@pytest.mark.parametrize("fail_on", CHOICES)
@pytest.mark.parametrize("name", JOBS)
def test_nothing_changes_but_the_exit_code_and_the_choice(name: str, fail_on: FailOn) -> None:
    before = JOBS[name]

    after = with_exit_code(before, fail_on)

    assert before == replace(after, exit_code=before.exit_code, fail_on=before.fail_on)
    assert before.counts == after.counts
