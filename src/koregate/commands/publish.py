"""The end of every job: reports written, job outputs handed over, and the verdict said in the last line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koregate import files
from koregate.ci.base import Publication
from koregate.errors import EXIT_NO_VERDICT, EXIT_PASSED, Verdict
from koregate.reports import summary
from koregate.reports.annotations import annotations_for
from koregate.reports.job_outputs import job_outputs
from koregate.reports.log_lines import closing_lines, verdict_line
from koregate.reports.render import render

if TYPE_CHECKING:
    from pathlib import Path

    from koregate.commands.context import World
    from koregate.inputs.model import ReportInputs
    from koregate.judging.results import Report


def finish(report: Report, inputs: ReportInputs, folder: Path | None, world: World) -> tuple[int, list[Path]]:
    """Report on the job; returns the exit code and the files of the report directory, of which there is None."""
    ci = world.ci
    written = _write(render(report), folder, world) if folder is not None else []
    code = report.exit_code
    outputs = job_outputs(report, inputs.report_dir)
    if not written and code == EXIT_PASSED:
        # A pass that nobody can look at is no pass.
        code = EXIT_NO_VERDICT
        outputs["exit-code"] = str(code)
    for line in closing_lines(report):
        ci.say(line)
    if written:
        ci.say(f"Reports: {outputs['junit-path']}, {outputs['json-path']}, {outputs['html-path']}")
    line = verdict_line(report, code)
    ci.publish(
        Publication(
            outputs,
            line,
            passed=report.verdict in (Verdict.PASSED, Verdict.SKIPPED),
            annotations=annotations_for(report) if inputs.annotations else (),
            summary=summary.render(report) if inputs.job_summary else "",
            report_dir=folder if written else None,
        )
    )
    ci.say(line)
    return code, written


def _write(rendered: dict[str, bytes], folder: Path, world: World) -> list[Path]:
    """Write the reports; returns their paths, none where one of them cannot be written."""
    try:
        for name, data in rendered.items():
            files.write(folder, name, data)
    except OSError as problem:
        reason = problem.strerror or problem
        world.ci.say(f"The reports cannot be written: {reason}. Check report-dir and the disk.")
        return []
    return [folder / name for name in rendered]
