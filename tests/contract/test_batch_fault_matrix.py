"""The fault matrix for batch suites: start and status requests, and the request for a result file of either kind."""

import json
from pathlib import Path
from typing import Any

import pytest
from contract.test_fault_matrix import FAULTS, PLACES, STRICT, Kind, expected, whole
from support.clock import FakeClock
from support.job import STEP, run, scenario

from koregate.simulator import Simulator

INTENTS: dict[str, Any] = {"seconds": 30, "utterances": [{"say": "hi", "intent": "Greet"}]}
LINKED: dict[str, Any] = {"seconds": 30, "steps": [STEP], "linked_results": True}
PLAYED: dict[str, dict[str, Any]] = {
    "batch": {"batch_suites": {"Intents": INTENTS}},
    "conversation": {"Talk": LINKED},
}
BATCH_PLACES = ["start", "every start", "first status", "every status", "final status"]
MATRIX = [(place, kind) for place in BATCH_PLACES for kind in FAULTS]
# These replies cannot be told from a file, and no file is one of them.
FILE_MATRIX = [(suite_kind, kind) for suite_kind in PLAYED for kind in FAULTS]


@pytest.mark.parametrize(("place", "kind"), MATRIX, ids=[f"{place}: {kind.name}" for place, kind in MATRIX])
def test_a_fault_of_a_batch_request_ends_as_the_contract_says(
    tmp_path: Path, clock: FakeClock, place: str, kind: Kind
) -> None:
    on, requests, _ = PLACES[place]
    played = scenario(**PLAYED["batch"], faults=[{"on": on, "requests": requests, **kind.fault}])

    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        seconds = 0.05 if kind.fault["fault"] in STRICT else 20.0
        done = run(simulator, tmp_path, clock, request_seconds=seconds)

    code = expected(place, kind)
    assert (code, {0: "passed"}.get(code, "error")) == (done.code, done.outputs["verdict"])
    whole(done)
    assert 0 == simulator.limit_violations
    if not (on == "start" and kind.start == "certain"):
        assert 1 == len(simulator.starts("Intents"))
    assert "not-to-be-shown" not in done.log


@pytest.mark.parametrize(
    ("suite_kind", "kind"), FILE_MATRIX, ids=[f"{suite_kind}: {kind.name}" for suite_kind, kind in FILE_MATRIX]
)
def test_a_fault_of_the_request_for_a_file_changes_no_verdict(
    tmp_path: Path, clock: FakeClock, suite_kind: str, kind: Kind
) -> None:
    played = scenario(**PLAYED[suite_kind], faults=[{"on": "file", **kind.fault}])

    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        # The requests before that one get their replies, also on a busy machine.
        seconds = 1.0 if kind.fault["fault"] in STRICT else 20.0
        done = run(simulator, tmp_path, clock, request_seconds=seconds)

    assert (0, "passed", 1) == (done.code, done.outputs["verdict"], len(simulator.files))
    whole(done)
    is_listed = kind.status is None
    names = {"batch": "1 intent: hi", "conversation": "1.1 text: hi"} if is_listed else {"batch": "count"}
    assert [names.get(suite_kind, "run")] == [row.name for row in done.rows]
    (suite,) = json.loads(done.files["report.json"])["suites"]
    # No page shows a link for conversation suites, which is a remark of its own.
    assert (suite_kind == "conversation") + (not is_listed) == len(suite["remarks"])
    assert "getMediaStream" not in done.log
