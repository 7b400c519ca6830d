"""The end of a job: reports that cannot be made, signals that arrive late, and signs of life."""

import errno
import io
import itertools
import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from support import junit
from support.answers import answer, failed_step, job_of, record_of, report_of, step
from support.clock import FakeClock
from support.job import PASSING, command, heredocs, job, run, scenario
from support.page import JOBS
from support.saved import FACTS

from koregate import files
from koregate.ci.base import CISystem
from koregate.ci.github import GitHub
from koregate.ci.shell import Shell
from koregate.commands import suite_runs
from koregate.commands.context import JobContext
from koregate.commands.publish import Published, publish
from koregate.commands.simulate import inputs_for
from koregate.files import ReportDir
from koregate.inputs import ReportInputs, read_inputs
from koregate.judging.results import JobResult
from koregate.reports.render import RENDERERS
from koregate.runs.record import RunRecord, StopReason
from koregate.simulator import Simulator
from koregate.verdicts import Verdict


class Ended:
    """What a job left behind."""

    def __init__(
        self,
        workspace: Path,
        result: JobResult,
        signals: tuple[int, ...] = (),
        heartbeat: float = 15.0,
        system: type[CISystem] = GitHub,
        *,
        is_demo: bool = False,
    ) -> None:
        (workspace / "output.txt").write_text("")
        stream = io.StringIO()
        queue: SimpleQueue[Any] = SimpleQueue()
        for signum in signals:
            queue.put(signum)
        ci = system({"GITHUB_OUTPUT": str(workspace / "output.txt")}, stream)
        context = JobContext({}, workspace, ci, FakeClock(), queue, heartbeat, is_demo=is_demo)
        self.folder = workspace / "koregate-report"
        report_dir = files.prepare(workspace, "koregate-report")
        self.published: Published = publish(result, read_inputs(ReportInputs, {}, {}, workspace), report_dir, context)
        self.log = stream.getvalue()
        self.outputs = heredocs((workspace / "output.txt").read_text())


PATHS = ("junit-path", "json-path", "html-path", "ctrf-path")


def fail(_: JobResult) -> bytes:
    raise RecursionError("too deep")


def fail_for_want_of_room(_: JobResult) -> bytes:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize(
    ("failing", "reason"),
    [(fail, "internal error, RecursionError: too deep"), (fail_for_want_of_room, "No space left on device")],
)
def test_a_report_that_cannot_be_made_makes_the_verdict_an_error_everywhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    failing: Callable[[JobResult], bytes],
    reason: str,
) -> None:
    monkeypatch.setitem(RENDERERS, name, failing)
    ended = Ended(tmp_path, report_of(Pizza=answer(step())))

    assert (4, "error", "4") == (ended.published.exit_code, ended.outputs["verdict"], ended.outputs["exit-code"])
    assert f"koregate cannot write {name}: {reason}." in ended.log
    assert {*RENDERERS} - {name} == {path.name for path in ended.folder.iterdir()}
    if name != "report.json":
        assert "error" == json.loads((ended.folder / "report.json").read_bytes())["verdict"]
    if name != "junit.xml":
        rows = junit.read((ended.folder / "junit.xml").read_bytes())
        assert [("Pizza", "passed"), ("koregate", "error")] == [
            (row.classname.partition(".")[0], row.outcome) for row in rows
        ]


def test_a_report_that_could_be_made_only_before_the_error_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = iter([RENDERERS["junit.xml"], fail])

    def render_once(result: JobResult) -> bytes:
        return next(attempts)(result)

    monkeypatch.setitem(RENDERERS, "junit.xml", render_once)
    monkeypatch.setitem(RENDERERS, "report.html", fail)
    ended = Ended(tmp_path, report_of(Pizza=answer(step())))

    assert (4, "error") == (ended.published.exit_code, ended.outputs["verdict"])
    assert {"report.json", "ctrf-report.json"} == {path.name for path in ended.folder.iterdir()}


def small_disk(monkeypatch: pytest.MonkeyPatch, folder: Path, capacity: int) -> None:
    """A disk with room for that many bytes of reports. A new file takes its room before the old one is gone."""
    write = ReportDir.write

    def write_if_it_fits(self: ReportDir, name: str, data: bytes) -> None:
        if sum(path.stat().st_size for path in folder.iterdir()) + len(data) > capacity:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(self, name, data)

    monkeypatch.setattr(ReportDir, "write", write_if_it_fits)


def test_whatever_room_a_disk_has_log_outputs_and_reports_name_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = report_of(Pizza=answer(*[failed_step()] * 20, status="failed"), Pasta=answer(step()))
    sizes = {name: len(render(result)) for name, render in RENDERERS.items()}
    whole = sum(sizes.values())
    in_short = result.with_missing_reports(RENDERERS).without_steps()
    short = sum(len(RENDERERS[name](in_short)) for name in ("junit.xml", "report.json"))
    assert short + 3000 < sizes["junit.xml"]
    edges = {room + more for room in itertools.accumulate(sizes.values()) for more in (-1, 0, 200, 1000)}
    seen: set[frozenset[str]] = set()
    for capacity in sorted({*range(0, whole, whole // 30), *edges}):
        if capacity >= whole:
            continue
        (workspace := tmp_path / str(capacity)).mkdir()
        small_disk(monkeypatch, workspace / "koregate-report", capacity)
        ended = Ended(workspace, result)
        monkeypatch.undo()

        there = {path.name for path in ended.folder.iterdir()}
        missing = {*RENDERERS} - there
        seen.add(frozenset(there))
        assert (4, "error", "4") == (ended.published.exit_code, ended.outputs["verdict"], ended.outputs["exit-code"])
        assert there == {path.name for path in ended.published.files}
        assert there == {Path(ended.outputs[name]).name for name in PATHS if ended.outputs[name]}
        sentence = f"koregate could not write these reports: {', '.join(sorted(missing))}."
        assert ended.log.count("koregate could not write these reports: ") == ended.log.count(sentence) > 0
        (line,) = [line for line in ended.log.splitlines() if line.startswith("Reports: ")]
        assert all((name in line) == (name in there) for name in RENDERERS if name != "ctrf-report.json")
        if "report.json" in there:
            report = json.loads((ended.folder / "report.json").read_bytes())
            assert (4, sentence) == (report["exitCode"], report["suites"][-1]["doubts"][0])
        if "junit.xml" in there:
            assert sentence in [row.message for row in junit.read((ended.folder / "junit.xml").read_bytes())]
        # What fits beside the others the first time is not lost the second time.
        if capacity >= sizes["junit.xml"]:
            assert "junit.xml" in there
        if capacity >= sizes["junit.xml"] + sizes["report.json"]:
            assert {"junit.xml", "report.json"} <= there
        # One test case per suite takes little room, also if no report fitted the first time.
        if short + 1000 <= capacity < sizes["junit.xml"]:
            assert {"junit.xml", "report.json"} == there
        # Nor are its test cases, as long as one of the optional reports can make room.
        if capacity >= sizes["junit.xml"] + sizes["report.json"] + 2000:
            assert 22 == len(junit.read((ended.folder / "junit.xml").read_bytes()))
    assert {frozenset(), frozenset({"junit.xml"}), frozenset({"junit.xml", "report.json"})} <= seen


@contextmanager
def small_files(limit: int) -> Iterator[None]:
    """The system lets no file of this process grow beyond that many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("limit", [12_000, 40_000])
def test_where_no_report_has_room_all_are_written_in_short(tmp_path: Path, limit: int) -> None:
    result = report_of(Pizza=answer(*[failed_step()] * 200, status="failed"))
    assert min(len(render(result)) for render in RENDERERS.values()) > 40_000
    with small_files(limit):
        ended = Ended(tmp_path, result, system=Shell)

    there = {path.name for path in ended.folder.iterdir()}
    assert {"junit.xml", "report.json", "outputs.env"} == there
    assert {path.name for path in ended.published.files} == {"junit.xml", "report.json"}
    report = json.loads((ended.folder / "report.json").read_bytes())
    rows = junit.read((ended.folder / "junit.xml").read_bytes())
    assert (4, 4, ["failure", "error"]) == (
        ended.published.exit_code,
        report["exitCode"],
        [row.outcome for row in rows],
    )
    assert "koregate could not write these reports: ctrf-report.json, report.html." in ended.log
    assert "stands for 200 test cases" in rows[0].message


@pytest.mark.parametrize("names", [("junit.xml", "report.json"), ("report.json",)])
def test_a_bug_in_a_report_that_programs_need_takes_no_test_case_from_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    for name in names:
        monkeypatch.setitem(RENDERERS, name, fail)
    ended = Ended(tmp_path, report_of(Pizza=answer(*[step()] * 3)))

    assert {*RENDERERS} - {*names} == {path.name for path in ended.folder.iterdir()}
    ctrf = json.loads((ended.folder / "ctrf-report.json").read_bytes())
    assert 4 == ctrf["results"]["summary"]["tests"]


def test_the_job_outputs_come_before_the_optional_reports_on_a_nearly_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = report_of(Pizza=answer(*[failed_step()] * 20, status="failed"), Pasta=answer(step()))
    sizes = {name: len(render(result)) for name, render in RENDERERS.items()}
    ends = list(itertools.accumulate(sizes.values()))
    for capacity in (ends[0], ends[1], ends[1] + 300, *range(ends[2], ends[2] + 4000, 200), ends[3] - 1):
        (workspace := tmp_path / str(capacity)).mkdir()
        small_disk(monkeypatch, workspace / "koregate-report", capacity)
        ended = Ended(workspace, result, system=Shell)
        monkeypatch.undo()

        there = {path.name for path in ended.folder.iterdir()}
        assert {"junit.xml", "report.json", "outputs.env"} <= there, capacity
        cases = len(junit.read((ended.folder / "junit.xml").read_bytes()))
        assert cases == (22 if capacity >= ends[2] else 3), "in short only where both have no room in full"
        outputs = (ended.folder / "outputs.env").read_text()
        assert "KOREGATE_VERDICT=error\nKOREGATE_EXIT_CODE=4\n" in outputs
        assert ("KOREGATE_HTML_PATH=\n" in outputs) == ("report.html" not in there)


def test_a_suite_of_the_gates_own_name_does_not_clash_with_missing_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RENDERERS, "report.html", fail)
    ended = Ended(tmp_path, report_of(koregate=answer(step(expected=[], actual=[]))))

    assert 2 == len(junit.read((ended.folder / "junit.xml").read_bytes()))


def test_a_signal_after_the_verdict_hands_the_result_over_at_once_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    told: list[str] = []
    page = RENDERERS["report.html"]

    def slow(result: JobResult) -> bytes:
        # The runner kills while a large page is made: what is on disk by then is all that is left.
        until = time.monotonic() + 5
        while not told[-1:] and time.monotonic() < until:
            told.extend(filter(None, [(tmp_path / "after" / "output.txt").read_text()]))
            time.sleep(0.01)
        return page(result)

    result = report_of(Pizza=answer(failed_step(), status="failed"))
    before = Ended(tmp_path / "before", result)
    monkeypatch.setitem(RENDERERS, "report.html", slow)
    after = Ended(tmp_path / "after", result, signals=(signal.SIGINT, signal.SIGTERM))
    assert after.published.job is None, "nothing more is told or kept after a signal"

    assert before.outputs == heredocs(told[0]) == after.outputs
    assert before.published.exit_code == after.published.exit_code == 1
    assert "SIGINT received. The verdict stands. Finishing the reports." in after.log
    assert 1 == after.log.count("Verdict: failed")
    assert {path.name for path in before.folder.iterdir()} == {path.name for path in after.folder.iterdir()}


def test_slow_reports_show_that_koregate_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = RENDERERS["report.html"]

    def slow(result: JobResult) -> bytes:
        time.sleep(0.6)
        return page(result)

    monkeypatch.setitem(RENDERERS, "report.html", slow)

    assert "Still writing the reports." in Ended(tmp_path, report_of(Pizza=answer(step())), heartbeat=0.1).log


def test_after_a_signal_the_outputs_come_before_the_first_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    render = RENDERERS["junit.xml"]

    def look(result: JobResult) -> bytes:
        seen.append((tmp_path / "output.txt").read_text())
        return render(result)

    monkeypatch.setitem(RENDERERS, "junit.xml", look)
    stop = StopReason(Verdict.CANCELLED, 130, "Canceled by SIGINT.")
    ended = Ended(tmp_path, job_of(RunRecord("Pizza", "ctr-1", stop=stop)))

    assert "cancelled" == heredocs(seen[0])["verdict"]
    assert 130 == ended.published.exit_code


@pytest.mark.parametrize("is_late", [False, True], ids=["during the run", "while reports are written"])
def test_after_a_signal_the_outputs_come_before_the_log_of_the_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    seen: list[str] = []
    page = RENDERERS["report.html"]

    def look(_: JobResult) -> list[str]:
        seen.append((tmp_path / "output.txt").read_text())
        return []

    def slow(result: JobResult) -> bytes:
        until = time.monotonic() + 5
        while not seen and time.monotonic() < until:
            time.sleep(0.01)
        return page(result)

    monkeypatch.setattr("koregate.commands.publish.failure_lines", look)
    monkeypatch.setitem(RENDERERS, "report.html", slow)
    stop = StopReason(Verdict.CANCELLED, 143, "Canceled by SIGTERM.")
    stopped = job_of(RunRecord("Pizza", "ctr-1", stop=stop))
    result = report_of(Pizza=answer(failed_step(), status="failed")) if is_late else stopped
    Ended(tmp_path, result, signals=(signal.SIGTERM,) if is_late else ())

    assert ("failed" if is_late else "cancelled") == heredocs(seen[0])["verdict"]


def test_after_a_signal_each_of_very_large_suites_has_one_case_that_stands_for_all(tmp_path: Path) -> None:
    stop = StopReason(Verdict.CANCELLED, 143, "Canceled by SIGTERM.")
    large = record_of("Large", answer(*[failed_step()] * 20_001, status="failed"))
    ended = Ended(tmp_path, job_of(large, record_of("Small", answer(step())), RunRecord("Late", "ctr-9", stop=stop)))
    rows = junit.read((ended.folder / "junit.xml").read_bytes())

    assert [("Large.run", "failure"), ("Small.run", "passed"), ("Late.run", "error")] == [
        (row.classname, row.outcome) for row in rows
    ]
    assert "20001 failed" in rows[0].message
    assert ("3", "1", "1", "1") == tuple(ended.outputs[name] for name in ("total", "passed", "failed", "errors"))


def test_an_unexpected_error_ends_in_a_report_and_outputs(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_to_judge(*_: object) -> None:
        raise LookupError("nobody expected this")

    monkeypatch.setattr(suite_runs, "JobJudge", fail_to_judge)
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert "Internal error (LookupError: nobody expected this). This is a bug in koregate" in done.log
    assert "Traceback" not in done.log
    assert ["error"] == [row.outcome for row in done.rows]


@pytest.mark.parametrize("broken", ["koregate.commands.run.publish", "koregate.commands.run.apply_policy"])
def test_an_unexpected_error_after_the_runs_keeps_their_ids(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail_late(*_: object) -> None:
        raise LookupError("nobody expected this")

    monkeypatch.setattr(broken, fail_late)
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING, Hours=PASSING))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert ["error", "error"] == [row.outcome for row in done.rows]
    ids = done.outputs["test-run-ids"].splitlines()
    assert 2 == len(ids) == len(simulator.starts("Pizza")) + len(simulator.starts("Hours"))
    assert {*ids} == {suite["testRunId"] for suite in json.loads(done.files["report.json"])["suites"]}
    assert all(run_id in (done.folder / "resume.json").read_text() for run_id in ids)
    assert "Internal error (LookupError: nobody expected this)." in done.log


@pytest.mark.parametrize("kind", [MemoryError, RuntimeError])
def test_what_also_prevents_the_report_on_an_error_ends_in_one_line_and_the_outputs(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def fail_again(*_: object) -> None:
        raise kind

    monkeypatch.setattr("koregate.commands.run.publish", fail_again)
    monkeypatch.setattr("koregate.commands.publish.publish", fail_again)
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    run_id = done.outputs["test-run-ids"]
    assert run_id.startswith("ctr-")
    assert done.verdict.endswith(f"No report could be written. Test runs: {run_id}.")
    assert ("out of memory" in done.verdict) == (kind is MemoryError)
    assert [""] * 4 == [done.outputs[name] for name in PATHS]
    assert not {*RENDERERS} & {*done.files}
    assert "Traceback" not in done.log


def test_an_unexpected_error_on_the_report_about_unusable_inputs_is_no_failed_test(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_again(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("koregate.commands.publish.publish", fail_again)
    done = command(["run"], tmp_path, clock)

    assert (4, "error", "") == (done.code, done.outputs["verdict"], done.outputs["test-run-ids"])
    assert done.verdict.endswith("No report could be written.")


@pytest.mark.parametrize("name", ["raw", "junit.xml", "report.html", "outputs.env"])
@pytest.mark.parametrize("obstacle", ["folder", "link"])
def test_nothing_in_the_place_of_a_report_loses_it(tmp_path: Path, clock: FakeClock, name: str, obstacle: str) -> None:
    place = tmp_path / "koregate-report" / name
    place.parent.mkdir()
    (tmp_path / "outside").mkdir()
    if obstacle == "folder":
        place.mkdir()
    else:
        place.symlink_to(tmp_path / "outside")
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING))

    assert (0, "passed") == (done.code, done.outputs["verdict"])
    assert {*RENDERERS, "raw/run.json", "raw/001-pizza.json"} <= {*done.files}
    assert [] == list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("name", [*RENDERERS, "resume.json"])
def test_a_file_of_another_tool_in_the_place_of_a_report_is_kept(tmp_path: Path, clock: FakeClock, name: str) -> None:
    place = tmp_path / "koregate-report" / name
    place.parent.mkdir()
    place.write_text("somebody else's")

    for _ in range(2):
        assert 0 == job(tmp_path, clock, scenario(Pizza=PASSING))[0].code

    kept = [path for path in place.parent.iterdir() if path.is_file() and path.read_bytes() == b"somebody else's"]
    assert [name] == [path.name.partition(".moved-")[0] for path in kept]
    # The reports of the first job were recognized as koregate's own.
    assert 1 == len([path for path in place.parent.iterdir() if ".moved-" in path.name])


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("report", RENDERERS)
def test_every_report_is_recognized_as_koregates_own(tmp_path: Path, name: str, report: str) -> None:
    folder = files.prepare(tmp_path, ".")
    for _ in range(2):
        folder.write(report, RENDERERS[report](JOBS[name]()))

    assert [report] == [path.name for path in tmp_path.iterdir()]


def test_an_output_file_that_cannot_be_written_is_a_warning(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        given = [f"--{name}={value}" for name, value in inputs_for(simulator).items()]
        (tmp_path / "full").symlink_to("/dev/full")
        done = command(["run", *given], tmp_path, clock, environ={"GITHUB_STEP_SUMMARY": str(tmp_path / "full")})

    assert 0 == done.code
    assert (
        "::warning title=koregate::cannot write to the file that GITHUB_STEP_SUMMARY names: No space left on device."
        in done.log
    )


def test_a_deeply_nested_reply_ends_in_a_verdict_and_reports(tmp_path: Path, clock: FakeClock) -> None:
    deep: Any = "x"
    for _ in range(700):
        deep = [deep]
    suite = {"seconds": 0, "final": answer(step(), result__errorDetails=deep)}
    with Simulator(scenario(Pizza=suite), now=clock.monotonic, wall=clock.wall) as simulator:
        done = run(simulator, tmp_path, clock)

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert {*RENDERERS} <= {*done.files}


CI = {"GITHUB_SHA": "4f2a8c11d0b7e6539a1c8e44d2f7b0a9c6e5d3f1", "GITHUB_HEAD_REF": "ann@example.com/fix"}


@pytest.mark.parametrize("words", [[], ["--timeout=never"], ["--on-missing-credentials=skip"]])
def test_a_job_that_ran_nothing_has_its_date_and_commit(tmp_path: Path, clock: FakeClock, words: list[str]) -> None:
    environ = {**CI, "GITHUB_ACTOR": "dependabot[bot]"}
    given = ["--host=https://a.example", "--stream-id=st-1", "--test-suites=Pizza", "--user-email=a@example.com"]

    done = command(["run", *given, *words], tmp_path, clock, environ)

    report = json.loads(done.files["report.json"])
    assert (clock.now().isoformat(), CI["GITHUB_SHA"]) == (report["finishedAt"], report["ci"]["commit"])
    assert "[email]/fix" == report["ci"]["branch"]


def test_a_job_without_all_of_its_reports_keeps_its_facts() -> None:
    told = report_of(Pizza=answer(step())).with_facts(FACTS, str)
    assert FACTS == told.with_missing_reports(["junit.xml"]).facts == told.without_steps().facts


def test_a_job_whose_report_directory_was_moved_is_an_error_that_names_no_report(tmp_path: Path) -> None:
    class MovingClock(FakeClock):
        def wait(self, seconds: float) -> None:
            if (tmp_path / "koregate-report").exists() and not (tmp_path / "elsewhere").exists():
                (tmp_path / "koregate-report").rename(tmp_path / "elsewhere")
                (tmp_path / "koregate-report").mkdir()
            super().wait(seconds)

    clock = MovingClock()
    suites = scenario(Pizza={"seconds": 20, "steps": [{"say": "hi", "expect": "Hello"}]})
    with Simulator(suites, now=clock.monotonic, wall=clock.wall) as simulator:
        done = run(simulator, tmp_path, clock)

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert {""} == {done.outputs[f"{name}-path"] for name in ("junit", "json", "html", "ctrf")}
    assert "koregate cannot write junit.xml: the report directory was removed, moved or replaced" in done.log
    assert [] == [*(tmp_path / "koregate-report").iterdir()]


@pytest.mark.parametrize("is_demo", [True, False])
def test_nothing_attaches_to_a_run_of_a_simulator_that_ends_with_the_job(tmp_path: Path, is_demo: bool) -> None:
    late = job_of(RunRecord("Late", "ctr-1", stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m (timeout).")))

    log = Ended(tmp_path, late, system=Shell, is_demo=is_demo).log

    assert "What to do next:\n" in log
    assert "If it times out again, increase --timeout" in log
    assert is_demo is not ("still be running" in log)
    assert is_demo is not ("The command that attaches to it:" in log)
    assert is_demo is not ("run the command above." in log)
