"""Two rich messages compared field by field."""

import json
import re
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import NamedTuple

from koregate.judging.excerpts import MAX_QUOTED, quoted, quoted_pair
from koregate.kore_api.json_values import Json
from koregate.text import one_line

MAX_FIELDS = 100
# Deeper parts are compared as a whole.
_MAX_LEVELS = 20
_MAX_KEY = 60
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_NOTHING = object()


class FieldDifference(NamedTuple):
    """A field that differs: its path and both values on one line. A missing value is `nothing`."""

    path: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, got {self.actual}"


def different_fields(expected: Json, actual: Json) -> tuple[FieldDifference, ...]:
    """The fields that differ, in the order of the expected value. At most a hundred."""
    return tuple(islice(_compare("", expected, actual, _MAX_LEVELS), MAX_FIELDS))


def _compare(path: str, expected: Json, actual: Json, levels: int) -> Iterator[FieldDifference]:
    if _is_same(expected, actual):
        return
    if levels and isinstance(expected, dict) and isinstance(actual, dict):
        for key in {**expected, **actual}:
            inner = f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{_key(key)}]"
            yield from _compare(inner, expected.get(key, _NOTHING), actual.get(key, _NOTHING), levels - 1)
    elif levels and isinstance(expected, list) and isinstance(actual, list):
        yield from _compare_lists(path, expected, actual, levels - 1)
    else:
        yield FieldDifference(path.removeprefix("."), *_shown(expected, actual))


def _key(key: str) -> str:
    # Quoted, because keys joined by dots could look like an e-mail address, which redaction would remove.
    return json.dumps(one_line(key, _MAX_KEY), ensure_ascii=False)


def _compare_lists(path: str, expected: list[Json], actual: list[Json], levels: int) -> Iterator[FieldDifference]:
    """Compare items at the same place. If the lengths differ, items at the equal ends of both lists belong together."""
    ends = 0
    if len(expected) != len(actual):
        pairs = zip(reversed(expected), reversed(actual), strict=False)
        ends = sum(1 for _ in takewhile(lambda pair: _is_same(*pair), pairs))
        heads = sum(1 for _ in takewhile(lambda pair: _is_same(*pair), zip(expected, actual, strict=False)))
        ends = min(ends, min(len(expected), len(actual)) - heads)
    left, right = expected[: len(expected) - ends], actual[: len(actual) - ends]
    for number in range(max(len(left), len(right))):
        items = [values[number] if number < len(values) else _NOTHING for values in (left, right)]
        yield from _compare(f"{path}[{number}]", items[0], items[1], levels)


def _is_same(expected: Json, actual: Json) -> bool:
    """Whether both are the same JSON with keys in the same order. They are compared as text, since 1 equals True."""
    return repr(expected) == repr(actual)


def _shown(expected: Json, actual: Json) -> tuple[str, str]:
    if isinstance(expected, str) and isinstance(actual, str):
        return quoted_pair(expected, actual)[:2]
    return _value(expected), _value(actual)


def _value(value: Json) -> str:
    if value is _NOTHING:
        return "nothing"
    if isinstance(value, str):
        return quoted(value)
    return one_line(json.dumps(value, ensure_ascii=False), MAX_QUOTED)
