"""Reports of very many failures stay within their limits and say what was cut."""

import json
import re
from typing import Any

import pytest
from pydantic_core import to_json
from support import junit as reader
from support.answers import answer, assertion, failed_step, report_of, response, step
from support.saved import LATER

from koregate.judging.limits import with_few_cases
from koregate.judging.results import JobResult
from koregate.reports import annotations, ctrf, junit, page, report_json, summary
from koregate.reports.report_json_reader import merge_reports

HOSTILE = '<&">é\n' * 100


def failing(steps: int, text: str = "Sorry, I did not understand. ", said: str = "input") -> JobResult:
    return report_of(
        Pizza=answer(
            *[failed_step(f"{said} {n}", "Which size?" * 9, f"{text} {n}") for n in range(steps)], status="failed"
        )
    )


def one_step(responses: int) -> JobResult:
    """One failed step with three failed assertions of each response."""
    bad = {"flow": assertion("failed"), "text_": assertion("failed"), "context": assertion("failed")}
    expected = [response(f"Hello {n}", **bad) for n in range(responses)]
    actual = [response(f"Sorry {n}", **bad) for n in range(responses)]
    return report_of(Pizza=answer(step("hi", "failed", expected, actual), status="failed"))


JOBS = {
    "short": failing(300),
    "hostile": failing(300, HOSTILE),
    "hostile inputs": failing(300, HOSTILE, HOSTILE),
    "one step": one_step(100),
}


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("largest", [150_000, 200_000, 400_000])
def test_a_junit_report_stays_within_its_limit_and_says_what_was_cut(name: str, largest: int) -> None:
    job = JOBS[name]

    data = junit.render(job, largest)

    rows = reader.read(data)
    assert len(data) <= largest
    assert job.counts.total == len(rows)
    assert all(row.message and row.text for row in rows)
    if len(junit.render(job)) > largest:
        assert b'<property name="cut" value="The report is full' in data
        assert b"See report.json" in data


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("largest", [150_000, 200_000, 400_000])
def test_a_ctrf_report_stays_within_its_limit_and_says_what_was_cut(name: str, largest: int) -> None:
    job = JOBS[name]

    data = ctrf.render(job, largest)

    results = json.loads(data)["results"]
    assert len(data) <= largest
    assert job.counts.total == len(results["tests"]) == len({test["name"] for test in results["tests"]})
    assert all(test["message"] and test["trace"] for test in results["tests"])
    if len(ctrf.render(job)) > largest:
        assert results["extra"]["cut"].startswith("The report is full")


@pytest.mark.parametrize("render", [junit.render, ctrf.render, page.render])
def test_a_report_that_is_cut_is_the_same_each_time(render: Any) -> None:
    assert render(failing(100), 60_000) == render(failing(100), 60_000)


def test_what_has_room_is_whole_and_nothing_is_called_cut() -> None:
    data = junit.render(failing(300))

    assert b"cut" not in data
    assert b"Left out" not in data
    assert "cut" not in json.loads(ctrf.render(failing(3)))["results"]["extra"]


def test_conversations_go_before_expected_and_actual() -> None:
    rows = reader.read(junit.render(failing(200), 250_000))

    assert all("Expected:\n  Which size?" in row.text for row in rows)
    assert "Conversation up to step 1:" in rows[0].text
    assert "Conversation: left out, because the report is full. See report.json." in rows[-1].text


def test_the_conversation_is_reported_in_the_first_failed_case_of_a_step() -> None:
    first, *others = reader.read(junit.render(one_step(2)))

    assert "Conversation up to step 1:\n  1 user: hi\n    bot: Sorry 0" in first.text
    assert 5 == len(others)
    for row in others:
        assert "user: hi" not in row.text
        assert f"Conversation: see {first.name.partition(':')[0]}\n" in row.text


def test_a_conversation_of_very_many_messages_tells_the_newest() -> None:
    first = reader.read(junit.render(one_step(2_000)))[0]

    assert re.search(r"Conversation up to step 1 \(the last \d+ messages\):\n    bot: Sorry 1", first.text)
    assert "    bot: Sorry 1999\n" in first.text
    assert len(first.text.encode()) < 64 * 1024


def test_a_text_of_many_short_lines_stays_under_64_kib() -> None:
    (row,) = reader.read(
        junit.render(report_of(Pizza=answer(failed_step("hi", "\n" * 60_000 + "a", "b\n" * 60_000), status="failed")))
    )

    assert len(row.text.encode()) <= 64 * 1024


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("largest", [200_000, 400_000])
def test_a_page_stays_within_its_limit_and_points_to_report_json(name: str, largest: int) -> None:
    data = page.render(JOBS[name], largest)

    assert len(data) <= largest
    if len(page.render(JOBS[name])) > largest:
        assert b"See report.json" in data or b'<p><span class="mark">' in data


def test_a_job_whose_texts_are_larger_keeps_each_report_within_the_size_that_its_readers_take() -> None:
    job = failing(900, "Sorry, I did not understand. " * 600)

    assert 25_000_000 < len(junit.render(job)) <= 30_000_000
    assert 25_000_000 < len(ctrf.render(job)) <= 30_000_000
    assert len(page.render(job)) <= 20_000_000


def test_failed_steps_without_room_are_listed_and_passed_ones_counted() -> None:
    steps = [failed_step(f"bad {n}") if n % 100 == 50 else step(f"good {n}") for n in range(400)]
    job = report_of(Pizza=answer(*steps, status="failed"))

    text = page.render(job, 40_000).decode()

    assert len(text.encode()) <= 40_000
    for number in (51, 151, 251, 351):
        assert f'id="s1-step-{number}" class="failed"' in text
    assert re.search(r"Steps \d+ to \d+ are not shown, because the page is full\. See report\.json\.", text)
    counted = sum(map(int, re.findall(r"(\d+) passed</span> Steps? ", text)))
    assert 400 == counted + len(re.findall(r'<li id="s1-step-\d+" class="(?:passed|failed)">', text)) - len(
        re.findall(r"are not shown", text)
    )


def test_a_step_of_very_many_responses_shows_the_first_and_those_that_failed() -> None:
    text = page.render(one_step(1_000)).decode()

    assert 400 == text.count('<div class="turn">')
    assert "600 more responses are not shown. See report.json." in text


def test_the_list_of_failures_of_a_page_ends_after_a_thousand() -> None:
    text = page.render(failing(1_005)).decode()

    assert 1_000 == text.count('✗</b> <a href="#s1-step-')
    assert "5 more failures have no link here. They are in the suites below." in text


def test_very_many_reasons_are_cut_on_the_page() -> None:
    job = report_of(Pizza=answer(*[step(status="odd") for _ in range(300)]))

    assert "more reasons are not shown. See report.json." in page.render(job).decode()


def test_a_step_with_an_input_and_nothing_else_shows_the_input() -> None:
    job = report_of(Pizza=answer({"input": "A margherita, please"}))

    text = page.render(job).decode()

    assert '<span class="user"><b>User</b> <span dir="auto">A margherita, please</span></span>' in text
    assert "did not respond" not in text


def test_a_summary_of_a_step_with_very_many_failures_shows_the_first() -> None:
    text = summary.render(one_step(100))

    assert "270 more failed test cases" in text
    assert "messages before these" in text


def test_an_annotation_of_a_step_with_very_many_failures_says_how_many_more() -> None:
    (annotation,) = annotations.annotations_for(one_step(10))

    assert "… and 10 more failed test cases in this step." in annotation.message


def test_combined_cases_agree_in_every_report() -> None:
    three = response("Hello", flow=assertion("passed"), context=assertion("passed"))
    job = report_of(Pizza=answer(step("hi", expected=[three]), step("bye", expected=[three])))
    few = JobResult.of(job.target, with_few_cases(job.suites, 5))

    assert ["passed", "passed"] == [row.outcome for row in reader.read(junit.render(few))]
    assert ["3 assertions passed."] * 2 == [
        test["message"] for test in json.loads(ctrf.render(few))["results"]["tests"]
    ]
    assert "✓ 3 assertions passed." in page.render(few).decode()
    assert few.counts == merge_reports([("report.json", report_json.render(few))], "any", now=LATER).counts


def test_a_report_json_made_suite_by_suite_is_that_of_the_whole_job() -> None:
    job = report_of(Pizza=answer(failed_step('"suites": []\n}'), status="failed"), Pasta=answer(step()))

    assert to_json(report_json.document(job), indent=1) + b"\n" == report_json.render(job)
