"""report.json read back: a merged job renders like a live one."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import (
    MISSING,
    answer,
    assertion,
    failed_step,
    job_of,
    record_of,
    replies,
    report_of,
    response,
    step,
)
from support.merging import (
    FAIL_ON,
    FAILED,
    PASSED,
    SUITE,
    Document,
    distinct,
    document,
    doubts,
    forge,
    merged,
    records,
    refuted,
    same_after_merging,
    texts,
)
from support.page import HOSTILE, JOBS, full_of
from support.saved import FACTS, LATER
from support.tolerances import tolerated_job

from koregate.inputs import FailOn
from koregate.judging.cases import FailureClass, Tolerance, ToleranceKind, unique_names
from koregate.judging.earlier_runs import earlier_run, with_earlier_runs
from koregate.judging.facts import JobFacts
from koregate.judging.results import Counts, JobResult, SuiteResult
from koregate.policy.fail_on import with_exit_code
from koregate.reports import junit
from koregate.reports.report_json_schema import schema
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.verdicts import Verdict

# A merge that loses nothing


@pytest.mark.parametrize("fail_on", ["any", "error", "never"])
@pytest.mark.parametrize("name", [name for name in JOBS if name not in ("invalid inputs", "skipped")])
def test_a_merged_job_of_one_report_renders_the_same_reports(name: str, fail_on: Any) -> None:
    assert same_after_merging(with_exit_code(distinct(JOBS[name]()), fail_on))


def test_what_a_job_says_of_its_own_reports_is_no_contradiction() -> None:
    job = report_of(Pizza=answer(step()))

    assert same_after_merging(job.with_missing_reports(["junit.xml"]))
    assert same_after_merging(JobResult.for_internal_error("Internal error (KeyError: 'x')."))
    assert same_after_merging(job.without_steps())
    assert same_after_merging(report_of(Pizza=answer(failed_step(), status="failed")).without_steps())


def test_every_accepted_text_survives_the_way_through_a_report() -> None:
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in ("Ciao!", "Bye!", "Bye!\nor: no")])
    job = report_of(
        Pizza=answer(step("go", "failed", [response("Ciao!", text_=bad)], [response("No.")]), status="failed")
    )

    assert same_after_merging(job)
    (case,) = merged(job).suites[0].cases
    assert ("Ciao!", ("Bye!", "Bye!\nor: no")) == (case.expected, case.alternatives)


@pytest.mark.parametrize("text", HOSTILE)
def test_untrusted_text_survives_the_way_through_a_report(text: str) -> None:
    suites = [
        replace(suite, suite=f"{number} {suite.suite}", run_id=f"{number} {suite.run_id}")
        for number, suite in enumerate(full_of(text).suites)
    ]
    names = unique_names(suite.suite for suite in suites)

    # The target is made of inputs, which hold no such text.
    target = Target("host", "st-1", "inDevelopment", "en")
    assert same_after_merging(JobResult.of(target, map(renamed, suites, names)))


def renamed(suite: SuiteResult, name: str) -> SuiteResult:
    return replace(suite, name=name)


@given(replies(), texts, texts, texts)
def test_any_job_renders_the_same_reports_after_merging(reply: Any, said: str, expected: str, actual: str) -> None:
    words = answer(failed_step(said, expected, actual), step(said), status="failed", result__duration=MISSING)
    stop = StopReason(Verdict.TIMEOUT, 5, expected.strip() or "No end within 30m.")

    job = job_of(
        record_of("Pizza", reply),
        record_of("Hours", words),
        RunRecord("Late", None, json.dumps(words).encode(), stop=stop),
    )

    assert same_after_merging(distinct(job))


@given(records(), st.sampled_from(FAIL_ON))
def test_a_merge_of_one_report_has_its_verdict_exit_code_and_counts(found: list[RunRecord], fail_on: FailOn) -> None:
    job = job_of(*found, fail_on=fail_on)

    again = merged(job, fail_on=fail_on)

    assert (job.verdict, job.exit_code, job.counts, job.step_counts) == (
        again.verdict,
        again.exit_code,
        again.counts,
        again.step_counts,
    )


@given(records(), st.data())
def test_a_merge_of_shards_is_one_job_of_the_same_suites(found: list[RunRecord], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(found) - 1, 1))))) if len(found) > 1 else []
    shards = [found[start:end] for start, end in zip([0, *cuts], [*cuts, len(found)], strict=True)]
    whole = job_of(*found)

    again = merged(*(job_of(*shard) for shard in shards), expected=tuple(record.suite for record in found))

    # Each report rounds its duration.
    expected, actual = ({**document(job), "durationSeconds": 0} for job in (whole, again))
    assert expected == actual
    assert junit.render(whole) == junit.render(again)


# A job with tolerated cases


def test_a_merge_tolerates_nothing_by_itself_and_finds_no_contradiction_in_a_tolerated_job() -> None:
    job = tolerated_job(FAILED)
    assert (Verdict.TOLERATED, 0, 1) == (job.verdict, job.exit_code, job.tolerated)
    assert Counts(passed=1, skipped=1) == job.counts

    again = merged(job)

    assert document(again) == document(FAILED)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (answer(step(), failed_step(), status="failed", totalTestStepsCount=3), "an announced step is missing"),
        (
            answer(step(), failed_step(), status="failed", result__stepDetails=None),
            "the platform's counts of steps are incomplete",
        ),
        (answer(failed_step(), status="failed"), "no test case passed"),
    ],
)
def test_a_tolerated_verdict_below_the_floor_is_a_contradiction(reply: Document, problem: str) -> None:
    job = report_of(Pizza=reply)

    again = merged(tolerated_job(job))

    assert refuted(again, f"the verdict is tolerated, but nothing in it may be tolerated, because {problem}")


def test_a_tolerated_verdict_with_a_failure_that_blocks_is_a_contradiction() -> None:
    forged = forge(FAILED, {(*SUITE, "verdict"): "tolerated", (*SUITE, "exitCode"): 0})

    assert refuted(merged(forged), "the verdict is tolerated, but a test case failed or has no result")


def test_a_flaky_case_keeps_its_earlier_failures_and_passed_in_the_last_run() -> None:
    (failed,), (last,) = FAILED.suites, report_of(Pizza=answer(step(), step("pizza"))).suites
    run = earlier_run(replace(failed, run_id="ctr-0"), 1_000_000)
    passed = with_earlier_runs(last, [run])
    case = passed.cases[1]
    assert (True, FailureClass.WRONG_TEXT) == (case.is_flaky, case.earlier_failures[0].failure_class)
    steps = (passed.steps[0], passed.steps[1]._replace(cases=(case.tolerated(Tolerance(ToleranceKind.FLAKY, "Ok")),)))
    job = JobResult.of(FAILED.target, [replace(passed, steps=steps, verdict=Verdict.TOLERATED)])

    again = merged(job)

    assert (2, 1) == (job.counts.passed, job.tolerated)
    assert (Verdict.PASSED, passed) == (again.verdict, again.suites[0])


# What is told of the job


def with_facts(job: JobResult, facts: JobFacts) -> JobResult:
    return job.with_facts(facts, str)


def test_the_facts_of_a_job_survive_the_way_through_a_report() -> None:
    job = with_facts(PASSED, FACTS)

    assert same_after_merging(job)
    assert FACTS == merged(job).facts


def test_merged_reports_have_the_facts_that_they_share_and_finished_with_the_last_one() -> None:
    assert FACTS.finished is not None
    later = FACTS._replace(finished=FACTS.finished + timedelta(hours=1), ci=FACTS.ci._replace(url="", build="10"))

    facts = merged(with_facts(PASSED, FACTS), with_facts(PASSED, later)).facts

    assert later._replace(ci=FACTS.ci._replace(url="", build="")) == facts


def of_commit(commit: str, number: int = 1, **changes: Any) -> JobResult:
    """A job of that commit that passed."""
    told = FACTS._replace(ci=FACTS.ci._replace(commit=commit, commit_url="", **changes))
    return with_facts(job_of(record_of(f"Suite {number}", answer(step()), f"ctr-{number}")), told)


def test_reports_of_different_commits_are_an_error_that_names_both() -> None:
    job = merged(of_commit("a" * 40), of_commit("b" * 40, 2), of_commit("a" * 40, 3))

    assert refuted(
        job,
        "The reports are of different commits: ",
        '"aaaaaaaaaaaa" in "0.json", "bbbbbbbbbbbb" in "1.json".',
    )
    assert ("Merge only reports of one commit.",) == job.suites[-1].advice
    assert "" == job.facts.ci.commit


def test_commits_that_begin_alike_are_named_whole() -> None:
    one, two = "a" * 39 + "1", "a" * 39 + "2"

    assert refuted(merged(of_commit(one), of_commit(two, 2)), f'"{one}" in "0.json", "{two}" in "1.json"')


def test_a_report_without_a_commit_merges_with_any() -> None:
    laptop = job_of(record_of("Suite 3", answer(step()), "ctr-3"))

    assert 0 == merged(of_commit("a" * 40), of_commit("a" * 40, 2), laptop).exit_code


def test_a_report_of_a_pull_request_does_not_merge_with_one_of_a_push() -> None:
    untold = of_commit("a" * 40, 3, is_pull_request=None)
    push = of_commit("a" * 40, 2, is_pull_request=False)

    assert 0 == merged(of_commit("a" * 40), untold).exit_code
    assert 0 == merged(push, untold).exit_code
    assert refuted(
        merged(untold, push, of_commit("a" * 40)), 'The report "2.json" is of a pull request, and the report "1.json" '
    )


def at(finished: datetime | None, number: int = 1) -> JobResult:
    return with_facts(job_of(record_of(f"Suite {number}", answer(step()), f"ctr-{number}")), JobFacts(finished))


def test_a_report_of_the_future_proves_nothing_beyond_what_clocks_differ() -> None:
    skew = timedelta(hours=1)

    assert 0 == merged(at(LATER + skew), at(None, 2)).exit_code
    assert refuted(
        merged(at(LATER), at(LATER + skew + timedelta(seconds=1), 2)),
        'The report "1.json" proves nothing: ',
        "it says that it finished in the future. Check the clocks.",
    )
    assert 4 == merged(at(datetime.max.replace(tzinfo=UTC))).exit_code


def test_an_old_report_gets_a_remark_and_still_counts() -> None:
    day, old = timedelta(days=1), LATER - timedelta(days=1, seconds=1)

    job = merged(at(LATER), at(old, 2), at(LATER - day, 3), at(None, 4))

    assert 0 == job.exit_code
    assert [0, 1, 0, 0] == [len(suite.remarks) for suite in job.suites]
    assert (
        "This suite is from a report of 2029-12-30 23:59 UTC. The newest report that was merged with it is of "
        "2030-01-01 00:00 UTC." in job.suites[1].remarks
    )
    assert 0 == merged(at(datetime.min.replace(tzinfo=UTC)), at(LATER, 2)).exit_code


def test_a_merged_job_has_no_date_if_a_report_has_none() -> None:
    assert merged(with_facts(PASSED, FACTS), PASSED).facts.finished is None


@pytest.mark.parametrize("text", [*HOSTILE, "//evil.example", "https://a@evil.example/", "https://a.example/\n/x"])
def test_forged_facts_of_a_report_are_on_one_line_and_no_address_acts(text: str) -> None:
    keys = ("url", "build", "commit", "commitUrl", "branch", "defaultBranch")
    visible = text.encode("utf-8", "backslashreplace").decode()
    forged = forge(PASSED, {("ci", "system"): visible, **{("ci", key): visible for key in keys}})

    job = merged(forged)

    facts = job.facts.ci
    assert ("", "", "") == (facts.system, facts.url, facts.commit_url)
    assert all("\n" not in fact and len(fact) <= 250 for fact in (facts.build, facts.commit, facts.branch))
    jsonschema.validate(document(job), schema())
    assert Verdict.PASSED is job.verdict


def test_fields_that_a_later_koregate_added_are_ignored() -> None:
    later = document(PASSED)
    for part in (later, later["ci"], later["target"], later["suites"][0], later["suites"][0]["steps"][0]["cases"][0]):
        part["x" * 500] = {"verdict": "failed"}

    assert document(PASSED) == document(merged(later))


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (("One", "Two", "Three", "Four"), ("are expected but missing: ", '"Three", "Four"')),
        (("One",), ("are not expected: ", '"Two"')),
        (("One", "two"), ("are expected but missing: ", '"two"')),
        (("One", "Two "), ("are not expected: ", '"Two"')),
    ],
)
def test_the_suites_must_be_the_expected_ones(expected: tuple[str, ...], words: tuple[str, ...]) -> None:
    jobs = [job_of(record_of(name, answer(step()), f"ctr-{name}")) for name in ("One", "Two")]

    assert refuted(merged(*jobs, expected=expected), *words)
    assert 0 == merged(*jobs, expected=("Two", "One")).exit_code


def test_a_report_of_the_gate_itself_is_no_suite_that_is_foreign_or_doubled() -> None:
    jobs = [job_of(record_of(name, answer(step()), f"ctr-{name}")) for name in ("One", "Two")]

    job = merged(*(job.with_missing_reports(["junit.xml"]) for job in jobs), expected=("One", "Two"))

    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)
    assert ["koregate could not write these reports: junit.xml."] * 2 == doubts(job)


def test_a_files_own_fail_on_is_ignored() -> None:
    never = report_of(Pizza=answer(failed_step(), status="failed"))
    never = with_exit_code(never, "never")

    assert ("any", 1) == ((job := merged(never)).fail_on, job.exit_code)
    assert ("error", 0) == ((job := merged(never, fail_on="error")).fail_on, job.exit_code)
