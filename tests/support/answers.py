"""Replies in the documented shape, and an oracle of the proof of green that shares nothing with the code under test."""

import copy
import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from koregate.inputs import FailOn
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult, SuiteResult
from koregate.policy.fail_on import with_exit_code
from koregate.runs.record import RunRecord, Target

TARGET = Target("https://platform.kore.ai", "st-1", "inDevelopment", "en")
RUN_ID = "ctr-1"


def assertion(status: str | None = "passed", entries: list[Any] | None = None) -> dict[str, Any]:
    """An enabled assertion."""
    enabled: dict[str, Any] = {"enabled": True, "contains": [] if entries is None else entries}
    return enabled if status is None else {**enabled, "status": status}


def disabled() -> dict[str, Any]:
    """A disabled assertion, as the platform shows it."""
    return {"enabled": False, "contains": []}


def response(text: Any = "Hello", **assertions: Any) -> dict[str, Any]:
    """A response of the bot; `flow`, `text_` and `context` are its assertions. The text assertion passes by default."""
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
    """An execution step whose actual responses are the expected ones unless given."""
    outputs = [response()] if expected is None else expected
    parts = {"input": said, "outputs": outputs, "actualOutput": copy.deepcopy(outputs) if actual is None else actual}
    return parts if status is None else {**parts, "status": status}


def failed_step(said: str = "pizza", expected: str = "Which size?", actual: str = "Sorry, what?") -> dict[str, Any]:
    """A step whose text assertion failed."""
    bad = assertion("failed", [{"text": expected, "status": "failed"}])
    return step(said, "failed", [response(expected, text_=bad)], [response(actual, text_=bad)])


def answer(*steps: Any, status: str = "passed", **changes: Any) -> dict[str, Any]:
    """The status reply of a finished run. `changes` replace parts by their path: `result__stepDetails=None`."""
    failed = sum(1 for part in steps if isinstance(part, dict) and part.get("status") == "failed")
    reply: dict[str, Any] = {
        "_id": RUN_ID,
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
        put(reply, path.split("__"), value)
    return reply


MISSING = object()

# Undocumented fields that say that something did not pass, with the place and value that a doubt names.
SIGNS_OF_FAILURE: dict[str, tuple[Any, str, str]] = {
    "success": (False, "success", "false"),
    "isSuccess": ("false", "isSuccess", "false"),
    "Passed": (False, "Passed", "false"),
    "failure": (2, "failure", "2"),
    "failures": (["boom"], "failures", '["boom"]'),
    "failureCount": ("2", "failureCount", "2"),
    "droppedUtterances": (5, "droppedUtterances", "5"),
    "errorCode": ("E7", "errorCode", "E7"),
    "code": (400, "code", "400"),
    "status_code": ("503", "status_code", "503"),
    "httpStatus": (500.0, "httpStatus", "500.0"),
    "summary": ({"success": 1, "failure": 2}, "summary.failure", "2"),
    "details": ({"summary": [[{"steps": {"failed": 1}}]]}, "details.summary[0][0].steps.failed", "1"),
    "is_success": ("No", "is_success", "No"),
    "outcomeOfRun": ({"success": 0}, "outcomeOfRun.success", "0"),
    "isPassed": ("fail", "isPassed", "fail"),
    "progress": ("50", "progress", "50"),
    "Progress": ("In progress", "Progress", "In progress"),
    "runs": ([{"success": True}, {"success": False}], "runs[1].success", "false"),
    "failCount": (2, "failCount", "2"),
    "totalFailed": ("2", "totalFailed", "2"),
    "numberOfFailures": (1, "numberOfFailures", "1"),
    "stepsFailed": (1, "stepsFailed", "1"),
    "unexecuted": (3, "unexecuted", "3"),
    "isFailed": (True, "isFailed", "true"),
    "hasErrors": (True, "hasErrors", "true"),
    "timedOut": (True, "timedOut", "true"),
    "exception": ("boom", "exception", "boom"),
    "verdict": ("FAILED!", "verdict", "FAILED!"),
    "runStatus": ("failed", "runStatus", "failed"),
    "executionStatus": ("Not executed", "executionStatus", "Not executed"),
    "testResults": (["passed", "fail"], "testResults", '["passed", "fail"]'),
    "outcomes": ([{"result": "passed"}, {"result": "error"}], "outcomes[1].result", "error"),
    "ok": (False, "ok", "false"),
    "pass": (0, "pass", "0"),
    "allPassed": ("0", "allPassed", "0"),
    "valid": (False, "valid", "false"),
    "invalid": (True, "invalid", "true"),
    "suite": ({"isPassed": 0}, "suite.isPassed", "0"),
    "finalResult": (False, "finalResult", "false"),
    "passed": (7, "passed", "7"),
    "totalPassed": ("7", "totalPassed", "7"),
    "state": ("running", "state", "running"),
    "queueState": ("PENDING", "queueState", "PENDING"),
    "last_known_status": ("stopped", "last_known_status", "stopped"),
    "completed": (False, "completed", "false"),
    "isCompleted": ("no", "isCompleted", "no"),
    "finished": (0, "finished", "0"),
    "incomplete": (True, "incomplete", "true"),
}
# The same fields with values that say nothing.
NO_SIGNS: dict[str, Any] = {
    "success": True,
    "isSuccess": "true",
    "failure": 0,
    "failures": [],
    "failureCount": "0",
    "errorCode": 0,
    "code": 200,
    "status_code": "200",
    "httpStatus": None,
    "message": "Test suite failed",
    "summary": {"success": 3, "failure": 0, "code": "OK"},
    "entities": {"success": 0, "failure": 0},
    "isPassed": "Yes",
    "successful": "",
    "progress": "completed",
    "Progress": 100.0,
    "runs": [{"success": True}],
    "isFailed": False,
    "hasErrors": False,
    "exception": None,
    "noErrors": True,
    "verdict": "passed",
    "runStatus": "Completed",
    "outcome": None,
    "state": "ended",
    "status_": "",
    "completed": True,
    "finished": "2026-11-23T10:14:13.330Z",
    "incomplete": False,
    "timeout": 30,
    "Passed": True,
    "checks": {"enabled": False, "result": "failed"},
    "variants": [{"status": "passed", "contains": [{"result": "failed"}]}],
    "k" * 300: "failed",
}


def put(value: dict[str, Any], path: list[str], new: Any) -> None:
    """Replace, or with MISSING remove, the part at that path."""
    for key in path[:-1]:
        value = value[key]
    if new is MISSING:
        del value[path[-1]]
    else:
        value[path[-1]] = new


def record_of(name: str, reply: Any, run_id: str | None = RUN_ID) -> RunRecord:
    """The record of a run that ended with this reply, which is of that run unless it says otherwise."""
    if run_id and isinstance(reply, dict) and reply.get("_id") == RUN_ID:
        reply = {**reply, "_id": run_id}
    return RunRecord(name, run_id, json.dumps(reply).encode(), ended=True)


def judged(reply: Any) -> SuiteResult:
    """The result of one suite with this reply."""
    return judge_job(TARGET, [record_of("Pizza", reply)]).suites[0]


def job_of(
    *records: RunRecord, target: Target = TARGET, fail_on: FailOn = "any", redact: tuple[str, ...] = ()
) -> JobResult:
    """The result of a job with these records, each of a run of its own."""
    return with_exit_code(judge_job(target, with_own_runs(records), redact), fail_on)


def in_ci(job: JobResult, system: str = "github") -> JobResult:
    """The same job as this CI system runs it."""
    return replace(job, facts=job.facts._replace(ci=job.facts.ci._replace(system=system)))


def with_own_runs(records: Sequence[RunRecord]) -> list[RunRecord]:
    """The records; those after the first that are of the run that replies have by default get a run id of their own."""
    first = next((number for number, record in enumerate(records) if record.run_id == RUN_ID), None)
    own = []
    for number, record in enumerate(records):
        if record.run_id == RUN_ID and number != first:
            run_id = f"{RUN_ID}.{number + 1}"
            reply = record.reply and record.reply.replace(f'"_id": "{RUN_ID}"'.encode(), f'"_id": "{run_id}"'.encode())
            own.append(record._replace(run_id=run_id, reply=reply))
        else:
            own.append(record)
    return own


def report_of(**suites: Any) -> JobResult:
    """The result of suites by name with their replies."""
    return job_of(*(record_of(name, reply) for name, reply in suites.items()))


_words = st.sampled_from(["passed", "PASSED", "failed", "aborted", "in_progress", "", "not executed", "pa\u00dfed"])
_numbers = st.sampled_from(["0", "1", "2", "100", "99.5", "1.0", 1.0, 2.0, 1.5, 40, 100, True])
_anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _words
    | _numbers,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["status", "enabled"]), inner, max_size=2)
    ),
    max_leaves=4,
)
# What a whole reply does not have and a platform may add, by the place of the object that gets it.
_additions = st.sampled_from(
    [
        ((), "errors", [{"msg": "odd"}]),
        ((), "errors", []),
        ((), "isFailed", True),
        ((), "isFailed", False),
        ((), "runStatus", "failed"),
        ((), "runStatus", "passed"),
        ((), "details", {"runs": [{"failed": 2}]}),
        (("result",), "failCount", 2),
        (("result",), "verdict", "FAILED!"),
        (("result",), "state", "running"),
        (("result",), "state", "ended"),
        (("result", "stepDetails"), "success", False),
        (("result", "stepDetails"), "details", {"failed": 2}),
        ((), "language", "EN"),
        ((), "botLanguage", "de"),
        ((), "percentageCompleted", "100"),
        ((), "percentageCompleted", 99.5),
        ((), "_id", "ctr-2"),
        ((), "streamId", "st-2"),
        (("result",), "version", "published"),
        (("result",), "version", "In_Development"),
        (("result",), "botLanguage", "de"),
        (("result", "stepDetails"), "notExecuted", 1),
        (("result", "stepDetails"), "notExecuted", 0),
        (("result", "stepDetails"), "aborted", "2"),
        (("result", "stepDetails"), "note", "none"),
    ]
)
_assertions = st.fixed_dictionaries(
    {},
    optional={
        "enabled": st.sampled_from([True, True, True, False, None]),
        "status": st.sampled_from(["passed", "passed", "failed", None]),
        "contains": st.lists(
            st.fixed_dictionaries({}, optional={"status": st.sampled_from(["passed", "failed", "odd", None])}),
            max_size=2,
        ),
    },
)
# Fields that say that something did not pass, and fields that do not.
_signs = st.sampled_from(
    [
        *({"passed": False}, {"result": "failed"}, {"errors": ["x"]}, {"details": [{"success": False}]}),
        *({"passed": True}, {"result": "ok"}, {"errors": []}, {"details": {"failed": 0}}, {"message": "It failed."}),
        *({"context": {"error": "none"}}, {"entities": [{"failed": 1}]}, {"note": {"context": {"failed": 1}}}),
    ]
)
_responses = st.fixed_dictionaries(
    {"text": st.just("Hello")},
    optional={
        "assertions": st.fixed_dictionaries(
            {},
            optional={
                "flowLevel": _assertions,
                "text": _assertions,
                "context": _assertions,
                "intent": _assertions | st.sampled_from(["failed", "Fail", False, None, {"note": 1}]) | _signs,
                "flow": _assertions,
            },
        ),
        "analysis": _signs,
    },
)
_steps = st.fixed_dictionaries(
    {"status": st.sampled_from(["passed", "passed", "passed", "failed", "aborted", None])},
    optional={
        "outputs": st.lists(_responses, max_size=2),
        "actualOutput": st.lists(_responses | st.sampled_from([{"text": "Hi"}, None]), max_size=2),
        "requestId": st.sampled_from(["ctr-10", "ctr-11", "ctr-12", 7, None]),
        "more": _signs,
        "testResult": st.sampled_from(["passed", "error"]),
    },
)


@st.composite
def replies(draw: st.DrawFn, breaks: int = 2) -> Any:
    """Replies near the documented shape: mostly whole, then broken in up to so many places."""
    return broken(draw, answer(*draw(st.lists(_steps | st.just(step()), max_size=3))), breaks)


def broken(draw: st.DrawFn, reply: dict[str, Any], breaks: int = 2) -> dict[str, Any]:
    """The reply with something added perhaps, and broken in up to so many places."""
    for place, key, value in draw(st.lists(_additions, max_size=1)):
        put(reply, [*place, key], value)
    # What is drawn may be one and the same object in several replies, and is changed below.
    reply = copy.deepcopy(reply)
    for _ in range(draw(st.integers(0, breaks))):
        here: Any = reply
        for _ in range(draw(st.integers(0, 7))):
            keys = list(here) if isinstance(here, dict) else range(len(here))
            inner = [key for key in keys if isinstance(here[key], dict | list) and here[key]]
            if not inner:
                break
            here = here[draw(st.sampled_from(inner))]
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if keys:
            here[draw(st.sampled_from(keys))] = draw(_anything)
    return reply


def proves_pass(reply: Any) -> bool:
    """Whether a reply proves that the run passed, read from the contract's words alone.

    The run asked for is `RUN_ID`, what it tests is `TARGET`.
    """
    result = reply.get("result") if isinstance(reply, dict) else None
    if not isinstance(result, dict) or not (_passed(reply.get("status")) and _passed(result.get("status"))):
        return False
    total = _whole(reply.get("totalTestStepsCount"))
    if total is None or total < 1 or result.get("errorDetails") or reply.get("errors"):
        return False
    if says_failed(reply) or _says_against_the_run(reply, result):
        return False
    counts, steps = result.get("stepDetails"), result.get("executionResults")
    is_whole = _is_of_this_run(reply, result) and _is_complete(reply.get("percentageCompleted"))
    if not is_whole or (counts is not None and not _counts_agree(counts, total)):
        return False
    if steps is None:
        return isinstance(counts, dict) and None not in map(counts.get, ("passed", "failed", "total"))
    return isinstance(steps, list) and len(steps) == total and all(map(_step_passed, steps)) and _all_differ(steps)


_UNSUCCESSFUL = {
    *("failed", "fail", "failure", "error", "errored", "aborted", "stopped", "cancelled", "canceled"),
    *("notexecuted", "notrun", "skipped", "timeout", "timedout", "unsuccessful", "notpassed", "rejected"),
}


def says_failed(reply: Any) -> bool:
    """Whether any part but a disabled assertion and the variants of one says that it failed or did not run.

    What a bot says or keeps in its session says nothing about the run.
    """
    result = reply.get("result") if isinstance(reply, dict) else None
    steps = result.get("executionResults") if isinstance(result, dict) else None
    return _is_marked(reply) or (isinstance(steps, list) and any(_names_a_sign(step, _STEP) for step in steps))


def _is_marked(part: Any) -> bool:
    if isinstance(part, list):
        return any(map(_is_marked, part))
    if not isinstance(part, dict) or _is_disabled(part):
        return False
    return any(_value_is_marked(_word(key), value) for key, value in part.items() if _word(key) != "contains")


def _is_disabled(part: dict[str, Any]) -> bool:
    return any(_word(key) == "enabled" and value is False for key, value in part.items())


def _value_is_marked(key: str | None, value: Any) -> bool:
    if key == "errordetails" and value:
        return True
    several = _flat(value)
    if key in ("status", "assertions") and any(map(_is_unsuccessful, several)):
        return True
    if key == "assertions":
        objects = [part for part in several if isinstance(part, dict) and not _is_disabled(part)]
        values = [value for part in objects for name, value in part.items() if _word(name) != "contains"]
        if False in [value for value in values if isinstance(value, bool)] or any(map(_is_unsuccessful, values)):
            return True
    return _is_marked(value)


def _is_unsuccessful(value: Any) -> bool:
    return isinstance(value, str) and "".join(c for c in value.lower() if "a" <= c <= "z") in _UNSUCCESSFUL


_STEP = {"input", "requestId", "status", "outputs", "actualOutput"}
_RESPONSE = {"text", "nodeId", "nodeName", "intentId", "dialogName", "transitions", "assertions"}
_ASSERTIONS = {"flowLevel", "text", "context"}
_ASSERTION = {"enabled", "status", "contains"}
_INNER = {"outputs": _RESPONSE, "actualOutput": _RESPONSE, "assertions": _ASSERTIONS} | dict.fromkeys(
    _ASSERTIONS, _ASSERTION
)


def _names_a_sign(part: Any, documented: Collection[str], *, in_assertions: bool = False) -> bool:
    """Whether a step, or what is in it, has an undocumented field that says that something did not pass."""
    if isinstance(part, list):
        return any(_names_a_sign(item, documented, in_assertions=in_assertions) for item in part)
    if not isinstance(part, dict) or (_is_disabled(part) and documented not in (_STEP, _RESPONSE, _ASSERTIONS)):
        return False
    for key, value in part.items():
        known = key in documented
        if not known and key != "status" and is_sign(key, value):
            return True
        is_data = not known and not in_assertions and key in ("context", "contextVars", "text", "entities")
        inner = _INNER.get(key, ()) if known else ()
        if key != "contains" and not is_data and _names_a_sign(value, inner, in_assertions=key == "assertions"):
            return True
    return False


def is_sign(key: str, value: Any) -> bool:
    """Whether a field says that something did not pass, by the words in its name."""
    words = [word.lower() for word in re.findall("[A-Z]?[a-z]+", key)]
    if {"failed", "fail", "failures", "error", "errors", "aborted", "skipped"} & {*words}:
        return bool(value)
    if {"success", "passed"} & {*words}:
        return value is False
    if {"status", "result", "verdict", "outcome", "state"} & {*words[-1:]}:
        return _is_unsuccessful(value)
    return False


def _says_against_the_run(reply: dict[str, Any], result: dict[str, Any]) -> bool:
    """Whether an undocumented field at the top, in the result or in its counts says so, or that it did not end."""
    counts = result.get("stepDetails")
    parts = (
        (reply, {"status", "result", "totalTestStepsCount", "percentageCompleted", "errors"}),
        (result, {"status", "stepDetails", "errorDetails", "executionResults"}),
        (counts if isinstance(counts, dict) else {}, {"passed", "failed", "total"}),
    )
    fields = [(key, value) for part, documented in parts for key, value in part.items() if key not in documented]
    unfinished = any(key[-5:].lower() == "state" and _word(value) in ("running", "inprogress") for key, value in fields)
    return unfinished or any(is_sign(key, value) or _names_a_sign(value, ()) for key, value in fields)


def _flat(value: Any) -> list[Any]:
    return [part for item in value for part in _flat(item)] if isinstance(value, list) else [value]


def _is_of_this_run(reply: dict[str, Any], result: dict[str, Any]) -> bool:
    languages = [part.get(key) for part in (reply, result) for key in ("language", "botLanguage")]
    version = result.get("version")
    return (
        reply.get("_id") in (None, RUN_ID)
        and reply.get("streamId") in (None, TARGET.stream_id)
        and (version is None or _word(version) in ("configured", "indevelopment"))
        and all(language is None or _word(language) == TARGET.bot_language for language in languages)
    )


def _is_complete(percent: object) -> bool:
    if isinstance(percent, bool) or not isinstance(percent, int | float | str | None):
        return False
    try:
        return percent is None or float(percent) >= 100
    except ValueError:
        return False


def _whole(number: object) -> int | None:
    """A count, which may come as digits or as a whole float. None if it is neither."""
    if isinstance(number, str):
        try:
            number = float(number) if number[:1].isdigit() and number[-1:].isdigit() else None
        except ValueError:
            return None
    if isinstance(number, bool) or not isinstance(number, int | float) or number != int(number):
        return None
    return int(number)


def _all_differ(steps: list[Any]) -> bool:
    requests = Counter(repr(part["requestId"]) for part in steps if part.get("requestId") is not None)
    return all(number == 1 for number in requests.values())


def _word(status: object) -> str | None:
    if not isinstance(status, str) or not status.isascii():
        return None
    return "".join(c for c in status if c not in "_- ").lower()


def _passed(status: object) -> bool:
    return _word(status) == "passed"


# Whatever the platform counts under such a name, if it is no zero and not empty, has no result.
_NO_RESULT = ("notexecuted", "notrun", "skipped", "aborted", "pending", "error", "errors")


def _counts_agree(counts: Any, total: int) -> bool:
    if not isinstance(counts, dict):
        return False
    for key, value in counts.items():
        number = _whole(value)
        if key in ("failed", "passed", "total"):
            wanted = 0 if key == "failed" else total
            if value is not None and number != wanted:
                return False
        elif (number or 0) > 0 or (isinstance(value, float) and value > 0) or (value and _word(key) in _NO_RESULT):
            return False
    return True


def _step_passed(part: Any) -> bool:
    if not isinstance(part, dict) or not _passed(part.get("status")):
        return False
    lists = [part.get("outputs"), part.get("actualOutput")]
    if not all(responses is None or isinstance(responses, list) for responses in lists):
        return False
    expected, actual = (responses or [] for responses in lists)
    for number in range(max(len(expected), len(actual))):
        pair = [responses[number] for responses in (expected, actual) if number < len(responses)]
        if not all(isinstance(message, dict) for message in pair):
            return False
        if not all(_unknown_kinds_passed(message.get("assertions")) for message in pair):
            return False
        for kind in ("flowLevel", "text", "context"):
            if not _kind_passed([_assertion_of(message, kind) for message in pair], kind):
                return False
    return True


def _unknown_kinds_passed(assertions: Any) -> bool:
    others = (assertions or {}).items() if isinstance(assertions, dict | None) else []
    parts = [part for key, part in others if key not in ("flowLevel", "text", "context") and isinstance(part, dict)]
    return all(_word_of(part, "unknown") == "passed" for part in parts if _is_judged(part))


def _assertion_of(message: Any, kind: str) -> Any:
    assertions = (message or {}).get("assertions")
    return (assertions or {}).get(kind) if isinstance(assertions, dict | None) else "broken"


def _kind_passed(pair: list[Any], kind: str) -> bool:
    if any(part is not None and not isinstance(part, dict) for part in pair):
        return False
    words = [_word_of(part, kind) for part in pair if part and _is_judged(part)]
    return not words or ("passed" in words and set(words) <= {"passed", "nothing"})


def _is_judged(part: dict[str, Any]) -> bool:
    enabled = part.get("enabled")
    return enabled is not False and (enabled is not None or bool(part.get("status") or part.get("contains")))


def _word_of(part: dict[str, Any], kind: str) -> str:
    if part.get("enabled") not in (True, None) or not isinstance(part.get("contains"), list | None):
        return "broken"
    if part.get("status"):
        return "passed" if _passed(part["status"]) else "otherwise"
    entries = part.get("contains") or []
    if any(entry is not None and not isinstance(entry, dict) for entry in entries):
        return "broken"
    statuses = [entry.get("status") for entry in entries if entry is not None]
    if not any(status is not None for status in statuses):
        return "nothing"
    enough = any if kind == "text" else all
    return "passed" if enough(map(_passed, statuses)) else "otherwise"
