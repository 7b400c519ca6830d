"""The least F1 score of a batch suite (`min-f1`): a suite that reaches it is let by with its failures."""

from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from koregate.judging.cases import MIN_F1, FailureClass, Outcome, TestCase, Tolerance, ToleranceKind
from koregate.judging.floor import threshold_problem
from koregate.judging.results import SuiteResult
from koregate.verdicts import Verdict


class Threshold(NamedTuple):
    """What `min-f1` says of one suite: whether its F1 score lets the failures by, and why or why not, in words."""

    reason: str
    is_reached: bool = False

    @property
    def tolerance(self) -> Tolerance | None:
        """The tolerance of each failure that no other rule lets by, if there is one."""
        return Tolerance(ToleranceKind.THRESHOLD, self.reason) if self.is_reached else None


def threshold_of(suite: SuiteResult, least: Decimal | None) -> Threshold | None:
    """What a least F1 score says of a suite. None if it is not asked: without one, and without a failed batch run."""
    if least is None or suite.kind != "batch" or suite.verdict is not Verdict.FAILED:
        return None
    score = suite.figures.f1 if suite.figures else None
    if score is None:
        return Threshold(f"The platform gives no F1 score from 0 to 1, so min-f1 {least:f} is not reached.")
    if score < least:
        return Threshold(f"The F1 score is {score:f}, and min-f1 is {least:f}.")
    if problem := threshold_problem(suite):
        return Threshold(f"The F1 score {score:f} lets nothing by, because {problem}.")
    return Threshold(f"the F1 score is {score:f}, and min-f1 is {least:f}", is_reached=True)


def with_threshold_case(suite: SuiteResult, threshold: Threshold | None) -> SuiteResult:
    """The suite with a test case of the whole run that says what the threshold decided.

    A threshold that was missed decides nothing in a suite whose failures are all let by, and one that was reached
    nothing in a suite that failed for an earlier run. Then there is no case of it.
    """
    if threshold is None or threshold.is_reached == (suite.verdict is Verdict.FAILED):
        return suite
    if threshold.is_reached:
        case = TestCase(0, 0, MIN_F1, Outcome.PASSED, f"{threshold.reason[:1].upper()}{threshold.reason[1:]}.")
    else:
        case = TestCase(0, 0, MIN_F1, Outcome.FAILED, threshold.reason, failure_class=FailureClass.RUN)
    return replace(suite, run_cases=(*suite.run_cases, case))
