"""The failures of a job as reports group and count them: what several suites have in common is reported once."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from koregate.judging.cases import Outcome
from koregate.judging.results import BlockingStep, JobResult
from koregate.reports.figures_text import step_noun
from koregate.reports.next_steps import same_answer

_Failure = TypeVar("_Failure")


def together(
    failures: Iterable[_Failure], same_as: Callable[[_Failure], Hashable | None]
) -> list[tuple[_Failure, ...]]:
    """The failures in order. Those with one value of `same_as` form a group, at the first of them. None is no value."""
    groups: dict[Hashable, list[_Failure]] = {}
    for number, failure in enumerate(failures):
        value = same_as(failure)
        groups.setdefault(number if value is None else (value,), []).append(failure)
    return [tuple(group) for group in groups.values()]


def problem_of(blocking: BlockingStep) -> Hashable | None:
    """What equals for test runs that have a problem in common. None for a step."""
    suite, step, cases = blocking
    # Of a batch suite, a message may stand for the platform's counts.
    said = (suite.verdict, suite.exit_code, tuple(cases), suite.reasons, suite.platform_counts)
    return said if step is None else None


def grouped(steps: Iterable[BlockingStep]) -> list[tuple[BlockingStep, ...]]:
    """The failed steps in order. Test runs that have a problem in common form a group, at the first of them."""
    return together(steps, problem_of)


def same_answer_text(job: JobResult) -> str:
    """That all failed steps got one answer, as the end of a heading that counts them. Empty if it is not so."""
    suites = {step.suite.name: step.suite for step in job.blocking_steps}
    return ", all with the same answer" if len(suites) == 1 and all(map(same_answer, suites.values())) else ""


def alike_steps(job: JobResult) -> list[BlockingStep]:
    """The failed steps by number, if all of them got one answer, which is reported once then. Otherwise empty."""
    steps = [failed for failed in job.blocking_steps if failed.step is not None]
    if not same_answer_text(job) or len(steps) < len(job.blocking_steps):
        return []
    return sorted(steps, key=lambda failed: failed.step.number if failed.step else 0)


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
