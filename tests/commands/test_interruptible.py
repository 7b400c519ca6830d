"""A signal while a reply is judged: the job outputs do not wait for a judgement that takes long."""

import json
import signal
import threading
from pathlib import Path
from queue import SimpleQueue

import pytest
from support.clock import FakeClock
from support.job import gate, run, scenario

from koregate.commands.interruptible import interruptible
from koregate.judging.job import JobJudge
from koregate.judging.results import SuiteResult
from koregate.runs.event_queue import EventQueue
from koregate.runs.events import StillWaiting
from koregate.runs.record import RunRecord
from koregate.simulator import Simulator

OTHER = StillWaiting(("Pizza",))


def test_work_without_a_signal_takes_its_time() -> None:
    queue: EventQueue = SimpleQueue()
    queue.put(OTHER)

    assert "done" == interruptible(lambda: (threading.Event().wait(0.6), "done")[1], queue)
    assert OTHER == queue.get_nowait()


def test_work_that_is_soon_done_is_done_in_spite_of_a_signal() -> None:
    queue: EventQueue = SimpleQueue()
    queue.put(signal.SIGTERM)

    assert "done" == interruptible(lambda: (threading.Event().wait(0.4), "done")[1], queue)
    assert signal.SIGTERM == queue.get_nowait()


def test_longer_work_is_abandoned_and_the_queue_stays_as_it_is() -> None:
    queue: EventQueue = SimpleQueue()
    for event in (OTHER, signal.SIGINT, signal.SIGTERM, OTHER):
        queue.put(event)
    forever = threading.Event()

    assert signal.SIGINT == interruptible(forever.wait, queue)
    assert [OTHER, signal.SIGINT, signal.SIGTERM, OTHER] == [queue.get_nowait() for _ in range(4)]
    assert queue.empty()
    forever.set()


def test_a_problem_of_the_work_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda: 1 / 0, SimpleQueue())


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
