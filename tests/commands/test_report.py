"""Reports rebuilt from saved replies."""

from pathlib import Path

import pytest
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
    live, _ = job(tmp_path, clock, scenario(Pizza=PASSING, faults=[{"on": "status", "fault": "json-list"}]))
    files = live.files
    replayed = gate({}, tmp_path, clock, saved=(str(live.folder / "raw" / "run.json"),))

    assert b"[1, 2]" == files["raw/001-pizza.json"]
    assert (live.code, files) == (replayed.code, replayed.files)


def test_a_lone_answer_is_judged_under_its_files_name(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    lone = tmp_path / "Saved pizza.json"
    lone.write_bytes(live.files["raw/001-pizza.json"])

    done = gate({}, tmp_path, clock, saved=(str(lone),))

    assert (1, "Saved pizza.step 2 hi") == (done.code, done.rows[1].classname)


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
