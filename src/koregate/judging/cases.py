"""Test cases: the rows of the JUnit report, with names that are stable and unique."""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from koregate.text import one_line
from koregate.verdicts import Verdict

MAX_NAME = 200
# The kind of the test case that says whether a batch run's F1 score is high enough.
MIN_F1 = "min-f1"
# The kind of a test case of the run itself. It collects the failures of earlier runs that match no other test case.
EARLIER_RUNS = "earlier-runs"
# Policy adds the test cases of these kinds. They are no evidence, and not there before policy.
ADDED_KINDS = (MIN_F1, EARLIER_RUNS)
NO_RESPONSE = "(no response)"
NOT_EXPECTED = "(no response expected)"


class Outcome(StrEnum):
    """How one test case ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    TOLERATED = "tolerated"


# The outcomes that keep a job from passing.
BLOCKING = (Outcome.FAILED, Outcome.ERROR)


class FailureClass(StrEnum):
    """What went wrong in a failed test case. `step` and `run` are for failures that no assertion explains."""

    NO_ANSWER = "no-answer"
    WRONG_DIALOG = "wrong-dialog"
    WRONG_TEXT = "wrong-text"
    WRONG_CONTEXT = "wrong-context"
    WRONG_INTENT = "wrong-intent"
    WRONG_ENTITY = "wrong-entity"
    STEP = "step"
    RUN = "run"


class ToleranceKind(StrEnum):
    """The rules that can tolerate a failure. `threshold` is the F1 score of a batch suite."""

    QUARANTINE = "quarantine"
    KNOWN = "known"
    FLAKY = "flaky"
    WARN_ON = "warn-on"
    RATE = "pass-rate"
    THRESHOLD = "threshold"


class Tolerance(NamedTuple):
    """Why a failure does not block: the rule, and the reason in words, on one line.

    `owner`, `until` and `days_left` are from a quarantine entry. `is_added` says that this change added the entry.
    """

    kind: ToleranceKind
    reason: str
    owner: str = ""
    until: date | None = None
    days_left: int | None = None
    is_added: bool = False


class EarlierFailure(NamedTuple):
    """How a test case failed in an earlier run of its suite. The fields are those of `TestCase`.

    `step` is the number of its step in that run, or 0 for the run itself. It may have another number in the last run.
    """

    run_id: str
    failure_class: FailureClass
    message: str
    expected: str = ""
    actual: str = ""
    alternatives: tuple[str, ...] = ()
    caused_by: int = 0
    step: int = 0


class TestCase(NamedTuple):
    """One row of the JUnit report.

    `step` counts from 1 and is 0 for the run itself. `response` counts from 1 and is 0 for the step itself. `message`
    is one line. `expected` and `actual` are the complete texts as received, for failed assertions only. `alternatives`
    are the other accepted texts.

    `before_policy` is the outcome before policy, or None if policy did not change it. `known_since` is when the failure
    was first seen on the default branch, or None if it is not known there. `caused_by` is the number of the step that
    likely caused the failure, or 0. `earlier_failures` are those in earlier runs of the suite.
    """

    step: int
    response: int
    kind: str
    outcome: Outcome
    message: str = ""
    expected: str = ""
    actual: str = ""
    alternatives: tuple[str, ...] = ()
    failure_class: FailureClass | None = None
    before_policy: Outcome | None = None
    tolerance: Tolerance | None = None
    known_since: datetime | None = None
    caused_by: int = 0
    earlier_failures: tuple[EarlierFailure, ...] = ()

    @property
    def label(self) -> str:
        """Step, response and kind, like `4.1 text`. Unique within its step."""
        if not self.step:
            return self.kind
        return f"{self.step}.{self.response} {self.kind}" if self.response else f"{self.step} {self.kind}"

    @property
    def is_blocking(self) -> bool:
        """Whether the case keeps the job from passing."""
        return self.outcome in BLOCKING

    @property
    def failed_last(self) -> bool:
        """Whether the case failed in the last run, and not only in an earlier one."""
        return self.outcome is Outcome.FAILED and not self.is_flaky

    @property
    def is_told(self) -> bool:
        """Whether something went wrong that reports describe, blocking or not."""
        return self.is_blocking or self.judged is Outcome.FAILED

    @property
    def judged(self) -> Outcome:
        """The outcome before policy."""
        return self.outcome if self.before_policy is None else self.before_policy

    @property
    def counted_as(self) -> Outcome:
        """The outcome as JUnit counts it: a tolerated case is skipped, or passed if it passed in the last run."""
        if self.outcome is not Outcome.TOLERATED:
            return self.outcome
        return Outcome.PASSED if self.judged is Outcome.PASSED else Outcome.SKIPPED

    @property
    def is_consequence(self) -> bool:
        """Whether the failure is a likely consequence of an earlier one in the same suite."""
        return bool(self.caused_by)

    @property
    def is_flaky(self) -> bool:
        """Whether the case passed in the last run of its suite and failed in an earlier one."""
        return bool(self.earlier_failures) and self.judged is Outcome.PASSED

    def without_policy(self) -> "TestCase":
        """The same case before policy."""
        case = self._replace(outcome=self.judged, before_policy=None, tolerance=None, known_since=None)
        # If the case passed, its texts are from an earlier run.
        return (
            case._replace(message="", expected="", actual="", alternatives=(), failure_class=None, caused_by=0)
            if self.is_flaky
            else case
        )

    def as_it_failed(self, failure: EarlierFailure) -> "TestCase":
        """The same case with what it said when it failed in an earlier run.

        The cause of that failure is one here only if such a step comes before this one.
        """
        return self._replace(
            message=failure.message,
            expected=failure.expected,
            actual=failure.actual,
            alternatives=failure.alternatives,
            failure_class=failure.failure_class,
            caused_by=failure.caused_by if 0 < failure.caused_by < self.step else 0,
        )

    def tolerated(self, tolerance: Tolerance) -> "TestCase":
        """The same case, tolerated for that reason."""
        return self._replace(outcome=Outcome.TOLERATED, before_policy=self.judged, tolerance=tolerance)


class CaseIdentity(NamedTuple):
    """What identifies a test case across runs. It has no step number, because a new step must not rename the others.

    `occurrence` counts the steps of the suite with the same input, from 1.
    """

    suite: str
    input: str
    occurrence: int
    response: int
    kind: str


class EarlierStep(NamedTuple):
    """What the user and the bot said in a step of an earlier run, as a user sees it, each text cut if it is long.

    `number` counts from 1 in that run. `responses` are the last ones if there were very many.
    """

    number: int
    input: str
    responses: tuple[str, ...] = ()


class StepAssertion(NamedTuple):
    """An assertion that counts in a step. `number` is its response, or for an undocumented kind, its place among them.

    `input` and `occurrence` identify the step across runs.
    """

    input: str
    occurrence: int
    kind: str
    number: int
    is_documented: bool


class EarlierRun(NamedTuple):
    """A run of a suite before the one that decides, with its verdict before policy and its failed cases.

    `steps` are those of its conversation that lead to failures, as far as there is room, in their order. `asserted` are
    the assertions in each step that failed as a whole. `steps_total` is how many steps the run had.
    """

    run_id: str
    verdict: Verdict
    exit_code: int
    failures: tuple[tuple[CaseIdentity, EarlierFailure], ...] = ()
    steps: tuple[EarlierStep, ...] = ()
    asserted: frozenset[StepAssertion] = frozenset()
    steps_total: int = 0


def overall(cases: Iterable[TestCase]) -> Outcome:
    """The outcome of a step: the worst of its test cases."""
    outcomes = {case.outcome for case in cases}
    worst_first = (Outcome.FAILED, Outcome.ERROR, Outcome.TOLERATED, Outcome.SKIPPED)
    return next((outcome for outcome in worst_first if outcome in outcomes), Outcome.PASSED)


def classname(suite: str, step: int) -> str:
    """Suite and step as readers show them: `Order pizza.step 2`. Step 0 is the run itself.

    Jenkins splits package and class at the last dot, so dots in the suite's name are replaced.
    """
    label = f"step {step}" if step else "run"
    return f"{_fit(_undotted(suite), MAX_NAME - 1 - len(label))}.{label}"


def accepted_texts(case: TestCase) -> list[str]:
    """The expected text of a case and its alternatives."""
    return [case.expected, *case.alternatives]


def case_name(case: TestCase, user_input: str) -> str:
    """The name of a test case in reports: `4.1 text: A margherita, please`.

    It contains what the user said, because GitLab and Azure show the name alone. It is the same in every run, one line
    of at most 200 characters, and unique within its class name.
    """
    said = one_line(user_input).strip()
    return _fit(f"{case.label}: {said}" if said else case.label, MAX_NAME)


def unique_names(names: Iterable[str]) -> list[str]:
    """Names on one line of at most 200 characters. They stay different even without dots."""
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
    """The text cut to the limit. A cut text ends with a hash of the complete text, so that it stays unique."""
    if len(text) <= limit:
        return text
    # A lone surrogate in a name must not prevent a report.
    mark = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{text[: limit - 10]}… {mark}"[:limit]
