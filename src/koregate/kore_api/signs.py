"""Which undocumented fields of a reply say that something did not pass, or did not run.

No page documents them, so the names of keys and the words of values decide. Nothing here makes a verdict better.
"""

import re
import string
from collections.abc import Container, Iterator, Mapping
from enum import Enum, auto
from functools import lru_cache
from itertools import islice

from koregate.kore_api.json_values import Json
from koregate.kore_api.status_reply import (
    IN_PROGRESS,
    MAX_PLACE,
    UNSUCCESSFUL,
    OpenPart,
    is_in_progress,
    is_number,
    normalized_status,
    read_number,
    undocumented_fields,
)
from koregate.text import clipped

# The keys and numbers that lead to a part of a reply.
Path = tuple[str | int, ...]

# What is counted or tested. Each name may have one before and one after: `totalTestStepsFailed`, `failedStepsTotal`.
_COUNTED = r"(tests?|testing)?(steps?|cases?|suites?|utterances?|results?|assertions?|checks?)?"
_AGAINST = re.compile(
    r"(is|has|had|was)?(partial)?(total|count|number|num)?(of)?" + _COUNTED + r"(failed|fails?|failures?|failing"
    r"|notexecuted|unexecuted|notrun|skipped|aborted|stopped|cancelled|canceled|timedout|discarded|dropped|errors?"
    r"|errored|exceptions?|crashed|invalid)" + _COUNTED + r"(counts?|total|number|messages?|reasons?|codes?)?"
)
_FAILED = re.compile(
    r"(is|has|was)?(total|count|number|num)?(of)?"
    + _COUNTED
    + r"(failed|fails?|failures?|failing)"
    + _COUNTED
    + r"(counts?|total|number)?"
)
_SUCCESS = re.compile(
    r"(is|has|was|did|all)?(total|count|number|num)?(of)?"
    + _COUNTED
    + r"(success|successes|successful|successfully|succeeded|passed|pass|passing|valid|ok|executed)"
    + _COUNTED
    + r"(count|total)?"
)
_VERDICT = re.compile(
    r"(is|my|final|overall|actual)?(test|run|step|case|suite|assertion|execution|check|validation|match)*"
    r"(status|state|verdict|outcome|results?)"
)
_CODES = frozenset({"code", "statuscode", "httpstatus", "httpcode", "httpstatuscode", "responsecode"})
# What says at the top or in the result how the run ended. There the first part of a name does not matter.
_VERDICT_OF_RUN = re.compile(r".*(status|state|verdict|outcome|results?)", re.DOTALL)
# A suite may be called "Error".
_NAME = re.compile(r".*(names?|titles?|labels?|descriptions?|tags?)", re.DOTALL)
_COMPLETED = re.compile(r"(is|has|was)?(test|run|suite|execution)?(completed?|finished|ended|done)")
_INCOMPLETE = re.compile(r"(is|was)?(incomplete|unfinished)")
_PASSED_COUNT = re.compile(
    r"(total|count|number|num)?(of)?"
    + _COUNTED
    + r"(success|successful|successes|succeeded|passed)"
    + _COUNTED
    + r"(count|total)?"
)
_TOTAL = re.compile(
    r"(total|count|number|num)(of)?" + _COUNTED + r"(counts?|total)?|" + _COUNTED + r"(counts?|total|number)"
)
_PERCENTAGES = frozenset(
    {"percentagecompleted", "percentagecomplete", "percentcompleted", "percentcomplete", "percentage", "percent"}
)
# Under this name there may also be a word.
_PROGRESS = frozenset({"progress"})
# What a key that names success says in words if there was none.
_DENIALS = frozenset({"false", "no", "n", "none"}) | UNSUCCESSFUL

_FIRST, _LAST = (
    frozenset(letter for word in UNSUCCESSFUL for letter in (word[end], word[end].upper())) for end in (0, -1)
)
_AROUND = string.whitespace + string.punctuation + string.digits
_NO_LETTER = re.compile("[^a-z]+")
_FIRST_ERROR_CODE = 400
_ALL = 100
_MAX_NAMED = 20
# Longer texts are no names and words of this kind.
_MAX_NAME = 200
# Of one key in a place.
_MAX_KEY = 1_000


class _Meaning(Enum):
    """What a key says of its value."""

    AGAINST = auto()
    SUCCESS = auto()
    VERDICT = auto()
    CODE = auto()


def word_against(value: str) -> str:
    """The word of `UNSUCCESSFUL` that a text is, apart from everything but its letters: FAILED! Empty if it is none."""
    if len(value) > _MAX_NAME:
        return ""
    # For speed: most texts are sentences, and most of their first and last letters already show that.
    bare = value.strip(_AROUND)
    if bare[:1] not in _FIRST or bare[-1:] not in _LAST:
        return ""
    word = _letters(value)
    return word if word in UNSUCCESSFUL else ""


def _letters(value: str) -> str:
    return _NO_LETTER.sub("", value.lower()) if len(value) <= _MAX_NAME else ""


def _meaning(key: str) -> _Meaning | None:
    return _short_meaning(key) if len(key) <= _MAX_NAME else None


@lru_cache(maxsize=4096)
def _short_meaning(key: str) -> _Meaning | None:
    name = normalized_status(key)
    if _AGAINST.fullmatch(name):
        return _Meaning.AGAINST
    if _SUCCESS.fullmatch(name):
        return _Meaning.SUCCESS
    if _VERDICT.fullmatch(name):
        return _Meaning.VERDICT
    return _Meaning.CODE if name in _CODES else None


def says_something(key: str) -> bool:
    """Whether the value of a key with that name may be a sign of failure."""
    return _meaning(key) is not None


def speaks_against(key: str) -> bool:
    """Whether a key names what did not pass, or why: `failedTestStepsCount`, `not_executed`, `errorMessage`."""
    return _meaning(key) is _Meaning.AGAINST


def names_failure(key: str) -> bool:
    """Whether a key counts failures, or says by true or false that something failed: `failedSteps`, `isFailed`."""
    return len(key) <= _MAX_NAME and _FAILED.fullmatch(normalized_status(key)) is not None


def names_success(key: str) -> bool:
    """Whether a key says whether something passed, or how much: `success`, `isPassed`, `passedCount`."""
    return _meaning(key) is _Meaning.SUCCESS


def counts_nothing(numbers: Mapping[str, bool], *, is_inner: bool) -> bool:
    """Whether an object counts what there is none of, such as context assertions: none passed, and none did not.

    `numbers` has the keys of its numbers, and whether the number is zero. A total tells that it counts, and in an inner
    object a number of failures does so, too.
    """
    counts = [is_zero for key, is_zero in numbers.items() if _is_total(key) or (is_inner and names_failure(key))]
    return bool(counts) and all(counts)


def _is_total(key: str) -> bool:
    return len(key) <= _MAX_NAME and _TOTAL.fullmatch(normalized_status(key)) is not None


def is_sign(key: str, value: Json) -> bool:
    """Whether an undocumented field says that something did not pass, or did not run."""
    meaning = _meaning(key)
    if meaning is None:
        return False
    number: Json = read_number(value)
    if meaning is _Meaning.AGAINST:
        return bool(number)
    if meaning is _Meaning.CODE:
        return is_number(number) and number >= _FIRST_ERROR_CODE
    if meaning is _Meaning.SUCCESS:
        return _denies(value)
    return value is False or any(
        isinstance(item, str) and word_against(item) for item in (value if isinstance(value, list) else [value])
    )


def _denies(value: Json) -> bool:
    """Whether a value says no: false, zero or a word for that."""
    return value is False or _is_zero(value) or (isinstance(value, str) and _letters(value) in _DENIALS)


def _is_zero(value: Json) -> bool:
    number: Json = read_number(value)
    return is_number(number) and number == 0


def counts_against(part: OpenPart, prefix: str = "", reported: Container[str] = ()) -> Iterator[tuple[str, Json]]:
    """The place and value of undocumented fields of one part that say that something did not pass, or did not run.

    That includes the fields of undocumented objects in it, at any depth, also in lists: `details.steps[0].failed`. At
    most 20 are named, and none under the keys that are `reported` already.
    """
    fields = {key: value for key, value in part.undocumented.items() if key not in reported}
    found = ((path, value) for path, value in _fields(fields) if is_sign(str(path[-1]), value))
    yield from ((f"{prefix}{place_of(path)}", value) for path, value in islice(found, _MAX_NAMED))


def _fields(fields: Mapping[str, Json], path: Path = (), *, decides: bool = True) -> Iterator[tuple[Path, Json]]:
    """The path and value of each field, and of those in its objects and lists.

    A verdict in a disabled object, or on one variant of a text, decides nothing and is left out. So is a zero in an
    inner object that counts nothing.
    """
    decides = decides and not any(
        value is False and normalized_status(key) == "enabled" for key, value in fields.items()
    )
    is_empty = bool(path) and _counts_nothing(fields)
    for key, value in fields.items():
        here = (*path, key)
        is_count = is_empty and is_number(value) and value == 0
        if not is_count and (decides or _meaning(key) is not _Meaning.VERDICT):
            yield here, value
        for inner, found in _objects(value, here):
            yield from _fields(found, inner, decides=decides and key != "contains")


def _counts_nothing(fields: Mapping[str, Json]) -> bool:
    # Nearly all objects have no such zero.
    if not any(is_number(value) and value == 0 and names_success(key) for key, value in fields.items()):
        return False
    return counts_nothing({key: value == 0 for key, value in fields.items() if is_number(value)}, is_inner=True)


def _objects(value: Json, path: Path) -> Iterator[tuple[Path, Mapping[str, Json]]]:
    """The nearest objects in a value, by their paths."""
    if isinstance(value, dict):
        yield path, value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _objects(item, (*path, number))


def place_of(path: Path) -> str:
    """A path as a person would write it, `details.steps[0].failed`, without the rest of what is too long to show."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{clipped(key, _MAX_KEY)}" for key in path)
    return clipped("".join(parts).removeprefix("."), MAX_PLACE)


def unfinished(body: OpenPart, result: OpenPart, passed: int | None = None) -> Iterator[tuple[str, Json]]:
    """The place and value of undocumented fields at the top and in `result` that speak against the end of a run.

    They are percentages that are not 100, a progress that is not complete, a word for what did not pass under any key
    but those of names, a word for what continues under a key for a status, and a count of passed steps other than
    `passed`, which is the number in the documented place.
    """
    for place, value in undocumented_fields(body, result, _PERCENTAGES):
        if isinstance(value, bool) or read_number(value) != _ALL:
            yield place, value
    for place, value in undocumented_fields(body, result, _PROGRESS):
        number: Json = read_number(value)
        word = value if isinstance(value, str) else None
        if is_in_progress(word) or (is_number(number) and number != _ALL):
            yield place, value
    for prefix, part in (("", body), ("result.", result)):
        for key, value in part.undocumented.items():
            if len(key) <= _MAX_NAME and not is_sign(key, value) and _denies_end(normalized_status(key), value, passed):
                yield f"{prefix}{key}", value


def _denies_end(name: str, value: Json, passed: int | None) -> bool:
    """Whether a field at the top or in the result says that the run did not end, or that not all of it passed."""
    if isinstance(value, str) and _VERDICT_OF_RUN.fullmatch(name):
        return _letters(value) in UNSUCCESSFUL | IN_PROGRESS
    if isinstance(value, str) and _letters(value) in UNSUCCESSFUL:
        return _NAME.fullmatch(name) is None
    if _COMPLETED.fullmatch(name):
        return _denies(value)
    if _INCOMPLETE.fullmatch(name):
        return bool(value)
    number: Json = read_number(value)
    return passed is not None and is_number(number) and number != passed and _PASSED_COUNT.fullmatch(name) is not None
