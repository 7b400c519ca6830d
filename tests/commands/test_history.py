"""Whole jobs with a history file: kept from run to run, and never believed, followed or replaced if it is not ours."""

import json
import os
import re
from pathlib import Path

import pytest
from support.clock import FakeClock
from support.job import FAILING, PASSING, Done, gate, job, run, scenario
from support.network import free_port

from koregate.judging.past_runs import HEADER, MAX_BYTES, read_history
from koregate.judging.results import JobResult
from koregate.reports import junit
from koregate.reports.render import RENDERERS
from koregate.simulator import Simulator

PATH = "cache/history.jsonl"


# One port for all jobs: a bot on another host has another history.
PORT = free_port()


def played(folder: Path, clock: FakeClock, suite: object = FAILING, path: str = PATH) -> Done:
    with Simulator(scenario(Pizza=suite), port=PORT, now=clock.monotonic, wall=clock.wall) as simulator:
        return run(simulator, folder, clock, history=path)


def runs(folder: Path, path: str = PATH) -> int:
    return len(read_history((folder / path).read_bytes()))


def test_jobs_add_their_runs_and_tell_of_those_before(tmp_path: Path, clock: FakeClock) -> None:
    first = played(tmp_path, clock)
    assert "of the last" not in first.summary + first.files["report.html"].decode()
    played(tmp_path, clock, PASSING)
    third = played(tmp_path, clock)

    assert 3 == runs(tmp_path)
    sentence = "failed in 2 of the last 3 runs"
    assert sentence in third.summary
    assert sentence in third.files["report.html"].decode()
    assert re.search(rf"FAILED.* Pizza, step .*\({sentence}, this one included\)", third.log)
    assert "Last 3 runs, the newest at the end: ❌ ✅ ❌" in third.summary
    assert "Last 3 runs, the newest at the end" in third.files["report.html"].decode()


@pytest.mark.parametrize("flaky", ["fail", "pass"])
def test_what_failed_in_an_earlier_run_of_a_job_counts_whatever_the_policy_says(
    flaky: str, tmp_path: Path, clock: FakeClock
) -> None:
    suite = {**PASSING, "runs": [{"answers": {"2": "Go away"}}, {}]}
    with Simulator(scenario(Pizza=suite), port=PORT, now=clock.monotonic, wall=clock.wall) as simulator:
        first = run(simulator, tmp_path, clock, history=PATH, retries="1", flaky=flaky)
    assert {"pass": "tolerated", "fail": "failed"}[flaky] == first.outputs["verdict"]

    second = played(tmp_path, clock)

    assert "failed in 2 of the last 2 runs" in second.summary


def test_a_rebuilt_report_tells_the_same_on_any_later_day(tmp_path: Path, clock: FakeClock) -> None:
    played(tmp_path, clock)
    live = played(tmp_path, clock)
    (tmp_path / PATH).unlink()

    rebuilt = gate({}, tmp_path, clock, saved=(str(tmp_path / "koregate-report" / "raw"),))

    assert live.files == rebuilt.files
    assert "failed in 2 of the last 2 runs" in rebuilt.summary
    assert not (tmp_path / PATH).exists()


def test_a_merge_keeps_a_history_too(tmp_path: Path, clock: FakeClock) -> None:
    job(tmp_path, clock, scenario(Pizza=FAILING))
    (tmp_path / "one.json").write_bytes((tmp_path / "koregate-report" / "report.json").read_bytes())

    for _ in range(2):
        done = gate({"history": PATH, "report-dir": "all"}, tmp_path, clock, merge=(str(tmp_path / "one.json"),))

    assert "failed in 2 of the last 2 runs" in done.summary
    assert 2 == runs(tmp_path)


def test_without_the_input_there_is_no_file(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=FAILING))

    assert {"output.txt", "summary.md", "koregate-report"} == {path.name for path in tmp_path.iterdir()}
    assert [] == json.loads(done.files["raw/run.json"])["history"]


@pytest.mark.parametrize("content", [b"", b"name,city\nAnn,Rome\n", b'{"koregate": "resume"}\n'])
def test_somebody_elses_file_is_an_input_error_and_stays(tmp_path: Path, clock: FakeClock, content: bytes) -> None:
    (tmp_path / "mine.csv").write_bytes(content)

    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), history="mine.csv")

    assert 2 == done.code
    assert 'history: "mine.csv" is unusable' in done.log
    assert content == (tmp_path / "mine.csv").read_bytes()
    assert [] == simulator.requests


@pytest.mark.parametrize(
    ("report_dir", "path"),
    [
        *(("koregate-report", f"koregate-report/{name}") for name in ("junit.xml", "outputs.env", "resume.json")),
        ("koregate-report", "a/../koregate-report/REPORT.json"),
        ("koregate-report", "koregate-report/raw"),
        ("koregate-report", "koregate-report/raw/history.jsonl"),
        ("koregate-report", "koregate-report/report.html/history.jsonl"),
        (".", "ctrf-report.json"),
        ("a/b", "a/b/raw/001-pizza.json"),
    ],
)
def test_a_file_of_the_reports_is_no_history(tmp_path: Path, clock: FakeClock, report_dir: str, path: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    report = job(tmp_path / "elsewhere", clock, scenario(Pizza=PASSING))[0].folder / "report.json"

    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), history=path, report_dir=report_dir)
    merged = gate({"history": path, "report-dir": report_dir}, tmp_path, clock, merge=(str(report),))

    assert (2, "error", []) == (done.code, done.outputs["verdict"], simulator.requests)
    for log in (done.log, merged.log):
        assert "is the name of one of koregate's own reports" in log
    assert 2 == merged.code
    assert not (tmp_path / "a" / "b" / "raw").exists()


def test_a_history_may_be_in_the_report_directory(tmp_path: Path, clock: FakeClock) -> None:
    for path in ("koregate-report/history.jsonl", "koregate-report/old/junit.xml", "junit.xml"):
        assert 0 == job(tmp_path, clock, scenario(Pizza=PASSING), history=path)[0].code
        assert 1 == runs(tmp_path, path)


def test_what_is_no_regular_file_is_an_input_error(tmp_path: Path, clock: FakeClock) -> None:
    (outside := tmp_path.parent / f"{tmp_path.name}-outside").mkdir()
    (outside / "history.jsonl").write_text(f"{HEADER}\n")
    (tmp_path / "link").symlink_to(outside / "history.jsonl")
    (tmp_path / "folder-link").symlink_to(outside)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    for path in ("link", "folder-link/history.jsonl", "folder", "pipe", "pipe/x", "../x", "/etc/x", "."):
        done = played(tmp_path, clock, PASSING, path)
        assert (2, path) == (done.code, path)
        assert "history: " in done.log
    assert f"{HEADER}\n" == (outside / "history.jsonl").read_text()
    assert ["history.jsonl"] == [path.name for path in outside.iterdir()]


@pytest.mark.parametrize("rest", ["{broken\n", "cut", " " * MAX_BYTES + "\n", "\x00\n"])
def test_a_broken_history_of_ours_is_moved_aside(tmp_path: Path, clock: FakeClock, rest: str) -> None:
    (tmp_path / "history.jsonl").write_text(f"{HEADER}\n{rest}")

    done = played(tmp_path, clock, PASSING, "history.jsonl")

    assert 0 == done.code
    assert "::warning title=koregate::koregate moved history.jsonl aside and begins a new history" in done.log
    assert 1 == runs(tmp_path, "history.jsonl")
    (moved,) = tmp_path.glob("history.jsonl.moved-*")
    assert f"{HEADER}\n{rest}" == moved.read_text()


@pytest.mark.parametrize(("suite", "verdict"), [(FAILING, "failed"), (PASSING, "passed")])
def test_a_poisoned_history_changes_no_verdict_and_hides_no_failure(
    tmp_path: Path, clock: FakeClock, suite: object, verdict: str
) -> None:
    played(tmp_path, clock, suite)
    lines = (tmp_path / PATH).read_text().splitlines()
    forged = json.loads(lines[1])
    forged["verdict"] = "passed"
    forged["suites"] = {name: {} for name in forged["suites"]}
    (tmp_path / PATH).write_text("\n".join([HEADER, *[json.dumps(forged)] * 150, ""]))
    without = played(tmp_path, clock, suite, "")

    done = played(tmp_path, clock, suite)

    assert verdict == done.outputs["verdict"]
    assert without.outputs == done.outputs
    assert without.files["junit.xml"] == done.files["junit.xml"]
    assert ("failed in 1 of the last 20 runs" in done.summary) == (verdict == "failed")


def test_a_history_that_cannot_be_written_is_a_warning(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(result: JobResult) -> bytes:
        # The reports are written after the history was read, and before it is written.
        (tmp_path / "history.jsonl").write_text("somebody else's")
        return junit.render(result)

    monkeypatch.setitem(RENDERERS, "junit.xml", render)
    done = played(tmp_path, clock, PASSING, "history.jsonl")

    assert 0 == done.code
    assert (
        "::warning title=koregate::koregate cannot add this job to history.jsonl: its first line does not say"
        in done.log
    )
    assert "somebody else's" == (tmp_path / "history.jsonl").read_text()


def test_a_cancelled_job_leaves_the_history_as_it_was(tmp_path: Path, clock: FakeClock) -> None:
    played(tmp_path, clock)
    before = (tmp_path / PATH).read_bytes()

    job(tmp_path, clock, scenario(Pizza=FAILING), history=PATH, signals=(15,))

    assert before == (tmp_path / PATH).read_bytes()


def test_the_words_of_user_and_bot_are_in_no_history(tmp_path: Path, clock: FakeClock) -> None:
    played(tmp_path, clock)

    data = (tmp_path / PATH).read_text()
    for text in ("Pizza", "Hello", "Go away", '"hi"', "st-", "platform"):
        assert text not in data
