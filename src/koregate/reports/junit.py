"""junit.xml: one test case per assertion, in the shape that all readers show well."""

import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar

import junit_xml

from koregate import __version__
from koregate.judging.cases import Outcome, TestCase, ToleranceKind
from koregate.judging.results import Counts, JobResult, StepResult, SuiteResult
from koregate.reports.earlier_texts import told_earlier
from koregate.reports.failure_text import MAX_REPORT_BYTES, CaseBytes, FailureTexts, run_first
from koregate.reports.figures_text import figures_of
from koregate.text import one_line

T = TypeVar("T")

_MAX_PROPERTY = 500
# The test case objects of junit-xml are large, so only those of this many steps exist at a time.
_BATCH = 200
_NO_TIME = "0.000"
# The bytes of the tags of a test case, of a test suite with its totals, and of a property.
_CASE_BYTES, _FAILURE_BYTES, _SUITE_BYTES, _PROPERTY_BYTES = 55, 70, 300, 45
# The bytes of the tags of a failure in an earlier run.
_EARLIER_BYTES = 110
# What Surefire calls a failure that a further run did not repeat, and one that it did.
_FLAKY, _AGAIN = "flakyFailure", "rerunFailure"


def render(job: JobResult, largest: int = MAX_REPORT_BYTES) -> bytes:
    """The JUnit report, in about `largest` bytes at most. The same job gives the same bytes."""
    suites = sum(_SUITE_BYTES + 2 * _size(suite.name) + _size_of_properties(suite, job) for suite in job.suites)
    texts = FailureTexts(job, _size, _overhead, largest - suites, told_earlier)
    root = ET.Element("testsuites", {"name": "koregate", **_totals(job.counts, job.seconds)})
    if job.started:
        root.set("timestamp", _timestamp(job.started))
    root.extend(_suite(suite, job, texts) for suite in job.suites)
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
    # UTC without offset and fraction: the form that every reader accepts.
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _suite(suite: SuiteResult, job: JobResult, texts: FailureTexts) -> ET.Element:
    element: ET.Element = junit_xml.TestSuite(suite.name, properties=_properties(suite, job)).build_xml_doc()
    earlier: list[list[ET.Element]] = []
    for steps in batched(run_first(suite), _BATCH):
        cases = []
        for step, of in steps:
            classname = suite.classname(step)
            for case in of:
                cases.append(_case(suite, step, case, classname, texts))
                earlier.append(_earlier(suite, step, case, texts))
        element.extend(junit_xml.TestSuite(suite.name, cases).build_xml_doc())
    if texts.cut:
        ET.SubElement(element[0], "property", {"name": "cut", "value": texts.cut})
    # junit-xml adds a non-standard `disabled`, sums the cases' times, and leaves out times of 0.
    element.attrib.pop("disabled", None)
    element.attrib.update(_totals(suite.counts, suite.seconds))
    if suite.started:
        element.set("timestamp", _timestamp(suite.started))
    ordered = (case for _, cases in run_first(suite) for case in cases)
    for case_element, case, failures in zip(element.iter("testcase"), ordered, earlier, strict=True):
        case_element.set("time", _NO_TIME)
        case_element.extend(failures)
        for skipped in case_element.iter("skipped"):
            # junit-xml would write its own type.
            del skipped.attrib["type"]
            if case.outcome is Outcome.TOLERATED:
                skipped.set("type", Outcome.TOLERATED)
    return element


def _properties(suite: SuiteResult, job: JobResult) -> dict[str, str]:
    target, ci = job.target, job.facts.ci
    properties = {
        "test-run-id": suite.run_id,
        "earlier-test-run-ids": ", ".join(run.run_id for run in suite.earlier_runs),
        "stream-id": target.stream_id,
        "host": target.host,
        "bot-version": target.bot_version,
        "bot-language": target.bot_language,
        "nlp-version": ", ".join(suite.nlp_versions),
        "status": suite.platform_status,
        "verdict": str(suite.verdict),
        "suite-kind": suite.kind if suite.kind != "conversation" else None,
        "suite-file": suite.source.path if suite.source else None,
        "suite-file-sha256": suite.source.sha256 if suite.source else None,
        **{name.lower().replace(" ", "-"): value for name, value in figures_of(suite.figures).items()},
        "koregate-version": __version__,
        "ci-url": ci.url,
        "commit": ci.commit,
    }
    return {key: one_line(value, _MAX_PROPERTY) for key, value in properties.items() if value}


def _size_of_properties(suite: SuiteResult, job: JobResult) -> int:
    return sum(_PROPERTY_BYTES + len(key) + _size(value) for key, value in _properties(suite, job).items())


def _overhead(_: SuiteResult) -> CaseBytes:
    return CaseBytes(_CASE_BYTES, _FAILURE_BYTES, _EARLIER_BYTES)


def _size(text: str) -> int:
    """The bytes that a text takes in an attribute. In an element it takes no more."""
    size = len(text) if text.isascii() else len(text.encode())
    return size + 4 * text.count("&") + 3 * text.count("<") + 3 * text.count(">") + 5 * text.count('"')


def _case(
    suite: SuiteResult, step: StepResult | None, case: TestCase, classname: str, texts: FailureTexts
) -> junit_xml.TestCase:
    element = junit_xml.TestCase(texts.name(step, case), classname)
    if case.counted_as is Outcome.PASSED:
        if case.tolerance is not None and case.tolerance.kind is not ToleranceKind.FLAKY:
            # The flaky failures beside it do not say why they do not block.
            element.stdout = one_line(case.tolerance.reason)
        return element
    message = texts.message(case)
    # Never empty: junit-xml drops a failure without text, so the case would count as passed.
    if case.outcome is Outcome.SKIPPED:
        element.add_skipped_info(message, message)
    elif case.tolerance is not None:
        # Some readers show the message, some the text, and some the output.
        reason = one_line(case.tolerance.reason)
        element.add_skipped_info(reason, f"{reason.removesuffix('.')}: {message}")
        element.stdout = texts.text(suite, step, case)
    elif case.outcome is Outcome.FAILED:
        first = case.earlier_failures[0] if case.earlier_failures else None
        if first is not None and told_earlier(case):
            # The failure is that of the first run. Those of the others follow it.
            case = case.as_it_failed(first)
            message = texts.message(case)
        element.add_failure_info(message, texts.text(suite, step, case, first), case.kind)
    else:
        element.add_error_info(message, texts.text(suite, step, case), case.kind)
    return element


def _earlier(suite: SuiteResult, step: StepResult | None, case: TestCase, texts: FailureTexts) -> list[ET.Element]:
    """Surefire's elements for a case that failed in an earlier run: one for each failure that is not its `failure`."""
    failures = told_earlier(case)
    tag, single = (_FLAKY, failures) if case.is_flaky else (_AGAIN, failures[1:])
    elements = []
    for failure in single:
        view = case.as_it_failed(failure)
        elements.append(_failure(tag, view, texts.message(view), texts.earlier_text(suite, step, view, failure)))
    if failures and not case.is_flaky:
        elements.append(_failure(tag, case, texts.message(case), texts.text(suite, step, case)))
    return elements


def _failure(tag: str, case: TestCase, message: str, text: str) -> ET.Element:
    element = ET.Element(tag, {"type": case.kind, "message": message})
    ET.SubElement(element, "stackTrace").text = text
    return element
