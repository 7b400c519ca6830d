"""The scenarios that are shipped with koregate, each played to its end."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests
from simulator.caller import Caller, rejection

from koregate.simulator import Scenario, load_scenario
from koregate.simulator.scenario_files import shipped_scenarios

# Name, suites and the last status reply: status, number of steps in the list (None: no list), announced steps.
EXPECTED: dict[str, dict[str, tuple[str, int | None, int]]] = {
    "passing": {"Order a pizza": ("passed", 8, 8), "Opening hours": ("passed", 6, 6)},
    "failing": {"Order a pizza": ("failed", 8, 8), "Opening hours": ("passed", 6, 6)},
    "step-failed": {"Order a pizza": ("failed", 4, 4)},
    "aborted": {"Order a pizza": ("aborted", 8, 8)},
    "missing-steps": {"Order a pizza": ("passed", 7, 8)},
    "summary-only": {"Order a pizza": ("passed", None, 8)},
    "linked-results": {"Order a pizza": ("passed", None, 8)},
    "slow": {"Order a pizza": ("passed", 4, 4)},
    "stuck": {"Order a pizza": ("inprogress", None, 4)},
    "rate-limited": {"Order a pizza": ("passed", 4, 4)},
    "erroring": {"Order a pizza": ("passed", 4, 4)},
    "training": {"Order a pizza": ("passed", 4, 4)},
    "out-of-sync": {"Order a pizza": ("passed", 4, 4)},
    "flaky": {"Order a pizza": ("failed", 6, 6), "Opening hours": ("passed", 2, 2)},
    "drifting": {"Order a pizza": ("failed", 6, 6), "Opening hours": ("passed", 2, 2)},
    "known": {"Order a pizza": ("failed", 6, 6), "Opening hours": ("passed", 2, 2)},
    "broken": {"Opening hours": ("failed", 11, 11)},
    "aborted-once": {"Order a pizza": ("aborted", 6, 6)},
}

# Name and the failed steps of five test runs of its first suite, or the platform's word if it is neither pass nor fail.
RUNS: dict[str, list[list[int] | str]] = {
    "flaky": [[3, 5], [], [], [], []],
    "drifting": [[3], [5], [6], [2], [4]],
    "known": [[5]] * 5,
    "broken": [list(range(2, 12))] * 5,
    "aborted-once": ["aborted", [], [], [], []],
}


# Name, suites and the last status reply: status, utterances that passed and failed, and whether it links a file.
BATCH: dict[str, dict[str, tuple[str, int, int, bool]]] = {
    "batch-passing": {"Pizza intents": ("completed", 5, 0, True), "Small talk": ("completed", 2, 0, True)},
    "batch-failing": {"Pizza intents": ("completed", 7, 5, True), "Small talk": ("completed", 2, 0, True)},
    "batch-partial": {"Pizza intents": ("completed", 3, 0, True)},
    "batch-no-file": {"Pizza intents": ("completed", 2, 1, False)},
}


# Name, and of the suite of each file: utterances that passed and failed, and whether its description is kept.
FILES: dict[str, dict[str, tuple[int, int, bool]]] = {
    "suite-files": {"Pizza intents": (4, 2, True)},
    "suite-files-changed": {"Pizza intents": (2, 0, False)},
}


# What the scenario with suites of both kinds has of each, in the forms of the tables above.
BOTH_KINDS = "both-kinds"
EXPECTED[BOTH_KINDS] = {"Order a pizza": ("passed", 2, 2)}
BATCH[BOTH_KINDS] = {"Pizza intents": ("completed", 2, 0, True)}


def first_success(request: Callable[[], requests.Response]) -> dict[str, Any]:
    """The first reply with status 200, in at most ten attempts."""
    for _ in range(10):
        try:
            response = request()
            if response.status_code == 200:
                return dict(response.json())
        except requests.RequestException:
            continue
    raise AssertionError("no reply with status 200")


@pytest.mark.parametrize("name", EXPECTED)
def test_a_shipped_scenario_ends_as_its_description_says(name: str) -> None:
    with Caller(load_scenario(name)) as caller:
        actual = {}
        for suite in caller.simulator.suites:
            run_id = first_success(partial(caller.start, suite))["testRunId"]
            caller.clock.time += 600
            status = first_success(partial(caller.status, run_id, suite))
            steps = status["result"].get("executionResults")
            actual[suite] = (status["status"], None if steps is None else len(steps), status["totalTestStepsCount"])

    assert EXPECTED[name] == actual


@pytest.mark.parametrize("name", RUNS)
def test_the_runs_of_a_shipped_scenario_fail_where_its_description_says(name: str) -> None:
    actual: list[list[int] | str] = []
    with Caller(load_scenario(name)) as caller:
        suite = caller.simulator.suites[0]
        for _ in range(5):
            run_id = caller.start(suite).json()["testRunId"]
            caller.clock.time += 60
            status = caller.status(run_id, suite).json()
            steps = status["result"]["executionResults"]
            failed = [number for number, step in enumerate(steps, 1) if step["status"] == "failed"]
            actual.append(failed if status["status"] in ("passed", "failed") else status["status"])

    assert RUNS[name] == actual


@pytest.mark.parametrize("name", BATCH)
def test_a_shipped_batch_scenario_ends_as_its_description_says(name: str) -> None:
    with Caller(load_scenario(name)) as caller:
        actual = {}
        for suite in caller.simulator.batch_suites:
            run_id = caller.start_batch(suite).json()["requestId"]
            caller.clock.time += 600
            status = caller.batch_status(run_id, suite).json()
            counts = status["result"]["results"]
            has_file = "fileUrl" in status["result"]
            actual[suite] = (status["status"], counts["success"], counts["failure"], has_file)

    assert BATCH[name] == actual


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_scenario_with_suite_files_ends_as_its_description_says(name: str) -> None:
    with Caller(load_scenario(name)) as caller:
        actual = {}
        for file, data in caller.simulator.suite_files.items():
            suite = file.removesuffix(".json")
            caller.bring(suite, data)
            run_id = caller.start_batch(suite).json()["requestId"]
            caller.clock.time += 600
            counts = caller.batch_status(run_id, suite).json()["result"]["results"]
            (listed,) = [item for item in caller.listed().values() if isinstance(item, dict)]
            actual[suite] = (counts["success"], counts["failure"], listed["description"] == "described")

    assert FILES[name] == actual


def test_every_shipped_scenario_is_tested_here() -> None:
    assert shipped_scenarios() == sorted({*EXPECTED, *BATCH, *FILES, "credentials"})
    with Caller(load_scenario("credentials")) as caller:
        assert rejection(caller.start("Order a pizza"))[1] == "Permission denied. Scope is incorrect!"


def test_the_failing_scenario_fails_in_every_way_there_is() -> None:
    with Caller(load_scenario("failing")) as caller:
        run_id = caller.start("Order a pizza").json()["testRunId"]
        caller.clock.time = 60
        steps = caller.status(run_id, "Order a pizza").json()["result"]["executionResults"]
    failed = {
        kind
        for step in steps
        for kind, assertion in step["outputs"][0]["assertions"].items()
        if assertion.get("status") == "failed"
    }

    assert {"flowLevel", "text", "context"} == failed
    assert [False, False, False, False, False, False, True, False] == [step["actualOutput"] == [] for step in steps]


def test_the_runs_of_a_batch_suite_may_differ_and_a_start_may_return_the_same_run() -> None:
    failing = {"say": "hi", "intent": "Greet", "matched": "Bye"}
    played = Scenario.model_validate(
        {
            "suites": {"Pizza": {"seconds": 0, "same_run": True, "steps": [{"say": "hi"}]}},
            "batch_suites": {
                "Small talk": {
                    "seconds": 0,
                    "utterances": [{"say": "hi", "intent": "Greet"}],
                    "runs": [{"utterances": [failing]}, {"partial": True}, {}],
                }
            },
        }
    )
    actual = []
    with Caller(played) as caller:
        same = {caller.start("Pizza").json()["testRunId"] for _ in range(3)}
        for _ in range(4):
            run_id = caller.start_batch("Small talk").json()["requestId"]
            result = caller.batch_status(run_id, "Small talk").json()["result"]
            actual.append((result["results"]["failure"], result["isPartialFailure"]))

    assert 1 == len(same)
    assert [(1, False), (0, True), (0, False), (0, False)] == actual
