"""JSON of any shape, and how much of it fits a model: what does not is taken out, and its place is told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from pydantic import ValidationError

from koregate.text import one_line

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
# Any value that JSON has.
Json: TypeAlias = Any

_MOST_FLAWS = 20


def load_json(data: bytes) -> Json:
    """The JSON value of a body. Raises ValueError for whatever is none, too deep a nesting included."""
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except RecursionError as problem:
        message = "nested too deeply"
        raise ValueError(message) from problem


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


def fitted(model: TypeAdapter[T], value: dict[str, Json]) -> tuple[T, tuple[str, ...]]:
    """The object as that model, and the places of what did not fit, like `result.executionResults[3].status`.

    All parts of the model may be None. The object is changed.
    """
    flaws: dict[str, None] = {}
    # Each round takes at least one wrong part out, and a part that is out is None, which every field accepts.
    while True:
        try:
            return model.validate_python(value), tuple(flaws)
        except ValidationError as wrong:
            for error in wrong.errors(include_url=False, include_context=False, include_input=False):
                place = _take_out(value, error["loc"])
                if len(flaws) < _MOST_FLAWS:
                    flaws[place] = None


def _take_out(value: Json, loc: tuple[int | str, ...]) -> str:
    """Replace the part at that place by None, and return the place as a reader would write it."""
    path: list[int | str] = []
    for key in loc:
        inner = value[key] if _holds(value, key) else None
        path.append(key)
        if not isinstance(inner, dict | list) or key == loc[-1]:
            break
        value = inner
    value[path[-1]] = None
    return one_line(re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, path))), 120)


def _holds(value: Json, key: int | str) -> bool:
    if isinstance(value, list):
        return isinstance(key, int) and key < len(value)
    return isinstance(value, dict) and key in value
