"""Several reports as one job: of the same target, and each suite and run once."""

import pytest
from support.answers import (
    answer,
    failed_step,
    job_of,
    record_of,
    report_of,
    step,
)
from support.merging import PASSED, distinct, doubts, merged, refuted
from support.saved import LATER

from koregate.judging.results import GATE, JobResult
from koregate.reports import junit, report_json
from koregate.reports.report_json_reader import merge_reports
from koregate.runs.record import Target
from koregate.verdicts import Verdict


def test_the_suites_of_all_reports_come_in_the_order_of_the_files() -> None:
    first = distinct(report_of(Pizza=answer(step()), Hours=answer(step())))
    second = job_of(record_of("More.pizza", answer(failed_step(), status="failed"), "ctr-9"))

    job = merged(first, second)

    assert ["Pizza", "Hours", "More.pizza"] == [suite.name for suite in job.suites]
    assert (Verdict.FAILED, 1) == (job.verdict, job.exit_code)
    assert junit.render(job) == junit.render(JobResult.of(first.target, [*first.suites, *second.suites]))


def test_the_same_report_twice_is_an_error() -> None:
    data = report_json.render(PASSED)

    job = merge_reports([("a.json", data), ("a.json", data)], "any", now=LATER)

    assert refuted(job, "1 test run is in the reports more than once: ", '"ctr-1"')
    assert 2 == len([suite for suite in job.suites if suite.suite == "Pizza"])


def test_the_same_test_run_twice_is_an_error_in_one_report_and_in_several() -> None:
    one, two = record_of("One", answer(step()), "ctr-7"), record_of("Two", answer(step()), "ctr-7")

    assert refuted(merged(job_of(one, two)), "1 test run is in the reports more than once: ", '"ctr-7"')
    assert refuted(merged(job_of(one), job_of(two)), "1 test run is in the reports more than once: ", '"ctr-7"')


def test_the_same_suite_twice_is_an_error_in_one_report_and_in_several() -> None:
    one, two = record_of("One", answer(step()), "ctr-1"), record_of("One", answer(step()), "ctr-2")

    assert refuted(merged(job_of(one, two)), "1 test suite is in the reports more than once: ", '"One"')
    job = merged(job_of(one), job_of(two))
    assert refuted(job, "1 test suite is in the reports more than once: ", '"One"')
    assert ["One", "One (2)", GATE] == [suite.name for suite in job.suites]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target("https://b.example", "st-1", "published", "en"), 'host: "https://a.example" in "0.json"'),
        (Target("https://a.example", "st-2", "published", "en"), 'stream id: "st-1" in "0.json", "st-2" in "1.json"'),
        (Target("https://a.example", "st-1", "inDevelopment", "en"), "bot version: "),
        (Target("https://a.example", "st-1", "published", "de"), "bot language: "),
        (Target("https://a.example", "st-1", "published", None), 'bot language: "en" in "0.json", unknown in "1.json"'),
    ],
)
def test_reports_of_different_targets_are_an_error_that_names_what_differs(target: Target, words: str) -> None:
    common = Target("https://a.example", "st-1", "published", "en")
    here = job_of(record_of("One", answer(step()), "ctr-1"), target=common)
    there = job_of(record_of("Two", answer(step()), "ctr-2"), target=target)

    job = merged(here, there)

    assert refuted(job, "The reports differ in their ", words)
    assert [a if a == b else None for a, b in zip(common, target, strict=True)] == list(job.target)


WHOLE = Target("https://a.example", "st-1", "published", "en")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(), "it does not have its host, stream id, bot version, bot language."),
        (WHOLE._replace(host=None), "it does not have its host."),
        (WHOLE._replace(stream_id=""), "it does not have its stream id."),
        (WHOLE._replace(bot_version=None), "it does not have its bot version."),
        (WHOLE._replace(bot_language=""), "it does not have its bot language."),
    ],
)
def test_a_report_that_does_not_tell_what_it_tested_proves_nothing(target: Target, words: str) -> None:
    jobs = [job_of(record_of(name, answer(step()), f"ctr-{name}"), target=target) for name in ("One", "Two")]

    assert refuted(merged(*jobs), 'The report "0.json" proves nothing: ', words)
    assert refuted(merged(jobs[0]), words)


def test_a_report_of_no_suite_needs_no_target() -> None:
    again = merged(JobResult.for_internal_error("Internal error (KeyError: 'x')."))

    assert ["Internal error (KeyError: 'x')."] == doubts(again)
