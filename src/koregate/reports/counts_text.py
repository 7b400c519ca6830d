"""In which runs test cases passed, in words: reports count one that failed in an earlier run as it failed there."""

from collections.abc import Iterable

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import SuiteResult
from koregate.judging.shown_counts import ShownCounts

_FLAKY = "only in the last run (flaky, {})"


def where_passed(suites: Iterable[SuiteResult]) -> str:
    """In which runs what is counted as passed has passed: " in every run". Empty for suites that ran once."""
    flaky = [case for suite in suites for case in suite.cases if case.is_flaky]
    if not flaky:
        return ""
    return " in the last run" if any(case.outcome is Outcome.PASSED for case in flaky) else " in every run"


def others_text(suites: Iterable[SuiteResult]) -> str:
    """How many test cases did not pass, by outcome: ", 1 failed, 2 tolerated". Zeros are left out."""
    suites = tuple(suites)
    counts = ShownCounts.of(suites)
    tolerated, failed = (_flaky(suites, outcome) for outcome in (Outcome.TOLERATED, Outcome.FAILED))
    parts = {
        _FLAKY.format("tolerated"): tolerated,
        _FLAKY.format("counted as failed"): failed,
        "failed": counts.failed - failed,
        "errors" if counts.errors != 1 else "error": counts.errors,
        "tolerated": counts.tolerated - tolerated,
        "skipped": counts.skipped,
    }
    return "".join(f", {number:,} {word}" for word, number in parts.items() if number)


def _flaky(suites: Iterable[SuiteResult], outcome: Outcome) -> int:
    return sum(_is_flaky(case, outcome) for suite in suites for case in suite.cases)


def _is_flaky(case: TestCase, outcome: Outcome) -> bool:
    return case.is_flaky and case.outcome is outcome
