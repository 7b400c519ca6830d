"""Answers in the documented shape, and an oracle of the proof of green that shares nothing with the code under test."""

from __future__ import annotations

import copy
import json
from typing import Any

from koregate.judging.results import Report
from koregate.kore_api.conversation import TestRunStatus, read
from koregate.runs.record import Ending, Target

TARGET = Target("https://platform.kore.ai", "st-1", "inDevelopment", "en")


def assertion(status: str | None = "passed", entries: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """An enabled assertion."""
    made: dict[str, Any] = {"enabled": True, "contains": [] if entries is None else entries}
    return made if status is None else {**made, "status": status}


def disabled() -> dict[str, Any]:
    """A disabled assertion, as the platform shows it."""
    return {"enabled": False, "contains": []}


def response(text: Any = "Hello", **assertions: Any) -> dict[str, Any]:
    """A bot answer; `flow`, `text_` and `context` give its assertions, the text assertion passes by default."""
    return {
        "text": text,
        "nodeId": "greet",
        "nodeName": "Greet",
        "intentId": "Welcome",
        "dialogName": "Welcome",
        "transitions": [],
        "assertions": {
            "flowLevel": assertions.get("flow", disabled()),
            "text": assertions.get("text_", assertion("passed", [{"text": text, "status": "passed"}])),
            "context": assertions.get("context", disabled()),
        },
    }


def step(
    said: str = "hi",
    status: Any = "passed",
    expected: list[Any] | None = None,
    actual: list[Any] | None = None,
) -> dict[str, Any]:
    """An execution step whose expected and actual side are alike unless given."""
    outputs = [response()] if expected is None else expected
    made = {"input": said, "outputs": outputs, "actualOutput": copy.deepcopy(outputs) if actual is None else actual}
    return made if status is None else {**made, "status": status}


def failed_step(said: str = "pizza", wanted: str = "Which size?", came: str = "Sorry, what?") -> dict[str, Any]:
    """A step whose text assertion failed."""
    bad = assertion("failed", [{"text": wanted, "status": "failed"}])
    return step(said, "failed", [response(wanted, text_=bad)], [response(came, text_=bad)])


def answer(*steps: Any, status: str = "passed", **changes: Any) -> dict[str, Any]:
    """A finished status answer. `changes` replace parts by their path: `result__stepDetails=None`."""
    failed = sum(1 for one in steps if isinstance(one, dict) and one.get("status") == "failed")
    made: dict[str, Any] = {
        "_id": "ctr-1",
        "streamId": "st-1",
        "testSuiteId": "ctc-1",
        "status": status,
        "totalTestStepsCount": len(steps),
        "result": {
            "nlpVersion": ["v3"] * len(steps),
            "startTime": "2026-11-23T10:14:13.330Z",
            "version": "configured",
            "status": status,
            "stepDetails": {"passed": len(steps) - failed, "failed": failed, "total": len(steps)},
            "errorDetails": None,
            "executionResults": list(steps),
            "duration": 14364,
        },
        "percentageCompleted": 100,
    }
    for path, value in changes.items():
        put(made, path.split("__"), value)
    return made


MISSING = object()


def put(value: dict[str, Any], path: list[str], new: Any) -> None:
    """Replace, or with MISSING remove, the part at that path."""
    for key in path[:-1]:
        value = value[key]
    if new is MISSING:
        del value[path[-1]]
    else:
        value[path[-1]] = new


def status_of(made: Any) -> TestRunStatus:
    """The values that an answer is read into."""
    return read(json.dumps(made).encode())


def report_of(**suites: Any) -> Report:
    """The report on suites by name with their answers."""
    endings = [Ending(name, "ctr-1", json.dumps(made).encode(), status_of(made)) for name, made in suites.items()]
    return Report.of(TARGET, "any", endings)


def proves_pass(made: Any) -> bool:
    """Whether an answer proves that the run passed, read from the contract's words alone."""
    result = made.get("result")
    if not isinstance(result, dict) or not (_passed(made.get("status")) and _passed(result.get("status"))):
        return False
    total = made.get("totalTestStepsCount")
    if type(total) is not int or total < 1 or result.get("errorDetails"):
        return False
    counts = result.get("stepDetails")
    if counts is not None and not _counts_agree(counts, total):
        return False
    steps = result.get("executionResults")
    if steps is None:
        return isinstance(counts, dict) and None not in map(counts.get, ("passed", "failed", "total"))
    return isinstance(steps, list) and len(steps) == total and all(map(_step_passed, steps))


def _passed(status: object) -> bool:
    return isinstance(status, str) and "".join(c for c in status if c not in "_- \t\r\n").lower() == "passed"


def _counts_agree(counts: Any, total: int) -> bool:
    if not isinstance(counts, dict):
        return False
    given = {key: counts.get(key) for key in ("passed", "failed", "total")}
    if any(value is not None and type(value) is not int for value in given.values()):
        return False
    return given["failed"] in (None, 0) and given["passed"] in (None, total) and given["total"] in (None, total)


def _step_passed(made: Any) -> bool:
    if not isinstance(made, dict) or not _passed(made.get("status")):
        return False
    sides = [made.get("outputs"), made.get("actualOutput")]
    if not all(side is None or isinstance(side, list) for side in sides):
        return False
    expected, actual = (side or [] for side in sides)
    for number in range(max(len(expected), len(actual))):
        pair = [side[number] for side in (expected, actual) if number < len(side)]
        if any(one is not None and not isinstance(one, dict) for one in pair):
            return False
        for kind in ("flowLevel", "text", "context"):
            if not _kind_passed([_find(one, kind) for one in pair], kind):
                return False
    return True


def _find(one: Any, kind: str) -> Any:
    assertions = (one or {}).get("assertions")
    return (assertions or {}).get(kind) if isinstance(assertions, dict | None) else "broken"


def _kind_passed(found: list[Any], kind: str) -> bool:
    if any(one is not None and not isinstance(one, dict) for one in found):
        return False
    judged = [_says(one, kind) for one in found if one and _is_judged(one)]
    return not judged or ("passed" in judged and set(judged) <= {"passed", "nothing"})


def _is_judged(one: dict[str, Any]) -> bool:
    enabled = one.get("enabled")
    return enabled is not False and (enabled is not None or bool(one.get("status") or one.get("contains")))


def _says(one: dict[str, Any], kind: str) -> str:
    if one.get("enabled") not in (True, None) or not isinstance(one.get("contains"), list | None):
        return "broken"
    if one.get("status"):
        return "passed" if _passed(one["status"]) else "otherwise"
    entries = one.get("contains") or []
    if any(entry is not None and not isinstance(entry, dict) for entry in entries):
        return "broken"
    said = [entry.get("status") for entry in entries if entry is not None]
    if not any(word is not None for word in said):
        return "nothing"
    enough = any if kind == "text" else all
    return "passed" if enough(map(_passed, said)) else "otherwise"
