"""junit.xml: one test case an assertion, in the shape that all readers show well."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import junit_xml

from koregate.judging.cases import Outcome
from koregate.judging.transcript import USER, turns
from koregate.text import clip, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from koregate.judging.cases import TestCase
    from koregate.judging.results import Counts, Report, SuiteResult
    from koregate.runs.record import Target

T = TypeVar("T")

# The body of a failure stays under 64 KiB, GitHub's limit for what an annotation shows: both sides and the turns.
_SIDE_BYTES = 20_000
_TURNS_BYTES = 20_000
_TURN_BYTES = 2_000
_STEPS_SHOWN = 10
_PROPERTY = 500
# junit-xml's cases are large: only so many steps' are held at a time.
_BATCH = 200
_NO_TIME = "0.000"


def render(report: Report) -> bytes:
    """The JUnit report. The same report gives the same bytes."""
    root = ET.Element("testsuites", {"name": "koregate", **_totals(report.counts, report.seconds)})
    started = [suite.status.started for suite in report.suites if suite.status]
    if first := min(filter(None, started), default=None):
        root.set("timestamp", _timestamp(first))
    root.extend(_suite(suite, report.target) for suite in report.suites)
    ET.indent(root, " ")
    out = io.BytesIO()
    ET.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)
    out.write(b"\n")
    return out.getvalue()


def batched(items: Iterator[T], size: int) -> Iterator[list[T]]:
    """The items in runs of that size."""
    return iter(lambda: list(islice(items, size)), [])


def _totals(counts: Counts, seconds: float) -> dict[str, str]:
    return {
        "tests": str(counts.total),
        "failures": str(counts.failed),
        "errors": str(counts.errors),
        "skipped": str(counts.skipped),
        "time": f"{seconds:.3f}",
    }


def _timestamp(moment: datetime) -> str:
    # UTC without offset and fraction: the form that every reader takes.
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _suite(suite: SuiteResult, target: Target) -> ET.Element:
    made = junit_xml.TestSuite(suite.name, properties=_properties(suite, target))
    element: ET.Element = made.build_xml_doc()
    for steps in batched(suite.cases_by_step, _BATCH):
        cases = [_case(suite, case, name) for number, of in steps for name in [suite.classname(number)] for case in of]
        element.extend(junit_xml.TestSuite(suite.name, cases).build_xml_doc())
    # junit-xml adds a non-standard `disabled`, sums the cases' times, and leaves out each time that is 0.
    element.attrib.pop("disabled", None)
    element.attrib.update(_totals(suite.counts, suite.seconds))
    if suite.status and suite.status.started:
        element.set("timestamp", _timestamp(suite.status.started))
    for case_element in element.iter("testcase"):
        case_element.set("time", _NO_TIME)
    for skipped in element.iter("skipped"):
        skipped.attrib.pop("type", None)
    return element


def _properties(suite: SuiteResult, target: Target) -> dict[str, str]:
    status = suite.status
    found = {
        "test-run-id": suite.run_id,
        "stream-id": target.stream_id,
        "host": target.host,
        "bot-version": target.bot_version,
        "bot-language": target.bot_language,
        "nlp-version": status.nlp_versions if status else None,
        "status": (status.answer.status or status.result.status) if status else None,
        "verdict": str(suite.verdict),
    }
    return {key: one_line(value, _PROPERTY) for key, value in found.items() if value}


def _case(suite: SuiteResult, case: TestCase, classname: str) -> junit_xml.TestCase:
    made = junit_xml.TestCase(case.name, classname)
    if case.outcome is Outcome.PASSED:
        return made
    message = one_line(case.message)
    # Never empty: junit-xml drops a failure without text, and the case would count as passed.
    if case.outcome is Outcome.SKIPPED:
        made.add_skipped_info(message, message)
    elif case.outcome is Outcome.FAILED:
        made.add_failure_info(message, body(suite, case), case.kind)
    else:
        made.add_error_info(message, body(suite, case), case.kind)
    return made


def body(suite: SuiteResult, case: TestCase) -> str:
    """The whole story of a red test case as text: what was expected, what came, and the conversation up to there."""
    parts = [visible(case.message)]
    if case.expected or case.actual:
        parts.append(f"Expected:\n{_indented(case.expected, _SIDE_BYTES)}")
        parts.append(f"Actual:\n{_indented(case.actual, _SIDE_BYTES)}")
    if case.step and suite.status:
        parts.append(_conversation(suite, case.step))
    elif len(suite.judgement.reasons) > 1:
        parts.append(clip("\n".join(suite.judgement.reasons), _SIDE_BYTES))
    if suite.run_id:
        parts.append(f"Test run: {one_line(suite.run_id, _PROPERTY)}")
    return "\n\n".join(filter(None, parts))


def _conversation(suite: SuiteResult, last: int) -> str:
    steps = suite.status.steps if suite.status else []
    said = [
        f"  {turn.step} user: {clip(turn.text, _TURN_BYTES)}"
        if turn.who == USER
        else f"    bot: {clip(turn.text, _TURN_BYTES)}"
        for turn in turns(steps, last, _STEPS_SHOWN)
    ]
    if not said:
        return ""
    # The newest turns matter most: the oldest go first.
    while len(said) > 1 and sum(len(line.encode()) + 1 for line in said) > _TURNS_BYTES:
        said.pop(0)
    cut = f" (the last {_STEPS_SHOWN} steps)" if last > _STEPS_SHOWN else ""
    return f"Conversation up to step {last}{cut}:\n" + "\n".join(said)


def _indented(text: str, limit: int) -> str:
    return "  " + clip(text, limit).replace("\n", "\n  ")
