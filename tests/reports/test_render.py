"""The files of a report: what is written, what a new job removes first, and what a job is worth without them."""

import errno
import io
import json
import os
from pathlib import Path
from queue import SimpleQueue

import pytest
from support.answers import answer, failed_step, job_of, record_of, step
from support.clock import FakeClock
from support.job import FAILING, PASSING, run, scenario

from koregate import files
from koregate.ci.base import CISystem
from koregate.ci.detect import SYSTEMS
from koregate.ci.shell import Shell
from koregate.ci.terminal import Terminal
from koregate.commands.context import JobContext
from koregate.commands.earlier_reports import remove_earlier_reports
from koregate.commands.run import run as run_command
from koregate.commands.simulate import inputs_for
from koregate.reports.render import RENDERERS, WRITTEN_FILES
from koregate.runs.record import RunRecord, StopReason
from koregate.simulator import Simulator
from koregate.verdicts import Verdict

ADAPTERS: list[type[CISystem]] = [Shell, Terminal, *(system.adapter for system in SYSTEMS)]
RECORDS = [
    record_of("Pizza", answer(failed_step(), status="failed")),
    record_of("Order: a/b", answer(step())),
    RunRecord("Late", "ctr-9", stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")),
]


def test_the_same_job_gives_the_same_bytes() -> None:
    once, again = ({name: render(job_of(*RECORDS)) for name, render in RENDERERS.items()} for _ in range(2))

    assert once == again


def written(kind: type[CISystem], workspace: Path, clock: FakeClock) -> Path:
    """The report directory after a whole job on that CI system."""
    environ = {"PATH": ""}
    context = JobContext(environ, workspace, kind(environ, io.StringIO()), clock, SimpleQueue())
    suites = scenario(**{"Pizza": FAILING, "Order: a/b": PASSING})
    with Simulator(suites, now=clock.monotonic, wall=clock.wall) as simulator:
        published = run_command(inputs_for(simulator), context)
    assert (1, True) == (published.exit_code, published.complete)
    return workspace / "koregate-report"


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def remove_all(report_dir: Path) -> None:
    remove_earlier_reports(files.prepare(report_dir, "."))


@pytest.mark.parametrize("kind", ADAPTERS, ids=lambda kind: kind.name)
def test_a_new_job_removes_every_file_that_an_earlier_job_wrote(
    kind: type[CISystem], tmp_path: Path, clock: FakeClock
) -> None:
    report_dir = written(kind, tmp_path, clock)
    assert {*RENDERERS, "raw/run.json", "raw/001-pizza.json", "raw/002-order-a-b.json"} <= names_in(report_dir)

    remove_all(report_dir)

    assert set() == names_in(report_dir)


def test_every_file_of_the_list_is_written_by_some_job(tmp_path: Path, clock: FakeClock) -> None:
    names: set[str] = set()
    for kind in ADAPTERS:
        (workspace := tmp_path / kind.name).mkdir()
        names |= names_in(written(kind, workspace, clock))

    assert set(WRITTEN_FILES) == {name for name in names if not name.startswith("raw/")}


def test_a_new_job_removes_what_a_killed_one_left_half_written(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_dir = written(Shell, tmp_path, clock)
    before = names_in(report_dir)
    with monkeypatch.context() as patch:
        # As if the process were killed before the temporary file gets its name.
        patch.setattr(os, "replace", lambda *_, **__: None)
        for name in before:
            files.prepare(report_dir, ".").write(name, b"half")
    assert len(before) == len(names_in(report_dir) - before)

    remove_all(report_dir)

    assert set() == names_in(report_dir) - before


def test_files_of_others_in_the_report_directory_stay(tmp_path: Path, clock: FakeClock) -> None:
    report_dir = written(Shell, tmp_path, clock)
    others = {"notes.txt", "junit.xml.bak", "raw/notes.txt", "more/junit.xml", "resume.json"}
    for name in others:
        (report_dir / name).parent.mkdir(exist_ok=True)
        (report_dir / name).write_text("kept")

    remove_all(report_dir)

    assert others <= names_in(report_dir)
    assert all("kept" == (report_dir / name).read_text() for name in others)


@pytest.mark.parametrize("name", RENDERERS)
def test_a_pass_does_not_count_if_a_report_cannot_be_written(
    name: str, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = files.ReportDir.write

    def full_for_one(self: files.ReportDir, path: str, data: bytes) -> None:
        if path == name:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, path, data)

    monkeypatch.setattr(files.ReportDir, "write", full_for_one)
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        done = run(simulator, tmp_path, clock)

    assert (4, "error", "4") == (done.code, done.outputs["verdict"], done.outputs["exit-code"])
    assert (
        f"koregate cannot write {name}: No space left on device. Check report-dir and the disk."
        in done.log.splitlines()
    )
    message = f"koregate could not write these reports: {name}."
    assert message in done.log.splitlines()[-1]
    assert set(RENDERERS) - {name} == set(RENDERERS) & names_in(done.folder)
    assert name == "junit.xml" or message in [row.message for row in done.rows]
    assert name == "report.json" or "error" == json.loads((done.folder / "report.json").read_bytes())["verdict"]


def test_a_report_directory_that_cannot_be_made_is_an_input_that_cannot_be_used(
    tmp_path: Path, clock: FakeClock
) -> None:
    (tmp_path / "koregate-report").write_text("in the way")
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        failed = run(simulator, tmp_path, clock)
        skipped = run(simulator, tmp_path, clock, client_id="", client_secret="", on_missing_credentials="skip")

    assert ([2, 2], []) == ([failed.code, skipped.code], simulator.requests)
    assert "report-dir: " in failed.log
    assert "report-dir: " in skipped.log
