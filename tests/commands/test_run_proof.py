"""What a whole job makes of replies that prove less than they say: its exit code, its outputs and its reports."""

from pathlib import Path
from typing import Any

import pytest
from support.answers import MISSING, answer, assertion, disabled, failed_step, response, step
from support.clock import FakeClock
from support.job import PASSING, job, run, scenario

from koregate.reports.render import RENDERERS
from koregate.simulator import Simulator


def final(*steps: Any, **changes: Any) -> dict[str, Any]:
    """A suite that ends with this reply, under the ids of its own run unless others are given."""
    ids = dict.fromkeys(("_id", "streamId", "testSuiteId"), MISSING)
    return {"seconds": 20, "final": answer(*steps, **{**ids, **changes})}


def with_assertion(kind: str, given: Any) -> dict[str, Any]:
    message = response()
    message["assertions"][kind] = given
    return step(expected=[message])


PASSES: dict[str, dict[str, Any]] = {
    "the shape of the other cases": final(step()),
    "percentageCompleted in digits": final(step(), percentageCompleted="100"),
    "duration in digits": final(step(), result__duration="14364"),
    "a count as a whole float": final(step(), totalTestStepsCount=1.0),
    "a start as milliseconds": final(step(), result__startTime=1795428853330),
    "a passed assertion of an unknown kind": final(with_assertion("intent", assertion("passed"))),
    "a passed assertion in a list": final(with_assertion("intent", [assertion("passed"), disabled()])),
    "a disabled assertion that failed": final(with_assertion("context", {**disabled(), "status": "failed"})),
    "a variant that failed under a passed assertion": final(
        with_assertion("text", assertion("passed", [{"text": "Hi", "status": "failed"}]))
    ),
    "what the user said is a word": final(step("failed", expected=[response("failed")])),
    "counts of nothing": (
        final(
            {**step(), "counted": {"context": {"passed": 0, "failed": 0}}}, result__context={"passed": 0, "failed": 0}
        )
    ),
    "the same facts in other places": final(
        step(),
        error=None,
        result__errors=[],
        result__notExecuted="0",
        result__percentage="100",
        failedCount=0,
        failedTestCases=[],
        result__totalTestStepsCount=1,
        version="configured",
    ),
}
NO_PASS: dict[str, tuple[dict[str, Any], int]] = {
    "a2: a failed intent assertion": (final(with_assertion("intent", assertion("failed"))), 1),
    "a2: a failed FlowLevel assertion": (final(with_assertion("FlowLevel", assertion("failed"))), 1),
    "a2: an intent assertion without a status": (final(with_assertion("intent", assertion(None))), 4),
    "a7: another test run": (final(step(), _id="ctr-other"), 4),
    "a7: another app": (final(step(), streamId="st-other"), 4),
    "another suite in the result": (final(step(), testSuiteId="ctc-1", result__testSuiteId="ctc-other"), 4),
    "a7: a failure of another app": (final(failed_step(), status="failed", streamId="st-other"), 1),
    "a10: entries that cannot be read in step 1": (
        final(step("hi", "failed", [response(text_=assertion("failed", ["text"]))]), status="failed"),
        1,
    ),
    "a19: paßed": (final(step(), status="paßed"), 4),
    "a19: a long s": (final(step(status="pa\u017f\u017fed")), 4),
    "one request for two steps": (final(*[{**step(), "requestId": "ctr-10"}] * 2), 4),
    "errors at the top": (final(step(), errors=[{"msg": "odd"}]), 4),
    "steps that were not executed": (final(step(), result__stepDetails__notExecuted=1), 4),
    "40 percent": (final(step(), percentageCompleted=40), 4),
    "outputs with null": (final(step(expected=[None], actual=[])), 4),
    "the other version": (final(step(), result__version="published"), 4),
    "the other language": (final(step(), result__botLanguage="de"), 4),
    "a failed assertion in a list": (final(with_assertion("intent", [assertion("failed")])), 1),
    "a failed assertion as a word": (final(with_assertion("intent", "failed")), 4),
    "a failed assertion within another": (final(with_assertion("custom", {"intent": assertion("failed")})), 1),
    "a failed assertion with other keys": (
        final(with_assertion("flowLevel", {"Enabled": True, "Status": "failed"})),
        4,
    ),
    "failed assertions of a step": (final({**step(), "assertions": {"flowLevel": assertion("failed")}}), 4),
    "a failed response": (final(step(expected=[{**response(), "status": "failed"}])), 4),
    "errorDetails of a step": (final({**step(), "errorDetails": "boom"}), 4),
    "another test run under another key": (final(step(), testRunId="ctr-other"), 4),
    "another test run in the result": (final(step(), result__testRunId="ctr-other"), 4),
    "another app in the result": (final(step(), result__streamId="st-other"), 4),
    "the other version at the top": (final(step(), version="published"), 4),
    "an object that counts steps without a result": (final(step(), result__stepDetails__notExecuted={"count": 1}), 4),
    "a text that counts steps without a result": (final(step(), result__stepDetails__notExecuted="1 step"), 4),
    "steps without a result, counted in the result": (final(step(), result__notExecuted=1), 4),
    "steps without a result, counted at the top": (final(step(), notExecuted=1), 4),
    "another number of steps in the result": (final(step(), result__totalTestStepsCount=5), 4),
    "40 percent in other words": (final(step(), percentComplete=40), 4),
    "50 percent under a third key": (final(step(), percent=50), 4),
    "failed steps, counted in an object with an undocumented key": (
        final(step(), result__stepdetails={"passed": 0, "failed": 3}),
        4,
    ),
    "another app under another key": (final(step(), stream_id="st-other"), 4),
    "the other language under a third key": (final(step(), result__bot_language="de"), 4),
    "a partial failure": (final(step(), isPartialFailure=True), 4),
    "no success at the top": (final(step(), success=False), 4),
    "failures in the result": (final(step(), result__failures=["boom"]), 4),
    "counts in another place": (final(step(), results={"success": 0, "failure": 2}), 4),
    "the code of a failed request": (final(step(), statusCode=500), 4),
    "a reason why it failed": (final(step(), result__failureReason="boom"), 4),
    "a step with passed: 0": (final({**step(), "passed": 0}), 4),
    "a response that is not valid": (final(step(expected=[{**response(), "valid": False}])), 4),
    "an assertion with ok: 0": (final(with_assertion("text", {**assertion("passed"), "ok": "0"})), 4),
    "no pass in the result": (final(step(), result__pass=0), 4),
    "an error in a step": (final({**step(), "error": "boom"}), 4),
    "40 percent in the result": (final(step(), result__percentageCompleted=40), 4),
    "errors in the result": (final(step(), result__errors=[{"msg": "odd"}]), 4),
    "one error at the top": (final(step(), error="boom"), 4),
    "an assertion in a list that ended in error": (final(with_assertion("intent", [assertion("error")])), 4),
    "an assertion in a list without a status": (final(with_assertion("intent", [{"enabled": True}])), 4),
    "an assertion that ended in error within another": (
        final(with_assertion("custom", {"intent": assertion("aborted")})),
        4,
    ),
    "assertions of a step that ended in error": (
        final({**step(), "assertions": {"flowLevel": assertion("error")}}),
        4,
    ),
    "a step that ended in error under another key": (final({**step(), "Status": "Not_Executed"}), 4),
    "a response that ended in error": (final(step(expected=[{**response(), "status": "error"}])), 4),
    "failed steps, counted at the top": (final(step(), failedTestStepsCount=1), 4),
    "failed steps, counted in the result": (final(step(), result__failed_count="1"), 4),
    "50 percent under another key": (final(step(), result__percentage=50), 4),
    "the other language under another key": (final(step(), **{"result__bot-language": "de"}), 4),
}


@pytest.mark.parametrize("name", PASSES)
def test_a_sound_proof_is_passed_in_whatever_form_its_numbers_come(tmp_path: Path, clock: FakeClock, name: str) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSES[name]))

    assert (0, "passed") == (done.code, done.outputs["verdict"])


@pytest.mark.parametrize("name", NO_PASS)
def test_a_reply_that_proves_no_pass_is_none(tmp_path: Path, clock: FakeClock, name: str) -> None:
    suite, code = NO_PASS[name]

    done, _ = job(tmp_path, clock, scenario(Pizza=suite))

    assert (code, {1: "failed", 4: "error"}[code]) == (done.code, done.outputs["verdict"])


def test_two_suites_of_one_test_run_prove_nothing(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=final(step(), _id="ctr-1"), Hours=final(step(), _id="ctr-1")))

    assert (4, "error") == (done.code, done.outputs["verdict"])


def test_a_run_of_another_version_that_is_attached_to_is_no_pass(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        run_id = simulator.start_run("Pizza", "published")
        done = run(simulator, tmp_path, clock, test_run_ids=run_id)

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert 'The reply is for version "published", but "inDevelopment" was requested.' in done.log


def test_a_run_continues_until_both_status_words_say_that_it_ended(tmp_path: Path, clock: FakeClock) -> None:
    """Attack a12: the top-level status is ahead of the result's."""
    ahead = final(step(), result__status="inprogress")

    done, simulator = job(tmp_path, clock, scenario(Pizza=ahead), timeout="60s", stall_timeout="0")

    assert (5, "timeout") == (done.code, done.outputs["verdict"])
    assert 1 < len([request for request in simulator.requests if request.method == "GET"])


@pytest.mark.parametrize(("place", "code"), [("errorDetails", 4), ("text", 0), ("more", 0), ("status", 4)])
def test_a_reply_that_is_nested_deeply_ends_in_a_verdict_and_reports(
    tmp_path: Path, clock: FakeClock, place: str, code: int
) -> None:
    """Attack a9."""
    deep: Any = "end"
    for _ in range(600):
        deep = [deep]
    replies = {
        "errorDetails": final(step(), result__errorDetails=deep),
        "text": final(step(actual=[{**response(), "text": deep}])),
        "more": final(step(), more=deep),
        "status": final(step(), result__status=deep),
    }

    done, _ = job(tmp_path, clock, scenario(Pizza=replies[place]))

    assert (code, {0: "passed", 4: "error"}[code]) == (done.code, done.outputs["verdict"])
    assert {*RENDERERS} <= {*done.files}


def test_error_details_of_a_run_that_timed_out_are_in_the_reports(tmp_path: Path, clock: FakeClock) -> None:
    stuck = final(step(), status="inprogress", result__errorDetails={"msg": "The auth profile expired."})

    done, _ = job(tmp_path, clock, scenario(Pizza=stuck), timeout="60s", stall_timeout="0")

    assert (5, "timeout") == (done.code, done.outputs["verdict"])
    assert dict.fromkeys(RENDERERS, True) == {
        name: b"The auth profile expired." in done.files[name] for name in RENDERERS
    }
