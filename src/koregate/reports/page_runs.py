"""The runs of a suite by their numbers on the page, and what the bot said in a step of an earlier one."""

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from koregate.judging.cases import EarlierFailure
from koregate.judging.results import SuiteResult
from koregate.text import one_line

_MAX_RUN_ID = 60
# More responses of one step in an earlier run than this add nothing to its failure.
_MAX_RESPONSES = 5


def run_name(suite: SuiteResult, failure: EarlierFailure) -> str:
    """The run of the failure as "run 1", or its id if the suite does not have that run."""
    found = suite.numbered_run(failure.run_id)
    return f"run {found[0]}" if found else f"the earlier run {one_line(failure.run_id, _MAX_RUN_ID)}"


def runs_text(names: Sequence[str]) -> str:
    """Several runs in words: "run 1", "run 1 and run 2"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def last_run_name(suite: SuiteResult) -> str:
    """The run that decides, as "run 2"."""
    return f"run {len(suite.earlier_runs) + 1}" if suite.earlier_runs else "the last run"


def earlier_responses(suite: SuiteResult, failure: EarlierFailure) -> tuple[str, ...] | None:
    """What the bot said in the step and the run of the failure, as a user saw it. None if that was not kept."""
    found = suite.numbered_run(failure.run_id)
    if found is None:
        return None
    steps = found[1].steps
    place = bisect_left(steps, failure.step, key=attrgetter("number"))
    if place == len(steps) or steps[place].number != failure.step:
        return None
    return steps[place].responses[-_MAX_RESPONSES:]
