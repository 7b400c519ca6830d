"""The verdicts from best to worst, and the exit codes of the contract."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """koregate's conclusion on a suite or on the whole job, from best to worst."""

    PASSED = "passed"
    SKIPPED = "skipped"
    TOLERATED = "tolerated"
    FAILED = "failed"
    TIMEOUT = "timeout"
    ERROR = "error"
    CANCELLED = "cancelled"


# A run that ended in one of these shows neither that the bot passed nor that it failed.
NO_RESULT = (Verdict.ERROR, Verdict.TIMEOUT, Verdict.CANCELLED)

EXIT_PASSED = 0
EXIT_FAILED = 1
EXIT_INPUTS = 2
EXIT_CREDENTIALS = 3
EXIT_NO_VERDICT = 4
EXIT_TIMEOUT = 5

_ORDER = list(Verdict)


def worst(endings: Iterable[tuple[Verdict, int]]) -> tuple[Verdict, int]:
    """The worst verdict with its exit code. If there are several errors, the lowest exit code counts."""
    return max(endings, key=lambda ending: (_ORDER.index(ending[0]), -ending[1]))
