"""Plays the workflow with a baseline: what the default branch's last report tolerates, and what must not act as one."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from support.runs_api import RunsApi, workflow_run

from recipes.github import Workflows
from recipes.pages import github_workflows
from recipes.platforms import platform

NAME = "docs/ci/baseline.md, The workflow"
_RUN = 5
_NONE_YET = "There is no report of main yet"


class Case(NamedTuple):
    """What the API says of run 5, whose artifact is the report of a push to main that failed in the same way.

    `saved` is False if that artifact cannot be downloaded. `poisoned` puts the same report into the repository and into
    what an earlier job left in the workspace. `event` starts the workflow.
    """

    name: str
    verdict: str
    says: str
    changes: dict[str, Any] | None = None
    expired: bool = False
    saved: bool = True
    poisoned: bool = False
    event: str = "pull_request"


CASES = [
    Case("known failures", "tolerated", "1 test case tolerated as known", {}),
    Case("none yet", "failed", _NONE_YET),
    Case("a poisoned checkout", "failed", _NONE_YET, poisoned=True),
    Case("a fork's artifact", "failed", _NONE_YET, {"head_repository": {"full_name": "fork/bot"}}),
    Case("a pull request's artifact", "failed", _NONE_YET, {"event": "pull_request"}),
    Case("an expired artifact", "failed", "has expired, so every failure is new.", {}, expired=True),
    Case("a nightly run", "failed", "this job does not belong to a pull or merge request", {}, event="schedule"),
    Case("a download that fails", "", "cannot stat", {}, saved=False),
]


def problems(case: Case, workflows: Workflows, log: Path) -> Iterator[str]:
    """What is not as it should be."""
    (block,) = [block for block in github_workflows() if block.name == NAME]
    with platform(fails=True, is_tolerable=True) as on:
        workflows.play(block.text, on, event="push")
        report = workflows.shared / "artifacts" / "koregate-report"
        if not (report / "report.json").exists():
            yield "the push to main left no report"
            return
        saved = workflows.shared / "runs" / str(_RUN) / "koregate-report"
        shutil.copytree(report, saved)
        text = (saved / "report.json").read_text()
        if not case.saved:
            shutil.rmtree(saved)
        poison = {f"{name}/report.json": text for name in ("baseline", "koregate-report")} if case.poisoned else {}
        workflows.commit(poison, branch="change")
        runs = [] if case.changes is None else [workflow_run(_RUN, **case.changes)]
        on.listener.runs = RunsApi(*runs, artifacts={_RUN: [case.expired]})
        sent = len(on.simulator.requests)
        played = workflows.play(block.text, on, case.event, left=poison)
        asked = len(on.simulator.requests) > sent
        told = len(on.listener.bodies), len(on.listener.messages)
    played.write(f"baseline, {case.name}", log)
    if (played.code == 0) != (case.verdict == "tolerated"):
        yield f"exit code {played.code}, jobs {played.passed}"
    if asked != bool(case.verdict):
        yield f"{'a' if asked else 'no'} request came to the platform"
    if told != (int(asked and case.event == "pull_request"), int(case.event == "schedule")):
        yield f"{told[0]} comments and {told[1]} messages"
    for line in filter(None, (case.verdict and f"Verdict: {case.verdict} (exit code ", case.says)):
        if line not in played.log:
            yield f'the log does not say "{line}"'
