"""The straight line: inputs, suites in parallel, report, files and job outputs, exit code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from koregate import files
from koregate.annotations import annotations_for
from koregate.ci.plain import Publication
from koregate.errors import EXIT_NO_VERDICT, EXIT_PASSED, CredentialsMissing, InputsRefused, Problem, Verdict
from koregate.inputs import Inputs, ReportInputs, declared
from koregate.memory import Memory
from koregate.narration import closing_lines, verdict_line
from koregate.outputs import job_outputs
from koregate.redaction import redactor
from koregate.reports import render, summary
from koregate.reports.raw import FOLDER, INDEX, Saved, load, lone
from koregate.results import Report, Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koregate.world import World

_REPORT_FILES = (
    "junit.xml",
    "report.json",
    "report.html",
    "ctrf-report.json",
    "outputs.env",
    "koregate-summary.md",
    f"{FOLDER}/*.json",
    ".koregate-*",
    f"{FOLDER}/.koregate-*",
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
        from koregate.suites import run_suites  # noqa: PLC0415

        number = len(inputs.test_suites)
        self._world.ci.group(f"Running {number} test suite{'s' if number > 1 else ''} at {inputs.host}")
        endings = run_suites(inputs, self._world, memory)
        self._world.ci.end_group()
        memory.forget([ending.suite for ending in endings if ending.status and ending.status.ended])
        target = Target(inputs.host, inputs.stream_id, inputs.bot_version, inputs.bot_language)
        report = Report.of(target, inputs.fail_on, endings, inputs.redact)
        return self._finish(report, inputs, folder)

    def replay(self, paths: Sequence[str]) -> int:
        """Rebuild the reports and the verdict from saved answers; returns the exit code of the live run."""
        try:
            inputs = ReportInputs.gather(self._options, self._world.environ, self._world.workspace)
            saved = read_saved(paths)
            folder = files.prepare(self._world.workspace, inputs.report_dir)
        except InputsRefused as refused:
            return self.refuse(refused.problems)
        self._world.ci.redact = redactor(inputs.redact)
        given = inputs.model_fields_set
        fail_on = saved.fail_on if saved.fail_on and "fail_on" not in given else inputs.fail_on
        redact = saved.redact if saved.redact is not None and "redact" not in given else inputs.redact
        report = Report.of(saved.target, fail_on, saved.endings, redact)
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
        return self._finish(Report.refused(problems), inputs, folder)

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
        return self._finish(Report.skipped(reason), inputs, folder)

    def _finish(self, report: Report, inputs: ReportInputs, folder: Path | None) -> int:
        """Write the reports and the job outputs, and say the verdict in the last line."""
        written = folder is not None and self._write(render(report), folder)
        code = report.exit_code
        outputs = job_outputs(report, inputs.report_dir)
        if not written and code == EXIT_PASSED:
            code = EXIT_NO_VERDICT
            outputs["exit-code"] = str(code)
        for line in closing_lines(report):
            self._world.ci.say(line)
        if written:
            self._world.ci.say(f"Reports: {outputs['junit-path']}, {outputs['json-path']}, {outputs['html-path']}")
        line = verdict_line(report, code)
        self._world.ci.publish(
            Publication(
                outputs,
                line,
                passed=report.verdict in (Verdict.PASSED, Verdict.SKIPPED),
                annotations=annotations_for(report) if inputs.annotations else (),
                summary=summary.render(report) if inputs.job_summary else "",
                report_dir=folder if written else None,
            )
        )
        self._world.ci.say(line)
        return code

    def _write(self, rendered: Mapping[str, bytes], folder: Path) -> bool:
        try:
            for name, data in rendered.items():
                files.write(folder, name, data)
                self.written.append(folder / name)
        except OSError as problem:
            self._world.ci.say(
                f"The reports cannot be written: {problem.strerror or problem}. Check report-dir and the disk."
            )
            return False
        return True

    def _given_secrets(self) -> list[str]:
        found = (item.find(self._options, self._world.environ) for item in declared() if item.secret)
        return [secret for secret in found if secret is not None]


def read_saved(paths: Sequence[str]) -> Saved:
    """What a raw/ folder, its run.json, or lone answers hold. Raises `InputsRefused`."""
    try:
        if len(paths) == 1 and (index := _index(Path(paths[0]))):
            return load(index.read_bytes(), lambda name: (index.parent / name).read_bytes())
        return lone({path: Path(path).read_bytes() for path in paths})
    except OSError as problem:
        reason = f"{problem.filename}: {problem.strerror}"
        raise InputsRefused(
            (Problem("FILE", f"cannot be read ({reason}). Name a saved answer or a raw folder."),)
        ) from problem
    except ValueError as problem:
        raise InputsRefused((Problem("FILE", f'"{paths[0]}" {problem}.'),)) from problem


def _index(path: Path) -> Path | None:
    if path.is_dir():
        return path / INDEX
    return path if path.name == INDEX else None
