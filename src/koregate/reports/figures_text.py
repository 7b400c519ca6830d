"""The parts of every report that only batch suites have, as plain text: figures and confused intents."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from koregate.judging.cases import Outcome
from koregate.judging.results import Figures, SuiteResult
from koregate.text import one_line

MAX_CONFUSIONS = 5
_MAX_INTENT = 80
_NOUNS = {"conversation": "step", "batch": "utterance"}
_TITLES = {"conversation": "Conversation tests", "batch": "Batch tests"}


class Confusion(NamedTuple):
    """How many utterances of one intent were recognized as another one."""

    expected: str
    actual: str
    times: int


def title_of(suites: Iterable[SuiteResult]) -> str:
    """A title for the suites. Without suites it names conversation tests, the default."""
    kinds = {suite.kind for suite in suites}
    if len(kinds) > 1:
        return "Conversation and batch tests"
    return _TITLES[kinds.pop() if kinds else "conversation"]


def step_noun(suite: SuiteResult) -> str:
    """The noun for the parts of the suite's test run."""
    return _NOUNS[suite.kind]


def steps_noun(suites: Iterable[SuiteResult]) -> str:
    """The noun for the parts of several test runs."""
    kinds = {suite.kind for suite in suites}
    return f"{_NOUNS[kinds.pop()]}s" if len(kinds) == 1 else "steps"


def bot_time(suites: Iterable[SuiteResult]) -> str:
    """The heading above the durations of test runs. A suite that ran again has that of its last run."""
    return "Bot time, last run" if any(suite.earlier_runs for suite in suites) else "Bot time"


def figures_of(figures: Figures | None) -> dict[str, str]:
    """The figures that the platform reports, by name."""
    if figures is None:
        return {}
    told = {"F1 score": figures.f1, "precision": figures.precision, "recall": figures.recall}
    return {name: f"{value:f}" for name, value in told.items() if value is not None}


def confusions_of(suite: SuiteResult, most: int = MAX_CONFUSIONS) -> list[Confusion]:
    """The intents that were confused most often. Among equal counts, the first in the suite is first."""
    pairs = Counter(
        (case.expected, case.actual)
        for step in suite.steps
        for case in step.cases
        if case.kind == "intent" and case.judged is Outcome.FAILED
    )
    return [
        Confusion(one_line(expected, _MAX_INTENT), one_line(actual, _MAX_INTENT), times)
        for (expected, actual), times in pairs.most_common(most)
    ]
