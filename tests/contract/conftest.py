"""What the tests of the reusable workflow share."""

import shutil
from pathlib import Path

import pytest
from support.clock import FakeClock
from support.job import FAILING, PASSING, run, scenario
from support.workflows import STREAM, WorkflowRun

from koregate.simulator import Simulator


@pytest.fixture
def workflow_run(tmp_path: Path, clock: FakeClock) -> WorkflowRun:
    """A workflow run whose shards find the reports of these suites."""
    played = scenario(Good=PASSING, Fine=PASSING, Bad=FAILING, Other=PASSING)
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        for suite in ("Good", "Fine", "Bad", "Other"):
            (place := tmp_path / "jobs" / suite).mkdir(parents=True)
            done = run(simulator, place, clock, test_suites=suite)
            prepared = tmp_path / "prepared" / STREAM / suite
            shutil.copytree(done.folder, prepared)
            (prepared / "code").write_text(str(done.code))
    return WorkflowRun(tmp_path)
