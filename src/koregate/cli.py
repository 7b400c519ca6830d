"""The command line: arguments, signals, dispatch, exit code."""

import argparse
import os
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from itertools import groupby, islice
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

from koregate import __version__
from koregate.ci import dotenv
from koregate.ci.detect import detect, workspace
from koregate.clock import RealClock
from koregate.commands.context import JobContext
from koregate.commands.publish import Published, publish_internal_error, publish_invalid_inputs, publish_skipped
from koregate.errors import InvalidInputs, MissingCredentials, Problem, UnusableCommand
from koregate.inputs import (
    Inputs,
    InputSpec,
    MergeInputs,
    ReportInputs,
    input_specs,
    secrets_given,
    unknown_variables,
)
from koregate.judging.results import JobResult
from koregate.redaction import SecretMask
from koregate.reports.job_outputs import job_outputs
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
    secrets = secrets_given({}, context.environ)
    _hide(secrets, secrets, context)
    try:
        given = parse(arguments)
        options = _options(given)
        more = [secret for secret in secrets_given(options, {}) if secret not in secrets]
        secrets = [*secrets, *more]
        _hide(more, secrets, context)
        if given.command != "demo":
            for line in unknown_variables(context.environ, _output_variables()):
                context.ci.say(f"Warning: {line}")
        return _perform(given, options, context).exit_code
    except MissingCredentials as missing:
        return publish_skipped(MissingCredentials(*_masked(missing, secrets)), options, context).exit_code
    except UnusableCommand as unusable:
        return publish_invalid_inputs(UnusableCommand(*_masked(unusable, secrets)), options, context).exit_code
    except InvalidInputs as invalid:
        return publish_invalid_inputs(InvalidInputs(*_masked(invalid, secrets)), options, context).exit_code
    except SystemExit as done:
        return int(done.code or 0)
    except Exception as problem:  # noqa: BLE001 -- the last line of defense: a report, no traceback
        # The same name, as only that and the text are shown.
        kind = type(type(problem).__name__, (Exception,), {})
        return publish_internal_error(kind(SecretMask(secrets).text(str(problem))), options, context).exit_code


def _hide(new: Sequence[str], secrets: Sequence[str], context: JobContext) -> None:
    """Mask new secrets in the CI system's log, and all of them in every line of ours."""
    context.ci.mask(new)
    context.ci.mask_with(SecretMask(secrets).text)


def _masked(invalid: InvalidInputs, secrets: Sequence[str]) -> list[Problem]:
    """The problems without any secret: a message quotes the value of an input, and it may be the wrong one's."""
    mask = SecretMask(secrets)
    return [problem._replace(text=mask.text(problem.text)) for problem in invalid.problems]


def _output_variables() -> list[str]:
    """The variables that koregate sets for later steps."""
    return list(dotenv.variables(job_outputs(JobResult.for_skipped_job(""), ".")))


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


class _Help(argparse.HelpFormatter):
    """Help that never breaks the name of an option at a hyphen."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Report a wrong command line like any other problem with the inputs. No message quotes a value."""
        # The other messages of argparse may quote what was given.
        if match := re.fullmatch(r"argument (--[a-z-]+): expected one argument", message):
            raise _unusable(f"{match[1]} needs a value.")
        required = "the following arguments are required: "
        if message.startswith(required):
            raise _unusable(f"{message.removeprefix(required)} is required.")
        raise _unusable("it cannot be parsed.")


def _unusable(text: str) -> UnusableCommand:
    return UnusableCommand(Problem("command line", f"{text} See koregate --help."))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    return _parsers()[0]


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, _Parser]]:
    """The parser of the command line, and that of each command."""
    top = _Parser(
        prog="koregate", description="The merge gate for Kore.ai conversation test suites.", allow_abbrev=False
    )
    top.add_argument("--version", action="version", version=f"koregate {__version__}")
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    commands = {
        name: subparsers.add_parser(name, help=text, description=text, allow_abbrev=False, formatter_class=_Help)
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
    return top, commands


def _add_inputs(command: argparse.ArgumentParser, model: type[ReportInputs]) -> None:
    for group, specs in groupby(input_specs(model), lambda spec: spec.group):
        options = command.add_argument_group(group.value)
        for spec in specs:
            # append: a repeatable option may be given once per value.
            options.add_argument(
                f"--{spec.name}", dest=spec.name, action="append", metavar=spec.metavar, help=_help(spec)
            )


def _help(spec: InputSpec) -> str:
    repeat = f" Repeat --{spec.name} to give more than one." if spec.repeatable else ""
    default = f" Default: {', '.join(spec.default.splitlines())}." if spec.default else ""
    return f"{spec.description}{repeat}{default} [{spec.variable}]".replace("%", "%%")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command with its options. Raises `UnusableCommand`, and SystemExit after --help and --version.

    `run` is the default: options without a command are its own.
    """
    first = arguments[0] if arguments else ""
    top, commands = _parsers()
    if first in {"-h", "--help", "--version"}:
        return top.parse_args(arguments)
    if first and not first.startswith("-") and first not in COMMANDS:
        raise _unusable(_unknown_command(first))
    words = arguments if first in COMMANDS else ["run", *arguments]
    if problems := list(_unknown_words(words[1:], commands[words[0]])):
        raise _unusable(" ".join(problems))
    return top.parse_args(words)


_COMMAND_WORD = re.compile(r"[A-Za-z-]{1,20}")
_OPTION_WORD = re.compile(r"--?[A-Za-z][A-Za-z_-]{0,38}")
_MAX_UNKNOWN = 5


def _unknown_command(word: str) -> str:
    """What to say of a first word that is no command. It may be a value, even a secret, that lost its option."""
    if not _COMMAND_WORD.fullmatch(word):
        return f"the first word is not a command.{_meant(word, _input_options())}"
    nearest = get_close_matches(word.lower(), COMMANDS, 1)
    return f'there is no command "{word}".' + (f' Did you mean "{nearest[0]}"?' if nearest else "")


def _unknown_words(words: Sequence[str], command: argparse.ArgumentParser) -> Iterator[str]:
    """A sentence for each option that the command does not have, and one for words that belong to no option.

    Names of options alone are shown, never what may be a value.
    """
    options = command._option_string_actions  # noqa: SLF001 -- argparse has no public list of its options
    takes_files = any(not action.option_strings for action in command._actions)  # noqa: SLF001
    after = ""
    unknown: dict[str, None] = {}
    stray: dict[str, None] = {}
    for word in words:
        name, equals, _ = word.partition("=")
        if after in options and options[after].nargs != 0 and not word.startswith("-"):
            after = ""
        elif word.startswith("-") and word != "-":
            if name not in options:
                unknown[f"{_option_name(name)} is not an option of {command.prog}.{_meant(word, options)}"] = None
            after = "" if equals else name
        else:
            meant = _meant(word, _input_options()) if equals else ""
            # The word behind an unknown option is most likely its value.
            if not after and (meant or not takes_files):
                stray[f"A word belongs to no option.{meant}"] = None
            after = ""
    yield from islice([*unknown, *stray], _MAX_UNKNOWN)


def _option_name(name: str) -> str:
    # One dash is how a value may begin too.
    return name if name.startswith("--") and _OPTION_WORD.fullmatch(name) else "A word that begins with a dash"


def _input_options() -> list[str]:
    return [f"--{spec.name}" for model in (Inputs, MergeInputs) for spec in input_specs(model)]


def _meant(word: str, options: Iterable[str]) -> str:
    """The sentence that names the option nearest to that word, if one is near."""
    name = word.partition("=")[0].strip("-").replace("_", "-").lower()
    nearest = get_close_matches(f"--{name}", (option for option in options if option.startswith("--")), 1, 0.75)
    return f" Did you mean {nearest[0]}?" if nearest else ""
