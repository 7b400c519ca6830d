"""The scenarios that come with koregate, each to its end."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from simulator.asking import Caller, refusal

from koregate.simulator import load, names

# Name, suites and the final: status, steps in the list, announced steps; None where a run does not end or start.
ENDINGS: dict[str, dict[str, tuple[str, int | None, int]]] = {
    "passing": {"Order a pizza": ("passed", 8, 8), "Opening hours": ("passed", 6, 6)},
    "failing": {"Order a pizza": ("failed", 8, 8), "Opening hours": ("passed", 6, 6)},
    "step-failed": {"Order a pizza": ("failed", 4, 4)},
    "aborted": {"Order a pizza": ("aborted", 8, 8)},
    "missing-steps": {"Order a pizza": ("passed", 7, 8)},
    "summary-only": {"Order a pizza": ("passed", None, 8)},
    "slow": {"Order a pizza": ("passed", 4, 4)},
    "stuck": {"Order a pizza": ("inprogress", None, 4)},
    "rate-limited": {"Order a pizza": ("passed", 4, 4)},
    "erroring": {"Order a pizza": ("passed", 4, 4)},
}


def patiently(ask: Any) -> dict[str, Any]:
    """The first good answer of at most ten."""
    for _ in range(10):
        try:
            response: requests.Response = ask()
            if response.status_code == 200:
                return dict(response.json())
        except requests.RequestException:
            continue
    raise AssertionError("no good answer")


@pytest.mark.parametrize("name", ENDINGS)
def test_a_shipped_scenario_ends_as_its_description_says(name: str) -> None:
    with Caller(load(name)) as caller:
        seen = {}
        for suite in caller.simulator.suites:
            run_id = patiently(lambda suite=suite: caller.start(suite))["testRunId"]
            caller.clock.time += 600
            answer = patiently(lambda suite=suite, run_id=run_id: caller.status(run_id, suite))
            steps = answer["result"].get("executionResults")
            seen[suite] = (answer["status"], None if steps is None else len(steps), answer["totalTestStepsCount"])

    assert ENDINGS[name] == seen


def test_the_shipped_scenarios_all_have_their_ending_here() -> None:
    assert names() == sorted([*ENDINGS, "credentials"])
    with Caller(load("credentials")) as caller:
        assert refusal(caller.start("Order a pizza"))[1] == "Permission denied. Scope is incorrect!"


def test_the_failing_scenario_fails_in_every_way_there_is() -> None:
    with Caller(load("failing")) as caller:
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
