"""Every error that koregate raises on purpose, with the exit code it leads to.

SuiteError                   one suite ended without a reply to judge
├── NoVerdict            4   the platform gave no usable verdict
│   ├── UnreadableReply      a reply that is not a status
│   ├── RequestRejected      a 4xx reply, usually with the platform's own message (unknown suite …)
│   │   └── UnknownRun       the platform's own message says that it does not know the test run
│   ├── UnusableProxy        a proxy that refuses, or whose address or certificate cannot be used
│   ├── BadCertificate       the platform's TLS certificate is not trusted
│   ├── UnexpectedRedirect   a reply that points elsewhere; koregate never follows it
│   ├── NoThread             this machine allows no further thread, so a request was not sent
│   ├── MayHaveStarted       a start request with an unknown outcome; koregate never repeats it
│   └── TooManyFailures      too many failed requests in a row
├── NamesNotOurs         2   suites of the names of suite files, which koregate did not import
├── CredentialsRejected  3   401, 403 or a message that says so
├── TimedOut             5   `timeout` or `stall-timeout` reached
├── Cancelled  129/130/143   SIGHUP, SIGINT or SIGTERM
RetryableError               one failed request that may be tried again; never leaves `runs.polling`
├── UnknownHost              the host name did not resolve
├── PlatformBusy             another test run is in progress, and the platform runs only one at a time
└── NotAStatus               JSON that is no status at all
InvalidInputs            2   unusable inputs, with every problem
├── UnusableCommand      2   the command line, or a file that it names: nothing is written or removed
└── MissingCredentials   0   only the credentials are missing, and the inputs say to skip the job in that case
"""

import signal
from typing import NamedTuple, Self

from koregate.text import labeled, one_line
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_INPUTS, EXIT_NO_VERDICT, EXIT_TIMEOUT, Verdict

# What helps against what happens by chance. `reports.next_steps` says it in the words of the CI system.
RE_RUN = "Run the test suite again."
# `reports.next_steps` adds where it is set.
CHECK_HOST = "Check the spelling of host. It is usually https://platform.kore.ai."
# How `kore_api.replies` and `runs.parallel` say it.
MAY_HAVE_STARTED = "test run may have started"
NOT_SENT = "no request was sent"
NO_THREAD = "allows no further thread"
_MAX_DETAIL = 300
MORE_THREADS = "Increase this machine's limit of processes (docker: --pids-limit, shell: ulimit -u) or of memory."
# What keeps two jobs from importing suites of the same names.
OWN_PREFIX = (
    "Set `suite-prefix` to a text that differs in each pull request and that the author cannot choose, such as the "
    "number of the pull request."
)


def internal_error(problem: Exception, detail: str) -> str:
    """A message about an error that koregate does not raise on purpose, on one line. `detail` is the error's text."""
    if isinstance(problem, MemoryError):
        return "koregate ran out of memory. Increase the limit of memory."
    detail = one_line(detail, _MAX_DETAIL)
    return f"Internal error ({type(problem).__name__}: {detail}). This is a bug in koregate. Please report it."


class Problem(NamedTuple):
    """One unusable input: its name, and one line that says how to fix it.

    `is_missing_credential` marks credentials that were not given at all, as in a pull request from a fork.
    """

    name: str
    text: str
    is_missing_credential: bool = False

    def __str__(self) -> str:
        return labeled(self.name, self.text)


class InvalidInputs(Exception):
    """The inputs cannot be used. Carries every problem, in the order of the declaration."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class UnusableCommand(InvalidInputs):
    """The command line cannot be parsed, or a file that it names cannot be read. No file may be touched."""


class MissingCredentials(InvalidInputs):
    """Only the credentials are missing, and the inputs say to skip the job in that case."""


class SuiteError(Exception):
    """One suite ended without a reply to judge: a verdict, an exit code, why, and what to do about it.

    `reason` says why in one line. `advice` says what to do, before the job runs again, and may be empty. The text of
    the error has both.
    """

    verdict = Verdict.ERROR
    exit_code = EXIT_NO_VERDICT

    def __init__(self, reason: str, *, advice: str = "") -> None:
        super().__init__(f"{reason} {advice}" if advice else reason)
        self.reason = reason
        self.advice = advice


class NoVerdict(SuiteError):
    """The platform gave no usable verdict."""


class UnreadableReply(NoVerdict):
    """The platform returned something that its API does not document. `body` is what it sent, if it was read."""

    def __init__(self, reason: str, body: bytes | None = None, *, advice: str = "") -> None:
        super().__init__(reason, advice=advice)
        self.body = body


class RequestRejected(NoVerdict):
    """The platform rejected the request, usually with a message. A retry does not help."""


class UnknownRun(RequestRejected):
    """The platform says that it does not know the test run."""


class UnusableProxy(NoVerdict):
    """The proxy refused the connection, or its address or certificate cannot be used."""


class BadCertificate(NoVerdict):
    """The platform's TLS certificate is not trusted."""


class UnexpectedRedirect(NoVerdict):
    """The platform pointed elsewhere. koregate never follows a redirect with the credentials."""


class NoThread(NoVerdict):
    """The machine allows no further thread, so no request was sent."""

    def __init__(self) -> None:
        super().__init__(f"This machine {NO_THREAD}, so {NOT_SENT}.", advice=MORE_THREADS)


class MayHaveStarted(NoVerdict):
    """The outcome of the start request is unknown: a retry could start a second test run."""


class TooManyFailures(NoVerdict):
    """Too many requests in a row failed. The text begins with the last failure, since that is the cause.

    `effect` is a clause about what this prevented.
    """

    def __init__(self, last: str, number: int, *, effect: str = "", advice: str = "") -> None:
        cause = f"{last[:1].upper()}{last[1:]}"
        super().__init__(f"{cause}{effect}. {number} requests in a row failed.", advice=advice)
        self._last = last
        self._number = number

    def with_effect(self, effect: str) -> Self:
        """The same error with this clause behind the last failure."""
        return type(self)(self._last, self._number, effect=effect, advice=self.advice)


class NamesNotOurs(SuiteError):
    """The platform has suites of the names of suite files that koregate did not import. It never replaces them."""

    exit_code = EXIT_INPUTS

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class CredentialsRejected(SuiteError):
    """The platform rejected the credentials or their scope."""

    exit_code = EXIT_CREDENTIALS


class TimedOut(SuiteError):
    """The test run did not end within `timeout`, or made no progress within `stall-timeout`."""

    verdict = Verdict.TIMEOUT
    exit_code = EXIT_TIMEOUT


class Cancelled(SuiteError):
    """A signal ended the wait."""

    verdict = Verdict.CANCELLED

    def __init__(self, signum: int) -> None:
        super().__init__(f"Canceled by {signal.Signals(signum).name}.")
        self.signum = signum
        # If a signal ends a process, a shell reports 128 + the signal's number.
        self.exit_code = 128 + signum


class RetryableError(Exception):
    """One request failed, and a retry may help. `retry_after` is the wait that the platform asks for, in seconds.

    `advice` says what to check if no retry helped.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, advice: str = "") -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.advice = advice


class UnknownHost(RetryableError):
    """The host name did not resolve, so nothing was sent. `is_proxy` says that it is the name of the proxy."""

    def __init__(self, message: str, advice: str, *, is_proxy: bool = False) -> None:
        super().__init__(message, advice=advice)
        self.is_proxy = is_proxy


class PlatformBusy(RetryableError):
    """The platform did not start the run, because it runs only one at a time and another one is in progress."""


class NotAStatus(RetryableError):
    """The platform returned JSON that is no status at all. `body` is what it sent."""

    def __init__(self, message: str, body: bytes) -> None:
        super().__init__(message)
        self.body = body
