"""The job summary: rendered as GitHub renders Markdown, within its size, with untrusted text only as text."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from support import batch
from support.answers import answer, failed_step, in_ci, job_of, record_of, report_of, response, step
from support.page import page_of
from support.policies import NOW, failed, failing, retried
from support.tolerances import tolerated_job

from koregate.errors import Problem
from koregate.inputs import FailOn, Flaky
from koregate.judging.cases import Tolerance, ToleranceKind
from koregate.judging.effect import Comparison, PolicyEffect
from koregate.judging.facts import CIFacts, JobFacts
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.policy.rules import Policy
from koregate.reports import comment, summary
from koregate.reports.markdown import markdown
from koregate.runs.record import RunRecord, StopReason
from koregate.text import visible
from koregate.verdicts import Verdict

GFM = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
HOSTILE = [
    "<script>alert(1)</script>",
    "</td></tr></table>\n\n# Verdict: passed\n",
    "| a | b |\n|---|---|",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "**bold** _it_ ~~no~~ `code` $x$",
    "@someone #1 GH-1 https://evil.example www.evil.example a@b.example",
    "&lt;b&gt; &#60;b&#62;",
    "- item\n1. item\n> quote\n    code",
    "<!-- hidden",
    "```\ncode",
    "\x1b[31m\u202e",
    "::error::x",
]
texts = st.sampled_from(HOSTILE) | st.text(max_size=60)


def page(job: JobResult) -> Any:
    return lxml.html.document_fromstring(GFM.render(summary.render(job)))


def visible_text(element: Any) -> str:
    return re.sub(r"\s+", " ", element.text_content().replace("\u200b", "")).strip()


def test_the_verdict_comes_first_then_the_suites_then_each_failed_step() -> None:
    root = page(report_of(Pizza=answer(step("hi"), failed_step(), status="failed"), Hours=answer(step())))

    assert "❌ Conversation tests: 1 of 2 suites failed: Pizza" == visible_text(root.find(".//h2"))
    failed, passed = [
        [[visible_text(cell) for cell in row] for row in body]
        for body in root.iterfind(".//table/tbody")
        if len(body[0])
    ][:2]
    assert [["Pizza", "❌ failed", "1 of 2", "1 of 2", "14s"]] == failed
    assert [["Hours", "✅ passed", "1 of 1", "1 of 1", "14s"]] == passed
    fold, block, _ = root.iter("details")
    assert "✅ 1 suite passed" == visible_text(fold.find("summary"))
    assert "Step 2: pizza (text)" == visible_text(block.find("summary"))


def blocks_of(root: Any) -> list[Any]:
    """The blocks of the failed steps."""
    return [block for block in root.iter("details") if block.find("summary/b") is not None]


def rows_of(table: Any) -> list[list[str]]:
    return [[visible_text(cell) for cell in row] for row in table.iter("tr")]


def test_a_failed_step_begins_with_expected_and_actual_and_ends_with_the_conversation() -> None:
    (block,) = blocks_of(page(report_of(Pizza=answer(step("hi"), failed_step(), status="failed"))))

    compared, conversation = block.iter("table")
    assert [["❌ 2.1 text", "expected", "Which size?"], ["actual", "Sorry, what?"]] == rows_of(compared)
    assert "Conversation, steps 1 and 2" == visible_text(conversation.getparent().find("summary"))
    assert [
        ["1", "👤 user", "hi"],
        ["1", "🤖 bot", "Hello"],
        ["2", "👤 user", "pizza"],
        ["2", "❌ 🤖 bot", "Sorry, what?"],
    ] == rows_of(conversation)


def test_only_the_first_conversation_is_open() -> None:
    bad = answer(failed_step("a"), failed_step("b"), status="failed")
    folds = [block.find("details") for block in blocks_of(page(report_of(Pizza=bad, Hours=bad)))]

    assert [True, False, False, False] == ["open" in fold.attrib for fold in folds]


def test_only_what_follows_from_another_failure_is_told_as_a_consequence() -> None:
    steps = failed_step("a"), failing("lost", "flow"), failed_step("c")
    blocks = blocks_of(page(report_of(Pizza=failed(*steps))))

    assert [
        "Step 1: a (text)",
        "Step 2: lost (flow)",
        "Step 3: c (text; likely a consequence of step 2)",
    ] == [visible_text(block.find("summary")) for block in blocks]
    assert [True, True, False] == ["open" in block.attrib for block in blocks]


def test_the_difference_is_marked_word_by_word() -> None:
    root = page(report_of(Pizza=answer(failed_step("x", "One large pizza", "One small pizza"), status="failed")))

    assert ["large", "small"] == [visible_text(mark) for mark in root.iter("code")][-2:]


def test_a_step_that_an_earlier_block_shows_is_not_shown_again() -> None:
    root = page(
        report_of(Pizza=answer(step("a"), failed_step("b"), failed_step("c"), failed_step("d"), status="failed"))
    )

    said = [
        [row[2].text_content() for row in block.iter("tr") if "user" in row[1].text_content()]
        for block in blocks_of(root)
    ]
    assert [["a", "b"], ["c"], ["d"]] == said


def test_it_says_where_the_full_report_is_and_how_to_run_again() -> None:
    job = report_of(Pizza=answer(failed_step(), status="failed"))
    ci = CIFacts("github", url="https://ci.example/7?a=1&b=2", commit="0123456789abcdef", branch="main#1")
    root = page(replace(job, facts=JobFacts(None, ci)))

    (paragraph,) = [line for line in root.iter("p") if line.find("a") is not None]
    assert "Full report: report.html, among the artifacts of this job." == visible_text(paragraph)
    assert {"href": "https://ci.example/7?a=1&b=2"} == dict(paragraph.find("a").attrib)
    assert "What to do next" == visible_text(root.findall(".//h3")[0])
    assert "Then push, or re-run the failed job if you corrected it on the platform." == visible_text(
        root.findall(".//li")[1]
    )
    assert "Started 2026-11-23 10:14 UTC, commit 0123456789, branch main#1." in visible_text(root)


@pytest.mark.parametrize("exit_code", [0, 1])
def test_what_to_do_next_stands_below_the_effect_and_before_all_details(exit_code: int) -> None:
    good, bad = answer(step()), answer(failed_step(), status="failed")
    policy = PolicyEffect(remarks=("A remark.",))
    job = with_exit_code(replace(report_of(Pizza=bad, Hours=good), policy=policy), "any" if exit_code else "never")

    for text in (summary.render(job), comment.render(job, "", 60_000)):
        shown = [visible_text(part) for part in lxml.html.document_fromstring(GFM.render(text)).find("body")]
        assert shown[1].startswith("This job fails" if exit_code else "Tests failed, but this job passes")
        assert "What to do next" == shown[2]
        assert shown[3].startswith("Compare expected and actual.")
        assert "A remark." == shown[4]


def test_runs_that_continue_are_reported_with_the_inputs_that_attach_to_them() -> None:
    job = job_of(RunRecord("<b>&", "ctr-9", stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")))
    job = replace(job, suites=tuple(replace(suite, still_running=True) for suite in job.suites))

    assert "test-suites: |\n  <b>&\ntest-run-ids: |\n  ctr-9" == page(in_ci(job)).find(".//pre").text_content()


def test_tolerated_failures_are_folded_with_reason_owner_and_days_left() -> None:
    reason = "quarantined until 2026-12-24 (1 day left, owner @ann, added by this change): Prices <b>."
    excuse = Tolerance(ToleranceKind.QUARANTINE, reason, "@ann", None, 1, is_added=True)
    root = page(tolerated_job(report_of(Pizza=answer(step(), failed_step(), status="failed")), excuse))

    assert "🟡 Conversation tests: the suite has tolerated failures: Pizza (does not block)" == visible_text(
        root.find(".//h2")
    )
    (block,) = root.iter("details")
    assert "🟡 1 tolerated test case" == visible_text(block.find("summary"))
    assert "open" in block.attrib
    assert ['Pizza, step 2 "pizza"', f"Why it is tolerated: {reason}"] == list(map(visible_text, block.iter("p")))
    assert [["🟡 2.1 text", "expected", "Which size?"], ["actual", "Sorry, what?"]] == rows_of(block)


def test_a_reason_that_several_tolerated_failures_share_stands_once_above_them() -> None:
    reason = "10 of 12 test cases of the suite passed, and min-pass-rate is 70"
    job = report_of(Pizza=failed(failed_step("a"), failed_step("b")))
    (block,) = page(tolerated_job(job, Tolerance(ToleranceKind.RATE, reason))).iter("details")

    assert [f"Why these 2 test cases are tolerated: {reason}", 'Pizza, step 1 "a"', 'Pizza, step 2 "b"'] == [
        visible_text(paragraph) for paragraph in block.iter("p")
    ]


def test_known_flaky_and_following_failures_are_told_apart_and_consequences_are_folded() -> None:
    job = report_of(Pizza=answer(failed_step("a"), failed_step("b"), status="failed"))
    (suite,) = job.suites
    known = datetime(2026, 11, 2, tzinfo=UTC)
    changes: list[dict[str, Any]] = [{"known_since": known}, {"known_since": known, "caused_by": 1}]
    steps = tuple(
        part._replace(cases=tuple(case._replace(**change) for case in part.cases))
        for part, change in zip(suite.steps, changes, strict=True)
    )
    first, second = blocks_of(page(replace(job, suites=(replace(suite, steps=steps),))))

    assert "Step 1: a (text; known since 2026-11-02)" == visible_text(first.find("summary"))
    assert "Step 2: b (text; known since 2026-11-02; likely a consequence of step 1)" == visible_text(
        second.find("summary")
    )
    assert ["open"] == list(first.attrib)
    assert not second.attrib


def test_with_a_baseline_failures_that_it_lacks_are_new() -> None:
    job = report_of(Pizza=answer(failed_step("a"), status="failed"))
    root = page(replace(job, policy=PolicyEffect(Comparison("base.json", new=1))))

    assert "Step 1: a (text; new)" == visible_text(root.find(".//details/summary"))
    assert "Step 1: a (text)" == visible_text(page(job).find(".//details/summary"))


def test_the_event_that_opens_a_conversation_is_not_shown_as_words_of_the_user() -> None:
    job = report_of(Pizza=answer(step("Start_Flow"), failed_step("Start_Flow"), status="failed"))

    said = [row[2].text_content() for row in page(job).iter("tr") if "user" in row[1].text_content()]
    assert ["(conversation starts)", "Start_Flow"] == said


def test_a_run_without_a_verdict_is_a_sentence_and_not_a_table() -> None:
    root = page(job_of(record_of("Pizza", answer(status="aborted"))))

    assert any(visible_text(line).startswith("⚠️ The run was aborted on the platform") for line in root.iter("p"))
    assert not list(root.iter("table"))


def test_failed_suites_come_before_those_without_a_result() -> None:
    failed = record_of("Bad", answer(failed_step(), status="failed"))
    root = page(job_of(record_of("Odd", answer(status="aborted")), failed))

    assert ["What to do next", "Bad", "Odd"] == [visible_text(heading) for heading in root.iter("h3")]


def test_a_pass_needs_no_details() -> None:
    text = summary.render(report_of(Pizza=answer(step())))

    assert "✅ Conversation tests: passed" in text
    assert "<details" not in text


@pytest.mark.parametrize("steps", [1, 300, 20_000])
@pytest.mark.parametrize("length", [10, 5_000])
@pytest.mark.parametrize("last", ["another answer", "the same answer"])
def test_a_summary_is_never_larger_than_the_runner_takes(steps: int, length: int, last: str) -> None:
    bad = [failed_step("<" * length, "*" * length, "_" * length)] * min(steps, 3000 if length > 10 else steps)
    if last == "another answer":
        bad[-1] = failed_step("<" * length, "*" * length, "~" * length)
    job = report_of(Pizza=answer(*bad, status="failed"))

    text = summary.render(job)

    assert len(text.encode()) <= 900 * 1024
    # A block for each step, or a row if all of them got one answer.
    blocks = text.count("<summary><b>") + text.count("<tr><td>❌")
    note = f"{len(bad) - blocks} more failed steps did not fit. See report.html or junit.xml."
    assert (blocks < len(bad)) == (note in text)


def test_suites_that_passed_are_cut_first() -> None:
    suites: dict[str, Any] = {f"Suite {n} {'x' * 80}": answer(step()) for n in range(400)}
    suites["Bad"] = answer(failed_step(), status="failed")

    text = summary.render(report_of(**suites), 40_000)

    assert "400 suites that passed are left out" in text
    assert "| Bad |" in text
    assert 1 == text.count("<summary><b>")


@pytest.mark.parametrize(
    "reply",
    [
        answer(failed_step(), status="failed", result__errorDetails="Timed out."),
        answer(step(), status="failed", result__errorDetails="Timed out."),
        answer(step(), result__errorDetails="Timed out."),
    ],
    ids=["failed", "failed without a failed step", "no proof"],
)
def test_error_details_of_the_platform_are_shown_whatever_the_verdict(reply: Any) -> None:
    lines = [visible_text(line) for line in page(report_of(Pizza=reply)).iter("p")]

    assert 1 == sum('The platform reports an error: "Timed out."' in line for line in lines)


def test_the_oldest_turns_are_cut_before_failed_steps() -> None:
    steps = [step(f"input {n}", expected=[response("y" * 500)]) for n in range(5)]
    job = report_of(Pizza=answer(*steps, failed_step(), status="failed"))
    whole = summary.render(job)

    text = summary.render(job, len(whole.encode()) - 200)

    assert "input 4" in whole
    assert "input 4" not in text
    assert 1 == text.count("<summary><b>")


@given(texts, texts, texts, texts)
def test_foreign_text_stays_text(name: str, said: str, expected: str, actual: str) -> None:
    reply = answer(failed_step(said, expected, actual), status="failed", result__errorDetails=actual)

    root = page(job_of(record_of(name or "x", reply, actual or "x"), record_of("Hours", answer(step()))))

    tags = {element.tag for element in root.iter() if isinstance(element.tag, str)}
    ours = {"html", "body", "p", "h2", "h3", "strong", "em", "table", "thead", "tbody", "tr", "th", "td", "details"}
    ours |= {"ul", "li"}
    assert tags <= ours | {"summary", "b", "br", "code"}
    assert {"style", "open", "colspan", "rowspan", "dir"} >= {
        name for element in root.iter() for name in element.attrib
    }
    assert [1, 2] == [len(list(root.iter(tag))) for tag in ("h2", "h3")]


@given(texts)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    element = lxml.html.fragment_fromstring(f"<p>{markdown(text)}</p>")

    plain = "".join(element.itertext()).replace("\u200b", "")
    assert visible(text).replace("\n", "").replace("\t", " ").replace("\u200b", "") == plain.replace("\n", "")


def test_what_a_baseline_and_a_quarantine_file_did_is_reported_with_count_and_source() -> None:
    excuse = Tolerance(ToleranceKind.QUARANTINE, "Prices change.")
    job = tolerated_job(report_of(Pizza=answer(step(), failed_step(), status="failed")), excuse)
    effect = PolicyEffect(Comparison("base.json", known=2, fixed=1), "quarantine.toml", ("Pizza, prices",))
    root = page(replace(job, policy=effect))
    told = visible_text(root)

    assert "1 quarantine entry is added by this change" in [visible_text(bold) for bold in root.iter("strong")]
    assert "1 test case tolerated as quarantined (quarantine.toml), 1 quarantine entry is added by this change." in told
    assert "Against the baseline base.json: 0 new, 2 known, 1 fixed." in told


def test_each_problem_with_the_inputs_has_a_line_of_its_own() -> None:
    text = summary.render(JobResult.for_invalid_inputs([Problem("host", "is required."), Problem("jwt", "is |odd|.")]))

    shown = [item.text_content() for item in lxml.html.fromstring(GFM.render(text)).iter("li")]
    assert ["host is required.", "jwt is |odd|."] == shown[-2:]
    assert [" What to do next", " 2 problems with the inputs"] == [
        part.split("\n")[0] for part in text.split("###")[1:]
    ]


def test_a_single_problem_with_the_inputs_is_told_too() -> None:
    text = summary.render(JobResult.for_invalid_inputs([Problem("host", "is required.")]))

    assert "### 1 problem with the inputs\n\n- <code>host</code> is required&#46;\n" in text


@pytest.mark.parametrize(
    ("fail_on", "title", "effect"),
    [
        ("any", "❌ Conversation tests: the suite failed: Pizza", "This job fails (exit code 1)."),
        (
            "error",
            "❌ Conversation tests: the suite failed: Pizza (does not block)",
            "Tests failed, but this job passes: fail-on is error, so only suites without a result block the merge.",
        ),
    ],
)
def test_a_reader_is_told_at_once_whether_it_blocks(fail_on: FailOn, title: str, effect: str) -> None:
    root = page(with_exit_code(report_of(Pizza=answer(failed_step(), status="failed")), fail_on))

    assert title == visible_text(root.find(".//h2"))
    assert effect == visible_text(root.find(".//h2").getnext().find("strong"))


def flaky_job(flaky: Flaky, *first: Any) -> JobResult:
    """A job whose suite failed with these steps and passed when it ran again."""
    size = step("pizza", expected=[response("Which size?")])
    return apply_policy(retried(failed(*first), answer(step("hi"), size)), Policy(NOW, flaky=flaky))


def test_a_flaky_failure_is_told_as_it_was_in_the_run_that_failed() -> None:
    root = page(flaky_job("fail", step("hi"), failed_step()))

    assert "❌ Conversation tests: the suite failed, then passed when it ran again: Pizza" == visible_text(
        root.find(".//h2")
    )
    assert (
        "1 of 2 steps passed in every run. 1 of 2 test cases (one per assertion) passed in every run, 1 only"
        in visible_text(root)
    )
    (block,) = blocks_of(root)
    compared, conversation = block.iter("table")
    assert ["actual in run 1", "Sorry, what?"] == rows_of(compared)[1]
    title = "Conversation in the run that failed (run 1 of 2), steps 1 and 2"
    assert title == visible_text(conversation.getparent().find("summary"))
    assert ["2", "❌ 🤖 bot", "Sorry, what?"] == rows_of(conversation)[-1]


def test_a_tolerated_flaky_failure_is_told_as_it_was_in_the_run_that_failed() -> None:
    root = page(flaky_job("pass", step("hi"), failed_step()))

    assert "🟡 Conversation tests: the suite has tolerated flaky failures: Pizza (does not block)" == visible_text(
        root.find(".//h2")
    )
    (compared, conversation) = [table for table in root.iter("table") if table.find(".//td[@dir]") is not None]
    assert ["Which size?", "Sorry, what?"] == [row[-1] for row in rows_of(compared)]
    assert ["2", "❌ 🤖 bot", "Sorry, what?"] == rows_of(conversation)[-1]
    assert "Why it is tolerated: failed in 1 of 2 runs and passed in the last one" in map(visible_text, root.iter("p"))


def test_a_failed_step_that_the_last_run_lacks_shows_its_conversation_too() -> None:
    root = page(flaky_job("fail", step("hi"), failed_step("which one?")))

    (conversation,) = [fold for fold in root.iter("details") if "Conversation" in visible_text(fold.find("summary"))]
    assert ["2", "👤 user", "which one?"] == rows_of(conversation)[-2]
    assert "(run 1 of 2)" in visible_text(conversation.find("summary"))


def test_without_the_conversation_of_the_run_that_failed_none_is_shown() -> None:
    job = flaky_job("fail", step("hi"), failed_step())
    (suite,) = job.suites
    runs = tuple(run._replace(steps=()) for run in suite.earlier_runs)
    root = page(replace(job, suites=(replace(suite, earlier_runs=runs),)))

    assert "The conversation in the run that failed (run 1 of 2) was not kept." in visible_text(root)
    assert "👤" not in visible_text(root)


@given(texts, texts, st.sampled_from(["fail", "pass"]))
def test_text_of_a_run_that_failed_stays_text(said: str, answered: str, flaky: Flaky) -> None:
    def tags(*words: str) -> list[Any]:
        said, answered = (f"x{word.replace(chr(10), '')}" for word in words)
        good = answer(step("hi"), step(said, expected=[response("Which size?")]))
        job = apply_policy(
            retried(failed(step("hi"), failed_step(said, actual=answered)), good), Policy(NOW, flaky=flaky)
        )
        return [element.tag for element in page(job).iter()]

    assert tags("", "") == tags(said, answered)


def test_a_step_of_the_run_that_failed_is_shown_once() -> None:
    good = [step("hi"), *[step(said, expected=[response("Which size?")]) for said in ("a", "b")]]
    bad = failed(step("hi"), failed_step("a"), failed_step("b"))

    blocks = blocks_of(page(apply_policy(retried(bad, answer(*good)), Policy(NOW))))

    assert ["steps 1 and 2", "step 3"] == [
        visible_text(block.find("details/summary")).partition(", ")[2] for block in blocks
    ]


def test_steps_of_different_runs_do_not_hide_each_other() -> None:
    good = [step("hi"), *[step(said, expected=[response("Which size?")]) for said in ("a", "b")]]
    one = failed(step("hi"), failed_step("a"), step("b", expected=[response("Which size?")]))
    two = failed(step("hi"), step("a", expected=[response("Which size?")]), failed_step("b"))
    root = page(apply_policy(retried(one, two, answer(*good)), Policy(NOW)))

    assert [
        "Conversation in the run that failed (run 1 of 3), steps 1 and 2",
        "Conversation in the run that failed (run 2 of 3), steps 1 to 3",
    ] == [visible_text(block.find("details/summary")) for block in blocks_of(root)]


def test_a_single_suite_that_did_not_pass_has_no_table_of_suites() -> None:
    assert "Bot time" in visible_text(page(report_of(Pizza=answer(step()))))
    assert "Bot time" not in visible_text(page(report_of(Pizza=answer(failed_step(), status="failed"))))


def test_two_intents_are_whole_in_code_and_have_a_mark_at_the_words_that_differ_on_the_page() -> None:
    file = batch.csv_file(["a drink", "Order drink", "Order pizza"], ["where", "Track order", "Opening hours"])
    job = job_of(batch.record(batch.reply(0, 2), file))

    for text in (summary.render(job), comment.render(job, "", 60_000)):
        assert "<code>Order drink</code>" in text
        assert "<code>Opening hours</code>" in text
    page = page_of(job).only("nav")
    assert (["drink"], ["pizza"]) == tuple([mark.text for mark in page.all(tag)] for tag in ("del", "ins"))


def test_a_mark_is_around_the_words_and_not_around_the_spaces_beside_them() -> None:
    job = report_of(A=failed(failed_step("hi", "Done! Your pizza is on its way.", "Your pizza is on its way.")))

    shown = html.unescape(summary.render(job))
    assert '<td dir="auto"><code>Done!</code> Your pizza is on its way.</td>' in shown
    assert '<td dir="auto">Your pizza is on its way.</td>' in shown
    assert ["Done!"] == [mark.text for mark in page_of(job).only("nav").all("del")]
