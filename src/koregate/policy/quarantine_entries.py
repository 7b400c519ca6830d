"""Quarantine file entries for the blocking failures of a job. A person reviews and then commits them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from koregate.judging.cases import FailureClass, TestCase
from koregate.judging.floor import floor_problem
from koregate.judging.results import StepResult, SuiteResult
from koregate.policy.quarantine import CLASSES, KINDS, TABLE, pattern_of
from koregate.policy.toml_text import toml_string
from koregate.redaction.exact_names import ADVICE, is_exact
from koregate.text import one_line, visible

_MAX_MESSAGE = 300
_MAX_NAME = 100


class Terms(NamedTuple):
    """The parts of every entry besides the failure: owner, reason and last day."""

    owner: str
    reason: str
    until: date


class Failure(NamedTuple):
    """What an entry is about: the case's identity without its response, and the class of the failure."""

    suite: str
    input: str
    occurrence: int
    kind: str
    failure_class: FailureClass


class Suggestion(NamedTuple):
    """The failures that an entry can excuse, each with its cases, and the number of cases that no entry can excuse.

    `without_effect` says for each suite below the floor, and for each with a name that several suites may have, why
    nothing in it is tolerated.
    """

    failures: dict[Failure, list[TestCase]]
    left_out: int
    without_effect: tuple[str, ...]

    @classmethod
    def of(cls, suites: Iterable[SuiteResult]) -> "Suggestion":
        """The failures that still block these suites after policy."""
        failures: dict[Failure, list[TestCase]] = {}
        left_out = 0
        without_effect = []
        for suite in suites:
            blocking = [(step, case) for step, cases in suite.cases_by_step for case in cases if case.is_blocking]
            found = [(failure, case) for step, case in blocking if (failure := _failure(suite, step, case))]
            left_out += len(blocking) - len(found)
            for failure, case in found:
                failures.setdefault(failure, []).append(case)
            if found and not is_exact(suite.suite):
                without_effect.append(
                    f'The entries for "{one_line(suite.name, _MAX_NAME)}" excuse nothing, because reports may show '
                    f"that name for several suites. {ADVICE}"
                )
            if found and (problem := floor_problem(suite)):
                without_effect.append(
                    f'Nothing in "{one_line(suite.name, _MAX_NAME)}" is tolerated, because {problem}.'
                )
        return cls(failures, left_out, tuple(without_effect))

    def lines(self, terms: Terms, describe: Callable[[TestCase], Iterable[str]]) -> Iterator[str]:
        """The entries in TOML, line by line. Comments say what failed, in the lines of `describe`."""
        for failure, cases in self.failures.items():
            yield ""
            yield f"[[{TABLE}]]"
            yield from (f"# {one_line(line, _MAX_MESSAGE)}" for case in cases for line in describe(case))
            yield f"suite = {toml_string(failure.suite)}"
            yield f"input = {toml_string(pattern_of(failure.input))}"
            yield f'kind = "{failure.kind}"'
            yield f"occurrence = {failure.occurrence}"
            yield f'class = "{failure.failure_class}"'
            yield f"reason = {toml_string(terms.reason)}"
            yield f"owner = {toml_string(terms.owner)}"
            yield f"until = {terms.until.isoformat()}"


def _failure(suite: SuiteResult, step: StepResult | None, case: TestCase) -> Failure | None:
    """What an entry for that case is about, or None if no entry can excuse it."""
    failure_class = case.failure_class
    if step is None or failure_class is None or failure_class not in CLASSES.values() or case.kind not in KINDS:
        return None
    return Failure(visible(suite.suite), visible(step.input), step.occurrence, case.kind, failure_class)
