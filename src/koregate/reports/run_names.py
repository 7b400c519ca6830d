"""The runs of a suite by their numbers, in reports for people."""

from collections.abc import Sequence

from koregate.judging.cases import EarlierFailure, TestCase
from koregate.judging.results import BlockingStep, SuiteResult
from koregate.text import one_line

_MAX_RUN_ID = 60


def run_name(suite: SuiteResult, failure: EarlierFailure) -> str:
    """The run of the failure as "run 1", or its id if the suite does not have that run."""
    found = suite.numbered_run(failure.run_id)
    return f"run {found[0]}" if found else f"the earlier run {one_line(failure.run_id, _MAX_RUN_ID)}"


def run_of(suite: SuiteResult, case: TestCase) -> str:
    """The first earlier run that a flaky test case failed in. Empty for one that failed in the last run."""
    return run_name(suite, case.earlier_failures[0]) if case.is_flaky else ""


def runs_text(names: Sequence[str]) -> str:
    """Several runs in words: "run 1", "run 1 and run 2"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def last_run_name(suite: SuiteResult) -> str:
    """The run that decides, as "run 2"."""
    return f"run {len(suite.earlier_runs) + 1}" if suite.earlier_runs else "the last run"


def failed_runs(blocking: BlockingStep) -> str:
    """The earlier runs in which the test cases of a step failed, in words."""
    failures = (failure for case in blocking.cases for failure in case.earlier_failures)
    return runs_text(list(dict.fromkeys(run_name(blocking.suite, failure) for failure in failures)))
