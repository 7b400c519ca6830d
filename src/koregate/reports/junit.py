"""junit.xml: one test case per assertion, in the shape that all readers show well."""

import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar

import junit_xml

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import Counts, JobResult, StepResult, SuiteResult
from koregate.reports.failure_text import failure_text
from koregate.runs.record import Target
from koregate.text import one_line

T = TypeVar("T")

_MAX_PROPERTY = 500
# The cases of junit-xml are large: only those of so many steps are held at a time.
_BATCH = 200
_NO_TIME = "0.000"


def render(job: JobResult) -> bytes:
    """The JUnit report. The same job gives the same bytes."""
    root = ET.Element("testsuites", {"name": "koregate", **_totals(job.counts, job.seconds)})
    if job.started:
        root.set("timestamp", _timestamp(job.started))
    root.extend(_suite(suite, job.target) for suite in job.suites)
    ET.indent(root, " ")
    out = io.BytesIO()
    ET.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)
    out.write(b"\n")
    return out.getvalue()


def batched(items: Iterator[T], size: int) -> Iterator[list[T]]:
    """The items in lists of that size."""
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
    element: ET.Element = junit_xml.TestSuite(suite.name, properties=_properties(suite, target)).build_xml_doc()
    for steps in batched(suite.cases_by_step, _BATCH):
        cases = [
            _case(suite, step, case, name) for step, of in steps for name in [suite.classname(step)] for case in of
        ]
        element.extend(junit_xml.TestSuite(suite.name, cases).build_xml_doc())
    # junit-xml adds a non-standard `disabled`, sums the cases' times, and leaves out each time that is 0.
    element.attrib.pop("disabled", None)
    element.attrib.update(_totals(suite.counts, suite.seconds))
    if suite.started:
        element.set("timestamp", _timestamp(suite.started))
    for case_element in element.iter("testcase"):
        case_element.set("time", _NO_TIME)
    for skipped in element.iter("skipped"):
        skipped.attrib.pop("type", None)
    return element


def _properties(suite: SuiteResult, target: Target) -> dict[str, str]:
    properties = {
        "test-run-id": suite.run_id,
        "stream-id": target.stream_id,
        "host": target.host,
        "bot-version": target.bot_version,
        "bot-language": target.bot_language,
        "nlp-version": suite.nlp_versions,
        "status": suite.platform_status,
        "verdict": str(suite.verdict),
    }
    return {key: one_line(value, _MAX_PROPERTY) for key, value in properties.items() if value}


def _case(suite: SuiteResult, step: StepResult | None, case: TestCase, classname: str) -> junit_xml.TestCase:
    element = junit_xml.TestCase(case.name, classname)
    if case.outcome is Outcome.PASSED:
        return element
    message = one_line(case.message)
    # Never empty: junit-xml drops a failure without text, and the case would count as passed.
    if case.outcome is Outcome.SKIPPED:
        element.add_skipped_info(message, message)
    elif case.outcome is Outcome.FAILED:
        element.add_failure_info(message, failure_text(suite, step, case), case.kind)
    else:
        element.add_error_info(message, failure_text(suite, step, case), case.kind)
    return element
