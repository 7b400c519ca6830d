"""The run ids of an interrupted job, kept in a sealed file in the report directory."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from koregate import __version__
from koregate.clock import Clock
from koregate.files import ReportDir, why_unreadable
from koregate.inputs import Inputs
from koregate.kore_api.json_values import Json
from koregate.kore_api.suite_file import SuiteFile

FILE = "resume.json"
_MAX_BYTES = 1024 * 1024
# A run that was started longer ago than this many timeouts plus an hour does not belong to the current job.
_MAX_TIMEOUTS = 2
_HOUR = 3600.0
_DAY = 24 * _HOUR
_MAX_OTHERS = 3
_MAX_NAMED = 5


# Any time that a file could sensibly have, so that all can be compared.
_Seconds = Annotated[int, Field(ge=0, le=10**12)]


class _State(BaseModel):
    """The runs of one job, and what it is. Only its seal shows that koregate wrote it.

    `starts` has the suites with a start request whose run id is not known, and when it was sent.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    binding: dict[str, str | list[str] | dict[str, str]]
    runs: dict[str, Annotated[list[tuple[str, _Seconds]], Field(min_length=1)]]
    starts: dict[str, _Seconds] = {}
    seal: str

    @property
    def content(self) -> dict[str, Json]:
        """What the seal is of."""
        return _content(self.binding, self.runs, self.starts)

    @property
    def run_ids(self) -> list[str]:
        return [run_id for runs in self.runs.values() for run_id, _ in runs]

    def is_recent(self, now: float, seconds: float) -> bool:
        """Whether its latest start was within so many seconds of `now`, before it or after it."""
        started = [*self.starts.values(), *(started for runs in self.runs.values() for _, started in runs)]
        return min((abs(now - time) for time in started), default=seconds) < seconds


class _Saved(_State):
    """The file: the state of the job that wrote it last, and those of jobs before it that are not the same."""

    others: list[_State] = []


class _Run(NamedTuple):
    run_id: str
    started: int


class JobOfRuns(NamedTuple):
    """Which job a state for resume is of: the commit, the job in one run of a pipeline, and the suites' files.

    They are empty as far as the CI system does not tell them.
    """

    commit: str = ""
    pipeline_run: Sequence[str] = ()
    suite_files: Sequence[SuiteFile] = ()


_NO_JOB = JobOfRuns()


class ResumeFile:
    """Run ids by suite, in the order of the starts, until the suite has its result. May be used by several threads.

    A suite that runs again keeps its earlier runs here: the next job must judge them too, whatever the last one shows.
    With the input `resume`, a start is noted before it is sent. A job that is killed before it knows the run's id can
    do nothing more about it, and the next one must not start the suite as though nothing had happened.
    The file lies in the workspace, so nothing in it is believed without its seal, which only somebody with the
    credentials can make. It is of one commit, and of one job in one run of a pipeline, as far as the CI system tells
    them (`owner`): put back in a later run, it would give a verdict on the bot as it was. `rejected` says why a
    file that was there is not used. What changes the file raises OSError if it cannot be written.

    A job that is not the same, perhaps only because of a typo, carries the file's state along. So the next one that is
    the same finds it.
    """

    def __init__(self, folder: ReportDir, inputs: Inputs, clock: Clock, owner: JobOfRuns = _NO_JOB) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._max_age = max(_MAX_TIMEOUTS * inputs.timeout, _HOUR)
        self._key = hmac.digest("\n".join(inputs.credentials).encode(), b"koregate resume", hashlib.sha256)
        self._binding: dict[str, Json] = {
            "koregate": __version__,
            "host": inputs.host,
            "streamId": inputs.stream_id,
            "botVersion": inputs.bot_version,
            "botLanguage": inputs.bot_language,
            "suiteKind": inputs.suite_kind,
            "engine": inputs.engine or "",
            # Artifacts carry the file, and an address is personal data. Without the credentials nobody can try one.
            "user": self._digest(inputs.user_email.encode()) if inputs.user_email else "",
            "clientId": inputs.client_id or "",
            "commit": owner.commit,
            "pipelineRun": [*owner.pipeline_run],
            # A run is one of the file that was imported before it.
            "suiteFiles": {file.suite: file.sha256 for file in owner.suite_files},
        }
        self._notes_starts = inputs.resume
        self._runs: dict[str, tuple[_Run, ...]] = {}
        self._starts: dict[str, int] = {}
        self._lost_starts: dict[str, int] = {}
        self._others: list[_State] = []
        self.rejected = ""
        if inputs.resume:
            self._load()

    @property
    def has_runs(self) -> bool:
        """Whether there are runs of an earlier job, also such that are not known."""
        return bool(self._runs or self._lost_starts)

    def runs_to_resume(self, suite: str) -> tuple[str, ...]:
        """The ids of the suite's runs that an earlier job started. It did not see the last one finish."""
        return tuple(run.run_id for run in self._runs.get(suite, ()))

    def lost_start(self, suite: str) -> datetime | None:
        """When an earlier job sent a start request of the suite without learning the run's id, or None."""
        seconds = self._lost_starts.get(suite)
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

    def latest_run(self, suite: str) -> str | None:
        """The id of the suite's latest run, or None if it has none, or the run has ended."""
        return self._runs[suite][-1].run_id if self._runs.get(suite) else None

    def note_start(self, suite: str) -> None:
        """Keep that a start request of the suite is about to be sent. One of `add` and `drop_start` follows."""
        if self._notes_starts:
            with self._lock:
                self._starts[suite] = self._seconds()
                self._save()

    def drop_start(self, suite: str) -> None:
        """Forget the start that was noted: the platform certainly did not take it."""
        with self._lock:
            if self._starts.pop(suite, None) is not None:
                self._save()

    def add(self, suite: str, run_id: str) -> None:
        """Keep the id of a run that was just started."""
        with self._lock:
            self._starts.pop(suite, None)
            self._runs[suite] = (*self._runs.get(suite, ()), _Run(run_id, self._seconds()))
            self._save()

    def remove(self, suites: Iterable[str]) -> None:
        """Drop the runs of suites that have ended, or that the platform does not know."""
        with self._lock:
            for suite in suites:
                for kept in (self._runs, self._starts, self._lost_starts):
                    kept.pop(suite, None)
            self._save()

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())

    def _save(self) -> None:
        """Write the file, or remove it if nothing is left to resume."""
        own = _content(self._binding, self._runs, {**self._lost_starts, **self._starts})
        has_own = bool(self._runs or own.get("starts"))
        if not has_own and not self._others:
            self._folder.remove(FILE)
            return
        states: list[dict[str, Json]] = [{**state.content, "seal": state.seal} for state in self._others]
        if has_own:
            states.insert(0, {**own, "seal": self._seal(own)})
        data = _rendered(states)
        while states[1:] and len(data) > _MAX_BYTES:
            # The next job could not read it.
            states.pop()
            data = _rendered(states)
        self._folder.write(FILE, data)

    def _load(self) -> None:
        """Load the runs of an earlier job of the same kind, or say in `rejected` why not."""
        try:
            saved = _Saved.model_validate_json(self._folder.read(FILE, _MAX_BYTES))
        except FileNotFoundError:
            return
        except OSError as problem:
            self.rejected = f"it cannot be read ({why_unreadable(problem)})"
            return
        except ValueError:
            self.rejected = "koregate did not write it"
            return
        states = [saved, *saved.others[:_MAX_OTHERS]]
        own = next(filter(self._is_own, states), None)
        now = self._clock.now().timestamp()
        keep = max(self._max_age, _DAY)
        kept = [state for state in states if not self._is_own(state) and state.is_recent(now, keep)]
        self._others = kept[:_MAX_OTHERS]
        if own is None:
            self.rejected = self._why_not(saved)
        else:
            self._take_over(own, now)

    def _is_own(self, state: _State) -> bool:
        return self._is_sealed(state) and state.binding == self._binding

    def _is_sealed(self, state: _State) -> bool:
        return hmac.compare_digest(state.seal.encode(), self._seal(state.content).encode())

    def _why_not(self, state: _State) -> str:
        """Why the state is not used, and what happens to it. Names its runs only if they are surely koregate's."""
        is_kept = state in self._others
        if not self._is_sealed(state):
            reason = "its seal does not match these credentials, or someone changed it"
            return f"{reason}. It is kept, in case they are wrong" if is_kept else reason
        differing = sorted(key for key in self._binding if state.binding.get(key) != self._binding[key])
        fate = ", and is kept for that" if is_kept else ". It is too old to be kept"
        named = f": {_listed(state.run_ids)}" if state.run_ids else ""
        return f"it belongs to a job with a different {', '.join(differing)}{fate}{named}"

    def _take_over(self, saved: _State, now: float) -> None:
        runs = {suite: tuple(_Run(*run) for run in of_suite) for suite, of_suite in saved.runs.items()}
        # By the last run of a suite: without those before it, its result would be another one.
        recent = {suite: of_suite for suite, of_suite in runs.items() if of_suite[-1].started >= now - self._max_age}
        if len(recent) < len(runs):
            old = [run.run_id for suite, of_suite in runs.items() if suite not in recent for run in of_suite]
            self.rejected = f"{len(runs) - len(recent)} of its runs started too long ago: {_listed(old)}"
        self._runs = recent
        # A run of an older one has ended by now.
        self._lost_starts = {suite: sent for suite, sent in saved.starts.items() if sent >= now - self._max_age}

    def _seal(self, content: Mapping[str, Json]) -> str:
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        return self._digest(canonical)

    def _digest(self, data: bytes) -> str:
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()


def _content(binding: Json, runs: Json, starts: Mapping[str, int]) -> dict[str, Json]:
    return {"binding": binding, "runs": runs, **({"starts": {**starts}} if starts else {})}


def _rendered(states: Sequence[Mapping[str, Json]]) -> bytes:
    first, *others = states
    text = json.dumps({**first, "others": others} if others else first, indent=2)
    return f"{text}\n".encode()


def _listed(run_ids: Sequence[str]) -> str:
    more = f" and {len(run_ids) - _MAX_NAMED} more" if run_ids[_MAX_NAMED:] else ""
    return f"{', '.join(run_ids[:_MAX_NAMED])}{more}"
