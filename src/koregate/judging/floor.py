"""The floor of the gate policy: apart from its failed assertions, a suite must prove a pass."""

from collections.abc import Iterator

from koregate.judging.cases import ADDED_KINDS, Outcome, TestCase
from koregate.judging.results import SuiteResult
from koregate.text import one_line

_MAX_QUOTED = 200


def floor_problem(suite: SuiteResult) -> str | None:
    """Why nothing in the suite may be tolerated, or None if only its failed assertions speak against a pass.

    It depends on the evidence alone, so that a merge reaches the same result from report.json as the live run.
    """
    return next(_problems(suite), None)


def threshold_problem(suite: SuiteResult) -> str | None:
    """The same for the F1 score of a batch suite, which also counts if no utterances are listed.

    Then the platform's counts are the only evidence, as they are for the verdict.
    """
    if suite.steps:
        return floor_problem(suite)
    return next(_unlisted_problems(suite), None)


def _unlisted_problems(suite: SuiteResult) -> Iterator[str]:
    counts = suite.platform_counts
    if not suite.run_id:
        yield "it has no test run id"
    if suite.doubts:
        yield _doubt(suite)
    if any(case.kind != "count" or case.judged is not Outcome.FAILED for case in _evidence(suite)):
        yield "it has more test cases than that of the counts"
    if counts is None or not suite.step_counts.total == counts.total == counts.passed + counts.failed:
        yield "the platform's counts of utterances are incomplete or contradictory"
    elif not counts.passed:
        yield "no utterance passed"


def _evidence(suite: SuiteResult) -> list[TestCase]:
    """The test cases without those that policy adds."""
    return [case for case in suite.cases if case.kind not in ADDED_KINDS]


def _doubt(suite: SuiteResult) -> str:
    return f"its result is in doubt: {one_line(suite.doubts[0], _MAX_QUOTED).removesuffix('.')}"


def _problems(suite: SuiteResult) -> Iterator[str]:
    """What is missing, as the end of a sentence that begins with "because"."""
    outcomes = {case.judged for case in _evidence(suite)}
    if not suite.run_id:
        yield "it has no test run id"
    if any(not step.returned for step in suite.steps):
        yield "an announced step is missing"
    if Outcome.SKIPPED in outcomes:
        yield "a step was not executed"
    if Outcome.ERROR in outcomes:
        yield "a test case has no result"
    if any(case.judged is Outcome.FAILED for case in suite.run_cases):
        yield "the run failed as a whole"
    if suite.doubts:
        yield _doubt(suite)
    if Outcome.PASSED not in outcomes:
        yield "no test case passed"
    elif suite.kind == "batch" and not suite.judged_counts.passed:
        # An intent or an entity may have passed in an utterance that failed.
        yield "no utterance passed"
    yield from _count_problems(suite)


def _count_problems(suite: SuiteResult) -> Iterator[str]:
    counts, listed = suite.platform_counts, len(suite.steps)
    if not listed:
        yield "the reply lists no steps"
    if counts is None:
        yield "the platform's counts of steps are incomplete"
        return
    if not suite.step_counts.total == counts.total == counts.passed + counts.failed == listed:
        yield (
            f"the reply lists {listed} of {suite.step_counts.total} steps, but the platform counts {counts.passed} "
            f"passed and {counts.failed} failed of {counts.total}"
        )
    # For speed: a list of a few cases takes less time than a generator.
    failed = sum(Outcome.FAILED in [case.judged for case in step.cases] for step in suite.steps)
    if counts.failed != failed:
        yield f"the platform counts {counts.failed} failed steps, but the reply shows {failed}"
