"""A scripted suite as the platform's status answers, in the documented shape and judged by the documented rules.

Kore.ai API, "Get Test Suite Execution Status"; user guide, "Test Case Assertion": a flow assertion passes where the
nodes agree, a text assertion where any accepted text is the answer, a context assertion where every pair agrees; a step
passes where all its assertions pass, a run where all its steps do.
No answer of a failed run is documented. Inferred: `outputs` is the expected side, `actualOutput` the bot's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koregate.simulator.scenario import NOT_EXECUTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koregate.simulator.scenario import ScriptedStep, ScriptedSuite

PASSED, FAILED = "passed", "failed"
RUNNING = "inprogress"
START = "Start_Flow"


def answer(
    suite: ScriptedSuite, ids: Mapping[str, str], elapsed: float, *, start_time: str, version: str = "configured"
) -> object:
    """The platform's answer that many seconds after the start of the run: anything, where the scenario says so.

    `ids` are `_id`, `streamId` and `testSuiteId`. The documented sample answers `configured` to `inDevelopment`.
    """
    result = {"nlpVersion": [], "startTime": suite.start_time or start_time, "version": version, "status": RUNNING}
    if suite.ended(elapsed):
        return _ended(suite, ids, result)
    return _whole(suite, ids, RUNNING, result, suite.percent_at(elapsed))


def _ended(suite: ScriptedSuite, ids: Mapping[str, str], begun: dict[str, Any]) -> object:
    if "final" in suite.model_fields_set:
        return {**ids, **suite.final} if isinstance(suite.final, dict) else suite.final
    executed = len(suite.steps) if suite.executed is None else suite.executed
    steps = [
        _step(step, f"{ids['_id']}{number}", first=number == 0, executed=number < executed)
        for number, step in enumerate(suite.steps)
    ]
    words = [step["status"] for step in steps]
    status = suite.status or (PASSED if all(word == PASSED for word in words) else FAILED)
    result = {
        **begun,
        "nlpVersion": [step["nlpVersion"] for step in steps[:executed]],
        "status": suite.result_status or status,
        "stepDetails": {"passed": words.count(PASSED), "failed": words.count(FAILED), "total": len(words)},
        "errorDetails": suite.error_details,
        "executionResults": steps[: max(len(steps) - suite.cut, 0)],
        # Milliseconds, inferred: the documented sample has 14364 for 13 steps.
        "duration": round((suite.seconds or 0) * 1000),
    }
    if suite.summary_only:
        del result["executionResults"]
    return _whole(suite, ids, status, result, 100)


def _whole(
    suite: ScriptedSuite, ids: Mapping[str, str], status: str, result: dict[str, Any], percent: int
) -> dict[str, Any]:
    total = len(suite.steps) if suite.announced is None else suite.announced
    made = {**ids, "status": status, "totalTestStepsCount": total, "result": result}
    return {**made, "percentageCompleted": percent} if suite.percent and not suite.percent_missing else made


def _step(step: ScriptedStep, request_id: str, *, first: bool, executed: bool) -> dict[str, Any]:
    assertions = {"flowLevel": _flow(step), "text": _text(step), "context": _context(step)}
    if not executed:
        assertions = {kind: _unjudged(assertion) for kind, assertion in assertions.items()}
    good = all(assertion.get("status") != FAILED for assertion in assertions.values())
    expected = _response(step, next(iter(step.expect), ""), _expected_node(step), assertions)
    actual = [] if step.said is None or not executed else [_response(step, step.said, _node(step), assertions)]
    # The documented sample has this on a response whose every assertion passed: a hint, not a verdict.
    if actual and step.expect and step.said not in step.expect:
        expected["textMismatch"] = True
    made = {
        "actualOutput": actual,
        "intents": [],
        "faqs": [],
        "smalltalk": [],
        "input": step.say,
        "outputs": [expected],
        "requestId": request_id,
        "nlpVersion": "v3",
        "status": (step.status or _word(good=good)) if executed else NOT_EXECUTED,
    }
    return {**made, "event": START} if first and step.say == START else made


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


def _word(*, good: bool) -> str:
    return PASSED if good else FAILED


def _assertion(contains: list[dict[str, Any]], *, good: bool) -> dict[str, Any]:
    return {"enabled": True, "contains": contains, "status": _word(good=good)}


def _disabled() -> dict[str, Any]:
    return {"enabled": False, "contains": []}


def _unjudged(assertion: dict[str, Any]) -> dict[str, Any]:
    """As in the suite's definition: without a status (Kore.ai API, "Get Conversation Test Suite Creation Status")."""
    contains = [{key: value for key, value in entry.items() if key != "status"} for entry in assertion["contains"]]
    return {"enabled": assertion["enabled"], "contains": contains}


def _flow(step: ScriptedStep) -> dict[str, Any]:
    if step.flow is None:
        return _disabled()
    good = step.said is not None and _expected_node(step) == _node(step)
    return _assertion([{"nodeId": _expected_node(step), "status": _word(good=good)}], good=good)


def _text(step: ScriptedStep) -> dict[str, Any]:
    if not step.expect:
        return _disabled()
    fits = [text == step.said or (step.dynamic and step.said is not None) for text in step.expect]
    contains = [{"text": text, "status": _word(good=fit)} for text, fit in zip(step.expect, fits, strict=True)]
    return _assertion(contains, good=any(fits))


def _context(step: ScriptedStep) -> dict[str, Any]:
    """No entry of a context assertion is documented: the keys are those of the user guide, `Key` and `Value`."""
    if not step.context:
        return _disabled()
    contains = [
        {"key": key, "value": expected, "actualValue": actual, "status": _word(good=expected == actual)}
        for key, (expected, actual) in step.context.items()
    ]
    return _assertion(contains, good=all(expected == actual for expected, actual in step.context.values()))
