"""The straight line: inputs, suites in parallel, report, files and job outputs, exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koregate import files
from koregate.collector import at_rest
from koregate.errors import CredentialsMissing, InputsRefused, Problem
from koregate.inputs.model import Inputs, ReportInputs, declared
from koregate.redaction import redactor
from koregate.runs.record import Target
from koregate.runs.resume import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from koregate.commands.context import World
    from koregate.judging.results import Report

_REPORT_FILES = (
    "junit.xml",
    "report.json",
    "report.html",
    "ctrf-report.json",
    "outputs.env",
    "koregate-summary.md",
    "raw/*.json",
    ".koregate-*",
    "raw/.koregate-*",
)


class Gate:
    """One job. `options` are the command line's; `written` lists the files of the report once they are there."""

    def __init__(self, options: Mapping[str, str], world: World) -> None:
        self._options = options
        self._world = world
        self.written: list[Path] = []

    def run(self) -> int:
        """Run the test suites and report on them; returns the exit code."""
        self._world.ci.mask(self._given_secrets())
        try:
            inputs = Inputs.gather(self._options, self._world.environ, self._world.workspace)
            folder = files.prepare(self._world.workspace, inputs.report_dir)
        except CredentialsMissing as missing:
            return self._skip(missing.problems)
        except InputsRefused as refused:
            return self.refuse(refused.problems)
        self._world.ci.redact = redactor(inputs.redact)
        files.clear(folder, _REPORT_FILES)
        memory = Memory(folder, inputs, self._world.ci)
        # Late: only a run pays for loading the HTTP client.
        from koregate.runs.parallel import run_suites

        number = len(inputs.test_suites)
        self._world.ci.group(f"Running {number} test suite{'s' if number > 1 else ''} at {inputs.host}")
        endings = run_suites(inputs, self._world, memory)
        self._world.ci.end_group()
        memory.forget([ending.suite for ending in endings if ending.status and ending.status.ended])
        target = Target(inputs.host, inputs.stream_id, inputs.bot_version, inputs.bot_language)
        report = _report().of(target, inputs.fail_on, endings, inputs.redact)
        return self._finish(report, inputs, folder)

    def replay(self, paths: Sequence[str]) -> int:
        """Rebuild the reports and the verdict from saved answers; returns the exit code of the live run."""
        from koregate.commands.saved import report_of_answers

        return self._rebuild(report_of_answers, paths)

    def merge(self, paths: Sequence[str]) -> int:
        """Make one report of the report.json files of several jobs; returns the exit code of the worst of them."""
        from koregate.commands.saved import report_of_reports

        return self._rebuild(report_of_reports, paths)

    def _rebuild(self, made: Callable[[Sequence[str], ReportInputs], Report], paths: Sequence[str]) -> int:
        try:
            inputs = ReportInputs.gather(self._options, self._world.environ, self._world.workspace)
            self._world.ci.redact = redactor(inputs.redact)
            with at_rest():
                report = made(paths, inputs)
            folder = files.prepare(self._world.workspace, inputs.report_dir)
        except InputsRefused as refused:
            return self.refuse(refused.problems)
        return self._finish(report, inputs, folder)

    def refuse(self, problems: Sequence[Problem]) -> int:
        """Say what is wrong with the inputs, and report that nothing ran."""
        inputs = ReportInputs.gather_usable(self._options, self._world.environ, self._world.workspace)
        folder = None
        try:
            folder = files.prepare(self._world.workspace, inputs.report_dir)
            files.clear(folder, _REPORT_FILES)
        except InputsRefused as refused:
            problems = [*problems, *(more for more in refused.problems if more not in problems)]
        for problem in problems:
            self._world.ci.say(str(problem))
        return self._finish(_report().refused(problems), inputs, folder)

    def _skip(self, problems: Sequence[Problem]) -> int:
        """Report that the job was left out for want of credentials."""
        inputs = ReportInputs.gather_usable(self._options, self._world.environ, self._world.workspace)
        reason = f"Skipped: {problems[0]}"
        self._world.ci.say(f"Warning: {reason}")
        try:
            folder = files.prepare(self._world.workspace, inputs.report_dir)
        except InputsRefused as refused:
            return self.refuse(refused.problems)
        files.clear(folder, _REPORT_FILES)
        return self._finish(_report().skipped(reason), inputs, folder)

    def _finish(self, report: Report, inputs: ReportInputs, folder: Path | None) -> int:
        # Late: no run waits for the report writers before its first request.
        from koregate.commands.publish import finish

        with at_rest():
            code, self.written = finish(report, inputs, folder, self._world)
        return code

    def _given_secrets(self) -> list[str]:
        found = (item.find(self._options, self._world.environ) for item in declared() if item.secret)
        return [secret for secret in found if secret is not None]


def _report() -> type[Report]:
    """Loaded when a job ends: no run waits for it before its first request."""
    from koregate.judging.results import Report

    return Report
