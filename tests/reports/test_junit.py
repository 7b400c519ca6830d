"""junit.xml: the shape that all readers show well, whatever the bot said."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import junit as report
from support.answers import TARGET, answer, assertion, disabled, failed_step, report_of, response, step

from koregate.errors import Problem, Verdict
from koregate.judging.results import Report
from koregate.reports import junit
from koregate.runs.record import Ending, Stop, Target

HOSTILE = [
    "\x00\x1b[31mred\x1b[0m",
    "]]><failure/>",
    "\ud800 \udfff \ufffe \uffff",
    "line\r\nbreak\u2028and\u2029another\x85one",
    "a\u202eb\u2066c",
    "&amp;<>\"'",
    "x" * 300_000,
    "🍕" * 50_000,
    "\x7f\x80\x9f",
    "",
    " ",
    ".",
]
texts = st.text() | st.sampled_from(HOSTILE) | st.text(alphabet=st.characters(codec=None))


def rows_of(**suites: Any) -> list[report.Row]:
    return report.read(junit.render(report_of(**suites)))


def test_every_enabled_assertion_is_a_case_of_its_own() -> None:
    both = response(flow=assertion("passed"), context=assertion("passed"))

    rows = rows_of(
        Pizza=answer(step("hi", expected=[both, response()]), step("bye", expected=[response(text_=disabled())]))
    )

    assert [
        ("Pizza.step 1 hi", "1.1 flow"),
        ("Pizza.step 1 hi", "1.1 text"),
        ("Pizza.step 1 hi", "1.1 context"),
        ("Pizza.step 1 hi", "1.2 text"),
        ("Pizza.step 2 bye", "2 step"),
    ] == [row[:2] for row in rows]


def test_a_failure_says_what_was_expected_what_came_and_what_was_said_before() -> None:
    (row,) = [row for row in rows_of(Pizza=answer(step("hi"), failed_step())) if row.outcome == "failure"]

    assert ("2.1 text", "text", 'expected "Which size?", got "Sorry, what?"') == (row.name, row.kind, row.message)
    assert "Expected:\n  Which size?\n\nActual:\n  Sorry, what?" in row.text
    assert "  1 user: hi\n    bot: Hello\n  2 user: pizza\n    bot: Sorry, what?" in row.text
    assert row.text.endswith("Test run: ctr-1")


def test_names_do_not_depend_on_what_the_bot_said() -> None:
    said = [rows_of(Pizza=answer(failed_step(came=text), status="failed")) for text in ("one", "two", "\x1b")]

    assert 1 == len({tuple(row[:2] for row in rows) for rows in said})


def test_dots_in_names_do_not_move_the_border_between_suite_and_step() -> None:
    (row,) = rows_of(**{"v1.2 pizza": answer(step("Version 1.0?"))})

    assert "v1·2 pizza.step 1 Version 1·0?" == row.classname


def test_suites_whose_names_look_alike_stay_apart() -> None:
    names = ["a.b", "a·b", "a\x01", "a\\x01", "x" * 500, "x" * 501, "x" * 500 + "y"]

    rows = rows_of(**{name: answer(step()) for name in names})

    assert len(names) == len({row.classname for row in rows})


def test_a_bot_that_says_nothing_and_one_that_says_too_much() -> None:
    silent = step("hi", "failed", [response("Hello", text_=assertion("failed"))], [])
    extra = step("hi", "failed", [], [response("Psst", text_=assertion("failed"))])

    rows = rows_of(Pizza=answer(silent, extra, status="failed"))

    assert ['expected "Hello", got (no answer)', 'expected (no such answer), got "Psst"'] == [
        row.message for row in rows
    ]


def test_a_failed_step_that_no_assertion_explains_is_a_case_of_its_own() -> None:
    rows = rows_of(Pizza=answer(step(status="failed"), status="failed"))

    assert [("1.1 text", "passed"), ("1 step", "failure")] == [(row.name, row.outcome) for row in rows]


def test_a_verdict_that_no_step_explains_is_a_case_of_its_own() -> None:
    rows = rows_of(Pizza=answer(step(), result__status="failed"))

    assert ("Pizza.run", "run", "failure", "run") == rows[-1][:4]


@pytest.mark.parametrize("verdict", [Verdict.TIMEOUT, Verdict.ERROR, Verdict.CANCELLED])
def test_a_run_without_an_answer_is_one_errored_case(verdict: Verdict) -> None:
    ending = Ending("Pizza", stop=Stop(verdict, 4, "Nothing came."))

    assert [("Pizza.run", "run", "error", "run", "Nothing came.", "Nothing came.")] == [
        tuple(row) for row in report.read(junit.render(Report.of(TARGET, "any", [ending])))
    ]


def test_refused_inputs_are_one_errored_case() -> None:
    whole = Report.refused([Problem("host", "is required."), Problem("timeout", "is 0.")])

    assert ["host: is required.; timeout: is 0."] == [row.message for row in report.read(junit.render(whole))]


def test_the_conversation_before_a_failure_is_cut_to_its_last_steps() -> None:
    steps = [step(f"input {number}") for number in range(1, 50)]

    (row,) = [row for row in rows_of(Pizza=answer(*steps, failed_step())) if row.outcome == "failure"]

    assert "Conversation up to step 50 (the last 10 steps):\n  41 user: input 41\n" in row.text
    assert "input 40" not in row.text


def test_a_cut_body_says_how_long_it_was() -> None:
    (row,) = rows_of(Pizza=answer(failed_step(came="x" * 100_000), status="failed"))

    assert "… (cut, 100000 bytes in all)" in row.text


@given(texts, texts, texts, texts)
def test_whatever_is_said_the_report_can_be_read(name: str, said: str, wanted: str, came: str) -> None:
    made = answer(failed_step(said, wanted, came), step(said), status="failed")

    data = junit.render(report_of(**{name or "x": made}))

    rows = report.read(data)
    assert ["failure", "passed"] == [row.outcome for row in rows]
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data)


def test_nothing_forbidden_is_dropped_silently() -> None:
    (row,) = rows_of(Pizza=answer(failed_step(came="a\x00b\x1bc\x7fd\x85e\ud800f\rg"), status="failed"))

    assert r"a\x00b\x1bc\x7fd\x85e\ud800f\x0dg" in row.message


def test_what_a_saved_answer_does_not_tell_is_left_out() -> None:
    ending = Ending("Pizza", stop=Stop(Verdict.ERROR, 4, "Nothing came."))

    text = junit.render(Report.of(Target(), "any", [ending])).decode()

    assert [("verdict", "error")] == re.findall(r'<property name="([^"]+)" value="([^"]+)"', text)
    assert "timestamp" not in text
