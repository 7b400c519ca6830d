"""The fault matrix for batch suites: start and status requests, those for suite files, and that for a result file."""

import json
from pathlib import Path
from typing import Any

import pytest
from contract.test_fault_matrix import CERTAIN, FAULTS, PASSING, PLACES, STRICT, Kind, expected, whole
from support.clock import FakeClock
from support.job import STEP, run, scenario
from support.suite_files import as_json

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


# Which requests for a suite file a fault strikes: the lists are that of the names, those around the import, that after
# the start, and that after the run.
FILE_PLACES = {
    "first upload": ("upload", "1"),
    "every upload": ("upload", "1-"),
    "first import": ("import", "1"),
    "every import": ("import", "1-"),
    "first list": ("list", "1"),
    "every list": ("list", "1-"),
    "list after the run": ("list", "5-"),
}
# One transport and one reader serve all these requests: the import alone meets every fault, since it is the one that
# changes something. The others meet one fault of each way in which a request can end.
ONE_OF_EACH = {
    "reset",
    "silence",
    "drip",
    "html",
    "json-other",
    "huge",
    "gzip",
    "interim 103",
    "rate-limited",
    "redirect 302",
    *(f"http {code}" for code in (400, 401, 429, 503)),
}
SUITE_FILE_MATRIX = [
    (place, kind) for place in FILE_PLACES for kind in FAULTS if place == "first import" or kind.name in ONE_OF_EACH
]
# Where no request but the silent one counts, the wait for it may be short. Ten of them end the job.
SILENT_SECONDS = {"first": 0.3, "every": 0.05, "list": 0.1}


def test_each_way_to_end_is_tried_in_each_place() -> None:
    assert ONE_OF_EACH <= {kind.name for kind in FAULTS}
    ways = {(kind.status, kind.start) for kind in FAULTS}
    for place in FILE_PLACES:
        assert ways == {(kind.status, kind.start) for at, kind in SUITE_FILE_MATRIX if at == place}


def expected_of_suite_file(place: str, kind: Kind) -> int:
    """The exit code that a cell of the matrix ends in. Every request for a suite file can be repeated."""
    meaning = kind.status
    if place.endswith("import") and kind.fault["fault"] == "json-other":
        # No page has all the keys of this reply, and the list tells whether the import took place.
        meaning = None
    if place == "list after the run" and meaning is not None:
        return 4
    if isinstance(meaning, int):
        return meaning
    return 4 if meaning == PASSING and place.startswith("every") else 0


@pytest.mark.parametrize(
    ("place", "kind"), SUITE_FILE_MATRIX, ids=[f"{place}: {kind.name}" for place, kind in SUITE_FILE_MATRIX]
)
def test_a_fault_of_a_request_for_a_suite_file_ends_as_the_contract_says(
    tmp_path: Path, clock: FakeClock, place: str, kind: Kind
) -> None:
    (tmp_path / "Intents.json").write_bytes(as_json([{"input": "hi", "intent": "Greet"}]))
    on, requests = FILE_PLACES[place]
    played = scenario(imports={"suite": {"seconds": 30}}, faults=[{"on": on, "requests": requests, **kind.fault}])

    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        seconds = SILENT_SECONDS[place.split(maxsplit=1)[0]] if kind.fault["fault"] in STRICT else 20.0
        done = run(simulator, tmp_path, clock, request_seconds=seconds, suite_kind="batch", suite_files="*.json")

    code = expected_of_suite_file(place, kind)
    assert (code, {0: "passed"}.get(code, "error")) == (done.code, done.outputs["verdict"])
    whole(done)
    assert 0 == simulator.limit_violations
    assert ("list after" in place or code == 0) == bool(simulator.starts("Intents"))
    # A rejected import creates nothing; after any other one the list has the suite.
    sent = [json.loads(request.body)["importType"] for request in simulator.requests if request.kind == "import"]
    assert sent.count("new") <= 1 or kind.start == CERTAIN or kind.fault["fault"] == "http"
    assert "not-to-be-shown" not in done.log
