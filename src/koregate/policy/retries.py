"""Which suites run again after a run that did not pass, and why not."""

from dataclasses import replace
from typing import NamedTuple

from koregate.judging.cases import Outcome
from koregate.judging.results import JobResult, SuiteResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.runs.record import RunRecord, Target
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

# A suite of at least so many judged test cases is broken if more than that share of them failed by themselves.
_MIN_JUDGED = 10
_BROKEN_NUMERATOR, _BROKEN_DENOMINATOR = 4, 5


class Decision(NamedTuple):
    """Whether a suite is to run again. `reason` says why not, if that is worth a line."""

    runs_again: bool
    reason: str = ""


_NO = Decision(runs_again=False)
_YES = Decision(runs_again=True)


def decision(suite: SuiteResult, record: RunRecord, target: Target, policy: Policy) -> Decision:
    """Whether a suite runs again after this run, whose `suite` is before policy.

    Only a run that has ended at the platform is followed by another one: it failed in a way that no other rule
    tolerates, or it gave no usable verdict. Two runs of a suite are never under way at once.
    """
    if record.run_id is None or record.stop is not None or not record.ended:
        return _NO
    if (suite.verdict, suite.exit_code) == (Verdict.ERROR, EXIT_NO_VERDICT):
        return _YES
    if suite.verdict is not Verdict.FAILED or _is_tolerated(suite, target, policy):
        return _NO
    failed, judged = _failures(suite)
    if judged >= _MIN_JUDGED and failed * _BROKEN_DENOMINATOR > judged * _BROKEN_NUMERATOR:
        return Decision(runs_again=False, reason="most of it failed, so it is broken, not flaky")
    return _YES


def _is_tolerated(suite: SuiteResult, target: Target, policy: Policy) -> bool:
    """Whether the rules that look at this run alone tolerate all of its failures."""
    alone = replace(suite, earlier_runs=())
    job = apply_policy(JobResult.of(target, [alone]), policy._replace(min_tests=0))
    return job.verdict is Verdict.TOLERATED


def _failures(suite: SuiteResult) -> tuple[int, int]:
    """The test cases or utterances that failed, without likely consequences, and all judged ones."""
    if not suite.steps:
        return suite.step_counts.failed, suite.step_counts.passed + suite.step_counts.failed
    failed = suite.judged_counts.failed
    # Utterances have no consequences.
    failed -= sum(case.judged is Outcome.FAILED and case.is_consequence for case in suite.cases)
    return failed, sum(suite.judged_counts)
