"""The scenarios that are shipped with koregate, and reading a scenario from a file."""

import json
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from koregate.simulator.scenario import Scenario
from koregate.simulator.scenario_errors import in_words

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
        raise InvalidScenario(_one_line(_missing(str(name)))) from error
    except IsADirectoryError as error:
        raise InvalidScenario(_one_line(f'"{name}" is a folder. Name a scenario file.')) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidScenario(_one_line(f'"{name}" cannot be read: {reason}.')) from error
    try:
        scenario = parse_scenario(data)
    except InvalidScenario as error:
        raise InvalidScenario(_one_line(f"{name}: {error}")) from error
    if not (scenario.suites or scenario.batch_suites or scenario.files):
        raise InvalidScenario(
            _one_line(f"{name}: has no suite. Give at least one under suites, batch_suites or files.")
        )
    return scenario


def _missing(name: str) -> str:
    """That there is no such scenario, or no such file if the name looks like that of a file."""
    if "/" in name or Path(name).suffix:
        return (
            f'there is no file "{name}". Check the path, or name a shipped scenario: koregate demo --list shows them.'
        )
    nearest = get_close_matches(name.lower(), shipped_scenarios(), 1)
    meant = f" Did you mean {nearest[0]}?" if nearest else ""
    return f'there is no scenario "{name}".{meant} koregate demo --list shows all.'


def parse_scenario(data: str | bytes) -> Scenario:
    """The scenario in the text of a file. Raises `InvalidScenario` with the first place that is wrong."""
    if not data.strip():
        raise InvalidScenario('is empty. Write a scenario, like {"suites": {"Order a pizza": {"steps": []}}}.')
    try:
        return Scenario.model_validate(json.loads(data, object_pairs_hook=_without_duplicates))
    except ValidationError as error:
        # An unknown key is likely the one that another problem misses.
        first, *others = sorted(error.errors(include_url=False), key=lambda found: found["type"] != "extra_forbidden")
        more = f" {len(others)} more {'problem' if len(others) == 1 else 'problems'}." if others else ""
        raise InvalidScenario(_one_line(f"{in_words(first)}{more}")) from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidScenario(f"is not JSON from {place} on. Correct that place.") from error
    except RecursionError as error:
        raise InvalidScenario("cannot be read as JSON: it is nested too deeply.") from error
    except ValueError as error:
        raise InvalidScenario(_one_line(f"cannot be read as JSON: {error}.")) from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f'one object has the key "{key}" twice')
        values[key] = value
    return values


def _one_line(text: str) -> str:
    """The text on one line, even if a name in the file contains line breaks or control characters."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
