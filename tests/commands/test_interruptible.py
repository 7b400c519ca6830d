"""A signal while a reply is judged: the job outputs do not wait for a judgement that takes long."""

import json
import signal
import threading
import time
from pathlib import Path
from queue import SimpleQueue

import pytest
from support.clock import FakeClock
from support.job import FAILING, PASSING, command, gate, job, printed, run, scenario, snapshot

from koregate.commands.interruptible import GRACE_SECONDS, Interruptible
from koregate.judging.job import JobJudge
from koregate.judging.results import SuiteResult
from koregate.runs.event_queue import EventQueue
from koregate.runs.events import Event, RunFinished, StillWaiting
from koregate.runs.record import RunRecord
from koregate.simulator import Simulator

OTHER = StillWaiting(("Pizza",))


def test_work_without_a_signal_takes_its_time() -> None:
    queue: EventQueue = SimpleQueue()
    queue.put(OTHER)

    assert "done" == Interruptible(queue).do(lambda: (threading.Event().wait(0.6), "done")[1])
    assert OTHER == queue.get_nowait()


def test_work_that_is_soon_done_is_done_in_spite_of_a_signal() -> None:
    queue: EventQueue = SimpleQueue()
    queue.put(signal.SIGTERM)

    assert "done" == Interruptible(queue).do(lambda: (threading.Event().wait(0.4), "done")[1])
    assert signal.SIGTERM == queue.get_nowait()


def test_longer_work_is_abandoned_and_the_queue_stays_as_it_is() -> None:
    queue: EventQueue = SimpleQueue()
    for event in (OTHER, signal.SIGINT, signal.SIGTERM, OTHER):
        queue.put(event)
    forever = threading.Event()

    assert signal.SIGINT == Interruptible(queue).do(forever.wait)
    assert [OTHER, signal.SIGINT, signal.SIGTERM, OTHER] == [queue.get_nowait() for _ in range(4)]
    assert queue.empty()
    forever.set()


def test_all_work_after_a_signal_shares_one_time() -> None:
    judging = Interruptible(SimpleQueue())
    judging.interrupt(signal.SIGTERM)
    judging.interrupt(signal.SIGINT)
    forever = threading.Event()

    began = time.monotonic()
    assert [signal.SIGTERM] * 20 == [judging.do(forever.wait) for _ in range(20)]
    assert GRACE_SECONDS <= time.monotonic() - began < 4 * GRACE_SECONDS
    assert judging.seconds_since_signal >= GRACE_SECONDS
    forever.set()


def test_without_a_signal_no_time_runs() -> None:
    judging = Interruptible(SimpleQueue())
    judging.do(int)

    assert 0 == judging.seconds_since_signal


def test_a_problem_of_the_work_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        Interruptible(SimpleQueue()).do(lambda: 1 / 0)


@pytest.mark.parametrize("names", [["Pizza"], ["Pizza", "Hours"]])
def test_a_signal_while_a_reply_is_judged_ends_the_job_with_the_reply_saved(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    queue: EventQueue = SimpleQueue()
    forever = threading.Event()
    judge = JobJudge.judge
    calls: list[RunRecord] = []

    def slow(self: JobJudge, number: int, record: RunRecord) -> SuiteResult:
        calls.append(record)
        if len(calls) == 1:
            queue.put(signal.SIGTERM)
            forever.wait()
        return judge(self, number, record)

    monkeypatch.setattr(JobJudge, "judge", slow)
    quick = {"seconds": 20, "steps": [{"say": "hi", "expect": "Hello"}]}
    endless = {**quick, "seconds": 600}
    suites = scenario(**{name: quick if name == "Pizza" else endless for name in names})
    with Simulator(suites, now=clock.monotonic, wall=clock.wall) as simulator:
        done = run(simulator, tmp_path, clock, queue=queue, resume="true")
        forever.set()

    assert (143, "cancelled") == (done.code, done.outputs["verdict"])
    assert "cancelled" == json.loads(done.files["report.json"])["suites"][0]["verdict"]
    assert "There was no time left to judge the last reply." in done.files["report.json"].decode()
    assert "The verdict stands" not in done.log
    assert [path for path in done.folder.rglob("raw/*.json") if b'"passed"' in path.read_bytes()]
    assert "ctr-" in done.outputs["test-run-ids"]
    assert (done.folder / "resume.json").exists()
    saved = str(done.folder / "raw")
    assert 143 == gate({"report-dir": "again"}, tmp_path, FakeClock(), saved=(saved,)).code


def never_ends(monkeypatch: pytest.MonkeyPatch, queue: EventQueue, function: str, signum: int) -> threading.Event:
    """Let this function not return before the event, and the signal arrive while it works."""
    end = threading.Event()

    def endless(*_: object, **__: object) -> None:
        queue.put(signum)
        end.wait(30)

    monkeypatch.setattr(f"koregate.commands.{function}", endless)
    monkeypatch.setattr("koregate.commands.interruptible.GRACE_SECONDS", 0.1)
    return end


@pytest.mark.parametrize(
    ("words", "function"),
    [
        ("report raw", "report.load"),
        ("report raw/001-pizza.json", "report.load_json"),
        ("report raw", "report.judge_job"),
        ("merge report.json", "merge.read_report_file"),
        ("merge report.json", "merge.merge_reports"),
        ("merge report.json --baseline koregate-report/report.json", "policy_files.read_baseline"),
    ],
)
def test_a_signal_ends_an_offline_command_at_its_work_and_no_file_is_touched(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, words: str, function: str
) -> None:
    name, file, *options = words.split()
    job(tmp_path, clock, scenario(Pizza=PASSING))
    given = [name, str(tmp_path / "koregate-report" / file), *options, "--report-dir", "again"]
    if file.startswith("raw/"):
        # These are the saved replies of no other job.
        (tmp_path / "again").mkdir()
    else:
        assert 0 == command(given, tmp_path, clock).code
    before = files_in(tmp_path)
    queue: EventQueue = SimpleQueue()
    end = never_ends(monkeypatch, queue, function, signal.SIGTERM)

    done = command(given, tmp_path, clock, queue=queue)
    end.set()

    assert (143, "cancelled") == (done.code, done.outputs["verdict"])
    assert "Verdict: cancelled (exit code 143). Canceled by SIGTERM." == done.verdict
    assert "" == done.outputs["junit-path"]
    assert before == files_in(tmp_path)


def files_in(workspace: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file that is not the runner's."""
    return {name: found for name, found in snapshot(workspace).items() if "/" in name}


@pytest.mark.parametrize(
    ("words", "function"),
    [
        ("diff report.json report.json", "diff.read_claimed_report"),
        ("diff report.json report.json --json", "diff.compare"),
        ("quarantine report.json --owner ann --until 30d", "quarantine.read_claimed_report"),
        ("shape raw", "shape.shape_lines"),
    ],
)
def test_a_signal_ends_a_command_that_prints_a_document_at_its_work(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, words: str, function: str
) -> None:
    job(tmp_path, clock, scenario(Pizza=FAILING))
    folder = tmp_path / "koregate-report"
    given = [str(folder / word) if (folder / word).exists() else word for word in words.split()]
    queue: EventQueue = SimpleQueue()
    end = never_ends(monkeypatch, queue, function, signal.SIGINT)

    ended = printed(given, tmp_path, clock, queue=queue)
    end.set()

    assert (130, "", "Canceled by SIGINT.\n") == ended


class ASignalAndEveryEnd(SimpleQueue[int | Event]):
    """Keeps the runs that finished until all have, and hands them over after a signal."""

    def __init__(self, runs: int) -> None:
        super().__init__()
        self._runs = runs
        self._kept: list[int | Event] = []

    def put(self, item: int | Event, *_: object) -> None:
        if not isinstance(item, RunFinished) or len(self._kept) == self._runs:
            super().put(item)
            return
        self._kept.append(item)
        if len(self._kept) == self._runs:
            for event in (signal.SIGTERM, *self._kept):
                super().put(event)


def test_runs_that_end_in_the_moment_of_a_signal_are_saved_and_share_one_time_to_be_judged(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = JobJudge.judge

    def slow(self: JobJudge, number: int, record: RunRecord) -> SuiteResult:
        if record.stop is None:
            threading.Event().wait(8)
        return judge(self, number, record)

    monkeypatch.setattr(JobJudge, "judge", slow)
    suite = {"seconds": 20, "steps": [{"say": "hi", "expect": "Hello"}]}
    played = scenario(Pizza=suite, Hours=suite, Greeting=suite)
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        began = time.monotonic()
        done = run(simulator, tmp_path, clock, queue=ASignalAndEveryEnd(3))
        took = time.monotonic() - began

    assert took < 6
    assert (143, "cancelled") == (done.code, done.outputs["verdict"])
    suites = json.loads(done.files["report.json"])["suites"]
    assert ["cancelled"] * 3 == [suite["verdict"] for suite in suites]
    assert 3 == len([path for path in done.folder.rglob("raw/*.json") if b'"passed"' in path.read_bytes()])
