"""Failures that move: steps that failed in an earlier run of their suite and not in the last one."""

from collections.abc import Iterable, Iterator

from koregate.judging.cases import ADDED_KINDS, Outcome, TestCase
from koregate.judging.results import BlockingStep, SuiteResult
from koregate.verdicts import NO_RESULT, Verdict


def failed_earlier(suites: Iterable[SuiteResult]) -> Iterator[BlockingStep]:
    """Steps that failed in earlier runs alone, as they failed there first, if their suite did not pass in the end.

    They neither block nor are they tolerated: what the last run says decides. Without them, a reader would see one
    failure of a suite that fails at another step each time.
    """
    for suite in suites:
        if suite.verdict is not Verdict.FAILED and suite.verdict not in NO_RESULT:
            continue
        for step in suite.steps:
            cases = [case for case in step.cases if case.is_flaky and case.outcome is Outcome.PASSED]
            if cases:
                yield BlockingStep(suite, step, [case.as_it_failed(case.earlier_failures[0]) for case in cases])


def failed_steps_by_run(suite: SuiteResult) -> list[list[int]]:
    """The numbers of the steps in which each run failed. Empty unless every run failed, and no step in two of them."""
    runs: list[dict[tuple[str, int], int]] = []
    for run in suite.earlier_runs:
        if run.verdict is not Verdict.FAILED:
            return []
        runs.append({(identity.input, identity.occurrence): failure.step for identity, failure in run.failures})
    if not runs or suite.verdict in NO_RESULT:
        return []
    failed = [(identity, case) for identity, case in suite.identified_cases if failed_last(case)]
    runs.append({(identity.input, identity.occurrence): case.step for identity, case in failed})
    places = [place for run in runs for place in run]
    # A failure of the run itself has no step.
    if not all(run and all(run.values()) for run in runs) or len(places) > len({*places}):
        return []
    return [sorted({*run.values()}) for run in runs]


def failed_last(case: TestCase) -> bool:
    """Whether the case failed in the last run before policy."""
    return case.judged is Outcome.FAILED and case.kind not in ADDED_KINDS
