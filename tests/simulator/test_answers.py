"""Status replies: the documented shape, and the documented rules for flow, text, context, step and run."""

import json
from typing import Any

import pytest

from koregate.simulator.answers import status_reply
from koregate.simulator.scenario_files import parse_scenario

IDS = {"_id": "ctr-1", "streamId": "st-1", "testSuiteId": "ctc-1"}
OFF = {"enabled": False, "contains": []}
TEMPLATE = '{"type":"template","payload":{"template_type":"quick_replies","text":"Please choose :\\n"}}'

# Kore.ai API, "Get Test Suite Execution Status", the two sample responses without the steps that they leave out.
SAMPLE_RUNNING: dict[str, Any] = {
    "_id": "ctr-1",
    "streamId": "st-1",
    "testSuiteId": "ctc-1",
    "status": "inprogress",
    "totalTestStepsCount": 2,
    "result": {
        "nlpVersion": [],
        "startTime": "2023-08-23T10:14:13.330Z",
        "version": "configured",
        "status": "inprogress",
    },
    "percentageCompleted": 85,
}
_ASDASD: dict[str, Any] = {
    "text": "asdasd",
    "nodeId": "",
    "componentType": "",
    "intentId": "",
    "nodeName": "",
    "intentType": "",
    "taskId": "",
    "dialogName": "",
    "transitions": [],
    "transitionNodeNames": [],
    "transitionNodeType": [],
    "assertions": {
        "flowLevel": OFF,
        "text": {"enabled": True, "contains": [{"text": "asdasd", "status": "passed"}], "status": "passed"},
        "context": OFF,
    },
}
_STANDARD: dict[str, Any] = {
    "text": TEMPLATE,
    "category": "Confirmation",
    "isStandardResponse": True,
    "userPrompts": [],
    "assertions": {
        "flowLevel": {
            "enabled": True,
            "contains": [{"nodeId": "Confirmation", "status": "passed"}],
            "status": "passed",
        },
        "text": {"enabled": True, "contains": [{"text": TEMPLATE, "status": "passed"}], "status": "passed"},
        "context": OFF,
    },
}
_EMPTY: dict[str, Any] = {"intents": [], "faqs": [], "smalltalk": [], "nlpVersion": "v3", "status": "passed"}
SAMPLE_ENDED: dict[str, Any] = {
    "_id": "ctr-1",
    "streamId": "st-1",
    "testSuiteId": "ctc-1",
    "status": "passed",
    "totalTestStepsCount": 2,
    "result": {
        "nlpVersion": ["v3", "v3"],
        "startTime": "2023-08-23T10:14:13.330Z",
        "version": "configured",
        "status": "passed",
        "stepDetails": {"passed": 2, "failed": 0, "total": 2},
        "errorDetails": None,
        "executionResults": [
            {
                **_EMPTY,
                "actualOutput": [_ASDASD],
                "input": "Start_Flow",
                "outputs": [_ASDASD],
                "event": "Start_Flow",
                "requestId": "ctr-10",
            },
            {**_EMPTY, "actualOutput": [_STANDARD], "input": "help", "outputs": [_STANDARD], "requestId": "ctr-11"},
        ],
        "duration": 14364,
    },
    "percentageCompleted": 100,
}
SCRIPT: dict[str, Any] = {
    "seconds": 14.364,
    "start_time": "2023-08-23T10:14:13.330Z",
    "progress": [[0, 85]],
    "steps": [
        {"say": "Start_Flow", "expect": "asdasd"},
        {"say": "help", "expect": TEMPLATE, "flow": {"node": "Confirmation", "standard": True}},
    ],
}


def reply(suite: dict[str, Any], elapsed: float = 1e9) -> Any:
    scripted = parse_scenario(json.dumps({"suites": {"A": suite}})).suites["A"]
    return status_reply(scripted, IDS, elapsed, start_time="2026-11-23T10:00:00.000Z")


def step(**changes: Any) -> Any:
    return reply({"steps": [{"say": "hi", **changes}]})["result"]["executionResults"][0]


def test_the_replies_are_the_documented_samples() -> None:
    assert SAMPLE_RUNNING == reply(SCRIPT, 14.363)
    assert SAMPLE_ENDED == reply(SCRIPT, 14.364)


def test_the_start_of_the_run_is_reported_if_no_start_time_is_given() -> None:
    assert reply({}, 0)["result"]["startTime"] == "2026-11-23T10:00:00.000Z"


@pytest.mark.parametrize(
    ("script", "status", "entries"),
    [
        ({"expect": "Hi"}, "passed", ["passed"]),
        ({"expect": "Hi", "answer": "Hi"}, "passed", ["passed"]),
        ({"expect": "Hi", "answer": "hi"}, "failed", ["failed"]),
        ({"expect": "Hi", "answer": "Hi "}, "failed", ["failed"]),
        ({"expect": "Hi", "answer": "Hi there"}, "failed", ["failed"]),
        ({"expect": "Hi", "answer": None}, "failed", ["failed"]),
        ({"expect": ["Hi", "Hello"]}, "passed", ["passed", "failed"]),
        ({"expect": ["Hi", "Hello"], "answer": "Hello"}, "passed", ["failed", "passed"]),
        ({"expect": ["Hi", "Hello"], "answer": "Hey"}, "failed", ["failed", "failed"]),
        ({"expect": "It is 9:00", "answer": "It is 9:05", "dynamic": True}, "passed", ["passed"]),
        ({"expect": "It is 9:00", "answer": None, "dynamic": True}, "failed", ["failed"]),
    ],
)
def test_text_passes_if_the_response_is_any_accepted_text(
    script: dict[str, Any], status: str, entries: list[str]
) -> None:
    result = step(**script)
    text = result["outputs"][0]["assertions"]["text"]

    assert [status, status] == [text["status"], result["status"]]
    assert entries == [entry["status"] for entry in text["contains"]]


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ({"flow": {"node": "A"}}, "passed"),
        ({"flow": {"node": "A", "expected_node": "A"}}, "passed"),
        ({"flow": {"node": "A", "expected_node": "B"}}, "failed"),
        ({"flow": {"node": "A"}, "answer": None}, "failed"),
    ],
)
def test_flow_passes_if_the_nodes_agree(script: dict[str, Any], status: str) -> None:
    result = step(**script)
    flow = result["outputs"][0]["assertions"]["flowLevel"]

    assert [status, status] == [flow["status"], result["status"]]
    assert [{"nodeId": script["flow"].get("expected_node", "A"), "status": status}] == flow["contains"]


@pytest.mark.parametrize(
    ("pairs", "status", "entries"),
    [
        ({"size": ["large", "large"]}, "passed", ["passed"]),
        ({"size": ["large", "small"]}, "failed", ["failed"]),
        ({"size": ["large", "small"], "pizza": ["m", "m"]}, "failed", ["failed", "passed"]),
    ],
)
def test_context_passes_if_every_pair_agrees(pairs: dict[str, list[str]], status: str, entries: list[str]) -> None:
    result = step(context=pairs)
    context = result["outputs"][0]["assertions"]["context"]

    assert [status, status] == [context["status"], result["status"]]
    assert entries == [entry["status"] for entry in context["contains"]]
    said = result["actualOutput"][0]["assertions"]["context"]
    sides = zip(context["contains"], said["contains"], strict=True)
    assert list(pairs.values()) == [[expected["value"], actual["value"]] for expected, actual in sides]


def test_a_step_that_asserts_nothing_has_three_disabled_assertions_and_passes() -> None:
    result = step(answer="Anything")

    assert {"flowLevel": OFF, "text": OFF, "context": OFF} == result["outputs"][0]["assertions"]
    assert result["status"] == "passed"


def test_the_expected_response_is_in_outputs_and_the_actual_one_in_actual_output() -> None:
    flow = {"node": "A", "expected_node": "B", "intent": "Order", "dialog": "Order pizza"}
    result = step(expect=["Hi", "Hello"], answer="Hey", flow=flow)
    expected, actual = result["outputs"][0], result["actualOutput"][0]

    assert [("Hi", "B", "B"), ("Hey", "A", "A")] == [
        (response["text"], response["nodeId"], response["nodeName"]) for response in (expected, actual)
    ]
    assert ("Order", "Order pizza") == (actual["intentId"], actual["dialogName"])
    assert expected["assertions"] == actual["assertions"]


def test_a_bot_that_does_not_respond_has_no_actual_output() -> None:
    assert step(expect="Hi", answer=None)["actualOutput"] == []


@pytest.mark.parametrize(
    ("script", "has_hint"),
    [({"answer": "Hi"}, False), ({"answer": "9:05", "dynamic": True}, True), ({"answer": None}, False)],
)
def test_the_hint_at_a_text_mismatch_is_there_if_the_texts_differ(script: dict[str, Any], has_hint: bool) -> None:
    result = step(expect="Hi", **script)

    assert has_hint is ("textMismatch" in result["outputs"][0])
    assert result["actualOutput"] == [] or "textMismatch" not in result["actualOutput"][0]


def test_only_the_first_step_has_an_event() -> None:
    steps = reply({"steps": [{"say": "Start_Flow"}, {"say": "Start_Flow"}]})["result"]["executionResults"]

    assert ["Start_Flow", None] == [result.get("event") for result in steps]
    assert "event" not in step()


GOOD, BAD = {"say": "a", "expect": "x"}, {"say": "b", "expect": "x", "answer": "y"}


@pytest.mark.parametrize(
    ("suite", "status", "counts"),
    [
        ({"steps": [GOOD, GOOD]}, "passed", (2, 0, 2)),
        ({"steps": [GOOD, BAD]}, "failed", (1, 1, 2)),
        ({"steps": [GOOD, {**GOOD, "status": "failed"}]}, "failed", (1, 1, 2)),
        ({"steps": [{**BAD, "status": "passed"}]}, "passed", (1, 0, 1)),
        ({"steps": [GOOD, {**GOOD, "status": "stopped"}]}, "failed", (1, 0, 2)),
        ({"steps": [GOOD, BAD], "cut": 1}, "failed", (1, 1, 2)),
        ({"steps": []}, "passed", (0, 0, 0)),
        ({"steps": [GOOD], "status": "aborted"}, "aborted", (1, 0, 1)),
        ({"steps": [GOOD, GOOD], "executed": 1}, "failed", (1, 0, 2)),
    ],
)
def test_a_run_passes_if_all_its_steps_do(suite: dict[str, Any], status: str, counts: tuple[int, ...]) -> None:
    final = reply(suite)

    assert [status, status] == [final["status"], final["result"]["status"]]
    assert counts == tuple(final["result"]["stepDetails"].values())


def test_steps_that_were_not_executed_have_no_response_and_no_statuses() -> None:
    result = reply({"steps": [GOOD, {**GOOD, "flow": {"node": "A"}}], "executed": 1})["result"]
    last = result["executionResults"][1]

    assert ["v3"] == result["nlpVersion"]
    assert ("notexecuted", []) == (last["status"], last["actualOutput"])
    assert {
        "flowLevel": {"enabled": True, "contains": [{"nodeId": "A"}]},
        "text": {"enabled": True, "contains": [{"text": "x"}]},
        "context": OFF,
    } == last["outputs"][0]["assertions"]


def test_a_scenario_overrides_parts_of_the_reply() -> None:
    changes = {"result_status": "passed", "announced": 13, "cut": 5, "error_details": {"why": [1]}}
    status = reply({"steps": [GOOD, BAD], **changes})

    assert ("failed", "passed", 13, []) == (
        status["status"],
        status["result"]["status"],
        status["totalTestStepsCount"],
        status["result"]["executionResults"],
    )
    assert {"why": [1]} == status["result"]["errorDetails"]


def test_a_list_of_steps_and_a_percentage_can_be_left_out() -> None:
    summary = reply({"steps": [GOOD], "summary_only": True})["result"]

    assert ("executionResults" not in summary, {"passed": 1, "failed": 0, "total": 1}) == (True, summary["stepDetails"])
    assert all("percentageCompleted" not in reply({"seconds": 2, "percent": False}, second) for second in (0, 2))


def test_a_final_reply_is_sent_verbatim_once_the_run_has_ended() -> None:
    assert {**IDS, "status": "exploded"} == reply({"final": {"status": "exploded"}})
    assert reply({"final": {"_id": "ctr-2"}})["_id"] == "ctr-2"
    assert reply({"final": [1, "two"]}) == [1, "two"]
    assert reply({"final": None}) is None
    assert reply({"seconds": 2, "final": None}, 1)["status"] == "inprogress"
