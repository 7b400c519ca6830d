"""The platform's answers as typed, frozen values. Lenient in what it accepts, strict in what it offers.

Shapes: Kore.ai API, pages "Execute Test Suite" and "Get Test Suite Execution Status". No failed answer is documented,
so nothing here trusts a shape: a part of another type is left out, and its place is kept as a flaw.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, Strict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as pydantic_dataclass

from koregate.collector import at_rest
from koregate.errors import UnreadableAnswer
from koregate.kore_api.json_values import fitted, load_json
from koregate.text import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {"flow": "flowLevel", "text": "text", "context": "context"}

_NOISE = str.maketrans("", "", "_- \t\r\n")
_IN_PROGRESS = frozenset({"inprogress", "queued", "pending", "running", "started"})
# "Not Executed" is a word of the product's own result column; its spelling in the API is undocumented.
_NOT_EXECUTED = frozenset({"notexecuted", "notrun", "skipped"}) | _IN_PROGRESS


def word(status: str | None) -> str:
    """A status word without case, `_`, `-` and blanks: the platform writes both IN_PROGRESS and inprogress."""
    return (status or "").translate(_NOISE).casefold()


# What the platform adds is none of our business. Slots and no models: a large answer makes a hundred thousand parts.
_OPEN = ConfigDict(extra="ignore", allow_inf_nan=False)


# Strict: "13" is no count and 1 is no switch.
Switch = Annotated[bool, Strict()]
Count = Annotated[int, Strict(), Field(ge=0, le=10**9)]
Amount = Annotated[float, Strict(), Field(ge=0, le=1e12)]


@pydantic_dataclass(config=_OPEN, slots=True)
class Assertion:
    """One check of a response: flow, text or context. `status` is absent where it is disabled."""

    enabled: Switch | None = None
    status: str | None = None
    contains: list[dict[str, Any] | None] | None = None

    @property
    def entries(self) -> list[dict[str, Any]]:
        """What was compared: accepted variants of a text, a node, pairs of a context."""
        return [entry for entry in self.contains or [] if entry is not None]

    @property
    def counts(self) -> bool:
        """Whether it is to be judged: it is enabled, or says a result without saying whether it is."""
        return self.enabled is True or (self.enabled is None and bool(self.status or self.contains))


@pydantic_dataclass(config=_OPEN, slots=True)
class Assertions:
    """The checks of one response."""

    flow: Assertion | None = Field(default=None, alias="flowLevel")
    text: Assertion | None = None
    context: Assertion | None = None


@pydantic_dataclass(config=_OPEN, slots=True)
class Response:
    """One bot answer, expected or actual. `text` may be the JSON of a template."""

    text: Any = None
    node_id: Any = Field(default=None, alias="nodeId")
    node_name: Any = Field(default=None, alias="nodeName")
    intent_id: Any = Field(default=None, alias="intentId")
    dialog: Any = Field(default=None, alias="dialogName")
    category: Any = None
    transitions: Any = Field(default=None, alias="transitionNodeNames")
    assertions: Assertions | None = None

    def assertion(self, kind: str) -> Assertion | None:
        """The check of that kind, where there is one to be judged."""
        found: Assertion | None = getattr(self.assertions, kind) if self.assertions else None
        return found if found is not None and found.counts else None


@pydantic_dataclass(config=_OPEN, slots=True)
class Step:
    """One user input with the bot's answers.

    `outputs` holds what the suite expects, `actualOutput` what the bot said: inferred from the suite definition, which
    has `outputs` too; the platform's pages do not say.
    """

    input: Any = None
    status: str | None = None
    expected: list[Response | None] | None = Field(default=None, alias="outputs")
    actual: list[Response | None] | None = Field(default=None, alias="actualOutput")

    @property
    def passed(self) -> bool:
        """Whether the platform says so."""
        return word(self.status) == "passed"

    @property
    def failed(self) -> bool:
        """Whether the platform says so."""
        return word(self.status) == "failed"

    @property
    def executed(self) -> bool:
        """Whether the bot was asked at all, as far as the answer says."""
        return word(self.status) not in _NOT_EXECUTED

    @property
    def user_input(self) -> str:
        """What the user said, as text."""
        return as_text(self.input)

    @property
    def responses(self) -> Iterator[tuple[Response | None, Response | None]]:
        """Expected and actual response side by side; one of the two may be missing."""
        expected, actual = self.expected or [], self.actual or []
        for number in range(max(len(expected), len(actual))):
            yield (
                expected[number] if number < len(expected) else None,
                actual[number] if number < len(actual) else None,
            )


@pydantic_dataclass(config=_OPEN, slots=True)
class StepCounts:
    """The platform's own count of steps."""

    passed: Count | None = None
    failed: Count | None = None
    total: Count | None = None


@pydantic_dataclass(config=_OPEN, slots=True)
class Result:
    """What is known of a test run's outcome."""

    status: str | None = None
    started: Any = Field(default=None, alias="startTime")
    nlp_version: Any = Field(default=None, alias="nlpVersion")
    # Milliseconds, inferred: the documented sample has 14364 for 13 steps.
    duration_ms: Amount | None = Field(default=None, alias="duration")
    counts: StepCounts | None = Field(default=None, alias="stepDetails")
    error_details: Any = Field(default=None, alias="errorDetails")
    steps: list[Step | None] | None = Field(default=None, alias="executionResults")


@pydantic_dataclass(config=_OPEN, slots=True)
class Answer:
    """A status answer as it came."""

    run_id: Any = Field(default=None, alias="_id")
    stream_id: Any = Field(default=None, alias="streamId")
    status: str | None = None
    announced: Count | None = Field(default=None, alias="totalTestStepsCount")
    percent: Amount | None = Field(default=None, alias="percentageCompleted")
    result: Result | None = None


_ANSWER = TypeAdapter(Answer)


@dataclass(frozen=True)
class TestRunStatus:
    """A status answer with the places that could not be read, such as `result.executionResults[3].status`."""

    answer: Answer
    flaws: tuple[str, ...] = ()

    @property
    def result(self) -> Result:
        """The result, empty where there is none."""
        return self.answer.result or Result()

    @property
    def steps(self) -> list[Step | None]:
        """The execution steps in their order; a step that could not be read is None."""
        return self.result.steps or []

    @property
    def ended(self) -> bool:
        """Whether the run is over. The top-level status decides; the result's only where that is missing."""
        return word(self.answer.status or self.result.status) not in _IN_PROGRESS

    @property
    def started(self) -> datetime | None:
        """When the run started, in UTC."""
        try:
            moment = datetime.fromisoformat(as_text(self.result.started))
        except (ValueError, OverflowError):
            return None
        try:
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except OverflowError:
            return None

    @property
    def seconds(self) -> float:
        """How long the run took; 0 where the answer does not say."""
        return (self.result.duration_ms or 0) / 1000

    @property
    def nlp_versions(self) -> str:
        """The NLP versions the steps ran with, each once."""
        given = self.result.nlp_version
        return ", ".join(dict.fromkeys(map(as_text, given if isinstance(given, list) else [given])))

    @property
    def progress(self) -> tuple[object, ...]:
        """What changes while a run moves on: compared for the stall watch, never shown."""
        counts = self.result.counts
        return (
            word(self.answer.status),
            word(self.result.status),
            self.answer.percent,
            (counts.passed, counts.failed, counts.total) if counts else None,
            len(self.steps),
        )


def read(data: bytes) -> TestRunStatus:
    """A status answer from the bytes of a body.

    Raises ValueError where it is not JSON at all (a truncated answer, an HTML page), and `UnreadableAnswer` where it is
    JSON but no status answer.
    """
    with at_rest():
        try:
            return TestRunStatus(_whole(_ANSWER.validate_json(data)))
        except ValidationError:
            value = load_json(data)
            if not isinstance(value, dict):
                kind = type(value).__name__
                message = f"The platform answered with JSON that is no status answer: a {kind}, not an object."
                raise UnreadableAnswer(message) from None
            answer, flaws = fitted(_ANSWER, value)
            return TestRunStatus(_whole(answer), flaws)


def _whole(answer: Answer) -> Answer:
    if answer.status is None and answer.result is None:
        message = "The platform answered with JSON that is no status answer: it has neither status nor result."
        raise UnreadableAnswer(message)
    return answer
