"""Test cases: one row of the JUnit report each, with names that are stable and unique."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from koregate.text import one_line

MAX_NAME = 200
NO_RESPONSE = "(no response)"
NOT_EXPECTED = "(no response expected)"


class Outcome(StrEnum):
    """How one test case ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


class TestCase(NamedTuple):
    """One row of the JUnit report.

    `step` counts from 1 and is 0 for the run itself; `response` counts from 1 and is 0 for the whole step. `message` is
    one line. `expected` and `actual` are whole texts as they came, for a failed assertion only. `alternatives` are the
    texts that are accepted beside `expected`.
    """

    step: int
    response: int
    kind: str
    outcome: Outcome
    message: str = ""
    expected: str = ""
    actual: str = ""
    alternatives: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What is asserted where, without what the user said: `4.1 text`. Unique within its step."""
        if not self.step:
            return self.kind
        return f"{self.step}.{self.response} {self.kind}" if self.response else f"{self.step} {self.kind}"

    @property
    def is_blocking(self) -> bool:
        """Whether the case speaks against a pass."""
        return self.outcome in (Outcome.FAILED, Outcome.ERROR)


class CaseIdentity(NamedTuple):
    """What makes a test case the same case in another run. Never the step's number: a new step must not rename others.

    `occurrence` counts the steps of the suite with the same input, from 1.
    """

    suite: str
    input: str
    occurrence: int
    response: int
    kind: str


def overall(cases: Iterable[TestCase]) -> Outcome:
    """The outcome of a step: the worst of its test cases."""
    outcomes = {case.outcome for case in cases}
    worst_first = (Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED)
    return next((outcome for outcome in worst_first if outcome in outcomes), Outcome.PASSED)


def classname(suite: str, step: int) -> str:
    """Suite and step as readers show them: `Order pizza.step 2`. Step 0 is the run itself.

    Jenkins takes the last dot for the border between package and class, so dots inside the suite are replaced.
    """
    label = f"step {step}" if step else "run"
    return f"{_fit(_undotted(suite), MAX_NAME - 1 - len(label))}.{label}"


def accepted_texts(case: TestCase) -> list[str]:
    """The expected text of a case and its alternatives."""
    return [case.expected, *case.alternatives]


def case_name(case: TestCase, user_input: str) -> str:
    """The name of a test case in reports: `4.1 text: A margherita, please`.

    GitLab and Azure show it alone, so it has what the user said. It is the same from run to run, one line of at most
    200 characters, and unique within its class name.
    """
    said = one_line(user_input).strip()
    return _fit(f"{case.label}: {said}" if said else case.label, MAX_NAME)


def unique_names(names: Iterable[str]) -> list[str]:
    """Names on one line, at most 200 characters, each different from the others even without its dots."""
    taken: set[str] = set()
    unique = []
    for name in names:
        candidate = base = _fit(one_line(name), MAX_NAME)
        number = 2
        while _undotted(candidate) in taken:
            candidate = f"{_fit(base, MAX_NAME - 8)} ({number})"
            number += 1
        taken.add(_undotted(candidate))
        unique.append(candidate)
    return unique


def _undotted(text: str) -> str:
    return text.replace(".", "·")


def _fit(text: str, limit: int) -> str:
    """The text cut to the limit. A cut text ends in a mark made from the whole, so that it stays unique."""
    if len(text) <= limit:
        return text
    # errors: a lone surrogate in a name must not stop a report.
    mark = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{text[: limit - 10]}… {mark}"[:limit]
