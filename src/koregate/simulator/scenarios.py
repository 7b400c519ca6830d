"""Scenarios: what the simulated bot says and how the simulated platform behaves, as readable JSON files.

A scenario has `suites` by name; `*` stands for every other name. A suite:

    seconds       how long the run takes                                  (default 2)
    progress      "steady", or [[second, percent], …]                     (default "steady")
    steps         a list of steps:
        say       the user's input; Start_Flow for the step on connect
        expect    the expected answer, or a list of accepted ones
        answer    what the bot says; left out: the first expected one; null: nothing
        flow      {"node": …, "expected": …}: enables the flow assertion
        context   {"key": ["expected", "actual"]}: enables the context assertion
        status    overrides the step's status
    status, result_status    override the run's status words
    announced     overrides totalTestStepsCount
    cut           leaves the last steps out of the answer
    summary_only  leaves the list of steps out
    percent       false leaves percentageCompleted out
    error_details anything
    final         the whole final answer, verbatim

Beside the suites: `faults` (see `faults`), `scope` ("missing" refuses every token) and `limits` (false switches the
platform's rate limits off).
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from koregate.simulator.faults import NAMES

ANY_SUITE = "*"


class ScenarioProblem(ValueError):
    """A scenario that cannot be used, in one line."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Flow(_Part):
    """The flow assertion of a step: the node that answered, and the one expected."""

    node: str
    expected: str | None = None


class ScriptedStep(_Part):
    """One user input with what the bot should say and does say."""

    say: str
    expect: str | list[str] = ""
    answer: str | None = None
    flow: Flow | None = None
    context: dict[str, Annotated[list[str], Field(min_length=2, max_length=2)]] = {}
    status: str | None = None

    @property
    def variants(self) -> list[str]:
        """The accepted answers."""
        return [self.expect] if isinstance(self.expect, str) else self.expect

    @property
    def said(self) -> str | None:
        """What the bot says; None where it is silent."""
        return self.answer if "answer" in self.model_fields_set else next(iter(self.variants), "")


class ScriptedSuite(_Part):
    """One test suite and how its runs go."""

    seconds: Annotated[float, Field(ge=0)] = 2.0
    progress: Literal["steady"] | list[tuple[float, float]] = "steady"
    start_time: str = "2026-11-23T10:00:00.000Z"
    steps: list[ScriptedStep] = []
    status: str | None = None
    result_status: str | None = None
    announced: int | None = None
    cut: int = 0
    summary_only: bool = False
    percent: bool = True
    error_details: Any = None
    final: Any = None

    def percent_at(self, elapsed: float) -> int:
        """The reported progress that long after the start, while the run goes on."""
        if self.progress == "steady":
            return min(int(100 * elapsed / self.seconds), 99) if self.seconds else 99
        return int(max((percent for second, percent in self.progress if second <= elapsed), default=0))


class Fault(_Part):
    """A fault in front of some requests: `requests` is "1", "2-4", "3-", "every 5" or "last" (once the run ended)."""

    fault: str
    on: Literal["start", "status", "any"] = "any"
    suite: str | None = None
    requests: Annotated[str, Field(pattern=r"^(\d+|\d+-\d*|every [1-9]\d*|last)$")] = "1-"
    code: int = 500
    message: str = ""
    body: str = ""
    retry_after: str = ""
    location: str = ""

    @field_validator("fault")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in NAMES:
            message = f"there is no fault {value!r}; there are {', '.join(NAMES)}"
            raise ValueError(message)
        return value

    def hits(self, kind: str, suite: str, number: int, *, ended: bool) -> bool:
        """Whether it strikes the suite's request of that kind and number (from 1)."""
        if self.on not in ("any", kind) or self.suite not in (None, suite):
            return False
        if self.requests == "last":
            return ended
        if self.requests.startswith("every "):
            return number % int(self.requests[6:]) == 0
        first, dash, last = self.requests.partition("-")
        return int(first) <= number <= (int(last) if last else 10**9 if dash else int(first))


class Scenario(_Part):
    """What the simulator plays."""

    description: str = ""
    suites: dict[str, ScriptedSuite]
    faults: list[Fault] = []
    scope: Literal["ok", "missing"] = "ok"
    limits: bool = True

    def suite(self, name: str) -> ScriptedSuite | None:
        """The suite of that name; None where the platform knows none."""
        return self.suites.get(name) or self.suites.get(ANY_SUITE)


def names() -> list[str]:
    """The scenarios that come with koregate."""
    folder = resources.files("koregate.simulator") / "scenarios"
    return sorted(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))


def load(name: str) -> Scenario:
    """The scenario of that name, or in that file. Raises `ScenarioProblem`."""
    try:
        if name in names():
            return parse((resources.files("koregate.simulator") / "scenarios" / f"{name}.json").read_bytes())
        return parse(Path(name).read_bytes())
    except OSError as problem:
        message = f'"{name}" is neither a file nor one of {", ".join(names())}.'
        raise ScenarioProblem(message) from problem
    except ScenarioProblem as problem:
        message = f"{name}: {problem}"
        raise ScenarioProblem(message) from problem


def parse(data: bytes) -> Scenario:
    """The scenario in a file's bytes. Raises `ScenarioProblem` with the place that is wrong."""
    try:
        return Scenario.model_validate(json.loads(data))
    except ValidationError as wrong:
        error = wrong.errors(include_url=False)[0]
        message = f"{'.'.join(map(str, error['loc'])) or 'the file'}: {error['msg']}"
        raise ScenarioProblem(message) from wrong
    except (ValueError, RecursionError) as wrong:
        message = f"is not JSON ({wrong})"
        raise ScenarioProblem(message) from wrong
