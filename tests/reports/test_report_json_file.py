"""Files that are no report.json of this version are named with the reason."""

import json
from typing import Any

import pytest
from support.answers import (
    MISSING,
    answer,
    job_of,
    record_of,
    step,
)
from support.merging import PASSED, SUITE, document, forge
from support.saved import LATER

from koregate.reports import report_json
from koregate.reports.report_json_reader import merge_reports
from koregate.verdicts import EXIT_NO_VERDICT


def changed(**changes: Any) -> bytes:
    value = {**document(PASSED), **changes}
    return json.dumps({key: part for key, part in value.items() if part is not MISSING}).encode()


FOREIGN = {
    "version": (changed(schemaVersion=99), "is a report.json of another version of koregate"),
    "version with other keys": (b'{"koregate": "9", "schemaVersion": 9}', "is a report.json of another version"),
    "key missing": (changed(exitCode=MISSING), r"is not a report.json that koregate wrote \(missing: exitCode\)"),
    "empty suite": (changed(suites=[{}]), r"is not a report.json that koregate wrote \(missing: suites\[0\].name, "),
    "key missing in a suite": (
        json.dumps(forge(PASSED, {(*SUITE, "nlpVersions"): MISSING})).encode(),
        r"is not a report.json that koregate wrote \(missing: suites\[0\].nlpVersions\)",
    ),
    "rate as text": (
        changed(passRate="100.00"),
        r"wrote \(passRate must be a number\)",
    ),
    "date that is none": (changed(finishedAt="soon"), r"\(finishedAt must be a date and time with an offset\)"),
    "number as text": (
        changed(exitCode="0"),
        r"wrote \(exitCode must be a whole number\)",
    ),
    "number as boolean": (
        changed(exitCode=False),
        r"wrote \(exitCode must be a whole number\)",
    ),
    "number as fraction": (
        changed(exitCode=0.0),
        r"wrote \(exitCode must be a whole number\)",
    ),
    "not a number": (changed(durationSeconds=float("nan")), r"\(durationSeconds must be a number\)"),
    "infinity": (
        json.dumps(forge(PASSED, {(*SUITE, "durationSeconds"): float("-inf")})).encode(),
        r"\(suites\[0\].durationSeconds must be a number\)",
    ),
    "no date": (
        json.dumps(forge(PASSED, {(*SUITE, "startedAt"): "soon"})).encode(),
        r"\(suites\[0\].startedAt must be a date and time with an offset\)",
    ),
    "no offset": (
        json.dumps(forge(PASSED, {(*SUITE, "startedAt"): "2026-11-23T10:14:13"})).encode(),
        r"\(suites\[0\].startedAt must be a date and time with an offset\)",
    ),
    "no time in UTC": (
        json.dumps(forge(PASSED, {(*SUITE, "startedAt"): "9999-12-31T23:59:59-14:00"})).encode(),
        r"\(suites\[0\].startedAt must be a date and time with an offset\)",
    ),
    "huge number": (changed().replace(b'"exitCode": 0', b'"exitCode": ' + b"9" * 100_000), "is not a report.json"),
    "deep": (b"[" * 100_000, "is not a report.json"),
    "deep value": (changed().replace(b'"any"', b"[" * 5000 + b"]" * 5000), "is not a report.json"),
    "half a surrogate": (changed().replace(b'"any"', rb'"\ud800"'), "is not a report.json"),
    "empty": (b"", r"is not a report.json that koregate wrote \(it is empty\)"),
    "list": (b"[]", r"is not a report.json that koregate wrote \(it must be an object\)"),
    "no text": (b"\xff", r"is not a report.json that koregate wrote \(it is not UTF-8, line 1\)"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_is_no_report_of_this_version_is_named_with_the_reason(name: str) -> None:
    data, reason = FOREIGN[name]

    with pytest.raises(ValueError, match=rf'^"report.json" .*{reason}'):
        merge_reports([("good.json", report_json.render(PASSED)), ("report.json", data)], "any", now=LATER)


def test_a_suite_whose_name_reports_may_show_for_others_is_none_of_those_that_are_expected() -> None:
    shown = report_json.render(job_of(record_of("for [email]", answer(step()))))

    merged_job = merge_reports([("report.json", shown)], "any", ["for [email]"], now=LATER)

    assert EXIT_NO_VERDICT == merged_job.exit_code
    told = " ".join(merged_job.suites[-1].doubts)
    assert 'expected but missing: "for [email]".' in told
    assert 'not expected: "for [email]".' in told
