"""Batch suites of a scenario. `docs/scenarios.md` describes each key, and a test holds it and these models together."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field

from koregate.simulator.strict_model import ScriptedRun, Seconds, StrictModel, TimedSuite

CSV = "csv"


class ScriptedUtterance(StrictModel):
    """One utterance with its expected and matched intent and entities."""

    say: str
    intent: str
    matched: str | None = None
    parent: str = ""
    entities: dict[str, Annotated[list[str], Field(min_length=2, max_length=2)]] = Field(default_factory=dict)

    @property
    def matched_intent(self) -> str:
        """The intent that the bot found."""
        return self.intent if self.matched is None else self.matched

    @property
    def has_intent(self) -> bool:
        """Whether the matched intent is the expected one."""
        return self.matched_intent == self.intent

    @property
    def passed(self) -> bool:
        """Whether the intent and every entity are the expected ones."""
        return self.has_intent and all(expected == found for expected, found in self.entities.values())


class ScriptedBatchRun(ScriptedRun):
    """What one test run of a batch suite does otherwise."""

    seconds: Seconds | None = None
    utterances: list[ScriptedUtterance] = Field(default_factory=list)
    status: str = "completed"
    partial: bool = False
    final: Any = None


class ScriptedBatchSuite(TimedSuite):
    """One batch suite, and what its test runs do."""

    description: str = ""
    utterances: list[ScriptedUtterance] = Field(default_factory=list)
    status: str = "completed"
    result_status: str | None = None
    partial: bool = False
    changes: dict[str, Any] = Field(default_factory=dict)
    count_changes: dict[str, Any] = Field(default_factory=dict)
    removed: list[str] = Field(default_factory=list)
    file: str | None = CSV
    link: str | None = None
    final: Any = None
    runs: list[ScriptedBatchRun] = Field(default_factory=list)

    def in_run(self, number: int) -> Self:
        """The suite as the test run of that number (from 0) has it."""
        return self._changed(self.runs, number)


class Imports(StrictModel):
    """What happens when a suite file is uploaded and imported."""

    scope: Literal["ok", "missing"] = "ok"
    suite: ScriptedBatchSuite | None = None
    matched: dict[str, str] = Field(default_factory=dict)
    dropped: Annotated[int, Field(ge=0)] = 0
    stale: bool = False
    listed_after: Seconds | None = 0.0
    first_runs: Seconds = 0.0
    refusal: str = ""
    other_job: Literal["before-run", "during-run"] | None = None
