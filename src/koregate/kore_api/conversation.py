"""Conversation suites: the start and status replies as typed values, and their redaction.

Shapes: Kore.ai API, pages "Execute Test Suite" and "Get Test Suite Execution Status". No reply for a failed run is
documented, so nothing here relies on a shape: a part of another type is left out, and its place is kept in
`unreadable_parts`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass as pydantic_dataclass

# pydantic requires this one before Python 3.12; it is pydantic's own dependency.
from typing_extensions import TypedDict

from koregate.kore_api.json_values import Json, fit_to_model, redact_json, redact_object
from koregate.kore_api.status_reply import (
    IN_PROGRESS,
    Amount,
    Count,
    OpenPart,
    RunProgress,
    Switch,
    is_in_progress,
    is_number,
    normalized_status,
    read_body,
    read_number,
    start_time,
    undocumented_fields,
)
from koregate.text import json_as_text

ASSERTION_KINDS = {"flow": "flowLevel", "text": "text", "context": "context"}

# "Not Executed" appears in the product's own result column. Its spelling in the API is undocumented.
_NOT_EXECUTED = frozenset({"notexecuted", "notrun", "skipped"}) | IN_PROGRESS
# On these a verdict depends, so they are never redacted.
_KEPT_STATUSES = _NOT_EXECUTED | {"passed", "failed", ""}


# Unknown fields are ignored. Dataclasses with slots, not models: a large reply has a hundred thousand parts.
_OPEN = ConfigDict(extra="ignore", allow_inf_nan=False)
# Unknown fields are kept, beside the known ones in the object's own dict.
_KEEPING = ConfigDict(extra="allow", allow_inf_nan=False)


@pydantic_dataclass(config=_OPEN, slots=True)
class Assertion:
    """One assertion of a response: flow, text or context. `status` is absent if it is disabled."""

    enabled: Switch | None = None
    status: str | None = None
    contains: list[dict[str, Any] | None] | None = None

    @property
    def entries(self) -> list[dict[str, Any]]:
        """What was compared: accepted variants of a text, a node, or pairs of a context."""
        return [entry for entry in self.contains or [] if entry is not None]

    @property
    def is_judged(self) -> bool:
        """Whether it counts: it is enabled, or it has a result and does not say whether it is enabled."""
        return self.enabled is True or (self.enabled is None and bool(self.status or self.contains))


@pydantic_dataclass(config=_KEEPING)
class Assertions:
    """The assertions of one response. Unknown kinds are kept too, because they may say that the step failed."""

    # Named as in the reply: a field of the reply could replace it if it had another name here.
    flowLevel: Assertion | None = None  # noqa: N815 -- the reply's name
    text: Assertion | None = None
    context: Assertion | None = None

    @property
    def flow(self) -> Assertion | None:
        """The flow assertion."""
        return self.flowLevel

    @property
    def unknown(self) -> dict[str, list["UnknownAssertion"]]:
        """Everything that looks like an assertion of an undocumented kind, by its key."""
        if len(vars(self)) <= len(ASSERTION_KINDS):
            return {}
        others = {key: value for key, value in vars(self).items() if key not in ASSERTION_KINDS.values()}
        found = {key: list(_unknown_assertions(value)) for key, value in others.items()}
        return {key: assertions for key, assertions in found.items() if assertions}


class UnknownAssertion(NamedTuple):
    """An object where an assertion is expected. `is_complete` says that all of its parts have the documented types."""

    assertion: Assertion
    is_complete: bool


_ASSERTION = TypeAdapter(Assertion)
_ASSERTION_KEYS = ("enabled", "status", "contains")


def _unknown_assertions(value: Json) -> Iterator[UnknownAssertion]:
    """The assertions in a value: itself, or what it lists or holds by name."""
    if isinstance(value, dict) and not value.keys().isdisjoint(_ASSERTION_KEYS):
        yield _unknown_assertion(value)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _unknown_assertions(inner)


def _unknown_assertion(value: dict[str, Json]) -> UnknownAssertion:
    parts = {key: value.get(key) for key in _ASSERTION_KEYS}
    if isinstance(parts["contains"], list):
        # A copy, because parts that do not fit are removed and the reply must not change.
        parts["contains"] = list(parts["contains"])
    assertion, unreadable_parts = fit_to_model(_ASSERTION, parts)
    return UnknownAssertion(assertion, not unreadable_parts)


@pydantic_dataclass(config=_OPEN, slots=True)
class Response:
    """One message of the bot, expected or actual. `text` may be the JSON of a template."""

    text: Any = None
    node_id: Any = Field(default=None, alias="nodeId")
    node_name: Any = Field(default=None, alias="nodeName")
    intent_id: Any = Field(default=None, alias="intentId")
    dialog: Any = Field(default=None, alias="dialogName")
    category: Any = None
    transitions: Any = Field(default=None, alias="transitionNodeNames")
    assertions: Assertions | None = None

    def assertion(self, kind: str) -> Assertion | None:
        """The assertion of that kind, if there is one that counts."""
        assertion: Assertion | None = getattr(self.assertions, kind) if self.assertions else None
        return assertion if assertion is not None and assertion.is_judged else None


@pydantic_dataclass(config=_OPEN, slots=True)
class Step:
    """One user input with the bot's responses.

    `outputs` is what the suite expects, and `actualOutput` is what the bot said. This is inferred from the suite
    definition, which has `outputs` too. The platform's pages do not say it.
    """

    input: Any = None
    status: str | None = None
    request_id: Any = Field(default=None, alias="requestId")
    expected: list[Response | None] | None = Field(default=None, alias="outputs")
    actual: list[Response | None] | None = Field(default=None, alias="actualOutput")

    @property
    def passed(self) -> bool:
        """Whether the platform says so."""
        return normalized_status(self.status) == "passed"

    @property
    def failed(self) -> bool:
        """Whether the platform says so."""
        return normalized_status(self.status) == "failed"

    @property
    def executed(self) -> bool:
        """Whether the step was executed at all, as far as the reply says."""
        return normalized_status(self.status) not in _NOT_EXECUTED

    @property
    def user_input(self) -> str:
        """What the user said, as text."""
        return json_as_text(self.input)

    @property
    def response_pairs(self) -> Iterator[tuple[Response | None, Response | None]]:
        """Expected and actual response side by side; one of the two may be missing."""
        expected, actual = self.expected or [], self.actual or []
        for number in range(max(len(expected), len(actual))):
            yield (
                expected[number] if number < len(expected) else None,
                actual[number] if number < len(actual) else None,
            )


class StepCounts(OpenPart):
    """The platform's counts of steps. Counts under other names are kept too: they may be of steps without a result."""

    passed: Count | None = None
    failed: Count | None = None
    total: Count | None = None

    @property
    def others(self) -> dict[str, Json]:
        """Every other count above zero, and every other value whose name looks like one of a count, by name."""
        counts = {key: read_number(value) for key, value in self.undocumented.items()}
        return {
            key: count
            for key, count in counts.items()
            if count and (is_number(count) or normalized_status(key) in _WITHOUT_RESULT)
        }


# Names under which the platform may count steps without a result. They are the words of its own result column.
_WITHOUT_RESULT = frozenset({"notexecuted", "notrun", "skipped", "aborted", "pending", "error", "errors"})


class Result(OpenPart):
    """What is known about a test run's outcome."""

    status: str | None = None
    version: Any = None
    bot_language: Any = Field(default=None, alias="botLanguage")
    language: Any = None
    started: Any = Field(default=None, alias="startTime")
    nlp_version: Any = Field(default=None, alias="nlpVersion")
    # Milliseconds, inferred: the documented sample has 14364 for 13 steps.
    duration_ms: Amount | None = Field(default=None, alias="duration")
    counts: StepCounts | None = Field(default=None, alias="stepDetails")
    error_details: Any = Field(default=None, alias="errorDetails")
    steps: list[Step | None] | None = Field(default=None, alias="executionResults")


class StatusBody(OpenPart):
    """A status reply as received."""

    run_id: Any = Field(default=None, alias="_id")
    stream_id: Any = Field(default=None, alias="streamId")
    suite_id: Any = Field(default=None, alias="testSuiteId")
    bot_language: Any = Field(default=None, alias="botLanguage")
    language: Any = None
    status: str | None = None
    announced: Count | None = Field(default=None, alias="totalTestStepsCount")
    percent: Amount | None = Field(default=None, alias="percentageCompleted")
    errors: Any = None
    result: Result | None = None


class _AnyObject(TypedDict):
    """A part that is only counted. Its content does not matter."""


@pydantic_dataclass(config=_OPEN, slots=True)
class _ResultHead:
    status: str | None = None
    counts: StepCounts | None = Field(default=None, alias="stepDetails")
    steps: list[_AnyObject | None] | None = Field(default=None, alias="executionResults")


@pydantic_dataclass(config=_OPEN, slots=True)
class _StatusHead:
    status: str | None = None
    announced: Count | None = Field(default=None, alias="totalTestStepsCount")
    percent: Amount | None = Field(default=None, alias="percentageCompleted")
    result: _ResultHead | None = None


_STATUS_BODY = TypeAdapter(StatusBody)
_STATUS_HEAD = TypeAdapter(_StatusHead)


@dataclass(frozen=True)
class ConversationStatus:
    """A status reply, and the places that could not be read, such as `result.executionResults[3].status`.

    Nobody writes to it after `read_status`.
    """

    body: StatusBody
    unreadable_parts: tuple[str, ...] = ()

    @property
    def result(self) -> Result:
        """The result, empty if there is none."""
        return self.body.result or Result()

    @property
    def steps(self) -> list[Step | None]:
        """The execution steps in their order. A step that could not be read is None."""
        return self.result.steps or []

    @property
    def ended(self) -> bool:
        """Whether the run is over: neither the top-level status nor the result's says that it is in progress."""
        return not is_in_progress(self.body.status, self.result.status)

    @property
    def started(self) -> datetime | None:
        """When the run started, in UTC."""
        return start_time(self.result.started)

    @property
    def languages(self) -> list[Json]:
        """The bot's language, from each place of the reply that names one."""
        places = self.body.bot_language, self.body.language, self.result.bot_language, self.result.language
        return [language for language in places if language is not None]

    def undocumented(self, *names: str) -> Iterator[tuple[str, Json]]:
        """The same as `status_reply.undocumented_fields`."""
        return undocumented_fields(self.body, self.result, names)

    @property
    def seconds(self) -> float:
        """How long the run took, or 0 if the reply does not say."""
        return (self.result.duration_ms or 0) / 1000

    @property
    def nlp_versions(self) -> tuple[str, ...]:
        """The NLP versions that the steps ran with, without repetition."""
        versions = self.result.nlp_version
        texts = map(json_as_text, versions if isinstance(versions, list) else [versions])
        return tuple(dict.fromkeys(filter(None, texts)))


def read_progress(body: bytes) -> RunProgress:
    """The progress in a status reply's body. Raises the same errors as `read_body`."""
    head, _ = read_body(_STATUS_HEAD, body)
    result = head.result or _ResultHead()
    counts = result.counts
    words = normalized_status(head.status), normalized_status(result.status)
    return RunProgress(
        ended=not is_in_progress(head.status, result.status),
        percent=head.percent,
        announced=head.announced,
        changes=(
            *words,
            head.percent,
            (counts.passed, counts.failed, counts.total) if counts else None,
            len(result.steps or []),
        ),
        lists_steps=result.steps is not None,
    )


def read_status(body: bytes, redact: Callable[[str], str] = str) -> ConversationStatus:
    """A status reply from the bytes of its body, with `redact` applied to every free text.

    Raises the same errors as `read_body`.
    """
    value, unreadable_parts = read_body(_STATUS_BODY, body)
    _redact(value, redact)
    value.errors = _redact_json(value.errors, redact)
    return ConversationStatus(value, unreadable_parts)


def _redact(body: StatusBody, redact: Callable[[str], str]) -> None:
    """Redact every free text in place. Ids, counts and the status words that the verdict depends on stay.

    Deeply nested values are cut. That includes ids and versions, which are compared and shown elsewhere.
    """
    # The names and sentences of a suite repeat, so each is redacted once.
    redact = lru_cache(maxsize=4096)(redact)
    body.run_id, body.stream_id = _redact_json(body.run_id, str), _redact_json(body.stream_id, str)
    body.status = _redact_status(body.status, redact)
    if body.result is None:
        return
    body.result.status = _redact_status(body.result.status, redact)
    body.result.started = _redact_json(body.result.started, str)
    body.result.nlp_version = _redact_json(body.result.nlp_version, redact)
    body.result.error_details = _redact_json(body.result.error_details, redact)
    for step in body.result.steps or []:
        if step is not None:
            step.input = _redact_json(step.input, redact)
            step.status = _redact_status(step.status, redact)
            for response in [*(step.expected or []), *(step.actual or [])]:
                if response is not None:
                    _redact_response(response, redact)


def _redact_response(response: Response, redact: Callable[[str], str]) -> None:
    if response.text:
        response.text = _redact_json(response.text, redact)
    response.node_id = _redact_json(response.node_id, redact)
    response.node_name = _redact_json(response.node_name, redact)
    response.intent_id = _redact_json(response.intent_id, redact)
    response.dialog = _redact_json(response.dialog, redact)
    response.category = _redact_json(response.category, redact)
    response.transitions = _redact_json(response.transitions, redact)
    if response.assertions is None:
        return
    for assertion in (response.assertions.flow, response.assertions.text, response.assertions.context):
        if assertion is not None:
            assertion.status = _redact_status(assertion.status, redact)
            if assertion.contains:
                assertion.contains = [entry and _redact_entry(entry, redact) for entry in assertion.contains]


def _redact_entry(entry: dict[str, Any], redact: Callable[[str], str]) -> dict[str, Any]:
    """The entry redacted, except the keys that judging reads and a status that the verdict depends on."""
    status = entry.get("status")
    redacted = redact_object(entry, redact, keep=frozenset({"text", "nodeId", "status"}))
    if isinstance(status, str):
        redacted["status"] = _redact_status(status, redact)
    return redacted


def _redact_status(word: str | None, redact: Callable[[str], str]) -> str | None:
    """The status word redacted, unless a verdict depends on it."""
    if word is None or normalized_status(word) in _KEPT_STATUSES:
        return word
    return redact(word)


def _redact_json(value: Json, redact: Callable[[str], str]) -> Json:
    return value if value is None else redact_json(value, redact)
