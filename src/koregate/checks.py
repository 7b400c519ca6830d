"""One check of `koregate doctor`: its name, its result, and a line that says what to do."""

from enum import StrEnum
from typing import NamedTuple


class CheckResult(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Check(NamedTuple):
    """One check with its result. `exit_code` is 0 unless the check failed.

    `is_skipped` says that nothing was checked, because an earlier check stood in the way or the reply does not tell.
    """

    name: str
    result: CheckResult
    message: str
    exit_code: int = 0
    is_skipped: bool = False


def ok(name: str, message: str) -> Check:
    """A check without problems."""
    return Check(name, CheckResult.OK, message)


def warn(name: str, message: str) -> Check:
    """A check that found something doubtful."""
    return Check(name, CheckResult.WARN, message)


def skip(name: str, message: str) -> Check:
    """A warning about something that could not be checked."""
    return Check(name, CheckResult.WARN, message, is_skipped=True)


def fail(name: str, message: str, exit_code: int) -> Check:
    """A check that found a problem that would end a run with that exit code."""
    return Check(name, CheckResult.FAIL, message, exit_code)
