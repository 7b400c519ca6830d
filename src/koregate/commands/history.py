"""The history file: read before the first request, and written when the job has ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath

from koregate import files
from koregate.ci.base import CISystem
from koregate.errors import InvalidInputs, Problem
from koregate.files import ReportDir
from koregate.inputs import GateInputs
from koregate.judging.history import run_of
from koregate.judging.past_runs import BrokenHistory, NotAHistory, PastRun, history_file, read_history, runs_of_bot
from koregate.judging.results import JobResult
from koregate.reports import raw
from koregate.reports.render import WRITTEN_FILES
from koregate.runs import resume
from koregate.runs.record import Target

# More than the size of a history, so that a history that someone has made larger is still recognized.
_MAX_READ_BYTES = 16 * 1024 * 1024
_MAX_WRITE_SECONDS = 60.0
_REPORTS = frozenset({*WRITTEN_FILES, raw.FOLDER, resume.FILE})
_ADVICE = "Name a new file, or one that koregate wrote."


class HistoryFile:
    """The history of the jobs that use this file. Without a path there is no history.

    Raises `InvalidInputs` for a file that koregate did not write, and leaves it alone. A broken history is moved aside,
    with a warning.
    """

    def __init__(self, workspace: Path, inputs: GateInputs, ci: CISystem) -> None:
        path = inputs.history
        self._path = path or ""
        self._ci = ci
        self._folder: ReportDir | None = None
        self._runs: list[PastRun] = []
        if path is None:
            return
        with _problems_named(path, inputs.report_dir):
            self._folder = files.open_folder(workspace, str(PurePosixPath(path).parent))
            # Other jobs may write here at the same time, and one write takes less than that.
            self._folder.remove_temporary_files(min_age=_MAX_WRITE_SECONDS)
            self._runs = self._read(self._folder)

    def runs(self, target: Target) -> tuple[PastRun, ...]:
        """The runs of this bot that reports look at, oldest first."""
        return runs_of_bot(self._runs, target)

    def add(self, job: JobResult, now: datetime) -> None:
        """Add a job that has ended. Any problem is only a warning."""
        run = run_of(job, now)
        if self._folder is None or run is None:
            return
        try:
            # Read again, because another job may have added its run in the meantime.
            self._folder.write(self._name, history_file([*self._read(self._folder), run]))
        except (NotAHistory, OSError) as problem:
            self._ci.warn(f"koregate cannot add this job to {self._path}: {_reason(problem)}.")

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
            self._ci.warn(f"koregate moved {self._path} aside and begins a new history: {problem}.")
            return []


def check_history(workspace: Path, inputs: GateInputs) -> str:
    """What `HistoryFile` would warn of, or an empty text. Raises `InvalidInputs` if it would, and changes nothing."""
    path = inputs.history
    if path is None:
        return ""
    with _problems_named(path, inputs.report_dir):
        files.check_folder(workspace, str(PurePosixPath(path).parent))
        try:
            read_history(files.read_inside(workspace, path, _MAX_READ_BYTES))
        except FileNotFoundError:
            return ""
        except BrokenHistory as problem:
            return f"A run moves {path} aside and begins a new history: {problem}."
    return ""


@contextmanager
def _problems_named(path: str, report_dir: str) -> Iterator[None]:
    """Raise `InvalidInputs` for a path that cannot be a history's, and for any problem with what is there."""
    if _is_report(path, report_dir):
        text = f'"{path}" is the name of one of koregate\'s own reports, which each job replaces. {_ADVICE}'
        raise InvalidInputs(Problem("history", text))
    try:
        yield
    except (NotAHistory, OSError) as problem:
        text = f'"{path}" is unusable: {_reason(problem)}. {_ADVICE}'
        raise InvalidInputs(Problem("history", text)) from problem


def _is_report(path: str, report_dir: str) -> bool:
    """Whether koregate writes its reports, raw replies or run ids to that path, or to a folder of it."""
    file, folder = PurePosixPath(path), PurePosixPath(report_dir)
    if not file.is_relative_to(folder) or file == folder:
        return False
    # Some file systems do not distinguish upper and lower case.
    return file.relative_to(folder).parts[0].lower() in _REPORTS


def _reason(problem: Exception) -> str:
    return files.why_unreadable(problem) if isinstance(problem, OSError) else str(problem)
