"""A suite that fails at another step in each run: every report for people shows all of these steps."""

from pathlib import Path

import lxml.html
from states import markdown_page
from support.answers import failed_step, step
from support.page import page_of
from support.policies import NOW, failed, retried
from support.states import make

from koregate.inputs import Flaky
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.reports import comment, summary
from koregate.reports.failure_lines import failure_lines
from koregate.reports.next_steps import next_steps


def moving(steps: int = 3, text: str = "", flaky: Flaky = "pass") -> JobResult:
    """Each step but the last fails in the first run, and the last one in the second run."""
    inputs = [f"input {number}" for number in range(1, steps + 1)]
    first = [failed_step(said, actual=f"{said}?{text}") for said in inputs[:-1]]
    runs = (failed(*first, step(inputs[-1])), failed(*map(step, inputs[:-1]), failed_step(inputs[-1])))
    return apply_policy(retried(*runs), Policy(NOW, flaky=flaky))


def test_the_failed_steps_of_all_runs_are_in_each_report(tmp_path: Path) -> None:
    made = make("drifting", tmp_path)
    page = lxml.html.fromstring(made.page)
    texts = [lxml.html.fromstring(markdown_page(text)).text_content() for text in (made.done.summary, made.comment)]

    # An item of the page's list has a link to the step, which shows all runs.
    items = page.xpath("//nav//li")
    assert ["step 6", "step 3", "step 5"] == [item.xpath(".//a")[0].text_content()[-6:] for item in items]
    assert ["", "flaky failed in run 1", "flaky failed in run 2"] == [
        " ".join(item.xpath("span/text()")) for item in items
    ]
    assert [["mark failed", "✗"], *[["mark tolerated", "~"]] * 2] == [
        [item[0].get("class"), item[0].text] for item in items
    ]
    assert items[1].getparent().getparent().get("open") is not None
    told = [text.replace("\u200b", "") for text in (*texts, page.xpath("//nav")[0].text_content(), made.done.log)]
    for text in told:
        for actual in ("Your pizza is on its way.", "Sorry, which size was that?", "That makes 12.50 €."):
            assert actual in text
    for text in (*told[:2], made.done.log):
        assert "7 of 8 steps passed in the last run. 13 of 14 test cases (one per assertion) passed in the last" in text
    header = page.xpath("//header")[0].text_content()
    assert "7 of 8 steps passed in the last run." in header
    assert "Test cases (one per assertion): 13 passed in the last run" in header
    for text in told[:2]:
        assert "Step 3: A margherita, please (text; failed in run 1)" in text
        assert "Step 5: 12 Harbour Street (text; failed in run 2)" in text
    assert 'Failed in run 2 and passed in the last one: Order a pizza, step 5 "12 Harbour Street"' in told[3]
    summary_text = told[0].replace("\xa0", " ")
    assert "⚪ 3.1" in summary_text
    assert "❌ 6.1" in summary_text
    assert "2 more failed only in earlier runs (not counted: the last run decides)" in told[2]
    assert all(
        "Order a pizza: failed only in earlier runs (not counted: the last run decides)" in text for text in told[:2]
    )


def test_the_advice_is_no_further_run_but_accepted_texts_or_answers_that_do_not_vary() -> None:
    first, again = next_steps(moving())
    assert first.endswith(
        "failed in one run each. Is the bot's answer wrong? Correct the bot. Is it right? Add it to the accepted texts "
        "of the step."
    )
    assert first.startswith("Steps ")
    assert "Then start `koregate run` again." == again

    # A step that failed twice needs a look.
    both = apply_policy(retried(failed(failed_step()), failed(failed_step())), Policy(NOW))
    assert next_steps(both)[0].startswith("Compare expected and actual.")


def test_with_flaky_cases_that_fail_each_step_is_shown_once() -> None:
    job = moving(flaky="fail")

    assert 3 == len(page_of(job).only("nav").all("li"))
    assert not any("only in earlier runs" in text for text in (summary.render(job), comment.render(job, "", 60_000)))


def test_very_many_earlier_failures_leave_room_for_those_of_the_last_run() -> None:
    job = moving(200, "x" * 5_000)

    short = summary.render(job, 60_000)
    assert len(short.encode()) <= 60_000
    assert "<b>Step 200: input 200</b>" in short
    assert "more steps failed in an earlier run. See report.html." in short
    commented = comment.render(job, "", 20_000)
    assert len(commented.encode()) <= 20_000
    assert "<b>Step 200: input 200</b>" in commented
    assert "more steps that failed in an earlier run." in commented
    lines = [*map(str, failure_lines(job))]
    assert "… and 189 more steps that failed in an earlier run. See report.html." == lines[-1]
    assert len(lines) < 60
