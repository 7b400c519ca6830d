"""Verdict latency: in virtual time over thousands of seeded runs, and in real time."""

import random
import statistics
import subprocess
import tempfile
import time

from support.job import scenario
from support.pacing import SHAPES, poll, quantile, random_run

from bench.processes import Row, command, inputs
from koregate.simulator import Simulator

RUNS = 2000
POLICIES: dict[str, float | None] = {"auto": None, "5 s": 5.0, "10 s": 10.0, "15 s": 15.0, "20 s": 20.0}


def latency(number: int = RUNS) -> tuple[list[Row], list[tuple[str, float, float]]]:
    """Latency and requests of each policy over the same seeded runs, and the points of the plot."""
    runs = [random_run(random.Random(seed)) for seed in range(number)]
    rows, points = [], []
    for name, interval in POLICIES.items():
        polled = [poll(run, interval, seed) for seed, run in enumerate(runs)]
        latencies = [result.latency for result in polled]
        requests = sum(result.requests for result in polled)
        long = sum(result.requests for run, result in zip(runs, polled, strict=True) if run.seconds > 600)
        rows.append(
            [
                name,
                f"{statistics.median(latencies):.2f} s",
                f"{quantile(latencies, 0.95):.2f} s",
                f"{max(latencies):.1f} s",
                f"{requests:,}",
                f"{long:,}",
            ]
        )
        points.append((name, statistics.median(latencies), requests / number))
    return rows, points


def latency_by_shape(number: int = RUNS) -> list[Row]:
    """Latency and requests of `auto` for each shape of progress."""
    rows = []
    for shape in SHAPES:
        runs = [random_run(random.Random(seed), shape) for seed in range(number // len(SHAPES))]
        polled = [poll(run, None, seed) for seed, run in enumerate(runs)]
        latencies = [result.latency for result in polled]
        spent = [
            (run.seconds, result.requests, poll(run, 5.0).requests) for run, result in zip(runs, polled, strict=True)
        ]
        rows.append(
            [
                shape,
                f"{statistics.median(latencies):.2f} s",
                f"{quantile(latencies, 0.95):.2f} s",
                _share(spent),
                _share([costs for costs in spent if costs[0] > 600]),
                _share([costs for costs in spent if costs[0] > 1800]),
            ]
        )
    return rows


def _share(spent: list[tuple[float, int, int]]) -> str:
    return f"{sum(ours for _, ours, _ in spent) / sum(fixed for _, _, fixed in spent):.0%}"


def real_latency(lengths: tuple[float, ...] = (3.0, 7.0, 15.0, 45.0)) -> list[Row]:
    """From the end of the run in the simulator to the exit of the process, in real time."""
    rows = []
    for seconds in lengths:
        steps = [{"say": "hi", "expect": "Hello"}] * 13
        with (
            tempfile.TemporaryDirectory() as folder,
            Simulator(scenario(Pizza={"seconds": seconds, "steps": steps})) as simulator,
        ):
            subprocess.run(command(), env=inputs(simulator), cwd=folder, check=True, stdout=subprocess.DEVNULL)
            ended = time.monotonic()
            began = simulator.requests[0].time
            requests = len(simulator.requests)
        rows.append([f"{seconds:.0f} s", f"{ended - began - seconds:.2f} s", str(requests)])
    return rows


def plot(points: list[tuple[str, float, float]]) -> str:
    """Median latency against requests per run, as SVG."""
    wide, high, left, low = 560, 320, 60, 270
    far, top = max(x for _, _, x in points) * 1.6, max(y for _, y, _ in points) * 1.15
    marks = ""
    for name, seconds, requests in points:
        x, y = left + (wide - left - 20) * requests / far, low - (low - 20) * seconds / top
        colour = "#0b6bcb" if name == "auto" else "#555555"
        label = name if name == "auto" else f"every {name}"
        marks += f'<circle cx="{x:.0f}" cy="{y:.0f}" r="6" fill="{colour}"/>'
        marks += (
            f'<text x="{x + 10:.0f}" y="{y + 4:.0f}" fill="{colour}">'
            f"{label}: {seconds:.1f} s, {requests:.0f} requests</text>"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12">'
        f'<title>Verdict latency against requests</title><rect width="{wide}" height="{high}" fill="#ffffff"/>'
        f'<path d="M{left} 20V{low}H{wide - 20}" fill="none" stroke="#444444"/>'
        f'<text x="{wide / 2:.0f}" y="{high - 12}" text-anchor="middle">status requests per run</text>'
        f'<text x="18" y="150" transform="rotate(-90 18 150)" text-anchor="middle">median latency, seconds</text>'
        f"{marks}</svg>\n"
    )
