"""Signs of failure in the undocumented fields of one part of a reply: how they are named, and at what cost."""

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.kore_api.documented import CONVERSATION_STATUS, Documented
from koregate.kore_api.signs import counts_against, is_sign, place_of, unfinished, word_against
from koregate.kore_api.status_reply import MAX_PLACE, UNSUCCESSFUL, OpenPart

LONG = "k" * 200_000


def places(fields: dict[str, Any]) -> list[str]:
    return [place for place, _ in counts_against(OpenPart.model_validate(fields), "result.")]


def test_a_place_is_written_as_people_write_it() -> None:
    assert "details.steps[0][1].failed" == place_of(("details", "steps", 0, 1, "failed"))
    assert ["result.details.runs[1][0].failed"] == places({"details": {"runs": [{"failed": 0}, [{"failed": 1}]]}})


def test_long_keys_and_deep_places_are_cut() -> None:
    assert f"{'k' * 999}….failed" == place_of((LONG, "failed"))
    assert MAX_PLACE == len(place_of(("key",) * 1000))
    assert 20 == len(found := places({"details": {LONG: {f"a{number}": {"failed": 1} for number in range(100)}}}))
    assert max(map(len, found)) <= MAX_PLACE + len("result.")


@pytest.mark.parametrize("name", ["percentage", "progress", "state", "incomplete"])
def test_a_name_between_a_megabyte_of_marks_is_cut_or_no_name(name: str) -> None:
    value = {"percentage": 7, "progress": 7}.get(name, "running")
    body = OpenPart.model_validate({"_" * 1_000_000 + name: value})

    assert all(len(place) <= MAX_PLACE for place, _ in unfinished(body, OpenPart()))


def test_the_place_of_a_field_that_is_no_sign_is_never_built() -> None:
    part = OpenPart.model_validate({LONG: {f"c{number}": number for number in range(2_000)}})

    tracemalloc.start()
    assert [] == list(counts_against(part))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < len(LONG)


@pytest.mark.parametrize("word", sorted(UNSUCCESSFUL))
def test_a_word_is_known_however_it_is_written(word: str) -> None:
    for text in (word, word.upper(), f" {word}! ", f"({word})", "_".join(word), f"{word} (2)"):
        assert word == word_against(text)
    for text in (f"not {word}", f"{word} was expected", word[1:]):
        assert "" == word_against(text)


@given(st.text())
def test_only_such_a_word_is_one(text: str) -> None:
    letters = "".join(letter for letter in text.lower() if "a" <= letter <= "z")

    assert not word_against(text) or letters in UNSUCCESSFUL


def test_no_documented_key_of_a_conversation_is_a_sign_by_a_documented_word() -> None:
    def keys(part: Documented) -> set[str]:
        inner = part if part.items is None else part.items
        return {*inner.keys}.union(*map(keys, inner.keys.values()))

    for key in keys(CONVERSATION_STATUS) - {"failed", "errorDetails"}:
        values: tuple[Any, ...] = (True, 1, 13, "passed", "inprogress", "A text that failed.", [], {})
        for value in values:
            assert not is_sign(key, value), key


@pytest.mark.parametrize("word", sorted(UNSUCCESSFUL))
@pytest.mark.parametrize("key", ["overall", "phase", "how_it_went", "status_message", "overallResult"])
def test_a_word_for_what_did_not_pass_speaks_against_a_run_under_any_key(key: str, word: str) -> None:
    told = OpenPart.model_validate({key: f"{word.upper()}!"})

    assert [key] == [place for place, _ in (*counts_against(told), *unfinished(told, OpenPart()))]
    assert [f"result.{key}"] == [
        place for place, _ in (*counts_against(told, "result."), *unfinished(OpenPart(), told))
    ]


@pytest.mark.parametrize("key", ["testSuiteName", "title", "tags", "label", "description"])
def test_a_name_may_be_such_a_word(key: str) -> None:
    assert [] == [*unfinished(OpenPart.model_validate({key: "Error"}), OpenPart())]


@pytest.mark.parametrize("key", ["failedTests", "testsFailed", "numberOfFailedTests", "failed_tests_count"])
def test_tests_that_failed_are_a_sign(key: str) -> None:
    assert is_sign(key, 1)
    assert is_sign(key, [1])
    assert not is_sign(key, 0)
    assert not is_sign(key, [])
