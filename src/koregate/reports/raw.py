"""raw/: the last reply of each run as received, and run.json, which describes each file. Written and read back."""

import json
import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from pydantic import ValidationError

from koregate import __version__
from koregate.errors import UnreadableReply
from koregate.inputs import FailOn, SuiteKindName
from koregate.judging.facts import CIFacts, JobFacts
from koregate.kore_api.json_problems import problem_in_words
from koregate.kore_api.result_link import ResultFile
from koregate.kore_api.suite_kind import SUITE_KINDS, kind_of_reply
from koregate.reports.raw_model import (
    SavedEarlierRunModel,
    SavedJobModel,
    SavedRunModel,
    SavedSourceModel,
    SavedStopModel,
)
from koregate.reports.raw_policy import SavedPolicyModel
from koregate.runs.record import RunRecord, StopReason, SuiteSource, Target
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

FOLDER = "raw"
INDEX = f"{FOLDER}/run.json"
MAX_INDEX_BYTES = 64 * 1024 * 1024
_MAX_SLUG = 60
# The form of a linked file: CSV for a batch suite. For a conversation suite, only JSON is usable.
_RESULT_ENDINGS: Mapping[SuiteKindName, str] = {"conversation": ".result.json", "batch": ".result.csv"}
# What `reply_path` and `result_path` return, without the folder.
_OWN_NAME = re.compile(r"[0-9]{3,}-[a-z0-9-]+(\.result)?\.(json|csv)")


class SavedJob(NamedTuple):
    """The content of saved replies. A value is None if they do not have it."""

    target: Target
    records: list[RunRecord]
    facts: JobFacts
    fail_on: FailOn | None = None
    redact: tuple[str, ...] | None = None
    policy: SavedPolicyModel | None = None


class Settings(NamedTuple):
    """How a job reports: the inputs that rebuilding its reports needs."""

    fail_on: FailOn
    redact: tuple[str, ...]
    policy: SavedPolicyModel | None = None


def reply_path(number: int, record: RunRecord) -> str:
    """The path of a run's reply in the report directory. Suites are numbered from 0."""
    return f"{FOLDER}/{_reply_name(number, record)}"


def _reply_name(number: int, record: RunRecord) -> str:
    run = f"-run-{len(record.earlier) + 1}" if record.earlier else ""
    return f"{number + 1:03d}-{_slug(record.suite)}{run}.json"


def result_path(number: int, record: RunRecord) -> str:
    """The path of a run's result file in the report directory."""
    return f"{FOLDER}/{_result_name(number, record)}"


def _result_name(number: int, record: RunRecord) -> str:
    return _reply_name(number, record).removesuffix(".json") + _RESULT_ENDINGS[record.kind]


def index(target: Target, facts: JobFacts, settings: Settings, records: Sequence[RunRecord]) -> bytes:
    """run.json, for replies that were written to their `reply_path`. Raises ValueError if the target is incomplete."""
    saved = SavedJobModel.model_validate(
        {
            "koregate": __version__,
            "host": target.host,
            "stream_id": target.stream_id,
            "bot_version": target.bot_version,
            "bot_language": target.bot_language,
            "training": target.training,
            "finished_at": facts.finished,
            "ci": facts.ci._asdict(),
            "history": facts.history,
            "fail_on": settings.fail_on,
            "redact": settings.redact,
            "policy": settings.policy,
            "suites": [_saved_run(number, record) for number, record in enumerate(records)],
        }
    )
    text = json.dumps(saved.model_dump(mode="json", by_alias=True), indent=2)
    return f"{text}\n".encode()


def _saved_run(number: int, record: RunRecord) -> SavedRunModel:
    stop = record.stop
    return SavedRunModel(
        suite=record.suite,
        test_run_id=record.run_id,
        file=_reply_name(number, record) if record.has_reply else None,
        stop=SavedStopModel(**stop._asdict()) if stop else None,
        kind=record.kind,
        result_file=_result_name(number, record) if record.has_result_file else None,
        result_problem=record.result_file.problem,
        is_unconfirmed=record.is_unconfirmed,
        earlier_runs=[_saved_earlier_run(number, run) for run in record.earlier],
        suite_file=SavedSourceModel(**record.source._asdict()) if record.source else None,
        lost_start=record.lost_start,
    )


def _saved_earlier_run(number: int, run: RunRecord) -> SavedEarlierRunModel:
    return SavedEarlierRunModel(
        test_run_id=run.run_id or "",
        file=_reply_name(number, run),
        result_file=_result_name(number, run) if run.has_result_file else None,
        result_problem=run.result_file.problem,
        source_problem=run.source.problem if run.source else "",
        source_suite_id=run.source.suite_id if run.source else "",
    )


def _slug(name: str) -> str:
    """A part of a file name from any suite name. The number before it keeps it unique."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:_MAX_SLUG].strip("-") or "suite"


def written_files(run_json: bytes) -> list[str]:
    """The paths that a run.json of koregate lists, including itself. Empty for any other file."""
    try:
        saved = SavedJobModel.model_validate_json(run_json)
    except ValidationError:
        return []
    return [*(f"{FOLDER}/{name}" for suite in saved.suites for name in suite.files), INDEX]


def saved_run_ids(run_json: bytes) -> frozenset[str]:
    """The ids of all test runs that a run.json of koregate lists. Empty for any other file."""
    try:
        saved = SavedJobModel.model_validate_json(run_json)
    except ValidationError:
        return frozenset()
    last = (suite.test_run_id for suite in saved.suites)
    earlier = (run.test_run_id for suite in saved.suites for run in suite.earlier_runs)
    return frozenset(filter(None, (*last, *earlier)))


def load(run_json: bytes, open_file: Callable[[str], bytes], beside: Iterable[str] = ()) -> SavedJob:
    """The content of run.json and its files.

    `open_file` gets the name of a file in the same folder. `beside` are the names of all files in that folder. Raises
    ValueError if koregate did not write this run.json, or if there is a reply that it does not name.
    """
    try:
        saved = SavedJobModel.model_validate_json(run_json)
    except ValidationError as wrong:
        raise ValueError(
            f"has a run.json that koregate did not write ({problem_in_words(wrong)}). Give an unchanged raw folder"
        ) from wrong
    named = {name for suite in saved.suites for name in suite.files}
    if unnamed := sorted(name for name in beside if name not in named and _OWN_NAME.fullmatch(name)):
        raise ValueError(
            f"has {unnamed[0]}, which run.json does not name, so a test run would be missing. "
            "Give an unchanged raw folder"
        )
    target = Target(saved.host, saved.stream_id, saved.bot_version, saved.bot_language, saved.training)
    times = Counter(name for suite in saved.suites for name in suite.files)
    shared = {name for name, number in times.items() if number > 1}
    records = [_record(suite, open_file, shared) for suite in saved.suites]
    facts = JobFacts(
        saved.finished_at, CIFacts(**saved.ci.model_dump()).made_safe(), is_replay=True, history=saved.history
    )
    return SavedJob(target, records, facts, saved.fail_on, saved.redact, saved.policy)


def _record(saved: SavedRunModel, open_file: Callable[[str], bytes], shared: Container[str]) -> RunRecord:
    stop = StopReason(**dict(saved.stop)) if saved.stop else None
    twice = next((name for name in saved.files if name in shared), None)
    if twice and stop is None:
        # The reply may not tell its run id, and then nothing else shows that it is of one run only.
        stop = _no_verdict(f"run.json names {twice} for more than one test run.")
    run = RunRecord(
        saved.suite,
        saved.test_run_id,
        stop=stop,
        kind=saved.kind,
        result_file=_result_file(saved, open_file),
        is_unconfirmed=saved.is_unconfirmed,
        earlier=_earlier_runs(saved, open_file),
        source=SuiteSource(**saved.suite_file.model_dump()) if saved.suite_file else None,
        lost_start=saved.lost_start,
    )
    return run if saved.file is None else with_reply(run, open_file(saved.file))


def _earlier_runs(saved: SavedRunModel, open_file: Callable[[str], bytes]) -> tuple[RunRecord, ...]:
    runs: tuple[RunRecord, ...] = ()
    last = SuiteSource(**saved.suite_file.model_dump()) if saved.suite_file else None
    for earlier in saved.earlier_runs:
        run = RunRecord(
            saved.suite,
            earlier.test_run_id,
            kind=saved.kind,
            result_file=_result_file(earlier, open_file),
            source=last and last._replace(problem=earlier.source_problem, suite_id=earlier.source_suite_id),
        )
        runs = (*runs, with_reply(run._replace(earlier=runs), open_file(earlier.file)))
    return runs


def _result_file(saved: SavedRunModel | SavedEarlierRunModel, open_file: Callable[[str], bytes]) -> ResultFile:
    return ResultFile(open_file(saved.result_file) if saved.result_file else None, saved.result_problem)


def from_single_files(files: Mapping[str, bytes]) -> SavedJob:
    """The content of saved replies without a run.json, by path. The file's stem is the suite's name."""
    records = [_lone_record(PurePath(path).stem, data) for path, data in files.items()]
    return SavedJob(Target(), records, JobFacts(is_replay=True))


def _lone_record(suite: str, data: bytes) -> RunRecord:
    return with_reply(RunRecord(suite, kind=kind_of_reply(data)), data)


def with_reply(run: RunRecord, data: bytes) -> RunRecord:
    """The record with its saved reply, like the record of the live run."""
    run = run._replace(reply=data)
    try:
        return run._replace(ended=SUITE_KINDS[run.kind].read_progress(data).ended)
    except UnreadableReply as problem:
        return run._replace(stop=run.stop or _no_verdict(str(problem)))
    except ValueError:
        return run._replace(stop=run.stop or _no_verdict("The saved reply is not JSON."))


def _no_verdict(message: str) -> StopReason:
    return StopReason(Verdict.ERROR, EXIT_NO_VERDICT, message)
