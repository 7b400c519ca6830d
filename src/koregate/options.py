"""The command line: commands, and options made from the declaration of the inputs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from koregate import __version__
from koregate.errors import InputsRefused, Problem
from koregate.inputs.model import Inputs, ReportInputs, declared

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """The command with its options. Raises `InputsRefused` for what is wrong, SystemExit after --help and --version."""
    return parser().parse_args(_with_command(arguments))


def _with_command(arguments: Sequence[str]) -> list[str]:
    """`run` is the default: options without a command are its own."""
    first = arguments[0] if arguments else ""
    return list(arguments) if first in {*COMMANDS, "-h", "--help", "--version"} else ["run", *arguments]
