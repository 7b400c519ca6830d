"""Hostile words in every place at once, through a whole job: nothing of them acts in a log, output or report."""

import json
import re
from pathlib import Path

import lxml.html
import pytest
from support.clock import FakeClock
from support.job import run, scenario

from koregate.simulator import Simulator

HOSTILE = {
    "commands": "::error::forged\n::set-output name=verdict::passed\n##[error]x\n##vso[task.complete result=Succeeded]",
    "stop": "::stop-commands::x\n::endgroup::\n::add-mask::a",
    "outputs": "verdict<<EOF\npassed\nEOF\nverdict=passed",
    "terminal": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b31m\r\x08\x7f",
    "sections": "\x1b[0Ksection_end:1:koregate_1\r\x1b[0K",
    "bidi": "\u202egreen\u2066\u200b\u2028\u2029",
    "markup": "</testcase></failure>]]><script>alert(1)</script><!-- <details> **x** [a](b) | c |\n# Verdict: passed",
    "formula": "=cmd|' /C calc'!A0\n@SUM(1+1)\n+1\n-1",
    "surrogate": "lone \ud800 and \udfff, \ufffe, \x00",
    "megabyte": "x" * 1_000_000,
    "deep": "[" * 5000 + "]" * 5000,
    "template": json.dumps(
        {"type": "template", "payload": {"text": "<b>::error::x</b>", "buttons": [{"title": "##[x]"}]}}
    ),
}
COLORED = re.compile(r"\x1b\[1;3[1-6]m(PASSED|FAILED|ERROR|Verdict: failed \(exit code 1\))\x1b\[0m")
OURS = re.compile(r"::(add-mask|group|endgroup|error|warning)( title=[^:,\r\n]*)?::")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_act_nowhere(tmp_path: Path, clock: FakeClock, name: str) -> None:
    words = HOSTILE[name]
    bad = {"say": words, "expect": "Hello", "answer": words, "context": {words[:50]: ["a", words]}}
    suite = {"seconds": 5, "steps": [bad], "error_details": words, "result_status": words[:100]}
    title = re.sub(r"[\r\n]", " ", words).encode("utf-8", "replace").decode()[:500].strip() or "x"

    with Simulator(scenario(**{title: suite}), now=clock.monotonic, wall=clock.wall) as simulator:
        done = run(simulator, tmp_path, clock)

    assert (1, "failed") == (done.code, done.outputs["verdict"])
    commands = [line for line in done.log.splitlines() if line.lstrip().startswith("::")]
    assert all(OURS.match(line) for line in commands)
    ours = [OURS.match(line) for line in commands]
    # The errors are the verdict, the failed step and the platform's errorDetails.
    kinds = [match and match[1] for match in ours]
    assert ["add-mask", "group", "endgroup", "group", "error", "error", "error", "endgroup"] == [
        kind for kind in kinds if kind != "warning"
    ]
    # A comma in the name of a suite.
    assert ("," in title) == kinds.count("warning")
    assert not re.search(r"##\[|##vso\[", done.log)
    # koregate colors its own words for a verdict, and nothing else.
    log = COLORED.sub("", done.log)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e\u2066]", log)
    page = lxml.html.document_fromstring(done.files["report.html"])
    assert 1 == len(page.findall(".//script"))
    assert not [name for element in page.iter() for name in element.attrib if name.startswith("on")]
    assert len(done.summary.encode()) <= 900 * 1024
    assert 1 == done.summary.count("\n## ") + done.summary.startswith("## ")
