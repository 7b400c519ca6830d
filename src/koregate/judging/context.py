"""Context assertions: which key should have had which value, as far as their entries say.

No page shows an entry (Kore.ai docs, "Test Case Assertions": the user interface has Key and Value). An entry that names
its parts in a usual way is understood. Any other entry is shown as received.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from koregate.judging.excerpts import MAX_QUOTED, quoted, quoted_pair
from koregate.kore_api.json_values import Json
from koregate.kore_api.status_reply import normalized_status
from koregate.text import one_line

Entry: TypeAlias = dict[str, Any]
_KEYS = ("key", "name")
_EXPECTED = ("expectedvalue", "expected", "value")
_ACTUAL = ("actualvalue", "actual")
_MAX_KEY = 60
_MAX_NAMED = 3


class ContextValue(NamedTuple):
    """A key of the context with its expected value and its actual value."""

    key: str
    expected: Json
    actual: Json

    def __str__(self) -> str:
        key = one_line(self.key, _MAX_KEY)
        if _as_json(self.expected) == _as_json(self.actual):
            return f"{key} is {_value(self.actual)} as expected, but the platform marked it as failed"
        if isinstance(self.expected, str) and isinstance(self.actual, str):
            expected, actual, _ = quoted_pair(self.expected, self.actual)
        else:
            expected, actual = _value(self.expected), _value(self.actual)
        return f"{key} is {actual}, expected {expected}"


class ContextDifference(NamedTuple):
    """What a failed context assertion shows: the values that its entries name, and other entries as received.

    If only one side has other entries, both fields contain them.
    """

    values: tuple[ContextValue, ...] = ()
    expected_entries: tuple[str, ...] = ()
    actual_entries: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What was expected, one line per key."""
        return "\n".join(
            [*(f"{value.key}: {_as_json(value.expected)}" for value in self.values), *self.expected_entries]
        )

    @property
    def actual(self) -> str:
        """What the context contained, one line per key."""
        return "\n".join([*(f"{value.key}: {_as_json(value.actual)}" for value in self.values), *self.actual_entries])

    @property
    def sentence(self) -> str:
        """The difference on one line: `size is "small", expected "large"`."""
        parts = [*map(str, self.values)]
        if self.expected_entries == self.actual_entries:
            parts += [f"the platform reported {one_line(entry, MAX_QUOTED)}" for entry in self.actual_entries]
        else:
            expected, actual, _ = quoted_pair("\n".join(self.expected_entries), "\n".join(self.actual_entries))
            parts.append(f"expected {expected}, got {actual}")
        if not parts:
            return "assertion failed; the platform does not say why"
        start = "" if self.values or self.expected_entries != self.actual_entries else "assertion failed; "
        more = len(parts) - _MAX_NAMED
        return start + "; ".join(parts[:_MAX_NAMED]) + (f"; and {more} more" if more > 0 else "")


def context_difference(expected: Sequence[Entry], actual: Sequence[Entry]) -> ContextDifference:
    """What the entries of the expected and the actual response say about a failure.

    An entry that passed is left out if another one did not pass. One side may have only the expected value of a key,
    and the other side only the actual value.
    """
    lone_values = _lone_values(expected), _lone_values(actual)
    # The actual side is first, because its report about a key counts.
    entries = [*((1, entry) for entry in actual), *((0, entry) for entry in expected)]
    failed = [(side, entry) for side, entry in entries if entry.get("status") is not None and not _passed(entry)]
    values: dict[str, ContextValue] = {}
    others: list[tuple[int, Entry]] = []
    for side, entry in failed or [(side, entry) for side, entry in entries if not _passed(entry)] or entries:
        value = _complete(entry) or _completed(entry, *lone_values)
        if value is None:
            others.append((side, entry))
        else:
            values.setdefault(_as_json(value), value)
    known = {value.key for value in values.values()}
    left, right = (
        [entry for where, entry in others if where == side and _key(_fields(entry)) not in known] for side in (0, 1)
    )
    if not left or not right or list(_without_status(left)) == list(_without_status(right)):
        left = right = right or left
    left_texts, right_texts = (tuple(dict.fromkeys(map(_as_json, side))) for side in (left, right))
    return ContextDifference(tuple(values.values()), left_texts, right_texts)


def _passed(entry: Entry) -> bool:
    status = entry.get("status")
    return isinstance(status, str) and normalized_status(status) == "passed"


def _without_status(entries: Iterable[Entry]) -> Iterator[str]:
    return (_as_json({name: value for name, value in entry.items() if name != "status"}) for entry in entries)


def _fields(entry: Entry) -> dict[str, Json]:
    return {normalized_status(name): entry[name] for name in reversed(entry)}


def _key(fields: Mapping[str, Json]) -> str | None:
    return next((key for name in _KEYS if isinstance(key := fields.get(name), str) and key.strip()), None)


def _complete(entry: Entry) -> ContextValue | None:
    """The key with both values, if the entry names them."""
    fields = _fields(entry)
    key = _key(fields)
    expected = [name for name in _EXPECTED if name in fields]
    actual = [name for name in _ACTUAL if name in fields]
    # If the entry names an expected value too, `value` is the actual one.
    if not actual and expected[1:] and expected[-1] == "value":
        actual = ["value"]
    if key is None or not expected or not actual:
        return None
    return ContextValue(key, fields[expected[0]], fields[actual[0]])


def _completed(entry: Entry, expected: Mapping[str, Json], actual: Mapping[str, Json]) -> ContextValue | None:
    """The key of an entry with the values of both sides, if each side has one and they differ."""
    key = _key(_fields(entry))
    if key is None or key not in expected or key not in actual:
        return None
    if _as_json(expected[key]) == _as_json(actual[key]):
        return None
    return ContextValue(key, expected[key], actual[key])


def _lone_values(entries: Iterable[Entry]) -> dict[str, Json]:
    """The values of the entries that have a key and one value, by key."""
    values: dict[str, Json] = {}
    for fields in map(_fields, entries):
        named = [name for name in (*_EXPECTED, *_ACTUAL) if name in fields]
        if (key := _key(fields)) and len(named) == 1:
            values.setdefault(key, fields[named[0]])
    return values


def _as_json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _value(value: Json) -> str:
    return quoted(value) if isinstance(value, str) else one_line(_as_json(value), MAX_QUOTED)
