"""One report from the report.json files of several jobs, as from the shards of a job matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pydantic import TypeAdapter, ValidationError

from koregate.errors import Verdict
from koregate.judging.cases import Outcome, TestCase, unique_names
from koregate.judging.conversation import Judgement
from koregate.judging.results import Report, SuiteResult
from koregate.kore_api.conversation import Answer, Response, Result, Step, StepCounts, TestRunStatus
from koregate.reports.report_json import SCHEMA_VERSION, ReportDocument
from koregate.runs.record import Ending, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koregate.inputs.model import FailOn
    from koregate.reports.report_json import StepDocument, SuiteDocument


def merged(files: Mapping[str, bytes], fail_on: FailOn | None) -> Report:
    """The report on the suites of all files, in their order, with the worst of their verdicts.

    `fail_on` is the user's; None takes the files'. Raises ValueError where a file is no report.json, or where the files
    disagree on fail-on.
    """
    documents = [_document(path, data) for path, data in files.items()]
    wishes = {one["failOn"] for one in documents}
    if fail_on is None and len(wishes) > 1:
        message = "the files were made with different fail-on inputs: give fail-on"
        raise ValueError(message)
    suites = [suite for one in documents for suite in one["suites"]]
    names = unique_names(suite["suite"] for suite in suites)
    results = tuple(map(_result, names, suites))
    return Report(_target(documents), cast("FailOn", fail_on or wishes.pop()), results, saves_answers=False)


def _document(path: str, data: bytes) -> ReportDocument:
    try:
        found = TypeAdapter(ReportDocument).validate_json(data)
    except ValidationError as wrong:
        error = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, error["loc"])) or "the file"
        message = f'"{path}" is not a report.json that koregate wrote ({place}: {error["msg"]})'
        raise ValueError(message) from wrong
    if found["schemaVersion"] != SCHEMA_VERSION or not found["suites"]:
        message = f'"{path}" is a report.json of another version of koregate'
        raise ValueError(message)
    return found


def _target(documents: list[ReportDocument]) -> Target:
    """What all of them tested; None where they differ."""
    found = [tuple(one["target"].values()) for one in documents]
    same = [values[0] if len(set(values)) == 1 else None for values in zip(*found, strict=True)]
    return Target(*cast("list[str | None]", same))


def _result(name: str, suite: SuiteDocument) -> SuiteResult:
    ending = Ending(suite["suite"], suite["testRunId"], status=_status(suite))
    cases = tuple(
        TestCase(
            step["step"],
            case["response"],
            case["kind"],
            Outcome(case["outcome"]),
            case["message"],
            case["expected"],
            case["actual"],
        )
        for step in suite["steps"]
        for case in step["cases"]
    )
    return SuiteResult(
        name, ending, Judgement(Verdict(suite["verdict"]), suite["exitCode"], tuple(suite["reasons"]), cases)
    )


def _status(suite: SuiteDocument) -> TestRunStatus | None:
    """The answer as far as the report tells it; None where there was none."""
    totals = suite["stepCounts"]
    came = {one["step"]: _step(one) for one in suite["steps"] if one["step"] and (one["status"] or one["responses"])}
    steps: list[Step | None] = [came.get(number) for number in range(1, max(came, default=0) + 1)]
    if not suite["status"] and not steps:
        return None
    counts = StepCounts(passed=totals["passed"], failed=totals["failed"], total=totals["total"])
    result = Result(
        status=suite["status"],
        startTime=suite["startedAt"],
        nlpVersion=suite["nlpVersions"],
        duration=suite["durationSeconds"] * 1000,
        stepDetails=counts,
        executionResults=steps or None,
    )
    return TestRunStatus(
        Answer(status=suite["status"], totalTestStepsCount=totals["total"], result=result),
    )


def _step(step: StepDocument) -> Step:
    sides = step["responses"]
    return Step(
        input=step["input"],
        status=step["status"],
        outputs=[Response(text=one["expected"]) if one["expected"] is not None else None for one in sides],
        actualOutput=[Response(text=one["actual"]) if one["actual"] is not None else None for one in sides],
    )
