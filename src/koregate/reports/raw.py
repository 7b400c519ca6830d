"""raw/: the last reply of each run as it came, and run.json, which says what each file is. Written and read back."""

import json
import re
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import PurePath
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from koregate import __version__
from koregate.errors import UnreadableReply
from koregate.inputs import FailOn, SuiteKindName
from koregate.kore_api.json_values import load_json
from koregate.kore_api.result_link import ResultFile
from koregate.kore_api.suite_kind import SUITE_KINDS, kind_of_reply
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_INPUTS, EXIT_NO_VERDICT, EXIT_TIMEOUT, Verdict

FOLDER = "raw"
INDEX = f"{FOLDER}/run.json"
MAX_INDEX_BYTES = 16 * 1024 * 1024
_MAX_SLUG = 60
_REPLY_NAME = r"^[0-9]{3,9}-[a-z0-9-]{1,80}\.json$"
_RESULT_NAME = r"^[0-9]{3,9}-[a-z0-9-]{1,80}\.result\.(json|csv)$"
# What the platform links: a batch suite's file is CSV, and of a conversation suite's only JSON can be used.
_RESULT_ENDINGS: Mapping[SuiteKindName, str] = {"conversation": ".result.json", "batch": ".result.csv"}


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


# A stop can be no pass, and no failure that a policy may let by.
_STOP_CODES: dict[Verdict, Container[int]] = {
    Verdict.ERROR: (EXIT_INPUTS, EXIT_CREDENTIALS, EXIT_NO_VERDICT),
    Verdict.TIMEOUT: (EXIT_TIMEOUT,),
    # 128 + the number of a signal.
    Verdict.CANCELLED: range(129, 144),
}


class SavedStopModel(_Model):
    """Why there was no reply to judge."""

    verdict: Verdict
    exit_code: int
    message: str

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.exit_code not in _STOP_CODES.get(self.verdict, ()):
            raise ValueError(f"verdict {self.verdict} with exit code {self.exit_code} is no reason to stop")
        return self


class SavedRunModel(_Model):
    """One suite: its test run, and the file that holds its last reply."""

    suite: str
    test_run_id: str | None = None
    # A plain file name: what a saved report names must not reach into other folders.
    file: Annotated[str, StringConstraints(pattern=_REPLY_NAME)] | None = None
    stop: SavedStopModel | None = None
    kind: SuiteKindName = "conversation"
    # The file that the reply links, or why there is none.
    result_file: Annotated[str, StringConstraints(pattern=_RESULT_NAME)] | None = None
    result_problem: str = ""


class SavedJobModel(_Model):
    """run.json. `koregate` is the version that wrote it."""

    koregate: str
    schema_version: int = 1
    host: str | None = None
    stream_id: str | None = None
    bot_version: str | None = None
    bot_language: str | None = None
    training: str | None = None
    fail_on: FailOn = "any"
    redact: tuple[str, ...] = ()
    suites: list[SavedRunModel] = Field(min_length=1)


class SavedJob(NamedTuple):
    """What saved replies tell. None if they say nothing of how to report on them."""

    target: Target
    records: list[RunRecord]
    fail_on: FailOn | None = None
    redact: tuple[str, ...] | None = None


def reply_path(number: int, suite: str) -> str:
    """The path of a suite's reply in the report directory. Suites are numbered from 0."""
    return f"{FOLDER}/{_reply_name(number, suite)}"


def _reply_name(number: int, suite: str) -> str:
    return f"{number + 1:03d}-{_slug(suite)}.json"


def result_path(number: int, record: RunRecord) -> str:
    """The path of a suite's result file in the report directory."""
    return f"{FOLDER}/{_result_name(number, record)}"


def _result_name(number: int, record: RunRecord) -> str:
    return _reply_name(number, record.suite).removesuffix(".json") + _RESULT_ENDINGS[record.kind]


def index(target: Target, fail_on: FailOn, redact: tuple[str, ...], records: Sequence[RunRecord]) -> bytes:
    """run.json, for replies that were written to their `reply_path`."""
    saved = SavedJobModel(
        koregate=__version__,
        host=target.host,
        stream_id=target.stream_id,
        bot_version=target.bot_version,
        bot_language=target.bot_language,
        training=target.training,
        fail_on=fail_on,
        redact=redact,
        suites=[_saved_run(number, record) for number, record in enumerate(records)],
    )
    text = json.dumps(saved.model_dump(mode="json", by_alias=True), indent=2)
    return f"{text}\n".encode()


def _saved_run(number: int, record: RunRecord) -> SavedRunModel:
    stop = record.stop
    return SavedRunModel(
        suite=record.suite,
        test_run_id=record.run_id,
        file=_reply_name(number, record.suite) if record.has_reply else None,
        stop=SavedStopModel(verdict=stop.verdict, exit_code=stop.exit_code, message=stop.message) if stop else None,
        kind=record.kind,
        result_file=_result_name(number, record) if record.has_result_file else None,
        result_problem=record.result_file.problem,
    )


def _slug(name: str) -> str:
    """A part of a file name from any suite name. The number before it keeps it unique."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:_MAX_SLUG].strip("-") or "suite"


def written_files(run_json: bytes) -> list[str]:
    """The paths that a run.json of koregate names as its own, run.json included. Any other file gives none."""
    try:
        saved = SavedJobModel.model_validate_json(run_json)
    except ValidationError:
        return []
    names = [name for run in saved.suites for name in (run.file, run.result_file) if name]
    return [*(f"{FOLDER}/{name}" for name in names), INDEX]


def load(run_json: bytes, open_file: Callable[[str], bytes]) -> SavedJob:
    """What run.json and its files hold. Raises ValueError if run.json is not one of koregate's.

    `open_file` gets the name of a file beside run.json.
    """
    try:
        saved = SavedJobModel.model_validate_json(run_json)
    except ValidationError as wrong:
        error = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, error["loc"])) or "the file"
        raise ValueError(f"is not a run.json that koregate wrote ({place}: {error['msg']})") from wrong
    target = Target(saved.host, saved.stream_id, saved.bot_version, saved.bot_language, saved.training)
    times = Counter(run.file for run in saved.suites if run.file)
    shared = {file for file, number in times.items() if number > 1}
    records = [_record(run, open_file, shared=run.file in shared) for run in saved.suites]
    return SavedJob(target, records, saved.fail_on, saved.redact)


def _record(saved: SavedRunModel, open_file: Callable[[str], bytes], *, shared: bool) -> RunRecord:
    stop = StopReason(saved.stop.verdict, saved.stop.exit_code, saved.stop.message) if saved.stop else None
    if shared and stop is None:
        # The reply may not tell its run id, and then nothing else shows that it is of one suite only.
        stop = _no_verdict(f"run.json names {saved.file} for more than one test suite.")
    result_file = ResultFile(open_file(saved.result_file) if saved.result_file else None, saved.result_problem)
    run = RunRecord(saved.suite, saved.test_run_id, stop=stop, kind=saved.kind, result_file=result_file)
    return run if saved.file is None else with_reply(run, open_file(saved.file))


def from_single_files(files: Mapping[str, bytes]) -> SavedJob:
    """What saved replies hold that come without a run.json, by path: the file's stem is the suite's name.

    Raises ValueError if a file is not JSON.
    """
    for path, data in files.items():
        try:
            load_json(data)
        except ValueError as problem:
            raise ValueError(f"is not a saved reply: {PurePath(path).name} is not JSON") from problem
    return SavedJob(Target(), [_lone_record(PurePath(path).stem, data) for path, data in files.items()])


def _lone_record(suite: str, data: bytes) -> RunRecord:
    return with_reply(RunRecord(suite, kind=kind_of_reply(data)), data)


def with_reply(run: RunRecord, data: bytes) -> RunRecord:
    """The record with its saved reply, as the live run would have made it."""
    run = run._replace(reply=data)
    try:
        return run._replace(ended=SUITE_KINDS[run.kind].read_progress(data).ended)
    except UnreadableReply as problem:
        return run._replace(stop=run.stop or _no_verdict(str(problem)))
    except ValueError:
        return run._replace(stop=run.stop or _no_verdict("The saved reply is not JSON."))


def _no_verdict(message: str) -> StopReason:
    return StopReason(Verdict.ERROR, EXIT_NO_VERDICT, message)
