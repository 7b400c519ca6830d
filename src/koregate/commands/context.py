"""Everything that a command gets from its surroundings, in one value."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from koregate.ci.base import CISystem
from koregate.clock import Clock
from koregate.kore_api.deadline import REQUEST_SECONDS
from koregate.runs.event_queue import HEARTBEAT_SECONDS, EventQueue


class JobContext(NamedTuple):
    """The environment, the workspace, the CI system, the clock, and the queue of signals and events.

    `is_demo` says that the platform is a simulator that ends with the job. `errors` prints to the standard error
    stream, or is None if `ci` does. `heartbeat` is the longest allowed silence in the log, and `request_seconds` is the
    time limit of one request. Both are in real time, even if the clock is a simulated one.
    """

    environ: Mapping[str, str]
    workspace: Path
    ci: CISystem
    clock: Clock
    queue: EventQueue
    heartbeat: float = HEARTBEAT_SECONDS
    request_seconds: float = REQUEST_SECONDS
    is_demo: bool = False
    errors: CISystem | None = None
