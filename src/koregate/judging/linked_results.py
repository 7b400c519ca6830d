"""Results of a conversation suite in a linked file: steps that the reply itself does not list.

The page "Get Test Suite Execution Status" promises a download link, and its newest sample lists no steps. The form of
the file is undocumented. If it is JSON with `executionResults`, as in older replies, it gives the steps. A file adds
test cases and can make a verdict worse, but never better.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from koregate.errors import UnreadableReply
from koregate.judging import conversation
from koregate.judging.cases import Outcome
from koregate.judging.proof import run_case
from koregate.judging.results import SuiteResult
from koregate.kore_api.conversation import read_progress
from koregate.kore_api.json_values import Json, load_json, repeated_key
from koregate.kore_api.status_reply import normalized_status
from koregate.runs.record import RunRecord, Target
from koregate.verdicts import Verdict, worst

_STEPS = "executionResults"
_RUN_IDS = ("_id", "testRunId")
_NOWHERE = Target()
_ONLY_IN_FILE = "The reply itself lists no steps, only its result file does."


class _UnusableFile(ValueError):
    """A file without usable steps of the run. The message is the end of a sentence about the file."""


def judge(name: str, record: RunRecord, redact: Callable[[str], str], target: Target = _NOWHERE) -> SuiteResult:
    """The result of one conversation suite with the steps of its result file. Arguments: see `conversation.judge`."""
    suite = conversation.judge(name, record, redact, target)
    file = record.result_file
    if file.problem:
        return _with_remark(suite, file.problem)
    if file.data is None or record.reply is None or record.stop is not None:
        return suite
    try:
        reply = _reply_with_steps(record.reply, file.data, record.run_id)
    except _UnusableFile as problem:
        return _with_remark(suite, f"The result file is unusable: {problem}.")
    if reply is None:
        return suite
    return _worse(suite, conversation.judge(name, record._replace(reply=reply), redact, target))


def _with_remark(suite: SuiteResult, remark: str) -> SuiteResult:
    return replace(suite, remarks=(*suite.remarks, remark))


def _reply_with_steps(body: bytes, file: bytes, run_id: str | None) -> bytes | None:
    """The reply with the steps of the file in their documented place. None if the reply lists steps itself.

    Raises `_UnusableFile`.
    """
    try:
        if read_progress(body).lists_steps:
            return None
        reply = load_json(body)
    except (ValueError, UnreadableReply):
        return None
    try:
        value = load_json(file)
        repeated = repeated_key(file)
    except (ValueError, RecursionError) as problem:
        raise _UnusableFile("it is not JSON") from problem
    parts = [part for part in (value, _inner(value)) if isinstance(part, dict)]
    steps = next((part[_STEPS] for part in parts if isinstance(part.get(_STEPS), list)), None)
    if steps is None:
        raise _UnusableFile(f"it has no list {_STEPS}")
    if repeated is not None:
        raise _UnusableFile("an object in it has a key more than once")
    own = run_id or reply.get("_id")
    if isinstance(own, str) and not all(_is_of_run(parts, steps, own)):
        raise _UnusableFile("it is of another test run")
    result = reply.get("result")
    result = {**(result if isinstance(result, dict) else {}), _STEPS: steps}
    for part in parts:
        status = part.get("status")
        if status is not None and (not isinstance(status, str) or normalized_status(status) != "passed"):
            # What the file says about the run can only speak against a pass.
            result["status"] = status
    return json.dumps({**reply, "result": result}, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _inner(value: Json) -> Json:
    return value.get("result") if isinstance(value, dict) else None


def _is_of_run(parts: Iterable[dict[str, Json]], steps: Iterable[Json], run_id: str) -> Iterator[bool]:
    """For each place in the file that names a run, whether it is this run. A request id begins with its run's id."""
    yield from (part[key] == run_id for part in parts for key in _RUN_IDS if part.get(key) is not None)
    for step in steps:
        request = step.get("requestId") if isinstance(step, dict) else None
        if isinstance(request, str) and request.startswith("ctr-"):
            yield request.startswith(run_id) and request.removeprefix(run_id).isdigit()


def _worse(alone: SuiteResult, listed: SuiteResult) -> SuiteResult:
    """The result with the steps of the file, the worse of the two verdicts, and the reasons of both."""
    verdict, exit_code = worst([(alone.verdict, alone.exit_code), (listed.verdict, listed.exit_code)])
    failures = tuple(dict.fromkeys(alone.failures + listed.failures))
    doubts = tuple(dict.fromkeys(alone.doubts + listed.doubts))
    if verdict is Verdict.FAILED:
        # Without the file no failure of the run could be tolerated. With it, it must not get better.
        doubts += (_ONLY_IN_FILE,)
    run_cases = listed.run_cases
    if alone.verdict is Verdict.ERROR:
        run_cases = (run_case(Outcome.ERROR, " ".join(doubts)),)
    return replace(
        listed,
        verdict=verdict,
        exit_code=exit_code,
        failures=failures,
        doubts=doubts,
        advice=tuple(dict.fromkeys(alone.advice + listed.advice)),
        run_cases=run_cases,
        # Those on the file would name places that it does not have.
        remarks=alone.remarks,
    )
