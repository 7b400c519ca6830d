"""What the worker threads report to the main thread, and what the main thread tells of the wait."""

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
    """A run goes on. Times are in seconds; `left` is None if the end cannot be foreseen. `unit` is what steps are."""

    suite: str
    percent: float | None
    steps: int | None
    elapsed: float
    left: float | None
    changed: bool
    unit: str = "steps"


class Retrying(NamedTuple):
    """A request failed, and koregate sends it again after `delay` seconds."""

    suite: str
    request: Literal["start", "status", "import", "list"]
    delay: float
    reason: str


class RunFinished(NamedTuple):
    """The wait for a run of the suite with that number (from 0) is over."""

    number: int
    record: RunRecord


class StillWaiting(NamedTuple):
    """Nothing was reported for a while. `suites` are those without an end."""

    suites: tuple[str, ...]


class Interrupted(NamedTuple):
    """A signal ended the wait."""

    signum: int


class Warned(NamedTuple):
    """Something went wrong that does not end a run."""

    message: str


class TrainingSeen(NamedTuple):
    """The platform told the training status of the app's model, for the first time or another one than before."""

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
