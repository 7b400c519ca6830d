"""junit.xml: the shape that all readers show well, whatever the bot said."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import junit as reader
from support.answers import answer, assertion, disabled, failed_step, job_of, report_of, response, step
from support.saved import FACTS
from support.tolerances import tolerated_job

from koregate import __version__
from koregate.errors import Problem
from koregate.judging.results import JobResult
from koregate.reports import junit
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.verdicts import Verdict

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


def rows_of(**suites: Any) -> list[reader.Row]:
    return reader.read(junit.render(report_of(**suites)))


def test_every_enabled_assertion_is_a_test_case_of_its_own() -> None:
    both = response(flow=assertion("passed"), context=assertion("passed"))

    rows = rows_of(
        Pizza=answer(step("hi", expected=[both, response()]), step("bye", expected=[response(text_=disabled())]))
    )

    assert [
        ("Pizza.step 1", "1.1 flow: hi"),
        ("Pizza.step 1", "1.1 text: hi"),
        ("Pizza.step 1", "1.1 context: hi"),
        ("Pizza.step 1", "1.2 text: hi"),
        ("Pizza.step 2", "2 step: bye"),
    ] == [row[:2] for row in rows]


def test_a_tolerated_failure_is_skipped_with_the_reason_and_with_the_whole_failure_in_its_output() -> None:
    blocked = report_of(Pizza=answer(step("hi"), failed_step()))
    job = tolerated_job(blocked)

    passed, skipped = reader.read(junit.render(job))
    _, failure = reader.read(junit.render(blocked))

    assert (Verdict.TOLERATED, "passed", "skipped", "tolerated") == (
        job.verdict,
        passed.outcome,
        skipped.outcome,
        skipped.kind,
    )
    assert ("Prices change.", f"Prices change: {failure.message}") == (skipped.message, skipped.text)
    assert failure.text == skipped.output


def test_a_failure_tells_expected_and_actual_and_the_conversation_up_to_it() -> None:
    (row,) = [row for row in rows_of(Pizza=answer(step("hi"), failed_step())) if row.outcome == "failure"]

    assert ("2.1 text: pizza", "text", 'expected "Which size?", got "Sorry, what?"') == (
        row.name,
        row.kind,
        row.message,
    )
    assert row.text.startswith("Expected:\n  Which size?\n\nActual:\n  Sorry, what?\n\nConversation")
    assert "  1 user: hi\n    bot: Hello\n  2 user: pizza\n    bot: Sorry, what?" in row.text
    assert row.text.endswith("Test run: ctr-1")


def test_a_tolerated_failure_is_marked_as_such_beside_the_failure_of_the_run() -> None:
    reply = answer(step(), failed_step(), status="failed", result__errorDetails="Timed out.")

    rows = reader.read(junit.render(tolerated_job(report_of(Pizza=reply))))

    assert ["failure", "passed", "skipped"] == [row.outcome for row in rows]


def test_the_lines_of_a_message_are_indented_below_its_first_one() -> None:
    (row,) = rows_of(Pizza=answer(failed_step("one\ntwo", "Which size?", "Sorry,\nwhat?"), status="failed"))

    assert "  1 user: one\n          two\n    bot: Sorry,\n         what?\n" in row.text
    assert "Actual:\n  Sorry,\n  what?\n" in row.text


def test_a_failure_lists_every_accepted_text_the_nearest_first() -> None:
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in ("Ciao!", "Which pizza size?", "What?")])
    reply = answer(step("go", "failed", [response("Ciao!", text_=bad)], [response("Which pizza?")]), status="failed")

    (row,) = rows_of(Pizza=reply)

    assert 'expected "Which pizza size?" or "Ciao!" or "What?", got "Which pizza?"' == row.message
    assert row.text.startswith("Expected:\n  Which pizza size?\n  or: Ciao!\n  or: What?\n\nActual:\n  Which pizza?\n")


def test_a_difference_that_is_hard_to_see_is_named_below_the_texts() -> None:
    (spaces,) = rows_of(Pizza=answer(failed_step("a", "a b", "a  b"), status="failed"))
    rich = [f'{{"type":"template","payload":{{"text":"Hi","value":"{n}"}}}}' for n in (1, 2)]
    (template,) = rows_of(Pizza=answer(failed_step("b", *rich), status="failed"))

    assert "Actual:\n  a  b\n\nThey differ in spaces only.\n\nConversation" in spaces.text
    assert 'The templates differ at:\n  payload.value: expected "1", got "2"\n\nConversation' in template.text


def test_a_body_begins_with_the_message_if_the_texts_below_do_not_tell_the_problem() -> None:
    odd = response("Hello", text_=assertion("odd"))
    same = response("Hello", text_=assertion("failed"))

    rows = rows_of(Pizza=answer(step("a", expected=[odd], actual=[response("Bye", text_=assertion("odd"))])))
    rows += rows_of(Pizza=answer(step("a", "failed", [same]), status="failed"))

    assert [("1.1 text: a", "error"), ("1.1 text: a", "failure")] == [(row.name, row.outcome) for row in rows]
    for row in rows:
        assert row.text.startswith(f"{row.message}\n\nExpected")


def test_a_body_that_is_cut_shows_the_place_where_the_texts_differ() -> None:
    same = "We bake every day. " * 2_000
    (row,) = rows_of(Pizza=answer(failed_step("a", f"{same}One.", f"{same}Two."), status="failed"))

    assert f"(differs at character {len(same) + 1})" in row.message
    assert "characters before this are the same) " in row.text
    assert "We bake every day. One.\n\nActual:" in row.text
    assert "We bake every day. Two.\n\nConversation" in row.text


def test_a_context_that_the_platform_reports_without_both_values_is_shown_once() -> None:
    context = assertion("failed", [{"size": "large"}])
    (_, row) = rows_of(Pizza=answer(step("a", "failed", [response(context=context)]), status="failed"))

    assert 'assertion failed; the platform reported {"size": "large"}' == row.message
    assert row.text.startswith(f'{row.message}\n\nReported by the platform:\n  {{"size": "large"}}\n\nConversation')


def test_the_run_comes_before_its_steps_and_tells_each_reason_once() -> None:
    reply = answer(step(), step(status="not executed"), result__status="aborted")
    first, *others = rows_of(Pizza=reply)

    assert ("run", "error") == (first.name, first.outcome)
    assert ["1.1 text: hi", "2.1 text: hi"] == [row.name for row in others]
    assert 1 == first.text.count("The run was aborted on the platform.")


def test_names_do_not_depend_on_what_the_bot_said() -> None:
    reports = [rows_of(Pizza=answer(failed_step(actual=text), status="failed")) for text in ("one", "two", "\x1b")]

    assert 1 == len({tuple(row[:2] for row in rows) for rows in reports})


def test_dots_in_names_do_not_move_the_border_between_suite_and_step() -> None:
    (row,) = rows_of(**{"v1.2 pizza": answer(step("Version 1.0?"))})

    assert ("v1·2 pizza.step 1", "1.1 text: Version 1.0?") == (row.classname, row.name)


def test_suites_whose_names_look_alike_stay_apart() -> None:
    names = ["a.b", "a·b", "a\x01", "a\\x01", "x" * 500, "x" * 501, "x" * 500 + "y"]

    rows = rows_of(**{name: answer(step()) for name in names})

    assert len(names) == len({row.classname for row in rows})


def test_a_bot_that_says_nothing_and_one_that_says_too_much() -> None:
    silent = step("hi", "failed", [response("Hello", text_=assertion("failed"))], [])
    extra = step("hi", "failed", [], [response("Psst", text_=assertion("failed"))])

    rows = rows_of(Pizza=answer(silent, extra, status="failed"))

    assert ['expected "Hello", got (no response)', 'expected (no response expected), got "Psst"'] == [
        row.message for row in rows
    ]


def test_a_failed_step_that_no_assertion_explains_is_a_test_case_of_its_own() -> None:
    rows = rows_of(Pizza=answer(step(status="failed"), status="failed"))

    assert [
        ("1.1 text: hi", "passed", ""),
        ("1 step: hi", "failure", "Step 1 failed on the platform, but no assertion says why."),
    ] == [(row.name, row.outcome, row.message) for row in rows]


def test_a_verdict_that_no_step_explains_is_a_test_case_of_its_own() -> None:
    rows = rows_of(Pizza=answer(step(), result__status="failed"))

    assert ("Pizza.run", "run", "failure", "run", "The platform reports the test run as failed.") == rows[0][:5]


@pytest.mark.parametrize(
    ("reply", "outcome", "message"),
    [
        (
            answer(failed_step(), status="failed", totalTestStepsCount=3, result__errorDetails="Timed out."),
            "failure",
            'The platform reports an error: "Timed out."',
        ),
        (
            answer(step(), status="failed", totalTestStepsCount=3, result__errorDetails="Timed out."),
            "failure",
            'The platform reports the test run as failed. The platform reports an error: "Timed out."',
        ),
        (
            answer(step(), result__errorDetails="Timed out."),
            "error",
            'The platform reports an error: "Timed out." So the suite cannot be counted as passed.',
        ),
    ],
    ids=["failed", "failed without a failed step", "no proof"],
)
def test_error_details_of_the_platform_are_in_the_test_case_of_the_whole_run(
    reply: Any, outcome: str, message: str
) -> None:
    row = rows_of(Pizza=reply)[0]

    assert ("Pizza.run", "run", outcome, "run", message) == row[:5]
    assert 'The platform reports an error: "Timed out."\n' in row.text


@pytest.mark.parametrize(
    "reply",
    [
        answer(failed_step(), status="failed", totalTestStepsCount=3, result__errorDetails="Timed out."),
        answer(step(), status="failed", totalTestStepsCount=3),
        answer(step(), step(status="odd"), totalTestStepsCount=3, result__errorDetails="Timed out."),
    ],
    ids=["failed", "failed without a failed step", "no proof"],
)
def test_the_test_case_of_the_whole_run_lists_every_reason_failures_first(reply: Any) -> None:
    job = report_of(Pizza=reply)
    row = reader.read(junit.render(job))[0]

    reasons = [*job.suites[0].failures, *job.suites[0].doubts, *job.suites[0].advice]
    assert 2 < len(reasons)
    assert "\n".join(reasons) + "\n\nTest run: ctr-1" == row.text


@pytest.mark.parametrize("verdict", [Verdict.TIMEOUT, Verdict.ERROR, Verdict.CANCELLED])
def test_a_run_without_a_reply_is_one_errored_test_case(verdict: Verdict) -> None:
    record = RunRecord("Pizza", stop=StopReason(verdict, 4, "There was no reply."))

    assert [
        reader.Row("Pizza.run", "run", "error", "run", "There was no reply.", "There was no reply.")
    ] == reader.read(junit.render(job_of(record)))


def test_invalid_inputs_are_one_errored_test_case() -> None:
    job = JobResult.for_invalid_inputs([Problem("host", "is required."), Problem("timeout", "is 0.")])

    assert ["host is required. timeout is 0."] == [row.message for row in reader.read(junit.render(job))]


def test_a_skipped_job_is_one_skipped_test_case() -> None:
    job = JobResult.for_skipped_job("Skipped: client-id: no credentials are given.")

    assert [("koregate.run", "run", "skipped", "Skipped: client-id: no credentials are given.")] == [
        (row.classname, row.name, row.outcome, row.message) for row in reader.read(junit.render(job))
    ]


def test_the_conversation_before_a_failure_is_cut_to_its_last_steps() -> None:
    steps = [step(f"input {number}") for number in range(1, 50)]

    (row,) = [row for row in rows_of(Pizza=answer(*steps, failed_step())) if row.outcome == "failure"]

    assert "Conversation up to step 50 (the last 10 steps):\n  41 user: input 41\n" in row.text
    assert "input 40" not in row.text


def test_a_cut_body_says_how_long_it_was() -> None:
    (row,) = rows_of(Pizza=answer(failed_step(actual="x" * 100_000), status="failed"))

    assert "… (cut, 100000 bytes in all)" in row.text


@given(texts, texts, texts, texts)
def test_whatever_is_said_the_report_can_be_read(name: str, said: str, expected: str, actual: str) -> None:
    reply = answer(failed_step(said, expected, actual), step(said), status="failed")

    data = junit.render(report_of(**{name or "x": reply}))

    rows = reader.read(data)
    assert ["failure", "passed"] == [row.outcome for row in rows]
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data)


def test_nothing_forbidden_is_dropped_silently() -> None:
    (row,) = rows_of(Pizza=answer(failed_step(actual="a\x00b\x1bc\x7fd\x85e\ud800f\rg"), status="failed"))

    assert r"a\x00b\x1bc\x7fd\x85e\ud800f\x0dg" in row.message


def test_what_a_saved_reply_does_not_tell_is_left_out() -> None:
    record = RunRecord("Pizza", stop=StopReason(Verdict.ERROR, 4, "There was no reply."))

    text = junit.render(job_of(record, target=Target())).decode()

    properties = [("verdict", "error"), ("koregate-version", __version__)]
    assert properties == re.findall(r'<property name="([^"]+)" value="([^"]+)"', text)
    assert "timestamp" not in text


def test_the_version_the_address_and_the_commit_are_properties() -> None:
    text = junit.render(report_of(Pizza=answer(step())).with_facts(FACTS, str)).decode()

    properties = dict(re.findall(r'<property name="([^"]+)" value="([^"]+)"', text))
    assert (__version__, FACTS.ci.url, FACTS.ci.commit) == tuple(
        properties[name] for name in ("koregate-version", "ci-url", "commit")
    )
    assert "10:15:42" not in text
