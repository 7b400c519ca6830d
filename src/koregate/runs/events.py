"""Events that the worker threads report to the main thread, and events of the wait itself."""

from typing import Literal, NamedTuple, TypeAlias

from koregate.errors import Problem
from koregate.kore_api.training import TrainingStatus
from koregate.runs.record import RunRecord


class RunStarted(NamedTuple):
    """A test run was started, or koregate attached to one. `run` counts the runs of the suite from 1."""

    suite: str
    run_id: str
    attached: bool
    run: int = 1


class Progress(NamedTuple):
    """A run is in progress. Times are in seconds, and `left` is None without a forecast. `unit` is a noun for steps."""

    suite: str
    percent: float | None
    steps: int | None
    elapsed: float
    left: float | None
    changed: bool
    unit: str = "steps"


class Retrying(NamedTuple):
    """A request failed, and koregate will send it again after `delay` seconds."""

    suite: str
    request: Literal["start", "status", "import", "list"]
    delay: float
    reason: str


class RunFinished(NamedTuple):
    """The wait for a run of the suite with that number (from 0) is over."""

    number: int
    record: RunRecord


class StillWaiting(NamedTuple):
    """Nothing was reported for a while. `suites` are those whose runs have not ended."""

    suites: tuple[str, ...]


class Interrupted(NamedTuple):
    """A signal ended the wait."""

    signum: int


class Warned(NamedTuple):
    """Something went wrong that does not end a run."""

    message: str


class TrainingSeen(NamedTuple):
    """The training status of the app's model: the first one, or one that differs from the previous one."""

    status: TrainingStatus


class SuiteUploaded(NamedTuple):
    """The platform took a suite file, of so many bytes."""

    suite: str
    path: str
    size: int


class SuiteImported(NamedTuple):
    """The platform's list shows the suite as that of the file. `is_new` says that it had none of that name before."""

    suite: str
    sha256: str
    utterances: int
    is_new: bool


class NamesTaken(NamedTuple):
    """Suites of these names were not imported by koregate. Nothing was changed and no suite is started."""

    problems: tuple[Problem, ...]


Event: TypeAlias = (
    RunStarted
    | Progress
    | Retrying
    | RunFinished
    | StillWaiting
    | Interrupted
    | Warned
    | TrainingSeen
    | SuiteUploaded
    | SuiteImported
    | NamesTaken
)
