"""report.html: what a reader finds where."""

import base64
import hashlib
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
from support.page import JOBS, Node, page_of, page_of_steps, stopped
from support.policies import NOW, failed, quarantine, retried

from koregate import __version__
from koregate.errors import Problem
from koregate.judging.cases import EarlierFailure, FailureClass, TestCase, Tolerance, ToleranceKind
from koregate.judging.effect import Comparison, PolicyEffect
from koregate.judging.facts import CIFacts, JobFacts
from koregate.judging.job import judge_job
from koregate.judging.past_runs import PastRun
from koregate.judging.results import JobResult
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
        "with the two inputs below, push, and revert that afterwards. To start a new one instead, re-run the failed"
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
    once, at_last = failed(step(), failed_step("pizza")), answer(step(), step("pizza"))
    root = page_of(apply_policy(retried(once, at_last), Policy(NOW, flaky="pass")))

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
