"""The endings: which exit code each has, and which of several is the worst."""

from __future__ import annotations

import inspect
import itertools
import re
import signal

import pytest

from koregate import errors
from koregate.errors import (
    Cancelled,
    CredentialsMissing,
    CredentialsRefused,
    GateError,
    InputsRefused,
    MayHaveStarted,
    NetworkLost,
    NoVerdict,
    Problem,
    Redirected,
    RefusedByPlatform,
    TimedOut,
    Transient,
    UnreadableAnswer,
    Verdict,
    worst,
)


@pytest.mark.parametrize(
    ("kind", "verdict", "code"),
    [
        (GateError, "error", 4),
        (NoVerdict, "error", 4),
        (UnreadableAnswer, "error", 4),
        (RefusedByPlatform, "error", 4),
        (Redirected, "error", 4),
        (MayHaveStarted, "error", 4),
        (NetworkLost, "error", 4),
        (CredentialsRefused, "error", 3),
        (TimedOut, "timeout", 5),
    ],
)
def test_each_error_has_the_exit_code_of_its_verdict(kind: type[GateError], verdict: str, code: int) -> None:
    assert (verdict, code, "what happened") == (kind.verdict, kind.exit_code, str(kind("what happened")))
    assert issubclass(kind, GateError)


@pytest.mark.parametrize(("signum", "name", "code"), [(2, "SIGINT", 130), (15, "SIGTERM", 143)])
def test_a_signal_ends_as_a_shell_reports_it(signum: int, name: str, code: int) -> None:
    problem = Cancelled(signum)

    assert ("cancelled", code, signum) == (problem.verdict, problem.exit_code, problem.signum)
    assert f"Cancelled by {name}." == str(problem)


def test_the_exit_codes_are_those_of_the_contract() -> None:
    codes = {name: int(code) for name, code in vars(errors).items() if name.startswith("EXIT_")}

    assert {
        "EXIT_PASSED": 0,
        "EXIT_FAILED": 1,
        "EXIT_INPUTS": 2,
        "EXIT_CREDENTIALS": 3,
        "EXIT_NO_VERDICT": 4,
        "EXIT_TIMEOUT": 5,
        "EXIT_SIGINT": 130,
        "EXIT_SIGTERM": 143,
    } == codes


def test_the_tree_in_the_docstring_shows_every_error_below_its_base() -> None:
    drawn: dict[str, str] = {}
    above: dict[int, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"([│├└─ ]*)([A-Z]\w+)  ", line):
            depth = len(match[1])
            drawn[match[2]] = max(((at, name) for at, name in above.items() if at < depth), default=(0, "Exception"))[1]
            above = {at: name for at, name in above.items() if at < depth} | {depth: match[2]}
    classes = {
        name: one.__bases__[0].__name__
        for name, one in vars(errors).items()
        if inspect.isclass(one) and issubclass(one, Exception)
    }

    assert classes == {name: base for name, base in drawn.items() if name in classes}
    assert set(drawn) == set(classes)


def test_refused_inputs_carry_every_problem_in_their_order() -> None:
    problems = (Problem("host", "is required."), Problem("jwt", "is not given.", is_absence=True))

    for kind in (InputsRefused, CredentialsMissing):
        assert problems == kind(problems).problems
        assert "host: is required.; jwt: is not given." == str(kind(problems))
    assert issubclass(CredentialsMissing, InputsRefused)


def test_a_passing_failure_is_no_ending_and_knows_how_long_to_wait() -> None:
    assert not issubclass(Transient, GateError)
    assert (7.5, None) == (Transient("busy", retry_after=7.5).retry_after, Transient("busy").retry_after)


PASSED, SKIPPED, FAILED = (Verdict.PASSED, 0), (Verdict.SKIPPED, 0), (Verdict.FAILED, 1)
TIMEOUT, CANCELLED = (Verdict.TIMEOUT, 5), (Verdict.CANCELLED, 128 + signal.SIGTERM)
INPUTS, CREDENTIALS, UNPROVEN = (Verdict.ERROR, 2), (Verdict.ERROR, 3), (Verdict.ERROR, 4)
FROM_WORST_TO_BEST = [CANCELLED, INPUTS, CREDENTIALS, UNPROVEN, TIMEOUT, FAILED, SKIPPED, PASSED]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_worst_wins_in_any_order(count: int) -> None:
    for chosen in itertools.combinations(FROM_WORST_TO_BEST, count):
        for endings in itertools.permutations(chosen):
            assert chosen[0] == worst(list(endings))


def test_suites_that_end_alike_end_the_job_so() -> None:
    assert [FAILED, UNPROVEN] == [worst([FAILED, FAILED]), worst([UNPROVEN] * 3)]
