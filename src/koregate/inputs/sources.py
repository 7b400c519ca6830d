"""Where the values of the inputs come from: the command line, then INPUT_*, then KOREGATE_*.

INPUT_* is read only on GitHub. The action does not read KOREGATE_*, because an earlier step can set those variables.
If another CI system's variables are set as well, koregate cannot tell whether it runs as the action, and reads none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import PurePath
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from koregate.ci_variables import doubts
from koregate.errors import InvalidInputs, MissingCredentials, Problem
from koregate.inputs.model import (
    ACTION_COMMANDS,
    COMMAND,
    HOW_TO_SET_CREDENTIALS,
    NO_CREDENTIALS,
    GateInputs,
    Inputs,
    MergeInputs,
    ReportInputs,
    action_inputs,
    how_to_leave_out,
    how_to_set,
    input_specs,
)
from koregate.inputs.specs import InputSpec
from koregate.inputs.values import one_of
from koregate.text import one_line

AnyInputs = TypeVar("AnyInputs", bound=ReportInputs)
_PREFIX = "KOREGATE_"
_RUNNER_PREFIX = "INPUT_"
# Lower than usual, so that retry is taken for retries.
_SIMILARITY = 0.66
# A misspelled KOREGATE_… has a warning of its own.
_OTHER_PREFIX = re.compile(r"(?:INPUT|KORE_GATE|KORE(?:_?AI)?)_")
_CREDENTIALS = ("client_id", "client_secret", "jwt")
# What Azure Pipelines passes for `$(NAME)` if the job gets no such variable, as in a pull request from a fork (Azure
# Pipelines docs, "Define variables": a macro without a value stays as it is).
_MACRO = re.compile(r"\$\([A-Za-z][\w.]*\)")
_MAX_NAME = 60
_LONG_SECRET = 12


def read_inputs(
    model: type[AnyInputs], options: Mapping[str, str], environ: Mapping[str, str], workspace: PurePath
) -> AnyInputs:
    """The inputs of that model from command-line options (by input name) and the environment.

    An empty or blank value counts as not given. Raises `InvalidInputs` with every problem at once. One comes alone: the
    variables of another CI system leave open whether koregate runs as an action.
    """
    _check_environment(environ)
    given = {spec.field: value for spec in input_specs(model) if (value := _value(spec, options, environ)) is not None}
    problems = [problem for check in model.checks for problem in check(given)]
    try:
        inputs = model.model_validate(given, context={"workspace": workspace})
    except ValidationError as invalid:
        problems = [*map(_problem, invalid.errors(include_url=False, include_input=False)), *problems]
    named = {problem.name for problem in problems}
    problems += (problem for problem in _misplaced_secrets(given, model, options, environ) if problem.name not in named)
    misspelled = list(_misspelled(environ))
    if not problems and not misspelled:
        return inputs
    problems = [_as_given_here(_with_misnamed(problem, given, model, environ), model, environ) for problem in problems]
    order = [spec.name for spec in input_specs(model)]
    problems.sort(key=lambda problem: order.index(problem.name))
    problems = [*misspelled, *problems]
    skip = given.get("on_missing_credentials", "").strip().lower() == "skip"
    if skip and all(problem.is_missing_credential for problem in problems):
        raise MissingCredentials(*problems)
    raise InvalidInputs(*problems)


def _with_misnamed(
    problem: Problem, given: Mapping[str, str], model: type[ReportInputs], environ: Mapping[str, str]
) -> Problem:
    """The problem of a missing input, and the variables that were most likely meant to give it. Never their values."""
    fields = _CREDENTIALS if problem == NO_CREDENTIALS else [problem.name.replace("-", "_")]
    wanted = [spec for spec in input_specs(model) if spec.field in fields and spec.field not in given]
    hints = filter(None, (_misnamed(spec, environ) for spec in wanted))
    return problem._replace(text=" ".join([problem.text, *hints]))


def _misnamed(spec: InputSpec, environ: Mapping[str, str]) -> str:
    """A sentence about the first variable that was most likely meant to give the input, or an empty text."""
    if _is_macro(spec.field, environ.get(spec.variable, ""), environ):
        macro = one_line(environ[spec.variable], _MAX_NAME)
        return f"{spec.variable} is {macro}: Azure Pipelines gives this job no such variable."
    if _is_action(environ):
        ignored = environ.get(spec.variable, "").strip()
        return f"The action ignores {spec.variable}." if ignored else ""
    names = (name for name in sorted(environ) if environ[name].strip() and name != spec.variable)
    meant = next((name for name in names if _is_meant(name, spec)), None)
    return f"{one_line(meant, _MAX_NAME)} is set. Did you mean {spec.variable}?" if meant else ""


def _is_meant(name: str, spec: InputSpec) -> bool:
    """Whether a variable has the input's name without koregate's prefix, or with one of the platform's or runner's.

    Names that machines use for something else, like HOST, need a prefix.
    """
    match = _OTHER_PREFIX.match(name.upper())
    tail = name.upper()[match.end() if match else 0 :].replace("-", "_")
    return tail == spec.field.upper() and (match is not None or "_" in tail)


def _as_given_here(problem: Problem, model: type[ReportInputs], environ: Mapping[str, str]) -> Problem:
    """The problem with the way in which the action's users set an input, if they are the readers."""
    if not _is_action(environ):
        return problem
    text = problem.text
    for spec in input_specs(model):
        text = text.replace(how_to_set(spec.name), f" Set {spec.name} under `with:` of the koregate step.")
        text = text.replace(how_to_leave_out(spec.name), f" Or leave {spec.name} out.")
    if HOW_TO_SET_CREDENTIALS in text:
        text = text.replace(
            HOW_TO_SET_CREDENTIALS, " Set client-id and client-secret, or only jwt, under `with:` of the koregate step."
        )
        text += " If they are set already, the secrets that they name are empty or do not exist."
    elif problem.is_missing_credential:
        text += " If it is set, its secret is empty: check that a secret of that name exists."
    return problem._replace(text=text)


def _misplaced_secrets(
    given: Mapping[str, str], model: type[ReportInputs], options: Mapping[str, str], environ: Mapping[str, str]
) -> Iterator[Problem]:
    """A problem for each input that contains a secret: reports show its value. Short secrets may be ordinary words."""
    secrets = [secret for secret in map(str.strip, secrets_given(options, environ)) if len(secret) >= _LONG_SECRET]
    for spec in input_specs(model):
        if not spec.secret and any(secret in given.get(spec.field, "") for secret in secrets):
            yield Problem(spec.name, "contains a secret. Remove it from this input, and renew the secret.")


def read_usable_inputs(options: Mapping[str, str], environ: Mapping[str, str], workspace: PurePath) -> ReportInputs:
    """The inputs that reports need, with defaults in place of unusable values: for reporting on invalid inputs."""
    return _read_usable(ReportInputs, options, environ, workspace)


def read_gate_inputs(options: Mapping[str, str], environ: Mapping[str, str], workspace: PurePath) -> GateInputs:
    """The inputs of a command that ends a job, with defaults in place of unusable values."""
    return _read_usable(GateInputs, options, environ, workspace)


def _read_usable(
    model: type[AnyInputs], options: Mapping[str, str], environ: Mapping[str, str], workspace: PurePath
) -> AnyInputs:
    try:
        return read_inputs(model, options, environ, workspace)
    except InvalidInputs as invalid:
        unusable = {problem.name for problem in invalid.problems}
    usable = {
        spec.name: value
        for spec in input_specs(model)
        if spec.name not in unusable and (value := _value(spec, options, environ)) is not None
    }
    return read_inputs(model, usable, {}, workspace)


def given_text(name: str, options: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """The raw text of an input of a run, from the first source that has it. Empty if none has it."""
    spec = next(spec for spec in input_specs(Inputs) if spec.name == name)
    return _value(spec, options, environ) or ""


def action_command(environ: Mapping[str, str]) -> str | None:
    """The command that the action's input `command` names, if koregate runs as an action. Raises `InvalidInputs`.

    If koregate does not run as an action, an earlier step may have set the variable, so it is ignored.
    """
    _check_environment(environ)
    given = environ.get(COMMAND.runner_variable, "") if _is_action(environ) else ""
    if not given.strip():
        return None
    try:
        return one_of(*ACTION_COMMANDS)(given)
    except ValueError as problem:
        raise InvalidInputs(Problem(COMMAND.name, str(problem))) from problem


def secrets_given(options: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """Every secret in any source, usable or not. They must be masked before anything is printed."""
    specs = [spec for spec in input_specs(Inputs) if spec.secret]
    sources = [
        *((spec.field, options.get(spec.name)) for spec in specs),
        *((spec.field, environ.get(variable)) for spec in specs for variable in (spec.runner_variable, spec.variable)),
    ]
    given = ((field, value) for field, value in sources if value is not None and value.strip())
    return [*dict.fromkeys(value for field, value in given if not _is_macro(field, value, environ))]


def unknown_variables(environ: Mapping[str, str], outputs: Iterable[str]) -> Iterator[str]:
    """A line for each variable KOREGATE_… that is neither an input nor one of these outputs. No line shows a value.

    If koregate runs as an action, it reads no such variable. Then there is a line for each other input under `with:`.
    """
    if _is_action(environ):
        misspelled = {problem.name for problem in _misspelled(environ)}
        for name in _other_inputs(environ):
            shown = one_line(name, _MAX_NAME)
            if shown not in misspelled:
                yield f"{shown} is not an input of the action and is ignored."
        return
    inputs = [spec.variable for model in (Inputs, MergeInputs) for spec in input_specs(model)]
    known = {*inputs, *outputs}
    for name in sorted(environ):
        if name.startswith(_PREFIX) and name not in known:
            nearest = get_close_matches(name, inputs, 1, 0.75)
            advice = f"; did you mean {nearest[0]}?" if nearest else "."
            yield f"{one_line(name, _MAX_NAME)} is not an input and is ignored{advice}"


def _check_environment(environ: Mapping[str, str]) -> None:
    """Raise `InvalidInputs` if the environment is that of the action and that of another CI system.

    An earlier step may have set either of them, and with it the inputs that koregate would read.
    """
    if _is_action(environ) and (doubt := doubts(environ)):
        name = next(spec.runner_variable for spec in input_specs(Inputs) if spec.runner_variable in environ)
        text = f"{doubt} {name} says that this is the action. Remove the variables that are not this job's."
        raise InvalidInputs(Problem("environment", text))


def _misspelled(environ: Mapping[str, str]) -> Iterator[Problem]:
    """A problem for each input of the action whose name is misspelled, unless the right one is given too.

    The runner only warns of them, and passes them like the others. Without `min-tests`, say, the job would prove less.
    """
    missing = [spec.name for spec in action_inputs() if not environ.get(spec.runner_variable, "").strip()]
    names = [spec.name for spec in action_inputs()]
    for name in _other_inputs(environ):
        nearest = get_close_matches(name, names, 1, _SIMILARITY)
        if nearest and nearest[0] in missing:
            yield Problem(one_line(name, _MAX_NAME), f"is not an input of the action. Did you mean {nearest[0]}?")


def _other_inputs(environ: Mapping[str, str]) -> list[str]:
    """The names of inputs that the runner passes and that are not the action's, nor those of each container action."""
    known = {*(spec.runner_variable for spec in action_inputs()), "INPUT_ARGS", "INPUT_ENTRYPOINT"}
    given = [name for name in sorted(environ) if name.startswith(_RUNNER_PREFIX) and name not in known]
    return [name.removeprefix(_RUNNER_PREFIX).lower() for name in given] if _is_action(environ) else []


def _on_github(environ: Mapping[str, str]) -> bool:
    return environ.get("GITHUB_ACTIONS", "").lower() == "true"


def _is_action(environ: Mapping[str, str]) -> bool:
    """Whether the runner passes the inputs: it sets a variable for each input in action.yml, even for an empty one."""
    return _on_github(environ) and any(spec.runner_variable in environ for spec in input_specs(Inputs))


def _value(spec: InputSpec, options: Mapping[str, str], environ: Mapping[str, str]) -> str | None:
    """The value of the first source that has one."""
    candidates = [options.get(spec.name)]
    if _on_github(environ):
        candidates.append(environ.get(spec.runner_variable))
    if not _is_action(environ):
        candidates.append(environ.get(spec.variable))
    given = (value for value in candidates if value is not None and value.strip())
    return next((value for value in given if not _is_macro(spec.field, value, environ)), None)


def _is_macro(field: str, value: str, environ: Mapping[str, str]) -> bool:
    """Whether a credential is the name of a variable that Azure Pipelines did not replace, so that there is none."""
    return field in _CREDENTIALS and "TF_BUILD" in environ and _MACRO.fullmatch(value.strip()) is not None


def _problem(error: ErrorDetails) -> Problem:
    name = str(error["loc"][0]).replace("_", "-")
    if error["type"] == "missing":
        return Problem(name, f"is required.{how_to_set(name)}")
    return Problem(name, str(error.get("ctx", {}).get("error", error["msg"])))
