"""A machine that allows few threads, or none: no test run is lost, and no job ends without its outputs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from support.clock import FakeClock
from support.job import FAILING, PASSING, STEP, command, job, run, scenario
from support.threads import limit_threads

from koregate.commands.interruptible import Interruptible
from koregate.commands.simulate import inputs_for
from koregate.kore_api.result_file import Download
from koregate.kore_api.result_link import ResultFile
from koregate.reports.render import RENDERERS
from koregate.runs.event_queue import EventQueue
from koregate.simulator import Simulator

ROOT = Path(__file__).parents[2]

QUICK: dict[str, Any] = {"seconds": 2, "steps": [STEP]}
NAMES = [f"Suite {number}" for number in range(4)]
NO_THREAD = "This machine allows no further thread"
ADVICE = "Increase this machine's limit of processes (docker: --pids-limit, shell: ulimit -u) or of memory."


@pytest.mark.parametrize("limit", [2, 3, 4, 5, 7, 8])
def test_with_few_threads_fewer_suites_run_at_once_and_each_one_is_started_once(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    limit_threads(monkeypatch, limit)
    done, simulator = job(tmp_path, clock, scenario(**dict.fromkeys(NAMES, QUICK)), max_parallel="4")

    assert (0, "passed") == (done.code, done.outputs["verdict"])
    assert [1] * 4 == [len(simulator.starts(name)) for name in NAMES]
    assert 4 == len(done.outputs["test-run-ids"].splitlines())
    assert {*RENDERERS} <= {*done.files}


def test_with_few_threads_a_suite_runs_again(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_threads(monkeypatch, 2)
    done, simulator = job(tmp_path, clock, scenario(Pizza=FAILING, Hours=PASSING), retries="1")

    assert (1, "failed") == (done.code, done.outputs["verdict"])
    assert [2, 1] == [len(simulator.starts(name)) for name in ("Pizza", "Hours")]


@pytest.mark.parametrize("limit", [0, 1])
@pytest.mark.parametrize("options", [{}, {"retries": "2"}])
def test_without_a_thread_for_requests_nothing_is_sent_and_the_limit_is_named(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, limit: int, options: dict[str, str]
) -> None:
    limit_threads(monkeypatch, limit)
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING, Hours=PASSING), **options)

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert [] == list(simulator.requests)
    assert ["error", "error"] == [row.outcome for row in done.rows]
    assert f"{NO_THREAD}, so no request was sent." in done.log
    assert ADVICE in done.log
    assert "bug" not in done.log
    assert {*RENDERERS} <= {*done.files}


def test_without_a_thread_for_requests_a_known_run_keeps_its_id(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        run_id = simulator.start_run("Pizza")
        limit_threads(monkeypatch, 0)
        done = run(simulator, tmp_path, clock, test_run_ids=run_id)

    assert (4, run_id) == (done.code, done.outputs["test-run-ids"])


def test_a_run_that_can_no_longer_be_followed_is_an_error_with_its_id(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        limit_threads(monkeypatch, lambda: 1 if simulator.starts("Pizza") else 2, patience=0)
        done = run(simulator, tmp_path, clock)

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert done.outputs["test-run-ids"].startswith("ctr-")
    assert f"{NO_THREAD}. 10 requests in a row failed." in done.log
    assert ADVICE in done.log
    assert done.outputs["test-run-ids"] in (done.folder / "resume.json").read_text()


def test_a_start_without_a_thread_was_not_sent_and_is_repeated(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = iter([2, 2, 1, 1])
    limit_threads(monkeypatch, lambda: next(limits, 9), patience=0)
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING))

    assert (0, 1) == (done.code, len(simulator.starts("Pizza")))
    assert "this machine allows no further thread" in done.log


def test_a_start_that_never_gets_a_thread_has_started_nothing(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = iter([2, 2])
    limit_threads(monkeypatch, lambda: next(limits, 1), patience=0)
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING))

    assert (4, "", []) == (done.code, done.outputs["test-run-ids"], list(simulator.requests))
    assert f"{NO_THREAD}, so no test run was started. 10 requests in a row failed." in done.log
    assert "may have started" not in done.log


def test_the_doctor_names_the_limit_of_threads(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_threads(monkeypatch, 0, patience=0)
    with Simulator(scenario(Pizza=PASSING)) as simulator:
        options = [f"--{name}={value}" for name, value in inputs_for(simulator).items()]
        done = command(["doctor", *options], tmp_path, clock)

    assert (4, []) == (done.code, list(simulator.requests))
    assert "his machine allows no further thread" in done.log
    assert "bug" not in done.log


def test_a_result_file_is_not_fetched_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_threads(monkeypatch, 0, patience=0)
    file = Download("http://127.0.0.1:9", verify=True, mask=bytes).fetch("http://127.0.0.1:9/file", 5)

    assert ResultFile(problem="The result file was not fetched: this machine allows no further thread.") == file


def test_work_without_a_thread_is_done_by_this_one_in_spite_of_a_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_threads(monkeypatch, 0)
    queue: EventQueue = SimpleQueue()
    queue.put(signal.SIGTERM)
    judging = Interruptible(queue)
    judging.interrupt(signal.SIGTERM)

    assert threading.current_thread() is judging.do(threading.current_thread)
    with pytest.raises(ZeroDivisionError):
        judging.do(lambda: 1 / 0)


# A user that no machine has: the limit counts all processes of a user, and root has none.
USER = 54321
LIMITED = ["prlimit", "--nproc=5", "setpriv", "--reuid", str(USER), "--clear-groups", sys.executable]


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="this user cannot become another one")
def test_the_command_under_a_real_limit_loses_no_run() -> None:
    quick = {**QUICK, "seconds": 0}
    with tempfile.TemporaryDirectory() as folder, Simulator(scenario(**dict.fromkeys(NAMES, quick))) as simulator:
        os.chown(folder, USER, USER)
        given = {f"KOREGATE_{name.upper().replace('-', '_')}": value for name, value in inputs_for(simulator).items()}
        own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}

        def limited(*arguments: str) -> "subprocess.CompletedProcess[str]":
            around = {**own, **given, "KOREGATE_MAX_PARALLEL": "4"}
            return subprocess.run(
                [*LIMITED, *arguments], check=False, capture_output=True, text=True, cwd=folder, env=around
            )

        if limited("-c", "import koregate.cli, requests").returncode:
            pytest.skip("another user cannot read this checkout")
        done = limited("-m", "koregate")
        report = json.loads(Path(folder, "koregate-report/report.json").read_text())

    assert (0, "") == (done.returncode, done.stderr)
    assert [1] * 4 == [len(simulator.starts(name)) for name in NAMES]
    assert 4 == len({suite["testRunId"] for suite in report["suites"]})
