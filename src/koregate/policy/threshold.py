"""The minimum F1 score of a batch suite (`min-f1`). If the suite reaches it, its failures are tolerated."""

from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from koregate.judging.cases import MIN_F1, FailureClass, Outcome, TestCase, Tolerance, ToleranceKind
from koregate.judging.floor import threshold_problem
from koregate.judging.results import SuiteResult
from koregate.verdicts import Verdict


class Threshold(NamedTuple):
    """The effect of `min-f1` on one suite: whether its F1 score tolerates the failures, and why or why not."""

    reason: str
    is_reached: bool = False

    @property
    def tolerance(self) -> Tolerance | None:
        """The tolerance of each failure that no other rule tolerates, or None."""
        return Tolerance(ToleranceKind.THRESHOLD, self.reason) if self.is_reached else None


def threshold_of(suite: SuiteResult, least: Decimal | None) -> Threshold | None:
    """The effect of a minimum F1 score on a suite. None without a minimum, and unless a batch suite failed."""
    if least is None or suite.kind != "batch" or suite.verdict is not Verdict.FAILED:
        return None
    score = suite.figures.f1 if suite.figures else None
    if score is None:
        return Threshold(f"The platform reports no F1 score from 0 to 1, so min-f1 {least:f} is not reached.")
    if score < least:
        return Threshold(f"The F1 score is {score:f}, and min-f1 is {least:f}.")
    if problem := threshold_problem(suite):
        return Threshold(f"The F1 score {score:f} tolerates nothing, because {problem}.")
    return Threshold(f"the F1 score is {score:f}, and min-f1 is {least:f}", is_reached=True)


def with_threshold_case(suite: SuiteResult, threshold: Threshold | None) -> SuiteResult:
    """The suite with a test case for the threshold's decision.

    A threshold that was missed decides nothing in a suite whose failures are all tolerated, and one that was reached
    nothing in a suite that failed for an earlier run. Then there is no case of it.
    """
    if threshold is None or threshold.is_reached == (suite.verdict is Verdict.FAILED):
        return suite
    if threshold.is_reached:
        case = TestCase(0, 0, MIN_F1, Outcome.PASSED, f"{threshold.reason[:1].upper()}{threshold.reason[1:]}.")
    else:
        case = TestCase(0, 0, MIN_F1, Outcome.FAILED, threshold.reason, failure_class=FailureClass.RUN)
    return replace(suite, run_cases=(*suite.run_cases, case))
