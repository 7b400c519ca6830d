"""The gate policy in every report of any job: counts, shards, exit codes and reasons agree."""

import copy
import html
import json
import re
from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support import junit
from support.answers import job_of, proves_pass, report_of
from support.policies import NOW, failed_replies, policies, records
from support.saved import LATER

from koregate.inputs import FailOn
from koregate.judging.cases import Outcome
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.policy.rules import Policy
from koregate.reports import comment, ctrf, page, report_json, summary
from koregate.reports import junit as junit_report
from koregate.reports.job_outputs import job_outputs
from koregate.reports.report_json_reader import merge_reports
from koregate.runs.record import RunRecord
from koregate.verdicts import Verdict

FAIL_ON: st.SearchStrategy[FailOn] = st.sampled_from(["any", "error", "never"])
NOTHING = dict.fromkeys(("passed", "failed", "error", "tolerated", "skipped"), 0)
COUNTED = re.compile(r"(\d+) of (\d+) test cases(?: \(one per assertion\))? passed([^.]*)\.")
BAR = re.compile(r"Test cases(?: \(one per assertion\))?: ([^<\"]*)")


def read(job: JobResult) -> list[str]:
    """The texts for people, without the characters that keep Markdown from acting."""
    texts = summary.render(job), page.render(job).decode(), comment.render(job, "", 60_000)
    return [html.unescape(text).replace("\u200b", "") for text in texts]


def told(text: str) -> dict[str, int] | None:
    """The counts of test cases in the first sentence that tells them, or at the bar of the page, or None."""
    if bar := BAR.search(text):
        counts = numbered(bar[1])
        return {"total": sum(counts.values()), **NOTHING, **counts}
    match = COUNTED.search(text)
    return {"total": int(match[2]), **NOTHING, "passed": int(match[1]), **numbered(match[3])} if match else None


def numbered(text: str) -> dict[str, int]:
    return {word.removesuffix("s"): int(number) for number, word in re.findall(r"(\d+) (\w+)", text)}


@given(records(), st.data())
def test_every_report_tells_the_same_counts(found: list[RunRecord], data: st.DataObject) -> None:
    job = apply_policy(job_of(*found), data.draw(policies(found)))

    outputs = job_outputs(job, "r")
    counts = {name: int(outputs[name]) for name in ("total", "passed", "failed", "errors", "skipped")}
    document = json.loads(report_json.render(job))
    cases = [case for suite in document["suites"] for step in suite["steps"] for case in step["cases"]]
    after = Counter(case["outcome"] for case in cases)
    rows = Counter(row.outcome for row in junit.read(junit_report.render(job)))
    tests = json.loads(ctrf.render(job))["results"]
    statuses = Counter(test["status"] for test in tests["tests"])

    assert counts == document["counts"]
    assert counts == {
        "total": len(cases),
        "passed": after["passed"],
        "failed": after["failed"],
        "errors": after["error"],
        "skipped": after["skipped"] + after["tolerated"],
    }
    assert (counts["passed"], counts["failed"], counts["errors"], counts["skipped"]) == tuple(
        rows[name] for name in ("passed", "failure", "error", "skipped")
    )
    assert (counts["passed"], counts["failed"] + counts["errors"], counts["skipped"]) == tuple(
        statuses[name] for name in ("passed", "failed", "skipped")
    )
    assert statuses == Counter({name: tests["summary"][name] for name in ("passed", "failed", "skipped")})
    # A test case that stands for a whole run is no count for people, unless the run failed.
    steps = [step for suite in document["suites"] for step in suite["steps"]]
    outcomes = [(step["step"], case["outcome"]) for step in steps for case in step["cases"]]
    shown = Counter(outcome for number, outcome in outcomes if number or outcome in ("failed", "tolerated"))
    # Neither is one that passed in a suite without a result, as long as no other suite has one.
    verdicts = {
        suite["verdict"] for suite in document["suites"] for step in suite["steps"] if step["step"] and step["cases"]
    }
    is_void = verdicts <= {"error", "timeout", "cancelled"} and shown["passed"] > 0
    is_counted = bool(verdicts) and not is_void
    people = {"total": shown.total(), **NOTHING, **shown}
    summarized, paged, commented = map(told, read(job))
    assert summarized == commented == (people if is_counted else None)
    # The bar of the page has the outcomes of steps in any case.
    assert paged == (people if verdicts else None)
    assert outputs["tolerated"] == str(after["tolerated"]) == str(document["policy"]["tolerated"])


@given(records(), st.data())
def test_every_tolerated_case_has_its_reason_in_every_report(found: list[RunRecord], data: st.DataObject) -> None:
    job = apply_policy(job_of(*found), data.draw(policies(found)))

    skipped = [row for row in junit.read(junit_report.render(job)) if row.kind == "tolerated"]
    reasons = [case.tolerance.reason for suite in job.suites for case in suite.cases if case.tolerance]
    assert len(skipped) == len(reasons) == job.tolerated
    for row, reason in zip(skipped, reasons, strict=True):
        assert reason == row.message
        assert row.text.startswith(f"{reason.removesuffix('.')}: ")
    texts = read(job)
    for reason in set(reasons):
        assert [] == [text for text in texts if reason not in text]


@given(records(), st.data(), FAIL_ON)
def test_shards_merge_to_one_job_of_the_same_suites(
    found: list[RunRecord], data: st.DataObject, fail_on: FailOn
) -> None:
    policy = data.draw(policies(found))
    shards = [apply_policy(job_of(record), data.draw(policies(found))._replace(min_tests=0)) for record in found]
    whole = with_exit_code(apply_policy(job_of(*found), policy), fail_on)

    merged = merge_reports(
        [(f"{number}.json", report_json.render(job)) for number, job in enumerate(shards)], "any", now=LATER
    )
    again = with_exit_code(apply_policy(merged, policy), fail_on)

    assert documents(whole) == documents(again)
    assert junit_report.render(whole) == junit_report.render(again)
    assert job_outputs(whole, "r") == job_outputs(again, "r")


def documents(job: JobResult) -> dict[str, Any]:
    # Each report rounds its duration.
    return {**json.loads(report_json.render(job)), "durationSeconds": 0}


@given(records(), st.data())
def test_exit_code_0_needs_a_proof_or_tolerated_assertions_above_the_floor(
    found: list[RunRecord], data: st.DataObject
) -> None:
    job = job_of(*found)

    after = apply_policy(job, data.draw(policies(found)))

    if after.exit_code == 0:
        assert {suite.verdict for suite in job.suites} <= {Verdict.PASSED, Verdict.FAILED}
        for before, suite in zip(job.suites, after.suites, strict=True):
            outcomes = {case.judged for case in suite.cases}
            assert outcomes <= {Outcome.PASSED, Outcome.FAILED}
            assert not [case for case in suite.run_cases if case.judged is Outcome.FAILED]
            assert (before.verdict is Verdict.PASSED) == (outcomes == {Outcome.PASSED})


def mended(reply: Any) -> Any:
    """The reply as it would be if every failed assertion of a documented kind had passed. Nothing else is changed."""
    reply = copy.deepcopy(reply)
    result = reply["result"]
    reply["status"] = result["status"] = "passed"
    counts = result["stepDetails"]
    counts["passed"], counts["failed"] = int(float(counts["passed"])) + int(float(counts["failed"])), 0
    for part in result["executionResults"]:
        assertions = [
            message["assertions"][kind]
            for message in [*(part.get("outputs") or []), *(part.get("actualOutput") or [])]
            if isinstance(message, dict) and isinstance(message.get("assertions"), dict)
            for kind in ("flowLevel", "text", "context")
            if isinstance(message["assertions"].get(kind), dict)
        ]
        if part["status"] == "failed" and any(failed_in(assertion) for assertion in assertions):
            part["status"] = "passed"
        for assertion in filter(failed_in, assertions):
            assertion["status"] = "passed"
    return reply


def failed_in(assertion: dict[str, Any]) -> bool:
    """Whether an enabled assertion says by itself that it failed, or gives no status and an entry does."""
    if assertion.get("enabled") is False:
        return False
    return assertion.get("status") == "failed" or not assertion.get("status")


@given(failed_replies())
def test_a_tolerated_run_would_be_a_proof_if_its_failed_assertions_had_passed(reply: Any) -> None:
    job = apply_policy(report_of(Pizza=reply), Policy(NOW, Decimal(0)))

    if job.verdict is Verdict.TOLERATED:
        assert not proves_pass(reply)
        assert proves_pass(mended(reply))
