"""From the last byte of the answer to the last byte of the report, and the memory it takes."""

from __future__ import annotations

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
from koregate.kore_api.conversation import read
from koregate.reports import junit, summary
from koregate.reports.render import RENDERERS
from koregate.runs.record import Ending, Target
from koregate.judging.results import Report
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
