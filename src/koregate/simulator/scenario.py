"""Scenarios: what the simulated bot says and how the simulated platform behaves, as readable JSON files.

`docs/scenarios.md` describes each key, and a test holds it and these models together.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from koregate.simulator.batch_scenario import Imports, ScriptedBatchSuite
from koregate.simulator.strict_model import ScriptedRun, Seconds, StrictModel, TimedSuite

ANY_SUITE = "*"
FaultName = Literal[
    "http",
    "rate-limited",
    "echo-auth",
    "redirect",
    "redirect-elsewhere",
    "reset",
    "close",
    "silence",
    "drip",
    "truncated",
    "interim",
    "interim-only",
    "bad-chunk",
    "two-lengths",
    "short-length",
    "too-long",
    "gzip",
    "bad-gzip",
    "gzip-bomb",
    "huge",
    "huge-chunked",
    "html",
    "empty",
    "json-list",
    "json-string",
    "json-other",
    "nan",
    "deep",
    "not-utf8",
]

_REQUESTS = r"^([1-9]\d*|[1-9]\d*-([1-9]\d*)?|every [1-9]\d*|last)$"
_Code = Annotated[int, Field(ge=102, le=599)]
_RetryAfter = Annotated[str, StringConstraints(pattern=r"^(\d+|date\+\d+)$")]


class Flow(StrictModel):
    """The flow assertion of a step: the node that responded, and the expected one."""

    node: str
    expected_node: str | None = None
    intent: str = ""
    dialog: str = ""
    standard: bool = False


class ScriptedStep(StrictModel):
    """One user input, with what the bot should say and what it says."""

    say: str
    expect: list[str] = Field(default_factory=list)
    answer: str | None = None
    dynamic: bool = False
    flow: Flow | None = None
    context: dict[str, Annotated[list[str], Field(min_length=2, max_length=2)]] = Field(default_factory=dict)
    status: str | None = None

    @field_validator("expect", mode="before")
    @classmethod
    def _as_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) and value else value or []

    @property
    def response(self) -> str | None:
        """What the bot says; None if it does not respond."""
        return self.answer if "answer" in self.model_fields_set else next(iter(self.expect), "")


class ScriptedConversation(ScriptedRun):
    """What one test run of a suite does otherwise. `answers` are the bot's responses by the number of the step."""

    answers: dict[Annotated[int, Field(ge=1)], str | None] = Field(default_factory=dict)
    seconds: Seconds | None = None
    steps: list[ScriptedStep] = Field(default_factory=list)
    executed: Annotated[int, Field(ge=0)] | None = None
    status: str | None = None
    announced: int | None = None
    error_details: Any = None
    final: Any = None


class ScriptedSuite(TimedSuite):
    """One test suite, and what its test runs do."""

    steps: list[ScriptedStep] = Field(default_factory=list)
    executed: Annotated[int, Field(ge=0)] | None = None
    status: str | None = None
    result_status: str | None = None
    announced: int | None = None
    cut: Annotated[int, Field(ge=0)] = 0
    summary_only: bool = False
    linked_results: bool = False
    link: str | None = None
    linked_run: str | None = None
    percent: bool = True
    error_details: Any = None
    final: Any = None
    same_run: bool = False
    runs: list[ScriptedConversation] = Field(default_factory=list)

    @model_validator(mode="after")
    def _check_answers(self) -> Self:
        for number, run in enumerate(self.runs):
            steps = run.steps if "steps" in run.model_fields_set else self.steps
            if wrong := [step for step in run.answers if step > len(steps)]:
                raise ValueError(f"runs[{number}].answers names step {wrong[0]}, but the run has {len(steps)} steps")
        return self

    def in_run(self, number: int) -> Self:
        """The suite as the test run of that number (from 0) has it."""
        suite = self._changed(self.runs, number)
        answers = self.runs[min(number, len(self.runs) - 1)].answers if self.runs else {}
        steps = [
            step.model_copy(update={"answer": answers[place]}) if place in answers else step
            for place, step in enumerate(suite.steps, 1)
        ]
        return suite.model_copy(update={"steps": steps}) if answers else suite


class Fault(StrictModel):
    """A fault that applies to some requests."""

    fault: FaultName
    on: Literal["start", "status", "file", "training", "upload", "import", "list", "any"] = "any"
    suite: str | None = None
    requests: Annotated[str, StringConstraints(pattern=_REQUESTS)] = "1-"
    code: _Code | None = None
    message: str = ""
    body: str = ""
    retry_after: _RetryAfter = ""
    location: str = ""

    @model_validator(mode="before")
    @classmethod
    def _split_code(cls, value: object) -> object:
        """`http 503` is the fault `http` with the code 503."""
        if not isinstance(value, dict):
            return value
        name, _, code = str(value.get("fault")).partition(" ")
        return {**value, "fault": name, "code": code} if name == "http" and code else value

    @field_validator("retry_after", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if type(value) is int else value

    def counts_request(self, kind: str, suite: str) -> bool:
        """Whether the fault counts requests of that kind for that suite."""
        kinds = ("start", "status") if self.on == "any" else (self.on,)
        return kind in kinds and self.suite in (None, suite)

    def applies_to(self, number: int, *, has_ended: bool) -> bool:
        """Whether the fault applies to the request of that number (from 1) among those that it counts."""
        if self.requests == "last":
            return has_ended
        if self.requests.startswith("every "):
            return number % int(self.requests.removeprefix("every ")) == 0
        first, dash, last = self.requests.partition("-")
        return int(first) <= number and (number <= int(last or first) or (dash == "-" and not last))


class Training(StrictModel):
    """The training of the app's model, which is in progress for so many seconds after the first request for it."""

    status: str = "Finished"
    seconds: Seconds = 0.0
    out_of_sync: list[str] = Field(default_factory=list)
    changes: dict[str, Any] = Field(default_factory=dict)
    scope: Literal["ok", "missing"] = "ok"


class Scenario(StrictModel):
    """Everything that the simulator does."""

    description: str = ""
    suites: dict[str, ScriptedSuite] = Field(default_factory=dict)
    batch_suites: dict[str, ScriptedBatchSuite] = Field(default_factory=dict)
    imports: Imports = Imports()
    busy: Seconds = 0.0
    faults: list[Fault] = Field(default_factory=list)
    scope: Literal["ok", "missing"] = "ok"
    limits: bool = True
    training: Training = Training()
    files: dict[Annotated[str, StringConstraints(pattern=r"^[\w. -]+\.json$")], Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_suites(self) -> Self:
        if not {"suites", "batch_suites", "imports"} & self.model_fields_set:
            raise ValueError("suites is missing")
        return self

    @model_validator(mode="after")
    def _check_suites_of_faults(self) -> Self:
        # Which suites are imported, only the requests tell.
        for fault in () if "imports" in self.model_fields_set else self.faults:
            if fault.suite is not None and not (self.suite(fault.suite) or self.batch_suite(fault.suite)):
                raise ValueError(f'a fault names the suite "{fault.suite}", which is not among the suites')
        return self

    def suite(self, name: str) -> ScriptedSuite | None:
        """The suite of that name; None if the platform has none."""
        return self.suites.get(name) or self.suites.get(ANY_SUITE)

    def batch_suite(self, name: str) -> ScriptedBatchSuite | None:
        """The batch suite of that name; None if the platform has none."""
        return self.batch_suites.get(name) or self.batch_suites.get(ANY_SUITE)
