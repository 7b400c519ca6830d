"""The errors: the tree that the docstring draws, and the verdict and exit code of each."""

import inspect
import re
import signal

import pytest

from koregate import errors
from koregate.errors import (
    Cancelled,
    CredentialsRejected,
    InvalidInputs,
    MayHaveStarted,
    MissingCredentials,
    NoVerdict,
    Problem,
    RequestRejected,
    RetryableError,
    SuiteError,
    TimedOut,
    TooManyFailures,
    UnexpectedRedirect,
    UnreadableReply,
    UnusableCommand,
)


@pytest.mark.parametrize(
    ("kind", "verdict", "code"),
    [
        (SuiteError, "error", 4),
        (NoVerdict, "error", 4),
        (UnreadableReply, "error", 4),
        (RequestRejected, "error", 4),
        (UnexpectedRedirect, "error", 4),
        (MayHaveStarted, "error", 4),
        (CredentialsRejected, "error", 3),
        (TimedOut, "timeout", 5),
    ],
)
def test_each_error_has_the_exit_code_of_its_verdict(kind: type[SuiteError], verdict: str, code: int) -> None:
    assert (verdict, code, "what happened") == (kind.verdict, kind.exit_code, str(kind("what happened")))
    assert issubclass(kind, SuiteError)


def test_too_many_failures_begin_with_the_last_one_and_what_it_prevented() -> None:
    problem = TooManyFailures("it refused the connection", 10, advice="Check host.")
    later = problem.with_effect(", so nothing was started")

    assert (4, "It refused the connection. 10 requests in a row failed. Check host.") == (
        problem.exit_code,
        str(problem),
    )
    assert "It refused the connection, so nothing was started. 10 requests in a row failed." == later.reason
    assert problem.advice == later.advice


@pytest.mark.parametrize(("signum", "name", "code"), [(1, "SIGHUP", 129), (2, "SIGINT", 130), (15, "SIGTERM", 143)])
def test_a_signal_has_the_exit_code_that_a_shell_gives_it(signum: int, name: str, code: int) -> None:
    problem = Cancelled(signum)

    assert ("cancelled", code, signum) == (problem.verdict, problem.exit_code, problem.signum)
    assert f"Canceled by {name}." == str(problem)


# What a line of the tree draws: the branches, the name, and the exit code if there is one.
BRANCH = re.compile(r"([│├└─ ]*)([A-Z]\w+) {2,}(\d+)?")
DRAWN = [match for line in (errors.__doc__ or "").splitlines() if (match := BRANCH.match(line))]
CLASSES: dict[str, type[Exception]] = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, Exception) and value.__module__ == errors.__name__
}


def test_the_tree_in_the_docstring_names_every_error_once_below_its_base() -> None:
    bases: dict[str, str] = {}
    above: dict[int, str] = {}
    for branch, name, _ in (match.groups() for match in DRAWN):
        above = {depth: other for depth, other in above.items() if depth < len(branch)}
        bases[name] = above[max(above)] if above else "Exception"
        above[len(branch)] = name

    assert {name: kind.__bases__[0].__name__ for name, kind in CLASSES.items()} == bases
    assert len(DRAWN) == len(CLASSES)


def test_the_tree_in_the_docstring_has_the_exit_code_of_every_error() -> None:
    drawn = {match[2]: int(match[3]) for match in DRAWN if match[3]}

    assert {
        "NoVerdict": 4,
        "NamesNotOurs": 2,
        "CredentialsRejected": 3,
        "TimedOut": 5,
        "Cancelled": Cancelled(signal.SIGHUP).exit_code,
        "InvalidInputs": 2,
        "UnusableCommand": 2,
        "MissingCredentials": 0,
    } == drawn
    kinds: list[type[SuiteError]] = [NoVerdict, CredentialsRejected, TimedOut, *NoVerdict.__subclasses__()]
    for kind in kinds:
        assert kind.exit_code == next(drawn[base.__name__] for base in kind.__mro__ if base.__name__ in drawn)


def test_invalid_inputs_carry_every_problem_in_their_order() -> None:
    problems = (Problem("host", "is required."), Problem("jwt", "is not given.", is_missing_credential=True))

    for kind in (InvalidInputs, MissingCredentials, UnusableCommand):
        assert problems == kind(*problems).problems
        assert "host is required.; jwt is not given." == str(kind(*problems))
        assert issubclass(kind, InvalidInputs)


def test_an_unreadable_reply_carries_its_body_if_it_was_read() -> None:
    assert (b"[]", None) == (UnreadableReply("a list", b"[]").body, UnreadableReply("too large").body)


def test_a_retryable_error_ends_no_suite_and_knows_how_long_to_wait() -> None:
    assert not issubclass(RetryableError, SuiteError)
    assert (7.5, None) == (RetryableError("busy", retry_after=7.5).retry_after, RetryableError("busy").retry_after)
