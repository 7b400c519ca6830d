"""Results behind a link: they add test cases and can make a verdict worse, and no file ever makes one better."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.answers import MISSING, RUN_ID, TARGET, answer, failed_step, replies, step

from koregate.judging import linked_results
from koregate.judging.cases import FailureClass, Outcome
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult, SuiteResult
from koregate.kore_api.result_link import ResultFile
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.policy.rules import Policy
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict, worst

# Two steps passed by the counts, and the reply does not list them.
SUMMARY = answer(step("hi"), step("pizza"), result__executionResults=MISSING)


def judged(reply: Any, file: Any = None, problem: str = "") -> SuiteResult:
    """The result of one suite with this reply and this result file."""
    return job_with(reply, file, problem).suites[0]


def job_with(reply: Any, file: Any = None, problem: str = "") -> JobResult:
    """The result of a job with such a suite."""
    data = file if isinstance(file, bytes) or file is None else json.dumps(file).encode()
    record = RunRecord("Pizza", RUN_ID, json.dumps(reply).encode(), ended=True, result_file=ResultFile(data, problem))
    return judge_job(TARGET, [record])


def file_of(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"executionResults": list(steps), **more}


@pytest.mark.parametrize(
    "file",
    [
        file_of(step("hi"), step("pizza")),
        {"result": file_of(step("hi"), step("pizza"))},
        file_of(step("hi"), step("pizza"), _id=RUN_ID, status="passed", result={"status": "PASSED"}),
        file_of({**step("hi"), "requestId": f"{RUN_ID}0"}, {**step("pizza"), "requestId": f"{RUN_ID}1"}),
        file_of({**step("hi"), "requestId": "other"}, step("pizza")),
    ],
    ids=["at the top", "in result", "with the run's id", "with request ids", "with a request id of another form"],
)
def test_the_steps_of_the_file_become_test_cases(file: Any) -> None:
    alone, listed = judged(SUMMARY), judged(SUMMARY, file)

    assert (Verdict.PASSED, ["run"]) == (alone.verdict, [case.label for case in alone.cases])
    assert (Verdict.PASSED, 0, ()) == (listed.verdict, listed.exit_code, listed.reasons)
    assert ["1.1 text", "2.1 text"] == [case.label for case in listed.cases]
    assert (2, 2, 0) == listed.step_counts
    assert () == listed.remarks


@pytest.mark.parametrize(
    ("file", "verdict"),
    [
        (file_of(step("hi"), failed_step()), Verdict.FAILED),
        (file_of(step("hi")), Verdict.ERROR),
        (file_of(), Verdict.ERROR),
        (file_of(step("hi"), step("pizza"), step("more")), Verdict.ERROR),
        (file_of(step("hi"), "pizza"), Verdict.ERROR),
        (file_of(step("hi"), step("pizza", "odd")), Verdict.ERROR),
        (file_of(step("hi"), step("pizza"), status="failed"), Verdict.FAILED),
        (file_of(step("hi"), step("pizza"), status="inprogress"), Verdict.ERROR),
        (file_of(step("hi"), step("pizza"), status=["failed"]), Verdict.ERROR),
    ],
    ids=[
        "a failed step",
        "a step less",
        "no step",
        "a step more",
        "no object",
        "odd word",
        "failed",
        "running",
        "list",
    ],
)
def test_a_file_can_make_a_pass_worse(file: Any, verdict: Verdict) -> None:
    suite = judged(SUMMARY, file)

    assert verdict is suite.verdict
    assert any(case.is_blocking for case in suite.cases)
    assert "Internal error" not in " ".join(suite.reasons)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ({**SUMMARY, "status": "failed"}, Verdict.FAILED),
        ({**SUMMARY, "status": "aborted"}, Verdict.ERROR),
        ({**SUMMARY, "totalTestStepsCount": 3}, Verdict.ERROR),
        (answer(step(), step(), result__executionResults=MISSING, result__stepDetails=MISSING), Verdict.ERROR),
        (answer(step(), step(), result__executionResults=MISSING, result__errorDetails="Oops"), Verdict.ERROR),
    ],
    ids=["failed", "aborted", "a step missing", "no counts", "errorDetails"],
)
def test_a_file_without_a_failure_makes_no_verdict_better(reply: Any, verdict: Verdict) -> None:
    alone, listed = judged(reply), judged(reply, file_of(step("hi"), step("pizza")))

    assert (verdict, verdict) == (alone.verdict, listed.verdict)
    assert set(alone.reasons) <= set(listed.reasons)
    assert any(case.is_blocking for case in listed.cases)
    assert 2 == sum(step.returned for step in listed.steps)


def test_a_failed_step_in_the_file_does_not_turn_an_error_into_a_failure() -> None:
    suite = judged({**SUMMARY, "status": "aborted"}, file_of(step("hi"), failed_step()))

    assert (Verdict.ERROR, 4) == (suite.verdict, suite.exit_code)
    assert [Outcome.PASSED, Outcome.FAILED, Outcome.ERROR] == [case.outcome for case in suite.cases]
    assert " ".join(suite.doubts) == suite.run_cases[0].message
    assert len(suite.doubts) > 1


def test_the_advice_on_the_reply_and_on_its_steps_is_given_once() -> None:
    again, check = "Run the test suite again.", "If a suite gives no usable verdict again, check it in the App Builder."
    aborted = {**SUMMARY, "status": "aborted"}

    assert (again, check) == judged(aborted, file_of(step("hi"), failed_step())).advice
    assert (again, check) == judged(aborted, file_of(step("hi"), step("pizza"))).advice
    assert (again, check) == judged(SUMMARY, file_of(step("hi"), step("pizza", "odd"))).advice
    assert () == judged(SUMMARY, file_of(step("hi"), step("pizza"))).advice


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "it is not JSON"),
        (b"<html>", "it is not JSON"),
        (b'{"executionResults": [', "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b'{"executionResults": NaN}', "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        ([], "it has no list executionResults"),
        ({"executionResults": {}}, "it has no list executionResults"),
        ({"result": "executionResults"}, "it has no list executionResults"),
        (b'{"executionResults": [1], "executionResults": []}', "an object in it has a key more than once"),
        (file_of(step(), _id="ctr-2"), "it is of another test run"),
        (file_of(step(), _id="ctr-11"), "it is of another test run"),
        (file_of(step(), testRunId="ctr-2"), "it is of another test run"),
        (file_of({**step(), "requestId": "ctr-20"}), "it is of another test run"),
        (file_of({**step(), "requestId": "ctr-1x0"}), "it is of another test run"),
    ],
)
def test_a_file_that_cannot_be_used_is_reported_and_changes_nothing(file: Any, reason: str) -> None:
    alone, suite = judged(SUMMARY), judged(SUMMARY, file)

    assert (f"The result file is unusable: {reason}.",) == suite.remarks
    assert (alone.verdict, alone.cases, alone.reasons) == (suite.verdict, suite.cases, suite.reasons)


def test_a_file_that_was_not_fetched_is_reported_and_changes_nothing() -> None:
    suite = judged(SUMMARY, problem="The result file was not fetched: it has expired.")

    assert (Verdict.PASSED, ("The result file was not fetched: it has expired.",)) == (suite.verdict, suite.remarks)


def test_a_reply_that_lists_its_steps_needs_no_file() -> None:
    suite = judged(answer(step("hi")), file_of(failed_step()))

    assert (Verdict.PASSED, ["hi"], ()) == (suite.verdict, [step.input for step in suite.steps], suite.remarks)


def test_a_run_that_was_stopped_has_no_steps_of_a_file() -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "Late.")
    file = ResultFile(json.dumps(file_of(step())).encode())

    record = RunRecord("Pizza", RUN_ID, json.dumps(SUMMARY).encode(), stop=stop, result_file=file)

    assert (Verdict.TIMEOUT, ()) == ((suite := judge_job(TARGET, [record]).suites[0]).verdict, suite.steps)


def test_personal_data_is_removed_from_the_steps_of_a_file() -> None:
    file = ResultFile(json.dumps(file_of(step("I am ann@example.com"), step("pizza"))).encode())

    record = RunRecord("Pizza", RUN_ID, json.dumps(SUMMARY).encode(), ended=True, result_file=file)

    assert "I am [email]" == judge_job(TARGET, [record], ("email",)).suites[0].steps[0].input


def test_the_result_has_the_name_and_is_held_to_the_target_that_were_given() -> None:
    for file in (ResultFile(), ResultFile(json.dumps(file_of(step("hi"), step("pizza"))).encode())):
        record = RunRecord("Pizza", RUN_ID, json.dumps(SUMMARY).encode(), ended=True, result_file=file)

        suite = linked_results.judge("Pizza (2)", record, str, TARGET._replace(stream_id="st-2"))

        assert ("Pizza (2)", "Pizza", Verdict.ERROR) == (suite.name, suite.suite, suite.verdict)
        assert 'The reply is for stream "st-1", but "st-2" was requested.' == suite.doubts[0]
        assert 1 == sum("st-2" in doubt for doubt in suite.doubts)


@pytest.mark.parametrize(("asked", "told"), [(RUN_ID, "ctr-2"), (None, RUN_ID)])
def test_a_file_is_of_the_run_that_was_asked_for_or_else_of_the_one_in_the_reply(asked: str | None, told: str) -> None:
    of_another = file_of(step("hi"), step("pizza"), _id="ctr-2")
    reply = {**SUMMARY, "_id": told}
    record = RunRecord("Pizza", asked, json.dumps(reply).encode(), ended=True)

    suite = linked_results.judge(
        "Pizza", record._replace(result_file=ResultFile(json.dumps(of_another).encode())), str, TARGET
    )

    assert ("The result file is unusable: it is of another test run.",) == suite.remarks


def test_a_reply_without_a_result_gets_the_steps_of_the_file() -> None:
    suite = judged({"_id": RUN_ID, "status": "passed", "totalTestStepsCount": 1}, file_of(step("hi")))

    assert (Verdict.ERROR, ["hi"]) == (suite.verdict, [step.input for step in suite.steps])


def test_a_files_word_for_a_pass_replaces_no_word_of_the_reply() -> None:
    reply = {**SUMMARY, "result": {**SUMMARY["result"], "status": "aborted"}}

    suite = judged(reply, file_of(step("hi"), step("pizza"), status="passed"))

    assert (2, Verdict.ERROR) == (len(suite.steps), suite.verdict)
    assert ("The run was aborted on the platform.",) == suite.doubts
    assert ["The run was aborted on the platform."] == [case.message for case in suite.run_cases]


def test_a_failure_that_only_the_counts_tell_stays_one_beside_the_steps_of_the_file() -> None:
    reply = {**SUMMARY, "result": {**SUMMARY["result"], "stepDetails": {"passed": 1, "failed": 1, "total": 2}}}

    suite = judged({**reply, "more": 7}, file_of(step("hi"), failed_step()))

    assert ("The platform counts 1 failed step.",) == suite.failures
    assert 1 == len(suite.remarks)
    assert "more" in suite.remarks[0]


@pytest.mark.parametrize("word", ["passed", "PASSED", "aborted"])
def test_a_failure_that_the_reply_alone_tells_stays_whatever_the_file_says(word: str) -> None:
    reply = {**SUMMARY, "result": {**SUMMARY["result"], "status": "failed"}}

    suite = judged(reply, file_of(step("hi"), step("pizza"), status=word))

    assert ("The platform reports the test run as failed.",) == suite.failures
    assert suite.verdict is (Verdict.ERROR if word == "aborted" else Verdict.FAILED)
    assert any(case.is_blocking for case in suite.cases)


@pytest.mark.parametrize(
    ("warn_on", "rate"), [({FailureClass.WRONG_TEXT}, "100"), (set(), "0"), (set(FailureClass), "50")]
)
def test_no_failure_that_only_a_file_explains_is_tolerated(warn_on: set[FailureClass], rate: str) -> None:
    steps = step("hi"), failed_step()
    policy = Policy(datetime(2026, 11, 25, tzinfo=UTC), Decimal(rate), frozenset(warn_on))
    reply = answer(*steps, status="failed", result__executionResults=MISSING)

    def after_policy(reply: Any, file: Any) -> tuple[Verdict, int]:
        job = with_exit_code(apply_policy(job_with(reply, file), policy), "any")
        return job.verdict, job.exit_code

    assert (Verdict.FAILED, 1) == after_policy(reply, None) == after_policy(reply, file_of(*steps))
    # The same steps in the reply itself are tolerated.
    assert (Verdict.TOLERATED, 0) == after_policy(answer(*steps, status="failed"), None)


def test_that_the_steps_are_those_of_a_file_is_told_of_a_failure_only() -> None:
    failed = answer(step("hi"), failed_step(), status="failed", result__executionResults=MISSING)

    assert ("The reply itself lists no steps, only its result file does.",) == judged(
        failed, file_of(step("hi"), failed_step())
    ).doubts
    assert () == judged(SUMMARY, file_of(step("hi"), step("pizza"))).doubts


def test_nobody_is_told_of_undocumented_parts_at_places_that_only_the_file_has() -> None:
    suite = judged(SUMMARY, file_of({**step("hi"), "odd": 1}, step("pizza")))

    assert (Verdict.PASSED, ()) == (suite.verdict, suite.remarks)


def test_a_lone_surrogate_in_a_file_breaks_nothing() -> None:
    file = json.dumps(file_of(step("hi \ud800"), step("pizza"))).encode()

    assert (Verdict.PASSED, 2) == ((suite := judged(SUMMARY, file)).verdict, len(suite.steps))


ANY_STEP = st.sampled_from([step("hi"), failed_step(), step("odd", "aborted"), {}, None, "x"])
FILES = st.lists(ANY_STEP, max_size=4).map(lambda steps: file_of(*steps)) | replies() | st.binary(max_size=40)


@example(reply={"_id": "ctr-1", "status": None, "result": None}, file=file_of(), summary=False)
@given(replies(), FILES, st.booleans())
def test_no_file_makes_any_verdict_better(reply: Any, file: Any, summary: bool) -> None:
    if summary and isinstance(reply, dict) and isinstance(reply.get("result"), dict):
        reply["result"].pop("executionResults", None)
    alone, listed = judged(reply), judged(reply, file)

    before, after = (alone.verdict, alone.exit_code), (listed.verdict, listed.exit_code)
    assert after == worst([before, after])
    assert set(alone.reasons) <= set(listed.reasons)
    assert any(case.is_blocking for case in listed.cases) == (listed.verdict is not Verdict.PASSED)
