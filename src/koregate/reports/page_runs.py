"""What the bot said in a step of an earlier run, for the page."""

from bisect import bisect_left
from operator import attrgetter

from koregate.judging.cases import EarlierFailure
from koregate.judging.results import SuiteResult

# More responses of one step in an earlier run than this add nothing to its failure.
_MAX_RESPONSES = 5


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
