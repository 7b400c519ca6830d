"""require-trained: whole jobs that wait for the training of the app's model before the first start."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.job import PASSING, Done, gate, job, run, scenario

from koregate.simulator import Simulator, load_scenario

TRAINED = {"require-trained": "true"}


def trained(tmp_path: Path, clock: FakeClock, training: dict[str, Any], **options: Any) -> tuple[Done, Simulator]:
    faults = options.pop("faults", [])
    played = scenario(Pizza=PASSING, Hours=PASSING, training=training, faults=faults)
    return job(tmp_path, clock, played, require_trained="true", **options)


def target(done: Done) -> dict[str, Any]:
    return dict(json.loads(done.files["report.json"])["target"])


def test_a_trained_model_is_asked_for_once_and_named_in_every_report(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = trained(tmp_path, clock, {})

    kinds = [request.kind for request in simulator.requests]
    assert ("passed", "training", 1) == (done.outputs["verdict"], kinds[0], kinds.count("training"))
    assert "training Finished, in sync" == target(done)["training"]
    assert "Tested: bot version in development, language en, trained, in sync with the app." in done.summary
    page = done.files["report.html"].decode()
    assert '<dt>Training state</dt><dd dir="auto">trained, in sync with the app</dd>' in page
    assert "training Finished, in sync" == json.loads(done.files["raw/run.json"])["training"]
    assert "The app's model: trained, in sync with the app." in done.log


@pytest.mark.parametrize(
    ("options", "state"), [({}, "configured"), ({"bot_version": "published", "bot_language": "pt_BR"}, "published")]
)
def test_the_version_and_the_language_under_test_are_asked_for(
    tmp_path: Path, clock: FakeClock, options: dict[str, str], state: str
) -> None:
    _, simulator = trained(tmp_path, clock, {}, **options)

    language = options.get("bot_language", "en")
    expected = f"/api/public/bot/st-simulator/ml/train/status?language={language}&state={state}"
    assert expected == simulator.requests[0].path


def test_a_training_in_progress_is_waited_for_before_the_first_start(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = trained(tmp_path, clock, {"seconds": 60})

    started = [request.time for request in simulator.requests if request.kind == "start"]
    assert ("passed", 2) == (done.outputs["verdict"], len(started))
    assert all(60 <= time <= 75 for time in started)
    assert "The app's model: training in progress." in done.log
    assert 0 == simulator.limit_violations


@pytest.mark.parametrize(
    ("training", "code", "said"),
    [
        (
            {"status": "Failed"},
            4,
            "The app's model is not trained, so no test run was started: training Failed, in sync.",
        ),
        ({"status": "Odd"}, 4, "The app's model is not trained, so no test run was started: training Odd"),
        ({"out_of_sync": ["Sentences"]}, 4, "out of sync with Sentences"),
        ({"out_of_sync": [" Small Talk"]}, 4, "out of sync with Small Talk"),
        ({"changes": {"isKgInSync": False}}, 4, "training Finished, isKgInSync is false"),
        ({"changes": {"needsTraining": True}}, 4, "needsTraining is true"),
        ({"changes": {"language": "de"}}, 4, 'The training status is for language "de", but "en" was requested.'),
        ({"changes": {"state": "published"}}, 4, 'for version "published", but "inDevelopment" was requested.'),
        ({"changes": {"streamId": "st-other"}}, 4, 'for stream "st-other", but "st-simulator" was requested.'),
        ({"scope": "missing"}, 3, 'Grant the scope "Train ML"'),
    ],
)
def test_a_model_that_is_not_trained_ends_every_suite_and_starts_none(
    tmp_path: Path, clock: FakeClock, training: dict[str, Any], code: int, said: str
) -> None:
    done, simulator = trained(tmp_path, clock, training)

    assert (code, "error", ["training"]) == (
        done.code,
        done.outputs["verdict"],
        [request.kind for request in simulator.requests],
    )
    assert [("Pizza.run", "error"), ("Hours.run", "error")] == [(row[0], row[2]) for row in done.rows]
    assert said in done.log


def test_a_training_that_does_not_end_within_timeout_is_a_timeout(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = trained(tmp_path, clock, {"seconds": 6000}, timeout="5m")

    assert (5, "timeout", []) == (done.code, done.outputs["verdict"], simulator.starts("Pizza"))
    assert "was not trained within 5m (timeout), so no test run was started: training in progress." in done.log
    assert 300 <= clock.time < 320


def test_the_wait_for_the_training_does_not_count_against_a_runs_own_timeout(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = trained(tmp_path, clock, {"seconds": 25}, timeout="30s", max_parallel="1")

    assert "passed" == done.outputs["verdict"]


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ({"fault": "http", "code": 503, "requests": "1-3"}, "passed"),
        ({"fault": "html", "requests": "1-3"}, "passed"),
        ({"fault": "close", "requests": "1-3"}, "passed"),
        ({"fault": "rate-limited", "requests": "1"}, "passed"),
        ({"fault": "http", "code": 503}, "error"),
        ({"fault": "close"}, "error"),
        ({"fault": "json-other"}, "error"),
        ({"fault": "redirect"}, "error"),
    ],
    ids=str,
)
def test_a_passing_fault_is_outlived_and_a_lasting_one_starts_nothing(
    tmp_path: Path, clock: FakeClock, fault: dict[str, Any], verdict: str
) -> None:
    done, simulator = trained(tmp_path, clock, {}, faults=[{"on": "training", **fault}])

    assert verdict == done.outputs["verdict"]
    assert (verdict == "passed") == bool(simulator.starts("Pizza"))


def test_an_unknown_host_ends_the_job_after_three_tries(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING)) as simulator:
        done = run(simulator, tmp_path, clock, host="https://platform.invalid", require_trained="true")

    assert 4 == done.code
    assert clock.time < 10


def test_an_attached_run_is_not_held_up_by_the_training(tmp_path: Path, clock: FakeClock) -> None:
    played = scenario(Pizza=PASSING, training={"status": "Failed"})
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        run_id = simulator.start_run("Pizza")
        done = run(simulator, tmp_path, clock, test_run_ids=run_id, require_trained="true")

    assert ("passed", None) == (done.outputs["verdict"], target(done)["training"])
    assert (
        "::warning title=koregate::require-trained is not looked at: with test-run-ids nothing is started." in done.log
    )
    assert {"status"} == {request.kind for request in simulator.requests}


def test_without_the_input_the_training_is_not_asked_for(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = job(tmp_path, clock, load_scenario("out-of-sync"), require_trained="false")

    assert ("passed", None) == (done.outputs["verdict"], target(done)["training"])
    assert "training" not in {request.kind for request in simulator.requests}


@pytest.mark.parametrize(("name", "verdict"), [("training", "passed"), ("out-of-sync", "error")])
def test_a_replay_names_the_same_training_in_the_same_bytes(
    tmp_path: Path, clock: FakeClock, name: str, verdict: str
) -> None:
    done, _ = job(tmp_path, clock, load_scenario(name), require_trained="true")
    live = done.files
    again = gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),))

    assert verdict == done.outputs["verdict"] == again.outputs["verdict"]
    assert live == again.files
    assert done.summary == again.summary


def test_a_signal_ends_the_wait_for_the_training(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING, training={"seconds": 600}), now=clock.monotonic) as simulator:
        done = run(simulator, tmp_path, clock, signals=(signal.SIGTERM,), require_trained="true")

    assert (143, "cancelled", []) == (done.code, done.outputs["verdict"], simulator.starts("Pizza"))


EMAIL = "ann@corp.example"


@pytest.mark.parametrize(
    ("training", "described"),
    [
        ({"status": EMAIL}, "training [email], in sync"),
        ({"out_of_sync": [EMAIL]}, "training Finished, out of sync with [email]"),
        ({"changes": {"isKgInSync": EMAIL}}, "training Finished, isKgInSync is [email]"),
        ({"changes": {EMAIL: {"outOfSync": 1}}}, 'training Finished, ["[email]"].outOfSync is 1'),
        ({"changes": {"isKgInSync": f"{'x' * 24} {EMAIL}"}}, f"isKgInSync is {'x' * 24} [email]"),
    ],
)
def test_personal_data_in_the_training_status_is_taken_out_everywhere(
    tmp_path: Path, clock: FakeClock, training: dict[str, Any], described: str
) -> None:
    done, _ = trained(tmp_path, clock, training)

    assert described in target(done)["training"]
    assert not re.search(r"ann\W", done.log + done.summary + json.dumps(done.outputs))
    assert [] == [name for name, data in done.files.items() if re.search(rb"ann\W", data)]


def test_personal_data_in_a_saved_training_status_is_taken_out_by_the_redact_of_the_replay(
    tmp_path: Path, clock: FakeClock
) -> None:
    live, _ = trained(tmp_path, clock, {"status": EMAIL}, redact="none")
    replay = gate({"redact": "email", "report-dir": "again"}, tmp_path, clock, saved=(str(live.folder / "raw"),))

    assert f"training {EMAIL}, in sync" == target(live)["training"]
    assert "training [email], in sync" == target(replay)["training"]
    assert [] == [name for name, data in replay.files.items() if b"ann@" in data]
