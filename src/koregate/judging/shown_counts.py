"""Test cases as people count them, in the log, the summary, the comment and the page.

junit.xml, report.json and the job outputs count differently (`Counts`): there a tolerated test case is skipped or
passed, and a test run without a result is an error of its own.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import SuiteResult
from koregate.verdicts import NO_RESULT

_OUTCOMES = (Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.TOLERATED, Outcome.SKIPPED)
# What these say of a whole test run is named in words: that it passed, or that it has no result.
_NOT_COUNTED_OF_RUNS = (Outcome.PASSED, Outcome.ERROR, Outcome.SKIPPED)


class ShownCounts(NamedTuple):
    """Test cases by outcome after policy. One that is tolerated did not pass, in whichever run it failed."""

    passed: int = 0
    failed: int = 0
    errors: int = 0
    tolerated: int = 0
    skipped: int = 0

    @classmethod
    def of(cls, suites: Iterable[SuiteResult]) -> Self:
        """Count the test cases of these suites. Those of a run itself count only if they failed or are tolerated."""
        outcomes = [case.outcome for suite in suites for case in suite.cases if _is_counted(case)]
        return cls(*map(outcomes.count, _OUTCOMES))

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)


def _is_counted(case: TestCase) -> bool:
    return bool(case.step) or case.outcome not in _NOT_COUNTED_OF_RUNS


def without_result(suites: Iterable[SuiteResult]) -> int:
    """How many suites of the platform have no result: their run ended in an error, timed out or was canceled."""
    return sum(suite.verdict in NO_RESULT and not suite.is_gate for suite in suites)
