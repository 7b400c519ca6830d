"""Many suites in one job: time, rate limits, memory and the length of the log."""

import subprocess
import tempfile
import time

from support.job import scenario

from bench.processes import MEASURED, Row, command, inputs
from koregate.simulator import Simulator


def many_suites(numbers: tuple[int, ...] = (1, 16, 100)) -> list[Row]:
    """Suites of 13 steps and 2 s each, 16 at once: time, requests per minute, memory and length of the log."""
    rows = []
    steps = [{"say": "hi", "expect": "Hello, how can I help you today?"}] * 13
    for number in numbers:
        suites = {f"Suite {n}": {"seconds": 2.0, "steps": steps} for n in range(number)}
        with tempfile.TemporaryDirectory() as folder, Simulator(scenario(**suites)) as simulator:
            environ = {**inputs(simulator), "KOREGATE_MAX_PARALLEL": "16"}
            began = time.monotonic()
            job = subprocess.run(
                [*MEASURED, *command()], env=environ, cwd=folder, check=True, capture_output=True, text=True
            )
            requests = simulator.requests
            run_ids = {request.run_id for request in requests} - {""}
            times_by_run = [[request.time for request in simulator.statuses(run_id)] for run_id in run_ids]
            rows.append(
                [
                    str(number),
                    f"{time.monotonic() - began:.1f} s",
                    str(len(requests)),
                    str(_most_per_minute([request.time for request in requests if request.kind == "start"])),
                    str(max(map(_most_per_minute, times_by_run))),
                    f"{float(job.stderr):.0f} MB",
                    str(len(job.stdout.splitlines())),
                ]
            )
    return rows


def _most_per_minute(times: list[float]) -> int:
    return max(sum(time <= later < time + 60 for later in times) for time in times)
