"""Test cases that failed in an earlier run of their suite and passed in the last one (`flaky`)."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from koregate.inputs import Flaky
from koregate.judging.cases import EarlierFailure, Outcome, TestCase, Tolerance, ToleranceKind
from koregate.judging.earlier_runs import earlier_runs_case, unmatched_failures
from koregate.judging.results import StepResult, SuiteResult
from koregate.text import one_line
from koregate.verdicts import EXIT_FAILED, EXIT_PASSED, Verdict

_MAX_MESSAGE = 1000
_JUDGED = (Verdict.PASSED, Verdict.TOLERATED, Verdict.FAILED)
# What happens to a test case of that step; None stands for the whole run.
_Change: TypeAlias = Callable[[StepResult | None, TestCase], TestCase]


class Treatment(NamedTuple):
    """What happens to flaky test cases. `excused` says of one that other rules tolerate all of its earlier failures.

    `compared` is applied to each that fails.
    """

    flaky: Flaky
    excused: Callable[[StepResult | None, TestCase], bool]
    compared: _Change


def with_flaky_cases(suite: SuiteResult, treatment: Treatment) -> SuiteResult:
    """The suite, to which all other rules were applied, with its flaky test cases failed or tolerated.

    `pass` tolerates them only if the last run has nothing that blocks: no two runs make a pass together.
    """
    blocks = treatment.flaky == "pass" and suite.verdict is Verdict.FAILED
    if not suite.earlier_runs or suite.verdict not in _JUDGED or blocks:
        return suite
    if rest := unmatched_failures(suite):
        suite = replace(suite, run_cases=(*suite.run_cases, earlier_runs_case(rest)))
    return _let_by(suite) if treatment.flaky == "pass" else _failed(suite, treatment)


def _let_by(suite: SuiteResult) -> SuiteResult:
    runs = len(suite.earlier_runs) + 1

    def change(_: StepResult | None, case: TestCase) -> TestCase:
        reason = f"{_times(case, runs)}: {case.earlier_failures[0].message}"
        return case.tolerated(Tolerance(ToleranceKind.FLAKY, one_line(reason, _MAX_MESSAGE)))

    if not any(case.is_flaky for case in suite.cases):
        return suite
    return replace(_changed(suite, change), verdict=Verdict.TOLERATED, exit_code=EXIT_PASSED)


def _failed(suite: SuiteResult, treatment: Treatment) -> SuiteResult:
    runs, number = len(suite.earlier_runs) + 1, 0

    def change(step: StepResult | None, case: TestCase) -> TestCase:
        nonlocal number
        if treatment.excused(step, case):
            return case
        number += 1
        failed = case.as_it_failed(case.earlier_failures[0])
        message = one_line(f"Flaky ({_times(case, runs)}): {failed.message}", _MAX_MESSAGE)
        return treatment.compared(
            step, failed._replace(outcome=Outcome.FAILED, before_policy=Outcome.PASSED, message=message)
        )

    changed = _changed(suite, change)
    if not number:
        return suite
    cases = "1 test case" if number == 1 else f"{number} test cases"
    # A suite whose last run failed has reasons of its own.
    reason = f"{cases} failed in an earlier run and passed in the last one. flaky is fail, so the suite is failed."
    return replace(changed, verdict=Verdict.FAILED, exit_code=EXIT_FAILED, failures=suite.failures or (reason,))


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


def _times(case: TestCase, runs: int) -> str:
    failed = len({failure.run_id for failure in case.earlier_failures})
    return f"failed in {failed} of {runs} runs and passed in the last one"
