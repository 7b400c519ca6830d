"""The one declaration of the inputs, and how they are gathered: option, then INPUT_*, then KOREGATE_*."""

# No postponed annotations here: pydantic would have to evaluate the text of each.
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from koregate.errors import CredentialsMissing, InputsRefused, Problem
from koregate.inputs import values

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def _where(name: str) -> str:
    option = name.replace("_", "-")
    return f" Set the input {option}, KOREGATE_{option.replace('-', '_').upper()} or --{option}."


def _as_written(default: str) -> Any:  # noqa: ANN401 -- the field's own type, once validated
    """A default as a user would write it; validate_default reads it like any other value."""
    return default


Duration = Annotated[float, BeforeValidator(values.positive)]
Switchable = Annotated[float, BeforeValidator(values.duration)]
Boolean = Annotated[bool, BeforeValidator(values.boolean)]
Algorithm = Literal["HS256", "HS512"]
BotVersion = Literal["inDevelopment", "published"]
FailOn = Literal["any", "error", "never"]
OnMissing = Literal["fail", "skip"]


# The id may well come from a variable and only the secret be missing: forks get variables, but no secrets.
_FORKS = " Pull requests from forks get no secrets: set on-missing-credentials to skip if they may pass unchecked."


def _check_credentials(given: Mapping[str, str]) -> Iterator[Problem]:
    pair = [name for name in ("client_id", "client_secret") if name in given]
    if "jwt" in given:
        if pair:
            yield Problem("jwt", "is given together with client-id or client-secret. Give one or the other.")
    elif not pair:
        yield Problem(
            "client-id", f"no credentials are given. Give client-id and client-secret, or jwt.{_FORKS}", is_absence=True
        )
    elif pair == ["client_id"]:
        yield Problem("client-secret", f"is required together with client-id.{_FORKS}", is_absence=True)
    elif pair == ["client_secret"]:
        yield Problem("client-id", f"is required together with client-secret.{_where('client-id')}")


def _check_start(given: Mapping[str, str]) -> Iterator[Problem]:
    if "test_run_ids" not in given:
        if "user_email" not in given:
            yield Problem("user-email", f"is required to start a test run.{_where('user-email')}")
        return
    suites, run_ids = len(values.lines(given.get("test_suites", ""))), len(values.lines(given["test_run_ids"]))
    if suites and suites != run_ids:
        yield Problem(
            "test-run-ids", f"{run_ids} run ids for {suites} test suites. Give one run id a suite, in their order."
        )


class ReportInputs(BaseModel):
    """What rebuilding the reports takes: the last rows of the table of inputs."""

    # validate_default: a default is written as a user would write it, and read the same way. defer_build: of the two
    # models a command uses one.
    model_config = ConfigDict(frozen=True, validate_default=True, hide_input_in_errors=True, defer_build=True)

    # What finds out what is wrong between the inputs, before any of them is read.
    checks: ClassVar[tuple[Callable[[Mapping[str, str]], Iterator[Problem]], ...]] = ()

    fail_on: Annotated[FailOn, BeforeValidator(values.one_of(*get_args(FailOn)))] = Field(
        default="any",
        description="Which verdicts make the exit code non-zero: any (all but passed), error (no proof either way: "
        "error, timeout, cancelled), never.",
    )
    report_dir: Annotated[str, BeforeValidator(values.report_dir)] = Field(
        default=values.REPORT_DIR, description="Folder for the reports, inside the workspace."
    )
    redact: Annotated[tuple[str, ...], BeforeValidator(values.expressions)] = Field(
        default=_as_written("email\ncard"),
        description="Personal data to take out of reports and logs, one a line: the presets email, card and phone, or "
        "expressions in RE2's syntax; none switches it off.",
    )
    job_summary: Boolean = Field(default=_as_written("true"), description="Write the job summary.")
    annotations: Boolean = Field(default=_as_written("true"), description="Write annotations for failures.")

    @classmethod
    def gather(cls, options: Mapping[str, str], environ: Mapping[str, str], workspace: PurePath) -> Self:
        """The inputs from command-line options and the environment.

        An empty or blank value counts as not given. Raises `InputsRefused` with every problem at once.
        """
        given = {item.field: value for item in declared(cls) if (value := item.find(options, environ)) is not None}
        problems = [problem for check in cls.checks for problem in check(given)]
        try:
            inputs = cls.model_validate(given, context={"workspace": workspace})
        except ValidationError as refused:
            problems = [*map(_problem, refused.errors(include_url=False, include_input=False)), *problems]
        if not problems:
            return inputs
        order = [item.name for item in declared(cls)]
        problems.sort(key=lambda problem: order.index(problem.name))
        skip = given.get("on_missing_credentials", "").strip().lower() == "skip"
        kind = CredentialsMissing if skip and all(problem.is_absence for problem in problems) else InputsRefused
        raise kind(tuple(problems))

    @classmethod
    def gather_usable(cls, options: Mapping[str, str], environ: Mapping[str, str], workspace: PurePath) -> Self:
        """The inputs with those that cannot be used left at their defaults: for reporting on refused inputs."""
        try:
            return cls.gather(options, environ, workspace)
        except InputsRefused as refused:
            bad = {problem.name for problem in refused.problems}
        usable = {
            item.name: value
            for item in declared(cls)
            if item.name not in bad and (value := item.find(options, environ)) is not None
        }
        return cls.gather(usable, {}, workspace)


class Inputs(ReportInputs):
    """All inputs of a run: names, defaults and descriptions of action.yml and the README's table come from here."""

    checks = (_check_credentials, _check_start)

    host: Annotated[str, BeforeValidator(values.host)] = Field(
        description="URL of the platform, like https://platform.kore.ai. A bare host name gets https://."
    )
    stream_id: Annotated[str, BeforeValidator(values.stream_id)] = Field(description="The app's stream id, st-….")
    test_suites: Annotated[tuple[str, ...], BeforeValidator(values.suite_names)] = Field(
        description="Names of the conversation test suites, one a line."
    )
    test_run_ids: Annotated[tuple[str, ...], BeforeValidator(values.run_ids)] = Field(
        default=_as_written(""),
        description="Attach instead of start: test run ids ctr-…, one a line, in the order of test-suites.",
    )
    client_id: Annotated[str, BeforeValidator(values.identifier)] | None = Field(
        default=None, description="Client id of the platform's JWT app."
    )
    client_secret: Annotated[SecretStr, BeforeValidator(values.client_secret)] | None = Field(
        default=None, description="Client secret of the platform's JWT app."
    )
    jwt: Annotated[SecretStr, BeforeValidator(values.token)] | None = Field(
        default=None, description="A ready-made token instead of client-id and client-secret."
    )
    jwt_algorithm: Annotated[Algorithm, BeforeValidator(values.one_of(*get_args(Algorithm)))] = Field(
        default="HS256", description="Signing algorithm of the JWT app: HS256 or HS512."
    )
    user_email: Annotated[str, BeforeValidator(values.email)] | None = Field(
        default=None,
        description="E-mail of the app's owner or of a developer the app is shared with; required to start a run.",
    )
    bot_version: Annotated[BotVersion, BeforeValidator(values.one_of(*get_args(BotVersion)))] = Field(
        default="inDevelopment", description="Version of the bot to test: inDevelopment or published."
    )
    bot_language: Annotated[str, BeforeValidator(values.language)] = Field(
        default="en", description="Language of the bot, sent as the bot-language header."
    )
    max_parallel: Annotated[int, BeforeValidator(values.parallel)] = Field(
        default=_as_written("4"), description="Test suites running at once, 1 to 16."
    )
    timeout: Duration = Field(
        default=_as_written("30m"), description="Longest wait for each suite, from its start: 90, 90s, 30m or 1h30m."
    )
    stall_timeout: Switchable = Field(
        default=_as_written("10m"), description="Longest wait without any progress of a suite; 0 switches it off."
    )
    resume: Boolean = Field(
        default=_as_written("false"),
        description="Attach to the runs that an earlier job with the same report-dir started and did not see end.",
    )
    on_missing_credentials: Annotated[OnMissing, BeforeValidator(values.one_of(*get_args(OnMissing)))] = Field(
        default="fail",
        description="What to do where no credentials are given, as in pull requests from forks: fail or skip.",
    )
    poll_interval: Annotated[float | None, BeforeValidator(values.interval)] = Field(
        default=_as_written("auto"),
        description="Time between status requests: auto adapts to the reported progress, a duration of 1s or more "
        "makes it fixed.",
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret among the inputs, in the clear: for masking and starring out only."""
        return tuple(secret.get_secret_value() for secret in (self.client_secret, self.jwt) if secret)


class Declared(NamedTuple):
    """One input as the declaration has it, for options, action.yml and tables."""

    field: str
    description: str
    default: str | None
    required: bool
    secret: bool

    @property
    def name(self) -> str:
        """The action input's name."""
        return _name(self.field)

    @property
    def variable(self) -> str:
        """The environment variable outside GitHub."""
        return f"KOREGATE_{self.field.upper()}"

    def find(self, options: Mapping[str, str], environ: Mapping[str, str]) -> str | None:
        """The value that wins, or None where none is given."""
        # The runner passes `with: stream-id` as INPUT_STREAM-ID, hyphen kept (actions/toolkit core.getInput).
        found = options.get(self.name), environ.get(f"INPUT_{self.name.upper()}"), environ.get(self.variable)
        return next((value for value in found if value is not None and value.strip()), None)


def declared(model: type[ReportInputs] = Inputs) -> list[Declared]:
    """The inputs of a model in the order of the table: its own, then those that every command takes."""
    shared = ReportInputs.model_fields
    own = [name for name in model.model_fields if name not in shared]
    fields: dict[str, Any] = model.model_fields
    return [
        Declared(
            name,
            fields[name].description,
            fields[name].default or None if not fields[name].is_required() else None,
            fields[name].is_required(),
            name in {"client_secret", "jwt"},
        )
        for name in [*own, *shared]
    ]


def _name(field: str) -> str:
    return field.replace("_", "-")


def _problem(error: "ErrorDetails") -> Problem:
    name = _name(str(error["loc"][0]))
    if error["type"] == "missing":
        return Problem(name, f"is required.{_where(name)}")
    return Problem(name, str(error.get("ctx", {}).get("error", error["msg"])))
