"""A JUnit report read back, and held to what every reader needs."""

import xml.etree.ElementTree as ET
from typing import NamedTuple

import junitparser


class Earlier(NamedTuple):
    """Surefire's element for the failure of another run of the same test case."""

    tag: str
    kind: str
    message: str
    text: str


class Row(NamedTuple):
    """One test case as a reader sees it. `earlier` has what Surefire's readers see beside."""

    classname: str
    name: str
    outcome: str
    kind: str = ""
    message: str = ""
    text: str = ""
    output: str = ""
    earlier: tuple[Earlier, ...] = ()


def read(data: bytes) -> list[Row]:
    """The test cases of a report, after the checks that hold for every report."""
    root = ET.fromstring(data)
    assert "testsuites" == root.tag
    rows = [row for suite in root for row in _suite(suite)]
    assert rows, "a report never has zero test cases"
    assert len(rows) == len({(row.classname, row.name) for row in rows}), "names are unique"
    _totals(root, rows)
    _junitparser_counts_the_same(data, rows)
    return rows


def _suite(suite: ET.Element) -> list[Row]:
    assert "testsuite" == suite.tag
    assert not list(suite.iter("testsuite"))[1:], "no nested suites"
    allowed = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}
    assert set(suite.attrib) <= allowed, "standard attributes only"
    rows = [_row(case) for case in suite.iter("testcase")]
    _totals(suite, rows)
    return rows


def _totals(element: ET.Element, rows: list[Row]) -> None:
    outcomes = [row.outcome for row in rows]
    expected = {
        "tests": len(rows),
        "failures": outcomes.count("failure"),
        "errors": outcomes.count("error"),
        "skipped": outcomes.count("skipped"),
    }
    assert expected == {key: int(element.attrib[key]) for key in expected}
    assert f"{float(element.attrib['time']):.3f}" == element.attrib["time"]


def _row(case: ET.Element) -> Row:
    name, classname = case.attrib["name"], case.attrib["classname"]
    assert {"name", "classname", "time"} == set(case.attrib)
    assert "0.000" == case.attrib["time"]
    for text in (name, classname):
        assert 0 < len(text) <= 200
        assert "\n" not in text
    assert 1 == classname.count("."), "one dot, between suite and step"
    earlier = tuple(_earlier(part) for part in case if part.tag in ("flakyFailure", "rerunFailure"))
    parts = [part for part in case if part.tag not in ("flakyFailure", "rerunFailure")]
    if [("system-out", "flakyFailure")] == [(part.tag, one.tag) for part, one in zip(parts, earlier[:1], strict=False)]:
        # Why the earlier failures of a case that passes do not block.
        return Row(classname, name, "passed", output=parts[0].text or "", earlier=earlier)
    # One known reader takes a failure for a pass if a flaky failure stands beside it.
    assert {one.tag for one in earlier} <= {"rerunFailure" if parts else "flakyFailure"}
    if not parts:
        return Row(classname, name, "passed", earlier=earlier)
    result, *further = parts
    assert not earlier or result.tag == "failure"
    is_tolerated = (result.tag, result.get("type")) == ("skipped", "tolerated")
    assert (["system-out"] if is_tolerated else []) == [part.tag for part in further]
    assert all(0 < len((part.text or "").encode()) <= 64 * 1024 for part in further)
    message, text = result.get("message", ""), result.text or ""
    assert message
    assert text
    assert "\n" not in message
    assert len(text.encode()) <= 64 * 1024
    assert is_tolerated or (result.get("type") is None) == (result.tag == "skipped")
    output = "".join(part.text or "" for part in further)
    return Row(classname, name, result.tag, result.get("type") or "", message, text, output, earlier)


def _earlier(part: ET.Element) -> Earlier:
    (trace,) = part
    assert {"type", "message"} == set(part.attrib)
    assert ("stackTrace", {}) == (trace.tag, trace.attrib)
    text = trace.text or ""
    assert part.attrib["message"]
    assert "\n" not in part.attrib["message"]
    assert 0 < len(text.encode()) <= 64 * 1024
    return Earlier(part.tag, part.attrib["type"], part.attrib["message"], text)


def _junitparser_counts_the_same(data: bytes, rows: list[Row]) -> None:
    parsed = junitparser.JUnitXml.fromstring(data)
    parsed.update_statistics()
    outcomes = [row.outcome for row in rows]
    assert (len(rows), outcomes.count("failure"), outcomes.count("error"), outcomes.count("skipped")) == (
        parsed.tests,
        parsed.failures,
        parsed.errors,
        parsed.skipped,
    )
