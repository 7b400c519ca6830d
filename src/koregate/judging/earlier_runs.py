"""What earlier runs of a suite say of the test cases of its last run."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from koregate.judging.cases import CaseIdentity, EarlierFailure, EarlierRun, Outcome, TestCase
from koregate.judging.results import StepResult, SuiteResult


def with_earlier_runs(suite: SuiteResult, runs: Iterable[EarlierRun]) -> SuiteResult:
    """The suite with its earlier runs, and each of its test cases with the failures that it had in them."""
    runs = tuple(runs)
    failures: defaultdict[CaseIdentity, list[EarlierFailure]] = defaultdict(list)
    for run in runs:
        for identity, failure in run.failures:
            failures[identity].append(failure)
    if not failures:
        return replace(suite, earlier_runs=runs)

    def known(step: StepResult | None, case: TestCase) -> TestCase:
        return case._replace(earlier_failures=tuple(failures.get(suite.identity(step, case), ())))

    return replace(
        suite,
        steps=tuple(step._replace(cases=tuple(known(step, case) for case in step.cases)) for step in suite.steps),
        run_cases=tuple(known(None, case) for case in suite.run_cases),
        earlier_runs=runs,
    )


def failures_of(suite: SuiteResult, run_id: str) -> Iterator[tuple[CaseIdentity, EarlierFailure]]:
    """The failed cases of a run of the suite, for the runs after it."""
    for identity, case in suite.identified_cases:
        if case.judged is Outcome.FAILED and case.failure_class is not None:
            failure = EarlierFailure(run_id, case.failure_class, case.message, case.expected, case.actual)
            yield identity, failure
