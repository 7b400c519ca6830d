"""Scenario files: what may stand in them, and what is said of those that cannot be used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from koregate.simulator import ScenarioProblem, load, names, parse

if TYPE_CHECKING:
    from pathlib import Path

STEP = '{"suites": {"A b": {"steps": [%s]}}}'

PROBLEMS = [
    ("", "is not JSON that can be used: Expecting value"),
    ("{", "is not JSON that can be used: "),
    ("[" * 100_000, "is not JSON that can be used: "),
    ("[]", "the file: Input should be a valid dictionary"),
    ("{}", "suites: is missing"),
    ('{"suites": {}, "suites": {}}', 'is not JSON that can be used: the key "suites" is there twice in one object'),
    ('{"suites": {}, "sweets": 1}', "sweets: there is no such key"),
    ('{"suites": {}, "scope": "none"}', "scope: Input should be 'ok' or 'missing'"),
    ('{"suites": {"A b": {"seconds": -1}}}', 'suites["A b"].seconds: Input should be greater than or equal to 0'),
    ('{"suites": {"A b": {"seconds": NaN}}}', 'suites["A b"].seconds: Input should be '),
    ('{"suites": {"A\\nb": {"secs": 1}}}', 'suites["A\\nb"].secs: there is no such key'),
    ('{"suites": {"A b": {"progress": "fast"}}}', 'suites["A b"].progress: Input should be a valid list'),
    ('{"suites": {"A b": {"cut": -1}}}', 'suites["A b"].cut: '),
    (STEP % "{}", 'suites["A b"].steps[0].say: is missing'),
    (STEP % '{"say": "x", "expect": 3}', 'suites["A b"].steps[0].expect: Input should be a valid list'),
    (STEP % '{"say": "x", "flow": {}}', 'suites["A b"].steps[0].flow.node: is missing'),
    (STEP % '{"say": "x", "context": {"k": ["1"]}}', 'suites["A b"].steps[0].context.k: List should have at least 2'),
    (STEP % '{"say": "x", "staus": "failed", "anwser": ""}', "there is no such key (and 1 more problems)"),
    ('{"suites": {}, "faults": [{"fault": "rest"}]}', 'faults[0].fault: there is no fault "rest"; there are http, '),
    ('{"suites": {}, "faults": [{"fault": "http 99"}]}', "faults[0].code: "),
    ('{"suites": {}, "faults": [{"fault": "http no"}]}', "faults[0].code: "),
    ('{"suites": {}, "faults": [{}]}', "faults[0].fault: is missing"),
    ('{"suites": {}, "faults": ["reset"]}', "faults[0]: Input should be a valid dictionary"),
    ('{"suites": {}, "faults": [{"fault": "reset", "on": "end"}]}', "faults[0].on: "),
    ('{"suites": {}, "faults": [{"fault": "reset", "requests": "0"}]}', "faults[0].requests: "),
    ('{"suites": {}, "faults": [{"fault": "reset", "requests": "every 0"}]}', "faults[0].requests: "),
    ('{"suites": {}, "faults": [{"fault": "reset", "requests": "12x"}]}', "faults[0].requests: "),
    ('{"suites": {}, "faults": [{"fault": "http 429", "retry_after": "soon"}]}', "faults[0].retry_after: "),
    ('{"suites": {}, "faults": [{"fault": "reset", "suite": "A"}]}', 'a fault names the suite "A"'),
]


@pytest.mark.parametrize(("text", "said"), PROBLEMS)
def test_a_bad_scenario_file_is_named_with_its_place_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ScenarioProblem) as problem:
        load(str(file))

    assert str(problem.value).startswith(f"{file}: ")
    assert said in str(problem.value)
    assert str(problem.value).isprintable()


def test_a_scenario_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioProblem, match=r'^"pasing" is neither a file nor one of aborted, .*passing, .*summary-only\.$'
    ):
        load("pasing")
    with pytest.raises(ScenarioProblem, match=r"Is a directory"):
        load(tmp_path)
    with pytest.raises(ScenarioProblem) as problem:
        load("a\0b\n")
    assert str(problem.value).isprintable()


def test_a_users_own_file_is_read_with_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        file = tmp_path / f"{encoding}.json"
        file.write_text('{"suites": {"Größe 🍕": {}}}', encoding=encoding)

        assert ["Größe 🍕"] == list(load(file).suites)


def test_every_name_that_is_listed_can_be_loaded_and_says_what_it_is() -> None:
    wanted = (
        "aborted credentials erroring failing missing-steps passing rate-limited slow step-failed stuck summary-only"
    )

    assert wanted.split() == names()
    assert all(load(name).description.endswith(".") for name in names())


@pytest.mark.parametrize(
    ("requests", "struck"),
    [
        ("1", [1]),
        ("2-4", [2, 3, 4]),
        ("3-", [3, 4, 5, 6]),
        ("1-", [1, 2, 3, 4, 5, 6]),
        ("every 2", [2, 4, 6]),
        ("last", []),
    ],
)
def test_a_fault_strikes_the_requests_it_names(requests: str, struck: list[int]) -> None:
    scenario = parse(json.dumps({"suites": {}, "faults": [{"fault": "reset", "requests": requests}]}))

    assert struck == [number for number in range(1, 7) if scenario.faults[0].strikes(number, ended=False)]


@pytest.mark.parametrize(
    ("suite", "seconds", "percent"),
    [
        ({"seconds": 10}, [0, 1, 5, 9.99], [0, 10, 50, 99]),
        ({"seconds": None}, [0, 5], [0, 0]),
        ({"seconds": 10, "progress": "steady"}, [5], [50]),
        ({"seconds": 10, "progress": [[0, 0], [1.5, 40], [3, 20]]}, [0, 1.4, 1.5, 2.9, 3, 9], [0, 0, 40, 40, 20, 20]),
        ({"seconds": 10, "progress": [[2, 40]]}, [0, 2], [0, 40]),
    ],
)
def test_progress_is_a_function_of_time(suite: dict[str, Any], seconds: list[float], percent: list[int]) -> None:
    scripted = parse(json.dumps({"suites": {"A": suite}})).suites["A"]

    assert percent == [scripted.percent_at(second) for second in seconds]


def test_the_star_stands_for_every_other_suite() -> None:
    scenario = parse('{"suites": {"A": {"seconds": 1}, "*": {"seconds": 7}}}')

    assert [1, 7] == [suite.seconds for suite in (scenario.suite("A"), scenario.suite("B")) if suite]
    assert parse('{"suites": {"A": {}}}').suite("B") is None


def test_last_strikes_each_request_after_the_end() -> None:
    fault = parse('{"suites": {}, "faults": [{"fault": "reset", "requests": "last"}]}').faults[0]

    assert [False, True, True] == [
        fault.strikes(1, ended=False),
        fault.strikes(2, ended=True),
        fault.strikes(9, ended=True),
    ]
