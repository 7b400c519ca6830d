"""A suite file in JSON: `{"testCases": [{"input", "intent", "entities", "entityOrder", "parentIntent"}]}`."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NoReturn, TypeAlias

from koregate.kore_api.json_places import Place, line_of, shown
from koregate.kore_api.json_problems import json_error_in_words
from koregate.kore_api.json_values import Json
from koregate.kore_api.suite_file_findings import Finding, NotThatForm, input_problem, repeated_input, unknown_name

_TEXT = 'must be a text in quotes, like "Order pizza"'
_SURROGATES = range(0xD800, 0xE000)

# A place, and the problem there.
_Problem: TypeAlias = tuple[Place, str]
_Check: TypeAlias = Callable[[Json, Place], Iterator[_Problem]]


class _Object(dict[str, Json]):
    """An object of the file. `repeated` are the keys that it has more than once."""

    repeated: tuple[str, ...] = ()


def json_findings(text: str, utterances: dict[str, str], *, is_dialog_gpt: bool) -> Iterator[Finding]:
    """All problems in the text of a file. Raises `NotThatForm` if it is not JSON.

    Adds every utterance to `utterances`, with its place.
    """
    if not text.strip():
        raise NotThatForm('is empty. Write {"testCases": [{"input": "…", "intent": "…"}]}.')
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except json.JSONDecodeError as wrong:
        reason = json_error_in_words(wrong)
        raise NotThatForm(f"line {wrong.lineno}, column {wrong.colno} is not JSON ({reason}).") from wrong
    except RecursionError as wrong:
        raise NotThatForm("line 1 is nested too deeply. Use the platform's format.") from wrong
    except ValueError as wrong:
        raise NotThatForm(f"line 1 is not JSON ({wrong}).") from wrong
    for place, problem in _whole(value, utterances, is_dialog_gpt=is_dialog_gpt):
        yield Finding(partial(line_of, text, place), shown(place), problem)


def _object(pairs: list[tuple[str, Json]]) -> _Object:
    value = _Object(pairs)
    if len(value) < len(pairs):
        value.repeated = tuple(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _whole(value: Json, utterances: dict[str, str], *, is_dialog_gpt: bool) -> Iterator[_Problem]:
    if not isinstance(value, _Object):
        yield (), 'must be an object like {"testCases": […]}.'
        return
    cases = value.get("testCases")
    yield from _keys(value, (), ("testCases",), is_open=is_dialog_gpt)
    if not isinstance(cases, list):
        problem = "is missing" if "testCases" not in value else "must be a list"
        yield ("testCases",), f'{problem}. Write {{"testCases": [{{"input": "…", "intent": "…"}}]}}.'
        return
    for number, case in enumerate(cases):
        place: Place = ("testCases", number)
        yield from _case(case, place, is_dialog_gpt=is_dialog_gpt)
        said = case.get("input") if isinstance(case, _Object) else None
        if isinstance(said, str) and said.strip():
            first = utterances.setdefault(said.strip(), shown(place))
            if first != shown(place):
                yield (*place, "input"), repeated_input(first)


def _case(case: Json, place: Place, *, is_dialog_gpt: bool) -> Iterator[_Problem]:
    if not isinstance(case, _Object):
        yield place, 'must be an object like {"input": "…", "intent": "…"}.'
        return
    yield from _keys(case, place, _CASE, is_open=is_dialog_gpt)
    for key in ("input", "intent"):
        if key not in case:
            yield (*place, key), "is missing. Every test case has an input and an intent."
    for key, check in _CASE.items():
        if key in case and not (is_dialog_gpt and key == "intent" and isinstance(case[key], list)):
            yield from check(case[key], (*place, key))


def _keys(value: _Object, place: Place, known: Iterable[str], *, is_open: bool) -> Iterator[_Problem]:
    for key in value.repeated:
        yield (*place, key), "appears more than once. Keep one of them."
    for key in value:
        if key not in known and not is_open:
            yield (*place, key), unknown_name(key, known, "key")


def _text(value: Json, place: Place) -> Iterator[_Problem]:
    if not isinstance(value, str):
        yield place, f"{_TEXT}."
    elif any(ord(character) in _SURROGATES for character in value):
        yield place, "has half of a character, like \\ud83d alone. Write the whole character."


def _input(value: Json, place: Place) -> Iterator[_Problem]:
    yield from _text(value, place)
    if isinstance(value, str) and (problem := input_problem(value)):
        yield place, problem


def _texts(value: Json, place: Place) -> Iterator[_Problem]:
    if not isinstance(value, list):
        yield place, 'must be a list of texts, like ["size", "pizza"].'
        return
    for number, text in enumerate(value):
        yield from _text(text, (*place, number))


def _entities(value: Json, place: Place) -> Iterator[_Problem]:
    if not isinstance(value, list):
        yield place, 'must be a list, like [{"entityName": "size", "entityValue": "large"}].'
        return
    for number, entity in enumerate(value):
        inner = (*place, number)
        if not isinstance(entity, _Object):
            yield inner, 'must be an object like {"entityName": "size", "entityValue": "large"}.'
            continue
        yield from _keys(entity, inner, _ENTITY, is_open=False)
        for key in _ENTITY:
            if key not in entity:
                yield (*inner, key), "is missing. Every entity has a name and a value."
            else:
                yield from _text(entity[key], (*inner, key))
        if isinstance(name := entity.get("entityName"), str) and not name.strip():
            yield (*inner, "entityName"), "is empty. Name the entity."


_ENTITY = ("entityName", "entityValue")
_CASE: dict[str, _Check] = {
    "input": _input,
    "intent": _text,
    "parentIntent": _text,
    "entities": _entities,
    "entityOrder": _texts,
}
