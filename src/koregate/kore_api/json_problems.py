"""What is wrong with a JSON file, in plain words: that it is not JSON, or the place in it and what belongs there."""

import codecs
import json
import re
from typing import NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from koregate.kore_api.json_places import shown
from koregate.text import one_line

_MAX_MISSING, _MAX_TEXT = 5, 300
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# The messages of Python's decoder (json/decoder.py and json/scanner.py), by their beginning.
_JSON_ERRORS = {
    "Expecting value": "a value is expected",
    "Expecting property name": "a key in double quotes is expected",
    "Illegal trailing comma": "the last comma of an object or a list is too many",
    "Expecting ',' delimiter": "a comma is expected, or the end of the object or list",
    "Expecting ':' delimiter": "a colon is expected",
    "Unterminated string": "a text has no closing quote",
    "Invalid control character": "a text has a line break or a control character",
    "Invalid \\": "a text has an escape that JSON does not have",
    "Extra data": "more text follows the end of the JSON value",
}
_PLACE = re.compile(r"at line (\d+) column (\d+)$")
# What belongs there, by the first word of pydantic's type of error.
_KINDS = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "dict": "an object",
    "model": "an object",
    "datetime": "a date and time",
    "timezone": "a date and time with an offset",
}
# Their first word says what there is, not what is wrong with it.
_OF_LENGTH_OR_FORM = frozenset({"string_pattern_mismatch", "string_too_long", "string_too_short", "int_parsing_size"})


def json_error_in_words(problem: json.JSONDecodeError) -> str:
    """What Python's decoder found, without the place."""
    return next((words for begin, words in _JSON_ERRORS.items() if problem.msg.startswith(begin)), "it is not JSON")


def why_not_json(data: bytes, otherwise: str = "it is not JSON") -> str:
    """Why the data is not JSON, with the place if there is one. `otherwise` is for data that Python reads as JSON."""
    if not data.strip():
        return "it is empty"
    if data.startswith(_UTF_16):
        return "it is UTF-16, not UTF-8"
    reason = "it begins with a byte order mark" if data.startswith(codecs.BOM_UTF8) else otherwise
    try:
        json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        reason = f"it is not UTF-8, line {line}"
    except RecursionError:
        reason = "it is nested too deeply"
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno}, column {problem.colno}"
        is_cut = problem.pos >= len(problem.doc.rstrip())
        reason = f"it ends too early, {place}" if is_cut else f"it is not JSON, {place}: {json_error_in_words(problem)}"
    except _NoNumber:
        reason = "it has NaN or Infinity, which JSON does not have"
    except ValueError:
        reason = otherwise
    return reason


class _NoNumber(ValueError):
    pass


def _refuse(_name: str) -> NoReturn:
    raise _NoNumber


def problem_in_words(wrong: ValidationError) -> str:
    """What a value of JSON lacks, or else its first problem, without pydantic's words and without any value."""
    errors = wrong.errors(include_url=False)
    missing = [shown(error["loc"]) for error in errors if error["type"] == "missing" or error["input"] in (None, "")]
    if missing and errors[0]["type"] != "json_invalid":
        more = f" and {len(missing) - _MAX_MISSING} more" if missing[_MAX_MISSING:] else ""
        return f"missing: {one_line(', '.join(missing[:_MAX_MISSING]), _MAX_TEXT)}{more}"
    return one_line(_in_words(errors[0]), _MAX_TEXT)


def _in_words(error: ErrorDetails) -> str:
    kind, given = error["type"], error["input"]
    if kind == "json_invalid":
        match = _PLACE.search(error["msg"])
        otherwise = f"it is not JSON, line {match[1]}, column {match[2]}" if match else "it is not JSON"
        return why_not_json(given if isinstance(given, bytes) else str(given).encode(errors="replace"), otherwise)
    place = shown(error["loc"]) if error["loc"] else ""
    if kind == "value_error":
        return f"{place}: {error['ctx']['error']}" if place else str(error["ctx"]["error"])
    return f"{place or 'it'} {_reason(error)}"


def _reason(error: ErrorDetails) -> str:
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "extra_forbidden":
        return "is no key that koregate writes"
    if kind in ("literal_error", "enum"):
        return f"must be {context['expected']}".replace("'", '"')
    wanted = None if kind in _OF_LENGTH_OR_FORM else _KINDS.get(kind.partition("_")[0])
    return f"must be {wanted}" if wanted else "has a value that koregate never writes"
