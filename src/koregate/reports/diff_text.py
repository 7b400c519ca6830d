"""The output of `koregate diff`, for people and for programs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from koregate.policy.report_diff import DiffCase, ReportDiff
from koregate.text import one_line

_MAX_LISTED = 200
_MAX_NAME = 100
_MAX_MESSAGE = 500
_TITLES = {
    "new": "New failures",
    "known": "Known failures",
    "fixed": "Fixed",
    "missing": "Missing test cases",
    "flaky": "Flaky",
}


class DiffReport(NamedTuple):
    """A comparison and its exit code. `problems` say why it proves nothing. `notes` are worth knowing."""

    diff: ReportDiff
    exit_code: int
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def lines(report: DiffReport) -> Iterator[str]:
    """The comparison for people: new failures first, counts last."""
    listed = _listed(report.diff)
    for name, cases in listed.items():
        if cases:
            yield f"{_TITLES[name]} ({len(cases)}):"
            yield from (f"  {_line(case)}" for case in cases[:_MAX_LISTED])
            if more := len(cases) - len(cases[:_MAX_LISTED]):
                yield f"  … and {more} more. --json lists all."
    yield from report.problems
    yield from (f"Note: {note}" for note in report.notes)
    counts = ", ".join(f"{len(cases)} {name}" for name, cases in listed.items())
    yield f"Diff: {counts} (exit code {report.exit_code})."


def as_json(report: DiffReport) -> str:
    """The comparison as one line of JSON. Nothing in it acts as a command of a CI system."""
    document = {
        "exitCode": report.exit_code,
        "problems": report.problems,
        "notes": report.notes,
        "missingSuites": report.diff.missing_suites,
        **{name: [_document(case) for case in cases] for name, cases in _listed(report.diff).items()},
    }
    return json.dumps(document).replace("##", r"#\u0023")


def _listed(diff: ReportDiff) -> Mapping[str, Sequence[DiffCase]]:
    return {"new": diff.new, "known": diff.known, "fixed": diff.fixed, "missing": diff.missing, "flaky": diff.flaky}


def _line(case: DiffCase) -> str:
    said = f', "{one_line(case.input, _MAX_NAME)}"' if case.input else ""
    again = f" (occurrence {case.occurrence})" if case.occurrence > 1 else ""
    place = f"response {case.response}, {case.kind}" if case.response else case.kind
    message = f": {one_line(case.message, _MAX_MESSAGE)}" if case.message else ""
    tolerated = f" [tolerated: {one_line(case.tolerance, _MAX_MESSAGE)}]" if case.tolerance else ""
    return f"{one_line(case.suite, _MAX_NAME)}{said}{again}, {place}{message}{tolerated}"


def _document(case: DiffCase) -> dict[str, object]:
    return {
        "suite": case.suite,
        "input": case.input,
        "occurrence": case.occurrence,
        "response": case.response,
        "kind": case.kind,
        "failureClass": case.failure_class and str(case.failure_class),
        "message": case.message,
        "tolerance": case.tolerance or None,
    }
