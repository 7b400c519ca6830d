"""What can go wrong, each with the exit code it ends in.

GateError                    one suite has no answer to judge
├── NoVerdict            4   the platform gave no usable verdict
│   ├── UnreadableAnswer     an answer that is not a status answer
│   ├── RefusedByPlatform    a 4xx answer with the platform's own message (unknown suite, unknown run …)
│   ├── Redirected           an answer that points elsewhere; never followed
│   ├── MayHaveStarted       a start whose outcome nobody knows; never repeated
│   └── NetworkLost          too many failures in a row
├── CredentialsRefused   3   401, 403 or a message that says so
├── TimedOut             5   `timeout` or `stall-timeout` reached
├── Cancelled      130/143   SIGINT or SIGTERM
Transient                    one failed request that may be tried again; never leaves `watch`
InputsRefused            2   inputs unusable, with every problem
└── CredentialsMissing   0   only the credentials are missing, and the inputs ask to skip then
"""

from __future__ import annotations

import signal
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """What koregate says of a suite or of the whole job, from best to worst."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"
    TIMEOUT = "timeout"
    ERROR = "error"
    CANCELLED = "cancelled"


EXIT_PASSED = 0
EXIT_FAILED = 1
EXIT_INPUTS = 2
EXIT_CREDENTIALS = 3
EXIT_NO_VERDICT = 4
EXIT_TIMEOUT = 5
# A shell reports a process that a signal ended as 128 + the signal's number.
EXIT_SIGINT = 128 + signal.SIGINT
EXIT_SIGTERM = 128 + signal.SIGTERM


class Problem(NamedTuple):
    """One unusable input: its name and one line that says how to mend it.

    `is_absence` marks credentials that were not given at all, as in a pull request from a fork.
    """

    name: str
    text: str
    is_absence: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


class InputsRefused(Exception):
    """The inputs cannot be used; carries every problem, in the order of the declaration."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class CredentialsMissing(InputsRefused):
    """Nothing but the credentials is missing, and the inputs ask to skip the job then."""


class GateError(Exception):
    """One suite ended without an answer to judge: a verdict, an exit code and one line for the reader."""

    verdict = Verdict.ERROR
    exit_code = EXIT_NO_VERDICT


class NoVerdict(GateError):
    """The platform gave no usable verdict."""


class UnreadableAnswer(NoVerdict):
    """The platform answered with something that is not what its API documents; `raw` is what it sent."""

    raw: bytes | None = None


class RefusedByPlatform(NoVerdict):
    """The platform refused the request for good, with a message of its own."""


class Redirected(NoVerdict):
    """The platform pointed elsewhere: a redirect is never followed with the credentials."""


class MayHaveStarted(NoVerdict):
    """The start request's outcome is unknown: repeating it could start a second test run."""


class NetworkLost(NoVerdict):
    """Too many requests in a row failed."""


class CredentialsRefused(GateError):
    """The platform refused the credentials or their scope."""

    exit_code = EXIT_CREDENTIALS


class TimedOut(GateError):
    """The test run did not end within `timeout`, or did not move within `stall-timeout`."""

    verdict = Verdict.TIMEOUT
    exit_code = EXIT_TIMEOUT


class Cancelled(GateError):
    """A signal ended the wait."""

    verdict = Verdict.CANCELLED

    def __init__(self, signum: int) -> None:
        super().__init__(f"Cancelled by {signal.Signals(signum).name}.")
        self.signum = signum
        self.exit_code = 128 + signum


class Transient(Exception):
    """One request failed in a way that may pass; `retry_after` is the platform's own wish, in seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


_BADNESS = [Verdict.PASSED, Verdict.SKIPPED, Verdict.FAILED, Verdict.TIMEOUT, Verdict.ERROR, Verdict.CANCELLED]


def worst(endings: list[tuple[Verdict, int]]) -> tuple[Verdict, int]:
    """The worst verdict of several suites; of several errors the one with the lowest exit code."""
    return max(endings, key=lambda ending: (_BADNESS.index(ending[0]), -ending[1]))
