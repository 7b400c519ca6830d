"""The process: its signals, its commands, and the only way out."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, NoReturn

from koregate.ci.detect import detect, workspace
from koregate.clock import RealClock
from koregate.commands.context import Inbox, World
from koregate.commands.gate import Gate
from koregate.errors import EXIT_NO_VERDICT, InputsRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType


def main() -> NoReturn:
    """The command `koregate`: exits with the code of the contract."""
    inbox: Inbox = SimpleQueue()
    _catch_signals(inbox)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:], os.environ, inbox)
    with suppress(OSError):
        sys.stdout.flush()
    # Requests that a signal left under way sit in daemon threads: nothing waits for them.
    os._exit(code)


def _catch_signals(inbox: Inbox) -> None:
    """The first signal ends the job in good order, a second one at once. PID 1 has no default handlers."""
    seen: list[int] = []

    def handle(signum: int, _frame: FrameType | None) -> None:
        if seen:
            os._exit(128 + signum)
        seen.append(signum)
        # SimpleQueue.put is reentrant: safe in a handler.
        inbox.put(signum)

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)


def run(arguments: Sequence[str], environ: Mapping[str, str], inbox: Inbox) -> int:
    """The exit code of a command line."""
    ci = detect(environ, sys.stdout)
    world = World(environ, workspace(environ, Path.cwd()).absolute(), ci, RealClock(), inbox)
    try:
        # A job of a CI system has no arguments: its inputs are in the environment, and it goes without argparse.
        return _perform(arguments, world) if arguments else Gate({}, world).run()
    except InputsRefused as refused:
        return Gate({}, world).refuse(refused.problems)
    except SystemExit as done:
        return int(done.code or 0)
    except Exception as problem:  # noqa: BLE001 -- the last line of defence: one line, no traceback
        ci.say(f"koregate met an unexpected {type(problem).__name__}: {problem}")
        return EXIT_NO_VERDICT


def _perform(arguments: Sequence[str], world: World) -> int:
    """Carry out one command; returns its exit code."""
    from koregate.options import read

    given = read(arguments)
    options = {
        name: "\n".join(values) for name, values in vars(given).items() if isinstance(values, list) and name != "files"
    }
    if given.command in ("simulate", "demo"):
        # Late: only these two commands pay for loading the simulator.
        from koregate.commands.trial import demo, simulate

        if given.command == "simulate":
            return simulate(given.scenario, given.port, world)
        return demo(given.scenario, options, world)
    gate = Gate(options, world)
    if given.command == "run":
        return gate.run()
    return gate.merge(given.files) if given.command == "merge" else gate.replay(given.files)
