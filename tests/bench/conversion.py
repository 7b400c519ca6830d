"""From the last byte of the reply to the last byte of the report, and the memory that it takes."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from support.answers import answer, assertion, response, step

from bench.processes import MEASURED, Row, environment

BASELINE = """
import json, sys, junit_xml
data = open(sys.argv[1], "rb").read()
import time; began = time.perf_counter()
steps = json.loads(data)["result"]["executionResults"]
cases = []
for number, step in enumerate(steps, 1):
    for response in step["actualOutput"]:
        for kind, assertion in response["assertions"].items():
            if assertion["enabled"]:
                case = junit_xml.TestCase(f"{number} {kind}", f"Pizza.step {number} {step['input']}")
                if assertion["status"] != "passed":
                    case.add_failure_info("failed", response["text"])
                cases.append(case)
text = junit_xml.to_xml_report_string([junit_xml.TestSuite("Pizza", cases)], encoding="utf-8")
open(sys.argv[2], "w", encoding="utf-8").write(text)
"""
# What a run does once it has the bytes of the last reply, with the setting of the collector from `__main__`.
KOREGATE = """
import gc, sys
gc.set_threshold(100_000, 20, 20)
from koregate.judging.job import judge_job
from koregate.kore_api.conversation import read_progress
from koregate.reports import junit, summary
from koregate.reports.render import RENDERERS
from koregate.runs.record import RunRecord, Target
data = open(sys.argv[1], "rb").read()
import time; began = time.perf_counter()
record = RunRecord("Pizza", "ctr-1", data, read_progress(data).ended)
job = judge_job(Target(), [record], ("email", "card"))
{work}
"""
SECONDS = "print(time.perf_counter() - began)"
JUNIT_ONLY = 'open(sys.argv[2], "wb").write(junit.render(job))'
ALL = """
for name, renderer in RENDERERS.items():
    open(sys.argv[2] + name, "wb").write(renderer(job))
open(sys.argv[2] + ".md", "w").write(summary.render(job))
"""


def big_reply(steps: int) -> bytes:
    """A reply of about 1.2 kB per step, in which one step in ten failed."""
    sentences = "The bot says a sentence of usual length here, and one more that is not much longer."
    good = response(sentences, flow=_assertion("passed", nodeId="Greet"))
    bad = response("Sorry?", text_=_assertion("failed", text=sentences))
    inputs = [f"input number {number} in the words of a user" for number in range(steps)]
    results = [
        step(text, "failed", [bad], [good]) if number % 10 == 9 else step(text, expected=[good])
        for number, text in enumerate(inputs)
    ]
    return json.dumps(answer(*results, status="failed")).encode()


def _assertion(status: str, **entry: str) -> dict[str, Any]:
    return assertion(status, [{**entry, "status": status}])


def conversion(sizes: tuple[int, ...] = (1_000, 10_000, 100_000)) -> list[Row]:
    """From the last byte of the reply to that of the report, and the peak memory, each in a process of its own."""
    rows = []
    programs = {
        "json.loads + to_xml_report_string": BASELINE,
        "koregate, JUnit": KOREGATE.format(work=JUNIT_ONLY),
        "koregate, all reports": KOREGATE.format(work=ALL),
    }
    for steps in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "reply.json")
            path.write_bytes(big_reply(steps))
            size = path.stat().st_size / 1e6
            for name, program in programs.items():
                seconds, memory = _best(program, path, folder)
                rows.append([f"{steps:,} ({size:.0f} MB)", name, f"{seconds:.2f} s", f"{memory:.0f} MB"])
    return rows


def _best(program: str, path: Path, folder: str) -> tuple[float, float]:
    measured = []
    for _ in range(3):
        command = [sys.executable, "-c", f"{program}\n{SECONDS}", str(path), f"{folder}/out"]
        process = subprocess.run([*MEASURED, *command], env=environment(), check=True, capture_output=True, text=True)
        measured.append((float(process.stdout), float(process.stderr)))
    return min(measured)
