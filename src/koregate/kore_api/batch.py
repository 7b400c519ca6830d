"""Batch suites: the status reply as typed values, and their redaction.

Shapes: Kore.ai API, pages "Batch Test Execution" and "Batch Test Execution Status". Figures are strings there. No reply
for a failed, canceled or partial run is documented, so a part of another type is left out, and its place is kept in
`unreadable_parts`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import Field, TypeAdapter

from koregate.kore_api.json_values import Json, redact_json
from koregate.kore_api.status_reply import (
    IN_PROGRESS,
    Amount,
    Count,
    OpenPart,
    RunProgress,
    normalized_status,
    read_body,
    start_time,
    undocumented_fields,
)

# The start reply has `accepted`, and so may the first status replies.
_IN_PROGRESS = IN_PROGRESS | {"accepted"}
_ENDED = frozenset({"completed", "failed", "cancelled", "canceled", "stopped", "aborted", ""})
_FIGURE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,18})?", re.ASCII)


class Results(OpenPart):
    """The platform's counts: utterances that succeeded and failed, and intents by their kind of result."""

    success: Count | None = None
    failure: Count | None = None
    failed_utterances: Count | None = Field(default=None, alias="failedUtteranceCount")
    failed_entities: Count | None = Field(default=None, alias="failedEntitiesCount")
    failed_traits: Count | None = Field(default=None, alias="traitFailure")
    true_positives: Count | None = Field(default=None, alias="TP")
    true_negatives: Count | None = Field(default=None, alias="TN")
    false_positives: Count | None = Field(default=None, alias="FP")
    false_negatives: Count | None = Field(default=None, alias="FN")


class Result(OpenPart):
    """What is known about a test run's outcome."""

    status: str | None = None
    run_id: Any = Field(default=None, alias="_id")
    stream_id: Any = Field(default=None, alias="streamId")
    suite_id: Any = Field(default=None, alias="testSuiteId")
    bot_language: Any = Field(default=None, alias="botLanguage")
    version: Any = Field(default=None, alias="runType")
    is_partial: Any = Field(default=None, alias="isPartialFailure")
    total: Count | None = Field(default=None, alias="utterance_count")
    announced: Count | None = Field(default=None, alias="totalUtterances")
    ran: Count | None = Field(default=None, alias="utterance_ran")
    started: Any = Field(default=None, alias="startTime")
    finished: Any = Field(default=None, alias="endTime")
    f1: Any = Field(default=None, alias="f1_score")
    precision: Any = None
    recall: Any = None
    counts: Results | None = Field(default=None, alias="results")
    errors: Any = None
    error_details: Any = Field(default=None, alias="errorDetails")


class StatusBody(OpenPart):
    """A status reply as received."""

    run_id: Any = Field(default=None, alias="_id")
    stream_id: Any = Field(default=None, alias="streamId")
    suite_id: Any = Field(default=None, alias="testSuiteId")
    bot_language: Any = Field(default=None, alias="botLanguage")
    status: str | None = None
    total: Count | None = Field(default=None, alias="utterance_count")
    announced: Count | None = Field(default=None, alias="totalUtterances")
    ran: Count | None = Field(default=None, alias="utterance_ran")
    percent: Amount | None = Field(default=None, alias="percentage")
    errors: Any = None
    result: Result | None = None


_STATUS_BODY = TypeAdapter(StatusBody)
_MAX_SECONDS = 30 * 24 * 3600.0


@dataclass(frozen=True)
class BatchStatus:
    """A status reply, and the places that could not be read, such as `result.results.failure`.

    Nobody writes to it after `read_status`.
    """

    body: StatusBody
    unreadable_parts: tuple[str, ...] = ()

    @property
    def result(self) -> Result:
        """The result, empty if there is none."""
        return self.body.result or Result()

    @property
    def counts(self) -> Results:
        """The counts, empty if there are none."""
        return self.result.counts or Results()

    @property
    def ended(self) -> bool:
        """Whether the run is over: neither the top-level status nor the result's says that it is in progress."""
        return not {normalized_status(self.body.status), normalized_status(self.result.status)} & _IN_PROGRESS

    def undocumented(self, *names: str) -> Iterator[tuple[str, Json]]:
        """The same as `status_reply.undocumented_fields`."""
        return undocumented_fields(self.body, self.result, names)

    @property
    def started(self) -> datetime | None:
        """When the run started, in UTC."""
        return start_time(self.result.started)

    @property
    def seconds(self) -> float:
        """How long the run took, or 0 if the reply does not say."""
        finished = start_time(self.result.finished)
        if self.started is None or finished is None:
            return 0.0
        return min(max((finished - self.started).total_seconds(), 0.0), _MAX_SECONDS)


def figure(value: Json) -> Decimal | None:
    """A figure such as the F1 score: a plain decimal from 0 to 1, as a number or a string. None for anything else."""
    text = value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
    if isinstance(value, bool) or not _FIGURE.fullmatch(text):
        return None
    number = Decimal(text)
    return number if number <= 1 else None


def percent_and_total(status: BatchStatus) -> tuple[float | None, int | None]:
    """How much of a run is done, in percent, and its utterances. Each is None if the reply does not say it."""
    value = status.body
    total = next((count for count in (value.announced, value.total, status.result.total) if count is not None), None)
    percent = value.percent
    if percent is None and value.ran is not None and total:
        percent = 100 * min(value.ran, total) / total
    return percent, total


def read_progress(body: bytes) -> RunProgress:
    """The progress in a status reply's body. Raises the same errors as `read_body`."""
    value, _ = read_body(_STATUS_BODY, body)
    status = BatchStatus(value)
    counts = status.counts
    percent, total = percent_and_total(status)
    return RunProgress(
        ended=status.ended,
        percent=percent,
        announced=total,
        changes=(
            normalized_status(value.status),
            normalized_status(status.result.status),
            value.percent,
            value.ran,
            counts.success,
            counts.failure,
        ),
    )


def read_status(body: bytes, redact: Callable[[str], str] = str) -> BatchStatus:
    """A status reply from the bytes of its body, with `redact` applied to every free text.

    Ids and figures stay, because the verdict depends on them. Raises the same errors as `read_body`.
    """
    value, unreadable_parts = read_body(_STATUS_BODY, body)
    value.status = _redact_status(value.status, redact)
    value.errors = _redact_json(value.errors, redact)
    value.run_id, value.stream_id = _redact_json(value.run_id, str), _redact_json(value.stream_id, str)
    value.suite_id = _redact_json(value.suite_id, str)
    if value.result is not None:
        value.result.status = _redact_status(value.result.status, redact)
        value.result.errors = _redact_json(value.result.errors, redact)
        value.result.error_details = _redact_json(value.result.error_details, redact)
    return BatchStatus(value, unreadable_parts)


def _redact_status(word: str | None, redact: Callable[[str], str]) -> str | None:
    """The status word redacted, if no verdict depends on it."""
    return word if word is None or normalized_status(word) in _IN_PROGRESS | _ENDED else redact(word)


def _redact_json(value: Json, redact: Callable[[str], str]) -> Json:
    return value if value is None else redact_json(value, redact)
