"""The run ids of an interrupted job, kept in a sealed file in the report directory."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from koregate import __version__
from koregate.clock import Clock
from koregate.files import ReportDir, why_unreadable
from koregate.inputs import Inputs
from koregate.kore_api.json_values import Json, load_json
from koregate.kore_api.suite_file import SuiteFile

FILE = "resume.json"
_MAX_BYTES = 1024 * 1024
# A run that was started longer ago than this many timeouts plus an hour does not belong to the current job.
_MAX_TIMEOUTS = 2
_HOUR = 3600.0


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
    The file lies in the workspace, so nothing in it is believed without its seal, which only somebody with the
    credentials can make. It is of one commit, and of one job in one run of a pipeline, as far as the CI system tells
    them (`owner`): put back in a later run, it would give a verdict on the bot as it was. `rejected` says why a
    file that was there is not used. `add` and `remove` raise OSError if the file cannot be written.
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
        self._runs: dict[str, tuple[_Run, ...]] = {}
        self.rejected = ""
        if inputs.resume:
            self._load()

    @property
    def has_runs(self) -> bool:
        """Whether there are runs of an earlier job to attach to."""
        return bool(self._runs)

    def runs_to_resume(self, suite: str) -> tuple[str, ...]:
        """The ids of the suite's runs that an earlier job started. It did not see the last one finish."""
        return tuple(run.run_id for run in self._runs.get(suite, ()))

    def latest_run(self, suite: str) -> str | None:
        """The id of the suite's latest run, or None if it has none, or the run has ended."""
        return self._runs[suite][-1].run_id if self._runs.get(suite) else None

    def add(self, suite: str, run_id: str) -> None:
        """Keep the id of a run that was just started."""
        with self._lock:
            run = _Run(run_id, int(self._clock.now().timestamp()))
            self._runs[suite] = (*self._runs.get(suite, ()), run)
            self._save()

    def remove(self, suites: Iterable[str]) -> None:
        """Drop the runs of suites that have ended, or that the platform does not know."""
        with self._lock:
            for suite in suites:
                self._runs.pop(suite, None)
            self._save()

    def _save(self) -> None:
        """Write the file, or remove it if nothing is left to resume."""
        if not self._runs:
            self._folder.remove(FILE)
            return
        content = {
            "binding": self._binding,
            "runs": {suite: list(map(list, runs)) for suite, runs in self._runs.items()},
        }
        text = json.dumps({**content, "seal": self._seal(content)}, indent=2)
        self._folder.write(FILE, f"{text}\n".encode())

    def _load(self) -> None:
        """Load the runs of an earlier job of the same kind, or say in `rejected` why not."""
        try:
            saved = load_json(self._folder.read(FILE, _MAX_BYTES))
            seal = saved.pop("seal")
            binding, runs = saved["binding"], saved["runs"]
        except FileNotFoundError:
            return
        except OSError as problem:
            self.rejected = f"it cannot be read ({why_unreadable(problem)})"
            return
        except (ValueError, AttributeError, KeyError, TypeError):
            self.rejected = "koregate did not write it"
            return
        if not isinstance(seal, str) or not hmac.compare_digest(seal.encode(), self._seal(saved).encode()):
            self.rejected = "its seal does not match these credentials, or someone changed it"
        elif binding != self._binding:
            differing = sorted(key for key in self._binding if binding.get(key) != self._binding[key])
            self.rejected = f"it belongs to a job with a different {', '.join(differing)}"
        else:
            self._take_over(runs)

    def _take_over(self, saved: Mapping[str, Json]) -> None:
        oldest = self._clock.now().timestamp() - self._max_age
        runs = {suite: tuple(_Run(*run) for run in of_suite) for suite, of_suite in saved.items()}
        # By the last run of a suite: without those before it, its result would be another one.
        recent = {suite: of_suite for suite, of_suite in runs.items() if of_suite[-1].started >= oldest}
        if len(recent) < len(runs):
            self.rejected = f"{len(runs) - len(recent)} of its runs started too long ago"
        self._runs = recent

    def _seal(self, content: Mapping[str, Json]) -> str:
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        return self._digest(canonical)

    def _digest(self, data: bytes) -> str:
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()
