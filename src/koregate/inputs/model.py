"""The one declaration of every input: name, type, default, description, group."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from koregate.errors import Problem
from koregate.inputs import values
from koregate.inputs.specs import Group, InputSpec, Metavar, spec_of, variable_of


def how_to_set(name: str) -> str:
    """The sentence that names the ways to set an input without the action."""
    return f" Set {variable_of(name)} or --{name}."


def how_to_leave_out(name: str) -> str:
    """The sentence that names the ways to leave an input out without the action."""
    return f" Or leave {name} out: unset {variable_of(name)}."


def _text_default(default: str) -> Any:  # noqa: ANN401 -- the field's own type, once parsed
    """A default as a user would write it."""
    return default


Algorithm = Literal["HS256", "HS512"]
BotVersion = Literal["inDevelopment", "published"]
# What the App Builder's words mean to somebody who does not build bots.
VERSION_WORDS: Mapping[str, str] = {"inDevelopment": "version in development", "published": "published version"}
FailOn = Literal["any", "error", "never"]
OnMissing = Literal["fail", "skip"]
SuiteKindName = Literal["conversation", "batch"]
Engine = Literal["regression", "dgpt"]
WarnOn = Literal["wrong-text", "wrong-context"]
Flaky = Literal["fail", "pass"]

_DURATION = Metavar("DURATION")
_Duration = Annotated[float, BeforeValidator(values.positive_duration), _DURATION]
_DurationOrZero = Annotated[float, BeforeValidator(values.duration), _DURATION]
_PollInterval = Annotated[float | None, BeforeValidator(values.poll_interval), _DURATION]
_Boolean = Annotated[bool, BeforeValidator(values.boolean), Metavar("{true,false}")]
_Parallel = Annotated[int, BeforeValidator(values.max_parallel), Metavar("NUMBER")]
_Algorithm = Annotated[Algorithm, BeforeValidator(values.one_of(*get_args(Algorithm)))]
_BotVersion = Annotated[BotVersion, BeforeValidator(values.one_of(*get_args(BotVersion)))]
_FailOn = Annotated[FailOn, BeforeValidator(values.one_of(*get_args(FailOn)))]
_Flaky = Annotated[Flaky, BeforeValidator(values.one_of(*get_args(Flaky)))]
_Retries = Annotated[int, BeforeValidator(values.retries), Metavar("NUMBER")]
_OnMissing = Annotated[OnMissing, BeforeValidator(values.one_of(*get_args(OnMissing)))]
_SuiteKindName = Annotated[SuiteKindName, BeforeValidator(values.one_of(*get_args(SuiteKindName)))]
_Engine = Annotated[Engine, BeforeValidator(values.one_of(*get_args(Engine)))]
_Host = Annotated[str, BeforeValidator(values.host), Metavar("URL")]
_StreamId = Annotated[str, BeforeValidator(values.stream_id), Metavar("ST-ID")]
_SuiteNames = Annotated[tuple[str, ...], BeforeValidator(values.suite_names), Metavar("NAME")]
_SuiteFiles = Annotated[tuple[str, ...], BeforeValidator(values.suite_files), Metavar("PATH")]
_SuitePrefix = Annotated[str, BeforeValidator(values.suite_prefix), Metavar("TEXT")]
_RunIds = Annotated[tuple[str, ...], BeforeValidator(values.run_ids), Metavar("RUN-ID")]
_ClientId = Annotated[str, BeforeValidator(values.identifier), Metavar("ID")]
_ClientSecret = Annotated[SecretStr, BeforeValidator(values.client_secret), Metavar("SECRET")]
_Token = Annotated[SecretStr, BeforeValidator(values.token), Metavar("TOKEN")]
_Email = Annotated[str, BeforeValidator(values.email), Metavar("EMAIL")]
_Language = Annotated[str, BeforeValidator(values.language), Metavar("CODE")]
_ReportDir = Annotated[str, BeforeValidator(values.report_dir), Metavar("FOLDER")]
_HistoryFile = Annotated[str, BeforeValidator(values.history_file), Metavar("FILE")]
_WorkspaceFile = Annotated[str, BeforeValidator(values.file_in_workspace), Metavar("FILE")]
_File = Annotated[str, BeforeValidator(values.file), Metavar("FILE")]
_WarnOn = Annotated[tuple[WarnOn, ...], BeforeValidator(values.each_of(*get_args(WarnOn))), Metavar("CLASS")]
_Percentage = Annotated[Decimal, BeforeValidator(values.percentage), Metavar("PERCENT")]
_Share = Annotated[Decimal | None, BeforeValidator(values.share), Metavar("NUMBER")]
_Count = Annotated[int, BeforeValidator(values.count), Metavar("NUMBER")]
_Patterns = Annotated[tuple[str, ...], BeforeValidator(values.expressions), Metavar("PATTERN")]


HOW_TO_SET_CREDENTIALS = (
    f" Set {variable_of('client-id')} and {variable_of('client-secret')}, or only {variable_of('jwt')}."
)
NO_CREDENTIALS = Problem("client-id", f"no credentials are given.{HOW_TO_SET_CREDENTIALS}", is_missing_credential=True)


def _check_credentials(given: Mapping[str, str]) -> Iterator[Problem]:
    pair = [name for name in ("client_id", "client_secret") if name in given]
    if "jwt" in given:
        if pair:
            yield Problem("jwt", "is given together with client-id or client-secret. Give one or the other.")
    elif not pair:
        yield NO_CREDENTIALS
    elif pair == ["client_id"]:
        # client-id may be a variable, and only the secret is missing: forks get variables, but no secrets.
        text = f"is required together with client-id.{how_to_set('client-secret')}"
        yield Problem("client-secret", text, is_missing_credential=True)
    elif pair == ["client_secret"]:
        yield Problem("client-id", f"is required together with client-secret.{how_to_set('client-id')}")


def _is_batch(given: Mapping[str, str]) -> bool:
    return given.get("suite_kind", "").strip().lower() == "batch"


def _check_kind(given: Mapping[str, str]) -> Iterator[Problem]:
    for field in ("engine", "min_f1", "suite_files"):
        if field in given and not _is_batch(given):
            name = field.replace("_", "-")
            yield Problem(name, f"is for batch suites only. Set suite-kind to batch, or leave {name} out.")


def _check_suites(given: Mapping[str, str]) -> Iterator[Problem]:
    if "test_suites" not in given and "suite_files" not in given:
        also = ", or suite-files" if _is_batch(given) else ""
        yield Problem("test-suites", f"is required{also}.{how_to_set('test-suites')}")
    if "suite_prefix" in given and "suite_files" not in given:
        yield Problem(
            "suite-prefix",
            f"is given without suite-files.{how_to_set('suite-files')}{how_to_leave_out('suite-prefix')}",
        )
    if "test_run_ids" in given and "suite_files" in given:
        text = "cannot be combined with suite-files: only a run that koregate starts is proved to be of a file."
        yield Problem("test-run-ids", f"{text} Leave one of the two out.")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _check_start(given: Mapping[str, str]) -> Iterator[Problem]:
    if "test_run_ids" not in given:
        if "user_email" not in given and not _is_batch(given):
            yield Problem("user-email", f"is required to start a test run.{how_to_set('user-email')}")
        return
    prefix, other = ("tr", "ctr") if _is_batch(given) else ("ctr", "tr")
    if any(run_id.startswith(f"{other}-") for run_id in values.lines(given["test_run_ids"])):
        kind = "batch" if _is_batch(given) else "conversation"
        yield Problem(
            "test-run-ids",
            f"a run id {other}-… does not belong to a {kind} suite. Give run ids {prefix}-…, or set suite-kind.",
        )
    suites, run_ids = len(values.lines(given.get("test_suites", ""))), len(values.lines(given["test_run_ids"]))
    if suites and suites != run_ids:
        yield Problem(
            "test-run-ids",
            f"{_counted(run_ids, 'run id')} for {_counted(suites, 'test suite')}. "
            f"Give one run id per suite, in their order.{_on_separators(given)}",
        )


def _on_separators(given: Mapping[str, str]) -> str:
    """A hint for those who separate names or ids in another way."""
    names = ("test_suites", "test_run_ids")
    return (
        " Write one per line: a comma separates nothing." if any("," in given.get(name, "") for name in names) else ""
    )


def _check_quarantine(given: Mapping[str, str]) -> Iterator[Problem]:
    if "quarantine_base" in given and "quarantine" not in given:
        yield Problem(
            "quarantine-base",
            f"is given without quarantine.{how_to_set('quarantine')}{how_to_leave_out('quarantine-base')}",
        )


class ReportInputs(BaseModel):
    """The inputs of every command that writes reports. The type of each input names its group."""

    # validate_default: a default is written like a user's value and parsed in the same way.
    model_config = ConfigDict(defer_build=True, frozen=True, validate_default=True, hide_input_in_errors=True)

    # Functions that compare the inputs with each other, before any of them is parsed.
    checks: ClassVar[tuple[Callable[[Mapping[str, str]], Iterator[Problem]], ...]] = (_check_quarantine,)

    fail_on: Annotated[_FailOn, Group.POLICY] = Field(
        default="any",
        description="Which verdicts make the exit code non-zero: any (failed, error, timeout and cancelled), error "
        "(the same without failed), or never. Unusable inputs and signals always do.",
    )
    quarantine: Annotated[_WorkspaceFile | None, Group.POLICY] = Field(
        default=None,
        description="Path of a TOML file of reviewed exceptions: failures that do not block until a date. See "
        "docs/policy.md.",
    )
    quarantine_base: Annotated[_WorkspaceFile | None, Group.POLICY] = Field(
        default=None,
        description="Path of the base branch's copy of the quarantine file. Entries that it does not have are reported "
        "as added by this change.",
    )
    baseline: Annotated[_File | None, Group.POLICY] = Field(
        default=None,
        description="Path of a report.json of the default branch. Failures that it has too are known and do not block "
        "a pull request, a merge request or a merge queue.",
    )
    flaky: Annotated[_Flaky, Group.POLICY] = Field(
        default="fail",
        description="What to do with a suite that failed and passed as a whole in a further run (see retries): fail, "
        "or pass, which tolerates it and names its flaky test cases. See docs/retries.md.",
    )
    warn_on: Annotated[_WarnOn, Group.POLICY] = Field(
        default=_text_default(""),
        description="Classes of failures that warn instead of blocking, one per line: wrong-text, wrong-context.",
    )
    min_pass_rate: Annotated[_Percentage, Group.POLICY] = Field(
        default=_text_default("100"),
        description="Percentage, 0 to 100. Failures of a suite do not block if at least that share of its passed and "
        "failed test cases passed.",
    )
    min_tests: Annotated[_Count, Group.POLICY] = Field(
        default=_text_default("0"),
        description="Minimum number of passed and failed test cases in the job. With fewer, the verdict is error.",
    )
    min_f1: Annotated[_Share, Group.POLICY] = Field(
        default=None,
        description="Number from 0 to 1. Failures of a batch suite do not block if the platform reports at least this "
        "F1 score and at least one utterance passed.",
    )
    report_dir: Annotated[_ReportDir, Group.REPORTS] = Field(
        default=values.REPORT_DIR, description="Folder for the reports, inside the workspace."
    )
    redact: Annotated[_Patterns, Group.REPORTS] = Field(
        default=_text_default("email\ncard"),
        description="Personal data to remove from reports and logs, one per line: the presets email, card and phone, "
        "or regular expressions in RE2's syntax. none switches it off.",
    )
    job_summary: Annotated[_Boolean, Group.REPORTS] = Field(
        default=_text_default("true"), description="Write the job summary."
    )
    annotations: Annotated[_Boolean, Group.REPORTS] = Field(
        default=_text_default("true"), description="Write annotations for failures."
    )


class DemoInputs(ReportInputs):
    """The inputs of the commands that start test runs, also where the platform is the simulator."""

    retries: Annotated[_Retries, Group.POLICY] = Field(
        default=_text_default("0"),
        description="Number of further runs of a suite that failed or whose run gave no usable verdict, 0 to 4. Each "
        "is a fresh test run with its own timeout. A pass after a failure still blocks unless flaky is pass. See "
        "docs/retries.md.",
    )
    timeout: Annotated[_Duration, Group.RUN] = Field(
        default=_text_default("30m"),
        description="Maximum wait for one test run, from its start: 90 or 90s (seconds), 30m or 1h30m.",
    )
    stall_timeout: Annotated[_DurationOrZero, Group.RUN] = Field(
        default=_text_default("10m"), description="Maximum wait without any progress of a test run. 0 switches it off."
    )
    poll_interval: Annotated[_PollInterval, Group.RUN] = Field(
        default=_text_default("auto"),
        description="Time between status requests: auto (adapts to the reported progress), or a fixed duration of 1s "
        "or more.",
    )


class GateInputs(ReportInputs):
    """The inputs of the commands that reach a verdict of their own: run and merge."""

    comment: Annotated[_Boolean, Group.COMMENT] = Field(
        default=_text_default("false"),
        description="Keep one comment with the result on the pull request (GitHub) or merge request (GitLab).",
    )
    github_token: Annotated[_Token | None, Group.COMMENT] = Field(
        default=None, description="Token for the comment on GitHub. It needs the permission pull-requests: write."
    )
    gitlab_token: Annotated[_Token | None, Group.COMMENT] = Field(
        default=None, description="Token for the comment on GitLab: an access token with the scope api."
    )
    history: Annotated[_HistoryFile | None, Group.REPORTS] = Field(
        default=None,
        description="File inside the workspace with the failed test cases of the last runs, for the reports. Keep it "
        "between jobs with the cache of your CI system.",
    )


class MergeInputs(GateInputs):
    """The inputs of `koregate merge`. action.yml does not have them, because the action runs test suites."""

    expect_suites: Annotated[_SuiteNames, Group.POLICY] = Field(
        default=_text_default(""),
        description="Names of all test suites that the reports must contain, each once, one per line. A missing, "
        "repeated or unlisted test suite makes the verdict error.",
    )


class Inputs(GateInputs, DemoInputs):
    """All inputs of a run. The names, defaults and descriptions in action.yml and the tables come from here."""

    checks = (_check_credentials, _check_kind, _check_suites, _check_start, _check_quarantine)

    host: Annotated[_Host, Group.REQUIRED] = Field(
        description="URL of the platform, like https://platform.kore.ai. For a host name alone, https:// is used."
    )
    stream_id: Annotated[_StreamId, Group.REQUIRED] = Field(description="The app's stream id, st-….")
    test_suites: Annotated[_SuiteNames, Group.REQUIRED] = Field(
        default=_text_default(""),
        description="Names of the test suites, one per line. Required unless suite-files is given.",
    )
    client_id: Annotated[_ClientId | None, Group.CREDENTIALS] = Field(
        default=None, description="Client id of the JWT app. Required with client-secret unless jwt is given."
    )
    client_secret: Annotated[_ClientSecret | None, Group.CREDENTIALS] = Field(
        default=None, description="Client secret of the JWT app."
    )
    jwt: Annotated[_Token | None, Group.CREDENTIALS] = Field(
        default=None, description="A ready-made token instead of client-id and client-secret."
    )
    jwt_algorithm: Annotated[_Algorithm, Group.CREDENTIALS] = Field(
        default="HS256", description="Signing algorithm of the JWT app: HS256 or HS512."
    )
    user_email: Annotated[_Email | None, Group.CREDENTIALS] = Field(
        default=None,
        description="E-mail address of the app's owner or of a developer with access to it. Required to start a run of "
        "conversation suites.",
    )
    on_missing_credentials: Annotated[_OnMissing, Group.CREDENTIALS] = Field(
        default="fail",
        description="What to do if no credentials are given: fail, or skip in pull requests from forks and from "
        "Dependabot.",
    )
    bot_version: Annotated[_BotVersion, Group.RUN] = Field(
        default="inDevelopment", description="Version of the bot to test: inDevelopment or published."
    )
    bot_language: Annotated[_Language, Group.RUN] = Field(
        default="en", description="Language of the bot, sent as the bot-language header."
    )
    test_run_ids: Annotated[_RunIds, Group.RUN] = Field(
        default=_text_default(""),
        description="Attach to these test runs instead of starting new ones: ids ctr-… (batch suites: tr-…), one per "
        "line, in the order of test-suites.",
    )
    resume: Annotated[_Boolean, Group.RUN] = Field(
        default=_text_default("false"),
        description="Attach to runs that an interrupted attempt of this job started. Needs the resume.json that it "
        "left in report-dir. See docs/resume.md.",
    )
    require_trained: Annotated[_Boolean, Group.RUN] = Field(
        default=_text_default("false"),
        description="Before the first start, wait within timeout until the app's model is trained. If its training "
        "failed or it is out of sync with the app, the verdict is error. Needs the scope Train ML.",
    )
    max_parallel: Annotated[_Parallel, Group.RUN] = Field(
        default=_text_default("4"),
        description="Number of test suites that run at once, 1 to 16. Batch suites run one after the other.",
    )
    suite_kind: Annotated[_SuiteKindName, Group.BATCH] = Field(
        default="conversation",
        description="Kind of the test suites: conversation (whole conversations), or batch (utterances with the "
        "expected intent).",
    )
    suite_files: Annotated[_SuiteFiles, Group.BATCH] = Field(
        default=_text_default(""),
        description="Suite files in the workspace, *.json or *.csv in the platform's format: paths or patterns like "
        "suites/*.json, one per line. koregate imports each file before its run. The suite gets the name of the file, "
        "without the ending. Needs the scope Batch Tests Management.",
    )
    suite_prefix: Annotated[_SuitePrefix, Group.BATCH] = Field(
        default="",
        description="Beginning of the names of suites from suite-files, like pr-7-, so that each pull request has "
        "its own suites.",
    )
    engine: Annotated[_Engine | None, Group.BATCH] = Field(
        default=None,
        description="Engine for batch suites: regression or dgpt (DialogGPT). If you do not set it, the platform "
        "decides.",
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret among the inputs, in clear text: for masking only."""
        given = (getattr(self, spec.field) for spec in input_specs(type(self)) if spec.secret)
        return tuple(secret.get_secret_value() for secret in given if secret is not None)

    @property
    def credentials(self) -> tuple[str, ...]:
        """The secrets that the platform knows, in clear text."""
        return tuple(secret.get_secret_value() for secret in (self.client_secret, self.jwt) if secret is not None)


ACTION_COMMANDS = ("run", "doctor")
# Only the action has this input. No variable that a step can set, no file and no option chooses what the gate does.
COMMAND = InputSpec(
    "command",
    "What the action does: run, or doctor, which checks the setup without starting a test run. Only the action has it.",
    "run",
    required=False,
    secret=False,
    repeatable=False,
    group=Group.RUN,
    metavar="{run,doctor}",
)


def action_inputs() -> Sequence[InputSpec]:
    """Every input of the action, in the order of its table."""
    return _in_groups([*input_specs(), COMMAND])


@cache
def input_specs(model: type[ReportInputs] = Inputs) -> Sequence[InputSpec]:
    """The inputs of a model, group by group. In each group, its own inputs precede those of every command."""
    shared = (DemoInputs.model_fields, ReportInputs.model_fields)
    names = sorted(model.model_fields, key=lambda name: sum(name in fields for fields in shared))
    return _in_groups([spec_of(name, model.model_fields[name]) for name in names])


def _in_groups(specs: Sequence[InputSpec]) -> Sequence[InputSpec]:
    order = list(Group)
    return tuple(sorted(specs, key=lambda spec: order.index(spec.group)))
