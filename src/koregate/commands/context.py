"""What a job meets outside itself, handed in as one value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from queue import SimpleQueue

    from koregate.ci.base import Plain
    from koregate.clock import Clock
    from koregate.runs.record import Ending

# Where the main thread hears of signals, by their number, and of suites' endings, with their number.
# SimpleQueue: its put is reentrant, so a signal handler may call it.
Inbox: TypeAlias = "SimpleQueue[int | tuple[int, Ending]]"


class World(NamedTuple):
    """The environment, the workspace, the CI system, the clock, and the inbox of signals.

    `heartbeat` and `request_seconds` are real time whatever the clock: the longest silence of the log, and the longest
    that one request may take.
    """

    environ: Mapping[str, str]
    workspace: Path
    ci: Plain
    clock: Clock
    inbox: Inbox
    heartbeat: float = 30.0
    request_seconds: float = 60.0
