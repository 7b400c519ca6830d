"""From the start of the process to its first request."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

from support.job import scenario

from bench.processes import Row, command, inputs, whole_process
from koregate.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable


def first_request() -> float:
    """The time from process start to the first request at the platform, in seconds."""
    quick = scenario(Pizza={"seconds": 0, "steps": [{"say": "hi", "expect": "Hello"}]})
    with tempfile.TemporaryDirectory() as folder, Simulator(quick) as simulator:
        began = time.monotonic()
        subprocess.run(command(), env=inputs(simulator), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return simulator.asked[0].time - began


def startup(times: int = 21) -> list[Row]:
    """Start-up beside a process that only imports the four packages; in turns, as a machine has its moods."""
    # PyJWT loads cryptography where it is there, as beside our tests; in the image it is not.
    imports = "import requests, pydantic, jwt, junit_xml"
    bare = [sys.executable, "-c", f"import sys; sys.modules['cryptography'] = None; {imports}"]
    measures: dict[str, Callable[[], float]] = {
        "import of the four packages, whole process": lambda: whole_process(bare),
        "process start to first request": first_request,
        "`koregate --help`": lambda: whole_process(command("--help")),
        "inputs that cannot be used": lambda: whole_process(command("run")),
    }
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(times):
        for name, measure in measures.items():
            taken[name].append(measure())
    medians = {name: statistics.median(found) for name, found in taken.items()}
    least = medians["import of the four packages, whole process"]
    return [[name, f"{1000 * seconds:.0f} ms", f"{seconds / least:.2f}"] for name, seconds in medians.items()]
