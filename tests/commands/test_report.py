"""Reports rebuilt from saved replies."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.answers import answer, step
from support.clock import FakeClock
from support.job import FAILING, PASSING, gate, job, run, scenario, snapshot

from koregate.simulator import Simulator, load_scenario


def test_the_same_answers_give_the_same_bytes(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(load_scenario("failing"), now=clock.monotonic, wall=clock.wall) as simulator:
        run_ids = "\n".join(map(simulator.start_run, simulator.suites))
        first = run(simulator, tmp_path, clock, test_run_ids=run_ids)
        files = first.files
        second = run(simulator, tmp_path, clock, test_run_ids=run_ids)

    assert (files, first.outputs, first.summary) == (second.files, second.outputs, second.summary)


@pytest.mark.parametrize(
    "name", ["passing", "failing", "aborted", "missing-steps", "summary-only", "stuck", "credentials", "step-failed"]
)
def test_a_replay_gives_the_same_reports_outputs_and_exit_code(tmp_path: Path, clock: FakeClock, name: str) -> None:
    live, _ = job(tmp_path, clock, load_scenario(name), fail_on="error")
    files = live.files
    replayed = gate({}, tmp_path, clock, saved=(str(live.folder / "raw"),))

    assert (live.code, live.outputs, live.summary) == (replayed.code, replayed.outputs, replayed.summary)
    assert files == replayed.files


def test_inputs_that_are_given_win_over_the_saved_ones(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING), fail_on="never", redact="Go")
    raw = str(live.folder / "raw")

    kept = gate({}, tmp_path, clock, saved=(raw,))
    changed = gate({"fail-on": "any", "redact": "none"}, tmp_path, clock, saved=(raw,))

    assert [0, 0, 1] == [live.code, kept.code, changed.code]
    assert (False, True) == ("Go away" in kept.summary, "Go away" in changed.summary)


def test_an_unreadable_answer_is_kept_and_replayed(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza={**PASSING, "final": {"totalTestStepsCount": 2}}))
    files = live.files
    replayed = gate({}, tmp_path, clock, saved=(str(live.folder / "raw" / "run.json"),))

    assert 2 == json.loads(files["raw/001-pizza.json"])["totalTestStepsCount"]
    assert "neither status nor result" in live.log
    assert (live.code, files) == (replayed.code, replayed.files)


def test_a_lone_answer_is_judged_under_its_files_name(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    lone = tmp_path / "Saved pizza.json"
    lone.write_bytes(live.files["raw/001-pizza.json"])

    done = gate({}, tmp_path, clock, saved=(str(lone),))

    assert (1, "Saved pizza.step 2") == (done.code, done.rows[1].classname)


def swap_files(index: dict[str, Any]) -> None:
    first, second = index["suites"]
    first["file"], second["file"] = second["file"], first["file"]


def repeat_a_file(index: dict[str, Any]) -> None:
    index["suites"][1]["file"] = index["suites"][0]["file"]


def repeat_a_suite(index: dict[str, Any]) -> None:
    index["suites"][1] = index["suites"][0]


def change_stream(index: dict[str, Any]) -> None:
    index["streamId"] = "st-other"


def change_version(index: dict[str, Any]) -> None:
    index["botVersion"] = "published"


TAMPERED = [swap_files, repeat_a_file, repeat_a_suite, change_stream, change_version]


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_saved_replies_that_are_not_of_these_runs_are_no_pass(
    tmp_path: Path, clock: FakeClock, tamper: Callable[[dict[str, Any]], None]
) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=PASSING, Hours=PASSING))
    path = live.folder / "raw" / "run.json"
    index = json.loads(path.read_text())
    tamper(index)
    path.write_text(json.dumps(index))

    done = gate({}, tmp_path, clock, saved=(str(path),))

    assert (0, 4, "error") == (live.code, done.code, done.outputs["verdict"])


@pytest.mark.parametrize("verdict", ["passed", "skipped", "failed"])
def test_a_saved_verdict_is_never_believed(tmp_path: Path, clock: FakeClock, verdict: str) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    path = live.folder / "raw" / "run.json"
    index = json.loads(path.read_text())
    index["suites"][0]["stop"] = {"verdict": verdict, "exitCode": 0, "message": "All is well."}
    path.write_text(json.dumps(index))

    done = gate({}, tmp_path, clock, saved=(str(path),))

    assert (2, "error") == (done.code, done.outputs["verdict"])
    assert "is not a run.json that koregate wrote (suites.0.stop: " in done.log


def test_the_same_reply_in_two_files_is_no_pass(tmp_path: Path, clock: FakeClock) -> None:
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_text(json.dumps(answer(step())))

    done = gate({}, tmp_path, clock, saved=tuple(str(tmp_path / name) for name in ("one.json", "two.json")))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert "is that of more than one test suite" in done.log


RUN = '{"suite": "Pizza", "testRunId": "ctr-1", "file": "gone.json"}'
UNUSABLE = {
    "no-such-file.json": {},
    "no-such-folder": {},
    "saved": {"saved/other.json": "{}"},
    "saved/run.json": {"saved/run.json": "not JSON"},
    "of-another-kind/run.json": {"of-another-kind/run.json": "[]"},
    "without-suites/run.json": {"without-suites/run.json": '{"suites": []}'},
    "incomplete": {"incomplete/run.json": f'{{"suites": [{RUN}]}}'},
    "outside/run.json": {"outside/run.json": f'{{"suites": [{RUN.replace("gone", "../gone")}]}}', "gone.json": "{}"},
}


@pytest.mark.parametrize("path", UNUSABLE)
def test_saved_replies_that_cannot_be_used_touch_no_file_and_reach_the_job_outputs(
    tmp_path: Path, clock: FakeClock, path: str
) -> None:
    earlier, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    for name, text in UNUSABLE[path].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    before = snapshot(earlier.folder)

    done = gate({}, tmp_path, clock, saved=(str(tmp_path / path),))

    assert (2, "error", "2") == (done.code, done.outputs["verdict"], done.outputs["exit-code"])
    (line,) = [line for line in done.log.splitlines() if line.startswith("FILE: ")]
    assert str(tmp_path / path) in line
    assert before == snapshot(earlier.folder)


def test_saved_replies_that_cannot_be_used_leave_no_report_where_none_was(tmp_path: Path, clock: FakeClock) -> None:
    done = gate({}, tmp_path, clock, saved=("nowhere.json", "elsewhere.json"))

    assert 2 == done.code
    assert not done.folder.exists()
