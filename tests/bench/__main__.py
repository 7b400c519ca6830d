"""Measures what koregate adds to a run, and writes docs/performance.md and docs/latency.svg."""

import os
import platform
from pathlib import Path

from bench.conversion import conversion
from bench.policy import STEPS, policy_cost
from bench.processes import ROOT, Row
from bench.sizes import very_large
from bench.startup import GOAL, startup
from bench.suites import many_suites
from bench.waiting import RUNS, latency, latency_by_shape, plot, real_latency


def table(head: Row, rows: list[Row]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def machine() -> str:
    """The machine on one line."""
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores of {cpu}, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    """Measure everything and write the page."""
    rows, points = latency()
    parts = [
        "# Performance\n",
        f"Made by `make bench` on {machine()}. Times depend on the machine; compare within a table.\n",
        "## Verdict latency\n",
        (
            f"From the end of the run on the platform to the reply that reports it, in virtual time over {RUNS:,} "
            "seeded runs of 3 s to 60 min whose progress is steady, in jumps, stuck at a value, going backwards, or "
            "missing.\n"
        ),
        table(["poll", "median", "95th percentile", "longest", "requests", "of them for runs over 10 min"], rows),
        "![Latency against requests](latency.svg)\n",
        "`auto` by the shape of the progress; requests as a percentage of those of a fixed 5-second poll:\n",
        table(
            ["progress", "median", "95th percentile", "requests", "runs over 10 min", "runs over 30 min"],
            latency_by_shape(),
        ),
        "In real time, from the end of the run in the simulator to the exit of the process:\n",
        table(["run", "latency", "requests"], real_latency()),
        "## Start-up\n",
        (
            f"The goal is that the first request is sent after at most {GOAL} times the time of a process that only "
            "imports requests, PyJWT, pydantic and junit-xml.\n"
        ),
        table(["what", "median of 21", "of the bare import"], startup()),
        "## Conversion\n",
        (
            "From the last byte of the reply to the last byte of the report. `all reports` are JUnit, JSON, CTRF, "
            "HTML and the job summary together.\n"
        ),
        table(["steps", "program", "time", "peak memory"], conversion()),
        "## Policy\n",
        (
            f"Processor time for {STEPS:,} steps of which one in ten failed, without reading the policy's files. The "
            "goal is at most a fifth of the JUnit report.\n"
        ),
        table(["what", "time", "of the JUnit report"], policy_cost()),
        "## Many suites\n",
        (
            "Suites of 13 steps and 2 s each, 16 at once. The platform takes 60 starts per minute, and per run 60 "
            "status requests per minute.\n"
        ),
        table(
            [
                "suites",
                "time",
                "requests",
                "most starts per minute",
                "most status requests per minute",
                "peak memory",
                "log lines",
            ],
            many_suites(),
        ),
    ]
    parts += [
        "## Very large jobs\n",
        (
            "From the last byte of the replies to the last report. JUnit and CTRF reports of 60,000 failed cases take "
            "at most 30 MB each, a page takes at most 20 MB.\n"
        ),
        table(
            [
                "job",
                "verdict",
                "test cases",
                "time",
                "peak memory",
                "JUnit",
                "CTRF",
                "page",
                "report.json",
                "log lines",
            ],
            very_large(),
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
