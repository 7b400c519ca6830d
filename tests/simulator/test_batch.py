"""The simulated batch API: start, status and result file in the documented shapes."""

import csv
import io
from typing import Any

import pytest
import requests
from simulator.caller import Caller, rejection

WRONG = {"say": "wrong", "intent": "A", "matched": "B", "entities": {"size": ["large", "small"]}}
UTTERANCES = [{"say": "right", "intent": "A"}, WRONG, {"say": "nothing", "intent": "", "matched": ""}]


def intents(**changes: Any) -> dict[str, Any]:
    return {"batch_suites": {"Intents": {"seconds": 10, "utterances": UTTERANCES, **changes}}}


def test_a_run_goes_from_accepted_over_running_to_completed() -> None:
    with Caller(intents()) as caller:
        started = caller.start_batch().json()
        caller.clock.time = 5
        running = caller.batch_status(started["requestId"]).json()
        caller.clock.time = 10
        completed = caller.batch_status(started["requestId"]).json()

    assert ("accepted", True) == (started["status"], started["requestId"].startswith("tr-"))
    assert ("running", "running", 3, 1, 50) == (
        running["status"],
        running["result"]["status"],
        running["totalUtterances"],
        running["utterance_ran"],
        running["percentage"],
    )
    result = completed["result"]
    assert ("completed", "completed", 3, started["requestId"], "inDevelopment") == (
        completed["status"],
        result["status"],
        result["utterance_count"],
        result["_id"],
        result["runType"],
    )
    assert {"TP": 1, "TN": 1, "FP": 1, "FN": 0, "success": 2, "failure": 1, "failedEntitiesCount": 1}.items() <= (
        result["results"].items()
    )
    assert ("0.67", "0.50", "1.00") == (result["f1_score"], result["precision"], result["recall"])


def test_the_file_is_for_whoever_has_its_link() -> None:
    with Caller(intents()) as caller:
        run_id = caller.start_batch().json()["requestId"]
        caller.clock.time = 10
        link = caller.batch_status(run_id).json()["result"]["fileUrl"]
        file = requests.get(link, timeout=5)
        refused = [requests.get(link.replace("s=", "s=0"), timeout=5), requests.post(link, timeout=5)]

    assert [(403, "Forbidden", 403)] * 2 == [rejection(reply) for reply in refused]
    rows = list(csv.reader(io.StringIO(file.content.decode(), newline="")))
    header = next(number for number, row in enumerate(rows) if row and row[0] == "Utterance")
    assert ["Utterance", "ExpectedIntent", "MatchedIntent"] == rows[header][:3]
    assert [["right", "A", "A"], ["wrong", "A", "B"], ["nothing", "", ""]] == [row[:3] for row in rows[header + 1 :]]
    assert ["size", "large", "small", "FALSE"] == rows[header + 2][6:10]
    assert any("\n" in cell for row in rows[:header] for cell in row)


def test_only_one_batch_run_is_under_way_at_a_time() -> None:
    with Caller({**intents(), "busy": 3}) as caller:
        others = caller.start_batch()
        caller.clock.time = 3
        assert caller.start_batch().ok
        second = caller.start_batch()
        caller.clock.time = 13
        assert caller.start_batch().ok

    assert ["Wait for one test suite execution to complete before you start another one."] * 2 == [
        rejection(reply)[1] for reply in (others, second)
    ]


@pytest.mark.parametrize("body", [{}, {"version": "next"}, {"version": "published", "engine": "other"}, [], "x"])
def test_a_start_with_unusable_arguments_is_refused(body: Any) -> None:
    with Caller(intents()) as caller:
        assert 412 == rejection(caller.start_batch(json=body))[0]


@pytest.mark.parametrize("engine", ["regression", "dgpt"])
def test_both_engines_are_known(engine: str) -> None:
    with Caller(intents()) as caller:
        assert caller.start_batch(json={"version": "published", "engine": engine}).ok


def test_the_two_kinds_of_suites_know_nothing_of_each_other() -> None:
    with Caller({**intents(), "suites": {"Talk": {}}}) as caller:
        conversation, batch = caller.start("Talk").json()["testRunId"], caller.start_batch().json()["requestId"]
        wrong = [caller.start("Intents"), caller.start_batch("Talk")]
        foreign = [caller.status(batch, "Talk"), caller.batch_status(conversation)]

    assert ["Test Suite not found"] * 2 == [rejection(reply)[1] for reply in wrong]
    assert ["Test Result not found."] * 2 == [rejection(reply)[1] for reply in foreign]


@pytest.mark.parametrize(
    ("changes", "key", "value"),
    [
        ({"status": "failed"}, "status", "failed"),
        ({"changes": {"f1_score": "0.99"}}, "result.f1_score", "0.99"),
        ({"count_changes": {"failure": 7}}, "result.results.failure", 7),
        ({"partial": True}, "result.isPartialFailure", True),
        ({"link": "http://other.example/f"}, "result.fileUrl", "http://other.example/f"),
        ({"final": {"status": "odd"}}, "status", "odd"),
        ({"final": None}, "", None),
    ],
)
def test_a_scenario_can_change_every_part_of_the_last_reply(changes: dict[str, Any], key: str, value: Any) -> None:
    with Caller(intents(seconds=0, **changes)) as caller:
        part = caller.batch_status(caller.start_batch().json()["requestId"]).json()

    for name in filter(None, key.split(".")):
        part = part[name]
    assert value == part


def test_keys_can_be_left_out() -> None:
    with Caller(intents(seconds=0, removed=["result"])) as caller:
        assert "result" not in caller.batch_status(caller.start_batch().json()["requestId"]).json()
    with Caller(intents(seconds=0, removed=["success", "f1_score", "utterance_count"], file=None)) as caller:
        reply = caller.batch_status(caller.start_batch().json()["requestId"]).json()
    assert not {"f1_score", "utterance_count", "fileUrl"} & reply["result"].keys()
    assert "success" not in reply["result"]["results"]
    assert "utterance_count" not in reply
