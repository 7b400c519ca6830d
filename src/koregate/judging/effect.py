"""What policy did to a job in addition to tolerating test cases. Every report reads it."""

from datetime import datetime
from typing import NamedTuple


class Comparison(NamedTuple):
    """How the test cases of a job compare with its baseline, in counts.

    `source` is the baseline's path as given. `oldest` is when the oldest known failure was first seen. `reason_against`
    says why the baseline tolerates nothing. It is empty if the baseline may tolerate failures.
    """

    source: str
    new: int = 0
    known: int = 0
    fixed: int = 0
    missing: int = 0
    oldest: datetime | None = None
    reason_against: str = ""


class PolicyEffect(NamedTuple):
    """What policy did. `quarantine` is the file's path as given, and `added` describes the entries that are new in it.

    `remarks` are sentences for the people who maintain the tests. They do not affect the verdict.
    """

    comparison: Comparison | None = None
    quarantine: str = ""
    added: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


NO_EFFECT = PolicyEffect()
