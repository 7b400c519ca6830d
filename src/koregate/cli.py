"""The command line: arguments, signals, dispatch, exit code."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

from koregate import __version__
from koregate.ci.detect import detect, workspace
from koregate.clock import RealClock
from koregate.commands.context import JobContext
from koregate.commands.publish import Published, publish_internal_error, publish_invalid_inputs, publish_skipped
from koregate.errors import InvalidInputs, MissingCredentials, Problem, UnusableCommand
from koregate.inputs import Inputs, MergeInputs, ReportInputs, input_specs, secrets_given
from koregate.runs.event_queue import EventQueue

COMMANDS = {
    "run": "run test suites and report on them (the default)",
    "report": "rebuild every report and the verdict from saved replies, offline",
    "merge": "make one report from the report.json files of several jobs, offline",
    "simulate": "serve the embedded stand-in of the Kore.ai API",
    "demo": "simulate and run, end to end",
}


def main(forward_signals_to: Callable[[Callable[[int], object]], None]) -> NoReturn:
    """The command `koregate`: exits with the code of the contract."""
    queue: EventQueue = SimpleQueue()
    forward_signals_to(queue.put)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    ci = detect(os.environ, sys.stdout)
    folder = workspace(os.environ, Path.cwd()).absolute()
    code = run(sys.argv[1:], JobContext(os.environ, folder, ci, RealClock(), queue))
    with suppress(OSError):
        sys.stdout.flush()
    # Requests that a signal left under way are in daemon threads: nothing waits for them.
    os._exit(code)


def run(arguments: Sequence[str], context: JobContext) -> int:
    """The exit code of a command line."""
    options: dict[str, str] = {}
    try:
        given = parse(arguments)
        options = _options(given)
        context.ci.mask(secrets_given(options, context.environ))
        return _perform(given, options, context).exit_code
    except MissingCredentials as missing:
        return publish_skipped(missing, options, context).exit_code
    except InvalidInputs as invalid:
        return publish_invalid_inputs(invalid, options, context).exit_code
    except SystemExit as done:
        return int(done.code or 0)
    except Exception as problem:  # noqa: BLE001 -- the last line of defense: a report, no traceback
        return publish_internal_error(problem, options, context).exit_code


def _options(given: argparse.Namespace) -> dict[str, str]:
    """The inputs among the arguments, by name. A repeated option gives one value per line."""
    inputs = {spec.name for model in (Inputs, MergeInputs) for spec in input_specs(model)}
    return {name: "\n".join(values) for name, values in vars(given).items() if name in inputs and values is not None}


def _perform(given: argparse.Namespace, options: Mapping[str, str], context: JobContext) -> Published:
    """Carry out one command. Only that command's module is loaded."""
    match given.command:
        case "report":
            from koregate.commands.report import report

            return report(given.files, options, context)
        case "merge":
            from koregate.commands.merge import merge

            return merge(given.files, options, context)
        case "simulate":
            from koregate.commands.simulate import simulate

            return simulate(given.scenario, given.port, context)
        case "demo":
            from koregate.commands.demo import demo

            return demo(given.scenario, options, context)
        case _:
            from koregate.commands.run import run as run_suites

            return run_suites(options, context)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Report a wrong command line like any other problem with the inputs."""
        raise UnusableCommand(Problem("command line", f"{message}. See koregate --help."))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = _Parser(
        prog="koregate", description="The merge gate for Kore.ai conversation test suites.", allow_abbrev=False
    )
    top.add_argument("--version", action="version", version=f"koregate {__version__}")
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    commands = {
        name: subparsers.add_parser(name, help=text, description=text, allow_abbrev=False)
        for name, text in COMMANDS.items()
    }
    _add_inputs(commands["run"], Inputs)
    commands["report"].add_argument(
        "files", nargs="+", metavar="FILE", help="a raw folder of a report, or saved replies"
    )
    _add_inputs(commands["report"], ReportInputs)
    commands["merge"].add_argument("files", nargs="+", metavar="FILE", help="report.json files, in the report's order")
    _add_inputs(commands["merge"], MergeInputs)
    commands["simulate"].add_argument("--scenario", default="passing", help="a scenario's name or file")
    commands["simulate"].add_argument("--port", default="8900", help="port on the loopback address; 0 takes a free one")
    commands["demo"].add_argument("--scenario", default="passing", help="a scenario's name or file")
    _add_inputs(commands["demo"], ReportInputs)
    return top


def _add_inputs(command: argparse.ArgumentParser, model: type[ReportInputs]) -> None:
    for spec in input_specs(model):
        default = f" Default: {spec.default}." if spec.default else ""
        text = f"{spec.description}{default} [{spec.variable}]".replace("%", "%%")
        # append: --test-suites and --expect-suites may be repeated, once per suite.
        command.add_argument(f"--{spec.name}", dest=spec.name, action="append", metavar="VALUE", help=text)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command with its options. Raises `UnusableCommand`, and SystemExit after --help and --version.

    `run` is the default: options without a command are its own.
    """
    first = arguments[0] if arguments else ""
    known = {*COMMANDS, "-h", "--help", "--version"}
    return parser().parse_args(arguments if first in known else ["run", *arguments])
