"""Very large jobs: time, memory, and the sizes of the reports."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support.answers import answer, assertion, failed_step, response, step

from bench.conversion import big_reply
from bench.processes import MEASURED, Row, environment

# As a run does it: every reply is in memory, its progress is read in a thread of its own, and it is judged and dropped
# when its suite ends.
_PROGRAM = """
import gc, json, pathlib, sys, threading, time
gc.set_threshold(100_000, 20, 20)
from koregate.judging.job import JobJudge
from koregate.kore_api.conversation import read_progress
from koregate.reports import summary
from koregate.reports.failure_lines import failure_lines
from koregate.reports.render import RENDERERS
from koregate.runs.record import RunRecord, Target
replies = [path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json"))]
# Copies, so that each reply takes its own memory.
replies = [bytes(bytearray(reply)) for reply in replies for _ in range(int(sys.argv[2]) // len(replies))]
began = time.perf_counter()
records = [RunRecord(f"Suite {n}", None, reply, True) for n, reply in enumerate(replies)]
for start in range(0, len(records), 16):
    threads = [threading.Thread(target=read_progress, args=(record.reply,)) for record in records[start : start + 16]]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
del replies
judge = JobJudge(Target(), [record.suite for record in records], ("email", "card"))
for number, record in enumerate(records):
    judge.keep(number, judge.judge(number, record))
    records[number] = record = None
job = judge.result()
sizes = {}
for name, renderer in RENDERERS.items():
    data = renderer(job)
    sizes[name] = len(data)
    pathlib.Path(sys.argv[1], name).write_bytes(data)
sizes["summary"] = len(summary.render(job))
print(json.dumps([job.verdict, job.counts.total, len(list(failure_lines(job))), sizes, time.perf_counter() - began]))
"""


def _three(text: str) -> dict[str, Any]:
    """A response of which every assertion failed."""
    failed = {kind: assertion("failed", [{"status": "failed"}]) for kind in ("flow", "text_", "context")}
    return response(text, **failed)


def _jobs() -> Iterator[tuple[str, Any, int]]:
    """Each job by name, with the reply of its suites and their number."""
    sentence = "The bot says a sentence of usual length here, number"
    yield (
        "60,000 failed steps",
        answer(*[failed_step(f"{n} times", sentence, f"{sentence} {n}") for n in range(60_000)]),
        1,
    )
    said = [_three(f"{sentence} {n}") for n in range(20_000)]
    yield "20,000 responses in one step", answer(step("hi", "failed", said, said), status="failed"), 1
    yield (
        "1,000 suites of 20 steps",
        answer(*[failed_step(f"{n}") if n % 10 else step(f"{n}") for n in range(20)]),
        1_000,
    )
    all_passed = response(sentence, flow=assertion("passed"), context=assertion("passed"))
    yield "150,000 passed cases", answer(*[step(f"{n}", expected=[all_passed]) for n in range(50_000)]), 1
    long = "x" * 100_000
    yield "400 MB of texts", answer(*[failed_step("hi", f"{n}{long}", f"{long}{n}") for n in range(500)]), 4
    yield "16 replies of 60 MiB", big_reply(52_000), 16


def very_large() -> list[Row]:
    """Time, peak memory, test cases, log lines, and megabytes of each report."""
    return [_measured(*job) for job in _jobs()]


def _measured(name: str, reply: Any, suites: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "reply.json").write_bytes(reply if isinstance(reply, bytes) else json.dumps(reply).encode())
        process = subprocess.run(
            [*MEASURED, sys.executable, "-c", _PROGRAM, folder, str(suites)],
            env=environment(),
            check=True,
            capture_output=True,
            text=True,
        )
    verdict, cases, lines, sizes, seconds = json.loads(process.stdout)
    shown = ("junit.xml", "ctrf-report.json", "report.html", "report.json")
    return [
        name,
        verdict,
        f"{cases:,}",
        f"{seconds:.1f} s",
        f"{float(process.stderr):.0f} MB",
        *(f"{sizes[report] / 1e6:.1f} MB" for report in shown),
        str(lines),
    ]
