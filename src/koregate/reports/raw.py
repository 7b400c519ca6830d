"""raw/: the last answer of each suite as it came, and run.json, which says what each file is; and reading them back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from koregate.errors import EXIT_NO_VERDICT, UnreadableAnswer, Verdict
from koregate.inputs.model import FailOn
from koregate.kore_api.conversation import read
from koregate.runs.record import Ending, Stop, Target
from koregate.text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from koregate.judging.results import Report

FOLDER = "raw"
INDEX = "run.json"
_LONGEST_SLUG = 60


class _Record(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class StopRecord(_Record):
    """Why there was no answer to judge."""

    verdict: Verdict
    exit_code: int
    message: str


class SuiteRecord(_Record):
    """One suite: its test run, and the file that holds its last answer."""

    suite: str
    test_run_id: str | None = None
    # A plain file name: what a saved report names must not reach into other folders.
    file: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]*$")] | None = None
    stop: StopRecord | None = None


class RunRecord(_Record):
    """run.json."""

    schema_version: int = 1
    host: str | None = None
    stream_id: str | None = None
    bot_version: str | None = None
    bot_language: str | None = None
    fail_on: FailOn = "any"
    redact: tuple[str, ...] = ()
    suites: list[SuiteRecord] = Field(min_length=1)


def render(report: Report) -> dict[str, bytes]:
    """The files of raw/ by their path in the report directory."""
    files: dict[str, bytes] = {}
    records = []
    for number, suite in enumerate(report.suites, 1):
        ending = suite.ending
        name = f"{number:03d}-{_slug(ending.suite)}.json" if ending.raw is not None else None
        if name is not None and ending.raw is not None:
            files[f"{FOLDER}/{name}"] = ending.raw
        records.append(_record(ending, name))
    target = report.target
    index = RunRecord(
        host=target.host,
        stream_id=target.stream_id,
        bot_version=target.bot_version,
        bot_language=target.bot_language,
        fail_on=report.fail_on,
        redact=report.redact,
        suites=records,
    )
    text = json.dumps(index.model_dump(mode="json", by_alias=True), indent=2)
    return {**files, f"{FOLDER}/{INDEX}": f"{text}\n".encode()}


def _record(ending: Ending, name: str | None) -> SuiteRecord:
    stop = ending.stop
    saved = StopRecord(verdict=stop.verdict, exit_code=stop.exit_code, message=stop.message) if stop else None
    return SuiteRecord(suite=ending.suite, test_run_id=ending.run_id, file=name, stop=saved)


def _slug(name: str) -> str:
    """A file name's part from any suite name; the number before it keeps it unique."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:_LONGEST_SLUG].strip("-") or "suite"


@dataclass(frozen=True)
class Saved:
    """What saved answers tell; None where they say nothing of how to report on them."""

    target: Target
    endings: list[Ending]
    fail_on: FailOn | None = None
    redact: tuple[str, ...] | None = None


def load(index: bytes, open_file: Callable[[str], bytes]) -> Saved:
    """What run.json and its files hold. Raises ValueError where run.json is not one of ours."""
    try:
        record = RunRecord.model_validate_json(index)
    except ValidationError as wrong:
        error = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, error["loc"])) or "the file"
        message = f"is not a run.json that koregate wrote ({place}: {error['msg']})"
        raise ValueError(message) from wrong
    target = Target(record.host, record.stream_id, record.bot_version, record.bot_language)
    endings = [_ending(suite, open_file) for suite in record.suites]
    return Saved(target, endings, record.fail_on, record.redact)


def _ending(record: SuiteRecord, open_file: Callable[[str], bytes]) -> Ending:
    stop = Stop(record.stop.verdict, record.stop.exit_code, record.stop.message) if record.stop else None
    if record.file is None:
        return Ending(record.suite, record.test_run_id, stop=stop)
    return judged(record.suite, open_file(record.file), stop, record.test_run_id)


def lone(files: Mapping[str, bytes]) -> Saved:
    """What saved answers hold that come without a run.json: the file's stem is the suite's name."""
    endings = [judged(PurePath(path).stem, data) for path, data in files.items()]
    streams = {as_text(ending.status.answer.stream_id) for ending in endings if ending.status}
    return Saved(Target(stream_id=streams.pop() if len(streams) == 1 else None), endings)


def judged(suite: str, data: bytes, stop: Stop | None = None, run_id: str | None = None) -> Ending:
    """The ending that a saved answer shows, as the live run would have seen it."""
    try:
        status = read(data)
    except (ValueError, UnreadableAnswer) as problem:
        message = str(problem) if isinstance(problem, UnreadableAnswer) else "The saved answer is not JSON."
        return Ending(suite, run_id, data, stop=stop or Stop(Verdict.ERROR, EXIT_NO_VERDICT, message))
    return Ending(suite, run_id or as_text(status.answer.run_id) or None, data, status, stop)
