"""A change of each failed case in a suite."""

from collections.abc import Callable
from dataclasses import replace

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import StepResult, SuiteResult


def with_failed_cases(suite: SuiteResult, change: Callable[[StepResult | None, TestCase], TestCase]) -> SuiteResult:
    """The suite with this change of every case that failed before policy. Passed steps stay unchanged."""

    def changed(step: StepResult | None, cases: tuple[TestCase, ...]) -> tuple[TestCase, ...]:
        return tuple(change(step, case) if case.judged is Outcome.FAILED else case for case in cases)

    # Every failed case has a class, and no other case has one.
    failed = {case.step for case in suite.cases if case.failure_class is not None}
    steps = tuple(
        [step._replace(cases=changed(step, step.cases)) if step.number in failed else step for step in suite.steps]
    )
    return replace(suite, steps=steps, run_cases=changed(None, suite.run_cases))
