"""The one declaration of every input: name, type, default, description."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from koregate.errors import Problem
from koregate.inputs import values


def how_to_set(name: str) -> str:
    """The sentence that names the three ways to set an input."""
    option = name.replace("_", "-")
    return f" Set the input {option}, KOREGATE_{option.replace('-', '_').upper()} or --{option}."


def _text_default(default: str) -> Any:  # noqa: ANN401 -- the field's own type, once parsed
    """A default as a user would write it."""
    return default


Duration = Annotated[float, BeforeValidator(values.positive_duration)]
DurationOrZero = Annotated[float, BeforeValidator(values.duration)]
Boolean = Annotated[bool, BeforeValidator(values.boolean)]
Algorithm = Literal["HS256", "HS512"]
BotVersion = Literal["inDevelopment", "published"]
FailOn = Literal["any", "error", "never"]
OnMissing = Literal["fail", "skip"]


# The id may come from a variable and only the secret be missing: forks get variables, but no secrets.
_FORK_HINT = " Pull requests from forks get no secrets: set on-missing-credentials to skip if they may pass unchecked."


def _check_credentials(given: Mapping[str, str]) -> Iterator[Problem]:
    pair = [name for name in ("client_id", "client_secret") if name in given]
    if "jwt" in given:
        if pair:
            yield Problem("jwt", "is given together with client-id or client-secret. Give one or the other.")
    elif not pair:
        yield Problem(
            "client-id",
            f"no credentials are given. Give client-id and client-secret, or jwt.{_FORK_HINT}",
            is_missing_credential=True,
        )
    elif pair == ["client_id"]:
        yield Problem("client-secret", f"is required together with client-id.{_FORK_HINT}", is_missing_credential=True)
    elif pair == ["client_secret"]:
        yield Problem("client-id", f"is required together with client-secret.{how_to_set('client-id')}")


def _check_start(given: Mapping[str, str]) -> Iterator[Problem]:
    if "test_run_ids" not in given:
        if "user_email" not in given:
            yield Problem("user-email", f"is required to start a test run.{how_to_set('user-email')}")
        return
    suites, run_ids = len(values.lines(given.get("test_suites", ""))), len(values.lines(given["test_run_ids"]))
    if suites and suites != run_ids:
        yield Problem(
            "test-run-ids", f"{run_ids} run ids for {suites} test suites. Give one run id per suite, in their order."
        )


class ReportInputs(BaseModel):
    """The inputs of every command that writes reports: the last rows of the table of inputs."""

    # validate_default: a default is written as a user would write it, and read the same way.
    model_config = ConfigDict(frozen=True, validate_default=True, hide_input_in_errors=True)

    # Functions that compare the inputs with each other, before any of them is parsed.
    checks: ClassVar[tuple[Callable[[Mapping[str, str]], Iterator[Problem]], ...]] = ()

    fail_on: Annotated[FailOn, BeforeValidator(values.one_of(*get_args(FailOn)))] = Field(
        default="any",
        description="Which verdicts make the exit code non-zero: any (everything except passed), error (error, timeout "
        "and cancelled, but not failed), or never.",
    )
    report_dir: Annotated[str, BeforeValidator(values.report_dir)] = Field(
        default=values.REPORT_DIR, description="Folder for the reports, inside the workspace."
    )
    redact: Annotated[tuple[str, ...], BeforeValidator(values.expressions)] = Field(
        default=_text_default("email\ncard"),
        description="Personal data to remove from reports and logs, one per line: the presets email, card and phone, "
        "or expressions in RE2's syntax. none switches it off.",
    )
    job_summary: Boolean = Field(default=_text_default("true"), description="Write the job summary.")
    annotations: Boolean = Field(default=_text_default("true"), description="Write annotations for failures.")


class MergeInputs(ReportInputs):
    """The inputs of `koregate merge`. They are none of action.yml's: the action runs test suites."""

    expect_suites: Annotated[tuple[str, ...], BeforeValidator(values.suite_names)] = Field(
        default=_text_default(""),
        description="Names of all test suites that the reports must hold, each once, one per line. A test suite that "
        "is missing, that is there twice, or that is not listed makes the verdict error.",
    )


class Inputs(ReportInputs):
    """All inputs of a run: names, defaults and descriptions of action.yml and the README's table come from here."""

    checks = (_check_credentials, _check_start)

    host: Annotated[str, BeforeValidator(values.host)] = Field(
        description="URL of the platform, like https://platform.kore.ai. For a host name alone, https:// is assumed."
    )
    stream_id: Annotated[str, BeforeValidator(values.stream_id)] = Field(description="The app's stream id, st-….")
    test_suites: Annotated[tuple[str, ...], BeforeValidator(values.suite_names)] = Field(
        description="Names of the conversation test suites, one per line."
    )
    test_run_ids: Annotated[tuple[str, ...], BeforeValidator(values.run_ids)] = Field(
        default=_text_default(""),
        description="Attach to these test runs instead of starting new ones: ids ctr-…, one per line, in the order of "
        "test-suites.",
    )
    client_id: Annotated[str, BeforeValidator(values.identifier)] | None = Field(
        default=None, description="Client id of the JWT app."
    )
    client_secret: Annotated[SecretStr, BeforeValidator(values.client_secret)] | None = Field(
        default=None, description="Client secret of the JWT app."
    )
    jwt: Annotated[SecretStr, BeforeValidator(values.token)] | None = Field(
        default=None, description="A ready-made token instead of client-id and client-secret."
    )
    jwt_algorithm: Annotated[Algorithm, BeforeValidator(values.one_of(*get_args(Algorithm)))] = Field(
        default="HS256", description="Signing algorithm of the JWT app: HS256 or HS512."
    )
    user_email: Annotated[str, BeforeValidator(values.email)] | None = Field(
        default=None,
        description="E-mail address of the app's owner or of a developer with access to it. Required to start a run.",
    )
    bot_version: Annotated[BotVersion, BeforeValidator(values.one_of(*get_args(BotVersion)))] = Field(
        default="inDevelopment", description="Version of the bot to test: inDevelopment or published."
    )
    bot_language: Annotated[str, BeforeValidator(values.language)] = Field(
        default="en", description="Language of the bot, sent as the bot-language header."
    )
    max_parallel: Annotated[int, BeforeValidator(values.max_parallel)] = Field(
        default=_text_default("4"), description="Number of test suites that run at once, 1 to 16."
    )
    timeout: Duration = Field(
        default=_text_default("30m"), description="Maximum wait per suite, from its start: 90, 90s, 30m or 1h30m."
    )
    stall_timeout: DurationOrZero = Field(
        default=_text_default("10m"), description="Maximum wait without any progress of a suite. 0 switches it off."
    )
    resume: Boolean = Field(
        default=_text_default("false"),
        description="Attach to runs that an earlier, interrupted job with the same report-dir started.",
    )
    on_missing_credentials: Annotated[OnMissing, BeforeValidator(values.one_of(*get_args(OnMissing)))] = Field(
        default="fail",
        description="What to do if no credentials are given: fail, or skip in pull requests from forks and by "
        "Dependabot.",
    )
    poll_interval: Annotated[float | None, BeforeValidator(values.poll_interval)] = Field(
        default=_text_default("auto"),
        description="Time between status requests: auto adapts to the reported progress, a duration of 1s or more is "
        "fixed.",
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret among the inputs, in clear text: for masking only."""
        given = (getattr(self, spec.field) for spec in input_specs(type(self)) if spec.secret)
        return tuple(secret.get_secret_value() for secret in given if secret is not None)


class InputSpec(NamedTuple):
    """One input as declared: for options, action.yml and tables."""

    field: str
    description: str
    default: str | None
    required: bool
    secret: bool

    @property
    def name(self) -> str:
        """The action input's name."""
        return self.field.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable outside GitHub."""
        return f"KOREGATE_{self.field.upper()}"

    @property
    def runner_variable(self) -> str:
        """The environment variable in which the GitHub runner passes the action input.

        The runner keeps the hyphen of `stream-id`: INPUT_STREAM-ID (actions/toolkit, core.getInput).
        """
        return f"INPUT_{self.name.upper()}"


def input_specs(model: type[ReportInputs] = Inputs) -> list[InputSpec]:
    """The inputs of a model in the order of the table: its own, then those of every command."""
    shared = ReportInputs.model_fields
    own = [name for name in model.model_fields if name not in shared]
    fields: dict[str, Any] = model.model_fields
    return [
        InputSpec(
            name,
            fields[name].description,
            fields[name].default or None if not fields[name].is_required() else None,
            fields[name].is_required(),
            _holds_secret(fields[name].annotation),
        )
        for name in [*own, *shared]
    ]


def _holds_secret(annotation: object) -> bool:
    """Whether SecretStr is anywhere in the annotation, as in `Annotated[SecretStr, …] | None`."""
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))
