"""The checks of `koregate doctor` that send no request: inputs, folders, suite names and the CI system."""

import os
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from koregate import files
from koregate.checks import Check, fail, ok, skip, warn
from koregate.ci.base import CISystem
from koregate.ci_variables import doubts
from koregate.commands.context import JobContext
from koregate.commands.history import check_history
from koregate.commands.policy_files import read_inputs_with_policy
from koregate.commands.publish import SKIP_WITHOUT_FORK, with_fork_advice
from koregate.commands.suite_files import NAME, read_suite_files, usable_suite_files
from koregate.errors import InvalidInputs, MissingCredentials, Problem
from koregate.inputs import VERSION_WORDS, Inputs, given_text, read_usable_inputs
from koregate.inputs.credentials import doubtful_credentials
from koregate.inputs.suite_names import doubtful_names
from koregate.inputs.values import lines
from koregate.kore_api.suite_file import SuiteFile
from koregate.reports.policy_text import no_prefix_text
from koregate.verdicts import EXIT_INPUTS

_REPORT_DIR = "report-dir"
_UNUSABLE_INPUTS = "Not checked, because the input cannot be used."
_GITHUB_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")


def set_up_checks(
    options: Mapping[str, str], context: JobContext
) -> tuple[Inputs | None, tuple[SuiteFile, ...], list[Check]]:
    """The inputs, or None if they are unusable, the suite files, and the checks."""
    inputs, checks, unusable = _check_inputs(options, context)
    inputs, files, more = _check_suite_files(inputs, options, context)
    checks += more
    report_dir = read_usable_inputs(options, context.environ, context.workspace).report_dir
    if _REPORT_DIR in unusable:
        # In its place, reports are written into the default folder, which nobody asked about.
        checks.append(skip(_REPORT_DIR, _UNUSABLE_INPUTS))
    else:
        checks += _check_folder(context.workspace, report_dir)
    checks += _check_names(options, context)
    return inputs, files, [*checks, check_ci(context.ci, context.environ)]


def _check_suite_files(
    inputs: Inputs | None, options: Mapping[str, str], context: JobContext
) -> tuple[Inputs | None, tuple[SuiteFile, ...], list[Check]]:
    """The inputs, None if a file cannot be used, the files, and what is wrong with them."""
    if not given_text(NAME, options, context.environ):
        return inputs, (), []
    problems: list[Problem] = []
    try:
        if inputs is not None:
            files = read_suite_files(inputs, context.workspace)
        elif (found := usable_suite_files(options, context)) is not None:
            files, problems = found
        else:
            return None, (), [skip(NAME, _UNUSABLE_INPUTS)]
    except InvalidInputs as invalid:
        problems = list(invalid.problems)
    if problems:
        return None, (), [fail(NAME, problem.text, EXIT_INPUTS) for problem in problems]
    total = sum(file.utterances for file in files)
    text = f"{len(files)} file{'' if len(files) == 1 else 's'} in the platform's format, with {total} utterances."
    return inputs, files, [ok(NAME, text), *(_prefix_advice(inputs, context) if inputs else ())]


def _prefix_advice(inputs: Inputs, context: JobContext) -> Iterator[Check]:
    if not inputs.suite_prefix and context.ci.facts().is_pull_request:
        yield warn(NAME, no_prefix_text())


def _check_inputs(
    options: Mapping[str, str], context: JobContext
) -> tuple[Inputs | None, list[Check], AbstractSet[str]]:
    """The inputs, None if they cannot be used, the checks, and the names of the unusable inputs."""
    try:
        inputs, _ = read_inputs_with_policy(Inputs, options, context)
        history = check_history(context.workspace, inputs)
    except InvalidInputs as invalid:
        if isinstance(invalid, MissingCredentials) and context.ci.gets_no_secrets():
            text = "No credentials are given, as in every such pull request. A run would end as skipped."
            return None, [warn("inputs", text)], frozenset()
        problems = with_fork_advice(invalid.problems, options, context)
        if isinstance(invalid, MissingCredentials):
            problems.append(SKIP_WITHOUT_FORK)
        unusable = {problem.name for problem in problems}
        return None, [fail("inputs", str(problem), EXIT_INPUTS) for problem in problems], unusable
    number = len(inputs.test_suites)
    suites = f"{number} test suite{'' if number == 1 else 's'}" if number else "suites from files"
    version = VERSION_WORDS[inputs.bot_version]
    start = "attach to their runs" if inputs.test_run_ids else "start"
    text = f"The inputs are valid: {suites} to {start}, {version}, language {inputs.bot_language}."
    doubts = [*doubtful_credentials(inputs), *filter(None, [history])]
    check = warn("inputs", " ".join([text, *doubts])) if doubts else ok("inputs", text)
    return inputs, [check], frozenset()


def _check_folder(workspace: Path, report_dir: str) -> Iterator[Check]:
    name = _REPORT_DIR
    try:
        files.check(workspace, report_dir)
    except InvalidInputs as invalid:
        yield from (fail(name, problem.text, EXIT_INPUTS) for problem in invalid.problems)
    else:
        yield ok(name, f'"{report_dir}" in {workspace} is writable.')


def _check_names(options: Mapping[str, str], context: JobContext) -> Iterator[Check]:
    name, given = "suite-names", given_text("test-suites", options, context.environ)
    doubts = list(doubtful_names(given, lines(given)))
    if doubts:
        yield warn(name, " ".join(doubts))
    elif given:
        yield ok(name, "No look-alike characters, no leading or trailing spaces, no names that differ only by case.")


def check_ci(ci: CISystem, environ: Mapping[str, str]) -> Check:
    """Which CI system runs the job, and what a job gets there."""
    fork = (
        " This is a pull request from a fork or from Dependabot, which gets no secrets." if ci.gets_no_secrets() else ""
    )
    text = f"This is {ci.title}. A job gets {ci.gives}.{fork}"
    lost = [name for name in _GITHUB_FILES if not _is_writable(environ.get(name, ""))] if ci.name == "github" else []
    if lost:
        return warn("ci", f"{text} koregate cannot write to the files of {' and '.join(lost)}. Mount them.")
    if doubt := doubts(environ):
        return warn("ci", f"{text} {doubt} Unset the variables that are not this job's.")
    return ok("ci", text)


def _is_writable(path: str) -> bool:
    return bool(path) and os.access(path, os.W_OK)
