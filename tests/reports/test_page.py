"""report.html: what a reader finds where."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from support.answers import (
    MISSING,
    TARGET,
    answer,
    assertion,
    failed_step,
    in_ci,
    job_of,
    record_of,
    report_of,
    response,
    step,
)
from support.batch import ENTITY_HEADER, THREE, csv_file, record, reply
from support.page import JOBS, REPLIES, UNREADABLE, Node, page_of, page_of_steps, stopped
from support.policies import NOW, failed, quarantine, retried

from koregate import __version__
from koregate.errors import Problem
from koregate.inputs import Flaky
from koregate.judging.cases import EarlierFailure, FailureClass, TestCase, Tolerance, ToleranceKind
from koregate.judging.effect import Comparison, PolicyEffect
from koregate.judging.facts import CIFacts, JobFacts
from koregate.judging.job import judge_job
from koregate.judging.past_runs import PastRun
from koregate.judging.results import JobResult, SuiteResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.reports import page
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import EXIT_CREDENTIALS, Verdict


@pytest.mark.parametrize("name", JOBS)
def test_every_page_is_well_formed_and_the_same_each_time(name: str) -> None:
    assert page.render(JOBS[name]()) == page.render(JOBS[name]())
    root = page_of(JOBS[name]())
    for landmark in ("header", "main", "h1"):
        root.only(landmark)
    assert {"lang": "en"} == root.only("html").attributes


@pytest.mark.parametrize("name", JOBS)
def test_a_blocking_case_is_in_the_list_of_failures_with_a_link_to_its_place(name: str) -> None:
    job = JOBS[name]()
    places = [
        f"#s{number}" + (f"-step-{case.step}" if case.step else "")
        for number, suite in enumerate(job.suites, 1)
        for case in suite.cases
        if case.is_blocking
    ]
    links = [link.attributes["href"] for nav in page_of(job).all("nav") for link in nav.all("a")]
    assert ([] if name == "invalid inputs" else list(dict.fromkeys(places))) == links


def test_nothing_may_act_but_the_own_style_and_script() -> None:
    root = page_of(JOBS["failed"]())
    head = root.only("head")
    policy = next(meta for meta in head.all("meta") if "http-equiv" in meta.attributes)
    hashes = {
        tag: base64.b64encode(hashlib.sha256(root.only(tag).text.encode()).digest()).decode()
        for tag in ("style", "script")
    }
    assert {
        "http-equiv": "Content-Security-Policy",
        "content": f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'",
    } == policy.attributes
    assert [node.tag for node in head].index("style") > [*head].index(policy)
    named = {name for node in root for name in node.attributes}
    assert not {name for name in named if name == "style" or name.startswith("on") or name in ("src", "action")}
    assert "url(" not in root.only("style").text
    assert not root.all("link")


def test_the_head_says_how_it_ended_and_of_what() -> None:
    failed = record_of("One", answer(failed_step(), step(), status="failed"))
    root = page_of(job_of(failed, fail_on="error"))
    header = root.only("header")
    assert "✗ failed: One - koregate" == root.only("title").text
    assert "✗ Failed does not block" == header.only("h1").words
    assert (
        "The suite failed: One Tests failed, but this job passes: fail-on is error, so only"
        " suites without a result block the merge. 1 of 2 steps passed."
        " Test cases (one per assertion): 1 passed, 1 failed" in header.words
    )
    shown, folded = (
        {row.only("dt").text: row.only("dd").text for row in facts.all("div")} for facts in header.all("dl")
    )
    assert {"Started": "2026-11-23 10:14 UTC", "Bot version": "in development"} == shown
    assert "About this job" == header.only("details").only("summary").text
    assert {
        "Language": "en",
        "Stream": "st-1",
        "Host": "https://platform.kore.ai",
        "Bot time, all suites": "14s",
        "koregate": __version__,
        "Fail-on": "error",
    } == folded


def test_a_long_name_of_a_branch_is_whole_in_the_folded_facts() -> None:
    name = "feature/" + "very-" * 20 + "long"
    job = replace(report_of(One=answer(step())), facts=JobFacts(ci=CIFacts(branch=name)))
    header = page_of(replace(job, target=job.target._replace(bot_version="published"))).only("header")
    rows = [(row.only("dt").text, row.only("dd").text) for facts in header.all("dl") for row in facts.all("div")]
    short, whole = (value for label, value in rows if label == "Branch")
    assert len(short) <= 60
    assert name == whole
    assert ("Bot version", "published") in rows


def test_a_cancelled_suite_has_one_sign_everywhere() -> None:
    record = RunRecord("Late", "ctr-9", stop=StopReason(Verdict.CANCELLED, 143, "Canceled by SIGTERM."))
    root = page_of(job_of(record))
    marks = [part.words[0] for part in root if "mark" in part.classes or part.tag in ("h1", "td")]
    assert {"■"} == set(marks)
    assert "!" == page_of(job_of(stopped())).only("nav").only("b", "mark").text


def test_the_last_runs_have_their_dates_as_text() -> None:
    past = [
        PastRun(finished=datetime(2026, 11, day, 9, 30, tzinfo=UTC), bot="0" * 16, verdict=verdict, suites={})
        for day, verdict in ((20, Verdict.PASSED), (22, Verdict.FAILED))
    ]
    job = replace(report_of(One=answer(step())), facts=JobFacts(history=tuple(past)))
    strip = page_of(job).only("details", "runs")

    assert "Last 3 runs, the newest at the end (since 2026-11-20) ✓ ✗ ✓" == strip.only("summary").words
    assert "passed, failed, passed" == strip.only("summary").only("span").attributes["aria-label"]
    shown = [item.words for item in strip.all("li")]
    assert ["✓ passed 2026-11-20 09:30 UTC", "✗ failed 2026-11-22 09:30 UTC", "✓ passed this run"] == shown


def test_the_title_of_the_page_says_how_many_suites_ended_like_the_job() -> None:
    bad, good = answer(failed_step(), status="failed"), answer(step())
    titles = [page_of(job).only("title").text for job in (report_of(A=bad, B=good), report_of(A=good, B=good))]
    assert ["✗ failed: 1 of 2 suites - koregate", "✓ passed: 2 suites - koregate"] == titles


def test_the_head_says_when_of_which_commit_and_by_which_job() -> None:
    ci = CIFacts(
        url="https://ci.example/runs/7?a=1&b=2",
        build="123",
        commit="0123456789abcdef0123456789abcdef01234567",
        commit_url="https://ci.example/commit/01",
        branch="<b>main</b>",
    )
    job = replace(report_of(One=answer(step())), facts=JobFacts(datetime(2026, 11, 24, 22, 3, tzinfo=UTC), ci))
    header = page_of(job).only("header")
    rows = {row.only("dt").text: row.only("dd") for facts in header.all("dl") for row in facts.all("div")}
    assert ["Finished", "Branch", "Commit", "Job", "Bot version", "Started"] == list(rows)[:6]
    folded = [row.only("dt").text for row in header.only("details").all("div")]
    assert ["Started", "Language", "Stream"] == folded[:3]
    assert "2026-11-24 22:03 UTC" == rows["Finished"].text
    assert "<b>main</b>" == rows["Branch"].text
    links = [(rows[name].text, rows[name].only("a").attributes) for name in ("Job", "Commit")]
    assert [
        ("123", {"href": "https://ci.example/runs/7?a=1&b=2", "rel": "noreferrer"}),
        ("0123456789", {"href": "https://ci.example/commit/01", "rel": "noreferrer"}),
    ] == links


def test_a_job_that_did_not_finish_says_what_to_do_next_and_how_to_attach() -> None:
    job = job_of(stopped())
    job = replace(job, suites=tuple(replace(suite, still_running=True) for suite in job.suites))
    root = page_of(in_ci(job))
    section = root.only("header").only("section", "next")
    assert (
        "What to do next The test run of Late may still be running on the platform. To get the result of this test"
        in section.words
    )
    assert (
        "(they replace test-suites ), push, and revert it afterwards. To start a new one instead, re-run the failed"
        in section.words
    )
    assert (
        "test-suites: |\n  Late\ntest-run-ids: |\n  ctr-9"
        == root.only("main").only("section", "attach").only("pre").text
    )
    assert not page_of_steps(step()).all("section", "next")


def failing_steps(count: int, *bad: int) -> JobResult:
    steps = [failed_step(f"input {n}") if n in bad else step(f"input {n}") for n in range(1, count + 1)]
    return report_of(Suite=answer(*steps, status="failed" if bad else "passed"))


def changed(job: JobResult, number: int, change: Callable[[TestCase], TestCase]) -> JobResult:
    """The job with every test case of one step of its only suite changed."""
    (suite,) = job.suites
    steps = tuple(
        part._replace(cases=tuple(map(change, part.cases))) if part.number == number else part for part in suite.steps
    )
    return replace(job, suites=(replace(suite, steps=steps),))


def test_a_series_of_passed_steps_is_folded_but_for_the_one_before_a_failure() -> None:
    root = page_of(failing_steps(40, 20))
    folds = [item.all("summary")[0].words for item in root.all("li", "series")]
    assert ["✓ 18 passed steps (1 to 18)", "✓ 20 passed steps (21 to 40)"] == folds
    assert ["s1-step-19", "s1-step-20"] == [
        item.attributes["id"]
        for item in root.by_id("s1").all("ol", "steps")[0].children
        if isinstance(item, Node) and "id" in item.attributes
    ]


def test_a_series_of_skipped_steps_is_folded_apart_from_the_passed_ones() -> None:
    steps = [step(f"input {n}", "passed" if n < 4 else "notexecuted") for n in range(1, 10)]
    root = page_of_steps(*steps, status="aborted")
    folds = [item.all("summary")[0].words for item in root.all("li", "series")]
    assert ["✓ 3 passed steps (1 to 3)", "- 6 skipped steps (4 to 9)"] == folds


def test_without_a_failure_the_steps_are_folded_and_no_key_leads_to_one() -> None:
    root = page_of(failing_steps(40))
    assert ["✓ 40 passed steps (1 to 40)"] == [fold.all("summary")[0].words for fold in root.all("li", "series")]
    assert "Keys: / search, Esc clear" == root.by_id("keys").words
    keys = page_of(failing_steps(4, 2)).by_id("keys").words
    assert "Keys: / search, n next failure, p previous one, Esc clear" == keys


def test_the_first_screen_says_of_each_failure_what_was_expected_and_what_came() -> None:
    item = page_of(failing_steps(3, 2)).only("nav").only("li")
    assert '✗ Suite , step 2 input 2 text expected "Which size?" actual "Sorry, what?"' == item.words


def test_a_bot_that_is_silent_is_no_quoted_text_in_the_list_of_failures() -> None:
    bad = assertion("failed", [{"text": "Hello", "status": "failed"}])
    item = (
        page_of_steps(step("a", "failed", [response("Hello", text_=bad)], []), status="failed").only("nav").only("li")
    )
    assert ['"Hello"', "(no response)"] == [part.words for part in item.all("dd")]


def test_the_list_of_failures_marks_the_words_that_differ() -> None:
    root = page_of_steps(failed_step("x", "One large pizza", "One small pizza"), status="failed")
    item = root.only("nav").only("li")
    assert [["large"], ["small"]] == [[mark.text for mark in item.all(tag)] for tag in ("del", "ins")]


def test_the_failures_of_failed_suites_are_listed_before_those_without_a_result() -> None:
    root = page_of(job_of(stopped("Late"), record_of("Bad", answer(failed_step(), status="failed"))))
    assert ["Bad, step 1", "Late"] == [link.text for link in root.only("nav").all("a")]


def test_tolerated_failures_are_folded_below_others_and_have_a_heading_alone() -> None:
    why = Tolerance(ToleranceKind.KNOWN, "known since 2026-11-02")
    both = changed(failing_steps(4, 2, 3), 2, lambda case: case.tolerated(why))
    assert {} == page_of(both).only("nav").only("details").attributes
    alone = changed(both, 3, lambda case: case.tolerated(why))
    nav = page_of(alone).only("nav")
    assert not nav.all("details")
    assert "2 steps with tolerated failures" == nav.only("h2").text
    assert nav.attributes["aria-labelledby"] == nav.only("h2").attributes["id"]


def test_only_a_verdict_that_looks_bad_and_passes_says_that_it_does_not_block() -> None:
    bad, good = answer(failed_step(), status="failed"), answer(step())
    told = [page_of(job).only("header").all("span", "badge") for job in (report_of(One=bad), report_of(One=good))]
    assert [[], []] == told
    job = apply_policy(failing_steps(2, 2), Policy(NOW, quarantine=quarantine("input 2", suite="Suite")))
    assert Verdict.TOLERATED is job.verdict
    assert ["does not block"] == [mark.words for mark in page_of(job).only("h1").all("span", "badge")]


def test_an_entry_that_this_change_adds_to_the_quarantine_is_a_bold_warning() -> None:
    def warnings(**effect: Any) -> list[str]:
        job = replace(failing_steps(2, 2), policy=PolicyEffect(quarantine="q.toml", **effect))
        return [mark.words for mark in page_of(job).only("header").all("b", "warning")]

    assert ["1 quarantine entry is added by this change"] == warnings(added=("Order",))
    assert [] == warnings()


def test_the_problems_of_invalid_inputs_are_the_one_list_of_the_page() -> None:
    root = page_of(JobResult.for_invalid_inputs([Problem("host", "is <required>."), Problem("timeout", "is 0.")]))
    assert "! Error" == root.only("h1").words
    assert "The inputs are invalid, so no suite ran" == root.only("p", "lead").words
    main = root.only("main")
    assert ["host is <required>.", "timeout is 0."] == [line.words for line in main.all("li")]
    assert "2 problems with the inputs" == main.only("h2").words
    assert 1 == root.only("body").words.count("host is <required>.")
    assert [[], [], []] == [root.all("nav"), root.all("table"), root.all("section", "suite")]


def test_very_many_problems_with_the_inputs_are_counted() -> None:
    root = page_of(JobResult.for_invalid_inputs([Problem("host", f"is {number}.") for number in range(250)]))
    assert "250 problems with the inputs" == root.only("main").only("h2").words
    assert "50 more reasons are not shown. See report.json." == root.only("main").all("li")[-1].words


def test_why_a_run_has_no_result_is_said_once() -> None:
    refused = RunRecord("Late", stop=StopReason(Verdict.ERROR, EXIT_CREDENTIALS, "The platform rejected it."))
    root = page_of(job_of(refused))
    assert 1 == root.only("body").words.count("The platform rejected it.")
    assert root.only("nav").words.endswith("The platform rejected it. No test run was started.")
    # There is nothing else to tell of it.
    assert not root.all("section", "suite")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (RunRecord("A", stop=StopReason(Verdict.ERROR, EXIT_CREDENTIALS, "No.")), "No test run was started."),
        (
            RunRecord("A", stop=StopReason(Verdict.ERROR, 4, "It is odd, so no test run was started: x.")),
            "No test run was started.",
        ),
        (RunRecord("A", stop=StopReason(Verdict.ERROR, 4, "It may have.")), "No test run of this suite is known."),
        (stopped(), "There is no conversation to show, because the platform sent no readable reply."),
    ],
)
def test_a_suite_without_a_conversation_claims_nothing_of_its_test_run_that_is_not_known(
    found: RunRecord, why: str
) -> None:
    others = {"No test run was started.", "No test run of this suite is known."} - {why}

    for job in (job_of(found), job_of(found, found._replace(suite="B"))):
        words = page_of(job).words
        assert why in words
        assert not any(other in words for other in others)


def test_among_other_suites_one_without_a_result_says_why_in_its_own_section_too() -> None:
    bad = record_of("Bad", answer(failed_step(), status="failed"))
    root = page_of(job_of(bad, stopped("Late")))
    reason = "No end within 30m."
    assert reason in root.only("nav").words
    assert [reason] == [line.text for line in root.by_id("s2").all("p", "quiet")][:1]
    # Here the list at the top is right above it.
    alone = page_of(job_of(stopped("Late")))
    assert 1 == alone.only("body").words.count(reason)


def test_suites_without_a_result_are_counted_in_the_filter_of_failures_and_have_the_key() -> None:
    bad = record_of("Bad", answer(failed_step(), status="failed"))
    tools = page_of(job_of(bad, stopped("Late"))).by_id("tools")
    choices = [label.words for label in tools.only("fieldset").all("label")]
    assert ["all", "failed (1) and suites without a result (1)"] == choices
    missing = page_of(report_of(A=answer(step(), totalTestStepsCount=2))).by_id("tools")
    assert "n next failure" in missing.words
    assert not missing.all("fieldset")


def test_only_a_line_about_tolerated_failures_has_their_color() -> None:
    failing = failing_steps(2, 2)
    compared = PolicyEffect(Comparison("base.json", new=1))
    lines = page_of(replace(failing, policy=compared)).only("header").all("p", "policy")
    assert [["policy"]] == [line.classes for line in lines]
    job = apply_policy(failing, Policy(NOW, quarantine=quarantine("input 2", suite="Suite")))
    assert ["policy", "tolerated"] == page_of(job).only("header").all("p", "policy")[0].classes


def test_a_reason_that_the_list_of_failures_does_not_say_stays_in_the_section() -> None:
    root = page_of(JOBS["failed with doubts"]())
    assert "The model is missing." in root.by_id("s1").words


def test_a_batch_suite_without_its_utterances_counts_them_and_not_its_run() -> None:
    root = page_of(judge_job(TARGET, [record(reply(2, 1))]))
    bar = [(piece.classes[0], piece.attributes["width"]) for piece in root.only("header").all("rect")]
    assert [("passed", "2"), ("failed", "1")] == bar


def test_a_page_without_anything_to_count_has_no_bar() -> None:
    assert not page_of(job_of(stopped())).all("svg")
    assert page_of(JOBS["failed"]()).all("svg")


def test_the_bar_and_the_filters_say_what_they_count() -> None:
    bad = answer(failed_step(), step(), status="failed")
    root = page_of(report_of(One=bad))
    assert "Test cases (one per assertion): 1 passed, 1 failed" == root.only("p", "bar").words
    assert "Show steps" == root.by_id("tools").only("legend").text
    counts = answer(step(), step(), result__executionResults=MISSING)
    assert "Steps: 2 passed" == page_of(report_of(One=counts)).only("p", "bar").words
    batch = page_of(job_of(record(reply(2, 1), THREE)))
    assert "Test cases: 2 passed, 1 failed" == batch.only("p", "bar").words
    assert "Show utterances" == batch.by_id("tools").only("legend").text


def test_each_of_several_entities_has_its_number() -> None:
    entities = (["size", "x", "y", "FALSE"], ["crust", "x", "x", "TRUE"])
    rows = [["pizza", "Order", "Order", *entity] for entity in entities]
    root = page_of(judge_job(TARGET, [record(reply(0, 1), csv_file(*rows, header=ENTITY_HEADER))]))
    item = root.by_id("s1-step-1")
    assert "✓ intent, entity 2 passed" == item.only("p", "quiet").words
    assert "✗ entity 1 failed Expected size: x Actual size: y" == item.only("div", "note").words


def test_a_page_of_batch_suites_speaks_of_utterances() -> None:
    root = page_of(judge_job(TARGET, [record(reply(2, 1), THREE)]))
    tools = root.by_id("tools")
    assert "utterances" == tools.attributes["data-noun"]
    assert "Show utterances all" in tools.words
    assert "Unfold passed utterances" in tools.words
    assert "steps" == page_of(failing_steps(2, 2)).by_id("tools").attributes["data-noun"]


def test_a_skipped_job_says_why_without_a_table_of_suites() -> None:
    root = page_of(JobResult.for_skipped_job("The bot was NOT tested."))
    words = root.only("header").words
    assert "No suite ran This job passes (exit code 0), but the bot was not tested. It got no credentials" in words
    assert "What to do next Run the tests from a branch of this repository before you merge." in words
    assert not [*root.all("table"), *root.all("section", "suite")]


def test_likely_consequences_are_short_and_folded_under_their_cause_and_below() -> None:
    root = page_of(changed(failing_steps(4, 2, 3), 3, lambda case: case._replace(caused_by=2)))
    nav = root.only("nav")
    assert "2 failed steps, of which 1 may follow from step 2" == nav.only("h2").text
    fold = nav.only("details")
    assert {} == fold.attributes
    assert "1 likely consequence of step 2" == fold.only("summary").text
    assert {"start": "2"} == fold.only("ol").attributes
    assert '✗ Suite , step 3 input 3 text expected "Which size?" actual "Sorry, what?"' == fold.only("li").words
    assert ["#s1-step-2", "#s1-step-3"] == [link.attributes["href"] for link in nav.all("a")]
    step_item = root.by_id("s1-step-3")
    assert (
        "✗ failed likely consequence User input 3 Bot Sorry, what?" == step_item.only("details").only("summary").words
    )
    assert "#s1-step-2" == step_item.only("details").only("p", "quiet").only("a").attributes["href"]


def test_a_tolerated_failure_is_folded_with_reason_owner_and_days_left() -> None:
    reason = "quarantined until 2026-12-24 (29 days left, owner Ann, added by this change): Prices <change>."
    quarantined = Tolerance(ToleranceKind.QUARANTINE, reason, "Ann", date(2026, 12, 24), 29, is_added=True)
    root = page_of(changed(failing_steps(4, 2), 2, lambda case: case.tolerated(quarantined)))
    nav = root.only("nav")
    assert "1 step with tolerated failures" == nav.only("h2").text
    assert reason == nav.only("i").text
    item = root.by_id("s1-step-2")
    assert {"quarantined", "tolerated"} == set((item.attributes["data-is"] or "").split())
    for place in (nav, item.only("summary")):
        assert ["quarantined", "added by this change"] == [tag.text for tag in place.all("span", "tag")]
    choices = [label.words for label in root.by_id("tools").only("fieldset").all("label")]
    assert ["all", "tolerated as quarantined (1)"] == choices
    note = item.only("details").only("div", "note")
    assert "~ text assertion failed, tolerated: quarantine" == note.only("h4").text
    assert f"Why it is tolerated: {reason} added by this change" == note.only("p", "why").words


def test_known_and_flaky_failures_are_told_apart_and_have_a_filter_with_their_number() -> None:
    known = changed(
        failing_steps(9, 2, 3), 2, lambda case: case._replace(known_since=datetime(2026, 11, 2, tzinfo=UTC))
    )
    earlier = EarlierFailure("ctr-0", FailureClass.WRONG_TEXT, "expected <a>, got b")
    root = page_of(changed(known, 7, lambda case: case._replace(earlier_failures=(earlier,))))
    assert "Known on the default branch since 2026-11-02." in root.by_id("s1-step-2").words
    assert (
        "✓ text assertion is flaky: failed in the earlier run ctr-0, passed in the last run expected <a>, got b"
        in root.by_id("s1-step-7").words
    )
    assert ["known"] == [tag.text for tag in root.by_id("s1-step-2").all("span", "tag")]
    assert ["flaky"] == [tag.text for tag in root.by_id("s1-step-7").only("span", "mark").all("span", "tag")]
    choices = [label.words for label in root.by_id("tools").only("fieldset").all("label")]
    assert ["all", "failed (2)", "with known failures (1)", "flaky (1)"] == choices


def test_with_a_baseline_failures_that_it_lacks_are_new_and_the_head_says_how_the_job_compares() -> None:
    known = changed(
        failing_steps(9, 2, 3), 2, lambda case: case._replace(known_since=datetime(2026, 11, 2, tzinfo=UTC))
    )
    compared = Comparison("<base>.json", new=1, known=1, reason_against="it is 9 days old")
    root = page_of(replace(known, policy=PolicyEffect(compared, remarks=("The baseline is 9 days old.",))))
    told = [line.text for line in root.only("header").all("p", "policy")]
    assert "Against the baseline <base>.json: 1 new, 1 known." == told[0]
    assert "The baseline is 9 days old." == told[1]
    assert ["new"] == [tag.text for tag in root.by_id("s1-step-3").all("span", "tag")]
    assert ["new", "known"] == [tag.text for tag in root.only("nav").all("span", "tag")]
    choices = [label.words for label in root.by_id("tools").only("fieldset").all("label")]
    assert ["all", "failed (2)", "with new failures (1)", "with known failures (1)"] == choices


def test_kinds_of_the_same_steps_share_a_filter_and_a_flaky_failure_is_named_so_at_the_top() -> None:
    root = flaky_page(ONCE, AT_LAST, flaky="pass")

    choices = [label.words for label in root.by_id("tools").only("fieldset").all("label")]
    assert ["all", "tolerated as flaky (1)"] == choices
    assert ["flaky"] == [tag.text for tag in root.only("nav").all("span", "tag")]


def test_the_suites_that_passed_are_folded_below_those_that_did_not() -> None:
    suites = {f"Suite {n}": answer(failed_step(), status="failed") if n == 4 else answer(step()) for n in range(1, 6)}
    root = page_of(report_of(**suites))
    first, folded = root.by_id("suites").all("table")
    assert ["Suite 4"] == [link.text for link in first.all("a")]
    assert ["Suite 1", "Suite 2", "Suite 3", "Suite 5"] == [link.text for link in folded.all("a")]
    assert "✓ 4 suites passed" == root.by_id("suites").only("details").only("summary").text
    sections = [section.attributes["id"] for section in root.all("section", "suite")]
    assert ["s4", "s1", "s2", "s3", "s5"] == sections


def test_each_suite_has_a_row_that_links_to_it() -> None:
    root = page_of(job_of(record_of("One", answer(step())), record_of("Two", answer(step(), step())), stopped()))
    rows = [[cell.words for cell in row if cell.tag in ("th", "td")] for row in root.only("table").all("tr")]
    assert [
        ["Suite", "Verdict", "Steps passed", "Test cases passed", "Bot time"],
        ["Late", "! timeout", *3 * ["\N{EN DASH}"]],
        ["One", "✓ passed", "1 of 1", "1 of 1", "14s"],
        ["Two", "✓ passed", "2 of 2", "2 of 2", "14s"],
    ] == rows
    assert ["col"] * 5 + ["row"] * 3 == [head.attributes["scope"] for head in root.only("table").all("th")]
    assert "Late" in root.by_id("s3").only("h2").words


def test_a_passed_step_is_folded_and_a_failed_step_is_open() -> None:
    root = page_of_steps(step("hi"), failed_step(), status="failed")
    passed, failed = root.by_id("s1-step-1"), root.by_id("s1-step-2")
    assert "✓ passed User hi Bot Welcome > Greet Hello" == passed.only("summary").words
    assert "open" not in passed.only("details").attributes
    assert 1 == passed.words.count("Hello")
    assert "✓ text passed" == passed.only("details").only("div", "notes").words
    assert not failed.all("details")
    assert "✗ failed User pizza" == failed.only("h3").words
    assert "#2" == failed.all("a")[0].text


def test_a_folded_step_shows_excerpts_of_several_replies_and_of_rich_ones_until_it_is_unfolded() -> None:
    rich = json.dumps({"type": "template", "payload": {"text": "Which size?", "buttons": [{"title": "Small"}]}})
    replies = ["Hello", rich, "x" * 1_000, "Bye"]
    item = page_of_steps(step("hi", expected=[response(text) for text in replies])).by_id("s1-step-1")
    summary = item.all("summary")[0]

    excerpts = [part.words for part in summary.all("span", "brief")]
    assert ["Bot Hello", "Bot Which size? [Small]"] == excerpts[:2]
    assert f"Bot {'x' * 159}…" == excerpts[2]
    assert summary.words.endswith("and 1 more")
    assert 4 == len(item.all("div", "bot"))
    assert not summary.all("details")


@pytest.mark.parametrize(
    ("replies", "shown"),
    [([], "Bot did not respond"), ([" "], "Bot (message without text)"), (["x" * 700], f"Bot {'x' * 159}…")],
    ids=["none", "blank", "long"],
)
def test_a_folded_step_without_a_short_reply_says_so(replies: list[str], shown: str) -> None:
    summary = (
        page_of_steps(step("hi", expected=[response(text) for text in replies])).by_id("s1-step-1").only("summary")
    )

    assert shown == summary.only("span", "brief").words


def test_a_folded_step_that_was_not_executed_shows_no_reply() -> None:
    root = page_of(report_of(Suite=answer(step(), totalTestStepsCount=2)))

    assert "Bot" in root.by_id("s1-step-1").words
    assert "did not respond" not in root.by_id("s1").words


def accepting(count: int) -> Node:
    """A page with a text that fitted none of so many."""
    texts = [f"Accepted text number {number}." for number in range(1, count + 1)]
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in texts])
    wrong = step("go", "failed", [response(texts[0], text_=bad)], [response("No", text_=bad)])
    return page_of_steps(wrong, status="failed")


ONCE = failed(step(), failed_step("pizza"))
OTHERWISE = failed(step(), failed_step("pizza", actual="Pardon?"))
AT_LAST = answer(step(), step("pizza"))


def flaky_page(*runs: Any, flaky: Flaky = "fail") -> Node:
    return page_of(apply_policy(retried(*runs), Policy(NOW, flaky=flaky)))


def test_a_flaky_failure_names_its_runs_and_says_once_what_was_expected_and_what_came() -> None:
    note = flaky_page(ONCE, AT_LAST).by_id("s1-step-2").only("div", "note")

    assert (
        "✗ text assertion is flaky: failed in run 1, passed in run 2 Expected Which size? Actual in run 1 "
        "Sorry, what? Counts as failed (flaky: fail)." == note.words
    )
    assert [["Expected", "Actual"]] == [
        [row.text for row in page_of(report_of(Pizza=ONCE)).by_id("s1-step-2").all("dt")]
    ]


def test_a_tolerated_flaky_failure_says_the_same_as_one_that_fails_and_that_it_is_tolerated() -> None:
    root = flaky_page(ONCE, AT_LAST, flaky="pass")

    assert (
        "~ text assertion is flaky: failed in run 1, passed in run 2 Expected Which size? Actual in run 1 "
        "Sorry, what? Tolerated (flaky: pass)." == root.by_id("s1-step-2").only("div", "note").words
    )
    listed = root.only("nav").only("li")
    assert [("text expected", '"Which size?"'), ("actual in run 1", '"Sorry, what?"')] == [
        (row.only("dt").words, row.only("dd").words) for row in listed.all("div")
    ]
    assert ["failed in 1 of 2 runs and passed in the last one"] == [part.words for part in listed.all("p")]


def test_a_flaky_failure_of_several_runs_tells_the_same_texts_once_and_other_ones_too() -> None:
    root = flaky_page(ONCE, ONCE, OTHERWISE, AT_LAST)

    note = root.by_id("s1-step-2").only("div", "note").words
    assert "is flaky: failed in run 1, run 2 and run 3, passed in run 4" in note
    assert "Actual in run 1 and run 2 Sorry, what?" in note
    assert note.endswith('Failed in run 3: expected "Which size?", got "Pardon?"')


def test_a_failure_that_came_again_says_in_which_earlier_runs_it_was_the_same() -> None:
    note = flaky_page(ONCE, OTHERWISE, ONCE).by_id("s1-step-2").only("div", "note").words

    assert note.startswith("✗ text assertion failed Expected Which size? Actual Sorry, what?")
    assert note.endswith('Failed in the same way in run 1. Failed in run 2: expected "Which size?", got "Pardon?"')


def test_the_chat_of_a_flaky_step_begins_with_the_run_that_failed_beside_its_failure() -> None:
    root = flaky_page(ONCE, AT_LAST)

    bad, good = root.by_id("s1-step-2").all("div", "turn")
    assert "Bot run 1 Sorry, what?" == bad.only("div", "bot").words
    assert bad.all("div", "note")
    assert "Bot run 2 Welcome > Greet Hello ✓ text passed" == good.words
    assert "The conversation of run 2, the last one." in root.by_id("s1").words
    assert "The conversation of run" not in page_of(report_of(Pizza=ONCE)).by_id("s1").words


def test_a_folded_flaky_step_shows_what_the_bot_said_in_the_run_that_failed() -> None:
    summary = flaky_page(ONCE, AT_LAST, flaky="pass").by_id("s1-step-2").only("summary")

    assert ["Bot run 1 Sorry, what?", "Bot run 2 Hello"] == [bubble.words for bubble in summary.all("span", "bot")]


def test_the_chat_says_so_if_the_conversation_of_the_run_that_failed_was_not_kept() -> None:
    job = apply_policy(retried(ONCE, AT_LAST), Policy(NOW))
    (suite,) = job.suites
    runs = tuple(run._replace(steps=()) for run in suite.earlier_runs)
    root = page_of(job.with_suites([replace(suite, earlier_runs=runs)]))

    assert "Bot run 1 what it said was not kept" == root.by_id("s1-step-2").all("div", "bot")[0].words


def test_a_flaky_step_is_not_folded_among_passed_ones() -> None:
    said = [f"input {number}" for number in range(1, 13)]
    once = failed(*(failed_step(text) if text == "input 5" else step(text) for text in said))
    again = failed(*(failed_step(text) if text == "input 12" else step(text) for text in said))
    root = flaky_page(once, again, flaky="pass")

    folds = [item.all("summary")[0].words for item in root.all("li", "series")]
    assert ["✓ 3 passed steps (1 to 3)", "✓ 5 passed steps (6 to 10)"] == folds


def test_a_run_that_told_nothing_has_no_counts() -> None:
    running = answer(status="in_progress", totalTestStepsCount=4, result=MISSING)
    late = record_of("Late", running)._replace(ended=False, stop=StopReason(Verdict.TIMEOUT, 5, "No end."))

    row, _ = page_of(job_of(late, record_of("Fine", answer(step())))).by_id("suites").all("tbody")[0].all("tr")
    assert ["Late", "! timeout", *3 * ["\N{EN DASH}"]] == [cell.words for cell in row if cell.tag in ("th", "td")]


def rows(node: Node) -> list[str]:
    return [row.only("dt").words for row in node.only("dl").all("div")]


def test_accepted_texts_are_shown_and_only_the_last_of_many_are_folded() -> None:
    few, many = accepting(3), accepting(50)

    assert ["text expected", "or", "or", "actual"] == rows(few.only("nav"))
    assert not few.only("nav").all("details")
    assert ["text expected", *["or"] * 4, "actual"] == rows(many.only("nav"))
    assert "46 more accepted texts" == many.only("nav").only("details", "texts").only("summary").text
    note = many.by_id("s1-step-1").only("div", "note")
    assert ["Expected", *["or"] * 8, "Actual"] == rows(note)
    folded = note.only("details", "texts")
    assert "42 more accepted texts" == folded.only("summary").text
    assert 31 == len(folded.all("li"))
    assert "12 more are not shown. See report.json." == folded.all("li")[-1].text
    assert "Accepted text number 40." not in note.only("dl").all("div")[0].words


def test_a_failed_assertion_is_beside_the_response_that_it_belongs_to() -> None:
    bad = assertion("failed", [{"text": "Which size?", "status": "failed"}])
    expected = [response("Fine."), response("Which size?", text_=bad)]
    actual = [response("Fine."), response("Which colour?", text_=bad)]
    item = page_of_steps(step("go", "failed", expected, actual), status="failed").by_id("s1-step-1")
    first, second = item.all("div", "turn")
    assert "✓ text passed" == first.only("div", "notes").words
    assert ["✗ text assertion failed", "Expected", "Which size?", "Actual", "Which colour?"] == [
        part.text for part in second.only("div", "note") if part.tag in ("h4", "dt", "dd")
    ]
    assert ["size"] == [mark.text for mark in second.all("del")]
    assert ["colour"] == [mark.text for mark in second.all("ins")]


def compared(root: Node) -> list[tuple[str, str]]:
    return [
        (row.only("dt").text, row.only("dd").text)
        for note in root.all("div", "note")
        for row in note.only("dl").all("div")
    ]


def test_the_labels_of_texts_that_differ_are_told_apart_by_class() -> None:
    root = page_of_steps(failed_step())
    for rows in (root.only("nav"), root.only("div", "note")):
        assert [["left"], ["right"]] == [label.classes for label in rows.all("dt")]


def test_of_several_accepted_texts_the_closest_is_compared() -> None:
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in ("Ciao!", "Which pizza size?", "What?")])
    failed = step("go", "failed", [response("Ciao!", text_=bad)], [response("Which pizza?", text_=bad)])
    root = page_of_steps(failed, status="failed")
    expected = [
        ("Expected", "Which pizza size?"),
        ("or", "Ciao!"),
        ("or", "What?"),
        ("Actual", "Which pizza?"),
    ]
    assert expected == compared(root)
    assert ["size"] == [mark.text for mark in root.by_id("s1").all("del")]


def test_flow_and_context_show_expected_and_actual() -> None:
    bad = assertion("failed", [{"key": "size", "status": "failed"}])
    flow = assertion("failed")
    expected, actual = (response("Hi", flow=flow, context=bad) for _ in range(2))
    expected["nodeName"] = "AskSize"
    root = page_of_steps(step("go", "failed", [expected], [actual]), status="failed")
    assert [
        ("Expected", "node AskSize, intent Welcome, dialog Welcome"),
        ("Actual", "node Greet, intent Welcome, dialog Welcome"),
        ("Reported by the platform", '{"key": "size", "status": "failed"}'),
    ] == compared(root)
    words = root.by_id("s1-step-1").words
    assert 'assertion failed; the platform reported {"key": "size", "status": "failed"}' in words


def test_a_silent_bot_is_shown_as_such() -> None:
    bad = assertion("failed", [{"text": "Hello", "status": "failed"}])
    root = page_of_steps(
        step("a", "failed", [response("Hello", text_=bad)], []),
        step("b", "passed", [response("Are you there?")], []),
        step("c", "passed", [], []),
        status="failed",
    )
    silences = [silence.words for silence in root.all("div", "silent")]
    assert [
        "Bot did not respond",
        "Bot did not respond. Expected: Are you there?",
        "Bot did not respond",
    ] == silences
    assert [("Expected", "Hello"), ("Actual", "(no response)")] == compared(root)


def test_a_response_too_many_and_an_empty_one_are_named() -> None:
    odd = step("", "passed", [response("one")], [response("one"), response("  ")])
    item = page_of_steps(odd).by_id("s1-step-1")
    assert "User (nothing)" == item.only("span", "user").words
    assert "The suite expects no response here. ✓ text passed" == item.all("div", "notes")[1].words
    assert "(empty message)" in item.all("div", "bot")[1].words


def test_if_the_suite_expects_no_response_at_all_none_is_too_many() -> None:
    unexpecting = step("go", "passed", [response("one")])
    del unexpecting["outputs"]
    assert "✓ text passed" == page_of_steps(unexpecting).by_id("s1-step-1").only("div", "notes").words


def test_a_difference_in_nothing_but_blanks_is_marked() -> None:
    root = page_of_steps(failed_step("go", "Hello", "Hello  "), status="failed")
    assert ["  "] == [mark.text for mark in root.all("ins")]


def test_a_rich_message_is_a_card_with_choices_that_do_nothing() -> None:
    text = json.dumps(REPLIES)
    card = page_of_steps(step("go", "passed", [response(text)])).only("div", "card")
    assert ["Which size?"] == [line.text for line in card.all("p")]
    assert ["Small", "Large"] == [choice.text for choice in card.only("ul", "chips").all("li")]
    assert json.dumps(REPLIES, indent=2) == card.only("details").only("pre").text
    assert not [node for node in card if node.tag in ("a", "button", "input")]


def test_the_elements_of_a_list_keep_their_choices_beside_them() -> None:
    pizzas = [
        {"title": name, "subtitle": "8.50 €", "buttons": [{"title": "Add"}]} for name in ("Margherita", "Diavola")
    ]
    text = json.dumps({"type": "template", "payload": {"text": "Our pizzas", "elements": pizzas}})
    card = page_of_steps(step("go", "passed", [response(text)])).only("div", "card")
    items = card.only("ul", "items").all("li")
    assert ["Margherita 8.50 € Add", "Diavola 8.50 € Add"] == [item.words for item in items if item.all("ul")]
    assert "8.50 €" in card.only("pre").text


def test_lines_of_json_that_differ_are_marked() -> None:
    one, other = ({"type": "template", "payload": {"text": "Size?", "template_type": kind}} for kind in ("a", "b"))
    bad = assertion("failed", [{"text": json.dumps(one), "status": "failed"}])
    failed = step("go", "failed", [response(json.dumps(one), text_=bad)], [response(json.dumps(other), text_=bad)])
    left, right = page_of_steps(failed, status="failed").only("div", "note").all("pre")
    assert ['"template_type": "a"'] == [mark.text for mark in left.all("del")]
    assert ['"template_type": "b"'] == [mark.text for mark in right.all("ins")]


def test_a_very_deep_message_is_shown_as_it_came() -> None:
    text = json.dumps({"type": "template", "payload": json.loads("[" * 30 + "]" * 30)})
    card = page_of_steps(step("go", "passed", [response(text)])).only("div", "card")
    assert text == card.only("pre").text


def test_a_rich_message_without_words_says_so() -> None:
    card = page_of_steps(step("go", "passed", [response('{"type": "template", "payload": {}}')])).only("div", "card")
    assert "(message without text)" == card.only("em").text


def test_the_json_of_an_expected_rich_message_is_folded_beside_the_words() -> None:
    text = json.dumps(REPLIES)
    bad = assertion("failed", [{"text": text, "status": "failed"}])
    root = page_of_steps(
        step("go", "failed", [response(text, text_=bad)], [response("What?", text_=bad)]), status="failed"
    )
    assert [("Expected", "Which size?\n[Small]\n[Large]"), ("Actual", "What?")] == compared(root)
    assert json.dumps(REPLIES, indent=2) == root.only("div", "note").only("details").only("pre").text


def test_an_assertion_without_a_result_says_which_status_it_has() -> None:
    odd = assertion("maybe")
    root = page_of_steps(step("go", "passed", [response("Hi", text_=odd)]))
    note = root.by_id("s1-step-1").only("div", "note")
    assert "! text assertion without a result" == note.only("h4").text
    assert 'The text assertion has no usable status: "maybe".' == note.only("p").text
    assert "error" in note.classes


def test_a_step_that_fails_without_a_reason_and_one_that_cannot_be_read_say_so() -> None:
    root = page_of_steps(step("go", "failed"), UNREADABLE, status="failed")
    assert "Step 1 failed on the platform, but no assertion says why." in root.by_id("s1-step-1").words
    assert "Step 2 could not be read." in root.by_id("s1-step-2").words


def test_steps_that_were_not_executed_are_marked_and_those_that_were_not_returned_are_one_line() -> None:
    root = page_of_steps(step("a"), step("b", "notexecuted"), totalTestStepsCount=90_000)
    assert "#2 - skipped User b This step was not executed." == root.by_id("s1-step-2").words
    assert "Steps 3 to 90000 are missing from the platform's reply." in root.by_id("s1-step-3").words
    assert 3 == len(root.only("ol", "steps").all("li"))


def test_a_single_step_that_was_not_returned_is_named_alone() -> None:
    assert (
        "Step 2 is missing from the platform's reply."
        in page_of_steps(step(), totalTestStepsCount=2).by_id("s1-step-2").words
    )


def reasons(root: Node) -> list[str]:
    return [line.text for line in root.only("div", "reasons").all("li")]


@pytest.mark.parametrize(
    ("steps", "changes"),
    [
        ([failed_step()], {"status": "failed", "totalTestStepsCount": 3}),
        ([failed_step()], {"status": "failed", "totalTestStepsCount": 3, "result__errorDetails": "Timed out."}),
        ([step()], {"status": "failed", "totalTestStepsCount": 3, "result__errorDetails": "Timed out."}),
        ([step(), step("b", "odd")], {"totalTestStepsCount": 3, "result__errorDetails": "Timed out."}),
    ],
    ids=["failed", "failed with error details", "failed without a failed step", "no proof"],
)
def test_a_suite_shows_all_its_reasons_failures_first(steps: list[Any], changes: dict[str, Any]) -> None:
    reply = answer(*steps, **changes)
    suite: SuiteResult = report_of(Suite=reply).suites[0]
    listed = reasons(page_of_steps(*steps, **changes))
    assert [*suite.failures, *suite.doubts] == listed
    assert "the platform announced 3 steps but returned" in " ".join(suite.doubts)
    assert ('The platform reports an error: "Timed out."' in listed) == ("result__errorDetails" in changes)


def test_a_suite_says_why_it_did_not_pass() -> None:
    root = page_of(job_of(stopped(message="No end within 30m.")))
    assert "No end within 30m." == root.only("nav").only("p").words
    assert not page_of_steps(step()).all("div", "reasons")


def test_a_suite_without_a_list_of_steps_shows_the_counts() -> None:
    root = page_of_steps(step(), step(), result__executionResults=MISSING)
    assert "The reply has no list of steps. Its counts: 2 of 2 steps passed." in root.by_id("s1").words
    assert "no step was executed" in page_of_steps().by_id("s1").words


def test_many_failures_and_reasons_are_folded_after_the_first() -> None:
    root = page_of_steps(*[step("x", "odd")] * 40)
    nav = root.only("nav")
    assert "33 more failures" == nav.only("summary").text
    assert 41 == len(nav.all("li"))
    section = root.only("div", "reasons")
    assert "30 more reasons" == section.only("summary").text
    assert 42 == len(section.all("li"))


def test_the_facts_of_a_run_are_shown() -> None:
    facts = {
        row.only("dt").text: row.only("dd").text for row in page_of_steps(step()).by_id("s1").all("dl")[0].all("div")
    }
    assert {
        "Test run": "ctr-1",
        "Platform status": "passed",
        "Started": "2026-11-23 10:14:13 UTC",
        "NLP versions": "v3",
    } == facts


def test_a_passed_step_takes_little_room() -> None:
    few, many = (len(page.render(report_of(A=answer(*[step()] * count)))) for count in (1000, 2000))
    assert many - few < 600 * 1000
