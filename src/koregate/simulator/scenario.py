"""Scenarios: what the simulated bot says and how the simulated platform behaves, as readable JSON files.

A scenario has `suites` by name; `*` stands for every other name. A suite:

    seconds         how long a run takes; null: it never ends                       (default 2)
    progress        "steady", or [[second, percent], …]                             (default "steady")
    start_time      the reported start                                              (default: when it started)
    steps           a list of steps:
        say             the user's input; Start_Flow for the step on connect
        expect          the expected answer, or a list of accepted ones; left out: no text assertion
        answer          what the bot says; left out: the first expected one; null: nothing
        dynamic         true: the text is marked as dynamic, so any answer is accepted
        flow            {"node": …}: enables the flow assertion. With "expected_node" where another node was expected,
                        "intent" and "dialog" for the report, "standard": true for a standard response
        context         {"key": ["expected", "actual"]}: enables the context assertion
        status          overrides the step's status with any word
    executed        only so many steps are executed; the others are reported as notexecuted
    status          overrides the run's status with any word
    result_status   overrides the status inside `result` alone
    announced       overrides totalTestStepsCount
    cut             leaves so many of the last steps out of the list; the counts still have them
    summary_only    true: counts, but no list of steps
    percent_missing true: no percentageCompleted
    error_details   any JSON, as errorDetails
    answer          the whole final answer, verbatim: an object gets the run's ids where it has none

Beside the suites:

    description     one sentence
    faults          a list of faults in front of answers; the first that strikes is played:
        fault           its word, such as "reset" or "http 503"; all of them: see `faults.py`
        on              "start", "status" or "any"                                  (default "any")
        suite           strike requests for this suite only
        requests        which of these requests, counted for each suite: "1", "2-4", "3-", "every 5",
                        or "last": each one after the run has ended                 (default "1-")
        retry_after     for http: seconds, or "date+5" for a date five seconds ahead
        message, body   for http: the message of an error body, or a body verbatim
        location        for redirect-elsewhere: the address
    scope           "missing": the token's scope is refused                         (default "ok")
    limits          false: the rate limits are not enforced                         (default true)
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from koregate.simulator.faults import NAMES

ANY_SUITE = "*"
NOT_EXECUTED = "notexecuted"

_NAMED = r"([1-9]\d*|[1-9]\d*-([1-9]\d*)?|every [1-9]\d*|last)"
_Code = Annotated[int, Field(ge=200, le=599)]
_Seconds = Annotated[float, Field(ge=0)]
_RetryAfter = Annotated[str, StringConstraints(pattern=r"^(\d+|date\+\d+)$")]


class ScenarioProblem(ValueError):
    """A scenario that cannot be used: one line that names the file and the place."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Flow(_Part):
    """The flow assertion of a step: the node that answered, and the one expected."""

    node: str
    expected_node: str | None = Field(None, validation_alias=AliasChoices("expected_node", "expected"))
    intent: str = ""
    dialog: str = ""
    standard: bool = False


class ScriptedStep(_Part):
    """One user input with what the bot should say and does say."""

    say: str
    expect: list[str] = []
    answer: str | None = None
    dynamic: bool = False
    flow: Flow | None = None
    context: dict[str, Annotated[list[str], Field(min_length=2, max_length=2)]] = {}
    status: str | None = None

    @field_validator("expect", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return [value] if isinstance(value, str) and value else value or []

    @property
    def said(self) -> str | None:
        """What the bot says; None where it is silent."""
        return self.answer if "answer" in self.model_fields_set else next(iter(self.expect), "")


class ScriptedSuite(_Part):
    """One test suite and how its runs go."""

    seconds: _Seconds | None = 2.0
    progress: list[tuple[_Seconds, float]] | None = None
    start_time: str | None = None
    steps: list[ScriptedStep] = []
    executed: Annotated[int, Field(ge=0)] | None = None
    status: str | None = None
    result_status: str | None = None
    announced: int | None = None
    cut: Annotated[int, Field(ge=0)] = 0
    summary_only: bool = False
    percent: bool = True
    percent_missing: bool = False
    error_details: Any = None
    final: Any = Field(None, validation_alias=AliasChoices("answer", "final"))

    @field_validator("progress", mode="before")
    @classmethod
    def _steady(cls, value: object) -> object:
        return None if value == "steady" else value

    def ended(self, elapsed: float) -> bool:
        """Whether a run has ended that long after its start."""
        return self.seconds is not None and elapsed >= self.seconds

    def percent_at(self, elapsed: float) -> int:
        """The reported progress that long after the start, while the run goes on."""
        if self.progress is None:
            return min(int(100 * elapsed / self.seconds), 99) if self.seconds else 0
        reached = [point for point in self.progress if point[0] <= elapsed]
        return int(max(reached, key=lambda point: point[0])[1]) if reached else 0


class Fault(_Part):
    """A fault in front of some requests."""

    fault: str
    on: Literal["start", "status", "any"] = "any"
    suite: str | None = None
    requests: Annotated[str, StringConstraints(pattern=f"^{_NAMED}$")] = "1-"
    code: _Code | None = None
    message: str = ""
    body: str = ""
    retry_after: _RetryAfter = ""
    location: str = ""

    @model_validator(mode="before")
    @classmethod
    def _with_code(cls, value: object) -> object:
        """`http 503` is the fault `http` with the code 503."""
        if not isinstance(value, dict):
            return value
        word, _, code = str(value.get("fault")).partition(" ")
        return {**value, "fault": word, "code": code} if word == "http" and code else value

    @field_validator("retry_after", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if type(value) is int else value

    @field_validator("fault")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in NAMES:
            raise ValueError(f'there is no fault "{value}"; there are {", ".join(NAMES)}')
        return value

    def about(self, kind: str, suite: str) -> bool:
        """Whether requests of that kind for that suite are counted."""
        return self.on in ("any", kind) and self.suite in (None, suite)

    def strikes(self, number: int, *, ended: bool) -> bool:
        """Whether it strikes the request of that number (from 1) among those it counts."""
        if self.requests == "last":
            return ended
        if self.requests.startswith("every "):
            return number % int(self.requests.removeprefix("every ")) == 0
        first, dash, last = self.requests.partition("-")
        return int(first) <= number and (number <= int(last or first) or (dash == "-" and not last))


class Scenario(_Part):
    """What the simulator plays."""

    description: str = ""
    suites: dict[str, ScriptedSuite]
    faults: list[Fault] = []
    scope: Literal["ok", "missing"] = "ok"
    limits: bool = True

    @model_validator(mode="after")
    def _faults_have_suites(self) -> Scenario:
        for fault in self.faults:
            if fault.suite is not None and self.suite(fault.suite) is None:
                raise ValueError(f'a fault names the suite "{fault.suite}", which is not among the suites')
        return self

    def suite(self, name: str) -> ScriptedSuite | None:
        """The suite of that name; None where the platform knows none."""
        return self.suites.get(name) or self.suites.get(ANY_SUITE)


def names() -> list[str]:
    """The scenarios that come with koregate."""
    folder = resources.files("koregate.simulator") / "scenarios"
    return sorted(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))


def load(name: str | Path) -> Scenario:
    """The shipped scenario of that name, or the one in that file. Raises `ScenarioProblem`."""
    shipped = resources.files("koregate.simulator") / "scenarios" / f"{name}.json"
    try:
        data = shipped.read_bytes() if name in names() else Path(name).read_bytes()
    except FileNotFoundError as problem:
        text = f'"{name}" is neither a file nor one of {", ".join(names())}.'
        raise ScenarioProblem(_one_line(text)) from problem
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise ScenarioProblem(_one_line(f'"{name}" cannot be read: {reason}.')) from problem
    try:
        return parse(data)
    except ScenarioProblem as problem:
        raise ScenarioProblem(_one_line(f"{name}: {problem}")) from problem


def parse(data: str | bytes) -> Scenario:
    """The scenario in a file's text. Raises `ScenarioProblem` with the place that is wrong."""
    try:
        return Scenario.model_validate(json.loads(data, object_pairs_hook=_without_repeats))
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False)
        more = f" (and {len(errors) - 1} more problems)" if errors[1:] else ""
        raise ScenarioProblem(_one_line(f"{_place(errors[0]['loc'])}: {_words(errors[0]['msg'])}{more}")) from wrong
    except (ValueError, RecursionError) as wrong:
        raise ScenarioProblem(_one_line(f"is not JSON that can be used: {wrong}")) from wrong


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for number, (key, _) in enumerate(pairs):
        if key in dict(pairs[:number]):
            raise ValueError(f'the key "{key}" is there twice in one object')
    return dict(pairs)


def _place(path: tuple[int | str, ...]) -> str:
    """A place as one would write it in a program: suites["Order a pizza"].steps[2].say."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" if key.isidentifier() else f'["{key}"]' for key in path)
    return "".join(parts).lstrip(".") or "the file"


def _words(message: str) -> str:
    known = {"Extra inputs are not permitted": "there is no such key", "Field required": "is missing"}
    return known.get(message, message.removeprefix("Value error, "))


def _one_line(text: str) -> str:
    """On one line, also where a name in the file holds line breaks or control characters."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
