"""Messages about foreign JSON files are in koregate's own words, and name the place."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from support.answers import answer, job_of, record_of, step
from support.saved import run_json

from koregate.judging.past_runs import PastRun
from koregate.kore_api.json_problems import problem_in_words, why_not_json
from koregate.reports import report_json
from koregate.reports.raw_model import SavedJobModel
from koregate.reports.report_json_schema import ReportDocument

# Words of pydantic and of Python's decoder.
FOREIGN = re.compile(
    r"Input should|Field required|valid |Expecting|expected ident|EOF|JSON:|Value error|pydantic|type="
)

BROKEN = {
    b"": "it is empty",
    b" \n": "it is empty",
    b"<html>": "it is not JSON, line 1, column 1: a value is expected",
    b'{"a": 1,\n "b"}': "it is not JSON, line 2, column 5: a colon is expected",
    b"{'a': 1}": "it is not JSON, line 1, column 2: a key in double quotes is expected",
    b'{"a": 1 "b": 2}': "it is not JSON, line 1, column 9: a comma is expected, or the end of the object or list",
    b'{"a": "b\n"}': "it is not JSON, line 1, column 9: a text has a line break or a control character",
    b'"\\q"': "it is not JSON, line 1, column 2: a text has an escape that JSON does not have",
    b'{"a": 1}{"a": 2}': "it is not JSON, line 1, column 9: more text follows the end of the JSON value",
    b'{"a": "b': "it is not JSON, line 1, column 7: a text has no closing quote",
    b'{"a": [1, 2': "it ends too early, line 1, column 12",
    b'{"a": NaN}': "it has NaN or Infinity, which JSON does not have",
    b"[" * 100_000: "it is nested too deeply",
    '{"a": "\u00e4"}'.encode("latin-1"): "it is not UTF-8, line 1",
    '{"a": 1}'.encode("utf-16"): "it is UTF-16, not UTF-8",
    b'\xef\xbb\xbf{"a": 1}': "it begins with a byte order mark",
    b"[" + b"9" * 5000 + b"]": "it is not JSON",
}
# What the documents that koregate writes are read as.
MODELS: list[Any] = [TypeAdapter(ReportDocument), TypeAdapter(SavedJobModel), TypeAdapter(PastRun)]


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_why_a_file_is_not_json_is_told_with_the_place(data: bytes) -> None:
    assert BROKEN[data] == why_not_json(data)


def told(model: Any, data: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        model.validate_json(data, strict=True)
    return problem_in_words(caught.value)


@pytest.mark.parametrize("model", MODELS, ids=["report.json", "run.json", "history"])
@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_what_pydantic_refuses_as_json_is_told_in_the_same_words(model: Any, data: bytes) -> None:
    assert not FOREIGN.search(told(model, data))
    if data[:1] != b"[" and b"NaN" not in data:
        assert BROKEN[data] == told(model, data)


def test_half_a_surrogate_which_only_pydantic_refuses_has_its_place() -> None:
    assert re.fullmatch(r"it is not JSON, line 1, column \d+", told(MODELS[0], rb'{"a": "\ud800"}'))


class Inner(BaseModel):
    number: int = 1
    share: float = 0.5
    flag: bool = True
    word: str = ""


class Outer(BaseModel):
    inner: list[Inner]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "missing: inner"),
        ([], "it must be an object"),
        ({"inner": {}}, "inner must be a list"),
        ({"inner": [7]}, "inner[0] must be an object"),
        ({"inner": [{"number": "x"}]}, "inner[0].number must be a whole number"),
        ({"inner": [{"share": "x"}]}, "inner[0].share must be a number"),
        ({"inner": [{"flag": 7}]}, "inner[0].flag must be true or false"),
        ({"inner": [{}, {"word": 7}]}, "inner[1].word must be a text"),
    ],
)
def test_a_part_that_does_not_fit_is_told_with_its_place_and_what_belongs_there(value: Any, words: str) -> None:
    assert words == told(TypeAdapter(Outer), json.dumps(value).encode())


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("value", [7, "x", "", [], {}, None, True, -1, 1.5, "9" * 400])
def test_no_change_of_a_document_is_told_in_foreign_words(depth: int, value: Any) -> None:
    whole = {0: report_json.render(job_of(record_of("Pizza", answer(step())))), 1: run_json({})}
    for number, data in whole.items():
        for place in places(json.loads(data), depth):
            changed = json.loads(data)
            put(changed, place, value)
            try:
                MODELS[number].validate_json(json.dumps(changed).encode(), strict=True)
            except ValidationError as wrong:
                words = problem_in_words(wrong)
                assert not FOREIGN.search(words), words
                assert str(place[-1]) in words or "missing" in words, words


def places(value: Any, depth: int) -> list[list[Any]]:
    """The ways to everything that is that deep in the value."""
    if not depth:
        return [[]]
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [[key, *rest] for key in keys for rest in places(value[key], depth - 1)]


def put(value: Any, place: list[Any], new: Any) -> None:
    for key in place[:-1]:
        value = value[key]
    value[place[-1]] = new


@given(st.binary(max_size=30))
def test_any_bytes_get_one_line_without_what_they_contain(data: bytes) -> None:
    words = why_not_json(b"SECRET" + data)

    assert "SECRET" not in words
    assert words.isprintable()
