"""Test cases that failed in an earlier run of their suite and passed in the last one (`flaky`)."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from koregate.inputs import Flaky
from koregate.judging.cases import EarlierFailure, Outcome, TestCase, Tolerance, ToleranceKind
from koregate.judging.earlier_runs import earlier_runs_case, unmatched_failures
from koregate.judging.results import StepResult, SuiteResult
from koregate.text import one_line
from koregate.verdicts import EXIT_FAILED, EXIT_PASSED, Verdict

_MAX_MESSAGE = 1000
_JUDGED = (Verdict.PASSED, Verdict.TOLERATED, Verdict.FAILED)
# What becomes of a test case of that step; None stands for the whole run.
_Change: TypeAlias = Callable[[StepResult | None, TestCase], TestCase]


def with_flaky_cases(suite: SuiteResult, flaky: Flaky, compared: _Change) -> SuiteResult:
    """The suite, to which all other rules were applied, with its flaky test cases failed or let by.

    `pass` lets them by only if the last run has nothing that blocks: no two runs make a pass together. `compared` is
    applied to each that fails.
    """
    if suite.verdict not in _JUDGED or (flaky == "pass" and suite.verdict is Verdict.FAILED):
        return suite
    if rest := unmatched_failures(suite):
        suite = replace(suite, run_cases=(*suite.run_cases, earlier_runs_case(rest)))
    number = sum(case.is_flaky for case in suite.cases)
    if not number:
        return suite
    runs = len(suite.earlier_runs) + 1
    if flaky == "pass":
        let_by = _changed(suite, lambda _, case: _let_by(case, runs))
        return replace(let_by, verdict=Verdict.TOLERATED, exit_code=EXIT_PASSED)
    cases = "1 test case" if number == 1 else f"{number} test cases"
    # A suite whose last run failed has reasons of its own.
    reason = f"{cases} failed in an earlier run and passed in the last one. flaky is fail, so the suite is failed."
    failed = _changed(suite, lambda step, case: compared(step, _failed(case, runs)))
    return replace(failed, verdict=Verdict.FAILED, exit_code=EXIT_FAILED, failures=suite.failures or (reason,))


def blocking_failures(suite: SuiteResult, case: TestCase, flaky: Flaky) -> tuple[EarlierFailure, ...]:
    """The earlier failures of a case which made a run of its suite fail. They count if `flaky` is fail."""
    if flaky == "pass" or not case.earlier_failures:
        return ()
    failed = {run.run_id for run in suite.earlier_runs if run.verdict is Verdict.FAILED}
    return tuple(failure for failure in case.earlier_failures if failure.run_id in failed)


def _changed(suite: SuiteResult, change: _Change) -> SuiteResult:
    """The suite with this change of its flaky cases."""

    def changed(step: StepResult | None, cases: tuple[TestCase, ...]) -> tuple[TestCase, ...]:
        return tuple(change(step, case) if case.is_flaky else case for case in cases)

    steps = tuple(step._replace(cases=changed(step, step.cases)) for step in suite.steps)
    return replace(suite, steps=steps, run_cases=changed(None, suite.run_cases))


def _let_by(case: TestCase, runs: int) -> TestCase:
    reason = f"{_times(case, runs)}: {case.earlier_failures[0].message}"
    return case.tolerated(Tolerance(ToleranceKind.FLAKY, one_line(reason, _MAX_MESSAGE)))


def _failed(case: TestCase, runs: int) -> TestCase:
    failed = case.as_it_failed(case.earlier_failures[0])
    message = one_line(f"Flaky ({_times(case, runs)}): {failed.message}", _MAX_MESSAGE)
    return failed._replace(outcome=Outcome.FAILED, before_policy=Outcome.PASSED, message=message)


def _times(case: TestCase, runs: int) -> str:
    failed = len({failure.run_id for failure in case.earlier_failures})
    return f"failed in {failed} of {runs} runs and passed in the last one"
