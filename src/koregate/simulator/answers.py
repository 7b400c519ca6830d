"""A scripted suite as the platform's status replies, in the documented shape and judged by the documented rules.

Kore.ai API, "Get Test Suite Execution Status"; user guide, "Test Case Assertion":

- A flow assertion passes if the nodes agree.
- A text assertion passes if the response is one of the accepted texts.
- A context assertion passes if every pair agrees.
- A step passes if all its assertions pass, and a run passes if all its steps do.

No reply of a failed run is documented. Inferred: `outputs` has the expected response, `actualOutput` the actual one.
"""

from collections.abc import Mapping
from typing import Any

from koregate.simulator.scenario import ScriptedStep, ScriptedSuite

PASSED, FAILED, NOT_EXECUTED = "passed", "failed", "notexecuted"
RUNNING = "inprogress"
START_FLOW = "Start_Flow"


def status_reply(
    suite: ScriptedSuite, ids: Mapping[str, str], elapsed: float, *, start_time: str, version: str = "configured"
) -> object:
    """The JSON of the status reply, that many seconds after the start of the run. A scenario can make it any value.

    `ids` are `_id`, `streamId` and `testSuiteId`.
    """
    result = {"nlpVersion": [], "startTime": suite.start_time or start_time, "version": version, "status": RUNNING}
    if suite.has_ended(elapsed):
        return _final_reply(suite, ids, result)
    return _reply(suite, ids, RUNNING, result, suite.percent_at(elapsed))


def _final_reply(suite: ScriptedSuite, ids: Mapping[str, str], result: dict[str, Any]) -> object:
    if "final" in suite.model_fields_set:
        return {**ids, **suite.final} if isinstance(suite.final, dict) else suite.final
    executed = len(suite.steps) if suite.executed is None else suite.executed
    steps = _steps(suite, ids["_id"])
    statuses = [step["status"] for step in steps]
    status = suite.status or _word(passed=all(status == PASSED for status in statuses))
    result = {
        **result,
        "nlpVersion": [step["nlpVersion"] for step in steps[:executed]],
        "status": suite.result_status or status,
        "stepDetails": {"passed": statuses.count(PASSED), "failed": statuses.count(FAILED), "total": len(steps)},
        "errorDetails": suite.error_details,
        "executionResults": steps[: max(len(steps) - suite.cut, 0)],
        # Milliseconds, inferred: the documented sample has 14364 for 13 steps.
        "duration": round((suite.seconds or 0) * 1000),
    }
    if suite.summary_only or suite.linked_results:
        del result["executionResults"]
    if suite.linked_results:
        # The page promises a link; no sample has one. The key is that of batch suites.
        result["fileUrl"] = suite.link
    return _reply(suite, ids, status, result, 100)


def linked_results(suite: ScriptedSuite, run_id: str) -> object:
    """The JSON of the file of results. No page shows it: the steps are those of a reply with a list of them."""
    run = suite.linked_run or run_id
    steps = _steps(suite, run)
    return {"_id": run, "executionResults": steps[: max(len(steps) - suite.cut, 0)]}


def _steps(suite: ScriptedSuite, run_id: str) -> list[dict[str, Any]]:
    executed = len(suite.steps) if suite.executed is None else suite.executed
    return [
        _step(step, f"{run_id}{number}", is_first=number == 0, is_executed=number < executed)
        for number, step in enumerate(suite.steps)
    ]


def _reply(
    suite: ScriptedSuite, ids: Mapping[str, str], status: str, result: dict[str, Any], percent: int
) -> dict[str, Any]:
    total = len(suite.steps) if suite.announced is None else suite.announced
    reply = {**ids, "status": status, "totalTestStepsCount": total, "result": result}
    return {**reply, "percentageCompleted": percent} if suite.percent else reply


def _step(step: ScriptedStep, request_id: str, *, is_first: bool, is_executed: bool) -> dict[str, Any]:
    assertions = {"flowLevel": _flow(step), "text": _text(step), "context": _context(step)}
    if not is_executed:
        assertions = {kind: _without_statuses(assertion) for kind, assertion in assertions.items()}
    passed = all(assertion.get("status") != FAILED for assertion in assertions.values())
    expected = _response(step, next(iter(step.expect), ""), _expected_node(step), assertions)
    answered = {**assertions, "context": _context(step, is_actual=True)}
    has_response = step.response is not None and is_executed
    # The documented sample has this key on a response whose assertions all passed: it is a hint and not a verdict.
    if has_response and step.expect and step.response not in step.expect:
        expected["textMismatch"] = True
    result = {
        "actualOutput": [_response(step, step.response or "", _node(step), answered)] if has_response else [],
        "intents": [],
        "faqs": [],
        "smalltalk": [],
        "input": step.say,
        "outputs": [expected],
        "requestId": request_id,
        "nlpVersion": "v3",
        "status": (step.status or _word(passed=passed)) if is_executed else NOT_EXECUTED,
    }
    return {**result, "event": START_FLOW} if is_first and step.say == START_FLOW else result


def _node(step: ScriptedStep) -> str:
    return step.flow.node if step.flow else ""


def _expected_node(step: ScriptedStep) -> str:
    return (step.flow.expected_node or step.flow.node) if step.flow else ""


def _response(step: ScriptedStep, text: str, node: str, assertions: dict[str, Any]) -> dict[str, Any]:
    if step.flow and step.flow.standard:
        kind = {"category": node, "isStandardResponse": True, "userPrompts": []}
        return {"text": text, **kind, "assertions": assertions}
    return {
        "text": text,
        "nodeId": node,
        "componentType": "",
        "intentId": step.flow.intent if step.flow else "",
        "nodeName": node,
        "intentType": "",
        "taskId": "",
        "dialogName": step.flow.dialog if step.flow else "",
        "transitions": [],
        "transitionNodeNames": [],
        "transitionNodeType": [],
        "assertions": assertions,
    }


def _word(*, passed: bool) -> str:
    return PASSED if passed else FAILED


def _enabled(contains: list[dict[str, Any]], *, passed: bool) -> dict[str, Any]:
    return {"enabled": True, "contains": contains, "status": _word(passed=passed)}


def _disabled() -> dict[str, Any]:
    return {"enabled": False, "contains": []}


def _without_statuses(assertion: dict[str, Any]) -> dict[str, Any]:
    """The assertion as in the suite's definition (Kore.ai API, "Get Conversation Test Suite Creation Status")."""
    contains = [{key: value for key, value in entry.items() if key != "status"} for entry in assertion["contains"]]
    return {"enabled": assertion["enabled"], "contains": contains}


def _flow(step: ScriptedStep) -> dict[str, Any]:
    if step.flow is None:
        return _disabled()
    passed = step.response is not None and _expected_node(step) == _node(step)
    return _enabled([{"nodeId": _expected_node(step), "status": _word(passed=passed)}], passed=passed)


def _text(step: ScriptedStep) -> dict[str, Any]:
    if not step.expect:
        return _disabled()
    matches = [text == step.response or (step.dynamic and step.response is not None) for text in step.expect]
    contains = [
        {"text": text, "status": _word(passed=matched)} for text, matched in zip(step.expect, matches, strict=True)
    ]
    return _enabled(contains, passed=any(matches))


def _context(step: ScriptedStep, *, is_actual: bool = False) -> dict[str, Any]:
    """No entry of a context assertion is documented: the keys are those of the user guide, `Key` and `Value`."""
    if not step.context:
        return _disabled()
    contains = [
        {"key": key, "value": actual if is_actual else expected, "status": _word(passed=expected == actual)}
        for key, (expected, actual) in step.context.items()
    ]
    return _enabled(contains, passed=all(expected == actual for expected, actual in step.context.values()))
