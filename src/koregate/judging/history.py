"""What previous runs say about the failed steps of this run, and what this run adds to the history."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from koregate.judging.cases import TestCase
from koregate.judging.past_runs import MAX_BYTES, MAX_LABEL, MAX_LABELS, UNRECORDED, PastRun, hash_of, hash_of_bot
from koregate.judging.results import JobResult, StepResult, SuiteResult, Trend
from koregate.text import one_line
from koregate.verdicts import EXIT_INPUTS, Verdict

# Once the entry of a run is this large, further suites are left out, as if they had not run. So one run never takes the
# room of all others.
MAX_RUN_BYTES = MAX_BYTES // 8
_JUDGED = (Verdict.PASSED, Verdict.TOLERATED, Verdict.FAILED)


def run_of(job: JobResult, now: datetime) -> PastRun | None:
    """The job as an entry of the history, or None if it has no result to keep: nothing ran, or it was canceled."""
    if job.verdict in UNRECORDED or job.exit_code == EXIT_INPUTS:
        return None
    suites: dict[str, dict[str, list[str]]] = {}
    room = MAX_RUN_BYTES
    for suite in job.suites:
        failed = _failed_steps(suite)
        size = len(json.dumps({_suite(suite): failed}, ensure_ascii=False).encode())
        if size <= room and (failed or suite.verdict in _JUDGED):
            room -= size
            suites[_suite(suite)] = failed
    return PastRun(finished=job.facts.finished or now, bot=hash_of_bot(job.target), verdict=job.verdict, suites=suites)


def with_history(job: JobResult) -> JobResult:
    """The job. Each failed step gets its trend: in how many of the last runs of its suite it failed, including this."""
    runs = job.facts.history
    return replace(job, suites=tuple(_with_trends(suite, runs) for suite in job.suites)) if runs else job


def _with_trends(suite: SuiteResult, runs: Sequence[PastRun]) -> SuiteResult:
    name = _suite(suite)
    earlier = [run.suites[name] for run in runs if name in run.suites]
    if not earlier:
        return suite
    times = Counter(step for failed in earlier for step in failed)
    return replace(
        suite,
        steps=tuple(
            step._replace(trend=Trend(times[_step(step)] + 1, len(earlier) + 1)) if _is_failed(step) else step
            for step in suite.steps
        ),
    )


def _suite(suite: SuiteResult) -> str:
    """What identifies a suite across runs: suites of both kinds may have the same name."""
    return hash_of(suite.kind, suite.suite)


def _failed_steps(suite: SuiteResult) -> dict[str, list[str]]:
    return {
        _step(step): [one_line(f"{case.response} {case.kind}")[:MAX_LABEL] for case in step.cases if _has_failed(case)][
            :MAX_LABELS
        ]
        for step in suite.steps
        if _is_failed(step)
    }


def _has_failed(case: TestCase) -> bool:
    """Whether the test case failed in any run of the job, tolerated or not."""
    return case.is_told or case.is_flaky


def _is_failed(step: StepResult) -> bool:
    return any(_has_failed(case) for case in step.cases)


def _step(step: StepResult) -> str:
    """What identifies a step across runs. Its number is no part of that."""
    return hash_of(step.input, step.occurrence)
