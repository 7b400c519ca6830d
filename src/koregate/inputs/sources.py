"""Where the values of the inputs come from: the command line, then INPUT_*, then KOREGATE_*."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from koregate.errors import InvalidInputs, MissingCredentials, Problem
from koregate.inputs.model import Inputs, InputSpec, ReportInputs, how_to_set, input_specs

AnyInputs = TypeVar("AnyInputs", bound=ReportInputs)


def read_inputs(
    model: type[AnyInputs], options: Mapping[str, str], environ: Mapping[str, str], workspace: PurePath
) -> AnyInputs:
    """The inputs of that model from command-line options (by input name) and the environment.

    An empty or blank value counts as not given. Raises `InvalidInputs` with every problem at once.
    """
    given = {spec.field: value for spec in input_specs(model) if (value := _value(spec, options, environ)) is not None}
    problems = [problem for check in model.checks for problem in check(given)]
    try:
        inputs = model.model_validate(given, context={"workspace": workspace})
    except ValidationError as invalid:
        problems = [*map(_problem, invalid.errors(include_url=False, include_input=False)), *problems]
    if not problems:
        return inputs
    order = [spec.name for spec in input_specs(model)]
    problems.sort(key=lambda problem: order.index(problem.name))
    skip = given.get("on_missing_credentials", "").strip().lower() == "skip"
    if skip and all(problem.is_missing_credential for problem in problems):
        raise MissingCredentials(*problems)
    raise InvalidInputs(*problems)


def read_usable_inputs(options: Mapping[str, str], environ: Mapping[str, str], workspace: PurePath) -> ReportInputs:
    """The inputs that reports need, with defaults in place of unusable values: for reporting on invalid inputs."""
    try:
        return read_inputs(ReportInputs, options, environ, workspace)
    except InvalidInputs as invalid:
        unusable = {problem.name for problem in invalid.problems}
    usable = {
        spec.name: value
        for spec in input_specs(ReportInputs)
        if spec.name not in unusable and (value := _value(spec, options, environ)) is not None
    }
    return read_inputs(ReportInputs, usable, {}, workspace)


def secrets_given(options: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """Every secret that any source holds, usable or not, to be masked before anything is printed."""
    specs = [spec for spec in input_specs(Inputs) if spec.secret]
    sources = [
        *(options.get(spec.name) for spec in specs),
        *(environ.get(variable) for spec in specs for variable in (spec.runner_variable, spec.variable)),
    ]
    return [secret for secret in dict.fromkeys(sources) if secret is not None and secret.strip()]


def _value(spec: InputSpec, options: Mapping[str, str], environ: Mapping[str, str]) -> str | None:
    """The value of the first source that has one."""
    candidates = options.get(spec.name), environ.get(spec.runner_variable), environ.get(spec.variable)
    return next((value for value in candidates if value is not None and value.strip()), None)


def _problem(error: ErrorDetails) -> Problem:
    name = str(error["loc"][0]).replace("_", "-")
    if error["type"] == "missing":
        return Problem(name, f"is required.{how_to_set(name)}")
    return Problem(name, str(error.get("ctx", {}).get("error", error["msg"])))
