"""Signs of failure in places that no page documents."""

import json
from typing import Any

import pytest
from hypothesis import given
from support import answers
from support.answers import answer, assertion, failed_step, replies, response, step

from koregate.kore_api.reply_parts import ReplyParts
from koregate.kore_api.signs import place_of
from koregate.kore_api.suspicions import sign_of_failure


def suspicious(value: Any, *failed_steps: int, of_failed_run: bool = False) -> bool:
    whole = ReplyParts(json.dumps(value).encode()).whole
    return sign_of_failure(whole, failed_steps if of_failed_run or failed_steps else None) is not None


@given(replies())
def test_a_sign_of_failure_is_found_wherever_it_is(reply: Any) -> None:
    assert answers.says_failed(reply) == suspicious(reply)


@pytest.mark.parametrize(
    "part",
    [
        {"status": "failed"},
        {"Sta-tus": "F A I L E D"},
        {"status": ["failed"]},
        {"assertions": "failed"},
        {"assertions": ["failed"]},
        {"assertions": {"word": "failed"}},
        {"assertions": [[{"word": "failed"}]]},
        {"errorDetails": "odd"},
        {"error_details": {"a": 1}},
        {"errorDetails": 1},
        [[{"deep": [{"status": "failed"}]}]],
        {"enabled": True, "status": "failed"},
        {"status": "error"},
        {"Status": "Not_Executed"},
        {"assertions": {"flowLevel": {"status": "aborted"}}},
    ],
)
def test_a_sign_is_found_in_any_place(part: Any) -> None:
    assert suspicious(part)
    assert suspicious(answer(step(), more=part))
    assert suspicious(answer(step(), failed_step(), status="failed", more=part), 2)


@pytest.mark.parametrize(
    "part",
    [
        {"word": "failed"},
        {"status": "passed"},
        {"status": ""},
        {"word": "error"},
        {"enabled": False, "status": "error"},
        {"enabled": False, "status": "failed"},
        {"enabled": False, "inner": {"status": "failed"}},
        {"contains": [{"status": "failed"}]},
        {"assertions": {"contains": "failed"}},
        {"errorDetails": {}},
        {"errorDetails": []},
        {"errorDetails": 0},
        {"errorDetails": ""},
        {"errorDetails": None},
        ["failed"],
        "failed",
    ],
)
def test_what_says_nothing_is_no_sign(part: Any) -> None:
    assert not suspicious(part)
    assert not suspicious(answer(step(), more=part))


def test_of_a_failed_run_the_documented_places_are_no_news() -> None:
    bad = assertion("failed")
    several = step("x", "failed", [response(flow=bad, context=bad)], [response(flow=bad)] * 2)
    reply = answer(step(), failed_step(), several, failed_step(), status="failed")
    with_status = answer({**failed_step(), "outputs": [{**response(text_=bad), "status": "failed"}]}, status="failed")

    assert not suspicious(reply, 2, 3, 4)
    assert not suspicious(with_status, 1)
    assert suspicious(reply, 2, 3)
    assert suspicious(reply, 2, 4)
    assert suspicious(reply, of_failed_run=True)


def failed_reply(**changes: Any) -> Any:
    return answer({**failed_step(), **changes}, status="failed")


@pytest.mark.parametrize(
    "reply",
    [
        answer(failed_step(), status="failed", result__summary={"status": "failed"}),
        answer(failed_step(), status="failed", result__errorDetails="odd"),
        failed_reply(children=[{"status": "failed"}]),
        failed_reply(outputs=[{**response(), "status": "failed"}]),
        failed_reply(outputs=[{**response(text_=assertion("failed")), "part": {"status": "failed"}}]),
        failed_reply(outputs=[{"assertions": {"intent": {"status": "failed"}}}]),
        failed_reply(outputs={"status": "failed"}),
        failed_reply(Status="failed"),
        {"result": {"status": "failed"}, "Result": {"status": "failed"}},
    ],
)
def test_of_a_failed_run_any_other_place_is(reply: Any) -> None:
    assert suspicious(reply, 1)


@pytest.mark.parametrize("reply", [7, "failed", [], {}, {"result": 7}, {"result": {"executionResults": {}}}])
def test_a_reply_of_any_other_shape_says_nothing(reply: Any) -> None:
    assert not suspicious(reply, 1)


@pytest.mark.parametrize(
    "sign",
    [
        {"error": "boom"},
        {"errors": ["x"]},
        {"failed": True},
        {"failed": 1},
        {"errorMessage": "boom"},
        {"failureReason": {"code": 7}},
        {"isPartialFailure": True},
        {"notExecuted": 1},
        {"success": False},
        {"success": "no"},
        {"is_passed": "N_o"},
        {"success": "Failed"},
        {"failure": 2},
        {"failures": ["boom"]},
    ],
)
def test_a_key_for_what_did_not_pass_speaks_against_a_step_and_its_responses(sign: dict[str, Any]) -> None:
    in_step, in_response = {**step(), **sign}, step(actual=[{**response(), **sign}])

    assert suspicious(answer(in_step))
    assert suspicious(answer(in_response))
    assert suspicious(answer(failed_step(), in_step, status="failed"), 1)


# What a failed step may say beside its failed assertion, since it says no more than that.
REPEATS = (
    {"failed": True},
    {"failed": 1},
    {"failedAssertions": 3},
    {"failureCount": 2},
    {"success": False},
    {"isPassed": "no"},
    {"passed": "Failed"},
)
# What stands for more than the failed assertion, so that the step is no proof even if the assertion had passed.
MORE_THAN_A_FAILURE = (
    {"errorMessage": "Webhook timeout"},
    {"error": "boom"},
    {"error": True},
    {"errors": ["x"]},
    {"errorCount": 1},
    {"aborted": True},
    {"skipped": True},
    {"notExecuted": 2},
    {"failureReason": {"code": 7}},
    {"failures": ["boom"]},
    {"failed": "Webhook timeout"},
    {"isPartialFailure": True},
    {"executed": False},
    {"isExecuted": 0},
    {"executed": "notexecuted"},
    {"success": "aborted"},
    {"passed": "timed out"},
    {"passed": "error"},
)


def with_sign(sign: dict[str, Any], place: str) -> dict[str, Any]:
    """A failed run with that sign in its failed step, or in a response of it."""
    failed = failed_step()
    (failed if place == "step" else failed[place][0]).update(sign)
    return answer(failed, step(), status="failed")


@pytest.mark.parametrize("place", ["step", "outputs", "actualOutput"])
@pytest.mark.parametrize("sign", MORE_THAN_A_FAILURE)
def test_in_a_failed_step_a_sign_of_more_than_its_failure_is_not_forgotten(sign: dict[str, Any], place: str) -> None:
    assert suspicious(with_sign(sign, place), 1)


@pytest.mark.parametrize("place", ["step", "outputs", "actualOutput"])
@pytest.mark.parametrize("sign", REPEATS)
def test_in_a_failed_step_what_repeats_its_failure_is_no_news(sign: dict[str, Any], place: str) -> None:
    assert not suspicious(with_sign(sign, place), 1)
    assert suspicious(with_sign(sign, place), 2)


@pytest.mark.parametrize(
    "sign",
    [
        {"success": True},
        {"success": None},
        {"success": "yes"},
        {"success": ""},
        {"success": []},
        {"failures": []},
        {"error": None},
        {"errors": []},
        {"failed": False},
        {"failed": 0},
        {"errorMessage": ""},
    ],
)
def test_a_key_without_a_value_says_nothing(sign: dict[str, Any]) -> None:
    assert not suspicious(answer({**step(), **sign}))


@pytest.mark.parametrize(
    "key",
    [
        *("context", "botContext", "contextVars", "session", "userSession", "sessionVariables", "entities", "slots"),
        *("text", "payload", "message", "userPrompts", "intents", "faqs", "smalltalk"),
    ],
)
@pytest.mark.parametrize("place", ["step", "response"])
def test_what_a_bot_says_or_keeps_in_its_context_is_no_sign_of_failure(place: str, key: str) -> None:
    for data in ({"session": {"error": "none"}}, [{"failed": 2, "success": False}], {"result": "failed"}):
        bot = {**response(), key: data} if place == "response" else response()
        own = {key: data} if place == "step" else {}
        assert not suspicious(answer({**step(actual=[bot]), **own}))


STEP_PLACES = {
    "step": "",
    "response": ".outputs[0]",
    "actual response": ".actualOutput[0]",
    "assertions": ".outputs[0].assertions",
    "assertion": ".outputs[0].assertions.text",
    "unknown assertion": ".outputs[0].assertions.intent",
    "undocumented object": ".analysis[1]",
}


def in_step(place: str, fields: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The step with these fields in that place."""
    whole["outputs"][0]["assertions"]["intent"] = {"note": 1}
    whole["analysis"] = [{"note": 1}, {"note": 1}]
    bot = whole["outputs"][0]
    objects = {
        "step": whole,
        "response": bot,
        "actual response": whole["actualOutput"][0],
        "assertions": bot["assertions"],
        "assertion": bot["assertions"]["text"],
        "unknown assertion": bot["assertions"]["intent"],
        "undocumented object": whole["analysis"][1],
    }
    objects[place].update(fields)
    return whole


SIGNS_IN_A_STEP: list[tuple[dict[str, Any], str]] = [
    ({"failCount": 2}, "failCount"),
    ({"isFailed": True}, "isFailed"),
    ({"hasErrors": True}, "hasErrors"),
    ({"exception": "boom"}, "exception"),
    ({"timedOut": True}, "timedOut"),
    ({"code": 500}, "code"),
    ({"passed": False}, "passed"),
    ({"success": "No!"}, "success"),
    ({"outcome": "failed"}, "outcome"),
    ({"verdict": "FAILED!"}, "verdict"),
    ({"testResult": "fail"}, "testResult"),
    ({"matchResult": False}, "matchResult"),
    ({"state": "aborted"}, "state"),
    ({"details": {"failed": 2}}, "details.failed"),
    ({"details": {"success": False}}, "details.success"),
    ({"details": [{"note": 1}, {"result": "failed"}]}, "details[1].result"),
    ({"details": {"context": {"failed": 1}, "more": {"errors": ["x"]}}}, "details.more.errors"),
    ({"assertionResults": {"flow": "failed"}}, "assertionResults"),
    ({"Assertions": {"text": {"enabled": True, "result": "failed"}}}, "Assertions.text.result"),
    ({"intent": {"status": "skipped"}}, "intent.status"),
]


@pytest.mark.parametrize("place", STEP_PLACES)
@pytest.mark.parametrize(("fields", "told"), SIGNS_IN_A_STEP)
def test_a_sign_of_failure_in_any_part_of_a_step_is_found_and_named(
    fields: dict[str, Any], told: str, place: str
) -> None:
    reply = answer(step(), in_step(place, fields, step()))

    path = sign_of_failure(ReplyParts(json.dumps(reply).encode()).whole)

    assert path is not None
    assert f"result.executionResults[1]{STEP_PLACES[place]}.{told}" == place_of(path)


FLAGS = [
    *("success", "isSuccess", "successful", "pass", "passed", "isPassed", "didPass", "hasPassed", "allPassed"),
    *("passing", "stepPassed", "valid", "isValid", "ok", "isOk", "executed", "passedCount", "totalPassed"),
]


@pytest.mark.parametrize("place", [place for place in STEP_PLACES if place != "undocumented object"])
@pytest.mark.parametrize("key", FLAGS)
def test_a_flag_for_success_that_is_false_or_zero_is_a_sign(key: str, place: str) -> None:
    denials: tuple[Any, ...] = (False, 0, 0.0, "false", "False", "0", "0.0", "no", "N")
    others: tuple[Any, ...] = (True, 1, 3, "true", "1", "yes", None, "")

    assert all(suspicious(answer(in_step(place, {key: value}, step()))) for value in denials)
    assert not any(suspicious(answer(in_step(place, {key: value}, step()))) for value in others)


@pytest.mark.parametrize("key", ["failed", "isFailed", "error", "hasError", "failures", "failedSteps", "invalid"])
def test_a_flag_for_failure_that_is_true_or_not_zero_is_a_sign(key: str) -> None:
    for place in STEP_PLACES:
        assert all(suspicious(answer(in_step(place, {key: value}, step()))) for value in (True, 1, "true", "1", "yes"))
        assert not any(suspicious(answer(in_step(place, {key: value}, step()))) for value in (False, 0, None, ""))


def test_a_count_of_nothing_in_a_part_of_a_step_is_no_sign() -> None:
    none = {"total": 0, "executed": 0, "passed": 0, "failed": 0}
    counts = {"context": {"passed": 0, "failed": 0}, "summary": [{"successCount": 0, "totalTests": 0}], "other": none}

    assert not suspicious(answer({**step(actual=[{**response(), **counts, **none}]), **none, "counted": counts}))
    assert not suspicious(answer({**step(), "assertionsSummary": {"context": none}}))
    assert not suspicious(answer({**step(), "counted": {"assertions": {"text": none}}}))
    for flag in ({"isPassed": 0}, {"name": "x", "success": 0}, {**none, "total": 1}, {**none, "failed": 1}):
        assert suspicious(answer({**step(), "counted": flag}))
        assert suspicious(answer({**step(), "checks": [flag]}))
    assert suspicious(answer({**step(), "passed": 0, "failed": 0}))
    assert suspicious(answer({**step(), "counted": {"assertions": {"text": {"passed": 0}}}}))


@pytest.mark.parametrize("place", STEP_PLACES)
def test_fields_of_a_step_that_say_nothing_of_a_failure_are_no_signs(place: str) -> None:
    fields = {"failCount": 0, "isFailed": False, "exception": None, "code": 200, "outcome": "passed", "success": True}
    others = {
        "message": "Assertion failed",
        # Directly among the assertions it would be one of them.
        **({} if place == "assertions" else {"orderStatus": "cancelled"}),
        "checks": {"enabled": False, "result": "failed", "inner": {"failed": 1}},
        "contains": [{"failed": 1}],
    }

    assert not suspicious(answer(in_step(place, fields | others, step())))


@pytest.mark.parametrize(
    "value", [False, "fail", "FAILED!", {"passed": False}, {"result": "failed"}, [{"isPassed": "no"}], ["failed"]]
)
def test_an_assertion_of_an_unknown_kind_says_in_many_shapes_that_it_failed(value: Any) -> None:
    bot = response()
    bot["assertions"]["intent"] = value

    assert suspicious(answer(step(expected=[bot])))
    assert suspicious(answer(failed_step(), step(expected=[bot]), status="failed"), 1)


@pytest.mark.parametrize("value", [True, "pass", {"passed": True}, {"enabled": False, "passed": False}, None, [], 0])
def test_an_assertion_of_an_unknown_kind_that_says_no_failure_is_no_sign(value: Any) -> None:
    bot = response()
    bot["assertions"]["intent"] = value

    assert not suspicious(answer(step(expected=[bot])))


def test_in_a_failed_step_an_assertion_that_passed_has_no_failure_to_repeat() -> None:
    def reply(kind: str) -> Any:
        failed = failed_step()
        failed["outputs"][0]["assertions"]["flowLevel"] = assertion("passed")
        failed["outputs"][0]["assertions"][kind]["passed"] = False
        return answer(failed, step(), status="failed")

    assert not suspicious(reply("text"), 1)
    assert suspicious(reply("flowLevel"), 1)
