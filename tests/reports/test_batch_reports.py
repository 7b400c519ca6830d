"""Batch suites in every report: figures, the intents that are mistaken most often, remarks, and each utterance."""

import pytest
from lxml import html
from support import junit as report
from support.answers import TARGET, answer, failed_step, record_of
from support.batch import csv_file, record, reply

from koregate.judging.job import judge_job
from koregate.judging.results import JobResult
from koregate.reports import ctrf, junit, page, summary
from koregate.reports.failure_lines import failure_lines
from koregate.reports.figures_text import confusions_of, title_of
from koregate.reports.headline import counted
from koregate.reports.suite_lines import remark_lines

ROWS = [
    ["a pizza", "Order", "Track"],
    ["two pizzas", "Order", "Track"],
    ["hello <b>you</b>", "Greet", ""],
    ["bye", "Leave", "Leave"],
    ["=1+1", "Math", "Order"],
]
FILE = csv_file(*ROWS)
VALUE = reply(1, 4)


def job(file: bytes | None = FILE) -> JobResult:
    return judge_job(TARGET, [record(VALUE, file)])


def test_confusions_are_the_most_frequent_first() -> None:
    (suite,) = job().suites

    assert [("Order", "Track", 2), ("Greet", "(no intent)", 1), ("Math", "Order", 1)] == confusions_of(suite)
    assert [("Order", "Track", 2)] == confusions_of(suite, 1)


def test_the_title_says_which_kinds_of_suites_ran() -> None:
    conversation = judge_job(TARGET, [record_of("Talk", answer(failed_step(), status="failed"))]).suites

    assert ["Conversation tests", "Conversation tests", "Batch tests", "Conversation and batch tests"] == [
        title_of(suites) for suites in ([], conversation, job().suites, [*conversation, *job().suites])
    ]


def test_a_batch_suite_has_utterances_and_no_steps() -> None:
    talk = judge_job(TARGET, [record_of("Talk", answer(failed_step(), status="failed"))]).suites

    assert "1 of 5 utterances passed. 1 of 5 test cases passed, 4 failed." == counted(job())
    told = "1 of 6 steps passed. 1 of 6 test cases passed, 5 failed."
    assert told == counted(JobResult.of(TARGET, [*job().suites, *talk]))


def test_the_summary_has_figures_confusions_and_each_failed_utterance_alone() -> None:
    text = summary.render(job())

    assert text.startswith("## ❌ Batch tests: the suite failed&#58; Intents\n")
    assert "**Intents**: F1 score 0.80, precision 0.90, recall 0.72. Most confused intents: Order → Track (2), " in text
    assert "<b>4 utterances failed</b>" in text
    assert '<tr><td>❌&nbsp;2</td><td dir="auto">two pizzas</td><td>intent</td>' in text
    assert "Conversation" not in text
    assert "hello &#60;b&#62;you" in text or "hello &lt;b&gt;you" in text


@pytest.mark.parametrize("largest", [1_500, 2_500, 60_000])
def test_failed_utterances_are_shown_as_far_as_there_is_room(largest: int) -> None:
    rows = [[f"say {number}", "Order", "Track"] for number in range(60)]
    many = judge_job(TARGET, [record(reply(0, 60), csv_file(*rows))])

    text = summary.render(many, largest)

    assert len(text.encode()) <= largest
    shown = text.count("<tr><td>❌")
    assert (shown < 60) == (largest < 60_000)
    assert (f"{60 - shown} more failed utterances did not fit." in text) == (shown < 60)
    assert text.count("<table>") == text.count("</table>")
    assert 1 == len(html.fromstring(text).xpath("//details")) or not shown


def test_the_pages_list_of_failures_has_quotes_around_intents_only() -> None:
    items = html.fromstring(page.render(job())).findall(".//nav/ol/li")

    shown = [[part.text_content() for part in item.iter("dd")] for item in items]
    assert [['"Order"', '"Track"'], ['"Greet"', "(no intent)"]] == shown[1:3]


def test_the_summary_and_the_log_say_why_there_are_no_utterances() -> None:
    without = job(None)

    assert "no link to a result file" in summary.render(without)
    told = "The reply has no link to a result file. One test case stands for all utterances."
    assert [f"[Intents] Remark: {told}"] == list(remark_lines(without))


def test_the_notes_of_many_suites_are_bounded() -> None:
    many = judge_job(
        TARGET, [record(VALUE)._replace(suite=f"Suite {number}", run_id=f"tr-{number}") for number in range(30)]
    )

    text = summary.render(many)

    assert 20 == text.count("F1 score")
    assert "10 more suites have figures" in text


def test_the_page_shows_utterances_figures_and_confusions_and_no_missing_response() -> None:
    tree = html.fromstring(page.render(job()).decode())
    text = tree.text_content()

    items = [item.text_content() for item in tree.xpath('//ol[@class="steps batch"]/li')]
    assert 5 == len(items)
    assert "two pizzas" in items[1]
    assert "did not respond" not in text
    assert "F1 score" in text
    assert "Order recognized as Track: 2" in text
    assert "koregate batch tests" in text
    assert "✓ intent passed" in items[3]


def test_the_page_says_what_the_counts_are_if_no_utterance_is_listed() -> None:
    text = html.fromstring(page.render(job(None)).decode()).text_content()

    assert "The reply has no list of utterances. Its counts: 1 of 5 utterances passed." in text
    assert "The reply has no link to a result file." in text


def test_junit_has_the_figures_and_the_utterance_of_each_failure() -> None:
    data = junit.render(job())
    rows = report.read(data)

    assert b'<property name="suite-kind" value="batch" />' in data
    assert b'<property name="f1-score" value="0.80" />' in data
    assert ["1 intent: a pizza", "2 intent: two pizzas"] == [row.name for row in rows[:2]]
    assert "Utterance:\n  two pizzas" in rows[1].text
    assert "a pizza\n" not in rows[1].text


@pytest.mark.parametrize("render", [junit.render, ctrf.render, page.render])
def test_a_formula_is_in_every_report_as_it_was_written(render: object) -> None:
    assert callable(render)
    assert b"=1+1" in render(job())


def test_without_a_result_file_the_log_and_the_summary_say_that_the_failed_utterances_are_unknown() -> None:
    without = job(None)
    told = "4 of 5 utterances failed; the platform did not say which."

    assert ["FAILED Intents", f"  {told}"] == list(map(str, failure_lines(without)))[:2]
    assert f"❌ {told}" in [
        paragraph.text_content() for paragraph in html.document_fromstring(summary.render(without)).iter("p")
    ]
