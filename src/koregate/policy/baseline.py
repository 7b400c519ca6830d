"""The baseline: the failures that the default branch has too."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias

from koregate.inputs import SuiteKindName
from koregate.judging.cases import FailureClass, Outcome, TestCase
from koregate.judging.results import JobResult, StepResult, SuiteResult
from koregate.redaction.exact_names import is_exact
from koregate.runs.record import Target
from koregate.text import visible

MAX_DAYS = 7
# Clocks of two machines differ.
TOLERATED_SKEW = timedelta(hours=1)
_DIGEST_BYTES = 16
_MAX_INPUT = 500
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# The names of `Target`. The training is not compared, because it does not make it another bot.
_TARGET = ("host", "stream id", "bot version", "bot language")


# A test case within its suite: input, occurrence, response and kind.
Key: TypeAlias = tuple[str, int, int, str]


class KnownFailure(NamedTuple):
    """A failure of the default branch: its class, a digest of what was expected, and when it was first seen."""

    failure_class: FailureClass
    expectation: str
    since: datetime


class BaselineSuite(NamedTuple):
    """One suite of the baseline: its failures, and all of its test cases."""

    failed: Mapping[Key, KnownFailure] = {}
    cases: frozenset[Key] = frozenset()
    kind: SuiteKindName = "conversation"

    def known_since(self, key: Key, case: TestCase) -> datetime | None:
        """When this failure (same case, class and expectation) was first seen. None if it is new."""
        failure = self.failed.get(key)
        if failure is None or failure[:2] != (case.failure_class, expectation(case)):
            return None
        return failure.since


class Baseline(NamedTuple):
    """The parts of a report of the default branch that policy needs.

    `source` is the path of the report as given. `run_ids` are those of its test runs. `problem` says why the report is
    unusable, as the end of a sentence that begins with "because".
    """

    source: str
    target: Target = Target()
    finished: datetime | None = None
    suites: Mapping[str, BaselineSuite] = {}
    problem: str = ""
    run_ids: frozenset[str] = frozenset()

    def reason_against(self, job: JobResult, now: datetime, *, is_pull_request: bool | None) -> str:
        """Why the baseline tolerates nothing in a job, as the end of a sentence. Empty if it may tolerate failures."""
        return next(self._reasons_against(job, now, is_pull_request=is_pull_request), "")

    def _reasons_against(self, job: JobResult, now: datetime, *, is_pull_request: bool | None) -> Iterator[str]:
        if self.problem:
            yield self.problem
        if self.finished is None:
            yield "it does not say when it finished"
        elif self.finished < now - timedelta(days=MAX_DAYS):
            yield f"it finished more than {MAX_DAYS} days ago"
        elif self.finished > now + TOLERATED_SKEW:
            yield "it says that it finished in the future"
        for place, name in enumerate(_TARGET):
            if self.target[place] is None or self.target[place] != job.target[place]:
                yield f"it has another {name}"
        kinds = {name: suite.kind for name, suite in self.suites.items()}
        if any(suite.kind != kinds.get(visible(suite.suite), suite.kind) for suite in job.suites):
            yield "it has another suite kind"
        # A run that excuses its own failures would always pass.
        if not self.run_ids.isdisjoint(run_id for suite in job.suites for run_id in suite.run_ids):
            yield "it is of the very test run that this job judges"
        if is_pull_request is False:
            yield "this job does not belong to a pull or merge request"


def baseline_from(
    source: str, target: Target, finished: datetime | None, suites: Iterable[SuiteResult], problem: str = ""
) -> Baseline:
    """The baseline from these suites, with the outcomes before policy."""
    since, suites = finished or _LONG_AGO, list(suites)
    run_ids = frozenset(run_id for suite in suites for run_id in suite.run_ids)
    known = {visible(suite.suite): _suite(suite, since) for suite in suites}
    # Reports may show that name for another suite, whose failures these are not.
    known |= {name: BaselineSuite(kind=suite.kind) for name, suite in known.items() if not is_exact(name)}
    return Baseline(source, target, finished, known, problem, run_ids)


def _suite(suite: SuiteResult, finished: datetime) -> BaselineSuite:
    failed: dict[Key, KnownFailure] = {}
    cases: set[Key] = set()
    for step, of_step in suite.cases_by_step:
        shown = shown_input(step)
        for case in of_step:
            key = key_of(shown, step, case)
            if case.judged is Outcome.FAILED and case.failure_class is not None:
                since = min(case.known_since or finished, finished)
                failed[key] = KnownFailure(case.failure_class, expectation(case), since)
            if _is_in_every_run(case):
                cases.add(key)
    return BaselineSuite(failed, frozenset(cases), suite.kind)


def _is_in_every_run(case: TestCase) -> bool:
    """Whether every run of the same suite has the case, whatever its outcome."""
    return bool(case.step) and (case.kind != "step" or case.judged is Outcome.PASSED)


def shown_input(step: StepResult | None) -> str:
    """What the user said, as reports show it. A very long input is cut, but stays distinct."""
    text = step.input if step else ""
    # For speed: printable text is never escaped, and most inputs are short.
    if text.isprintable() and len(text) <= _MAX_INPUT:
        return text
    text = visible(text)
    return text if len(text) <= _MAX_INPUT else f"{text[:_MAX_INPUT]} {_digest(text)}"


def key_of(shown: str, step: StepResult | None, case: TestCase) -> Key:
    """The case within its suite. `shown` is the input of its step as reports show it."""
    return shown, step.occurrence if step else 1, case.response, case.kind


def expectation(case: TestCase) -> str:
    """A short text that represents what the case expects."""
    return _digest(visible(case.expected), *map(visible, case.alternatives))


def _digest(*texts: str) -> str:
    # Visible text never contains a zero byte.
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=_DIGEST_BYTES).hexdigest()
