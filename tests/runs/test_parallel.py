"""Watching several suites: signs of life, and what a signal leaves behind."""

from __future__ import annotations

import io
import signal
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest
from support.job import scenario

from koregate.ci.base import Plain
from koregate.clock import RealClock
from koregate.commands.context import World
from koregate.commands.trial import inputs_for
from koregate.errors import Cancelled, Verdict
from koregate.inputs.model import Inputs
from koregate.runs.parallel import run_suites
from koregate.runs.resume import Memory
from koregate.simulator import Simulator, load

if TYPE_CHECKING:
    from pathlib import Path

    from koregate.runs.record import Ending

QUICK: dict[str, Any] = {"seconds": 0, "steps": [{"say": "hi", "expect": "Hello"}]}


def watched(simulator: Simulator, folder: Path, *signals: int, **world: Any) -> tuple[list[Ending], str]:
    """Run the simulator's suites in real time; returns the endings and the log."""
    stream = io.StringIO()
    inputs = Inputs.gather(inputs_for(simulator), {}, folder)
    inbox: SimpleQueue[Any] = SimpleQueue()
    for signum in signals:
        inbox.put(signum)
    around = World({}, folder, Plain({}, stream), RealClock(), inbox, **world)
    return run_suites(inputs, around, Memory(folder, inputs, around.ci)), stream.getvalue()


def test_a_silent_wait_shows_that_it_is_alive(tmp_path: Path) -> None:
    played = scenario(Pizza=QUICK, faults=[{"on": "status", "requests": "1", "fault": "silence"}])
    with Simulator(played) as simulator:
        endings, log = watched(simulator, tmp_path, heartbeat=0.2, request_seconds=0.8)

    assert endings[0].stop is None
    assert "Still waiting for Pizza." in log


def test_a_signal_leaves_an_ending_for_every_suite_and_says_which_never_began(tmp_path: Path) -> None:
    suites = {f"Suite {number}": {**QUICK, "seconds": 600} for number in range(6)}
    with Simulator(scenario(**suites)) as simulator:
        endings, log = watched(simulator, tmp_path, signal.SIGTERM)

    assert list(suites) == [ending.suite for ending in endings]
    assert {(Verdict.CANCELLED, 143)} == {(one.stop.verdict, one.stop.exit_code) for one in endings if one.stop}
    assert "Cancelled by SIGTERM." in log


def test_a_defect_of_ours_ends_a_suite_in_an_error_and_not_in_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koregate.runs.polling.progress_line", lambda *_: 1 / 0)
    with Simulator(load("slow")) as simulator:
        endings, _ = watched(simulator, tmp_path)

    (ending,) = endings
    assert ending.stop is not None
    assert (Verdict.ERROR, 4) == (ending.stop.verdict, ending.stop.exit_code)
    assert "unexpected ZeroDivisionError" in ending.stop.message


def test_the_real_clock_waits_and_stops_waiting_when_it_is_cancelled() -> None:
    clock = RealClock()
    before = clock.monotonic()
    clock.wait(0.01)
    assert clock.monotonic() - before >= 0.01
    assert clock.now().tzinfo is not None

    clock.cancel(signal.SIGINT)

    with pytest.raises(Cancelled, match="SIGINT"):
        clock.wait(1000)
