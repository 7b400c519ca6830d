"""The scenarios that are shipped with koregate, and reading a scenario from a file."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from koregate.simulator.scenario import Scenario

_SHIPPED = resources.files("koregate.simulator") / "scenarios"


class InvalidScenario(ValueError):
    """A scenario that cannot be used. The message is one line that names the file and the place in it."""


def shipped_scenarios() -> list[str]:
    """The names of the scenarios that are shipped with koregate."""
    return sorted(file.name.removesuffix(".json") for file in _SHIPPED.iterdir() if file.name.endswith(".json"))


def load_scenario(name: str | Path) -> Scenario:
    """The shipped scenario of that name, or the one in that file. Raises `InvalidScenario`."""
    try:
        data = (_SHIPPED / f"{name}.json" if name in shipped_scenarios() else Path(name)).read_bytes()
    except FileNotFoundError as error:
        text = f'"{name}" is neither a file nor one of {", ".join(shipped_scenarios())}.'
        raise InvalidScenario(_one_line(text)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidScenario(_one_line(f'"{name}" cannot be read: {reason}.')) from error
    try:
        return parse_scenario(data)
    except InvalidScenario as error:
        raise InvalidScenario(_one_line(f"{name}: {error}")) from error


def parse_scenario(data: str | bytes) -> Scenario:
    """The scenario in the text of a file. Raises `InvalidScenario` with the first place that is wrong."""
    try:
        return Scenario.model_validate(json.loads(data, object_pairs_hook=_without_duplicates))
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_input=False)
        more = f" (and {len(others)} more {'problem' if len(others) == 1 else 'problems'})" if others else ""
        raise InvalidScenario(_one_line(f"{_place(first['loc'])}: {_reason(first['msg'])}{more}")) from error
    except (ValueError, RecursionError) as error:
        raise InvalidScenario(_one_line(f"cannot be read as JSON: {error}")) from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f'one object has the key "{key}" twice')
        values[key] = value
    return values


def _place(path: tuple[int | str, ...]) -> str:
    """A place as a program would write it: suites["Order a pizza"].steps[2].say."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" if key.isidentifier() else f'["{key}"]' for key in path)
    return "".join(parts).lstrip(".") or "the file"


def _reason(message: str) -> str:
    reasons = {"Extra inputs are not permitted": "unknown key", "Field required": "is missing"}
    return reasons.get(message, message.removeprefix("Value error, "))


def _one_line(text: str) -> str:
    """The text on one line, even if a name in the file contains line breaks or control characters."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
