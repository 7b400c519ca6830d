"""What the status replies of all kinds of test suites have in common: words, numbers, times, and how they are read.

Nothing here relies on a shape: a part of another type is left out, and its place is named.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, TypeAdapter, ValidationError

from koregate.errors import UnreadableReply
from koregate.kore_api.json_values import Json, fit_to_model, load_json
from koregate.text import clipped, json_as_text


class _HasStatus(Protocol):
    @property
    def status(self) -> str | None: ...

    @property
    def result(self) -> object: ...


Body = TypeVar("Body", bound=_HasStatus)

# Deeper parts of a reply are not shown.
_MAX_LEVELS = 100
# Of a place in a reply, in characters, before it is redacted and cut to what is shown. Its keys may be megabytes long.
MAX_PLACE = 2_000
_ADVICE = "Check host, and look at the saved reply."
_PLAUSIBLE_YEARS = range(2000, 2101)
_NOISE = str.maketrans("", "", "_- ")
# The status words of a run that has not ended, in the form that `normalized_status` returns.
IN_PROGRESS = frozenset({"inprogress", "queued", "pending", "running", "started"})
# The words for what failed or did not run to its end, likewise. The platform's pages and its own screens use some.
UNSUCCESSFUL = frozenset(
    {
        *("failed", "fail", "failure", "error", "errored", "aborted", "stopped", "cancelled", "canceled"),
        *("notexecuted", "notrun", "skipped", "timeout", "timedout", "unsuccessful", "notpassed", "rejected"),
    }
)


def normalized_status(status: str | None) -> str:
    """A status word in lower case, without `_`, `-` and spaces: the platform writes both IN_PROGRESS and inprogress.

    A word that is not ASCII stays unchanged, so that no look-alike letter counts as one of `passed`.
    """
    word = status or ""
    return word.translate(_NOISE).lower() if word.isascii() else word


def is_in_progress(*words: str | None) -> bool:
    """Whether one of these status words says that the run is in progress."""
    return any(normalized_status(word) in IN_PROGRESS for word in words)


def read_number(value: object) -> object:
    """A string of digits as a number, and a whole float as an integer. Anything else stays unchanged."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", value):
        value = float(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Strict: 1 is not a boolean, and true is not a count.
Switch = Annotated[bool, Strict()]
Count = Annotated[int, Strict(), Field(ge=0, le=10**9), BeforeValidator(read_number)]
Amount = Annotated[float, Strict(), Field(ge=0, le=1e12), BeforeValidator(read_number)]


def is_number(value: Json) -> bool:
    """Whether the value is a number of JSON."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class RunProgress(NamedTuple):
    """What the waiting code needs from a status reply, without the cost of reading its steps.

    `changes` changes whenever the run makes progress. It is compared for the stall timeout and never shown.
    `lists_steps` says whether the reply lists the steps of the run.
    """

    ended: bool
    percent: float | None
    announced: int | None
    changes: tuple[object, ...]
    lists_steps: bool = False


def start_time(value: Json) -> datetime | None:
    """When a run started, in UTC: ISO 8601, or seconds or milliseconds since 1970, as a number or in digits."""
    moment = _moment(value)
    return moment if moment is not None and moment.year in _PLAUSIBLE_YEARS else None


def _moment(value: Json) -> datetime | None:
    text = json_as_text(value)
    try:
        if re.fullmatch(r"[0-9]{10}(\.[0-9]{1,9})?", text):
            return datetime.fromtimestamp(float(text), UTC)
        if re.fullmatch(r"[0-9]{13}(\.[0-9]{1,9})?", text):
            return datetime.fromtimestamp(float(text) / 1000, UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


class OpenPart(BaseModel):
    """A part of a reply that keeps its undocumented fields.

    They are kept apart from the documented ones, so that a key like `bot_language` is neither lost nor taken for
    `botLanguage`.
    """

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    @property
    def undocumented(self) -> dict[str, Json]:
        """The undocumented fields by their keys."""
        return self.model_extra or {}


def undocumented_fields(body: OpenPart, result: OpenPart, names: Iterable[str]) -> Iterator[tuple[str, Json]]:
    """The place and value of fields with one of these names in undocumented places: at the top and in `result`.

    Names are compared like status words: `testRunId` equals `testrunid`. A place is cut to what is worth to be shown.
    """
    for prefix, part in (("", body), ("result.", result)):
        for key, value in part.undocumented.items():
            if normalized_status(key) in names and value is not None:
                yield clipped(f"{prefix}{key}", MAX_PLACE), value


def read_body(model: TypeAdapter[Body], body: bytes) -> tuple[Body, tuple[str, ...]]:
    """A status reply's body as that model, and the places of the parts that did not fit.

    Raises ValueError if it is not JSON at all (a truncated reply, an HTML page), and `UnreadableReply` if it is JSON
    but not a status.
    """
    unreadable_parts: tuple[str, ...] = ()
    if b"NaN" in body or b"Infinity" in body:
        # pydantic accepts these words as numbers, but JSON does not.
        load_json(body)
    try:
        value = model.validate_json(body)
    except ValidationError:
        loaded = load_json(body)
        if not isinstance(loaded, dict):
            kind = {"list": "a list", "str": "a string", "NoneType": "null"}.get(type(loaded).__name__, "a number")
            raise UnreadableReply(
                f"The platform returned JSON, but not a status: expected an object, got {kind}.", body, advice=_ADVICE
            ) from None
        # pydantic rejects values that are nested more than 200 levels deep. A status has about a dozen levels.
        cut_nesting(loaded, _MAX_LEVELS)
        make_keys_readable(loaded)
        value, unreadable_parts = fit_to_model(model, loaded)
    if value.status is None and value.result is None:
        text = "The platform returned JSON, but not a status: it has neither status nor result."
        raise UnreadableReply(text, body, advice=_ADVICE)
    return value, unreadable_parts


def cut_nesting(value: Json, levels: int) -> None:
    """Replace every list and object that is nested more than that many levels deep with a note."""
    level = [value]
    for _ in range(levels):
        level = [inner for outer in level for inner in _values(outer) if isinstance(inner, dict | list)]
    for outer in level:
        for key in outer if isinstance(outer, dict) else range(len(outer)):
            if isinstance(outer[key], dict | list):
                outer[key] = "… (nested too deeply to show)"


def make_keys_readable(value: Json) -> None:
    """Write half a character in a key as its escape. pydantic refuses such a key, and the object with it."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            for key in [key for key in inner if not _is_text(key)]:
                readable = key.encode(errors="backslashreplace").decode()
                while readable in inner:
                    readable += "\\"
                inner[readable] = inner.pop(key)
        waiting += [part for part in _values(inner) if isinstance(part, dict | list)]


def _is_text(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def _values(value: Json) -> Iterable[Json]:
    return value.values() if isinstance(value, dict) else value
