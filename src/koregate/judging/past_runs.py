"""The history file: previous runs, which reports mention and which never affect the verdict.

An entry keeps hashes of the steps that failed. It contains no text of a user or of the bot.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from koregate.kore_api.json_problems import problem_in_words
from koregate.runs.record import Target
from koregate.verdicts import Verdict

HEADER = '{"koregate": "history", "schemaVersion": 1}'
MAX_RUNS = 200
MAX_BYTES = 2 * 1024 * 1024
# How many runs reports look at, including this one.
SHOWN_RUNS = 20
MAX_LABELS, MAX_LABEL = 20, 40
# Verdicts of jobs that leave no entry: they have no result to keep.
UNRECORDED = (Verdict.CANCELLED, Verdict.SKIPPED)


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError as problem:
        raise ValueError("not a time in UTC") from problem


_Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
_Label = Annotated[str, StringConstraints(max_length=MAX_LABEL)]
_Steps = dict[_Hash, Annotated[list[_Label], Field(max_length=MAX_LABELS)]]


class PastRun(BaseModel):
    """One line of a history file.

    `bot` is a hash of host, stream, version and language. `suites` has the failed test cases by step, by suite.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    finished: Annotated[AwareDatetime, AfterValidator(_in_utc)]
    bot: _Hash
    verdict: Verdict
    suites: dict[_Hash, _Steps]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        """Refuse an entry that koregate never writes, such as a pass with failed steps."""
        if self.verdict in UNRECORDED or (self.verdict is Verdict.PASSED and any(self.suites.values())):
            raise ValueError("the verdict contradicts the rest of the entry")
        return self


class BrokenHistory(ValueError):
    """A history file that koregate wrote and cannot read any more."""


class NotAHistory(ValueError):
    """A file that is not a history that koregate wrote."""


def read_history(data: bytes) -> list[PastRun]:
    """The runs in a history file, oldest first. Raises `NotAHistory` or `BrokenHistory`."""
    header, *lines = data.split(b"\n")
    if header != HEADER.encode():
        raise NotAHistory("its first line does not say that koregate wrote it")
    if len(data) > MAX_BYTES or lines[-1:] != [b""] or len(lines) > MAX_RUNS + 1:
        raise BrokenHistory("it is too large or incomplete")
    runs: list[PastRun] = []
    for number, line in enumerate(lines[:-1], 2):
        try:
            runs.append(PastRun.model_validate_json(line))
        except ValidationError as wrong:
            raise BrokenHistory(f"line {number} is none that koregate wrote ({problem_in_words(wrong)})") from wrong
    return runs


def history_file(runs: Sequence[PastRun]) -> bytes:
    """A history file of the newest runs that fit."""
    lines: list[bytes] = []
    room = MAX_BYTES - len(HEADER) - 1
    for run in reversed(runs[-MAX_RUNS:]):
        line = run.model_dump_json().encode()
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    return b"".join(line + b"\n" for line in [HEADER.encode(), *reversed(lines)])


def runs_of_bot(runs: Iterable[PastRun], target: Target) -> tuple[PastRun, ...]:
    """The last runs of this bot that reports look at, without the current one."""
    bot = hash_of_bot(target)
    return tuple([run for run in runs if run.bot == bot][-SHOWN_RUNS + 1 :])


def hash_of_bot(target: Target) -> str:
    """The hash that identifies the bot, in this version and language."""
    return hash_of(target.host, target.stream_id, target.bot_version, target.bot_language)


def hash_of(*parts: str | int | None) -> str:
    """The hash that represents these values in a history file."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
