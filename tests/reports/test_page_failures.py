"""The list of failures at the top of report.html."""

import pytest
from support.answers import answer, assertion, failed_step, job_of, record_of, report_of, response, step
from support.batch import THREE, record, reply
from support.page import page_of, stopped
from support.policies import failed, failing

from koregate.judging.results import JobResult

BAD = failed(step(), failed_step(), failed_step("no"))
SHORT = answer(step(), totalTestStepsCount=2)
SILENT = failed(failing("hi", "text_", silent=True), failed_step(), step())


@pytest.mark.parametrize(
    ("job", "heading"),
    [
        (report_of(A=BAD), "2 failed steps"),
        (report_of(A=BAD, B=SHORT), "2 failed steps and 1 suite without a result"),
        (job_of(record_of("A", SHORT), stopped(), record_of("B", BAD)), "2 failed steps and 2 suites without a result"),
        (report_of(A=failed(step())), "1 failed test run"),
        (report_of(A=answer(step(), step("x", "odd"))), "1 step without a result and 1 suite without a result"),
        (job_of(record(reply(2, 1), THREE), record_of("B", BAD)), "1 failed utterance and 2 failed steps"),
        (
            report_of(A=SILENT, B=SHORT),
            "2 failed steps, of which 1 may follow from step 1, and 1 suite without a result",
        ),
        (report_of(A=SILENT, B=SILENT), "4 failed steps, of which 2 may follow from earlier ones"),
    ],
)
def test_the_heading_counts_steps_and_names_runs_without_a_result(job: JobResult, heading: str) -> None:
    assert heading == page_of(job).by_id("failures").text


def test_what_to_do_next_has_a_line_for_each_step_if_several_suites_need_one() -> None:
    one, two = (page_of(report_of(**suites)).only("section", "next") for suites in ({"A": BAD}, {"A": BAD, "B": SHORT}))

    assert one.only("p").words.startswith("Compare expected and actual.")
    starts = ["A: Compare expected", "Then start koregate run again", "If B has no result again"]
    assert [True] * 3 == [item.words.startswith(start) for item, start in zip(two.all("li"), starts, strict=True)]


def test_likely_consequences_are_folded_below_their_cause_however_many_there_are() -> None:
    follow = [failed_step(f"Step {number}", "What?", "Sorry?") for number in range(12)]
    nav = page_of(report_of(A=failed(failing("hi", "text_", silent=True), *follow))).only("nav")

    assert {} == nav.only("details").attributes
    assert "12 likely consequences of step 1" == nav.only("details").only("summary").text
    assert [1, 12] == [len(listed.all("li")) for listed in nav.all("ol")]
    assert nav.all("li")[1].words.endswith('Step 0 text expected "What?" actual "Sorry?"')


def test_a_likely_consequence_shows_what_the_bot_said_and_how_many_others_failed() -> None:
    cause = failing("hi", "text_", silent=True)
    bad = {"text_": assertion("failed", [{"text": "Done!", "status": "failed"}]), "flow": assertion("failed")}
    both = step("Yes", "failed", [response("Done!", **bad)], [response("Sorry?", **bad)])
    nav = page_of(report_of(A=failed(cause, both))).only("nav")

    assert nav.all("li")[1].words.endswith('text expected "Done!" actual "Sorry?" and 1 more')
