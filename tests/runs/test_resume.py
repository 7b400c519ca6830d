"""Jobs that go on where an earlier one was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.clock import FakeClock
from support.job import PASSING, job, run, scenario

from koregate.simulator import Simulator

if TYPE_CHECKING:
    from pathlib import Path


def test_a_job_that_was_killed_is_resumed_without_a_second_start(tmp_path: Path) -> None:
    clock = FakeClock()
    with Simulator(scenario(Pizza=PASSING, Pasta=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        late = run(simulator, tmp_path, clock, timeout="5s", resume="true")
        kept = (late.folder / "resume.json").exists()
        resumed = run(simulator, tmp_path, clock, resume="true")
        gone = not (late.folder / "resume.json").exists()
        again = run(simulator, tmp_path, clock, resume="true")

    assert [5, 0, 0] == [late.code, resumed.code, again.code]
    assert (True, True) == (kept, gone)
    assert late.outputs["test-run-ids"] == resumed.outputs["test-run-ids"] != again.outputs["test-run-ids"]
    assert "Attached to test run" in resumed.log


def test_without_resume_an_earlier_run_is_forgotten(tmp_path: Path) -> None:
    clock = FakeClock()
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        run(simulator, tmp_path, clock, timeout="5s")
        run(simulator, tmp_path, clock)

    assert 2 == len(simulator.starts("Pizza"))


OTHERS = ["", "[]", "{}", '{"runs": []}', '{"host": "https://other", "streamId": "st-1", "runs": {"Pizza": "ctr-1"}}']


@pytest.mark.parametrize("text", OTHERS)
def test_a_file_of_another_job_resumes_nothing(tmp_path: Path, clock: FakeClock, text: str) -> None:
    (tmp_path / "koregate-report").mkdir()
    (tmp_path / "koregate-report" / "resume.json").write_text(text)

    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), resume="true")

    assert (0, 1) == (done.code, len(simulator.starts("Pizza")))
