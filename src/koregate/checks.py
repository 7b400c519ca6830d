"""One check of `koregate doctor`: its name, its result, and a line that says what to do."""

from enum import StrEnum
from typing import NamedTuple


class CheckResult(StrEnum):
    """What a check found."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Check(NamedTuple):
    """One finding. `exit_code` is that of a check that failed, and 0 otherwise."""

    name: str
    result: CheckResult
    message: str
    exit_code: int = 0


def ok(name: str, message: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name, CheckResult.OK, message)


def warn(name: str, message: str) -> Check:
    """A check that found something doubtful, or that could not tell."""
    return Check(name, CheckResult.WARN, message)


def fail(name: str, message: str, exit_code: int) -> Check:
    """A check that found what would end a run with that exit code."""
    return Check(name, CheckResult.FAIL, message, exit_code)
