"""The structure of a saved reply without any of its values: safe to attach to a bug report.

It shows types, lengths, and the keys and words that Kore.ai documents. Of any other key it shows the length.
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from koregate.kore_api.documented import DOCUMENTED_KEYS, WORDS_BY_KEY
from koregate.kore_api.json_problems import why_not_json
from koregate.kore_api.json_values import Json, read_integer
from koregate.kore_api.status_reply import normalized_status

_MAX_LINES = 5_000
_MAX_LEVELS = 60
_MAX_WORD = 20


class _Object(list[tuple[str, Json]]):
    """The pairs of an object, including repeated keys."""


_Structure: TypeAlias = tuple[object, ...]


def shape_lines(body: bytes) -> Iterator[str]:
    """The lines that show the structure. Raises ValueError, with the reason, if the body is not JSON."""
    try:
        value = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_Object, parse_int=read_integer)
    except (ValueError, RecursionError) as problem:
        # The original message would quote a part of the text.
        raise ValueError(why_not_json(body)) from problem
    lines = _lines("", "", value, 0)
    yield from islice(lines, _MAX_LINES)
    if more := sum(1 for _ in lines):
        yield f"… and {more} more lines"


def _lines(label: str, key: str, value: Json, level: int) -> Iterator[str]:
    yield f"{'  ' * level}{label}{_described(key, value)}"
    if level >= _MAX_LEVELS:
        return
    if isinstance(value, _Object):
        for name, inner in value:
            yield from _lines(f"{_shown_key(name)}: ", name, inner, level + 1)
    elif isinstance(value, list):
        yield from _items(value, level + 1)


def _items(values: list[Json], level: int) -> Iterator[str]:
    """The items of a list. An item with the structure of an earlier one is only counted."""
    seen: set[_Structure] = set()
    for number, value in enumerate(values):
        structure = _structure("", value, _MAX_LEVELS - level)
        if structure not in seen:
            seen.add(structure)
            yield from _lines(f"[{number}]: ", "", value, level)
    if len(values) > len(seen):
        yield f"{'  ' * level}… and {len(values) - len(seen)} more with the same structures"


def _structure(key: str, value: Json, levels: int) -> _Structure:
    """The structure of a value, equal for two values that differ in their lengths only."""
    if levels > 0 and isinstance(value, _Object):
        return "object", *((_shown_key(name), _structure(name, inner, levels - 1)) for name, inner in value)
    if levels > 0 and isinstance(value, list):
        return "list", frozenset(_structure("", inner, levels - 1) for inner in value)
    return (_described(key, value) if not isinstance(value, str) else _word(key, value) or "string",)


def _shown_key(key: str) -> str:
    return key if key in DOCUMENTED_KEYS else f"(unknown key of {len(key)} characters)"


def _described(key: str, value: Json) -> str:
    if isinstance(value, _Object):
        return f"object({len(value)})"
    if isinstance(value, list):
        return f"list({len(value)})"
    if isinstance(value, str):
        return _word(key, value) or f"string({len(value)})"
    return "null" if value is None else "boolean" if isinstance(value, bool) else "number"


def _word(key: str, value: str) -> str:
    """The value, if it is a documented word for that key."""
    return value if len(value) <= _MAX_WORD and normalized_status(value) in WORDS_BY_KEY.get(key, ()) else ""
