"""A file read as a report.json: its document, or why it is none. What the document claims is checked elsewhere."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from koregate.judging.facts import CIFacts, JobFacts
from koregate.kore_api.json_problems import problem_in_words
from koregate.kore_api.json_values import load_json, repeated_key
from koregate.reports import report_json_words as words
from koregate.reports.report_json_checks import quoted
from koregate.reports.report_json_schema import ReportDocument
from koregate.runs.record import Target

_ANOTHER_VERSION = '"{}" is a report.json of another version of koregate. Use one version in all jobs'


class UnusableReports(ValueError):
    """Files that are not a report.json of this version. Carries one problem for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


class Report(NamedTuple):
    """A report.json with the path that it was given with."""

    path: str
    document: ReportDocument

    @property
    def target(self) -> Target:
        """What the job tested."""
        target = self.document["target"]
        return Target(
            target["host"], target["streamId"], target["botVersion"], target["botLanguage"], target["training"]
        )

    @property
    def facts(self) -> JobFacts:
        """When the job finished, and what its CI system said about it."""
        return job_facts(self.document)


def read_reports(files: Iterable[tuple[str, bytes]]) -> list[Report]:
    """The reports in these files. Raises `UnusableReports` with the problems of all of them."""
    reports: list[Report] = []
    problems: list[str] = []
    for path, data in files:
        try:
            reports.append(Report(path, read_report(path, data)))
        except ValueError as problem:
            problems.append(str(problem))
    if problems:
        raise UnusableReports(problems)
    return reports


def read_report(path: str, data: bytes) -> ReportDocument:
    """The report in a file. Raises ValueError if it is not a report.json of this version."""
    try:
        # strict: "0", false and 0.0 are not exit codes.
        document = _report_model().validate_json(data, strict=True)
        # Only the last value of a repeated key is read, but the first one may say that something failed.
        key = repeated_key(data)
        problem = (
            next(_unusable_values(document), None) if key is None else f"an object has the key {quoted(key)} twice"
        )
    except ValidationError as wrong:
        if _is_of_another_version(data):
            raise ValueError(_ANOTHER_VERSION.format(path)) from wrong
        problem = problem_in_words(wrong)
    if problem is not None:
        raise ValueError(
            f'"{path}" is not a report.json that koregate wrote ({problem}). Give the report.json of a job'
        )
    if document["schemaVersion"] != words.SCHEMA_VERSION:
        raise ValueError(_ANOTHER_VERSION.format(path))
    return document


@cache
def _report_model() -> TypeAdapter[ReportDocument]:
    """Made only if a report is read. Most runs read none, and would start later."""
    return TypeAdapter(ReportDocument)


def _is_of_another_version(data: bytes) -> bool:
    """Whether a file that does not have the keys of this version says that it is of another one."""
    try:
        document = load_json(data)
    except ValueError:
        return False
    version = document.get("schemaVersion") if isinstance(document, dict) else None
    return isinstance(version, int) and version > words.SCHEMA_VERSION and "koregate" in document


def job_facts(document: ReportDocument) -> JobFacts:
    """When the job of a report finished, and what its CI system said about it: shortened, and with safe addresses."""
    ci, finished = document["ci"], moment_of(document["finishedAt"])
    facts = CIFacts(
        system=ci["system"] if ci["system"] in words.CI_SYSTEMS else "",
        url=ci["url"] or "",
        build=ci["build"] or "",
        commit=ci["commit"] or "",
        commit_url=ci["commitUrl"] or "",
        branch=ci["branch"] or "",
        default_branch=ci["defaultBranch"] or "",
        is_pull_request=ci["isPullRequest"],
    )
    return JobFacts(finished and finished.replace(microsecond=0), facts.made_safe())


def _unusable_values(document: ReportDocument) -> Iterator[str]:
    """Values that koregate cannot have written, although their type is right."""
    suites = [(f"suites[{number}].", suite) for number, suite in enumerate(document["suites"])]
    for place, part in [("", document), *suites]:
        if not math.isfinite(part["durationSeconds"]):
            yield f"{place}durationSeconds must be a number"
    moments = {"finishedAt": document["finishedAt"]}
    for place, suite in suites:
        moments[f"{place}startedAt"] = suite["startedAt"]
        moments.update(
            (f"{place}steps[{step['step']}].{case['name']}.knownSince", case["knownSince"])
            for step in suite["steps"]
            for case in step["cases"]
            if case["knownSince"] is not None
        )
    for place, moment in moments.items():
        try:
            moment_of(moment)
        except (ValueError, OverflowError):
            yield f"{place} must be a date and time with an offset"


def moment_of(text: str | None) -> datetime | None:
    """A date and time in UTC. Raises ValueError or OverflowError."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment.astimezone(UTC)
