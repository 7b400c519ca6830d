"""Entries that koregate writes for a quarantine file: read back, they excuse a report's failures and no others."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.answers import answer, failed_step, job_of, report_of, step
from support.policies import NOW, failed, failing, policies, records

from koregate.ci.base import neutralized
from koregate.judging.cases import Outcome
from koregate.judging.floor import floor_problem
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.quarantine import KINDS, Quarantine, read_quarantine
from koregate.policy.quarantine_entries import Suggestion, Terms
from koregate.policy.rules import Policy
from koregate.reports.case_lines import case_lines
from koregate.runs.record import RunRecord
from koregate.text import one_line, visible

TERMS = Terms("Ann", "Prices change.", NOW.date() + timedelta(days=90))
# What TOML, our patterns, the log of a CI system and the reports treat in a special way.
_odd = [*"*[]?a.\"\\'#=\n\t\r\x00\x1b\x7f\x85\u2028\u202e\ud800\U0001f355", "##[", "::"]
texts = st.lists(st.sampled_from(_odd), max_size=12).map("".join)


def written(job: JobResult, terms: Terms = TERMS) -> str:
    return "\n".join(Suggestion.of(job.suites).lines(terms, lambda case: case_lines(case, case.label)))


def read_back(job: JobResult, terms: Terms = TERMS) -> Quarantine:
    return read_quarantine("q.toml", written(job, terms).encode(), NOW.date())


def failures(job: JobResult, *outcomes: Outcome) -> set[tuple[object, ...]]:
    """The failures with these outcomes, by what an entry can say of them."""
    return {
        (visible(suite.suite), visible(step.input), step.occurrence, case.kind, case.failure_class)
        for suite in job.suites
        for step in suite.steps
        for case in step.cases
        if case.outcome in outcomes and case.kind in KINDS
    }


def above_the_floor(job: JobResult) -> JobResult:
    return replace(job, suites=tuple(suite for suite in job.suites if floor_problem(suite) is None))


@given(records())
def test_the_entries_of_a_report_excuse_all_of_its_failures_that_can_be(found: list[RunRecord]) -> None:
    job = job_of(*found)

    after = apply_policy(job, Policy(NOW, quarantine=read_back(job)))

    assert failures(above_the_floor(job), Outcome.FAILED) == failures(after, Outcome.TOLERATED)
    assert set() == failures(above_the_floor(after), Outcome.FAILED)


@given(records(), records())
def test_the_entries_of_one_report_excuse_nothing_else_in_another(
    found: list[RunRecord], other: list[RunRecord]
) -> None:
    job, later = job_of(*found), job_of(*other)

    after = apply_policy(later, Policy(NOW, quarantine=read_back(job)))

    expected = failures(job, Outcome.FAILED) & failures(above_the_floor(later), Outcome.FAILED)
    assert expected == failures(after, Outcome.TOLERATED)


@given(records(), st.data())
def test_failures_that_the_policy_of_the_report_lets_by_get_no_entry(
    found: list[RunRecord], data: st.DataObject
) -> None:
    job = apply_policy(job_of(*found), data.draw(policies(found)))

    assert failures(job, Outcome.FAILED) == {
        (entry.suite, entry.pieces[0], entry.occurrence, entry.kind, entry.failure_class)
        for entry in read_back(job).entries
    }


@given(texts, texts, texts)
def test_any_text_comes_back_as_reports_show_it(said: str, owner: str, reason: str) -> None:
    job = report_of(Pizza=failed(step(), failed_step(said)))

    (entry,) = read_back(job, Terms(f"A{owner}", f"B{reason}", TERMS.until)).entries

    assert ((visible(job.suites[0].steps[1].input),), one_line(f"A{owner}"), one_line(f"B{reason}")) == (
        entry.pieces,
        entry.owner,
        entry.reason,
    )


@given(texts)
def test_the_log_of_a_ci_system_shows_the_entries_as_they_are(said: str) -> None:
    lines = written(report_of(**{f"P{said}": failed(step(), failed_step(said))})).splitlines()

    assert [] == [line for line in lines if not line.startswith("#") and line != neutralized(one_line(line))]


def test_an_entry_says_what_failed_and_where() -> None:
    job = report_of(Pizza=failed(step(), step("a*b"), failed_step("a*b")))

    assert [
        "",
        "[[quarantine]]",
        '# 3.1 text: expected "Which size?"',
        '#           actual   "Sorry, what?"',
        'suite = "Pizza"',
        'input = "a[*]b"',
        'kind = "text"',
        "occurrence = 2",
        'class = "wrong-text"',
        'reason = "Prices change."',
        'owner = "Ann"',
        "until = 2027-02-23",
    ] == written(job).split("\n")


def test_failures_that_no_entry_can_excuse_are_counted_and_a_suite_below_the_floor_is_named() -> None:
    job = report_of(
        Pizza=failed(step(), failing("x", "flow"), step("odd", "failed")),
        Wine=failed(step(), failed_step(), totalTestStepsCount=3),
    )

    suggestion = Suggestion.of(job.suites)

    assert (2, 1) == (len(suggestion.failures), suggestion.left_out)
    assert ('Nothing in "Wine" is tolerated, because an announced step is missing.',) == suggestion.without_effect
    assert ({}, 0, ()) == Suggestion.of(report_of(Pizza=answer(step())).suites)
