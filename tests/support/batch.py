"""Batch replies and result files, and an oracle of the proof that shares nothing with the code under test."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from koregate.judging.job import judge_job
from koregate.judging.results import SuiteResult
from koregate.kore_api.result_link import ResultFile
from koregate.runs.record import RunRecord
from support.answers import MISSING, TARGET, put

RUN_ID = "tr-1"
HEADER = ["Utterance", "ExpectedIntent", "MatchedIntent"]
ENTITY_HEADER = [*HEADER, "Entity Name", "Expected EntityValue", "Matched EntityValue", "Entity Result"]


def reply(success: Any = 2, failure: Any = 1, **changes: Any) -> dict[str, Any]:
    """The status reply of a completed run. `changes` replace parts by their path: `result__results=None`."""
    total = success + failure if isinstance(success, int) and isinstance(failure, int) else 3
    ids = {"_id": RUN_ID, "streamId": "st-1", "testSuiteId": "ts-1"}
    whole: dict[str, Any] = {
        **ids,
        "status": "completed",
        "utterance_count": total,
        "result": {
            **ids,
            "isPartialFailure": False,
            "status": "completed",
            "isAvailable": True,
            "triggeredBy": "u-1",
            "botLanguage": "en",
            "runType": "inDevelopment",
            "utterance_count": total,
            "startTime": "2026-11-23T10:14:13.330Z",
            "__v": 0,
            "endTime": "2026-11-23T10:14:43.330Z",
            "f1_score": "0.80",
            "precision": "0.90",
            "recall": "0.72",
            "results": {
                "TP": 2,
                "TN": 0,
                "FP": 1,
                "FN": 0,
                "success": success,
                "failure": failure,
                "traitSuccess": 0,
                "traitFailure": 0,
                "failedUtteranceCount": failure,
                "failedEntitiesCount": 0,
            },
        },
    }
    for path, value in changes.items():
        put(whole, _path(path), value)
    return whole


def _path(path: str) -> list[str]:
    """`result__status` is the key status of result; `_id` and `result___id` are ids."""
    if path == "_id":
        return [path]
    return ["result", "_id"] if path == "result___id" else path.split("__")


def csv_file(*rows: Sequence[str], header: Sequence[str] = HEADER, before: Sequence[Sequence[str]] = ()) -> bytes:
    """A result file with these rows."""
    text = io.StringIO()
    csv.writer(text).writerows([["Bot Name", "Luigi"], *before, [], header, *rows])
    return text.getvalue().encode()


THREE = csv_file(["hi", "Greet", "Greet"], ["bye", "Leave", "Leave"], ["pizza", "Order", "Track"])


def record(value: Any, file: bytes | None = None, run_id: str | None = RUN_ID, problem: str = "") -> RunRecord:
    """The record of a batch run that ended with this reply and this result file."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return RunRecord("Intents", run_id, data, ended=True, kind="batch", result_file=ResultFile(file, problem))


def judged(value: Any, file: bytes | None = None, problem: str = "") -> SuiteResult:
    """The result of one batch suite."""
    return judge_job(TARGET, [record(value, file, problem=problem)]).suites[0]


def _whole(value: Any) -> int | None:
    """A count, also as a text of digits or a whole float."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**9 else None


def proves(value: Any) -> str:
    """The verdict that contract section 6 gives: `passed`, `failed` or `error`."""
    if not isinstance(value, dict) or not isinstance(value.get("result"), dict):
        return "error"
    result = value["result"]
    counts = result.get("results")
    if not isinstance(counts, dict):
        return "error"
    success, failure, total = (
        _whole(counts.get("success")),
        _whole(counts.get("failure")),
        _whole(result.get("utterance_count")),
    )
    words = [word.lower() if isinstance(word, str) else word for word in (value.get("status"), result.get("status"))]
    given = [
        part[key]
        for part in (value, result)
        for key in ("utterance_count", "totalUtterances", "utterance_ran")
        if part.get(key) is not None
    ]
    percent = value.get("percentage")
    identities = [
        (value.get("_id"), RUN_ID),
        (result.get("_id"), RUN_ID),
        (value.get("streamId"), "st-1"),
        (result.get("streamId"), "st-1"),
        (result.get("runType"), "inDevelopment"),
        (result.get("botLanguage"), "en"),
        (value.get("testSuiteId"), "ts-1"),
        (result.get("testSuiteId"), "ts-1"),
    ]
    proved = (
        success is not None
        and failure is not None
        and total is not None
        and success + failure == total > 0
        and words == ["completed", "completed"]
        and (result.get("isPartialFailure") is None or result["isPartialFailure"] is False)
        and (counts.get("failedUtteranceCount") is None or _whole(counts["failedUtteranceCount"]) == failure)
        and all(_whole(count) == total for count in given)
        and (percent is None or str(percent) in ("100", "100.0"))
        and not value.get("errors")
        and not result.get("errorDetails")
        and all(told in (None, wanted) for told, wanted in identities)
    )
    if not proved:
        return "error"
    return "failed" if failure else "passed"


_COUNTS: st.SearchStrategy[Any] = (
    st.integers(0, 5)
    | st.integers(0, 5).map(str)
    | st.integers(0, 5).map(float)
    | st.sampled_from([None, MISSING, "x", "1.5", -1, True, [], {}, 10**12])
)
_CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "status": st.sampled_from(["completed", "COMPLETED", "failed", "cancelled", "passed", "", None, MISSING, 3]),
    "result__status": st.sampled_from(["completed", "failed", "stopped", None, MISSING]),
    "result": st.sampled_from([None, MISSING, [], "completed", {}]),
    "result__results": st.sampled_from([None, MISSING, [], {}]),
    "result__results__success": _COUNTS,
    "result__results__failure": _COUNTS,
    "result__results__failedUtteranceCount": _COUNTS,
    "result__utterance_count": _COUNTS,
    "utterance_count": _COUNTS,
    "totalUtterances": _COUNTS,
    "utterance_ran": _COUNTS,
    "percentage": st.sampled_from([100, "100", 99, 0, None, "x"]),
    "result__isPartialFailure": st.sampled_from([False, True, None, MISSING, "true", "yes"]),
    "errors": st.sampled_from([None, [], [{"msg": "Oops"}]]),
    "result__errorDetails": st.sampled_from([None, "Oops", {"a": 1}]),
    "_id": st.sampled_from([RUN_ID, "tr-2", MISSING]),
    "result__streamId": st.sampled_from(["st-1", "st-2", MISSING]),
    "result__testSuiteId": st.sampled_from(["ts-1", "ts-2", None, MISSING]),
    "result__runType": st.sampled_from(["inDevelopment", "published", MISSING]),
    "result__botLanguage": st.sampled_from(["en", "de", MISSING]),
    "result__f1_score": st.sampled_from(["1.00", 1, None, MISSING, "NaN", [], "2"]),
}


@st.composite
def replies(draw: st.DrawFn) -> dict[str, Any]:
    """Replies of completed runs with up to three parts changed."""
    value = reply(draw(st.integers(0, 4)), draw(st.integers(0, 2)))
    for path in draw(st.lists(st.sampled_from(sorted(_CHANGES)), max_size=3, unique=True)):
        try:
            put(value, _path(path), draw(_CHANGES[path]))
        except (KeyError, TypeError):
            # An earlier change removed the part that this one is in.
            continue
    return value
