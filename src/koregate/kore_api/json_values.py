"""JSON of any shape, fitted to a model. What does not fit is removed, and its place is named."""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from koregate.text import one_line

T = TypeVar("T")
# Any value that JSON has.
Json: TypeAlias = Any

_MAX_PLACES = 20
MAX_LEVELS = 100
TOO_DEEP = "[nested too deeply]"
_JSON_BEGINS = frozenset('{["')
_LONGEST_NUMBER = 10**40
# Below the limit of Python, which is 4,300 digits.
_MOST_DIGITS = 4_000
_NOT_ZERO = re.compile("[1-9]")


def load_json(data: bytes) -> Json:
    """The JSON value of a body. Raises ValueError if the body is not JSON or is nested too deeply to read."""
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            parse_int=read_integer,
            parse_float=read_decimal,
            parse_constant=_reject_constant,
        )
    except RecursionError as problem:
        raise ValueError("nested too deeply") from problem


def read_integer(digits: str) -> int | str:
    """The number, or its digits if Python refuses to read so many. JSON has no limit (RFC 8259, 6)."""
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def read_decimal(digits: str) -> float | str:
    """The number, or its digits if it is not 0 and Python would read it as 0: `1e-400`."""
    number = float(digits)
    return digits if number == 0 and _NOT_ZERO.search(digits.lower().partition("e")[0]) else number


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def fit_to_model(model: TypeAdapter[T], value: dict[str, Json]) -> tuple[T, tuple[str, ...]]:
    """The object as that model, and the places of the parts that did not fit, like `result.executionResults[3].status`.

    Every part of the model may be None. The function changes the object.
    """
    unreadable_parts: dict[str, None] = {}
    # Each round removes at least one part of a wrong type. A removed part becomes None, which every field accepts.
    while True:
        try:
            return model.validate_python(value), tuple(unreadable_parts)
        except ValidationError as wrong:
            for error in wrong.errors(include_url=False, include_context=False, include_input=False):
                place = _remove_part(value, error["loc"])
                if len(unreadable_parts) < _MAX_PLACES:
                    unreadable_parts[place] = None


def _remove_part(value: Json, loc: tuple[int | str, ...]) -> str:
    """Replace the part at that place with None. Returns the place as a person would write it."""
    path: list[int | str] = []
    for position, key in enumerate(loc, 1):
        inner = value[key] if _has(value, key) else None
        path.append(key)
        if not isinstance(inner, dict | list) or position == len(loc):
            break
        value = inner
    value[path[-1]] = None
    return one_line(re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, path))), 120)


def _has(value: Json, key: int | str) -> bool:
    if isinstance(value, list):
        return isinstance(key, int) and key < len(value)
    return isinstance(value, dict) and key in value


def redact_json(value: Json, redact: Callable[[str], str], levels: int = MAX_LEVELS) -> Json:
    """The JSON value with every text, number and key redacted. Whatever is nested deeper becomes TOO_DEEP."""
    if isinstance(value, str):
        return redact_text(value, redact, levels)
    if isinstance(value, list):
        return [redact_json(item, redact, levels - 1) for item in value] if levels else TOO_DEEP
    if isinstance(value, dict):
        return redact_object(value, redact, levels) if levels else TOO_DEEP
    if value is None or isinstance(value, bool) or not -_LONGEST_NUMBER < value < _LONGEST_NUMBER:
        return value
    text = str(value)
    redacted = redact(text)
    return value if redacted == text else redacted


def redact_object(
    value: dict[str, Json], redact: Callable[[str], str], levels: int = MAX_LEVELS, keep: frozenset[str] = frozenset()
) -> dict[str, Json]:
    """The object redacted, except the keys to keep. Keys that become equal by redaction are numbered."""
    redacted: dict[str, Json] = {}
    for key, item in value.items():
        name = base = key if key in keep else redact(key)
        number = 2
        while name in redacted or (name != key and name in value):
            name = f"{base} ({number})"
            number += 1
        redacted[name] = redact_json(item, redact, levels - 1)
    return redacted


def redact_text(text: str, redact: Callable[[str], str], levels: int = MAX_LEVELS) -> str:
    """The text redacted. A text that is JSON, like a bot's template, is redacted value by value and stays JSON."""
    if levels and text.lstrip()[:1] in _JSON_BEGINS:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return redact(text)
        redacted = redact_json(value, redact, levels - 1)
        if redacted != value:
            text = json.dumps(redacted, ensure_ascii=False)
    return redact(text)


def repeated_key(data: bytes) -> str | None:
    """The first key that an object of the JSON has more than once, or None. JSON does not define which value counts.

    Raises ValueError if the data is not JSON.
    """
    repeated: list[str] = []

    def check(pairs: list[tuple[str, Json]]) -> None:
        # No object is kept, because the data may be large.
        if len({key for key, _ in pairs}) < len(pairs) and not repeated:
            repeated.append(next(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number])))

    json.loads(data.decode("utf-8-sig"), object_pairs_hook=check, parse_int=read_integer)
    return repeated[0] if repeated else None
