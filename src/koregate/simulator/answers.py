"""A scripted suite as the platform's status answers, in the documented shape and judged by the documented rules.

Kore.ai API, "Get Test Suite Execution Status"; user guide, "Test Case Assertion": a flow assertion passes where the
nodes agree, a text assertion where any accepted text is the answer, a context assertion where every pair agrees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from koregate.simulator.scenarios import ScriptedStep, ScriptedSuite

PASSED, FAILED = "passed", "failed"
_OFF: dict[str, Any] = {"enabled": False, "contains": []}


def running(suite: ScriptedSuite, ids: dict[str, str], elapsed: float) -> dict[str, Any]:
    """The answer while the run goes on: no counts and no steps yet."""
    answer: dict[str, Any] = {
        **ids,
        "status": "inprogress",
        "totalTestStepsCount": _announced(suite),
        "result": {"nlpVersion": [], "startTime": suite.start_time, "version": "configured", "status": "inprogress"},
    }
    if suite.percent:
        answer["percentageCompleted"] = suite.percent_at(elapsed)
    return answer


def ended(suite: ScriptedSuite, ids: dict[str, str]) -> Any:  # noqa: ANN401 -- a verbatim answer may be anything
    """The answer once the run is over."""
    if "final" in suite.model_fields_set:
        return {**ids, **suite.final} if isinstance(suite.final, dict) else suite.final
    steps = [_step(step, f"{ids['_id']}{number}") for number, step in enumerate(suite.steps)]
    came = steps[: len(steps) - suite.cut]
    failed = sum(1 for step in came if step["status"] == FAILED)
    passed = sum(1 for step in came if step["status"] == PASSED)
    status = suite.status or (FAILED if failed else PASSED)
    result: dict[str, Any] = {
        "nlpVersion": ["v3"] * len(came),
        "startTime": suite.start_time,
        "version": "configured",
        "status": suite.result_status or status,
        "stepDetails": {"passed": passed, "failed": failed, "total": len(came)},
        "errorDetails": suite.error_details,
        "executionResults": came,
        "duration": round(suite.seconds * 1000),
    }
    if suite.summary_only:
        del result["executionResults"]
    answer = {**ids, "status": status, "totalTestStepsCount": _announced(suite), "result": result}
    if suite.percent:
        answer["percentageCompleted"] = 100
    return answer


def _announced(suite: ScriptedSuite) -> int:
    return len(suite.steps) if suite.announced is None else suite.announced


def _step(step: ScriptedStep, request_id: str) -> dict[str, Any]:
    assertions = {"flowLevel": _flow(step), "text": _text(step), "context": _context(step)}
    bad = any(one.get("status") == FAILED for one in assertions.values())
    expected = _response(step, next(iter(step.variants), ""), assertions, expected=True)
    if step.said is not None and step.said not in step.variants:
        expected["textMismatch"] = True
    made: dict[str, Any] = {
        "actualOutput": [] if step.said is None else [_response(step, step.said, assertions, expected=False)],
        "intents": [],
        "faqs": [],
        "smalltalk": [],
        "input": step.say,
        "outputs": [expected],
        "requestId": request_id,
        "nlpVersion": "v3",
        "status": step.status or (FAILED if bad else PASSED),
    }
    return {**made, "event": step.say} if step.say == "Start_Flow" else made


def _response(step: ScriptedStep, text: str, assertions: dict[str, Any], *, expected: bool) -> dict[str, Any]:
    node = ""
    if step.flow:
        node = (step.flow.expected or step.flow.node) if expected else step.flow.node
    return {
        "text": text,
        "nodeId": node,
        "componentType": "dialogNode" if node else "",
        "intentId": "",
        "nodeName": node,
        "intentType": "",
        "taskId": "",
        "dialogName": "",
        "transitions": [],
        "transitionNodeNames": [],
        "transitionNodeType": [],
        "assertions": assertions,
    }


def _assertion(contains: list[dict[str, Any]], *, passed: bool) -> dict[str, Any]:
    return {"enabled": True, "contains": contains, "status": PASSED if passed else FAILED}


def _word(*, passed: bool) -> str:
    return PASSED if passed else FAILED


def _flow(step: ScriptedStep) -> dict[str, Any]:
    if step.flow is None:
        return _OFF
    wanted = step.flow.expected or step.flow.node
    good = step.said is not None and wanted == step.flow.node
    return _assertion([{"nodeId": wanted, "status": _word(passed=good)}], passed=good)


def _text(step: ScriptedStep) -> dict[str, Any]:
    if not any(step.variants):
        return _OFF
    contains = [{"text": text, "status": _word(passed=text == step.said)} for text in step.variants]
    return _assertion(contains, passed=step.said in step.variants)


def _context(step: ScriptedStep) -> dict[str, Any]:
    if not step.context:
        return _OFF
    contains = [
        {"key": key, "value": expected, "actualValue": actual, "status": _word(passed=expected == actual)}
        for key, (expected, actual) in step.context.items()
    ]
    return _assertion(contains, passed=all(entry["status"] == PASSED for entry in contains))
