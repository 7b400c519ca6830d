"""Measures what the gate adds to a run, and writes docs/performance.md and docs/latency.svg: `make bench`.

Verdict latency in virtual time over thousands of seeded runs, and for real; start-up; conversion and memory; the image.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.answers import answer, assertion, response, step
from support.job import scenario
from support.pacing import SHAPES, make, poll, quantile

from koregate.simulator import Simulator
from koregate.trial import inputs_for

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
RUNS = 2000
POLICIES: dict[str, float | None] = {"auto": None, "5 s": 5.0, "10 s": 10.0, "15 s": 15.0, "20 s": 20.0}
Row = list[str]


def latency() -> tuple[list[Row], list[tuple[str, float, float]]]:
    """Latency and requests of each policy over the same seeded runs, and the points of the plot."""
    runs = [make(random.Random(seed)) for seed in range(RUNS)]
    rows, points = [], []
    for name, interval in POLICIES.items():
        polled = [poll(run, interval, seed) for seed, run in enumerate(runs)]
        late = [one.latency for one in polled]
        requests = sum(one.requests for one in polled)
        long = sum(one.requests for run, one in zip(runs, polled, strict=True) if run.seconds > 600)
        rows.append(
            [
                name,
                f"{statistics.median(late):.2f} s",
                f"{quantile(late, 0.95):.2f} s",
                f"{max(late):.1f} s",
                f"{requests:,}",
                f"{long:,}",
            ]
        )
        points.append((name, statistics.median(late), requests / RUNS))
    return rows, points


def latency_by_shape() -> list[Row]:
    """Latency and requests of `auto` for each shape of progress."""
    rows = []
    for shape in SHAPES:
        runs = [make(random.Random(seed), shape) for seed in range(RUNS // len(SHAPES))]
        polled = [poll(run, None, seed) for seed, run in enumerate(runs)]
        late = [one.latency for one in polled]
        spent = [(run.seconds, one.requests, poll(run, 5.0).requests) for run, one in zip(runs, polled, strict=True)]
        rows.append(
            [
                shape,
                f"{statistics.median(late):.2f} s",
                f"{quantile(late, 0.95):.2f} s",
                _share(spent),
                _share([one for one in spent if one[0] > 600]),
                _share([one for one in spent if one[0] > 1800]),
            ]
        )
    return rows


def _share(spent: list[tuple[float, int, int]]) -> str:
    return f"{sum(ours for _, ours, _ in spent) / sum(fixed for _, _, fixed in spent):.0%}"


def environment(**more: str) -> dict[str, str]:
    """A bare environment that finds the sources."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), **more}


def real_latency() -> list[Row]:
    """From the run's end at the simulator to the process's exit, for real."""
    rows = []
    for seconds in (3.0, 7.0, 15.0, 45.0):
        steps = [{"say": "hi", "expect": "Hello"}] * 13
        with (
            tempfile.TemporaryDirectory() as folder,
            Simulator(scenario(Pizza={"seconds": seconds, "steps": steps})) as simulator,
        ):
            subprocess.run(_command(), env=_inputs(simulator), cwd=folder, check=True, stdout=subprocess.DEVNULL)
            ended = time.monotonic()
            began = simulator.asked[0].time
            requests = len(simulator.asked)
        rows.append([f"{seconds:.0f} s", f"{ended - began - seconds:.2f} s", str(requests)])
    return rows


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "koregate", *arguments]


def _inputs(simulator: Simulator) -> dict[str, str]:
    given = inputs_for(simulator)
    return environment(**{f"KOREGATE_{name.upper().replace('-', '_')}": value for name, value in given.items()})


def whole_process(command: list[str]) -> float:
    """The time of a whole process, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run(command, env=environment(), cwd=folder, check=False, capture_output=True)
        return time.perf_counter() - began


def first_request() -> float:
    """The time from process start to the first request at the platform, in seconds."""
    quick = scenario(Pizza={"seconds": 0, "steps": [{"say": "hi", "expect": "Hello"}]})
    with tempfile.TemporaryDirectory() as folder, Simulator(quick) as simulator:
        began = time.monotonic()
        subprocess.run(_command(), env=_inputs(simulator), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return simulator.asked[0].time - began


def startup(times: int = 21) -> list[Row]:
    """Start-up beside a process that only imports the four packages; in turns, as a machine has its moods."""
    # PyJWT loads cryptography where it is there, as beside our tests; in the image it is not.
    imports = "import requests, pydantic, jwt, junit_xml"
    bare = [sys.executable, "-c", f"import sys; sys.modules['cryptography'] = None; {imports}"]
    measures: dict[str, Callable[[], float]] = {
        "import of the four packages, whole process": lambda: whole_process(bare),
        "process start to first request": first_request,
        "`koregate --help`": lambda: whole_process(_command("--help")),
        "inputs that cannot be used": lambda: whole_process(_command("run")),
    }
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(times):
        for name, measure in measures.items():
            taken[name].append(measure())
    medians = {name: statistics.median(found) for name, found in taken.items()}
    least = medians["import of the four packages, whole process"]
    return [[name, f"{1000 * seconds:.0f} ms", f"{seconds / least:.2f}"] for name, seconds in medians.items()]


def big_answer(steps: int) -> bytes:
    """An answer of about 1.2 kB a step, one step in ten failed."""
    said = "The bot says a sentence of usual length here, and one more that is not much longer."
    good = response(said, flow=_told("passed", nodeId="Greet"))
    bad = response("Sorry?", text_=_told("failed", text=said))
    inputs = [f"input number {n} in the words of a user" for n in range(steps)]
    made = [
        step(text, "failed", [bad], [good]) if n % 10 == 9 else step(text, expected=[good])
        for n, text in enumerate(inputs)
    ]
    return json.dumps(answer(*made, status="failed")).encode()


def _told(status: str, **entry: str) -> dict[str, Any]:
    return assertion(status, [{**entry, "status": status}])


# A process starts with the peak of the one that started it: a small one stands between this one and the measured one.
_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=sys.stderr)
"""
MEASURED = [sys.executable, "-c", _MEASURE]
BASELINE = """
import json, sys, junit_xml
data = open(sys.argv[1], "rb").read()
import time; began = time.perf_counter()
steps = json.loads(data)["result"]["executionResults"]
cases = []
for number, step in enumerate(steps, 1):
    for side in step["actualOutput"]:
        for kind, one in side["assertions"].items():
            if one["enabled"]:
                case = junit_xml.TestCase(f"{number} {kind}", f"Pizza.step {number} {step['input']}")
                if one["status"] != "passed":
                    case.add_failure_info("failed", side["text"])
                cases.append(case)
text = junit_xml.to_xml_report_string([junit_xml.TestSuite("Pizza", cases)], encoding="utf-8")
open(sys.argv[2], "w", encoding="utf-8").write(text)
"""
OURS = """
import sys
from koregate.payload import read
from koregate.reports import RENDERERS, junit, summary
from koregate.endings import Ending, Target
from koregate.results import Report
data = open(sys.argv[1], "rb").read()
import time; began = time.perf_counter()
report = Report.of(Target(), "any", [Ending("Pizza", "ctr-1", data, read(data))], ("email", "card"))
{work}
"""
REPORT = "print(time.perf_counter() - began)"
JUNIT_ONLY = 'open(sys.argv[2], "wb").write(junit.render(report))'
ALL = """
for name, renderer in RENDERERS.items():
    open(sys.argv[2] + name, "wb").write(renderer(report))
open(sys.argv[2] + ".md", "w").write(summary.render(report))
"""


def conversion() -> list[Row]:
    """From the answer's last byte to the report's, and the peak memory, each in a process of its own."""
    rows = []
    programs = {
        "json.loads + to_xml_report_string": BASELINE,
        "koregate, JUnit": OURS.format(work=JUNIT_ONLY),
        "koregate, all reports": OURS.format(work=ALL),
    }
    for steps in (1_000, 10_000, 100_000):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "answer.json")
            path.write_bytes(big_answer(steps))
            size = path.stat().st_size / 1e6
            for name, program in programs.items():
                seconds, memory = _best(program, path, folder)
                rows.append([f"{steps:,} ({size:.0f} MB)", name, f"{seconds:.2f} s", f"{memory:.0f} MB"])
    return rows


def _best(program: str, path: Path, folder: str) -> tuple[float, float]:
    found = []
    for _ in range(3):
        command = [sys.executable, "-c", f"{program}\n{REPORT}", str(path), f"{folder}/out"]
        done = subprocess.run([*MEASURED, *command], env=environment(), check=True, capture_output=True, text=True)
        found.append((float(done.stdout), float(done.stderr)))
    return min(found)


def many_suites() -> list[Row]:
    """Suites of 13 steps and 2 s each, 16 at once: the time, the platform's limits, the memory and the log's length."""
    rows = []
    steps = [{"say": "hi", "expect": "Hello, how can I help you today?"}] * 13
    for number in (1, 16, 100):
        suites = {f"Suite {n}": {"seconds": 2.0, "steps": steps} for n in range(number)}
        with tempfile.TemporaryDirectory() as folder, Simulator(scenario(**suites)) as simulator:
            environ = {**_inputs(simulator), "KOREGATE_MAX_PARALLEL": "16"}
            began = time.monotonic()
            job = subprocess.run(
                [*MEASURED, *_command()], env=environ, cwd=folder, check=True, capture_output=True, text=True
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


def table(head: Row, rows: list[Row]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def plot(points: list[tuple[str, float, float]]) -> str:
    """Median latency against requests a run, as SVG."""
    wide, high, left, low = 560, 320, 60, 270
    far, top = max(x for _, _, x in points) * 1.15, max(y for _, y, _ in points) * 1.15
    marks = ""
    for name, late, requests in points:
        x, y = left + (wide - left - 20) * requests / far, low - (low - 20) * late / top
        colour = "#0b6bcb" if name == "auto" else "#888888"
        marks += f'<circle cx="{x:.0f}" cy="{y:.0f}" r="6" fill="{colour}"/>'
        marks += f'<text x="{x + 10:.0f}" y="{y + 4:.0f}" fill="{colour}">{name}: {late:.1f} s, {requests:.0f}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12">'
        f'<title>Verdict latency against requests</title><rect width="{wide}" height="{high}" fill="#ffffff"/>'
        f'<path d="M{left} 20V{low}H{wide - 20}" fill="none" stroke="#444444"/>'
        f'<text x="{wide / 2:.0f}" y="{high - 12}" text-anchor="middle">status requests a run</text>'
        f'<text x="18" y="150" transform="rotate(-90 18 150)" text-anchor="middle">median latency, seconds</text>'
        f"{marks}</svg>\n"
    )


def machine() -> str:
    """The machine in a line."""
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores of {cpu}, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    """Measure all of it and write the page."""
    rows, points = latency()
    parts = [
        "# Performance\n",
        f"Made by `make bench` on {machine()}. Times depend on the machine; compare within a table.\n",
        "## Verdict latency\n",
        (
            f"From the run's end at the platform to the answer that told it, in virtual time over {RUNS:,} seeded runs "
            "of 3 s to 60 min whose progress is steady, in jumps, stuck at a value, going backwards, or missing.\n"
        ),
        table(["poll", "median", "95th percentile", "longest", "requests", "of them for runs over 10 min"], rows),
        "![Latency against requests](latency.svg)\n",
        "`auto` by the shape of the progress; requests in per cent of those of a fixed 5-second poll:\n",
        table(
            ["progress", "median", "95th percentile", "requests", "runs over 10 min", "runs over 30 min"],
            latency_by_shape(),
        ),
        "For real, from the run's end at the simulator to the exit of the process:\n",
        table(["run", "latency", "requests"], real_latency()),
        "## Start-up\n",
        table(["what", "median of 21", "of the bare import"], startup()),
        "## Conversion\n",
        (
            "From the last byte of the answer to the last byte of the report. `all reports` are JUnit, JSON, CTRF, "
            "HTML and the job summary together.\n"
        ),
        table(["steps", "program", "time", "peak memory"], conversion()),
        "## Many suites\n",
        (
            "Suites of 13 steps and 2 s each, 16 at once. The platform takes 60 starts a minute, and for each run 60 "
            "status requests a minute.\n"
        ),
        table(
            [
                "suites",
                "time",
                "requests",
                "most starts a minute",
                "most status requests a minute",
                "peak memory",
                "log lines",
            ],
            many_suites(),
        ),
    ]
    page = ROOT / "docs" / "performance.md"
    kept = page.read_text().partition("## Image\n") if page.exists() else ("", "", "")
    text = "\n".join(parts) + (f"\n## Image\n{kept[2]}" if kept[1] else "")
    page.write_text(text)
    (ROOT / "docs" / "latency.svg").write_text(plot(points))
    print(text)


if __name__ == "__main__":
    main()
