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


def fewer_requests(auto: Row, fixed: Row) -> int:
    """By how many percent the requests of the first row of latencies are fewer than those of the second one."""
    requests = [int(row[4].replace(",", "")) for row in (auto, fixed)]
    return round(100 * (1 - requests[0] / requests[1]))


def main() -> None:
    """Measure everything and write the page."""
    rows, points = latency()
    at_once = many_suites()
    started = startup()
    parts = [
        "# Performance\n",
        (
            f"In {RUNS:,} simulated runs, half of the verdicts arrived within {rows[0][1]} of the end of the test run, "
            f"with {fewer_requests(rows[0], rows[1])}% fewer requests than asking every 5 seconds. Waiting for 16 "
            f"suites at once takes about {at_once[1][5]} of memory. How long a test run itself takes depends on the "
            "platform.\n"
        ),
        (
            f"`make bench` measures everything on this page. These are the figures of {machine()}. Times depend on the "
            "machine, so compare them within a table only.\n"
        ),
        "## How soon the verdict comes\n",
        (
            "This is the time from the end of the test run on the platform to the reply that reports it. It is "
            f"measured in virtual time over {RUNS:,} random runs of 3 s to 60 min whose progress is steady, in jumps, "
            "stuck at a value, going backwards, or missing.\n"
        ),
        table(["poll", "median", "95th percentile", "longest", "requests", "of them for runs over 10 min"], rows),
        "![Latency against requests](latency.svg)\n",
        (
            "With `poll-interval: auto`, the figures depend on the shape of the progress. The requests are percentages "
            "of those of a fixed interval of 5 seconds:\n"
        ),
        table(
            ["progress", "median", "95th percentile", "requests", "runs over 10 min", "runs over 30 min"],
            latency_by_shape(),
        ),
        "This is the time from the end of the run in the simulator to the exit of koregate, on a real clock:\n",
        table(["run", "latency", "requests"], real_latency()),
        "## Start-up\n",
        (
            f"The goal is that the first request is sent after at most {GOAL} times the time of a process that only "
            "imports requests, PyJWT, pydantic and junit-xml.\n"
        ),
        table(["what", "median of 21", "of the bare import"], started),
        f"The goal is {'met' if float(started[1][2]) <= GOAL else 'missed'}.\n",
        "## Conversion\n",
        (
            "This is the time from the last byte of the reply to the last byte of the report. `all reports` are JUnit, "
            "JSON, CTRF, HTML and the job summary together.\n"
        ),
        table(["steps", "program", "time", "peak memory"], conversion()),
        "## Policy\n",
        (
            f"This is the processor time for {STEPS:,} steps of which one in ten failed, without reading the policy's "
            "files. The goal is at most a fifth of the time for the JUnit report.\n"
        ),
        table(["what", "time", "of the JUnit report"], policy_cost()),
        "## Many suites\n",
        (
            "The suites have 13 steps and take 2 s each, and 16 run at once. The platform allows 60 starts per minute, "
            "and 60 status requests per minute for each run.\n"
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
            at_once,
        ),
    ]
    parts += [
        "## Very large jobs\n",
        (
            "This is the time from the last byte of the replies to the last report. JUnit and CTRF reports of 60,000 "
            "failed cases take at most 30 MB each, and an HTML report takes at most 20 MB.\n"
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
                "HTML",
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
