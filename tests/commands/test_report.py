"""Reports made again: from saved answers, and from the reports of a job matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.job import FAILING, PASSING, gate, job, run, scenario

from koregate.simulator import Simulator, load

if TYPE_CHECKING:
    from pathlib import Path

    from support.clock import FakeClock


def test_the_same_answers_give_the_same_bytes(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(load("failing"), now=clock.monotonic, wall=clock.wall) as simulator:
        run_ids = "\n".join(map(simulator.begin, simulator.suites))
        first = run(simulator, tmp_path, clock, test_run_ids=run_ids)
        files = first.files
        second = run(simulator, tmp_path, clock, test_run_ids=run_ids)

    assert (files, first.outputs, first.summary) == (second.files, second.outputs, second.summary)


@pytest.mark.parametrize(
    "name", ["passing", "failing", "aborted", "missing-steps", "summary-only", "stuck", "credentials", "step-failed"]
)
def test_a_replay_gives_the_same_reports_outputs_and_exit_code(tmp_path: Path, clock: FakeClock, name: str) -> None:
    live, _ = job(tmp_path, clock, load(name), fail_on="error")
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


def shards(tmp_path: Path, clock: FakeClock, played: Any, *suites: str) -> list[str]:
    """Run each suite in a job of its own, as a matrix does; returns their report.json files."""
    paths: list[str] = []
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        for suite in suites:
            folder = tmp_path / f"shard-{len(paths)}"
            folder.mkdir()
            done = run(simulator, folder, clock, test_suites=suite)
            paths.append(str(done.folder / "report.json"))
    return paths


@pytest.mark.parametrize("name", ["passing", "failing"])
def test_merged_shards_give_the_report_of_one_job(tmp_path: Path, clock: FakeClock, name: str) -> None:
    played = load(name)
    suites = [one for one in played.suites if one != "*"]
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        run_ids = [simulator.begin(suite) for suite in suites]
        whole = run(simulator, tmp_path, clock, test_run_ids="\n".join(run_ids))
        files, paths = whole.files, []
        for suite, run_id in zip(suites, run_ids, strict=True):
            (folder := tmp_path / suite).mkdir()
            done = run(simulator, folder, clock, test_suites=suite, test_run_ids=run_id)
            paths.append(str(done.folder / "report.json"))

    merged = gate({"report-dir": "merged"}, tmp_path, clock, merge=tuple(paths))

    same = {"junit.xml", "report.json", "ctrf-report.json"}
    assert {one: files[one] for one in same} == {one: merged.files[one] for one in same}
    assert same | {"report.html"} == set(merged.files)
    assert (whole.code, whole.summary) == (merged.code, merged.summary)


def test_the_worst_shard_decides(tmp_path: Path, clock: FakeClock) -> None:
    played = scenario(Good=PASSING, Bad=FAILING, Odd={**PASSING, "status": "aborted"})
    paths = shards(tmp_path, clock, played, "Good", "Bad", "Odd")

    codes = [gate({}, tmp_path, clock, merge=tuple(paths[:number])).code for number in (1, 2, 3)]

    assert [0, 1, 4] == codes


@pytest.mark.parametrize("text", ["", "[]", '{"schemaVersion": 1}', None])
def test_a_shard_that_cannot_be_read_is_never_a_pass(tmp_path: Path, clock: FakeClock, text: str | None) -> None:
    paths = shards(tmp_path, clock, scenario(Good=PASSING), "Good")
    if text is not None:
        (tmp_path / "bad.json").write_text(text)

    done = gate({}, tmp_path, clock, merge=(*paths, str(tmp_path / "bad.json")))

    assert 2 == done.code
    assert "bad.json" in done.log
