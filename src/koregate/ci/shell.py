"""A step of a script, in any system that runs one: the job outputs as a file next to the reports."""

from collections.abc import Mapping
from pathlib import Path

from koregate.ci import dotenv
from koregate.ci.base import CISystem
from koregate.files import ReportDir


class Shell(CISystem):
    """CISystem output, and outputs.env in the report directory."""

    name = "shell"
    title = "a shell"
    gives = "outputs.env in the report directory"

    def _write_outputs(self, outputs: Mapping[str, str], report_dir: ReportDir | None) -> None:
        """Write the job outputs to outputs.env."""
        self._save(report_dir, dotenv.FILE, dotenv.render(outputs))

    def _save(self, report_dir: ReportDir | None, name: str, text: str) -> Path | None:
        """Write a file into the report directory. Returns its path, or None if it could not be written."""
        if report_dir is None:
            return None
        try:
            report_dir.write(name, text.encode("utf-8", "backslashreplace"))
        except OSError as problem:
            self.say(f"koregate cannot write {name}: {problem.strerror or problem}.")
            return None
        return report_dir.path / name
