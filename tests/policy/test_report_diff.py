"""Two reports compared: what is new, known, fixed, missing and flaky."""

from dataclasses import replace

import pytest
from hypothesis import given
from support.answers import answer, assertion, disabled, failed_step, job_of, report_of, response, step
from support.policies import NOW, baseline, failed, records

from koregate.judging.cases import EarlierFailure, FailureClass, Outcome
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.report_diff import ReportDiff, compare
from koregate.policy.rules import Policy
from koregate.runs.record import RunRecord

OLD = failed(step(), failed_step(), failed_step("wine"), step("gone"))
NEW = failed(step(), failed_step(), step("wine"), failed_step("new"))


def diff(old: JobResult, new: JobResult) -> ReportDiff:
    return compare(baseline(old), new.suites)


def inputs(found: ReportDiff) -> dict[str, list[str]]:
    listed = ("new", "known", "fixed", "missing", "flaky")
    return {name: [case.input for case in getattr(found, name)] for name in listed if getattr(found, name)}


def test_new_known_fixed_and_missing_cases_are_told_apart() -> None:
    found = diff(report_of(Pizza=OLD), report_of(Pizza=NEW))

    assert {"new": ["new"], "known": ["pizza"], "fixed": ["wine"], "missing": ["gone"]} == inputs(found)
    assert ("wrong-text", 'expected "Which size?", got "Sorry, what?"') == (
        found.new[0].failure_class,
        found.new[0].message,
    )


def test_a_suite_that_the_newer_report_lacks_is_named_and_its_cases_are_missing() -> None:
    found = diff(report_of(Pizza=OLD, Wine=answer(step("red"))), report_of(Pizza=OLD))

    assert (("Wine",), ["red"]) == (found.missing_suites, [case.input for case in found.missing])


def test_a_case_without_a_result_is_new() -> None:
    odd = failed(step(), failed_step(), step("odd", "aborted"))
    job = report_of(Pizza=odd)

    assert Outcome.ERROR in {case.judged for case in job.suites[0].cases}
    assert {"new": ["odd"], "known": ["pizza"]} == inputs(diff(job, job))


def test_a_case_that_passed_in_a_further_run_is_flaky_and_not_fixed() -> None:
    (suite,) = report_of(Pizza=answer(step(), step("wine"))).suites
    earlier = (EarlierFailure("ctr-0", FailureClass.WRONG_TEXT, "expected, got"),)
    wine = suite.steps[1]._replace(cases=(suite.steps[1].cases[0]._replace(earlier_failures=earlier),))
    job = JobResult.of(report_of(Pizza=OLD).target, [replace(suite, steps=(suite.steps[0], wine))])

    assert {"flaky": ["wine"], "missing": ["gone", "pizza"]} == inputs(diff(report_of(Pizza=OLD), job))


def test_what_policy_tolerates_is_reported_with_its_reason_and_stays_new() -> None:
    job = apply_policy(report_of(Pizza=NEW), Policy(NOW, warn_on=frozenset({FailureClass.WRONG_TEXT})))

    found = diff(report_of(Pizza=OLD), job)

    assert {"new": ["new"], "known": ["pizza"], "fixed": ["wine"], "missing": ["gone"]} == inputs(found)
    assert ["wrong-text only warns (warn-on)"] == [case.tolerance for case in found.new]


def one_of(*texts: str) -> dict[str, object]:
    """A reply whose failed step accepts any of these texts."""
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in texts])
    sent = response("Sorry?", flow=disabled(), text_=bad, context=disabled())
    return failed(step(), step("pizza", "failed", [sent], [sent]))


@pytest.mark.parametrize("before", [("Small?",), ("Small?", "Big?"), ("Small?", "Large?", "Huge?"), ("Large?",)])
def test_a_change_of_an_accepted_text_makes_a_failure_new(before: tuple[str, ...]) -> None:
    old, new = report_of(Pizza=one_of(*before)), report_of(Pizza=one_of("Small?", "Large?"))

    (case,) = (case for case in new.suites[0].cases if case.judged is Outcome.FAILED)
    assert ("Small?", ("Large?",)) == (case.expected, case.alternatives)
    assert {"new": ["pizza"]} == inputs(diff(old, new))
    assert {"known": ["pizza"]} == inputs(diff(new, new))
    assert 1 == apply_policy(new, Policy(NOW, baseline=baseline(old))).exit_code
    assert 0 == apply_policy(new, Policy(NOW, baseline=baseline(new))).exit_code


@given(records(), records())
def test_the_counts_are_those_of_a_job_with_the_older_report_as_its_baseline(
    before: list[RunRecord], after: list[RunRecord]
) -> None:
    old, new = job_of(*before), job_of(*after)

    found = diff(old, new)

    compared = apply_policy(new, Policy(NOW, baseline=baseline(old))).policy.comparison
    assert compared
    without_result = sum(case.judged is Outcome.ERROR for suite in new.suites for case in suite.cases)
    assert (compared.new + without_result, *compared[2:5]) == tuple(
        map(len, (found.new, found.known, found.fixed, found.missing))
    )


@given(records())
def test_a_report_compared_with_itself_has_nothing_new_but_cases_without_a_result(found: list[RunRecord]) -> None:
    job = job_of(*found)

    same = diff(job, job)

    assert all(case.failure_class is None for case in same.new)
    assert ((), (), ()) == (same.fixed, same.missing, same.missing_suites)
