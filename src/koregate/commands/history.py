"""The history file: read before the first request, and written again when the job has ended."""

from datetime import datetime
from pathlib import Path, PurePosixPath

from koregate import files
from koregate.ci.base import CISystem
from koregate.errors import InvalidInputs, Problem
from koregate.files import ReportDir
from koregate.judging.history import run_of
from koregate.judging.past_runs import BrokenHistory, ForeignFile, PastRun, history_file, read_history, runs_of_bot
from koregate.judging.results import JobResult
from koregate.runs.record import Target

# Above the size of a history, so that one that somebody made larger is known as one.
_MAX_READ_BYTES = 16 * 1024 * 1024
_ADVICE = "Name a file that is not there yet, or one that koregate wrote."


class HistoryFile:
    """The history of the jobs with this file. Without a file there is none.

    A file that koregate did not write is neither used nor replaced: `InvalidInputs`. A broken one of its own is moved
    aside, with a warning.
    """

    def __init__(self, workspace: Path, path: str | None, ci: CISystem) -> None:
        self._path = path or ""
        self._ci = ci
        self._folder: ReportDir | None = None
        self._runs: list[PastRun] = []
        if path is None:
            return
        try:
            self._folder = files.open_folder(workspace, str(PurePosixPath(path).parent))
            self._runs = self._read(self._folder)
        except (ForeignFile, OSError) as problem:
            text = f'"{path}" cannot be used: {_reason(problem)}. {_ADVICE}'
            raise InvalidInputs(Problem("history", text)) from problem

    def runs(self, target: Target) -> tuple[PastRun, ...]:
        """The runs of this bot that reports tell of, oldest first."""
        return runs_of_bot(self._runs, target)

    def add(self, job: JobResult, now: datetime) -> None:
        """Add a job that has ended. What goes wrong is a warning."""
        run = run_of(job, now)
        if self._folder is None or run is None:
            return
        try:
            # Read again: another job may have added its run meanwhile.
            self._folder.write(self._name, history_file([*self._read(self._folder), run]))
        except (ForeignFile, OSError) as problem:
            self._ci.say(f"Warning: {self._path} keeps nothing of this job: {_reason(problem)}.")

    @property
    def _name(self) -> str:
        return PurePosixPath(self._path).name

    def _read(self, folder: ReportDir) -> list[PastRun]:
        try:
            return read_history(folder.read(self._name, _MAX_READ_BYTES))
        except FileNotFoundError:
            return []
        except BrokenHistory as problem:
            folder.move_aside(self._name)
            self._ci.say(f"Warning: {self._path} was moved aside, and a new history begins: {problem}.")
            return []


def _reason(problem: Exception) -> str:
    return (problem.strerror if isinstance(problem, OSError) else "") or str(problem)
