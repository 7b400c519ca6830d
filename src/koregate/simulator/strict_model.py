"""What every part of a scenario has in common: unknown keys are errors, and nothing changes once it is read."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

Seconds = Annotated[float, Field(ge=0)]


class StrictModel(BaseModel):
    """A part of a scenario."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ScriptedRun(StrictModel):
    """What one test run does otherwise than its suite says. Only keys that are given count."""

    @property
    def changes(self) -> dict[str, Any]:
        """The given keys with their values."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class TimedSuite(StrictModel):
    """When the runs of a test suite end, and which progress they report until then."""

    seconds: Seconds | None = 2.0
    progress: list[tuple[Seconds, float]] | None = None
    start_time: str | None = None

    @field_validator("progress", mode="before")
    @classmethod
    def _steady(cls, value: object) -> object:
        return None if value == "steady" else value

    def has_ended(self, elapsed: float) -> bool:
        """Whether a run has ended, that many seconds after its start."""
        return self.seconds is not None and elapsed >= self.seconds

    def percent_at(self, elapsed: float) -> int:
        """The reported progress of a run that has not ended, that many seconds after its start."""
        if self.progress is None:
            return min(int(100 * elapsed / self.seconds), 99) if self.seconds else 0
        reached = [point for point in self.progress if point[0] <= elapsed]
        return int(max(reached, key=lambda point: point[0])[1]) if reached else 0

    def _changed(self, runs: Sequence[ScriptedRun], number: int) -> Self:
        """The suite as the test run of that number (from 0) has it. The last of `runs` stands for all later ones."""
        if not runs:
            return self
        known = type(self).model_fields
        changes = runs[min(number, len(runs) - 1)].changes
        return self.model_copy(update={name: value for name, value in changes.items() if name in known})
