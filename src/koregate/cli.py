"""Commands and options, made from the declaration of the inputs; signals; the only way out."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, NoReturn

from koregate import __version__
from koregate.ci import detect, workspace
from koregate.clock import RealClock
from koregate.errors import EXIT_NO_VERDICT, InputsRefused, Problem
from koregate.gate import Gate
from koregate.inputs import Inputs, ReportInputs, declared
from koregate.world import Inbox, World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

COMMANDS = {
    "run": "run test suites and report on them (the default)",
    "report": "rebuild every report and the verdict from saved answers, offline",
    "merge": "make one report of the report.json files of several jobs",
    "simulate": "serve the embedded stand-in of the Kore.ai API",
    "demo": "simulate and run, end to end",
}


class _Parser(argparse.ArgumentParser):
    """argparse, but for what is wrong: that is a problem with the inputs like any other."""

    def error(self, message: str) -> NoReturn:
        raise InputsRefused((Problem("command line", f"{message}. See koregate --help."),))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = _Parser(
        prog="koregate", description="The merge gate for Kore.ai conversation test suites.", allow_abbrev=False
    )
    top.add_argument("--version", action="version", version=f"koregate {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    made = {
        name: commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        for name, text in COMMANDS.items()
    }
    _add_inputs(made["run"], Inputs)
    made["report"].add_argument("files", nargs="+", metavar="FILE", help="a raw folder of a report, or saved answers")
    _add_inputs(made["report"], ReportInputs)
    made["merge"].add_argument("files", nargs="+", metavar="FILE", help="report.json files, in the order of the report")
    _add_inputs(made["merge"], ReportInputs)
    made["simulate"].add_argument("--scenario", default="passing", help="a scenario's name or file")
    made["simulate"].add_argument("--port", default="8900", help="port on the loopback address; 0 takes a free one")
    made["demo"].add_argument("--scenario", default="passing", help="a scenario's name or file")
    _add_inputs(made["demo"], ReportInputs)
    return top


def _add_inputs(command: argparse.ArgumentParser, model: type[ReportInputs]) -> None:
    for item in declared(model):
        default = f" Default: {item.default}." if item.default else ""
        text = f"{item.description}{default} [{item.variable}]".replace("%", "%%")
        # append: --test-suites may be repeated, a suite each.
        command.add_argument(f"--{item.name}", dest=item.name, action="append", metavar="VALUE", help=text)


def main() -> NoReturn:
    """The command `koregate`: exits with the code of the contract."""
    inbox: Inbox = SimpleQueue()
    _catch_signals(inbox)
    warnings.filterwarnings("ignore", message="The HMAC key is")
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
        given = parser().parse_args(_with_command(arguments))
    except InputsRefused as refused:
        return Gate({}, world).refuse(refused.problems)
    except SystemExit as done:
        return int(done.code or 0)
    options = {
        name: "\n".join(values) for name, values in vars(given).items() if isinstance(values, list) and name != "files"
    }
    try:
        return _perform(given, options, world)
    except Exception as problem:  # noqa: BLE001 -- the last line of defence: one line, no traceback
        ci.say(f"koregate met an unexpected {type(problem).__name__}: {problem}")
        return EXIT_NO_VERDICT


def _perform(given: argparse.Namespace, options: Mapping[str, str], world: World) -> int:
    """Carry out one command; returns its exit code."""
    if given.command in ("simulate", "demo"):
        # Late: only these two commands pay for loading the simulator.
        from koregate.trial import demo, simulate  # noqa: PLC0415

        if given.command == "simulate":
            return simulate(given.scenario, given.port, world)
        return demo(given.scenario, options, world)
    gate = Gate(options, world)
    if given.command == "run":
        return gate.run()
    return gate.merge(given.files) if given.command == "merge" else gate.replay(given.files)


def _with_command(arguments: Sequence[str]) -> list[str]:
    """`run` is the default: options without a command are its own."""
    first = arguments[0] if arguments else ""
    return list(arguments) if first in {*COMMANDS, "-h", "--help", "--version"} else ["run", *arguments]
