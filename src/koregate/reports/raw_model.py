"""run.json as pydantic reads and writes it: one model for each of its objects."""

from collections.abc import Container, Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

from koregate.inputs import MAX_RETRIES, FailOn, SuiteKindName
from koregate.judging.past_runs import SHOWN_RUNS, PastRun
from koregate.reports.raw_policy import SavedPolicyModel
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_INPUTS, EXIT_NO_VERDICT, EXIT_TIMEOUT, Verdict

_REPLY_NAME = r"^[0-9]{3,9}-[a-z0-9-]{1,80}\.json$"
_RESULT_NAME = r"^[0-9]{3,9}-[a-z0-9-]{1,80}\.result\.(json|csv)$"

# Never empty: a value that run.json does not have cannot be compared with the replies.
_Told = Annotated[str, StringConstraints(pattern=r"\S")]


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError as problem:
        raise ValueError("not a time with a date in UTC") from problem


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True)


# A stop is never a pass, and never a failure that policy may tolerate.
_STOP_CODES: dict[Verdict, Container[int]] = {
    Verdict.ERROR: (EXIT_INPUTS, EXIT_CREDENTIALS, EXIT_NO_VERDICT),
    Verdict.TIMEOUT: (EXIT_TIMEOUT,),
    # 128 + the number of a signal.
    Verdict.CANCELLED: range(129, 144),
}


class SavedStopModel(_Model):
    """Why there was no reply to judge, and what to do about it."""

    verdict: Verdict
    exit_code: int
    message: str
    advice: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.exit_code not in _STOP_CODES.get(self.verdict, ()):
            raise ValueError(f"verdict {self.verdict} with exit code {self.exit_code} is not a reason to stop")
        return self


# A plain file name: what a saved report names must not reach into other folders.
_ReplyName = Annotated[str, StringConstraints(pattern=_REPLY_NAME)]
_ResultName = Annotated[str, StringConstraints(pattern=_RESULT_NAME)]


class SavedEarlierRunModel(_Model):
    """A run of a suite before its last one: it ended, and the file holds its last reply."""

    test_run_id: _Told
    file: _ReplyName
    result_file: _ResultName | None = None
    result_problem: str = ""
    # What keeps the run from being one of the suite's file, and the suite's id in the platform's list at that time.
    source_problem: str = ""
    source_suite_id: str = ""


class SavedSourceModel(_Model):
    """The file of the workspace that a suite was imported from, and what keeps the run from being one of it."""

    path: _Told
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    utterances: Annotated[int, Field(ge=0)]
    problem: str
    texts_sha256: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""
    suite_id: str = ""


class SavedRunModel(_Model):
    """One suite: its last test run, and the file that holds its last reply.

    Every key is present, even with the value null. Only a suite whose wait was stopped may have no test run or no file.
    """

    suite: str
    test_run_id: _Told | None
    file: _ReplyName | None
    stop: SavedStopModel | None
    kind: SuiteKindName = "conversation"
    # The file that the reply links, or why there is none.
    result_file: _ResultName | None = None
    result_problem: str = ""
    is_unconfirmed: bool = False
    earlier_runs: Annotated[list[SavedEarlierRunModel], Field(max_length=MAX_RETRIES)] = []
    suite_file: SavedSourceModel | None = None
    # When an earlier job may have started a run that is not known.
    lost_start: Annotated[AwareDatetime, AfterValidator(_in_utc)] | None = None

    @model_validator(mode="after")
    def _tells_its_run(self) -> Self:
        if self.stop is None:
            for name, value in (("testRunId", self.test_run_id), ("file", self.file)):
                if value is None:
                    raise ValueError(f"{name} is missing, and no stop says why")
        return self

    @property
    def files(self) -> Iterator[str]:
        """The names of all files of the suite."""
        for run in self.earlier_runs:
            yield from filter(None, (run.file, run.result_file))
        yield from filter(None, (self.file, self.result_file))


class SavedFactsModel(_Model):
    """What the CI system said about the job. A value that it did not give is empty or null."""

    system: str
    url: str
    build: str
    commit: str
    commit_url: str
    branch: str
    default_branch: str
    is_pull_request: bool | None


class SavedJobModel(_Model):
    """run.json. `koregate` is the version that wrote it."""

    koregate: str
    schema_version: Literal[1] = 1
    host: _Told
    stream_id: _Told
    bot_version: _Told
    bot_language: _Told
    training: str | None = None
    finished_at: Annotated[AwareDatetime, AfterValidator(_in_utc)]
    ci: SavedFactsModel
    history: Annotated[tuple[PastRun, ...], Field(max_length=SHOWN_RUNS - 1)] = ()
    fail_on: FailOn
    redact: tuple[str, ...]
    # Without it, nothing is tolerated.
    policy: SavedPolicyModel | None = None
    suites: list[SavedRunModel] = Field(min_length=1)
