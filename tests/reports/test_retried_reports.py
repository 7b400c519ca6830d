"""Reports on suites that ran more than once: they agree, keep to their limits, and no claim makes them greener."""

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support import junit as reader
from support.answers import TARGET, answer, failed_step, put, record_of, step
from support.page import page_of
from support.policies import NOW, failed, policies, retried, retried_records
from support.saved import LATER

from koregate.inputs import Flaky
from koregate.judging.cases import Outcome
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.reports import comment, ctrf, junit, page, report_json, summary
from koregate.reports.job_outputs import job_outputs
from koregate.reports.report_json_reader import merge_reports
from koregate.reports.retry_lines import retry_lines
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict

MIXED = failed(step(), failed_step())
OTHER = failed(step(), failed_step(actual="Pardon?"))
PASSED = answer(step(), step("pizza"))
SETTINGS: st.SearchStrategy[Flaky] = st.sampled_from(["fail", "pass"])


def applied(job: JobResult, flaky: Flaky) -> JobResult:
    return apply_policy(job, Policy(NOW, flaky=flaky))


def rows_of(job: JobResult) -> list[reader.Row]:
    return reader.read(junit.render(job))


# junit.xml


def test_a_tolerated_flaky_case_passes_with_a_flaky_failure_for_each_failed_run() -> None:
    good, row = rows_of(applied(retried(MIXED, OTHER, PASSED), "pass"))

    assert (("passed", ()), "passed") == ((good.outcome, good.earlier), row.outcome)
    assert ["flakyFailure"] * 2 == [one.tag for one in row.earlier]
    assert ['expected "Which size?", got "Sorry, what?"', 'expected "Which size?", got "Pardon?"'] == [
        one.message for one in row.earlier
    ]
    assert "Expected:\n  Which size?\n\nActual:\n  Sorry, what?\n\nTest run: ctr-1.1" == row.earlier[0].text


def test_the_pages_list_of_failures_says_in_how_many_runs_a_flaky_case_failed() -> None:
    item = page_of(applied(retried(MIXED, PASSED), "fail")).only("nav").only("li")

    assert "Flaky (failed in 1 of 2 runs and passed in the last one)" == item.all("p")[0].words
    assert ['"Which size?"', '"Sorry, what?"'] == [part.words for part in item.all("dd")]


def test_a_flaky_case_that_fails_is_a_failure_alone() -> None:
    _, row = rows_of(applied(retried(MIXED, OTHER, PASSED), "fail"))

    assert ("failure", "text", ()) == (row.outcome, row.kind, row.earlier)
    assert "Flaky (failed in 2 of 3 runs and passed in the last one): expected" in row.message
    assert (
        "Expected:\n  Which size?\n\nActual:\n  Sorry, what?\n\nTest run: ctr-1.1\n\nIn that run:\n"
        "Conversation up to step 2:\n  1 user: hi\n    bot: Hello\n  2 user: pizza\n    bot: Sorry, what?"
    ) == row.text


def test_only_the_steps_that_were_kept_together_are_the_conversation_of_an_earlier_run() -> None:
    said = [step(f"s{number}") for number in range(1, 8)]
    bad = failed(failed_step("first"), *said, failed_step())

    *_, row = rows_of(applied(retried(bad, answer(step("first"), *said, step("pizza"))), "fail"))

    told = row.text.partition("In that run:\n")[2].splitlines()
    assert "Conversation up to step 9 (the last 3 steps):" == told[0]
    assert ["  7 user: s6", "  8 user: s7", "  9 user: pizza"] == told[1::2]


def test_without_the_conversation_of_that_run_junit_has_the_last_one_s_and_says_so() -> None:
    job = applied(retried(MIXED, PASSED), "fail")
    (suite,) = job.suites
    runs = tuple(run._replace(steps=()) for run in suite.earlier_runs)

    _, row = rows_of(job.with_suites([replace(suite, earlier_runs=runs)]))

    assert row.text.endswith(
        "In the last run:\nConversation up to step 2:\n  1 user: hi\n    bot: Hello\n  2 user: pizza\n    bot: Hello"
    )


def test_a_case_that_failed_in_every_run_is_the_failure_of_the_first_with_one_for_each_later_one() -> None:
    _, row = rows_of(applied(retried(MIXED, OTHER, MIXED), "pass"))

    assert ("failure", 'expected "Which size?", got "Sorry, what?"') == (row.outcome, row.message)
    assert [("rerunFailure", "Pardon?"), ("rerunFailure", "Sorry, what?")] == [
        (one.tag, one.message.split('"')[3]) for one in row.earlier
    ]
    assert ["Test run: ctr-1.2", "Test run: ctr-1.3"] == [one.text.rpartition("\n")[2] for one in row.earlier]
    assert "Test run: ctr-1.1\n\nIn that run:\nConversation up to step 2:" in row.text


def test_in_a_suite_that_failed_again_a_case_that_passed_has_no_failure_with_pass() -> None:
    drifting = applied(retried(MIXED, failed(failed_step("hi"), step("pizza"))), "pass")

    assert [("failure", ()), ("passed", ())] == [(row.outcome, row.earlier) for row in rows_of(drifting)]


def test_the_ids_of_earlier_runs_are_a_property() -> None:
    assert b'<property name="earlier-test-run-ids" value="ctr-1.1, ctr-1.2" />' in junit.render(
        retried(MIXED, OTHER, PASSED)
    )
    assert b"earlier" not in junit.render(retried(PASSED))


# Other reports


@pytest.mark.parametrize(("flaky", "status"), [("fail", "failed"), ("pass", "passed")])
def test_ctrf_says_which_test_is_flaky_and_how_often_its_suite_ran_again(flaky: Flaky, status: str) -> None:
    good, bad = json.loads(ctrf.render(applied(retried(MIXED, OTHER, PASSED), flaky)))["results"]["tests"]

    assert (2, True, status) == (bad["retries"], bad["flaky"], bad["status"])
    assert "failed in 2 of 3 runs and passed in the last one" in bad["message"]
    assert {"retries", "flaky"}.isdisjoint(good)


def test_each_report_for_people_says_how_every_run_ended() -> None:
    job = applied(retried(MIXED, answer(step(), status="aborted"), PASSED), "pass")
    line = "Pizza ran 3 times: run 1 failed in 1 test case, run 2 gave no usable verdict, run 3 passed."

    assert [line] == list(retry_lines(job))
    assert line in page_of(job).words
    for text in (summary.render(job), comment.render(job, "", 60_000)):
        assert "Pizza ran 3 times" in text
        assert "failed in 1 of 3 runs and passed in the last one" in text
    assert "ctr-1.1 (failed), ctr-1.2 (error)" in page_of(job).words


@pytest.mark.parametrize(
    ("runs", "line"),
    [
        (
            "b c a",
            "run 1 failed at step 2, run 2 at step 3 and run 3 at step 1. The bot's answers vary from run to run.",
        ),
        ("ab c", "run 1 failed at steps 1 and 2 and run 2 at step 3. The bot's answers vary from run to run."),
        ("ab a", "run 1 failed in 2 test cases, run 2 failed in 1 test case."),
        ("b -", "run 1 failed in 1 test case, run 2 passed."),
    ],
    ids=["each at another", "each at others", "one step in two runs", "passed at last"],
)
def test_failures_that_move_from_step_to_step_are_named_with_their_steps(runs: str, line: str) -> None:
    replies = [
        answer(
            *[failed_step(said) if said in run else step(said) for said in "abc"],
            status="passed" if run == "-" else "failed",
        )
        for run in runs.split()
    ]
    job = applied(retried(*replies), "pass")

    (told,) = retry_lines(job)
    assert told.endswith(f"{'twice' if len(replies) == 2 else '3 times'}: {line}")
    assert told in page_of(job).words


def test_a_run_that_failed_as_a_whole_is_no_failure_at_another_step() -> None:
    whole = failed(step(), step("pizza"), result__errorDetails="boom")

    for runs in ((whole, MIXED), (MIXED, whole)):
        (told,) = retry_lines(applied(retried(*runs), "pass"))
        assert "Pizza ran twice: run 1 failed in 1 test case, run 2 failed in 1 test case." == told


def test_only_the_first_suites_that_ran_again_are_reported() -> None:
    pizza = retried(MIXED, PASSED).suites[0]
    job = JobResult.of(TARGET, [pizza] * 12)

    *_, last = lines = list(retry_lines(job))
    assert (11, "… and 2 more suites that ran again. See report.json.") == (len(lines), last)


@pytest.mark.parametrize("flaky", ["fail", "pass"])
@pytest.mark.parametrize("largest", [150_000, 400_000])
def test_reports_of_very_many_failures_in_several_runs_stay_within_their_limits(flaky: Flaky, largest: int) -> None:
    text = '<&">é\n' * 100
    bad = failed(step(), *[failed_step(f"input {n}", "Which size?" * 9, f"{text} {n}") for n in range(100)])
    good = answer(step(), *[step(f"input {n}") for n in range(100)])
    for job in (applied(retried(bad, bad, bad, good), flaky), applied(retried(bad, bad, bad), flaky)):
        for render in (junit.render, ctrf.render):
            assert len(render(job, largest)) <= largest
        assert job.counts.total == len(reader.read(junit.render(job, largest)))


@given(retried_records(), SETTINGS)
def test_every_report_tells_the_same_of_flaky_test_cases(found: list[RunRecord], flaky: Flaky) -> None:
    job = applied(judge_job(TARGET, found), flaky)
    cases = [case for suite in job.suites for case in suite.cases]
    let_by = sum(case.is_flaky and case.outcome is Outcome.TOLERATED for case in cases)

    outputs = job_outputs(job, "r")
    document = json.loads(report_json.render(job))
    told = [case for suite in document["suites"] for one in suite["steps"] for case in one["cases"]]
    rows = rows_of(job)
    results = json.loads(ctrf.render(job))["results"]
    number = int(outputs["flaky-tests"])

    assert number == sum(case["flaky"] for case in told)
    assert number == sum(test.get("flaky", False) for test in results["tests"])
    assert let_by == int(outputs["tolerated"]) == document["policy"]["tolerated"]
    assert let_by == sum(any(one.tag == "flakyFailure" for one in row.earlier) for row in rows)
    outcomes = Counter(row.outcome for row in rows)
    assert (outcomes["passed"], outcomes["failure"]) == (int(outputs["passed"]), int(outputs["failed"]))
    assert results["summary"]["failed"] == outcomes["failure"] + outcomes["error"]
    # A test that readers of CTRF take for flaky is one that is.
    for test in results["tests"]:
        assert test.get("flaky", False) or not (test.get("retries") and test["status"] == "passed")
    page.render(job)


def page_reasons(job: JobResult) -> Iterator[str]:
    """The reasons that the page shows. What a flaky failure said may stand apart from how often it failed."""
    shown = html.unescape(page.render(job).decode())
    return (
        case.tolerance.reason
        for suite in job.suites
        for case in suite.cases
        if case.tolerance and all(part in shown for part in re.split(r": expected |, got |: ", case.tolerance.reason))
    )


# Merged reports


def merged(document: Any, flaky: Flaky) -> JobResult:
    return applied(merge_reports([("report.json", json.dumps(document).encode())], "any", now=LATER), flaky)


@given(retried_records(), SETTINGS, SETTINGS)
def test_a_merge_gives_the_same_as_one_job_whatever_the_shard_s_own_flaky_was(
    found: list[RunRecord], shard: Flaky, flaky: Flaky
) -> None:
    job = judge_job(TARGET, found)

    again = merged(json.loads(report_json.render(applied(job, shard))), flaky)

    assert report_json.document(applied(job, flaky))["suites"] == report_json.document(again)["suites"]


@settings(max_examples=40)
@given(retried_records(), st.data(), SETTINGS, SETTINGS)
def test_with_any_rules_every_report_and_a_merge_give_the_same(
    found: list[RunRecord], data: st.DataObject, shard: Flaky, flaky: Flaky
) -> None:
    job = judge_job(TARGET, found)
    of_shard, of_merge = (data.draw(policies(found))._replace(min_tests=0, flaky=name) for name in (shard, flaky))
    whole = apply_policy(job, of_merge)

    shards = [("report.json", report_json.render(apply_policy(job, of_shard)))]
    again = apply_policy(merge_reports(shards, "any", now=LATER), of_merge)

    assert report_json.document(whole)["suites"] == report_json.document(again)["suites"]
    outputs, rows = job_outputs(whole, "r"), Counter(row.outcome for row in rows_of(whole))
    assert [rows[name] for name in ("passed", "failure", "error", "skipped")] == [
        int(outputs[name]) for name in ("passed", "failed", "errors", "skipped")
    ]
    reasons = {case.tolerance.reason for suite in whole.suites for case in suite.cases if case.tolerance}
    assert reasons <= set(page_reasons(whole))


CLAIMS: dict[str, list[Any]] = {
    "verdict": ["passed", "tolerated", "failed", "error", "cancelled"],
    "outcome": ["passed", "failed", "tolerated", "skipped", "error"],
    "outcomeBeforePolicy": ["passed", "failed", "skipped", "error"],
    "exitCode": [0, 1, 4],
    "failureClass": ["wrong-text", "no-answer", "step", "run", ""],
    "kind": ["text", "flow", "step", "run", "earlier-runs"],
    "flaky": [True, False],
    "testRunId": ["", "ctr-0", "ctr-9"],
    "input": ["", "hi", "pizza", "nothing"],
    "earlierRuns": [[]],
    "failures": [[]],
    "tolerance": [None],
    "status": ["passed", "failed", "aborted"],
}
NUMBERS = ("total", "passed", "failed", "errors", "skipped", "occurrence", "response", "step")


def claims(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        if key in CLAIMS or (key in NUMBERS and isinstance(part, int)):
            yield (*path, key)
        yield from claims(part, *path, key)


@given(retried_records(), SETTINGS, SETTINGS, st.data())
def test_no_single_claim_on_earlier_runs_turns_a_merge_green(
    found: list[RunRecord], shard: Flaky, flaky: Flaky, data: st.DataObject
) -> None:
    job = judge_job(TARGET, found)
    assume(any(suite.earlier_runs for suite in job.suites))
    forged = json.loads(report_json.render(applied(job, shard)))
    path = data.draw(st.sampled_from(list(claims(forged))))
    put(forged, list(path), data.draw(st.sampled_from(CLAIMS.get(path[-1], [0, 1, 2, 9]))))
    before = applied(job, flaky)

    try:
        after = merged(forged, flaky)
    except ValueError:
        return

    assert after.exit_code or not before.exit_code, path


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ((("earlierRuns", 0, "failures"), []), "no test case failed in an earlier run that failed"),
        ((("earlierRuns", 0, "testRunId"), "ctr-1.2"), "its earlier runs do not have test run ids of their own"),
        (
            (("earlierRuns", 0, "exitCode"), 3),
            'koregate never repeats a suite after the verdict "failed" with exit code 3',
        ),
        (
            (("earlierRuns", 0, "verdict"), "timeout"),
            'koregate never repeats a suite after the verdict "timeout" with exit code 1',
        ),
        ((("earlierRuns",), []), "is passed before policy, tolerated after it, and its tolerance is"),
    ],
)
def test_earlier_runs_that_koregate_never_writes_are_a_contradiction(
    change: tuple[tuple[Any, ...], Any], problem: str
) -> None:
    forged = json.loads(report_json.render(applied(retried(MIXED, PASSED), "pass")))
    path: list[Any] = ["suites", 0, *change[0]]
    put(forged, path, change[1])

    job = merged(forged, "pass")

    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)
    assert problem in job.suites[0].doubts[0]


@pytest.mark.parametrize("number", [-1, 0, 3, 10**15, 10**4000])
def test_an_earlier_step_without_a_sound_number_harms_no_report(number: int) -> None:
    forged = json.loads(report_json.render(applied(retried(MIXED, PASSED), "fail")))
    (run,) = forged["suites"][0]["earlierRuns"]
    run["steps"][1]["step"] = run["failures"][0]["step"] = number

    job = merged(forged, "fail")

    assert Verdict.FAILED is job.verdict
    for render in (summary.render, page.render, junit.render, ctrf.render, report_json.render):
        assert render(job)


@pytest.mark.parametrize("kind", ["pass-rate", "threshold", "nothing"])
def test_no_rule_for_whole_suites_tolerates_a_flaky_case(kind: str) -> None:
    forged = json.loads(report_json.render(applied(retried(MIXED, PASSED), "pass")))
    (case,) = (case for one in forged["suites"][0]["steps"] for case in one["cases"] if case["tolerance"])
    case["tolerance"]["kind"] = kind

    assert (Verdict.ERROR, 4) == (merged(forged, "pass").verdict, merged(forged, "pass").exit_code)


def test_more_earlier_runs_than_retries_are_a_contradiction() -> None:
    forged = json.loads(report_json.render(applied(retried(MIXED, PASSED), "pass")))
    (run,) = forged["suites"][0]["earlierRuns"]
    forged["suites"][0]["earlierRuns"] = [{**run, "testRunId": f"ctr-{n}"} for n in range(10, 15)]

    assert "it has 5 earlier runs, and koregate starts no more than 4" in merged(forged, "pass").suites[0].doubts[0]


def test_a_suite_that_did_not_start_again_keeps_its_earlier_run_in_a_merge() -> None:
    late = RunRecord("Pizza", stop=StopReason(Verdict.ERROR, 4, "The test run may have started."))
    job = judge_job(TARGET, [late._replace(earlier=(record_of("Pizza", MIXED, "ctr-1.1"),))])

    again = merged(json.loads(report_json.render(job)), "pass")

    assert "ctr-1.1" == again.suites[0].earlier_runs[0].run_id
    assert report_json.document(job)["suites"] == report_json.document(again)["suites"]
