"""Many suites in one job: time, limits, memory and the length of the log."""

from __future__ import annotations

import subprocess
import tempfile
import time

from support.job import scenario

from bench.processes import MEASURED, Row, command, inputs
from koregate.simulator import Simulator


def many_suites() -> list[Row]:
    """Suites of 13 steps and 2 s each, 16 at once: the time, the platform's limits, the memory and the log's length."""
    rows = []
    steps = [{"say": "hi", "expect": "Hello, how can I help you today?"}] * 13
    for number in (1, 16, 100):
        suites = {f"Suite {n}": {"seconds": 2.0, "steps": steps} for n in range(number)}
        with tempfile.TemporaryDirectory() as folder, Simulator(scenario(**suites)) as simulator:
            environ = {**inputs(simulator), "KOREGATE_MAX_PARALLEL": "16"}
            began = time.monotonic()
            job = subprocess.run(
                [*MEASURED, *command()], env=environ, cwd=folder, check=True, capture_output=True, text=True
            )
            asked = simulator.asked
            runs = [
                [one.time for one in asked if one.run_id == run_id] for run_id in {one.run_id for one in asked} - {""}
            ]
            rows.append(
                [
                    str(number),
                    f"{time.monotonic() - began:.1f} s",
                    str(len(asked)),
                    str(_most_a_minute([one.time for one in asked if one.kind == "start"])),
                    str(max(map(_most_a_minute, runs))),
                    f"{float(job.stderr):.0f} MB",
                    str(len(job.stdout.splitlines())),
                ]
            )
    return rows


def _most_a_minute(times: list[float]) -> int:
    return max(sum(time <= later < time + 60 for later in times) for time in times)
