"""What is wrong with a scenario file, in words: the place in it, and what belongs there."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from koregate.simulator.batch_scenario import Imports, ScriptedBatchRun, ScriptedBatchSuite, ScriptedUtterance
from koregate.simulator.scenario import (
    Fault,
    FaultName,
    Flow,
    Scenario,
    ScriptedConversation,
    ScriptedStep,
    ScriptedSuite,
)

_Place = tuple[int | str, ...]
_MAX_QUOTED = 40
_PAIR = 'a list of two texts like ["large", "small"]: the expected value, then the actual one'
# By the key that the value belongs to.
_SHAPES = {
    "suites": 'must be an object with each suite\'s name as key, like {"suites": {"Order a pizza": {…}}}',
    "batch_suites": 'must be an object with each suite\'s name as key, like {"batch_suites": {"Intents": {…}}}',
    "imports": 'must be an object like {"scope": "missing"}',
    "matched": 'must be an object with utterances as keys, like {"I want pizza": "Order drink"}',
    "utterances": 'must be a list, like [{"say": "I want pizza", "intent": "Order pizza"}]',
    "entities": 'must be an object like {"size": ["large", "small"]}: the expected value, then the matched one',
    "runs": 'must be a list with an object for each test run, like [{"answers": {"2": "Sorry?"}}, {}]',
    "answers": 'must be an object with the numbers of steps as keys, like {"2": "Sorry?"}',
    "steps": 'must be a list, like [{"say": "Hello", "expect": "Hi!"}]',
    "progress": 'must be "steady", or a list of seconds and percent like [[0, 10], [5, 60]]',
    "expect": "must be a text, or a list of texts",
    "flow": 'must be an object like {"node": "AskSize"}',
    "context": 'must be an object like {"size": ["large", "small"]}: the expected value, then the actual one',
    "faults": 'must be a list, like [{"fault": "reset", "on": "start"}]',
    "requests": 'must be like "1", "2-4", "3-", "every 5" or "last"',
    "retry_after": 'must be a number of seconds, or like "date+5"',
}
_SHAPE_ERRORS = {"dict_type", "list_type", "model_type", "string_pattern_mismatch"}
# By the first word of pydantic's type of error.
_KINDS = {
    "model": "an object",
    "dict": "an object",
    "list": "a list",
    "tuple": "a list",
    "string": "a text in quotes",
    "float": "a number",
    "finite": "a finite number",
    "int": "a whole number",
    "bool": "true or false",
}


def in_words(error: ErrorDetails) -> str:
    """One problem as a sentence: where it is and how to fix it."""
    if error["type"] == "value_error":
        return f"{error['ctx']['error']}."
    sentence = f"{_shown(error['loc'])} {_reason(error)}"
    return sentence if sentence.endswith("?") else f"{sentence}."


def _reason(error: ErrorDetails) -> str:
    kind, place = error["type"], error["loc"]
    key = _key(place)
    if kind in _SHAPE_ERRORS and place[-1:] == (key,) and key in _SHAPES:
        return _SHAPES[key]
    if reason := _REASONS.get(kind):
        return reason(error)
    wanted = _KINDS.get(kind.partition("_")[0])
    return f"must be {wanted}" if wanted else f"cannot be used: {error['msg']}"


def _unknown_key(error: ErrorDetails) -> str:
    return f"is an unknown key{_meant(_key(error['loc']), _keys(error['loc']))}"


def _not_among(error: ErrorDetails) -> str:
    if _key(error["loc"]) == "fault":
        return f'"{str(error["input"])[:_MAX_QUOTED]}" is unknown{_meant(error["input"], get_args(FaultName))}'
    return f"must be {error['ctx']['expected']}".replace("'", '"')


_REASONS: dict[str, Callable[[ErrorDetails], str]] = {
    "missing": lambda _: "is missing",
    "extra_forbidden": _unknown_key,
    "literal_error": _not_among,
    "greater_than_equal": lambda error: f"must be {error['ctx']['ge']:g} or more",
    "less_than_equal": lambda error: f"must be {error['ctx']['le']:g} or less",
    # Only the pairs of a context and of an entity have a length.
    "too_short": lambda _: f"must be {_PAIR}",
    "too_long": lambda _: f"must be {_PAIR}",
}


def _key(place: _Place) -> str:
    """The last key on the way to a place; the numbers behind it are places in its list."""
    return next((part for part in reversed(place) if isinstance(part, str)), "")


def _shown(place: _Place) -> str:
    """A place as a program would write it: suites["Order a pizza"].steps[2].say."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" if key.isidentifier() else f'["{key}"]' for key in place)
    return "".join(parts).lstrip(".") or "the file"


def _keys(place: _Place) -> Iterable[str]:
    """The keys of the object that holds an unknown one."""
    model: type[BaseModel]
    match place[:-1]:
        case ():
            model = Scenario
        case ("faults", _):
            model = Fault
        case ("imports",):
            model = Imports
        case ("batch_suites", _, "runs", _) | ("imports", "suite", "runs", _):
            model = ScriptedBatchRun
        case (*_, "runs", _):
            model = ScriptedConversation
        case ("batch_suites", _) | ("imports", "suite"):
            model = ScriptedBatchSuite
        case (*_, "utterances", _):
            model = ScriptedUtterance
        case (*_, "steps", _):
            model = ScriptedStep
        case (*_, "flow"):
            model = Flow
        case _:
            model = ScriptedSuite
    return model.model_fields


def _meant(word: object, names: Iterable[str]) -> str:
    nearest = get_close_matches(str(word), names, 1)
    return f"; did you mean {nearest[0]}?" if nearest else ""
