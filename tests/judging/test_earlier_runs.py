"""The earlier runs of a suite: which failure is whose, whatever was cut, and what is gone."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import batch
from support.answers import TARGET, answer, assertion, failed_step, record_of, response, step
from support.policies import failed, mood, retried, retried_records

from koregate.judging.cases import (
    EARLIER_RUNS,
    CaseIdentity,
    EarlierFailure,
    EarlierRun,
    EarlierStep,
    FailureClass,
    Outcome,
    StepAssertion,
    TestCase,
)
from koregate.judging.earlier_runs import (
    MAX_TURN_BYTES,
    earlier_run,
    earlier_runs_case,
    failures_not_shown_again,
    room_for_earlier_runs,
    unmatched_failures,
    with_earlier_runs,
)
from koregate.judging.job import judge_job
from koregate.judging.limits import MAX_INPUT_REST_BYTES, MAX_TEXT_BYTES, MAX_TEXTS_BYTES, cut_input, input_key
from koregate.judging.results import SuiteResult
from koregate.runs.record import RunRecord
from koregate.text import visible
from koregate.verdicts import Verdict

NOTE = "… (cut, 5000 bytes in all) deadbeef"
SAID = st.text(st.sampled_from('ab\n\r\t\x1b\ud800é…"'), max_size=9).map(lambda text: text * 300) | st.text(max_size=99)
ROOM = 10_000


def suite_of(*replies: object) -> SuiteResult:
    return retried(*replies).suites[0]


def failures_by_input(suite: SuiteResult) -> dict[str, list[str]]:
    """The runs in which the cases of each step failed before."""
    return {
        step.input[:20]: [failure.run_id for case in step.cases for failure in case.earlier_failures]
        for step in suite.steps
    }


# Whose a failure is


def test_a_failure_is_that_of_the_same_input_and_occurrence_in_whatever_step() -> None:
    first = failed(step("hi"), failed_step("hi"), failed_step("bye"))

    suite = suite_of(first, answer(step("new"), step("bye"), step("hi"), step("hi")))

    assert [[], ["ctr-1.1"], [], ["ctr-1.1"]] == [
        [failure.run_id for failure in case.earlier_failures] for case in suite.cases
    ]
    assert () == unmatched_failures(suite) == failures_not_shown_again(suite)


def test_a_case_has_its_failures_in_the_order_of_the_runs() -> None:
    bad = failed(step(), failed_step("pizza"))

    suite = suite_of(bad, answer(step(), status="aborted"), bad, answer(step(), step("pizza")))

    assert {"hi": [], "pizza": ["ctr-1.1", "ctr-1.3"]} == failures_by_input(suite)
    assert [Verdict.FAILED, Verdict.ERROR, Verdict.FAILED] == [run.verdict for run in suite.earlier_runs]


@given(SAID)
@example("x" * 5_000)
@example("é" * 700 + "\r\n" * 700)
def test_an_input_has_one_key_however_often_it_was_cut_and_in_a_report_as_in_the_reply(said: str) -> None:
    once, twice = cut_input(said, MAX_TEXT_BYTES), cut_input(cut_input(said, 4_000), MAX_INPUT_REST_BYTES)

    assert {input_key(said)} == set(map(input_key, [once, twice, visible(said), visible(twice)]))


@given(SAID, SAID)
@example(f"pay{NOTE}", f"refund{NOTE}")
@example(f"pay {'x' * 3000}{NOTE}", f"refund {'x' * 3000}{NOTE}")
@example(f"pay{NOTE}", f"pay {'x' * 3000}{NOTE}")
def test_inputs_that_reports_show_otherwise_have_other_keys(one: str, other: str) -> None:
    assert (visible(one) == visible(other)) == (input_key(one) == input_key(other))


def test_a_failure_of_an_input_that_only_ends_like_another_is_not_that_one_s() -> None:
    first = failed(step(), failed_step(f"pay{NOTE}"), step(f"refund{NOTE}"))

    suite = suite_of(first, answer(step(), step(f"refund{NOTE}")))

    assert [] == [case for case in suite.cases if case.earlier_failures]
    assert 1 == len(unmatched_failures(suite)) == len(failures_not_shown_again(suite))


# What is gone


def test_a_failure_of_the_run_itself_is_of_no_step() -> None:
    suite = suite_of(failed(step(), result__errorDetails="boom"), answer(step()))

    assert (1, 0) == (len(unmatched_failures(suite)), len(failures_not_shown_again(suite)))


def test_a_failed_run_without_a_failed_case_still_failed() -> None:
    suite = with_earlier_runs(suite_of(answer(step())), [EarlierRun("ctr-0", Verdict.FAILED, 1)])

    (failure,) = unmatched_failures(suite)
    assert ("ctr-0", FailureClass.RUN, "The test run failed.") == failure[:3]
    aborted = with_earlier_runs(suite, [EarlierRun("ctr-0", Verdict.ERROR, 4)])
    assert () == unmatched_failures(aborted)


@given(retried_records())
def test_no_failure_is_lost_and_none_is_told_twice(found: list[RunRecord]) -> None:
    for suite in judge_job(TARGET, found).suites:
        told = [failure for run in suite.earlier_runs for _, failure in run.failures]
        of_cases = [failure for case in suite.cases for failure in case.earlier_failures]
        unmatched = [failure for failure in unmatched_failures(suite) if failure.message != "The test run failed."]
        assert sorted(map(repr, told)) == sorted(map(repr, [*of_cases, *unmatched]))
        assert set(failures_not_shown_again(suite)) <= set(told)
        # The same again: a merge begins with the cases that a report has.
        assert suite == with_earlier_runs(replace(suite, earlier_runs=()), suite.earlier_runs)


# What is kept


def test_only_a_step_that_failed_as_a_whole_keeps_what_it_asserted() -> None:
    whole = mood("failed", "passed", said="where")
    suite = suite_of(failed(step("hi"), failed_step("pizza"), step("where"), whole))

    run = earlier_run(suite, 10_000)

    assert 4 == run.steps_total
    assert {
        StepAssertion("where", 2, "text", 1, is_documented=True),
        StepAssertion("where", 2, "mood", 1, is_documented=False),
        StepAssertion("where", 2, "mood", 2, is_documented=False),
        StepAssertion("where", 2, "mood", 3, is_documented=False),
        StepAssertion("where", 2, "mood", 4, is_documented=False),
    } == run.asserted


def test_an_earlier_run_keeps_long_texts_only_as_long_as_there_is_room() -> None:
    said, expected = "pizza " * 5_000, "Which size? " * 400
    bad = failed(step(), *[failed_step(f"{number} {said}", expected) for number in range(9)])

    run = earlier_run(judge_job(TARGET, [record_of("Pizza", bad)]).suites[0], ROOM)

    kept = [len(failure.expected) for _, failure in run.failures]
    assert [len(expected)] * 2 == kept[:2]
    assert max(kept[2:]) <= 100
    assert all(len(identity.input.encode()) <= MAX_INPUT_REST_BYTES for identity, _ in run.failures)
    assert 9 == len({input_key(identity.input) for identity, _ in run.failures})


def test_a_text_that_just_fits_into_the_room_stays_whole() -> None:
    suite = judge_job(TARGET, [record_of("Pizza", failed(step(), failed_step("pizza", "x" * 4_000, "no")))]).suites[0]

    for room, is_whole in ((4_002, True), (4_001, False)):
        ((_, failure),) = earlier_run(suite, room).failures
        assert is_whole == (failure.expected == "x" * 4_000)


def test_every_accepted_text_takes_room() -> None:
    bad = response(
        "z" * 4_000, text_=assertion("failed", [{"text": name * 4_000, "status": "failed"} for name in "xyz"])
    )
    reply = failed(step(), step("pizza", "failed", [bad], [response("no", text_=assertion("failed"))]))
    suite = judge_job(TARGET, [record_of("Pizza", reply)]).suites[0]

    ((_, failure),) = earlier_run(suite, 9_000).failures
    assert 1_000 > len(failure.expected) + sum(map(len, failure.alternatives))


@pytest.mark.parametrize("suites", [0, 1, 2, 1000])
def test_the_earlier_runs_of_all_suites_keep_no_more_than_one_job_s_texts(suites: int) -> None:
    # Four earlier runs of each suite, and the last one.
    assert 0 < 4 * max(suites, 1) * room_for_earlier_runs(suites) <= MAX_TEXTS_BYTES // 4


def test_only_failures_are_kept_and_a_failure_has_its_case_s_texts() -> None:
    suite = judge_job(TARGET, [record_of("Pizza", failed(step(), step("x", "aborted"), failed_step()))]).suites[0]

    run = earlier_run(suite, ROOM)

    assert ("ctr-1", suite.verdict, suite.exit_code) == run[:3]
    ((identity, failure),) = run.failures
    assert CaseIdentity("Pizza", "pizza", 1, 1, "text") == identity
    case = next(case for case in suite.cases if case.failure_class is FailureClass.WRONG_TEXT)
    texts = case.message, case.expected, case.actual, case.alternatives
    assert EarlierFailure("ctr-1", FailureClass.WRONG_TEXT, *texts, step=3) == failure


def test_a_failure_keeps_the_step_that_likely_caused_it() -> None:
    lost = response(flow=assertion("failed"))
    reply = failed(step(), step("where?", "failed", [lost]), failed_step())
    run = earlier_run(judge_job(TARGET, [record_of("Pizza", reply)]).suites[0], ROOM)

    assert [(FailureClass.WRONG_DIALOG, 0), (FailureClass.WRONG_TEXT, 2)] == [
        (failure.failure_class, failure.caused_by) for _, failure in run.failures
    ]


# What is kept of the conversation


def steps_kept(reply: Any, room: int = ROOM) -> list[EarlierStep]:
    return list(earlier_run(judge_job(TARGET, [record_of("Pizza", reply)]).suites[0], room).steps)


def test_each_failed_step_keeps_what_was_said_in_it_and_in_the_two_steps_before() -> None:
    card = '{"type": "template", "payload": {"text": "Which size?", "buttons": [{"title": "Large"}]}}'
    said = [step(f"s{number}") for number in range(1, 6)]

    kept = steps_kept(failed(*said, failed_step("pizza", actual=card), step("bye")))

    assert [
        EarlierStep(4, "s4", ("Hello",)),
        EarlierStep(5, "s5", ("Hello",)),
        EarlierStep(6, "pizza", ("Which size?\n[Large]",)),
    ] == kept


def test_a_run_that_did_not_fail_and_utterances_keep_no_conversation() -> None:
    assert [] == steps_kept(answer(step(), status="aborted"))
    suite = judge_job(TARGET, [record_of("Pizza", failed(failed_step()))]).suites[0]
    assert () == earlier_run(replace(suite, kind="batch"), ROOM).steps


def test_the_first_failed_steps_keep_their_conversation_if_there_is_no_room_for_all() -> None:
    wrong = failed(*[failed_step(f"s{number}", actual="y" * 200) for number in range(5)])

    assert [1, 2, 3, 4, 5] == [told.number for told in steps_kept(wrong)]
    # Each failure has 211 bytes of expected and actual, and each step 202 bytes.
    assert [1, 2] == [told.number for told in steps_kept(wrong, 5 * 211 + 2 * 202)]
    assert [1] == [told.number for told in steps_kept(wrong, 5 * 211 + 2 * 202 - 1)]
    assert [] == steps_kept(wrong, 0)


@given(st.lists(SAID, min_size=1, max_size=30), st.integers(0, 20_000))
def test_what_is_kept_of_a_conversation_has_room(said: list[str], room: int) -> None:
    reply = failed(*[failed_step(f"{number}{text}", actual=text * 9) for number, text in enumerate(said)])

    kept = steps_kept(reply, room)

    texts = [text for told in kept for text in (told.input, *told.responses)]
    assert sum(len(visible(text).encode()) for text in texts) <= room
    assert all(len(visible(text).encode()) <= MAX_TURN_BYTES for text in texts)
    assert len(kept) <= 20


def test_of_very_many_failed_steps_and_responses_only_some_are_kept() -> None:
    many = [response(str(number)) for number in range(50)]
    reply = failed(*[step(f"s{number}", "failed", many, many) for number in range(40)])

    kept = steps_kept(reply, 10_000_000)

    assert list(range(1, 21)) == [told.number for told in kept]
    assert {tuple(map(str, range(10, 50)))} == {told.responses for told in kept}


def test_the_case_that_stands_for_all_utterances_has_its_failures_too() -> None:
    counted = judge_job(TARGET, [batch.record(batch.reply(), None)]).suites[0]
    run = earlier_run(counted, ROOM)

    (case,) = with_earlier_runs(counted, [run]).run_cases
    assert 1 == len(run.failures) == len(case.earlier_failures)


def test_only_the_case_for_what_no_other_has_gets_the_rest() -> None:
    gone = suite_of(failed(step(), failed_step()), answer(step()))
    other, rest = TestCase(0, 0, "run", Outcome.PASSED), unmatched_failures(gone)
    again = with_earlier_runs(replace(gone, run_cases=(other, earlier_runs_case(()))), gone.earlier_runs)

    assert (other, TestCase(0, 0, EARLIER_RUNS, Outcome.PASSED, earlier_failures=rest)) == again.run_cases
    assert again.run_cases[1] == earlier_runs_case(rest)
    alone = with_earlier_runs(replace(gone, run_cases=(earlier_runs_case(()),)), gone.earlier_runs)
    assert (earlier_runs_case(rest),) == alone.run_cases


def test_a_run_without_an_id_leaves_none() -> None:
    suite = judge_job(TARGET, [record_of("Pizza", failed(step(), failed_step()))]).suites[0]

    assert "" == earlier_run(replace(suite, run_id=None), ROOM).run_id
    assert (16_000_000, 5_333_333) == (room_for_earlier_runs(1), room_for_earlier_runs(3))
