"""koregate as a process of its own, and the time and memory that it takes."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from koregate.commands.simulate import inputs_for
from koregate.simulator import Simulator

ROOT = Path(__file__).parents[2]
Row = list[str]


def environment(**more: str) -> dict[str, str]:
    """A bare environment that finds the sources. As in the image, pydantic looks for no plugins."""
    fixed = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "PYDANTIC_DISABLE_PLUGINS": "__all__"}
    return {**fixed, **more}


def command(*arguments: str) -> list[str]:
    """The command line of koregate."""
    return [sys.executable, "-m", "koregate", *arguments]


def inputs(simulator: Simulator) -> dict[str, str]:
    """The environment of a run against the simulator."""
    values = inputs_for(simulator).items()
    return environment(**{f"KOREGATE_{name.upper().replace('-', '_')}": value for name, value in values})


def whole_process(command: list[str]) -> float:
    """The time of a whole process, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run(command, env=environment(), cwd=folder, check=False, capture_output=True)
        return time.perf_counter() - began


# A process starts with the peak of the one that started it: a small one stands between this one and the measured one.
_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=sys.stderr)
"""
MEASURED = [sys.executable, "-c", _MEASURE]
