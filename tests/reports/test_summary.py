"""The job summary: rendered as GitHub renders Markdown, within its size, with untrusted text only as text."""

import re
from typing import Any

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from support.answers import answer, failed_step, job_of, record_of, report_of, response, step

from koregate.judging.results import JobResult
from koregate.reports import summary
from koregate.reports.markdown import markdown
from koregate.text import visible

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

    assert "❌ Conversation tests: failed" == visible_text(root.find(".//h2"))
    rows = [[visible_text(cell) for cell in row] for row in root.iterfind(".//table[1]/tbody/tr")]
    assert ["Pizza", "❌ failed", "1 of 2", "1 of 2", "50.00 %", "14s", "ctr-1"] == rows[0]
    assert ["Hours", "✅ passed", "1 of 1", "1 of 1", "100.00 %", "14s", "ctr-1.2"] == rows[1]
    (block,) = root.iterfind(".//details")
    assert "Step 2: pizza (text)" == visible_text(block.find("summary"))
    turns = [[visible_text(cell) for cell in row] for row in block.iterfind(".//tr")]
    assert [
        ["1", "👤 user", "hi"],
        ["1", "🤖 bot", "Hello"],
        ["2", "👤 user", "pizza"],
        ["2", "🤖 bot", "Sorry, what?"],
    ] == turns[:4]
    assert ["2.1", "❌ text", "expectedWhich size?gotSorry, what?"] == turns[4]


def test_the_difference_is_marked_word_by_word() -> None:
    root = page(report_of(Pizza=answer(failed_step("x", "One large pizza", "One small pizza"), status="failed")))

    assert ["large", "small"] == [visible_text(mark) for mark in root.iter("ins")]
    assert not list(root.iter("del"))


def test_a_pass_needs_no_details() -> None:
    text = summary.render(report_of(Pizza=answer(step())))

    assert "✅ Conversation tests: passed" in text
    assert "<details" not in text


@pytest.mark.parametrize("steps", [1, 300, 20_000])
@pytest.mark.parametrize("length", [10, 5_000])
def test_a_summary_is_never_larger_than_the_runner_takes(steps: int, length: int) -> None:
    bad = [failed_step("<" * length, "*" * length, "_" * length)] * min(steps, 3000 if length > 10 else steps)
    job = report_of(Pizza=answer(*bad, status="failed"))

    text = summary.render(job)

    assert len(text.encode()) <= 900 * 1024
    blocks = text.count("<details")
    note = f"{len(bad) - blocks} more failed steps did not fit. See report.html or junit.xml."
    assert (blocks < len(bad)) == (note in text)


def test_suites_that_passed_are_cut_first() -> None:
    suites: dict[str, Any] = {f"Suite {n} {'x' * 80}": answer(step()) for n in range(400)}
    suites["Bad"] = answer(failed_step(), status="failed")

    text = summary.render(report_of(**suites), 40_000)

    assert "400 suites that passed are left out" in text
    assert "| Bad |" in text
    assert 1 == text.count("<details")


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
    blocks = page(report_of(Pizza=reply)).findall(".//details")

    (block,) = [block for block in blocks if visible_text(block.find("summary")) == "Whole run"]
    assert 'The platform reports an error: "Timed out."' in visible_text(block)


def test_the_oldest_turns_are_cut_before_failed_steps() -> None:
    steps = [step(f"input {n}", expected=[response("y" * 500)]) for n in range(5)]
    job = report_of(Pizza=answer(*steps, failed_step(), status="failed"))
    whole = summary.render(job)

    text = summary.render(job, len(whole.encode()) - 200)

    assert "input 4" in whole
    assert "input 4" not in text
    assert 1 == text.count("<details")


@given(texts, texts, texts, texts)
def test_foreign_text_stays_text(name: str, said: str, expected: str, actual: str) -> None:
    reply = answer(failed_step(said, expected, actual), status="failed", result__errorDetails=actual)

    root = page(job_of(record_of(name or "x", reply, actual or "x")))

    tags = {element.tag for element in root.iter() if isinstance(element.tag, str)}
    ours = {"html", "body", "p", "h2", "h3", "strong", "em", "table", "thead", "tbody", "tr", "th", "td", "details"}
    ours |= {"ul", "li"}
    assert tags <= ours | {"summary", "b", "br", "ins"}
    assert {"style", "open"} >= {name for element in root.iter() for name in element.attrib}
    assert [1, 1] == [len(list(root.iter(tag))) for tag in ("h2", "h3")]


@given(texts)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    element = lxml.html.fragment_fromstring(f"<p>{markdown(text)}</p>")

    plain = "".join(element.itertext()).replace("\u200b", "")
    assert visible(text).replace("\n", "").replace("\t", " ").replace("\u200b", "") == plain.replace("\n", "")
