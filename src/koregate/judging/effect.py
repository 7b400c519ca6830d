"""What policy did to a job, beside the tolerances of its test cases: kept with the result for every report."""

from datetime import datetime
from typing import NamedTuple


class Comparison(NamedTuple):
    """How the test cases of a job compare with its baseline, in counts.

    `source` is the baseline as it was given. `oldest` is since when the oldest known failure is known. `reason_against`
    says why the baseline tolerates nothing, and is empty if it does.
    """

    source: str
    new: int = 0
    known: int = 0
    fixed: int = 0
    missing: int = 0
    oldest: datetime | None = None
    reason_against: str = ""


class PolicyEffect(NamedTuple):
    """What policy did. `quarantine` is the file as it was given, `added` its entries that this change added, in words.

    `remarks` are sentences for whoever looks after the tests: they change no verdict.
    """

    comparison: Comparison | None = None
    quarantine: str = ""
    added: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


NO_EFFECT = PolicyEffect()
