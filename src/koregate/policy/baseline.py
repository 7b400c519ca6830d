"""The baseline: the failures that the default branch has too."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from koregate.judging.cases import CaseIdentity, FailureClass, Outcome, TestCase
from koregate.judging.results import SuiteResult
from koregate.runs.record import Target
from koregate.text import visible

MAX_DAYS = 7
# Clocks of two machines differ.
_TOLERATED_SKEW = timedelta(hours=1)
_DIGEST_BYTES = 16
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_TARGET = ("host", "stream id", "bot version", "bot language")


class KnownFailure(NamedTuple):
    """A failure of the default branch: its class, a digest of what was expected, and when it was first seen."""

    failure_class: FailureClass
    expectation: str
    since: datetime


class BaselineSuite(NamedTuple):
    """One suite of the baseline. Its test cases are digests of their identities."""

    failed: Mapping[str, KnownFailure]
    cases: frozenset[str]


class Baseline(NamedTuple):
    """What a report of the default branch says, as far as policy needs it.

    `source` is the path of the report as it was given. `problem` says why it cannot be used at all, as the end of a
    sentence that begins with "because".
    """

    source: str
    target: Target = Target()
    finished: datetime | None = None
    suites: Mapping[str, BaselineSuite] = {}
    problem: str = ""

    def known(self, identity: CaseIdentity, case: TestCase) -> KnownFailure | None:
        """The same failure of the default branch: the same case, class and expectation."""
        suite = self.suites.get(identity.suite)
        failure = suite.failed.get(digest(identity)) if suite else None
        if failure is None or failure[:2] != (case.failure_class, expectation(case)):
            return None
        return failure

    def reason_against(self, target: Target, now: datetime, *, is_pull_request: bool | None) -> str:
        """Why the baseline tolerates nothing in a job, as the end of a sentence. Empty if it does."""
        return next(self._reasons_against(target, now, is_pull_request=is_pull_request), "")

    def _reasons_against(self, target: Target, now: datetime, *, is_pull_request: bool | None) -> Iterator[str]:
        if self.problem:
            yield self.problem
        if self.finished is None:
            yield "it does not say when it finished"
        elif self.finished < now - timedelta(days=MAX_DAYS):
            yield f"it finished more than {MAX_DAYS} days ago"
        elif self.finished > now + _TOLERATED_SKEW:
            yield "it says that it finished in the future"
        for name, own, other in zip(_TARGET, self.target, target, strict=True):
            if own is None or own != other:
                yield f"it is of another {name}"
        if is_pull_request is False:
            yield "this job is of no pull or merge request"


def baseline_from(
    source: str, target: Target, finished: datetime | None, suites: Iterable[SuiteResult], problem: str = ""
) -> Baseline:
    """The baseline that these suites make, with the outcomes before policy."""
    since = finished or _LONG_AGO
    return Baseline(source, target, finished, {visible(suite.suite): _suite(suite, since) for suite in suites}, problem)


def _suite(suite: SuiteResult, finished: datetime) -> BaselineSuite:
    failed: dict[str, KnownFailure] = {}
    cases: set[str] = set()
    for step_identity, case in suite.identified_cases:
        identity = shown(step_identity)
        if case.judged is Outcome.FAILED and case.failure_class is not None:
            since = min(case.known_since or finished, finished)
            failed[digest(identity)] = KnownFailure(case.failure_class, expectation(case), since)
        if is_comparable(case):
            cases.add(digest(identity))
    return BaselineSuite(failed, frozenset(cases))


def is_comparable(case: TestCase) -> bool:
    """Whether the case is there in every run of the same suite, however it ends."""
    return case.kind != "run" and (case.kind != "step" or case.judged is Outcome.PASSED)


def shown(identity: CaseIdentity) -> CaseIdentity:
    """The identity with its texts as reports show them."""
    return identity._replace(suite=visible(identity.suite), input=visible(identity.input))


def digest(identity: CaseIdentity) -> str:
    """A short text that stands for the identity: a baseline may have very many."""
    return _digest(*map(str, identity))


def expectation(case: TestCase) -> str:
    """A short text that stands for what the case expects."""
    return _digest(visible(case.expected), *map(visible, case.alternatives))


def _digest(*texts: str) -> str:
    # No visible text holds a zero byte.
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=_DIGEST_BYTES).hexdigest()
