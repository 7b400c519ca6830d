"""The command line: arguments, signals, dispatch, exit code."""

import argparse
import io
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn, TextIO

from koregate.arguments import COMMANDS, VERSION, help_text, parse
from koregate.arguments import options as options_of
from koregate.ci import dotenv, log_writer
from koregate.ci.base import CISystem
from koregate.ci.detect import detect, workspace
from koregate.ci.log_writer import LogWriter
from koregate.ci.terminal import Terminal
from koregate.ci_variables import doubts
from koregate.clock import RealClock
from koregate.commands.context import JobContext
from koregate.commands.publish import (
    Published,
    publish_cancelled,
    publish_internal_error,
    publish_invalid_inputs,
    publish_skipped,
)
from koregate.errors import Cancelled, InvalidInputs, MissingCredentials, Problem, UnusableCommand, internal_error
from koregate.inputs import action_command, read_gate_inputs, secrets_given, unknown_variables
from koregate.judging.results import JobResult
from koregate.redaction.secret_mask import SecretMask
from koregate.reports.job_outputs import job_outputs
from koregate.runs.event_queue import EventQueue
from koregate.runs.record import JobLost
from koregate.verdicts import EXIT_INPUTS, EXIT_NO_VERDICT, EXIT_PASSED

# The other commands with a result are not gates.
_GATES = {"merge", "run"}
_STARTING = {"demo", "run"}
# Stands for a current directory that was removed. No directory can have this path.
_REMOVED = Path(os.devnull, "removed")
# These commands do not use the inputs, and doctor reports unknown variables itself.
_WITHOUT_INPUTS = {"demo", "doctor", "help", "simulate", "version"}
_PREFIX = "KOREGATE_"
_UNCERTAIN_SYSTEM = (
    "koregate treats this job as that of a pull request or of a fork only if all CI systems agree. Unset the variables "
    "that do not belong to this job."
)
_WITHOUT_A_COMMAND = (
    "Without a command, koregate runs test suites. koregate demo needs no account, and koregate help lists the "
    "commands."
)
# The output of these commands is a document that the user may save to a file.
_PRINTING = {"diff", "quarantine", "shape"}


def main(forward_signals_to: Callable[[Callable[[int], object]], None]) -> NoReturn:
    """Run the command `koregate` and exit with its exit code."""
    queue: EventQueue = SimpleQueue()
    output, errors = LogWriter(_stream(sys.stdout)), LogWriter(_stream(sys.stderr))
    signals: list[int] = []

    def receive(signum: int) -> None:
        signals.append(signum)
        output.hurry()
        errors.hurry()
        queue.put(signum)

    forward_signals_to(receive)
    ci = detect(os.environ, output)
    folder = workspace(os.environ, _current_directory()).absolute()
    problems = CISystem(os.environ, errors)
    context = JobContext(os.environ, folder, ci, RealClock(), queue, errors=problems)
    code = _without_directory(context) if folder == _REMOVED else run(sys.argv[1:], context)
    # A person may stop a terminal, or page through a document. Without a signal, they have the time that they need.
    is_document = sys.argv[1:2] and sys.argv[1] in _PRINTING
    whole = output.finish(math.inf if is_document or isinstance(ci, Terminal) else log_writer.END_SECONDS)
    if is_document and output.problem:
        problems.say(f"The output cannot be written: {output.problem}.")
        code = EXIT_NO_VERDICT
    errors.finish(log_writer.END_SECONDS)
    if is_document and signals and not whole:
        code = 128 + signals[0]
    # Requests that are still open after a signal belong to daemon threads, so nothing waits for them.
    os._exit(code)


def _stream(stream: TextIO | None) -> TextIO:
    """The stream, or one that nobody reads if the process was started without it."""
    if stream is None:
        return io.StringIO()
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
        # Some parents give their own pipe, which does not block: a full one would lose what is written.
        with suppress(OSError, ValueError):
            os.set_blocking(stream.fileno(), True)
    return stream


def _current_directory() -> Path:
    try:
        return Path.cwd()
    except OSError:
        return _REMOVED


def _without_directory(context: JobContext) -> int:
    text = "does not exist. Change into a directory that exists, and run koregate again."
    missing = UnusableCommand(Problem("current directory", text))
    return publish_invalid_inputs(missing, {}, context).exit_code


def run(arguments: Sequence[str], context: JobContext) -> int:
    """Run a command line and return its exit code."""
    if arguments and arguments[0] in _PRINTING:
        return _run_printing(arguments, context)
    if not arguments and _asks_for_nothing(context):
        context.ci.say(_WITHOUT_A_COMMAND)
        return EXIT_INPUTS
    options: dict[str, str] = {}
    secrets = secrets_given({}, context.environ)
    command = ""
    # With --json, only JSON may be printed. A line without a secret needs no mask.
    ask_to_mask = "--json" not in arguments
    _hide(secrets if ask_to_mask else [], secrets, context)
    try:
        try:
            # The action passes no arguments: its inputs are variables.
            given = parse(arguments or [action_command(context.environ) or "run"])
            command = given.command
            options = options_of(given)
            more = [secret for secret in secrets_given(options, {}) if secret not in secrets]
            secrets = [*secrets, *more]
            _hide(more if ask_to_mask else [], secrets, context)
            for line in _doubtful_variables(given.command, context.environ):
                context.ci.warn(line)
            published = _perform(given, options, context)
        except InvalidInputs as invalid:
            published = _publish_unusable(invalid, _masked(invalid, secrets), arguments, options, context)
        except Cancelled as cancelled:
            published = publish_cancelled(cancelled, options, context)
    except Exception as problem:  # noqa: BLE001 -- the last line of defense: a report, no traceback
        lost = problem if isinstance(problem, JobLost) else None
        error = _without_secrets(problem.__cause__ if lost else problem, secrets)
        published = publish_internal_error(error, options, context, lost, with_reports=command != "doctor")
    if command in _GATES and published.job is not None:
        _comment(published.job, options, context)
    return published.exit_code


def _asks_for_nothing(context: JobContext) -> bool:
    """Whether a person only wants to see what koregate is. The reports of an earlier run must not be lost to that.

    A job whose inputs are missing needs a report of it. Such a job has no terminal.
    """
    return isinstance(context.ci, Terminal) and not any(name.startswith(_PREFIX) for name in context.environ)


def _publish_unusable(
    invalid: InvalidInputs,
    masked: Sequence[Problem],
    arguments: Sequence[str],
    options: Mapping[str, str],
    context: JobContext,
) -> Published:
    """Report on a command that cannot be carried out. `masked` are its problems without any secret."""
    if isinstance(invalid, MissingCredentials):
        return publish_skipped(MissingCredentials(*masked), options, context)
    kind = UnusableCommand if isinstance(invalid, UnusableCommand) else InvalidInputs
    if kind is InvalidInputs and not arguments and context.ci.takes_options:
        context.ci.say(_WITHOUT_A_COMMAND)
    return publish_invalid_inputs(kind(*masked), options, context, starts_runs=_starts_runs(arguments))


def _without_secrets(problem: BaseException | None, secrets: Sequence[str]) -> Exception:
    """The error with a text without any secret. Its class has the same name, because only that and the text are shown.

    A lack of memory has no text.
    """
    if isinstance(problem, MemoryError):
        return problem
    kind: type[Exception] = type(type(problem).__name__, (Exception,), {})
    return kind(SecretMask(secrets).text(str(problem)))


def _doubtful_variables(command: str, environ: Mapping[str, str]) -> Iterator[str]:
    """A line about the variables of several CI systems, and one for each unknown variable, if the command uses them."""
    if command in _GATES and (doubt := doubts(environ)):
        yield f"{doubt} {_UNCERTAIN_SYSTEM}"
    if command not in _WITHOUT_INPUTS:
        yield from unknown_variables(environ, _output_variables())


def _starts_runs(arguments: Sequence[str]) -> bool:
    """Whether the command would start test runs. An unknown one may be meant for one that does."""
    return not arguments or arguments[0] not in COMMANDS or arguments[0] in _STARTING


def _run_printing(arguments: Sequence[str], context: JobContext) -> int:
    """Run a command that prints a document and nothing else. Returns its exit code."""
    errors = context.errors or context.ci
    secrets = secrets_given({}, context.environ)
    for output in (context.ci, errors):
        output.mask_with(SecretMask(secrets).text)
    try:
        return _print(parse(arguments), context)
    except InvalidInputs as invalid:
        for problem in invalid.problems:
            errors.say(str(problem))
        return EXIT_INPUTS
    except Cancelled as cancelled:
        errors.say(str(cancelled))
        return cancelled.exit_code
    except Exception as problem:  # noqa: BLE001 -- the last line of defense: no traceback
        errors.say(internal_error(problem, str(problem)))
        return EXIT_NO_VERDICT


def _comment(job: JobResult, options: Mapping[str, str], context: JobContext) -> None:
    """Comment on the pull request if the inputs say so. This does not affect the verdict."""
    try:
        inputs = read_gate_inputs(options, context.environ, context.workspace)
        if inputs.comment:
            from koregate.commands.comment import comment

            comment(job, inputs, options, context)
    except Exception as problem:  # noqa: BLE001 -- the job has its result, which is published
        context.ci.warn(f"no pull request comment: {internal_error(problem, '')}")


def _hide(new: Sequence[str], secrets: Sequence[str], context: JobContext) -> None:
    """Mask new secrets in the CI system's log, and all secrets in every line that koregate prints."""
    context.ci.mask(new)
    context.ci.mask_with(SecretMask(secrets).text)


def _masked(invalid: InvalidInputs, secrets: Sequence[str]) -> list[Problem]:
    """The problems without any secret: a message quotes the value of an input, which may be a misplaced secret."""
    mask = SecretMask(secrets)
    return [problem._replace(text=mask.text(problem.text)) for problem in invalid.problems]


def _output_variables() -> list[str]:
    """The variables that koregate sets for later steps."""
    return list(dotenv.variables(job_outputs(JobResult.for_skipped_job(""), ".")))


def _perform(given: argparse.Namespace, options: Mapping[str, str], context: JobContext) -> Published:
    """Carry out one command. Only that command's module is loaded."""
    match given.command:
        case "report":
            from koregate.commands.report import report

            published = report(given.files, options, context)
        case "merge":
            from koregate.commands.merge import merge

            published = merge(given.files, options, context)
        case "doctor":
            from koregate.commands.doctor import doctor

            unknown = unknown_variables(context.environ, _output_variables())
            published = doctor(options, context, list(unknown), as_json=given.json)
        case "simulate" | "demo" if given.list:
            _say_scenarios(context)
            published = Published(EXIT_PASSED)
        case "simulate":
            from koregate.commands.simulate import simulate

            published = simulate(given.scenario, given.port, context)
        case "demo":
            from koregate.commands.demo import demo

            published = demo(given.scenario, options, context)
        case "run":
            from koregate.commands.run import run as run_suites

            published = run_suites(options, context)
        case _:
            published = Published(_print(given, context))
    return published


def _print(given: argparse.Namespace, context: JobContext) -> int:
    """Print what one of the other commands prints. Only that command's module is loaded."""
    match given.command:
        case "diff":
            from koregate.commands.diff import diff

            return diff(given.old, given.new, context, as_json=given.json)
        case "quarantine":
            from koregate.commands.quarantine import quarantine

            quarantine(given.report, given.owner, given.until, given.reason, context)
        case "shape":
            from koregate.commands.shape import shape

            shape(given.files, context)
        case "help":
            _say_help(given.topic, context)
        case "version":
            context.ci.say(VERSION)
    return EXIT_PASSED


def _say(text: str, context: JobContext) -> None:
    for line in text.splitlines():
        context.ci.say(line)


def _say_help(topic: str | None, context: JobContext) -> None:
    _say(help_text(topic), context)
    if topic in {"demo", "simulate"}:
        context.ci.say()
        _say_scenarios(context)


def _say_scenarios(context: JobContext) -> None:
    from koregate.commands.simulate import scenario_list

    _say(scenario_list(), context)
