"""From the start of the process to its first request, which should take at most 1.6 times the bare import."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from support.job import scenario

from bench.processes import Row, command, inputs, whole_process
from koregate.simulator import Simulator

# From process start to first request, at most this many times as long as the bare import of the four packages.
GOAL = 1.6
_BARE = "import of the four packages, whole process"
# The image has no cryptography. Beside the tests it is installed, and PyJWT would load it.
_AS_IN_THE_IMAGE = "import sys; sys.modules['cryptography'] = None; "
_BARE_PROGRAM = f"{_AS_IN_THE_IMAGE}import requests, pydantic, jwt, junit_xml"
_KOREGATE = [sys.executable, "-c", f"{_AS_IN_THE_IMAGE}from koregate.__main__ import main; main()"]


def first_request() -> float:
    """The time from process start to the first request at the platform, in seconds."""
    quick = scenario(Pizza={"seconds": 0, "steps": [{"say": "hi", "expect": "Hello"}]})
    with tempfile.TemporaryDirectory() as folder, Simulator(quick) as simulator:
        began = time.monotonic()
        subprocess.run(_KOREGATE, env=inputs(simulator), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return simulator.requests[0].time - began


def startup(times: int = 21) -> list[Row]:
    """Start-up beside a process that only imports the four packages.

    The measures take turns, so that a slow moment of the machine does not fall on one of them alone.
    """
    measures: dict[str, Callable[[], float]] = {
        _BARE: lambda: whole_process([sys.executable, "-c", _BARE_PROGRAM]),
        "process start to first request": first_request,
        "`koregate --help`": lambda: whole_process(command("--help")),
        "invalid inputs": lambda: whole_process(command("run")),
    }
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(times):
        for name, measure in measures.items():
            taken[name].append(measure())
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    return [[name, f"{1000 * seconds:.0f} ms", f"{seconds / medians[_BARE]:.2f}"] for name, seconds in medians.items()]
