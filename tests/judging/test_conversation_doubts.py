"""What the result of a conversation suite says: its doubts, its steps, and signs of failure in undocumented places."""

import json
from typing import Any

import pytest
from support.answers import (
    MISSING,
    NO_SIGNS,
    SIGNS_OF_FAILURE,
    TARGET,
    answer,
    assertion,
    failed_step,
    job_of,
    record_of,
    response,
    step,
)
from support.judged import DETAILS, DETAILS_LINE, NOT_PROVEN, checked, judged, with_unknown

from koregate.errors import RE_RUN
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.job import judge_job
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.verdicts import Verdict


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"status": "failed"}, 'The "intent" assertion failed.'),
        ({"enabled": True}, 'The "intent" assertion has no usable status.'),
    ],
)
def test_an_assertion_of_an_unknown_kind_is_in_the_case_of_its_step(given: dict[str, Any], message: str) -> None:
    suite = judged(with_unknown(given))

    outcome = Outcome.FAILED if "failed" in message else Outcome.ERROR
    assert [("1.1 text", Outcome.PASSED, ""), ("1 step", outcome, message)] == [
        (case.label, case.outcome, case.message) for case in suite.cases
    ]


def test_the_name_of_an_unknown_assertion_is_redacted_and_cut() -> None:
    reply = with_unknown({"status": "failed"}, "ann@example.com" + "x" * 500)

    (suite,) = job_of(RunRecord("Pizza", "ctr-1", json.dumps(reply).encode(), ended=True), redact=("email",)).suites

    assert "ann@" not in repr(suite.cases)
    assert 200 > len(suite.failures[0])


def test_errors_and_foreign_ids_are_redacted() -> None:
    reply = answer(step(), _id="ann@example.com", streamId="ann@example.com") | {"errors": [{"msg": "ann@example.com"}]}

    (suite,) = job_of(RunRecord("Pizza", "ctr-1", json.dumps(reply).encode(), ended=True), redact=("email",)).suites

    assert "ann@" not in repr(suite)
    assert 4 == len(suite.doubts)


def test_a_failed_run_of_another_app_stays_failed_and_says_so() -> None:
    suite = judged(answer(failed_step(), status="failed", streamId="st-2"))

    assert (Verdict.FAILED, ('The reply is for stream "st-2", but "st-1" was requested.',)) == (
        suite.verdict,
        suite.doubts,
    )


def test_nothing_is_compared_with_what_a_lone_reply_does_not_tell() -> None:
    reply = answer(step(), _id="ctr-9", streamId="st-9", result__version="published") | {"language": "de"}

    job = judge_job(Target(), [RunRecord("Pizza", None, json.dumps(reply).encode(), ended=True)])

    assert Verdict.PASSED is checked(job.suites[0]).verdict


def test_error_details_are_not_cut_away_behind_other_doubts() -> None:
    odd = answer(*[step(status="x" * 40)] * 50, status="odd", result__errorDetails=DETAILS)
    odd["result"]["executionResults"][0] = 7
    odd |= {"percentageCompleted": "many", "totalTestStepsCount": {}, "errors": "e" * 1000}

    (run_case,) = judged(odd).run_cases

    assert run_case.message.startswith(DETAILS_LINE)
    assert run_case.message.endswith(NOT_PROVEN)
    assert len(run_case.message) <= 1000


def test_that_the_pass_is_not_proven_stands_at_the_end_of_the_longest_message() -> None:
    (run_case,) = judged(answer(step(), *[7] * 50)).run_cases

    assert 1000 == len(run_case.message)
    assert run_case.message.endswith(f" characters in all) {NOT_PROVEN}")


def test_a_pass_has_a_case_for_the_run_only_if_no_step_has_one() -> None:
    run = TestCase(0, 0, "run", Outcome.PASSED)

    assert (run,) == judged(answer(step(), step(), result__executionResults=MISSING)).cases
    assert () == judged(answer(step())).run_cases


def test_a_step_that_was_not_read_or_not_returned_has_no_input_and_each_of_the_latter_is_unlike_the_others() -> None:
    steps = judged(answer(step("hi"), 7, totalTestStepsCount=4)).steps

    assert [("hi", 1), ("", 1), ("", 3), ("", 4)] == [(part.input, part.occurrence) for part in steps]
    assert () == judged(answer(totalTestStepsCount=None)).steps


def test_personal_data_is_in_no_doubt_about_a_count_or_a_key() -> None:
    counts = {"passed": 1, "failed": 0, "total": 1, "notExecuted": "ann@example.com"}
    failed = json.dumps(answer(failed_step(), status="failed") | {"ann@example.com": 1})
    twice = failed.replace('"ann@example.com"', '"ann@example.com": 0, "ann@example.com"')

    counted, repeated = job_of(
        record_of("Pizza", answer(step(), result__stepDetails=counts)),
        RunRecord("Pasta", "ctr-1", twice.encode(), ended=True),
        redact=("email",),
    ).suites

    assert ('The platform counts "[email]" as "notExecuted".', NOT_PROVEN) == counted.doubts
    assert (Verdict.FAILED, ('An object of the reply has the key "[email]" more than once.',)) == (
        repeated.verdict,
        repeated.doubts,
    )


def steps_that_did_not_run(*numbers: int) -> str:
    """The doubts of an aborted run of eight steps in which these did not run."""
    steps = [step(status="not_executed") if number in numbers else step() for number in range(1, 9)]
    counts = {"passed": 8 - len(numbers), "failed": 0, "total": 8}
    (run_case,) = judged(
        answer(*steps, status="aborted", result__status="aborted", result__stepDetails=counts)
    ).run_cases
    return run_case.message


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ((8,), "Step 8 did not run."),
        ((7, 8), "Steps 7 and 8 did not run."),
        ((2, 3, 7), "Steps 2, 3 and 7 did not run."),
        ((4, 5, 6, 7, 8), "Steps 4 to 8 did not run."),
    ],
)
def test_an_aborted_run_is_reported_once_with_the_steps_that_did_not_run_and_what_to_do(
    numbers: tuple[int, ...], sentence: str
) -> None:
    assert f"The run was aborted on the platform. {sentence}" == steps_that_did_not_run(*numbers)


def test_counts_that_do_not_fit_the_steps_that_did_not_run_are_reported() -> None:
    counts = {"passed": 0, "failed": 0, "total": 2}
    suite = judged(answer(step(), step(status="not_executed"), result__stepDetails=counts))

    assert (
        "The platform counts 0 passed steps, but 1 returned step passed.",
        "Step 2 did not run.",
        "The platform counts 0 passed and 0 failed of 2 steps.",
        NOT_PROVEN,
    ) == suite.doubts


def test_missing_steps_that_are_counted_as_passed_are_reported_once() -> None:
    reply = answer(*[step()] * 7, totalTestStepsCount=8, result__stepDetails={"passed": 8, "failed": 0, "total": 8})

    (run_case,) = judged(reply).run_cases

    text = "Step 8 of 8 is missing: the platform announced 8 steps but returned 7."
    assert f"{text} {NOT_PROVEN}" == run_case.message


@pytest.mark.parametrize(
    ("details", "shown"),
    [
        ("Timed out.", '"Timed out."'),
        ("Timed out", '"Timed out".'),
        ({"message": "Really?"}, '"Really?"'),
        ({"msg": "No", "code": 7}, '{"code": 7, "msg": "No"}'),
        ({"message": 7}, '{"message": 7}'),
        (["a"], '["a"]'),
    ],
)
def test_an_error_of_the_platform_is_quoted_and_an_object_of_several_parts_is_shown_whole(
    details: Any, shown: str
) -> None:
    sentence = f"The platform reports an error: {shown}"

    assert (sentence, NOT_PROVEN) == judged(answer(step(), result__errorDetails=details)).doubts


@pytest.mark.parametrize("message", ["No end within 30m.", "m" * 5000])
def test_error_details_of_a_run_that_was_stopped_are_reported(message: str) -> None:
    reply = answer(step(), status="in_progress", result__errorDetails=DETAILS)
    stop = StopReason(Verdict.TIMEOUT, 5, message)

    suite = checked(job_of(RunRecord("Pizza", "ctr-1", json.dumps(reply).encode(), stop=stop)).suites[0])

    assert (message, "The platform last reported 100% progress (1 step in all).", DETAILS_LINE) == suite.doubts
    assert suite.run_cases[0].message.endswith(f" {DETAILS_LINE}")
    assert 1000 >= len(suite.run_cases[0].message)


def test_what_the_reply_says_of_the_run_is_in_the_result() -> None:
    suite = judged(answer(step(), failed_step(), status="failed") | {"more": 7})

    assert ("failed", 14.364, ("v3",)) == (suite.platform_status, suite.seconds, suite.nlp_versions)
    assert "2026-11-23T10:14:13.330000+00:00" == (suite.started and suite.started.isoformat())
    assert ((2, 1, 1), (2, 1, 1)) == (suite.step_counts, suite.platform_counts)
    assert not suite.still_running
    assert "more" in " ".join(suite.remarks)
    assert "passed" == judged(answer(step(), result__status="passed") | {"status": None}).platform_status


@pytest.mark.parametrize("lacking", ["passed", "failed", "total"])
def test_the_platform_has_no_counts_of_steps_unless_it_gives_all(lacking: str) -> None:
    counts = {"passed": 1, "failed": 0, "total": 1}

    assert judged(answer(step(), result__stepDetails=counts | {lacking: None})).platform_counts is None
    assert judged(answer(step(), result__stepDetails=None)).platform_counts is None


@pytest.mark.parametrize(
    ("reply", "counts"),
    [
        (answer(step(), step(status="odd"), totalTestStepsCount=5), (5, 1, 0)),
        (answer(step(), step(), totalTestStepsCount=1), (2, 2, 0)),
        (answer(step(expected=[response(text_=assertion("failed"))])), (1, 0, 1)),
        (with_unknown({"status": "skipped"}), (1, 0, 0)),
        (answer(step(), step(), result__executionResults=None), (2, 2, 0)),
        (answer(result__executionResults=None, result__stepDetails={"total": 4}), (4, 0, 0)),
        (answer(result__executionResults=None, result__stepDetails={"failed": 2}, totalTestStepsCount=3), (3, 0, 2)),
        (answer(result__executionResults=None, result__stepDetails=None, totalTestStepsCount=3), (3, 0, 0)),
        (answer(result__executionResults=None, result__stepDetails=None, totalTestStepsCount=None), (0, 0, 0)),
        (answer(result__executionResults=None, result__stepDetails={"passed": 0}), (0, 0, 0)),
    ],
)
def test_steps_are_counted_as_they_are_listed_or_else_as_the_platform_counts_them(
    reply: Any, counts: tuple[int, int, int]
) -> None:
    assert counts == judged(reply).step_counts


def test_a_step_keeps_its_input_its_status_and_both_texts_of_each_response() -> None:
    said, expected, odd = response("Hi"), response("Bye"), response("Bye")
    del said["nodeName"]
    suite = judged(
        answer(step("a"), step("a", "failed", [response("Hi"), expected], [said]), step("b", expected=[odd]))
    )

    assert [(1, "a", "passed", 1), (2, "a", "failed", 2), (3, "b", "passed", 1)] == [
        (part.number, part.input, part.status, part.occurrence) for part in suite.steps
    ]
    assert [("Hi", "Hi", "Welcome", "greet"), ("Bye", None, "", "")] == list(suite.steps[1].pairs)
    assert [("Bye", "Bye", "Welcome", "Greet")] == list(suite.steps[2].pairs)


def test_inputs_that_reports_show_alike_are_the_same_input() -> None:
    suite = judged(answer(step("a\x1b"), step("a\\x1b")))

    assert [1, 2] == [part.occurrence for part in suite.steps]


def test_a_stopped_run_has_a_redacted_reason_and_its_remarks_and_one_that_is_refused_does_not_run() -> None:
    stop = StopReason(Verdict.ERROR, 3, "The platform does not know ann@example.com.", "Ask eve@example.com.")
    reply = with_unknown({"status": "failed"}, "bob@example.com") | {"status": "in_progress", "more": 7}
    body = json.dumps(reply).encode()
    record = RunRecord("Pizza", "ctr-1", body, stop=stop)

    waiting, refused = job_of(record, record._replace(is_unconfirmed=True), redact=("email",)).suites

    assert ("The platform does not know [email].",) == waiting.doubts
    assert ("Ask [email].",) == waiting.advice
    assert {("[email]", 1)} == waiting.steps[0].unknown
    assert "more" in " ".join(waiting.remarks)
    assert 'The "[email]" assertion failed.' in [case.message for case in waiting.cases]
    assert (True, False) == (waiting.still_running, refused.still_running)


def test_a_number_of_steps_in_another_place_must_be_the_one_that_was_announced() -> None:
    same, other = (answer(step(), result__totalTestStepsCount=number) for number in (1, 4))

    assert Verdict.PASSED is judged(same).verdict
    (doubt, _) = judged(other).doubts
    assert (
        'result.totalTestStepsCount in the reply is "4", but the platform announced a different number of steps.'
        == doubt
    )


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"result__testRunId": "ctr-2"}, 'The reply is for test run "ctr-2", but "ctr-1" was requested.'),
        ({"result__runId": "ctr-2"}, 'The reply is for test run "ctr-2", but "ctr-1" was requested.'),
        ({"result__streamId": "st-2"}, 'The reply is for stream "st-2", but "st-1" was requested.'),
        ({"botVersion": "published"}, 'The reply is for version "published", but "inDevelopment" was requested.'),
        ({"version": "published"}, 'The reply is for version "published", but "inDevelopment" was requested.'),
        ({"Language": "de"}, 'The reply is for language "de", but "en" was requested.'),
        ({"result__BotLanguage": "de"}, 'The reply is for language "de", but "en" was requested.'),
    ],
)
def test_what_a_reply_says_of_the_run_in_another_place_must_be_what_was_requested(
    changes: dict[str, Any], doubt: str
) -> None:
    assert doubt in judged(answer(step(), **changes)).doubts


@pytest.mark.parametrize(
    ("reply", "doubt"),
    [
        (
            answer(step(), totalTestStepsCount=None),
            "The platform did not announce the number of steps, so koregate cannot tell whether any are missing.",
        ),
        (answer(step(), totalTestStepsCount=0), "No step was executed: the platform announced 0 steps."),
        (
            answer(step(), result__executionResults=None, result__stepDetails=None),
            "The reply has neither a list of steps nor complete step counts.",
        ),
        (
            answer(result__executionResults=None, result__stepDetails={"passed": 0, "failed": 0, "total": 0}),
            "No step was executed: the platform counts 0 steps.",
        ),
        (answer(totalTestStepsCount=1), "No step was executed: the list of steps is empty."),
        (
            answer(step(), result__stepDetails={"passed": 1, "failed": 0, "total": 1, "odd": 2.5}),
            'The platform counts 2.5 steps as "odd".',
        ),
        (answer(step(), result__errorDetails="Stop!"), 'The platform reports an error: "Stop!"'),
        (
            answer(step(), result__stepDetails={"passed": 1, "failed": 0, "total": 1, "odd": 10**7}),
            'The platform counts 10000000 steps as "odd".',
        ),
        (
            answer(step(), totalTestStepsCount=None, result__stepDetails={"passed": 2}),
            "The platform counts 2 passed steps, but 1 returned step passed.",
        ),
        (
            answer(step(), result__errorDetails="d" * 400),
            f'The platform reports an error: "{"d" * 270}… (cut, 400 characters in all)".',
        ),
        (
            answer(step(), status="odd" * 20),
            (
                'The status of the test run is "oddoddoddod… (cut, 60 characters in all)", '
                "which is neither passed nor failed."
            ),
        ),
    ],
)
def test_a_doubt_is_a_whole_sentence(reply: Any, doubt: str) -> None:
    assert doubt in judged(reply).doubts


def test_what_the_run_did_not_do_is_told_wherever_the_reply_says_it() -> None:
    for place in ("notExecuted", "result__notExecuted"):
        changes: dict[str, Any] = {place: 1}
        suite = judged(answer(step(), **changes))

        assert Verdict.ERROR is suite.verdict
        assert f'{place.replace("__", ".")} in the reply is "1".' in suite.doubts


@pytest.mark.parametrize("before", [0, 70, 150, 700])
def test_an_address_in_a_long_key_is_redacted_before_its_place_is_cut(before: int) -> None:
    key = f"{'x' * before} ann.smith@corp.example"
    record = record_of("Pizza", answer(step(), result__details={key: {"failed": 1}}))

    (suite,) = judge_job(TARGET, [record], ("email",)).suites

    assert Verdict.ERROR is suite.verdict
    assert "ann." not in " ".join([*suite.doubts, *suite.remarks])


def test_at_most_five_other_counts_are_told() -> None:
    others = {f"other{number}": number + 1 for number in range(7)}
    suite = judged(answer(step(), result__stepDetails={"passed": 1, "failed": 0, "total": 1, **others}))

    assert [f'"other{number}"' for number in range(5)] == [
        doubt.split(" as ")[1].rstrip(".") for doubt in suite.doubts if ' as "' in doubt
    ]


@pytest.mark.parametrize("key", SIGNS_OF_FAILURE)
@pytest.mark.parametrize("part", ["", "result."])
def test_an_undocumented_sign_of_failure_is_no_proof(part: str, key: str) -> None:
    value, place, told = SIGNS_OF_FAILURE[key]
    suite = judged(with_field(part, key, value))

    assert Verdict.ERROR is suite.verdict
    assert f'{part}{place} in the reply is "{told}".' == suite.doubts[0]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"success": False}, 'result.stepDetails.success in the reply is "false".'),
        ({"details": {"failed": 2}}, 'result.stepDetails.details.failed in the reply is "2".'),
        ({"verdict": "failed"}, 'result.stepDetails.verdict in the reply is "failed".'),
        # What the platform counts is told once.
        ({"notExecuted": 1}, 'The platform counts 1 step as "notExecuted".'),
    ],
)
def test_a_sign_of_failure_among_the_counts_is_no_proof(fields: dict[str, Any], told: str) -> None:
    counts = {"passed": 1, "failed": 0, "total": 1, **fields}

    assert [told] == [doubt for doubt in judged(answer(step(), result__stepDetails=counts)).doubts if "step" in doubt]


def test_a_second_count_of_passed_steps_must_be_that_of_the_documented_place() -> None:
    steps = step(), failed_step()

    assert () == judged(answer(*steps, status="failed", result__passed=1)).doubts
    assert ('result.passed in the reply is "2".',) == judged(answer(*steps, status="failed", result__passed=2)).doubts
    assert Verdict.PASSED is judged(answer(step(), step(), passed="2")).verdict
    assert Verdict.ERROR is judged(answer(step(), step(), passed=1, result__stepDetails=MISSING)).verdict


def test_a_key_of_a_megabyte_fills_no_doubt_and_no_remark() -> None:
    key = "k" * 1_000_000
    many = {f"a{number}": {"failed": 1} for number in range(30)}
    for reply in (
        answer(step(), details={key: many}),
        answer(step() | {"details": {key: many}}),
        answer(step()) | {"_" * 1_000_000 + "testSuiteId": "ctc-2"},
        answer(step(), result__stepDetails={"passed": 1, "failed": 0, "total": 1, key: 7}),
    ):
        suite = judged(reply)
        assert Verdict.ERROR is suite.verdict
        assert 10_000 > sum(map(len, [*suite.doubts, *suite.remarks, *(case.message for case in suite.cases)]))


@pytest.mark.parametrize("key", NO_SIGNS)
@pytest.mark.parametrize("part", ["", "result."])
def test_an_undocumented_field_that_says_nothing_of_a_failure_changes_no_verdict(part: str, key: str) -> None:
    assert Verdict.PASSED is judged(with_field(part, key, NO_SIGNS[key])).verdict


def with_field(part: str, key: str, value: Any) -> dict[str, Any]:
    reply = answer(step())
    (reply["result"] if part else reply)[key] = value
    return reply


def test_a_failure_in_an_undocumented_part_is_told_beside_a_failed_step_and_the_failed_step_is_no_news() -> None:
    plain = judged(answer(step(), failed_step(), status="failed"))
    more = judged(answer(step() | {"verdict": {"status": "failed"}}, failed_step(), status="failed"))

    assert (Verdict.FAILED, ()) == (plain.verdict, plain.doubts)
    place = "result.executionResults[0].verdict.status"
    told = (f"An undocumented part of the reply is marked as failed: {place}.",)
    assert (Verdict.FAILED, told) == (more.verdict, more.doubts)


def test_a_run_that_someone_ended_early_is_not_blamed_for_its_percentage() -> None:
    aborted = judged(answer(step(), status="aborted", result__status="aborted", percentageCompleted=40))

    assert ("The run was aborted on the platform.",) == aborted.doubts
    assert RE_RUN == aborted.advice[0]
    for word, shown in (("Cancelled", "canceled"), ("stopped", "stopped"), ("canceled", "canceled")):
        assert f"The run was {shown} on the platform." == judged(answer(step(), status=word)).doubts[0]


@pytest.mark.parametrize("key", ["testSuiteId", "suiteId", "Test_Suite_ID"])
def test_a_reply_that_gives_its_suite_two_ids_is_no_proof_and_both_are_redacted(key: str) -> None:
    reply = answer(step(), testSuiteId="ann@example.com") | {key + "_": "bob"}

    suite = checked(job_of(record_of("Pizza", reply), redact=("email",)).suites[0])

    assert Verdict.ERROR is suite.verdict
    assert f'testSuiteId in the reply is "[email]", but {key}_ is "bob".' == suite.doubts[0]
    assert Verdict.PASSED is judged(reply | {key + "_": "ann@example.com"}).verdict


def test_an_unknown_word_is_told_once_for_the_run_and_its_result() -> None:
    suite = judged(answer(step(), status="odd", result__status="ODD"))

    assert ('The status of the test run is "odd", which is neither passed nor failed.', NOT_PROVEN) == suite.doubts
    assert (RE_RUN, "If a suite gives no usable verdict again, check it in the App Builder.") == suite.advice


def test_the_place_of_an_undocumented_sign_of_failure_is_redacted_and_cut() -> None:
    places = {"ann@example.com": {"failed": 1}, "k" * 300_000: {"failed": 1}, "test_suite_id" + "_" * 300_000: "ctc-2"}
    (suite,) = job_of(record_of("Pizza", answer(step()) | places), redact=("email",)).suites

    assert '[email] in the reply is "1".' == suite.doubts[0]
    assert "ann@" not in repr(suite)
    assert 400 > max(map(len, suite.doubts))
