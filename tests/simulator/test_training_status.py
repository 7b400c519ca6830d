"""The simulated training status, in the documented shape."""

from typing import Any

import pytest
import requests
from simulator.caller import Caller, pizza, rejection

PATH = "/api/public/bot/st-simulator/ml/train/status"


def played(**training: Any) -> Caller:
    return Caller({**pizza(), "training": training})


def get(caller: Caller, query: str = "", **options: Any) -> requests.Response:
    return caller.request("GET", PATH + query, **options)


def test_a_finished_training_is_in_sync_with_every_documented_part() -> None:
    with played() as caller:
        value = get(caller, "?language=en&state=configured").json()

    flags = {key: flag for key, flag in value.items() if key.startswith("isMlInSyncWith")}
    assert ("Finished", 10, {True}) == (value["trainingStatus"], len(flags), set(flags.values()))
    assert {"nlpVersion": 3, "trainVersion": 3} == value["trainDetails"]
    assert {"trainingStatus", "trainDetails", *flags} == set(value)


def test_a_training_is_in_progress_from_the_first_request_for_so_many_seconds() -> None:
    with played(seconds=60, status="Failed") as caller:
        caller.clock.time = 100
        words = []
        for seconds in (0, 59, 1):
            caller.clock.time += seconds
            words.append(get(caller).json()["trainingStatus"])

    assert ["Inprogress", "Inprogress", "Failed"] == words


def test_parts_that_are_out_of_sync_are_false_whatever_their_name() -> None:
    with played(out_of_sync=["Traits", "Faqs"]) as caller:
        value = get(caller).json()

    assert ["isMlInSyncWithTraits", "isMlInSyncWithFaqs"] == [key for key, flag in value.items() if flag is False]


def test_a_scenario_changes_any_part_of_the_reply() -> None:
    with played(changes={"language": "de", "trainDetails": None}) as caller:
        value = get(caller).json()

    assert ("de", None, "Finished") == (value["language"], value["trainDetails"], value["trainingStatus"])


@pytest.mark.parametrize(
    ("training", "query", "options", "expected"),
    [
        ({}, "", {"auth": ""}, (401, "Invalid SDK credentials", 4002)),
        ({"scope": "missing"}, "", {}, (401, "Permission denied. Scope is incorrect!", 4002)),
        ({}, "?state=odd", {}, (412, "Validation errors/ Invalid arguments", 412)),
    ],
)
def test_a_request_is_rejected_as_the_platform_would(
    training: dict[str, Any], query: str, options: dict[str, Any], expected: tuple[int, str, int]
) -> None:
    with played(**training) as caller:
        assert expected == rejection(get(caller, query, **options))


def test_only_get_is_allowed() -> None:
    with played() as caller:
        assert 405 == rejection(caller.request("POST", PATH))[0]
