"""The proof of green: what passes, what fails, and what is neither."""

import copy
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.answers import (
    MISSING,
    TARGET,
    answer,
    assertion,
    disabled,
    failed_step,
    job_of,
    proves_pass,
    replies,
    response,
    step,
)
from support.judged import DETAILS, DETAILS_LINE, NOT_PROVEN, checked, judged, with_unknown

from koregate.judging import conversation
from koregate.judging.cases import Outcome
from koregate.reports.render import RENDERERS
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict


def with_assertion(kind: str, expected: dict[str, Any], actual: dict[str, Any]) -> dict[str, Any]:
    name = "text_" if kind == "text" else kind
    off: dict[str, Any] = {"text_": disabled()}
    return answer(
        step(
            expected=[response(**(off | {name: expected}))],
            actual=[response(**(off | {name: actual}))],
        )
    )


def entries(*statuses: str | None) -> list[dict[str, Any]]:
    return [{"text": f"variant {n}", **({"status": s} if s else {})} for n, s in enumerate(statuses)]


PASSES: dict[str, Any] = {
    "every step and assertion passed": answer(step(), step()),
    "status words in another spelling": answer(step(status="PASSED"), status=" Pas_sed-"),
    "a text that differs is information, not a verdict": answer(
        step(expected=[{**response(), "textMismatch": True}], actual=[response("Hi")])
    ),
    "a variant that was not the one that the bot said": with_assertion(
        "text", assertion("passed", entries("failed", "passed")), assertion("passed", entries("failed", "passed"))
    ),
    "every entry failed, the assertion passed": with_assertion(
        "text", assertion("passed", entries("failed")), assertion("passed", entries("failed"))
    ),
    "a disabled assertion that says failed": answer(
        step(expected=[response(flow={"enabled": False, "status": "failed", "contains": []})])
    ),
    "a text without status, one variant passed": with_assertion(
        "text", assertion(None, entries("failed", "passed")), assertion(None, entries("failed", "passed"))
    ),
    "the suite's own copy has no status": with_assertion("flow", assertion(None, entries(None)), assertion("passed")),
    "a step without any assertion": answer(step(expected=[response(text_=disabled())])),
    "no list of steps, complete counts": answer(step(), step(), result__executionResults=MISSING),
    "a list of steps, no counts": answer(step(), result__stepDetails=MISSING),
    "counts without failed": answer(step(), result__stepDetails={"passed": 1, "total": 1}),
    "empty error details": answer(step(), result__errorDetails=[]),
    "keys that nobody knows": {**answer(step()), "fileUrl": "https://x", "extra": {"a": [1]}},
    "no percentage, no duration, no start": answer(
        step(), percentageCompleted=MISSING, result__duration=MISSING, result__startTime=MISSING
    ),
    "numbers in digits": answer(
        step(),
        totalTestStepsCount="1",
        percentageCompleted="100",
        result__duration="14364",
        result__stepDetails={"passed": "1", "failed": "0", "total": "1"},
    ),
    "whole floats": answer(
        step(),
        totalTestStepsCount=1.0,
        percentageCompleted=100.0,
        result__stepDetails={"passed": 1.0, "failed": 0.0, "total": 1.0, "notExecuted": 0},
    ),
    "a test run, a stream and a version that are not told": answer(
        step(), _id=MISSING, streamId=MISSING, result__version=MISSING
    ),
    "the version in the words of the request": answer(step(), result__version="inDevelopment"),
    "the language in another spelling": answer(step()) | {"language": "EN"},
    "no errors": answer(step()) | {"errors": []},
    "a passed assertion of an unknown kind": with_unknown(assertion("passed")),
    "a disabled assertion of an unknown kind": with_unknown({"enabled": False, "status": "failed", "contains": []}),
    "an object that is no assertion": with_unknown({"note": "failed"}),
    "a value of an unknown kind that is no object": with_unknown("unchanged"),
    "steps with requests of their own": answer(*({**step(), "requestId": f"ctr-1{n}"} for n in range(3))),
    "a bot text that is no text": answer(step(expected=[{**response(), "text": {"type": "template"}}])),
}

FAILS: dict[str, Any] = {
    "a failed assertion": answer(step(), failed_step(), status="failed"),
    "a failed step under a passed run": answer(step(), step(status="failed"), result__stepDetails=None),
    "a failed assertion under a passed step": answer(
        step(expected=[response(text_=assertion("failed"))]), result__stepDetails=None
    ),
    "only the actual side failed": with_assertion("text", assertion("passed"), assertion("failed")),
    "only the expected side failed": with_assertion("text", assertion("failed"), assertion("passed")),
    "the run's status alone": answer(step(), status="failed", result__status="passed"),
    "the result's status alone": answer(step(), result__status="FAILED"),
    "a failed count alone": answer(step(), result__stepDetails={"passed": 1, "failed": 1, "total": 2}),
    "failed without any step": answer(status="failed"),
    "an aborted run with a failed step": answer(failed_step(), step(), status="aborted"),
    "a failed run with missing steps": answer(failed_step(), status="failed", totalTestStepsCount=5),
    "a flow of which one entry failed": with_assertion(
        "flow", assertion(None, entries("passed", "failed")), assertion(None, entries("passed", "failed"))
    ),
    "a text of which no variant passed": with_assertion(
        "text", assertion(None, entries("failed")), assertion(None, entries("failed"))
    ),
    "an assertion that does not say whether it is enabled": with_assertion(
        "context", {"status": "failed"}, {"status": "failed"}
    ),
    "an assertion of an unknown kind": with_unknown(assertion("failed")),
    "an assertion with the field's name": with_unknown(assertion("failed"), "flow"),
    "an assertion of a known kind in another spelling": with_unknown(assertion("failed"), "FlowLevel"),
    "an entry of an assertion of an unknown kind": with_unknown(assertion(None, [{"status": "failed"}])),
    "an assertion of an unknown kind beside what cannot be read": with_unknown({"enabled": "yes", "status": "failed"}),
    "a failed assertion of an unknown kind in a step that was not executed": answer(
        step(
            status="notexecuted",
            expected=with_unknown(assertion("failed"))["result"]["executionResults"][0]["actualOutput"],
        )
    ),
    "a failed run of another app": answer(failed_step(), status="failed", streamId="st-2"),
    "a failed step beside parts that cannot be read": answer(
        failed_step(), step(), result__stepDetails=7, status="failed"
    ),
}

PROVES_NOTHING: dict[str, tuple[Any, str]] = {
    "an aborted run": (answer(step(), status="aborted"), "The run was aborted on the platform."),
    "an aborted run that only its result tells": (
        answer(step(), result__status="STOPPED"),
        "The run was stopped on the platform.",
    ),
    "an aborted run, and why": (
        answer(step(), status="aborted", result__status="aborted", result__errorDetails={"message": "By a user"}),
        'The run was aborted on the platform: "By a user".',
    ),
    "an unknown word": (
        answer(step(), status="odd"),
        'The status of the test run is "odd", which is neither passed nor failed.',
    ),
    "an unknown word in the result": (
        answer(step(), result__status="odd"),
        'The status of the result is "odd", which is neither passed nor failed.',
    ),
    "no status": (answer(step()) | {"status": None}, "no status"),
    "no result status": (answer(step(), result__status=MISSING), "The reply has no status for the result."),
    "still running": (answer(step(), status="in_progress"), "in_progress"),
    "steps missing": (
        answer(step(), step(), totalTestStepsCount=13),
        "Steps 3 to 13 of 13 are missing: the platform announced 13 steps but returned 2.",
    ),
    "steps too many": (answer(step(), step(), totalTestStepsCount=1), "The platform announced 1 step but returned 2."),
    "no step at all": (answer(), "No step was executed"),
    "counts only, of nothing": (answer(result__executionResults=None), "No step was executed"),
    "one step missing": (
        answer(step(), step(), totalTestStepsCount=3),
        "Step 3 of 3 is missing: the platform announced 3 steps but returned 2.",
    ),
    "two steps missing": (answer(step(), totalTestStepsCount=3), "returned 1."),
    "no announcement": (answer(step(), totalTestStepsCount=None), "did not announce the number of steps"),
    "neither steps nor counts": (answer(step(), result__executionResults=None, result__stepDetails=None), "neither"),
    "incomplete counts only": (
        answer(step(), result__executionResults=None, result__stepDetails={"passed": 1, "total": 1}),
        "neither",
    ),
    "fewer passed than total": (
        answer(step(), step(), result__stepDetails={"passed": 1, "failed": 0, "total": 2}),
        "The platform counts 1 passed and 0 failed of 2 steps.",
    ),
    "fewer passed than returned": (
        answer(step(), step(), result__stepDetails={"passed": 1}),
        "The platform counts 1 passed step, but 2 returned steps passed.",
    ),
    "counts of another total": (
        answer(step(), result__stepDetails={"passed": 2, "total": 2}),
        "The platform announced 1 step but counts 2.",
    ),
    "two steps that are missing": (
        answer(step(), totalTestStepsCount=3),
        "Steps 2 and 3 of 3 are missing: the platform announced 3 steps but returned 1.",
    ),
    "a step without status": (answer(step(status=None)), "Step 1 has no status"),
    "a step with an unknown word": (answer(step(status="aborted")), 'Step 1 ended as "aborted"'),
    "a step that was not executed": (answer(step(), step(status="not_executed")), "Step 2 did not run."),
    "a step that is null": (answer(step(), None), "Step 2 could not be read"),
    "an enabled assertion without status": (
        with_assertion("flow", assertion(None), assertion(None)),
        "flow assertion has no usable status",
    ),
    "an assertion with an unknown word": (
        with_assertion("context", assertion("skipped"), assertion("passed")),
        '"skipped"',
    ),
    "error details": (
        answer(step(), result__errorDetails={"msg": "auth profile"}),
        'The platform reports an error: "auth profile".',
    ),
    "a list that is an object": (answer(step(), result__executionResults={"0": {}}), "result.executionResults"),
    "a count that is a word": (answer(step(), totalTestStepsCount="one"), "totalTestStepsCount"),
    "a count with a fraction": (answer(step(), totalTestStepsCount=1.5), "totalTestStepsCount"),
    "a percentage that is a word": (answer(step(), percentageCompleted="all"), "percentageCompleted"),
    "a percentage that is a truth value": (answer(step(), percentageCompleted=True), "percentageCompleted"),
    "a percentage below 100": (
        answer(step(), percentageCompleted=40),
        "The run has ended, but the platform reports it as only 40% complete.",
    ),
    "a percentage below 100 in digits": (answer(step(), percentageCompleted="99.5"), "only 99.5% complete"),
    "errors beside the status": (
        answer(step()) | {"errors": [{"msg": "Bot not published"}]},
        'The platform reports errors: [{"msg": "Bot not published"}]',
    ),
    "steps that were not executed, as counted": (
        answer(step(), result__stepDetails__notExecuted=2),
        'The platform counts 2 steps as "notExecuted".',
    ),
    "a count of any other name": (
        answer(step(), result__stepDetails__aborted="1"),
        'The platform counts 1 step as "aborted".',
    ),
    "one request for two steps": (
        answer(step(), {**step(), "requestId": "ctr-10"}, {**step(), "requestId": "ctr-10"}),
        "Steps 2 and 3 are the same request, so another step may be missing.",
    ),
    "a response that is null": (
        answer(step(expected=[response()], actual=[None])),
        "The actual response 1 in step 1 could not be read.",
    ),
    "an expected response that is null": (
        answer(step(expected=[response(), None], actual=[response()])),
        "The expected response 2 in step 1 could not be read.",
    ),
    "an assertion of an unknown kind without a status": (
        with_unknown({"enabled": True, "contains": []}),
        'The "intent" assertion has no usable status.',
    ),
    "an assertion of an unknown kind with an unknown word": (with_unknown({"status": "skipped"}), '"intent"'),
    "an assertion of an unknown kind that cannot be read": (
        with_unknown({"enabled": "yes", "status": "passed"}),
        '"intent"',
    ),
    "a word with a letter that is not ASCII": (answer(step(), status="paßed"), '"paßed"'),
    "a step with a letter that is not ASCII": (
        answer(step(status="pa\u017f\u017fed")),
        'Step 1 ended as "pa\u017f\u017fed"',
    ),
    "an assertion with a letter that is not ASCII": (
        with_assertion("text", assertion("paßed"), assertion("paßed")),
        '"paßed"',
    ),
    "another test run": (
        answer(step(), _id="ctr-2"),
        'The reply is for test run "ctr-2", but "ctr-1" was requested.',
    ),
    "a test run id that is no text": (answer(step(), _id=1), 'test run "1"'),
    "another stream": (answer(step(), streamId="st-2"), 'The reply is for stream "st-2"'),
    "another version": (
        answer(step(), result__version="published"),
        'The reply is for version "published", but "inDevelopment" was requested.',
    ),
    "an unknown version": (answer(step(), result__version="draft"), 'version "draft"'),
    "a version that is no text": (answer(step(), result__version=[]), 'version "[]"'),
    "another language": (answer(step()) | {"botLanguage": "de"}, 'The reply is for language "de"'),
    "another language in the result": (answer(step(), result__language="de"), 'The reply is for language "de"'),
    "a count that is negative": (answer(step(), totalTestStepsCount=-1), "totalTestStepsCount"),
    "a count that is a truth value": (answer(step(), totalTestStepsCount=True), "totalTestStepsCount"),
    "a status that is a number": (answer(step(status=1)), "result.executionResults[0].status"),
    "a step that is a number": (answer(step(), 7), "result.executionResults[1]"),
    "an assertion that is text": (
        answer(step(expected=[response(flow="passed")])),
        "result.executionResults[0].outputs[0].assertions.flowLevel",
    ),
    "a switch that is text": (
        answer(step(expected=[response(flow={"enabled": "true", "status": "passed"})])),
        "assertions.flowLevel.enabled",
    ),
    "entries that are an object": (
        answer(step(expected=[response(flow={"enabled": True, "status": "passed", "contains": {}})])),
        "contains",
    ),
}


@pytest.mark.parametrize("name", PASSES)
def test_a_proven_pass_is_passed(name: str) -> None:
    suite = judged(PASSES[name])

    assert (Verdict.PASSED, 0, ()) == (suite.verdict, suite.exit_code, suite.reasons)


@pytest.mark.parametrize("name", FAILS)
def test_any_sign_of_failure_is_failed(name: str) -> None:
    suite = judged(FAILS[name])

    assert (Verdict.FAILED, 1) == (suite.verdict, suite.exit_code)


@pytest.mark.parametrize("name", PROVES_NOTHING)
def test_what_neither_fails_nor_proves_is_an_error_that_names_the_place(name: str) -> None:
    reply, reason = PROVES_NOTHING[name]

    suite = judged(reply)

    assert (Verdict.ERROR, 4) == (suite.verdict, suite.exit_code)
    assert reason in " ".join(suite.doubts)
    assert reason in " ".join(case.message for case in suite.cases if case.is_blocking)


@pytest.mark.parametrize("name", [*PASSES, *FAILS, *PROVES_NOTHING])
def test_the_oracle_of_the_properties_agrees_with_the_tables(name: str) -> None:
    reply = PASSES.get(name) or FAILS.get(name) or PROVES_NOTHING[name][0]

    assert (name in PASSES) == proves_pass(reply)


@given(replies())
def test_no_suite_passes_if_the_reply_does_not_prove_it(reply: Any) -> None:
    if judged(reply).verdict is Verdict.PASSED:
        assert proves_pass(copy.deepcopy(reply))


@given(replies(breaks=1))
def test_a_proof_that_can_be_read_to_its_end_is_passed(reply: Any) -> None:
    is_proof = proves_pass(copy.deepcopy(reply))
    suite = judged(reply)

    assert not is_proof or suite.verdict is Verdict.PASSED or any("unexpected value" in doubt for doubt in suite.doubts)


@given(replies(), st.sampled_from([("status",), ("result", "status"), ("result", "stepDetails", "failed")]))
def test_a_failure_in_a_known_place_never_passes(reply: Any, place: tuple[str, ...]) -> None:
    here = reply
    for key in place[:-1]:
        here = here.get(key) if isinstance(here, dict) else None
    assume(isinstance(here, dict))
    here[place[-1]] = 1 if place[-1] == "failed" else "failed"

    assert judged(reply).verdict is Verdict.FAILED


def test_each_step_that_was_announced_and_not_returned_is_a_skipped_case() -> None:
    cases = judged(answer(failed_step(), status="failed", totalTestStepsCount=4)).cases

    assert [("1.1 text", "failed"), ("2 step", "skipped"), ("3 step", "skipped"), ("4 step", "skipped")] == [
        (case.label, str(case.outcome)) for case in cases
    ]


def test_an_absurd_announcement_does_not_fill_the_memory() -> None:
    assert 100_002 == len(judged(answer(step(), totalTestStepsCount=10**9)).cases)


def test_a_failed_suite_keeps_its_doubts_beside_its_failures() -> None:
    suite = judged(
        answer(
            failed_step(),
            step(status="odd"),
            status="failed",
            totalTestStepsCount=5,
            result__stepDetails={"passed": 3, "failed": 1, "total": 5},
            result__errorDetails=DETAILS,
        )
    )

    assert ("The platform reports the test run as failed.", "The platform counts 1 failed step.") == suite.failures
    assert (
        DETAILS_LINE,
        "Steps 3 to 5 of 5 are missing: the platform announced 5 steps but returned 2.",
        "The platform counts 3 passed and 1 failed of 5 steps.",
        'Step 2 ended as "odd".',
    ) == suite.doubts
    assert suite.failures + suite.doubts == suite.reasons


def test_a_suite_that_only_an_assertion_fails_has_its_message_as_the_failure() -> None:
    suite = judged(answer(failed_step(), failed_step("size", "Large?", "What?"), result__stepDetails=MISSING))

    assert ('expected "Which size?", got "Sorry, what?"',) == suite.failures
    assert () == suite.run_cases


@pytest.mark.parametrize(
    ("reply", "verdict", "outcome", "message"),
    [
        pytest.param(
            answer(failed_step(), status="failed", result__errorDetails=DETAILS),
            Verdict.FAILED,
            Outcome.FAILED,
            DETAILS_LINE,
            id="failed, and a step explains it",
        ),
        pytest.param(
            answer(step(), status="failed", result__errorDetails=DETAILS),
            Verdict.FAILED,
            Outcome.FAILED,
            f"The platform reports the test run as failed. {DETAILS_LINE}",
            id="failed, and no step explains it",
        ),
        pytest.param(
            answer(step(), result__errorDetails=DETAILS),
            Verdict.ERROR,
            Outcome.ERROR,
            f"{DETAILS_LINE} {NOT_PROVEN}",
            id="no proof",
        ),
    ],
)
def test_error_details_are_in_the_case_of_the_whole_run_whatever_the_verdict(
    reply: Any, verdict: Verdict, outcome: Outcome, message: str
) -> None:
    suite = judged(reply)

    assert verdict is suite.verdict
    assert [("run", outcome, message)] == [(case.label, case.outcome, case.message) for case in suite.run_cases]


@pytest.mark.parametrize("reply", [b"<html>", b"", b"[1]", b"{}", b'{"status": null}', b'"passed"', b"\xff"])
def test_a_reply_that_is_no_status_is_an_error(reply: bytes) -> None:
    suite = checked(job_of(RunRecord("Pizza", "ctr-1", reply, ended=True)).suites[0])

    assert (Verdict.ERROR, 4, "ctr-1", None) == (
        suite.verdict,
        suite.exit_code,
        suite.run_id,
        suite.platform_status,
    )


def test_a_record_without_a_reply_and_without_a_reason_is_an_error() -> None:
    suite = checked(job_of(RunRecord("Pizza")).suites[0])

    assert (Verdict.ERROR, 4, ("There is no reply to judge.",)) == (suite.verdict, suite.exit_code, suite.doubts)


@pytest.mark.parametrize(
    "stop",
    [
        StopReason(Verdict.TIMEOUT, 5, "No end within 30m."),
        StopReason(Verdict.ERROR, 3, "The platform rejected the token."),
        StopReason(Verdict.CANCELLED, 130, "Canceled by SIGINT."),
    ],
    ids=lambda stop: stop.verdict,
)
def test_a_wait_that_was_stopped_keeps_its_reason_and_the_steps_so_far(stop: StopReason) -> None:
    reply = answer(step("hi"), {"input": "pizza"}, status="in_progress", result__status="in_progress")
    suite = checked(job_of(RunRecord("Pizza", "ctr-1", json.dumps(reply).encode(), stop=stop)).suites[0])

    progress = (
        ("The platform last reported 100% progress (2 steps in all).",) if stop.verdict is Verdict.TIMEOUT else ()
    )
    assert (stop.verdict, stop.exit_code, (stop.message, *progress)) == (suite.verdict, suite.exit_code, suite.doubts)
    assert [("1.1 text", "passed"), ("2 step", "skipped"), ("run", "error")] == [
        (case.label, str(case.outcome)) for case in suite.cases
    ]
    assert suite.still_running


@pytest.mark.parametrize(
    ("record", "running"),
    [
        (RunRecord("Pizza", "ctr-1", stop=StopReason(Verdict.TIMEOUT, 5, "Late.")), True),
        (
            RunRecord("Pizza", "ctr-1", b'{"status": "passed"}', ended=True, stop=StopReason(Verdict.ERROR, 4, "Odd.")),
            False,
        ),
        (RunRecord("Pizza", "ctr-1", b'{"status": "passed"}', ended=True), False),
    ],
    ids=["stopped before its end", "stopped after its end", "ended"],
)
def test_a_run_is_still_running_if_the_wait_stopped_before_its_end(record: RunRecord, running: bool) -> None:
    assert running == job_of(record).suites[0].still_running


def test_the_run_id_is_the_one_that_was_asked_for_or_else_the_one_in_the_reply() -> None:
    reply = json.dumps(answer(step(), _id="ctr-7")).encode()

    suites = job_of(RunRecord("Pizza", "ctr-1", reply, ended=True), RunRecord("Pasta", None, reply, ended=True)).suites

    assert ["ctr-1", "ctr-7"] == [suite.run_id for suite in suites]


def test_only_what_the_platform_announced_alone_is_not_returned() -> None:
    steps_of = judged(answer(step(), status="failed", totalTestStepsCount=3)).steps

    assert [(1, True), (2, False), (3, False)] == [(part.number, part.returned) for part in steps_of]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "result", "executionResults", "assertions", "x"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(JSON | st.fixed_dictionaries({"status": st.just("passed"), "result": JSON | replies()}), st.booleans())
def test_any_reply_has_a_verdict_and_no_error_escapes(reply: Any, stopped: bool) -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "No end within 30m.") if stopped else None

    suite = conversation.judge("Pizza", RunRecord("Pizza", "ctr-1", json.dumps(reply).encode(), stop=stop), str, TARGET)

    assert checked(suite).verdict is not Verdict.PASSED or proves_pass(reply)


def deep(levels: int) -> str:
    """The JSON of a value that is nested so deeply, which json.dumps could not write."""
    opening = "".join('{"in": ' if level % 2 else "[" for level in range(levels))
    closing = "".join("}" if level % 2 else "]" for level in reversed(range(levels)))
    return f'{opening}"end"{closing}'


PAIR = {"enabled": True, "status": "failed", "contains": [{"key": "#", "status": "failed"}]}
DEEP: dict[str, Any] = {
    "errorDetails": answer(step(), result__errorDetails="#"),
    "errors": answer(step()) | {"errors": "#"},
    "text": answer(step(expected=[{**response(), "text": "#"}])),
    "input": answer(step() | {"input": "#"}),
    "contains": with_assertion("context", PAIR, PAIR),
    "an unknown kind": with_unknown(PAIR),
    "startTime": answer(step(), result__startTime="#"),
    "status": answer(step(), status="#"),
    "requestId": answer({**step(), "requestId": "#"}),
    "_id": answer(step(), _id="#"),
    "a field that nobody knows": answer(step()) | {"more": "#"},
}


@pytest.mark.parametrize("levels", [150, 300, 600, 900, 5000])
@pytest.mark.parametrize("place", DEEP)
def test_a_reply_that_is_nested_deeply_has_a_verdict_and_reports(place: str, levels: int) -> None:
    reply = json.dumps(DEEP[place]).replace('"#"', deep(levels)).encode()

    job = job_of(RunRecord("Pizza", "ctr-1", reply, ended=True), redact=("email",))

    assert "Internal error" not in " ".join(checked(job.suites[0]).reasons)
    assert all(render(job) for render in RENDERERS.values())


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"status": "passed"', '"status": "failed", "status": "passed"', "status"),
        ('"errorDetails": null', '"errorDetails": "odd", "errorDetails": null', "errorDetails"),
        ('"failed": 0', '"failed": 1, "failed": 0', "failed"),
        ('"flowLevel": {', '"flowLevel": {"enabled": true, "status": "failed"}, "flowLevel": {', "flowLevel"),
    ],
)
def test_a_key_that_is_there_twice_proves_no_pass(old: str, new: str, key: str) -> None:
    text = json.dumps(answer(step()))
    reply = text[: text.rindex(old)] + text[text.rindex(old) :].replace(old, new, 1)

    suite = checked(job_of(RunRecord("Pizza", "ctr-1", reply.encode(), ended=True)).suites[0])

    assert (Verdict.ERROR, (f'An object of the reply has the key "{key}" more than once.', NOT_PROVEN)) == (
        suite.verdict,
        suite.doubts,
    )
