"""The failures of a job as reports group and count them: what several suites have in common is told once."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from koregate.judging.cases import Outcome
from koregate.judging.results import BlockingStep
from koregate.reports.figures_text import step_noun

_Failure = TypeVar("_Failure")


def together(
    failures: Iterable[_Failure], blocking_of: Callable[[_Failure], BlockingStep]
) -> list[tuple[_Failure, ...]]:
    """The failures in order. Those of test runs themselves that say the same form a group, at the first of them.

    `blocking_of` returns the failed step of a failure.
    """
    groups: dict[object, list[_Failure]] = {}
    for number, failure in enumerate(failures):
        suite, step, cases = blocking_of(failure)
        # Of a batch suite, a message may stand for the platform's counts.
        said = (suite.verdict, suite.exit_code, tuple(cases), suite.reasons, suite.platform_counts)
        groups.setdefault(said if step is None else number, []).append(failure)
    return [tuple(group) for group in groups.values()]


def grouped(steps: Iterable[BlockingStep]) -> list[tuple[BlockingStep, ...]]:
    """The failed steps in order, with those in one group that `together` joins."""
    return together(steps, lambda step: step)


def counted_text(steps: Iterable[BlockingStep], more: str = "") -> str:
    """How many failures these are, by what failed: `2 failed steps and 1 suite without a result`.

    `more` is a word after each number.
    """
    kinds = Counter(map(kind_of, steps))
    parts = [number_text(number, f"{more} {noun}".strip(), rest) for (noun, rest), number in kinds.items()]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def kind_of(blocking: BlockingStep) -> tuple[str, str]:
    """What blocks, as a noun and the words after it. A test run without a result is no step."""
    suite, step, cases = blocking
    without_result = all(case.outcome is Outcome.ERROR for case in cases)
    if step is not None:
        noun = step_noun(suite)
        return (noun, " without a result") if without_result else (f"failed {noun}", "")
    return ("suite", " without a result") if without_result else ("failed test run", "")


def number_text(number: int, noun: str, rest: str = "") -> str:
    """The number with its noun, in the plural if need be, and the words after it."""
    return f"{number} {noun}{'' if number == 1 else 's'}{rest}"
