"""Test cases that failed in an earlier run of their suite and passed in the last one (`flaky`)."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from koregate.inputs import Flaky
from koregate.judging.cases import EARLIER_RUNS, EarlierFailure, Outcome, TestCase, Tolerance, ToleranceKind
from koregate.judging.earlier_runs import earlier_runs_case, failures_not_shown_again, unmatched_failures
from koregate.judging.results import StepResult, SuiteResult
from koregate.text import one_line
from koregate.verdicts import EXIT_FAILED, EXIT_PASSED, Verdict

_MAX_MESSAGE = 1000
_JUDGED = (Verdict.PASSED, Verdict.TOLERATED, Verdict.FAILED)
# The rules that come before `flaky` when several tolerate a case.
_BEFORE_FLAKY = (ToleranceKind.QUARANTINE, ToleranceKind.KNOWN)
# Why a suite failed whose last run did not.
_STRICT = "{cases} failed in an earlier run and passed in the last one. With flaky: fail, this fails the suite."
_NOT_SHOWN = (
    "A step or an assertion that failed in an earlier run is not in the last one, so nothing proves that it passes "
    "now. The suite was changed between its runs, or the last run lists no steps."
)
# What happens to a test case of that step. None means the run itself.
_Change: TypeAlias = Callable[[StepResult | None, TestCase], TestCase]


class Treatment(NamedTuple):
    """What happens to flaky test cases. `excuse` is the tolerance of one if other rules tolerate its earlier failures.

    `compared` is applied to each that fails.
    """

    flaky: Flaky
    excuse: Callable[[StepResult | None, TestCase], Tolerance | None]
    compared: _Change


def with_flaky_cases(suite: SuiteResult, treatment: Treatment) -> SuiteResult:
    """The suite, to which all other rules were applied, with its flaky test cases failed or tolerated.

    `pass` tolerates them only if the last run has nothing that blocks: no two runs make a pass together. It tolerates
    none if the last run does not have a step or an assertion that failed: it says nothing about that failure.
    """
    blocks = treatment.flaky == "pass" and suite.verdict is Verdict.FAILED
    if not suite.earlier_runs or suite.verdict not in _JUDGED or blocks:
        return suite
    if rest := unmatched_failures(suite):
        suite = replace(suite, run_cases=(*suite.run_cases, earlier_runs_case(rest)))
    if not any(case.is_flaky for case in suite.cases):
        return suite
    if treatment.flaky == "fail":
        return _failed(suite, treatment, _STRICT)
    if failures_not_shown_again(suite):
        return _failed(suite, treatment, _NOT_SHOWN)
    return _tolerated(suite, treatment)


def _tolerated(suite: SuiteResult, treatment: Treatment) -> SuiteResult:
    runs = len(suite.earlier_runs) + 1

    def change(step: StepResult | None, case: TestCase) -> TestCase:
        excuse = treatment.excuse(step, case)
        if excuse is not None and excuse.kind in _BEFORE_FLAKY:
            return case.tolerated(excuse)
        reason = f"{_times(case, runs)}: {case.earlier_failures[0].message}"
        return case.tolerated(Tolerance(ToleranceKind.FLAKY, one_line(reason, _MAX_MESSAGE)))

    return replace(_changed(suite, change), verdict=Verdict.TOLERATED, exit_code=EXIT_PASSED)


def _failed(suite: SuiteResult, treatment: Treatment, reason: str) -> SuiteResult:
    """The suite with its flaky cases failed, except those that another rule excuses: it decides, so it is named."""
    runs, number = len(suite.earlier_runs) + 1, 0

    def change(step: StepResult | None, case: TestCase) -> TestCase:
        nonlocal number
        if (excuse := treatment.excuse(step, case)) is not None:
            return case.tolerated(excuse)
        number += 1
        failed = case.as_it_failed(case.earlier_failures[0])
        lead = "Flaky"
        if reason == _NOT_SHOWN and case.kind == EARLIER_RUNS:
            lead = "A step or an assertion that failed is gone"
            # Reports show the message of a case that has no texts to compare.
            failed = failed._replace(expected="", actual="", alternatives=())
        message = one_line(f"{lead} ({_times(case, runs)}): {failed.message}", _MAX_MESSAGE)
        return treatment.compared(
            step, failed._replace(outcome=Outcome.FAILED, before_policy=Outcome.PASSED, message=message)
        )

    changed = _changed(suite, change)
    if not number:
        is_passed = suite.verdict is Verdict.PASSED
        return replace(changed, verdict=Verdict.TOLERATED, exit_code=EXIT_PASSED) if is_passed else changed
    cases = "1 test case" if number == 1 else f"{number} test cases"
    # A suite whose last run failed has reasons of its own.
    failures = suite.failures or (reason.format(cases=cases),)
    return replace(changed, verdict=Verdict.FAILED, exit_code=EXIT_FAILED, failures=failures)


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
    ended = "not in the last one" if case.kind == EARLIER_RUNS else "passed in the last one"
    return f"failed in {failed} of {runs} runs and {ended}"
