"""What is known about one test run when koregate stops waiting for it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from koregate.inputs import SuiteKindName
from koregate.kore_api.result_link import ResultFile
from koregate.verdicts import Verdict

_NO_FILE = ResultFile()
# What `SuiteSource.problem` says of a suite that changed.
CHANGED = " changed while it ran: "
# Clocks of two machines differ.
_CLOCK_SKEW = timedelta(minutes=5)
# A later date is no clock's.
_LAST_YEAR = 2100


class Target(NamedTuple):
    """What was tested. A value is None if a saved reply does not say it.

    `training` describes the training of the app's model before the first start, if koregate requested it.
    """

    host: str | None = None
    stream_id: str | None = None
    bot_version: str | None = None
    bot_language: str | None = None
    training: str | None = None


class StopReason(NamedTuple):
    """Why a wait ended without a reply to judge, and what to do about it, which may be empty."""

    verdict: Verdict
    exit_code: int
    message: str
    advice: str = ""


class SuiteSource(NamedTuple):
    """The file of the workspace that a suite was imported from: its path there, its hash and its unique utterances.

    `texts_sha256` is the hash of the utterances' texts, and `suite_id` is the suite's id in the platform's list. They
    are empty if they are not known.

    `problem` says what keeps the run from being one of this file, or in a result what speaks against that. It is empty
    if nothing does.
    """

    path: str
    sha256: str
    utterances: int
    problem: str = ""
    texts_sha256: str = ""
    suite_id: str = ""

    @property
    def has_changed(self) -> bool:
        """Whether the suite was seen to change during the run."""
        return CHANGED in self.problem


class RunRecord(NamedTuple):
    """What is known of a test run when koregate stops waiting for it.

    `reply` is the body of the last status reply, `ended` says whether that reply told the end of the run, and `stop`
    is the reason if there is no reply to judge. `result_file` is what an ended reply links. `is_unconfirmed` says that
    nothing shows that the run exists: koregate neither started it nor got a status of it, or the platform refused to
    give one. `earlier` are the runs of the suite before this one, in their order. `source` is the file that the suite
    was imported from, if it was. `reply_sent` is when the platform sent the last reply by its own clock, if a live run
    got one. `lost_start` is when an earlier job may have started a run of the suite that is not known.
    """

    suite: str
    run_id: str | None = None
    reply: bytes | None = None
    ended: bool = False
    stop: StopReason | None = None
    has_reply: bool = False
    kind: SuiteKindName = "conversation"
    result_file: ResultFile = _NO_FILE
    has_result_file: bool = False
    is_unconfirmed: bool = False
    earlier: tuple["RunRecord", ...] = ()
    source: SuiteSource | None = None
    reply_sent: datetime | None = None
    lost_start: datetime | None = None

    def without_files(self) -> "RunRecord":
        """The record without its reply and result file, which may be large. Use it after they were judged and saved."""
        return self._replace(
            reply=None,
            has_reply=self.reply is not None,
            result_file=self.result_file._replace(data=None),
            has_result_file=self.result_file.data is not None,
        )


def lost_start_text(sent: datetime) -> str:
    """That an earlier job sent a start request at that time, and ended before it knew the run's id."""
    return (
        f"An earlier attempt of this job may have started a test run of this suite at {sent:%Y-%m-%d %H:%M:%S} UTC. "
        "Its run id is not known, so this attempt starts another one. The first may still be running on the platform."
    )


class JobLost(Exception):
    """A bug ended a job with test runs. `records` has one for each suite, with the id of its run if that is known."""

    def __init__(self, target: Target, records: Sequence[RunRecord]) -> None:
        super().__init__()
        self.target = target
        self.records = records

    @property
    def run_ids(self) -> list[str]:
        """The ids that are known."""
        return [record.run_id for record in self.records if record.run_id]


def latest_moment(now: datetime, records: Iterable[RunRecord]) -> datetime:
    """The time at which rules with a date are applied: `now`, or the platform's time if this machine is behind it.

    A clock that is slow would put quarantine entries in force again, and an old baseline. A platform's time that is
    late makes both stricter.
    """
    told = [record.reply_sent for record in records if record.reply_sent is not None]
    latest = max((moment for moment in told if moment.year <= _LAST_YEAR), default=now)
    return latest if latest > now + _CLOCK_SKEW else now
