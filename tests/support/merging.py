"""Jobs merged from their reports, and reports that were changed on purpose."""

import copy
import json
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from koregate.inputs import FailOn
from koregate.judging.results import JobResult
from koregate.reports import ctrf, junit, report_json
from koregate.reports.render import RENDERERS
from koregate.reports.report_json_reader import merge_reports
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict
from support.answers import (
    answer,
    failed_step,
    job_of,
    put,
    record_of,
    replies,
    report_of,
    step,
)
from support.saved import LATER

Document = dict[str, Any]
texts = st.text(alphabet=st.characters(codec=None), max_size=20)
FAIL_ON: list[FailOn] = ["any", "error", "never"]
STOPS = [
    StopReason(Verdict.TIMEOUT, 5, "No end within 30m."),
    StopReason(Verdict.ERROR, 3, "The platform refused the credentials."),
    StopReason(Verdict.ERROR, 4, "The platform knows no such suite."),
    StopReason(Verdict.CANCELLED, 129, "Canceled by SIGHUP."),
    StopReason(Verdict.CANCELLED, 130, "Canceled by SIGINT."),
    StopReason(Verdict.CANCELLED, 143, "Canceled by SIGTERM."),
]
SHAPES = [
    answer(step()),
    answer(step(), step("bye")),
    answer(step(), result__executionResults=None),
    answer(step(), result__stepDetails=None),
    answer(step(), step(expected=[])),
    answer(failed_step(), status="failed"),
    answer(step(), failed_step(), status="failed", totalTestStepsCount=4),
    answer(failed_step(), status="failed", result__errorDetails="The model is missing."),
    answer(step(status="failed"), status="failed"),
    answer(step(), status="aborted"),
    answer(step(), step(status="skipped")),
    answer(step(), result__executionResults=None, result__stepDetails=None),
    answer(),
]


def told_run(run_id: str, verdict: str, exit_code: int) -> dict[str, Any]:
    """An earlier run of a suite, without failures."""
    ended = {"testRunId": run_id, "verdict": verdict, "exitCode": exit_code}
    return {**ended, "failures": [], "steps": [], "stepsTotal": 0, "asserted": []}


def distinct(job: JobResult) -> JobResult:
    """The same job with a run id of its own for each suite that has one."""
    suites = (replace(suite, run_id=suite.run_id and f"ctr-{number}") for number, suite in enumerate(job.suites))
    return replace(job, suites=tuple(suites))


def document(job: JobResult) -> Document:
    """The job's report.json."""
    value: Document = json.loads(report_json.render(job))
    return value


def merged(*reports: JobResult | Document, fail_on: FailOn = "any", expected: tuple[str, ...] = ()) -> JobResult:
    """The merged job of these reports. What holds for every one is checked."""
    data = [json.dumps(report if isinstance(report, dict) else document(report)).encode() for report in reports]
    job = merge_reports([(f"{number}.json", part) for number, part in enumerate(data)], fail_on, expected, now=LATER)
    proved = job.verdict in (Verdict.PASSED, Verdict.SKIPPED)
    assert any(case.is_blocking for suite in job.suites for case in suite.cases) != proved
    names = [(classname, name) for suite in job.suites for classname, name, _ in suite.named_cases()]
    assert len(names) == len(set(names)) == job.counts.total
    assert all(0 < len(part) <= 200 and "\n" not in part for pair in names for part in pair)
    for render in RENDERERS.values():
        render(job)
    return job


def doubts(job: JobResult) -> list[str]:
    """The doubts of all suites."""
    return [doubt for suite in job.suites for doubt in suite.doubts]


def refuted(job: JobResult, *words: str) -> bool:
    """Whether the job is an error, and says so in one line that has all of these words."""
    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)
    assert any(all(word in doubt for word in words) for doubt in doubts(job)), doubts(job)
    assert all("\n" not in doubt for doubt in doubts(job))
    messages = " ".join(case.message for suite in job.suites for case in suite.run_cases if case.is_blocking)
    return words[-1] in messages


def same_after_merging(job: JobResult) -> bool:
    """Whether a merged job of one report renders the same reports. Raises AssertionError with the difference."""
    again = merged(job, fail_on=job.fail_on)
    assert junit.render(job) == junit.render(again)
    assert ctrf.render(job) == ctrf.render(again)
    assert document(job) == document(again)
    return (job.verdict, job.exit_code, job.fail_on) == (again.verdict, again.exit_code, again.fail_on)


@st.composite
def records(draw: st.DrawFn) -> list[RunRecord]:
    """What is known of one to four suites: replies of every shape, and waits that ended without one."""
    endings = draw(st.lists(st.sampled_from(SHAPES) | replies() | st.sampled_from(STOPS), min_size=1, max_size=4))
    return [
        RunRecord(f"Suite {number}", f"ctr-{number}", stop=ending)
        if isinstance(ending, StopReason)
        else record_of(f"Suite {number}", ending, f"ctr-{number}")
        for number, ending in enumerate(endings)
    ]


PASSED = report_of(Pizza=answer(step(), step("bye")))
FAILED = report_of(Pizza=answer(step(), failed_step(), status="failed"))
ERROR = report_of(Pizza=answer(step(), status="aborted"))
LATE = job_of(RunRecord("Pizza", "ctr-1", stop=STOPS[0]))
SUITE = "suites", 0
STEP = *SUITE, "steps", 0
CASE = *STEP, "cases", 0
FAILURE = *SUITE, "steps", 1, "cases", 0


def forge(job: JobResult, changes: dict[Any, Any]) -> Document:
    forged = copy.deepcopy(document(job))
    for path, value in changes.items():
        put(forged, list(path), value)
    return forged
