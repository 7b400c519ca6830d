"""One check of `koregate doctor`: its name, its result, and a line that says what to do."""

from enum import StrEnum
from typing import NamedTuple


class CheckResult(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Check(NamedTuple):
    """One check with its result. `exit_code` is 0 unless the check failed."""

    name: str
    result: CheckResult
    message: str
    exit_code: int = 0


def ok(name: str, message: str) -> Check:
    """A check without problems."""
    return Check(name, CheckResult.OK, message)


def warn(name: str, message: str) -> Check:
    """A check that found something doubtful, or that was inconclusive."""
    return Check(name, CheckResult.WARN, message)


def fail(name: str, message: str, exit_code: int) -> Check:
    """A check that found a problem that would end a run with that exit code."""
    return Check(name, CheckResult.FAIL, message, exit_code)
