"""The commands and their options, and how a command line is parsed."""

import argparse
import re
import sys
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NoReturn

from koregate import __version__
from koregate.errors import Problem, UnusableCommand
from koregate.inputs import DemoInputs, Group, Inputs, InputSpec, MergeInputs, ReportInputs, input_specs
from koregate.misspellings import option_problems, options_of, unknown_command
from koregate.usage import FIRST, NOTES, RULE_ABOVE, Help, epilog, examples, overview, paragraph, variables

COMMANDS = {
    "run": "run conversation or batch test suites and report on them (the default)",
    "report": "rebuild every report and the verdict from saved replies, offline",
    "merge": "make one report from the report.json files of several jobs, without starting a test run",
    "diff": "compare two report.json files: what is new, known, fixed, missing and flaky, offline",
    "quarantine": "print quarantine file entries for the blocking failures in a report.json, offline",
    "doctor": "check the setup without starting a test run or leaving files behind",
    "shape": "print the structure of saved replies without their values, offline",
    "simulate": "serve the embedded simulator of the Kore.ai API",
    "demo": "simulate and run, end to end",
    "help": "show this help, or that of a command",
    "version": "show the versions of koregate and Python",
}
VERSION = f"koregate {__version__} (Python {'.'.join(map(str, sys.version_info[:3]))})"
# What stands beside the options of a command.
_WORDS = {
    "report": " FILE...",
    "merge": " FILE...",
    "diff": " OLD NEW",
    "quarantine": " REPORT",
    "shape": " FILE...",
    "help": " [COMMAND]",
}
_FILES = {
    "report": "The raw folder of a report, or saved replies.",
    "merge": "Each a report.json. Their order is that of the merged report.",
    "shape": "The raw folder of a report, or saved replies.",
}
_INPUTS: dict[str, type[ReportInputs]] = {
    "run": Inputs,
    "report": ReportInputs,
    "merge": MergeInputs,
    "doctor": Inputs,
    "demo": DemoInputs,
}
_HELP = ("-h", "--help")
_VERSION = ("-V", "--version")
_SECRETS_NOTE = "Set secrets as variables: other users of a machine can read its command lines."


def _description(command: str) -> str:
    """What the command does, and its examples: a reader needs them before the list of all options."""
    does = paragraph(f"{COMMANDS[command][0].upper()}{COMMANDS[command][1:]}. {FIRST.get(command, '')}")
    first, *others = map(paragraph, NOTES.get(command, ("",)))
    rule = paragraph(variables(command)) if command in RULE_ABOVE else ""
    return "\n\n".join(filter(None, [does, first, examples(command), *others, rule])).replace("%", "%%")


class CommandParser(argparse.ArgumentParser):
    """The options of one command and its positional arguments."""

    def __init__(self, command: str) -> None:
        super().__init__(
            prog=f"koregate {command}",
            usage=f"koregate {command} [OPTIONS]{_WORDS.get(command, '')}",
            description=_description(command),
            epilog=epilog(command),
            formatter_class=Help,
            allow_abbrev=False,
            add_help=False,
        )
        # Python 3.14 would color the help, but the log escapes color codes.
        self.color = False

    def error(self, message: str) -> NoReturn:
        """Report a wrong command line like any other problem with the inputs. No message quotes a value."""
        # argparse's other messages may quote what the user typed.
        if match := re.fullmatch(r"argument (--[a-z-]+): expected one argument", message):
            name = match[1]
            metavar = next(action.metavar for action in self._actions if name in action.option_strings)
            raise unusable([f"{name} needs a value: {name} {metavar}."], self.prog)
        required = "the following arguments are required: "
        if message.startswith(required):
            *others, last = message.removeprefix(required).split(", ")
            missing = f"{', '.join(others)} and {last} are" if others else f"{last} is"
            raise unusable([f"{missing} required."], self.prog)
        raise unusable(["it cannot be parsed."], self.prog)


def unusable(problems: Sequence[str], program: str) -> UnusableCommand:
    """The error for these problems. The last line names the help to read."""
    see = "" if problems[-1].endswith(f" {program} --help?") else f" See {program} --help."
    lines = [*problems[:-1], f"{problems[-1]}{see}"]
    return UnusableCommand(*(Problem("command line", line) for line in lines))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command with its options. Raises `UnusableCommand`.

    `run` is the default: options without a command belong to it. A request for help becomes the command `help`.
    """
    first = arguments[0] if arguments else ""
    if first in _VERSION:
        return argparse.Namespace(command="version")
    if first in _HELP:
        arguments = ["help", *arguments[1:]]
    elif first and not first.startswith("-") and first not in COMMANDS:
        raise unusable([unknown_command(first, COMMANDS, " Name test suites with --test-suites.")], "koregate")
    command, *words = arguments if arguments and arguments[0] in COMMANDS else ["run", *arguments]
    parser = command_parser(command)
    if _asks_for_help(words, parser):
        return argparse.Namespace(command="help", topic=command)
    if problems := option_problems(words, parser, _commands_with, first=1 + len(arguments) - len(words)):
        raise unusable(problems, parser.prog)
    given = parser.parse_args(words, argparse.Namespace(command=command))
    if given.help:
        # After a value that looks like an option, such as -5.
        return argparse.Namespace(command="help", topic=command)
    if problems := _repeated(given):
        raise unusable(problems, parser.prog)
    if command == "help" and given.topic is not None and given.topic not in COMMANDS:
        raise unusable([unknown_command(given.topic, COMMANDS)], "koregate")
    return given


def _asks_for_help(words: Sequence[str], parser: CommandParser) -> bool:
    """Whether one of the words is `-h` or `--help` where an option may stand. The value of an option may look like it.

    A job whose test suite has such a name must not end with a help text and the exit code 0.
    """
    known = options_of(parser)
    for before, word in pairwise(["", *words]):
        if word == "--":
            return False
        # The next word after an unknown option is most likely its value.
        takes_value = before.startswith("-") and "=" not in before and (before not in known or known[before].nargs != 0)
        if word in _HELP and not takes_value:
            return True
    return False


def options(given: argparse.Namespace) -> dict[str, str]:
    """The inputs among the arguments, by name. A repeated option gives one value per line."""
    return {name: "\n".join(values) for name, values in vars(given).items() if name in _SPECS and values is not None}


def _repeated(given: argparse.Namespace) -> list[str]:
    """A sentence for each option that was given more than once and takes one value."""
    return [
        f"--{name} is given {len(values)} times. Give it once."
        for name, values in vars(given).items()
        if name in _SPECS and not _SPECS[name].repeatable and values is not None and len(values) > 1
    ]


_SPECS = {spec.name: spec for model in (Inputs, MergeInputs) for spec in input_specs(model)}


def help_text(topic: str | None) -> str:
    """The help of koregate or of a command."""
    return overview(COMMANDS) if topic is None else command_parser(topic).format_help()


def _commands_with(option: str) -> list[str]:
    """The commands that have this option."""
    return [command for command in COMMANDS if option in options_of(command_parser(command))]


def command_parser(command: str) -> CommandParser:
    """The options of a command."""
    parser = CommandParser(command)
    if command in _FILES:
        group = parser.add_argument_group("Files")
        group.add_argument("files", nargs="+", metavar="FILE", help=_FILES[command])
    match command:
        case "diff":
            _add_reports(parser)
            _add_json(parser, "Print the comparison as JSON and nothing else.")
        case "quarantine":
            _add_entry_options(parser)
        case "doctor":
            _add_json(parser, "Print the checks as JSON and nothing else.")
        case "simulate":
            _add_scenario(parser)
            text = "Port on the loopback address. 0 takes a free one. Default: 8900."
            parser.add_argument_group("Server").add_argument("--port", default="8900", metavar="NUMBER", help=text)
        case "demo":
            _add_scenario(parser)
        case "help":
            parser.add_argument_group("Command").add_argument(
                "topic", nargs="?", metavar="COMMAND", help="The command to explain."
            )
    if command in _INPUTS:
        _add_inputs(parser, _INPUTS[command], are_shown=command not in NOTES)
    parser.add_argument_group("Help").add_argument(*_HELP, action="store_true", help="Show this help.")
    return parser


def _add_reports(parser: CommandParser) -> None:
    group = parser.add_argument_group("Files")
    group.add_argument("old", metavar="OLD", help="The report.json to compare with.")
    group.add_argument("new", metavar="NEW", help="The report.json to judge.")


def _add_json(parser: CommandParser, text: str) -> None:
    parser.add_argument_group("Output").add_argument("--json", action="store_true", help=text)


def _add_entry_options(parser: CommandParser) -> None:
    text = "The report.json with the failures."
    parser.add_argument_group("Files").add_argument("report", metavar="REPORT", help=text)
    group = parser.add_argument_group("Entries")
    group.add_argument("--owner", required=True, metavar="NAME", help="Who answers for the entries.")
    text = "Last day on which the entries are in force, at most 90 days ahead: a date like 2026-12-24, or 30d."
    group.add_argument("--until", required=True, metavar="DATE", help=text)
    text = "Why the failures may be tolerated. Default: where and when they were seen."
    group.add_argument("--reason", metavar="TEXT", help=text)


def _add_scenario(parser: CommandParser) -> None:
    group = parser.add_argument_group("Scenario")
    text = "Name of a scenario below, or a scenario file of your own. Default: passing."
    group.add_argument("--scenario", default="passing", metavar="NAME", help=text)
    group.add_argument("--list", action="store_true", help="List the scenarios and exit.")


def _add_inputs(parser: CommandParser, model: type[ReportInputs], *, are_shown: bool) -> None:
    """Add an option for each input. The help names another command's help instead if they are not shown."""
    for group, specs in groupby(input_specs(model), lambda spec: spec.group):
        note = paragraph(_SECRETS_NOTE) if are_shown and group is Group.CREDENTIALS else None
        options = parser.add_argument_group(group.value, note)
        for spec in specs:
            text = _help(spec) if are_shown else argparse.SUPPRESS
            # append: a repeatable option may appear once per value, any other option only once.
            options.add_argument(f"--{spec.name}", dest=spec.name, action="append", metavar=spec.metavar, help=text)


def _help(spec: InputSpec) -> str:
    repeat = f" Repeat --{spec.name} to give more than one." if spec.repeatable else ""
    default = f" Default: {', '.join(spec.default.splitlines())}." if spec.default else ""
    return f"{spec.description}{repeat}{default}".replace("%", "%%")
