"""A scripted batch suite as the platform's status replies and result file.

Kore.ai API, "Batch Test Execution Status"; user guide, "Batch Testing", chapter "CSV Report Fields". No sample of the
file is documented: its form is that of files which two public programs read.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from koregate.simulator.batch_scenario import CSV, ScriptedBatchSuite, ScriptedUtterance

RUNNING = "running"
_COLUMNS = (
    "Utterance",
    "ExpectedIntent",
    "MatchedIntent",
    "Parent Intent",
    "Task State",
    "Result Type",
    "Entity Name",
    "Expected EntityValue",
    "Matched EntityValue",
    "Entity Result",
    "Expected Entity Order",
    "Actual Entity Order",
    "Elimination Info",
)
_TYPES = {"TP": "True Positive", "TN": "True Negative", "FP": "False Positive", "FN": "False Negative"}


def batch_reply(
    suite: ScriptedBatchSuite, ids: Mapping[str, str], elapsed: float, *, start_time: str, version: str
) -> object:
    """The JSON of the status reply, that many seconds after the start of the run. A scenario can make it any value.

    `ids` are `_id`, `streamId` and `testSuiteId`.
    """
    ended = suite.has_ended(elapsed)
    if ended and "final" in suite.model_fields_set:
        return {**ids, **suite.final} if isinstance(suite.final, dict) else suite.final
    total = len(suite.utterances)
    begin = suite.start_time or start_time
    result: dict[str, Any] = {
        **ids,
        "isPartialFailure": suite.partial,
        "status": (suite.result_status or suite.status) if ended else RUNNING,
        "triggeredBy": "u-simulator",
        "botLanguage": "en",
        "runType": version,
        "utterance_count": total,
        "startTime": begin,
        "__v": 0,
    }
    reply: dict[str, Any] = {**ids, "status": suite.status if ended else RUNNING, "utterance_count": total}
    if not ended:
        percent = suite.percent_at(elapsed)
        progress = {"totalUtterances": total, "utterance_ran": total * percent // 100, "percentage": percent}
        return {**reply, "result": result, **progress}
    result |= {"isAvailable": True, "endTime": _later(begin, suite.seconds or 0), **_figures(suite)}
    result["results"] = {**_counts(suite), **suite.count_changes}
    if suite.file is not None:
        result |= {"fileId": "649980035ebd2d3b2d5c6df5", "fileUrl": suite.link}
    for part in (reply, result, result["results"]):
        for key in suite.removed:
            part.pop(key, None)
    return {**reply, **({} if "result" in suite.removed else {"result": {**result, **suite.changes}})}


def _later(moment: str, seconds: float) -> str:
    try:
        later = datetime.fromisoformat(moment).astimezone(UTC) + timedelta(seconds=seconds)
    except ValueError:
        return moment
    return later.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _result_type(utterance: ScriptedUtterance) -> str:
    if utterance.has_intent:
        return "TP" if utterance.intent else "TN"
    return "FP" if utterance.matched_intent else "FN"


def _counts(suite: ScriptedBatchSuite) -> dict[str, int]:
    types = list(map(_result_type, suite.utterances))
    passed = sum(utterance.passed for utterance in suite.utterances)
    entities = [pair for utterance in suite.utterances for pair in utterance.entities.values()]
    matched = sum(expected == found for expected, found in entities)
    return {
        **{name: types.count(name) for name in _TYPES},
        "success": passed,
        "failure": len(types) - passed,
        "traitSuccess": 0,
        "traitFailure": 0,
        "totalEntitiesCount": len(entities),
        "matchedEntitiesCount": matched,
        "totalTraitsCount": 0,
        "matchedTraitsCount": 0,
        "failedUtteranceCount": len(types) - passed,
        "failedEntitiesCount": len(entities) - matched,
    }


def _figures(suite: ScriptedBatchSuite) -> dict[str, str]:
    """User guide: precision TP / (TP + FP), recall TP / (TP + FN), F1 their harmonic mean. All are texts."""
    counts = _counts(suite)
    positives = counts["TP"]
    precision = positives / max(positives + counts["FP"], 1)
    recall = positives / max(positives + counts["FN"], 1)
    f1 = 2 * precision * recall / (precision + recall) if positives else 0.0
    return {"f1_score": f"{f1:.2f}", "precision": f"{precision:.2f}", "recall": f"{recall:.2f}"}


def result_file(suite: ScriptedBatchSuite, name: str) -> bytes:
    """The CSV file of a run that has ended."""
    if suite.file != CSV:
        return (suite.file or "").encode("utf-8", "backslashreplace")
    counts = _counts(suite)
    text = io.StringIO()
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    rows.writerows(
        [
            ["Bot Name", "Luigi"],
            ["Report Name", name],
            ["Bot Language", "en"],
            ["Run Type", "inDevelopment"],
            ["Utterance Count", len(suite.utterances)],
            ["Success/Failure Ratio", f"{counts['success']}/{counts['failure']}"],
            *([key, counts[key]] for key in _TYPES),
            # The notes are free text of the app's developers.
            ["Notes:", "Before the release.\nUtterance,with a comma\n"],
            [],
            _COLUMNS,
        ]
    )
    for utterance in suite.utterances:
        rows.writerows(_rows(utterance))
    return text.getvalue().encode("utf-8", "backslashreplace")


def _rows(utterance: ScriptedUtterance) -> Iterator[list[str]]:
    """One row per entity, or one without any."""
    head = [
        utterance.say,
        utterance.intent,
        utterance.matched_intent,
        utterance.parent,
        "configured",
        _TYPES[_result_type(utterance)],
    ]
    reason = "" if utterance.has_intent else "ML: 0.41"
    for name, (expected, found) in (utterance.entities or {"": ["", ""]}).items():
        outcome = ("TRUE" if expected == found else "FALSE") if name else ""
        yield [*head, name, expected, found, outcome, "", "", reason]
