"""The verdict on a batch suite: `completed` is no pass, counts that agree are one, and the file decides nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import MISSING, NO_SIGNS, SIGNS_OF_FAILURE, TARGET
from support.batch import ENTITY_HEADER, THREE, csv_file, judged, proves, record, replies, reply

from koregate.errors import OWN_PREFIX
from koregate.judging.cases import Outcome
from koregate.judging.job import judge_job
from koregate.judging.results import SuiteResult
from koregate.kore_api.suite_file import texts_sha256
from koregate.runs.record import RunRecord, StopReason, SuiteSource, Target
from koregate.verdicts import Verdict

PASSED: dict[str, dict[str, Any]] = {
    "all passed": reply(3, 0),
    "numbers as texts": reply("3", "0", result__utterance_count="3", utterance_count="3"),
    "whole floats": reply(3.0, 0.0, result__results__failedUtteranceCount=0.0),
    "case and blanks of the words": reply(3, 0, status="Completed", result__status="COMPLETED"),
    "no F1 score": reply(3, 0, result__f1_score=MISSING),
    "no count of failed utterances": reply(3, 0, result__results__failedUtteranceCount=None),
    "no total at the top": reply(3, 0, utterance_count=MISSING),
    "the progress of the whole run": reply(3, 0, totalUtterances=3, utterance_ran=3, percentage=100),
    "nothing failed under other keys": reply(
        3, 0, isPartialFailure=False, result__failedCount="0", result__results__skipped=0, result__percentage="100"
    ),
    "nothing of partial failures": reply(3, 0, result__isPartialFailure=MISSING),
    "no partial failure, as text": reply(3, 0, result__isPartialFailure="false"),
    "one id of the suite": reply(3, 0, testSuiteId=MISSING),
    "no id of the suite": reply(3, 0, testSuiteId=None, result__testSuiteId=MISSING),
    "no identity": reply(3, 0, _id=MISSING, streamId=MISSING, result__runType=MISSING, result__botLanguage=MISSING),
}
NO_PROOF: dict[str, tuple[dict[str, Any], str]] = {
    "no result": (reply(3, 0, result=MISSING), "The reply has no result.status."),
    "an empty result": (reply(3, 0, result={}), "The reply has no result.results"),
    "no counts": (reply(3, 0, result__results=None), "The reply has no result.results"),
    "no success": (reply(3, 0, result__results__success=MISSING), "The reply has no result.results.success."),
    "no failure": (reply(3, 0, result__results__failure=None), "The reply has no result.results.failure."),
    "no total": (reply(3, 0, result__utterance_count=None), "The reply has no result.utterance_count."),
    "counts that do not add up": (
        reply(2, 0, result__utterance_count=3, utterance_count=3),
        "The platform counts 2 passed and 0 failed of 3 utterances.",
    ),
    "too many": (reply(3, 1, result__utterance_count=3, utterance_count=3), "counts 3 passed and 1 failed of 3"),
    "nothing ran": (reply(0, 0), "No utterance was tested: utterance_count is 0."),
    "a failed utterance that failure lacks": (
        reply(3, 0, result__results__failedUtteranceCount=1),
        "failedUtteranceCount is 1, but 0 utterances failed.",
    ),
    "another total at the top": (
        reply(3, 0, utterance_count=4),
        "utterance_count is 4, but result.utterance_count is 3",
    ),
    "another total of the progress": (reply(3, 0, totalUtterances=9), "totalUtterances is 9"),
    "fewer ran": (reply(3, 0, utterance_ran=2), "utterance_ran is 2"),
    "not to the end": (reply(3, 0, percentage=66), "The run has ended, but percentage is 66."),
    "partial failure": (
        reply(3, 0, result__isPartialFailure=True),
        'The platform ran only part of the utterances (isPartialFailure is "true" in its reply).',
    ),
    "partial failure of another type": (reply(3, 0, result__isPartialFailure="yes"), 'isPartialFailure is "yes"'),
    "failed utterances in an object with an undocumented key": (
        reply(3, 0, result__counts={"failed": 1}),
        'result.counts.failed in the reply is "1".',
    ),
    "another app under a key in snake case": (reply(3, 0, stream_id="st-2"), 'The reply is for stream "st-2"'),
    "a number of partial failures": (reply(3, 0, result__isPartialFailure=0), 'isPartialFailure is "0"'),
    "another number of partial failures": (reply(3, 0, isPartialFailure=0.0), 'isPartialFailure in the reply is "0.0"'),
    "failed": (reply(3, 0, status="failed", result__status="failed"), 'status is "failed" instead of "completed".'),
    "failed inside": (reply(3, 0, result__status="failed"), 'result.status is "failed" instead of "completed".'),
    "canceled": (reply(3, 0, status="cancelled"), 'status is "cancelled" instead of "completed".'),
    "a word of conversation suites": (reply(3, 0, status="passed"), 'status is "passed" instead of "completed".'),
    "a letter of another alphabet": (reply(3, 0, status="c\u043empleted"), ' instead of "completed".'),
    "no status": (reply(3, 0, status=MISSING), "The reply has no status."),
    "errors": (reply(3, 0, errors=[{"msg": "Oops"}]), 'The platform reports errors: [{"msg": "Oops"}]'),
    "errorDetails": (reply(3, 0, result__errorDetails="Oops"), "The platform reports errorDetails: Oops"),
    "a count of another type": (
        reply(3, 0, result__results__failure=[0]),
        "result.results.failure in the reply does not have the documented type.",
    ),
    "a failed count that is no number": (
        reply(3, 0, result__results__failedUtteranceCount="none"),
        "result.results.failedUtteranceCount in the reply does not have the documented type.",
    ),
    "utterances that were not executed": (
        reply(3, 0, result__notExecuted=1),
        'result.notExecuted in the reply is "1".',
    ),
    "utterances without a result among the counts": (
        reply(3, 0, result__results__notExecuted="2"),
        'result.results.notExecuted in the reply is "2".',
    ),
    "failed utterances under another key": (
        reply(3, 0, result__failedCount=1),
        'result.failedCount in the reply is "1".',
    ),
    "partial failure at the top": (reply(3, 0, isPartialFailure=True), 'isPartialFailure in the reply is "true".'),
    "partial failure under another key": (
        reply(3, 0, result__is_partial_failure="true"),
        'result.is_partial_failure in the reply is "true".',
    ),
    "partial failure at the top that is empty": (
        reply(3, 0, isPartialFailure=[]),
        'isPartialFailure in the reply is "[]".',
    ),
    "another total under another key": (
        reply(3, 0, utteranceCount="4"),
        "utteranceCount is 4, but result.utterance_count is 3.",
    ),
    "another total of the progress under another key": (
        reply(3, 0, result__total_utterances="4" * 60),
        "result.total_utterances is 44444444444… (cut, 60 characters in all), but result.utterance_count is 3.",
    ),
    "another total of the progress inside": (
        reply(3, 0, result__totalUtterances=9),
        "result.totalUtterances is 9, but result.utterance_count is 3.",
    ),
    "fewer ran inside": (
        reply(3, 0, result__utterance_ran=2),
        "result.utterance_ran is 2, but result.utterance_count is 3.",
    ),
    "not to the end under another key": (reply(3, 0, result__percentage=66), 'result.percentage in the reply is "66".'),
    "another run under another key": (reply(3, 0, testRunId="tr-2"), 'The reply is for test run "tr-2"'),
    "another run by a short key": (reply(3, 0, result__runId="tr-2"), 'The reply is for test run "tr-2"'),
    "another run by its request": (reply(3, 0, RequestId="tr-2"), 'The reply is for test run "tr-2"'),
    "another version at the top": (reply(3, 0, runType="published"), 'The reply is for version "published"'),
    "another version by its own name": (reply(3, 0, version="published"), 'The reply is for version "published"'),
    "another language by its own name": (reply(3, 0, language="de"), 'The reply is for language "de"'),
    "another version under another key": (
        reply(3, 0, result__botVersion="published"),
        'The reply is for version "published"',
    ),
    "another language under another key": (
        reply(3, 0, **{"result__bot-language": "de"}),
        'The reply is for language "de"',
    ),
    "another app under another key": (reply(3, 0, StreamId="st-2"), 'The reply is for stream "st-2"'),
    "another run": (reply(3, 0, _id="tr-2"), 'The reply is for test run "tr-2", but "'),
    "another run inside": (reply(3, 0, result___id="tr-2"), 'The reply is for test run "tr-2"'),
    "another app": (reply(3, 0, streamId="st-2"), 'The reply is for stream "st-2"'),
    "another suite inside": (
        reply(3, 0, result__testSuiteId="ts-2"),
        'testSuiteId in the reply is "ts-1", but result.testSuiteId is "ts-2".',
    ),
    "another suite under another key": (
        reply(3, 0, testSuiteId=MISSING, result__test_suite_id="ts-2"),
        'result.testSuiteId in the reply is "ts-1", but result.test_suite_id is "ts-2".',
    ),
    "another suite under a short key": (
        reply(3, 0, result__suiteId="ts-2"),
        'testSuiteId in the reply is "ts-1", but result.suiteId is "ts-2".',
    ),
    "another version": (reply(3, 0, result__runType="published"), 'The reply is for version "published"'),
    "another language": (reply(3, 0, result__botLanguage="de"), 'The reply is for language "de"'),
}


@pytest.mark.parametrize("value", PASSED.values(), ids=PASSED)
def test_counts_that_agree_without_a_failure_are_a_pass(value: dict[str, Any]) -> None:
    suite = judged(value)

    assert (Verdict.PASSED, 0, ()) == (suite.verdict, suite.exit_code, suite.reasons)
    assert [("count", Outcome.PASSED)] == [(case.kind, case.outcome) for case in suite.cases]


@pytest.mark.parametrize(("value", "doubt"), NO_PROOF.values(), ids=NO_PROOF)
def test_what_does_not_add_up_is_an_error(value: dict[str, Any], doubt: str) -> None:
    suite = judged(value)

    assert (Verdict.ERROR, 4) == (suite.verdict, suite.exit_code)
    assert any(doubt in told for told in suite.doubts), suite.doubts
    assert len(suite.doubts) == len(set(suite.doubts))
    assert [Outcome.ERROR] == [case.outcome for case in suite.run_cases]


@pytest.mark.parametrize("key", SIGNS_OF_FAILURE)
@pytest.mark.parametrize("part", ["", "result__"])
def test_an_undocumented_sign_of_failure_is_no_proof(part: str, key: str) -> None:
    value, place, told = SIGNS_OF_FAILURE[key]
    suite = judged(put_at(part, key, value))

    assert (Verdict.ERROR, (f'{part.replace("__", ".")}{place} in the reply is "{told}".',)) == (
        suite.verdict,
        suite.doubts,
    )


def test_a_long_list_of_failures_is_not_told_in_full() -> None:
    assert 20 == len(judged(put_at("", "runs", [{"failed": 1}] * 1000)).doubts)


def test_counts_in_an_undocumented_place_with_a_failure_are_no_proof() -> None:
    suite = judged(reply(3, 0, results={"success": 1, "failure": 2}))

    assert (Verdict.ERROR, ('results.failure in the reply is "2".',)) == (suite.verdict, suite.doubts)


@pytest.mark.parametrize("key", NO_SIGNS)
@pytest.mark.parametrize("part", ["", "result__"])
def test_an_undocumented_field_that_says_nothing_of_a_failure_changes_no_verdict(part: str, key: str) -> None:
    assert Verdict.PASSED is judged(put_at(part, key, NO_SIGNS[key])).verdict


def put_at(part: str, key: str, value: Any) -> dict[str, Any]:
    whole = reply(3, 0)
    (whole["result"] if part else whole)[key] = value
    return whole


def test_one_failed_utterance_fails_the_suite() -> None:
    suite = judged(reply(2, 1))

    assert (Verdict.FAILED, 1) == (suite.verdict, suite.exit_code)
    assert ("The platform counts 1 failed of 3 utterances.",) == suite.failures
    assert (3, 2, 1) == suite.step_counts == suite.platform_counts
    assert (0, 0, 0) == judged(reply(0, 0)).platform_counts
    assert ("The platform counts 1 failed of 1 utterance.",) == judged(reply(0, 1)).failures


def test_a_key_that_is_there_twice_is_no_proof() -> None:
    text = json.dumps(reply(3, 0)).replace('"failure": 0', '"failure": 2, "failure": 0')

    assert ('An object of the reply has the key "failure" more than once.',) == judged(text.encode()).doubts


@given(replies())
def test_no_reply_passes_or_fails_without_the_proof_of_the_contract(value: dict[str, Any]) -> None:
    assert proves(value) == judged(value).verdict == judged(value, THREE).verdict


@given(replies(), st.binary(max_size=200) | st.just(THREE))
def test_no_file_changes_the_verdict(value: dict[str, Any], file: bytes) -> None:
    with_file, without = judged(value, file), judged(value)

    assert (without.verdict, without.exit_code, without.reasons) == (
        with_file.verdict,
        with_file.exit_code,
        with_file.reasons,
    )
    assert any(case.is_blocking for case in with_file.cases) == (with_file.verdict is not Verdict.PASSED)


def test_each_utterance_of_a_file_that_agrees_is_a_step_with_a_case_for_its_intent() -> None:
    suite = judged(reply(2, 1), THREE)

    assert ["hi", "bye", "pizza"] == [step.input for step in suite.steps]
    assert ["passed", "passed", "failed"] == [step.status for step in suite.steps]
    names = [name for _, name, _ in suite.named_cases()]
    assert ["1 intent: hi", "2 intent: bye", "3 intent: pizza"] == names
    assert 'expected "Order", got "Track"' == suite.cases[2].message
    assert () == suite.remarks
    assert () == suite.run_cases


def test_utterances_that_all_passed_are_listed_too() -> None:
    suite = judged(reply(2, 0), csv_file(["hi", "Greet", "Greet"], ["bye", "Leave", "Leave"]))

    assert (Verdict.PASSED, (), ()) == (suite.verdict, suite.remarks, suite.run_cases)
    assert [("hi", "passed"), ("bye", "passed")] == [(step.input, step.status) for step in suite.steps]


def test_each_entity_that_is_listed_is_a_case_of_its_own() -> None:
    file = csv_file(
        ["a large pizza", "Order", "Order", "size", "large", "small", "FALSE"],
        ["a large pizza", "Order", "Order", "item", "pizza", "pizza", "TRUE"],
        ["for Ann", "Order", "Order", "name", "Ann", "", ""],
        header=ENTITY_HEADER,
    )

    suite = judged(reply(0, 2), file)

    assert [
        ("intent", Outcome.PASSED, ""),
        ("entity", Outcome.FAILED, 'expected "size: large", got "size: small"'),
        ("entity", Outcome.PASSED, ""),
        ("intent", Outcome.PASSED, ""),
        ("entity", Outcome.FAILED, 'expected "name: Ann", got "name: (no value)"'),
    ] == [(case.kind, case.outcome, case.message) for case in suite.cases]
    assert ["1 intent", "1.1 entity", "1.2 entity", "2 intent", "2.1 entity"] == [case.label for case in suite.cases]


def test_an_intent_that_was_not_found_is_shown_as_such() -> None:
    file = csv_file(["hi", "Greet", "None"], ["who?", "", "none"], ["bye", "Leave", ""])

    suite = judged(reply(1, 2), file)

    assert [Outcome.FAILED, Outcome.PASSED, Outcome.FAILED] == [case.outcome for case in suite.cases]
    assert ['expected "Greet", got "None"', "", 'expected "Leave", got (no intent)'] == [
        case.message for case in suite.cases
    ]


def test_an_intent_that_the_platform_calls_wrong_although_both_are_alike_says_so() -> None:
    file = csv_file(
        ["hi", "Greet", "greet", "False Positive"],
        header=["Utterance", "ExpectedIntent", "MatchedIntent", "Result Type"],
    )

    (case,) = judged(reply(0, 1), file).cases

    assert 'expected "Greet", got "greet"' == case.message
    again = csv_file(
        ["hi", "Greet", "Greet", "FN"],
        ["hi", "Greet", "Greet", "False Negative"],
        header=["Utterance", "Expected Intent", "Matched Intent", "Result Type"],
    )
    (case,) = judged(reply(0, 1), again).cases
    assert 'The platform marked the intent as wrong, although expected and matched are both "Greet".' == case.message


@pytest.mark.parametrize(
    ("file", "problem", "remark"),
    [
        (None, "", "The reply has no link to a result file."),
        (None, "The result file was not fetched: it has expired.", "The result file was not fetched: it has expired."),
        (b"", "", "The result file is unusable: it has no header line that begins with Utterance."),
        (b"<html>", "", "The result file is unusable: it has no header line that begins with Utterance."),
        (
            csv_file(["hi", "A", "A"]),
            "",
            "The result file lists 0 failed of 1 utterance, but the platform counts differ.",
        ),
        (
            csv_file(["hi", "A", "A"], ["ho", "A", "A"], ["he", "A", "A"]),
            "",
            "The result file lists 0 failed of 3 utterances, but the platform counts differ.",
        ),
        (
            csv_file(["hi", "A"], header=["Utterance", "ExpectedIntent"]),
            "",
            "it lacks the columns Expected Intent and Matched",
        ),
    ],
)
def test_without_a_file_that_agrees_one_case_stands_for_all_and_a_remark_says_why(
    file: bytes | None, problem: str, remark: str
) -> None:
    suite = judged(reply(2, 1), file, problem)

    (told,) = suite.remarks
    assert remark in told
    assert told.endswith("One test case stands for all utterances.")
    assert [("count", Outcome.FAILED, "The platform counts 1 failed of 3 utterances.")] == [
        (case.kind, case.outcome, case.message) for case in suite.cases
    ]
    assert () == suite.steps


def test_failed_traits_without_a_failed_utterance_are_reported() -> None:
    suite = judged(reply(3, 0, result__results__traitFailure="3"))

    assert Verdict.PASSED is suite.verdict
    assert "The platform counts failed traits (3), but no failed utterances." in suite.remarks
    assert not any("traits" in remark for remark in judged(reply(2, 1, result__results__traitFailure=3)).remarks)


def test_failed_entities_without_a_failed_utterance_are_reported() -> None:
    suite = judged(reply(3, 0, result__results__failedEntitiesCount=2))

    assert Verdict.PASSED is suite.verdict
    remark = "The platform counts failed entities (2), but no failed utterances."
    assert remark in suite.remarks
    for other in (reply(3, 0), reply(2, 1, result__results__failedEntitiesCount=2)):
        assert ("The reply has no link to a result file. One test case stands for all utterances.",) == judged(
            other
        ).remarks


def test_utterances_are_listed_beside_a_doubt() -> None:
    suite = judged(reply(2, 1, result__isPartialFailure=True), THREE)

    assert Verdict.ERROR is suite.verdict
    assert 3 == len(suite.steps)
    assert [Outcome.PASSED, Outcome.PASSED, Outcome.FAILED, Outcome.ERROR] == [case.outcome for case in suite.cases]


def test_figures_are_those_of_the_reply_and_nothing_else_that_looks_like_some() -> None:
    documented = judged(reply(2, 1)).figures
    figures = judged(reply(2, 1, result__precision=0.5, result__recall="1e-1")).figures

    assert documented is not None
    assert figures is not None
    assert "0.72" == str(documented.recall)
    assert ("0.80", "0.5", None, 2, 0, 1, 0) == (
        str(figures.f1),
        str(figures.precision),
        figures.recall,
        *figures[3:],
    )


def test_personal_data_is_in_no_text_of_a_batch_suite() -> None:
    file = csv_file(["I am ann@example.com", "bob@example.com", "eve@example.com"])

    job = judge_job(
        Target(), [record(reply(0, 1, status="no@example.com"), file), record(reply(0, 1), file, "tr-1")], ("email",)
    )

    assert "example.com" not in repr(job.suites)
    assert ["I am [email]"] == [step.input for step in job.suites[1].steps]


def test_utterances_that_redaction_makes_alike_are_told_apart() -> None:
    file = csv_file(["ann@example.com", "A", "A"], ["bob@example.com", "A", "B"])

    suite = judge_job(Target(), [record(reply(1, 1), file)], ("email",)).suites[0]

    assert [("[email]", 1), ("[email]", 2)] == [(step.input, step.occurrence) for step in suite.steps]


def test_every_input_is_the_first_of_its_text_unless_it_is_repeated() -> None:
    assert [1, 1, 1] == [step.occurrence for step in judged(reply(2, 1), THREE).steps]


def test_a_run_that_was_stopped_has_no_verdict_of_its_own() -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "The test run did not end within 30m (timeout).")
    running = json.dumps(reply(0, 0, status="running", result__status="running")).encode()

    suite = judge_job(Target(), [RunRecord("Intents", "tr-1", running, stop=stop, kind="batch")]).suites[0]

    assert (Verdict.TIMEOUT, 5, True, "batch") == (suite.verdict, suite.exit_code, suite.still_running, suite.kind)
    assert [stop.message] == [case.message for case in suite.cases]


def test_a_run_that_timed_out_tells_how_far_it_came_and_what_to_do() -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "Late.", "Ask ann@example.com.")
    running = json.dumps(reply(1, 0, status="running", utterance_count=4, percentage=25)).encode()
    record = RunRecord("Intents", "tr-1", running, stop=stop, kind="batch")

    suite = judge_job(Target(), [record], ("email",)).suites[0]

    assert ("Late.", "The platform last reported 25% progress (4 utterances in all).") == suite.doubts
    assert ("Ask [email].",) == suite.advice


def test_formulas_stay_the_text_that_they_are() -> None:
    file = csv_file(["=1+1", "@A", "-A"], ['=HYPERLINK("http://x")', "+A", "+A"])

    suite = judged(reply(1, 1), file)

    assert ["=1+1", '=HYPERLINK("http://x")'] == [step.input for step in suite.steps]
    assert 'expected "@A", got "-A"' == suite.cases[0].message


def sourced(value: Any, file: bytes | None = None, redact: tuple[str, ...] = (), **source: Any) -> SuiteResult:
    """The result of a suite that was imported from a file of three utterances, or of another that differs so."""
    imported = SuiteSource("suites/intents.json", "0" * 64, 3)._replace(**source)
    return judge_job(TARGET, [record(value, file)._replace(source=imported)], redact).suites[0]


def test_a_suite_that_ran_as_many_utterances_as_its_file_has_passes_and_keeps_its_source() -> None:
    suite = sourced(reply(3, 0), problem="")

    assert (Verdict.PASSED, SuiteSource("suites/intents.json", "0" * 64, 3)) == (suite.verdict, suite.source)


@pytest.mark.parametrize("value", [reply(3, 0), reply(3, 0, testSuiteId=MISSING, result__testSuiteId=None)])
def test_a_suite_that_has_the_id_from_the_list_or_none_passes(value: dict[str, Any]) -> None:
    assert Verdict.PASSED is sourced(value, suite_id="ts-1").verdict


@pytest.mark.parametrize("value", [reply(3, 0), reply(3, 0, testSuiteId=MISSING), reply(2, 1, testSuiteId=MISSING)])
def test_a_run_of_another_suite_than_the_imported_one_is_an_error(value: dict[str, Any]) -> None:
    suite = sourced(value, suite_id="ts-9")

    assert Verdict.ERROR is suite.verdict
    assert 'The reply is for test suite "ts-1", but "ts-9" was requested.' == suite.doubts[0]


@pytest.mark.parametrize(("failed", "number"), [(0, "2 unique utterances"), (1, "1 unique utterance")])
def test_a_suite_that_ran_another_number_of_utterances_than_its_file_has_is_an_error(failed: int, number: str) -> None:
    suite = sourced(reply(3 - failed, failed), utterances=int(number[0]))

    doubt = (
        f"suites/intents.json has {number}, but result.utterance_count is 3: the platform ran another suite, or left "
        "some out."
    )
    assert (Verdict.ERROR, (doubt,)) == (suite.verdict, suite.doubts)


def test_a_suite_whose_file_was_not_imported_is_an_error_and_says_why_once() -> None:
    suite = sourced(
        reply(3, 0), problem="The platform did not import ann@example.com. " + "x" * 1000, redact=("email",)
    )

    assert Verdict.ERROR is suite.verdict
    (doubt,) = suite.doubts
    assert doubt.startswith("The platform did not import [email]. xxx")
    assert 600 == len(doubt)
    assert suite.source is not None
    assert "" == suite.source.problem


def test_only_a_suite_that_changed_while_it_ran_comes_with_the_advice_on_its_prefix() -> None:
    unknown = sourced(reply(3, 0), problem="The import is unknown.")
    changed = sourced(reply(3, 0), problem="The suite of a.json changed while it ran: its id is another.")

    assert [Verdict.ERROR] * 2 == [unknown.verdict, changed.verdict]
    assert [(), (OWN_PREFIX,)] == [unknown.advice, changed.advice]


def test_a_suite_without_a_total_says_so_and_nothing_of_its_file() -> None:
    suite = sourced(reply(3, 0, result__utterance_count=None, utterance_count=None))

    assert ("The reply has no result.utterance_count.",) == suite.doubts


def test_the_path_of_a_suite_file_is_redacted_everywhere() -> None:
    suite = sourced(reply(3, 0), THREE, ("email",), path="ann@example.com/a.json", utterances=4, texts_sha256="0")

    assert "ann@" not in repr(suite)
    assert "[email]/a.json has 4 unique utterances" in suite.doubts[0]


def test_a_result_file_with_other_utterances_than_the_suite_file_is_a_remark_and_decides_nothing() -> None:
    same, other = (texts_sha256(texts) for texts in (["pizza", "Bye", " hi "], ["pizza", "Bye", "ho"]))
    remark = (
        "The result file lists other utterances than suites/intents.json has, so the run may be of an older version of "
        "the suite. Compare the utterances in the report with the file."
    )
    for texts, remarks in ((same, ()), ("", ()), (other, (remark,))):
        suite = sourced(reply(2, 1), THREE, texts_sha256=texts)

        assert (Verdict.FAILED, remarks) == (suite.verdict, suite.remarks)
        assert suite.source is not None
        assert " ".join(remarks) == suite.source.problem
        assert 3 == len(suite.steps)


def test_without_a_usable_result_file_nothing_speaks_against_the_source() -> None:
    suite = sourced(reply(3, 0), None, texts_sha256="0")

    assert suite.source is not None
    assert (Verdict.PASSED, "") == (suite.verdict, suite.source.problem)


@pytest.mark.parametrize(
    ("changes", "running"),
    [({}, True), ({"ended": True}, False), ({"is_unconfirmed": True}, False)],
    ids=["stopped before its end", "stopped after its end", "not known to the platform"],
)
def test_a_stopped_run_still_runs_unless_it_has_ended_or_the_platform_refuses_it(
    changes: dict[str, Any], running: bool
) -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "No end for ann@example.com.")
    body = json.dumps(reply(1, 0, status="running", more=7, result__errorDetails="Oops")).encode()

    job = judge_job(
        TARGET, [RunRecord("Intents", "tr-1", body, stop=stop, kind="batch")._replace(**changes)], ("email",)
    )

    (suite,) = job.suites
    assert (running, Verdict.TIMEOUT) == (suite.still_running, suite.verdict)
    assert ("No end for [email].", "The platform reports errorDetails: Oops") == suite.doubts
    assert (1, 1, 0) == suite.step_counts
    assert "more" in " ".join(suite.remarks)


def test_a_run_that_ended_does_not_run_and_has_what_the_reply_says() -> None:
    suite = judge_job(TARGET, [record(reply(2, 1, more=7), THREE, None)]).suites[0]

    assert (False, "tr-1", "completed", "Intents", "batch") == (
        suite.still_running,
        suite.run_id,
        suite.platform_status,
        suite.suite,
        suite.kind,
    )
    assert (30.0, "2026-11-23T10:14:13.330000+00:00") == (suite.seconds, suite.started and suite.started.isoformat())
    assert "more" in " ".join(suite.remarks)
    assert "completed" == judged(reply(2, 1, status=MISSING)).platform_status


@pytest.mark.parametrize("lacking", ["result__results__success", "result__results__failure", "result__utterance_count"])
def test_the_platform_has_no_counts_unless_it_gives_all(lacking: str) -> None:
    assert judged(reply(2, 1, **{lacking: None})).platform_counts is None


def test_the_total_is_the_largest_that_the_reply_names() -> None:
    for changes in ({"utterance_count": 9}, {"totalUtterances": 9}, {"result__utterance_count": 9}):
        assert (9, 2, 1) == judged(reply(2, 1, **changes)).step_counts
    assert (3, 2, 1) == judged(reply(2, 1, result__utterance_count=1, utterance_count=1)).step_counts
    assert (2, 0, 2) == judged(reply(0, 2)).step_counts
    assert (2, 2, 0) == judged(reply(2, 0)).step_counts
    assert (0, 0, 0) == judged(reply(result=MISSING, utterance_count=MISSING)).step_counts


def test_each_count_that_is_missing_is_named() -> None:
    suite = judged(reply(3, 0, result__results__success=None, result__utterance_count=None, utterance_count=None))

    assert ("The reply has no result.results.success and no result.utterance_count.",) == suite.doubts


def test_the_case_of_all_utterances_says_how_many_passed() -> None:
    assert ["3 utterances passed."] == [case.message for case in judged(reply(3, 0)).cases]
    assert ["1 utterance passed."] == [case.message for case in judged(reply(1, 0)).cases]


def test_errors_are_told_wherever_the_reply_has_them_and_come_first() -> None:
    suite = judged(reply(3, 0, errors=["a"], result__errors=["b"], result__errorDetails="c", percentage=5))

    assert (
        "The platform reports errorDetails: c",
        'The platform reports errors: ["a"]',
        'The platform reports errors: ["b"]',
        "The run has ended, but percentage is 5.",
    ) == suite.doubts[:4]
    assert " ".join(suite.doubts) == suite.run_cases[0].message


@pytest.mark.parametrize(
    ("value", "doubts"),
    [
        (
            reply(3, 0, result__results=None),
            ["The reply has no result.results, so it does not say how many utterances passed."],
        ),
        (reply(0, 0), ["No utterance was tested: utterance_count is 0."]),
        (
            reply(2, 0, result__utterance_count=1, utterance_count=1),
            ["The platform counts 2 passed and 0 failed of 1 utterance."],
        ),
        (
            reply(2, 1, result__results__failedUtteranceCount=0),
            ["failedUtteranceCount is 0, but 1 utterance failed."],
        ),
        (
            reply(3, 0, status="odd" * 20),
            ['status is "oddoddoddod… (cut, 60 characters in all)" instead of "completed".'],
        ),
        (
            reply(3, 0, errors="e" * 400, result__errorDetails="d" * 400),
            [
                f"The platform reports errorDetails: {'d' * 270}… (cut, 400 characters in all)",
                f"The platform reports errors: {'e' * 270}… (cut, 400 characters in all)",
            ],
        ),
    ],
)
def test_a_doubt_is_a_whole_sentence_and_what_it_quotes_is_short(value: dict[str, Any], doubts: list[str]) -> None:
    assert doubts == list(judged(value).doubts[: len(doubts)])


def test_a_long_path_of_a_suite_file_is_cut_in_every_sentence() -> None:
    path = f"suites/{'x' * 200}.json"
    cut = f"suites/{'x' * 123}… (cut, 212 characters in all) has "

    (doubt,) = sourced(reply(3, 0), path=path, utterances=4).doubts
    (remark,) = sourced(reply(2, 1), THREE, path=path, texts_sha256="0").remarks

    assert doubt.startswith(f"{cut}4 unique utterances")
    assert remark.startswith(f"The result file lists other utterances than {cut[:-5]}")


def test_a_failed_utterance_keeps_both_texts_and_a_long_one_is_cut_in_the_message_alone() -> None:
    (intent,) = judged(reply(0, 1), csv_file(["hi", "A" * 900, "B" * 900])).cases

    assert ("A" * 900, "B" * 900) == (intent.expected, intent.actual)
    assert 400 > len(intent.message)
    (none,) = judged(reply(0, 1), csv_file(["hi", "A", ""])).cases
    assert ("A", "(no intent)") == (none.expected, none.actual)


def test_an_utterance_whose_entity_alone_failed_is_failed_and_its_intent_passed() -> None:
    file = csv_file(["hi", "A", "A", "size", "L", "S", "FALSE"], header=ENTITY_HEADER)

    (step,) = judged(reply(0, 1), file).steps

    assert ("failed", 1, 1) == (step.status, step.number, step.occurrence)
    assert [(1, 0, "passed"), (1, 1, "failed")] == [
        (case.step, case.response, str(case.outcome)) for case in step.cases
    ]


def test_a_stopped_run_keeps_the_name_of_its_suite_and_its_file_with_a_redacted_path() -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "Late.")
    source = SuiteSource("ann@example.com/a.json", "0" * 64, 3, "The import is unknown.")
    record = RunRecord("Intents", "tr-1", stop=stop, kind="batch", source=source)

    suite = judge_job(TARGET, [record], ("email",)).suites[0]

    assert ("Intents", "Intents", SuiteSource("[email]/a.json", "0" * 64, 3)) == (suite.name, suite.suite, suite.source)


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (None, "There is no reply to judge."),
        (b"<html>", "The saved reply is not JSON."),
        (b"[1]", "The platform returned JSON, but not a status"),
    ],
)
def test_a_record_without_a_status_is_an_error(body: bytes | None, doubt: str) -> None:
    suite = judge_job(TARGET, [RunRecord("Intents", "tr-1", body, ended=True, kind="batch")]).suites[0]

    assert (Verdict.ERROR, 4, "tr-1", None) == (suite.verdict, suite.exit_code, suite.run_id, suite.platform_status)
    assert suite.doubts[0].startswith(doubt)


def test_the_place_and_value_of_an_undocumented_count_are_redacted_and_cut() -> None:
    odd = {"utteranceCount": {"ann@example.com": 1}, "utterance-count" + "_" * 999: "bob@example.com"}
    job = judge_job(TARGET, [record(reply(3, 0) | odd | {"eve@example.com": {"failed": 1}})], ("email",))

    assert {'utteranceCount is {"[email]": 1}, but result.utterance_count is 3.'} < {*job.suites[0].doubts}
    assert "@" not in repr(job.suites)
    assert 400 > max(map(len, job.suites[0].doubts))
