"""Scenario files: what they may contain, and the message for one that cannot be used."""

import json
from pathlib import Path
from typing import Any

import pytest

from koregate.simulator import InvalidScenario, load_scenario
from koregate.simulator.scenario_files import parse_scenario, shipped_scenarios

STEP = '{"suites": {"A b": {"steps": [%s]}}}'

UTTERANCE = '{"batch_suites": {"A b": {"utterances": [%s]}}}'

RUN = '{"suites": {"A b": {"steps": [{"say": "x"}], "runs": [%s]}}}'

INVALID = [
    (RUN % "1", 'suites["A b"].runs[0] must be an object.'),
    (RUN % '{"answer": {}}', 'suites["A b"].runs[0].answer is an unknown key; did you mean answers?'),
    (
        RUN % '{"answers": []}',
        'runs[0].answers must be an object with the numbers of steps as keys, like {"2": "Sorry?"}.',
    ),
    (RUN % '{"answers": {"2": "y"}}', "runs[0].answers names step 2, but the run has 1 steps."),
    ('{"suites": {"A b": {"runs": {}}}}', "runs must be a list with an object for each test run, like"),
    ('{"batch_suites": {"A b": {"runs": [{"stats": 1}]}}}', "runs[0].stats is an unknown key; did you mean status?"),
    ('{"imports": {"scop": 1}}', "imports.scop is an unknown key; did you mean scope?"),
    (
        '{"imports": {"suite": {"utterance": []}}}',
        "imports.suite.utterance is an unknown key; did you mean utterances?",
    ),
    ('{"imports": {"other_job": "later"}}', 'imports.other_job must be "before-run" or "during-run".'),
    ('{"imports": {"matched": []}}', "imports.matched must be an object with utterances as keys, like"),
    ("", 'is empty. Write a scenario, like {"suites": {"Order a pizza": {"steps": []}}}.'),
    ("x", "is not JSON from line 1, column 1 on. Correct that place."),
    ("{", "is not JSON from line 1, column 2 on. Correct that place."),
    ("[" * 100_000, "cannot be read as JSON: it is nested too deeply."),
    ("[]", "the file must be an object."),
    ("{}", "suites is missing."),
    ('{"suites": {}, "suites": {}}', 'cannot be read as JSON: one object has the key "suites" twice.'),
    ('{"suites": {}, "sweets": 1}', "sweets is an unknown key."),
    ('{"suites": {}, "fault": []}', "fault is an unknown key; did you mean faults?"),
    (
        '{"suites": []}',
        'suites must be an object with each suite\'s name as key, like {"suites": {"Order a pizza": {…}}}.',
    ),
    ('{"suites": {}, "scope": "none"}', 'scope must be "ok" or "missing".'),
    ('{"suites": {"A b": []}}', 'suites["A b"] must be an object.'),
    ('{"suites": {"A b": {"seconds": "x"}}}', 'suites["A b"].seconds must be a number.'),
    ('{"suites": {"A b": {"seconds": -1}}}', 'suites["A b"].seconds must be 0 or more.'),
    ('{"suites": {"A b": {"seconds": NaN}}}', 'suites["A b"].seconds must be a finite number.'),
    ('{"suites": {"A\\nb": {"secs": 1}}}', 'suites["A\\nb"].secs is an unknown key'),
    ('{"suites": {"A b": {"stps": []}}}', 'suites["A b"].stps is an unknown key; did you mean steps?'),
    ('{"suites": {"A b": {"progress": "fast"}}}', 'suites["A b"].progress must be "steady", or a list of seconds and'),
    ('{"suites": {"A b": {"progress": [[1]]}}}', 'suites["A b"].progress[0][1] is missing.'),
    ('{"suites": {"A b": {"cut": 1.5}}}', 'suites["A b"].cut must be a whole number.'),
    ('{"suites": {"A b": {"percent": "x"}}}', 'suites["A b"].percent must be true or false.'),
    (
        '{"suites": {"A b": {"steps": {}}}}',
        'suites["A b"].steps must be a list, like [{"say": "Hello", "expect": "Hi!"}].',
    ),
    (STEP % "1", 'suites["A b"].steps[0] must be an object.'),
    (STEP % "{}", 'suites["A b"].steps[0].say is missing.'),
    (STEP % '{"say": 3}', 'suites["A b"].steps[0].say must be a text in quotes.'),
    (STEP % '{"say": "x", "expect": 3}', 'suites["A b"].steps[0].expect must be a text, or a list of texts.'),
    (STEP % '{"say": "x", "flow": {}}', 'suites["A b"].steps[0].flow.node is missing.'),
    (STEP % '{"say": "x", "flow": {"nod": "y"}}', "flow.nod is an unknown key; did you mean node? 1 more problem."),
    (
        STEP % '{"say": "x", "context": ["k"]}',
        'context must be an object like {"size": ["large", "small"]}: the expected',
    ),
    (
        STEP % '{"say": "x", "context": {"k": ["1"]}}',
        'context.k must be a list of two texts like ["large", "small"]: the',
    ),
    (
        STEP % '{"say": "x", "staus": "failed", "anwser": ""}',
        "staus is an unknown key; did you mean status? 1 more problem.",
    ),
    (STEP % '{"staus": "failed", "anwser": ""}', "staus is an unknown key; did you mean status? 2 more problems."),
    (
        '{"batch_suites": []}',
        'batch_suites must be an object with each suite\'s name as key, like {"batch_suites": {"Intents": {…}}}.',
    ),
    ('{"batch_suites": {"A b": {"utterances": {}}}}', 'batch_suites["A b"].utterances must be a list, like [{"say": '),
    (UTTERANCE % "{}", 'batch_suites["A b"].utterances[0].say is missing. 1 more problem.'),
    (UTTERANCE % '{"say": "x", "intent": "A", "match": ""}', "match is an unknown key; did you mean matched?"),
    (
        UTTERANCE % '{"say": "x", "intent": "A", "entities": {"k": ["1"]}}',
        "entities.k must be a list of two texts like",
    ),
    ('{"batch_suites": {"A b": {"utterance": []}}}', "utterance is an unknown key; did you mean utterances?"),
    ('{"suites": {}, "faults": {}}', 'faults must be a list, like [{"fault": "reset", "on": "start"}].'),
    ('{"suites": {}, "faults": [{"fault": "rest"}]}', 'faults[0].fault "rest" is unknown; did you mean reset?'),
    ('{"suites": {}, "faults": [{"fault": "http 99"}]}', "faults[0].code must be 102 or more."),
    ('{"suites": {}, "faults": [{"fault": "http 600"}]}', "faults[0].code must be 599 or less."),
    ('{"suites": {}, "faults": [{"fault": "http no"}]}', "faults[0].code must be a whole number."),
    ('{"suites": {}, "faults": [{}]}', "faults[0].fault is missing."),
    ('{"suites": {}, "faults": ["reset"]}', "faults[0] must be an object."),
    (
        '{"suites": {}, "faults": [{"fault": "reset", "sute": "A"}]}',
        "faults[0].sute is an unknown key; did you mean suite?",
    ),
    (
        '{"suites": {}, "faults": [{"fault": "reset", "on": "end"}]}',
        'faults[0].on must be "start", "status", "file", "training", "upload", "import", "list" or "any".',
    ),
    ('{"suites": {}, "faults": [{"fault": "reset", "requests": "0"}]}', 'faults[0].requests must be like "1", "2-4", '),
    ('{"suites": {}, "faults": [{"fault": "reset", "requests": "every 0"}]}', "faults[0].requests must be like "),
    ('{"suites": {}, "faults": [{"fault": "reset", "requests": "12x"}]}', "faults[0].requests must be like "),
    (
        '{"suites": {}, "faults": [{"fault": "http 429", "retry_after": "soon"}]}',
        "faults[0].retry_after must be a number",
    ),
    ('{"suites": {}, "faults": [{"fault": "reset", "suite": "A"}]}', 'a fault names the suite "A"'),
]


@pytest.mark.parametrize(("text", "message"), INVALID)
def test_an_invalid_scenario_is_reported_with_its_file_and_place_on_one_line(
    text: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidScenario) as error:
        load_scenario(str(file))

    assert str(error.value).startswith(f"{file}: ")
    assert message in str(error.value)
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    ("name", "message"),
    {
        "faling": 'there is no scenario "faling". Did you mean failing? koregate demo --list shows all.',
        "Failing": 'there is no scenario "Failing". Did you mean failing? koregate demo --list shows all.',
        "xyzzy": 'there is no scenario "xyzzy". koregate demo --list shows all.',
        **{
            name: f'there is no file "{name}". Check the path, or name a shipped scenario: koregate demo --list shows '
            "them."
            for name in ("refund.json", "scenarios/refund", "./failing")
        },
    }.items(),
)
def test_an_unknown_scenario_is_taken_for_a_name_or_for_a_file(name: str, message: str) -> None:
    with pytest.raises(InvalidScenario) as error:
        load_scenario(name)
    assert message == str(error.value)


def test_what_is_no_scenario_file_is_named_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidScenario, match=r"is a folder. Name a scenario file"):
        load_scenario(tmp_path)
    with pytest.raises(InvalidScenario) as error:
        load_scenario("a\0b\n")
    assert str(error.value).isprintable()


@pytest.mark.parametrize("text", ['{"suites": {}}', '{"suites": {}, "batch_suites": {}}'])
def test_a_scenario_file_without_a_suite_is_refused(tmp_path: Path, text: str) -> None:
    (path := tmp_path / "mine.json").write_text(text)

    with pytest.raises(InvalidScenario, match=r"mine.json: has no suite. Give at least one under suites"):
        load_scenario(path)


def test_a_users_own_file_is_read_with_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        file = tmp_path / f"{encoding}.json"
        file.write_text('{"suites": {"Größe 🍕": {}}}', encoding=encoding)

        assert ["Größe 🍕"] == list(load_scenario(file).suites)


def test_every_shipped_scenario_can_be_loaded_and_has_a_description() -> None:
    expected = (
        "aborted aborted-once batch-failing batch-no-file batch-partial batch-passing both-kinds broken credentials "
        "drifting erroring failing flaky known linked-results missing-steps out-of-sync passing rate-limited slow "
        "step-failed stuck suite-files suite-files-changed summary-only training"
    )

    assert expected.split() == shipped_scenarios()
    assert all(load_scenario(name).description.endswith(".") for name in shipped_scenarios())


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ("1", [1]),
        ("2-4", [2, 3, 4]),
        ("3-", [3, 4, 5, 6]),
        ("1-", [1, 2, 3, 4, 5, 6]),
        ("every 2", [2, 4, 6]),
        ("last", []),
    ],
)
def test_a_fault_applies_to_the_requests_it_names(requests: str, expected: list[int]) -> None:
    scenario = parse_scenario(json.dumps({"suites": {}, "faults": [{"fault": "reset", "requests": requests}]}))

    assert expected == [number for number in range(1, 7) if scenario.faults[0].applies_to(number, has_ended=False)]


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
    scripted = parse_scenario(json.dumps({"suites": {"A": suite}})).suites["A"]

    assert percent == [scripted.percent_at(second) for second in seconds]


def test_the_star_stands_for_every_other_suite() -> None:
    scenario = parse_scenario('{"suites": {"A": {"seconds": 1}, "*": {"seconds": 7}}}')

    assert [1, 7] == [suite.seconds for suite in (scenario.suite("A"), scenario.suite("B")) if suite]
    assert parse_scenario('{"suites": {"A": {}}}').suite("B") is None


def test_last_applies_to_every_request_after_the_end() -> None:
    fault = parse_scenario('{"suites": {}, "faults": [{"fault": "reset", "requests": "last"}]}').faults[0]

    assert [False, True, True] == [
        fault.applies_to(1, has_ended=False),
        fault.applies_to(2, has_ended=True),
        fault.applies_to(9, has_ended=True),
    ]
