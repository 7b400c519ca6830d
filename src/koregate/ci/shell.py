"""A step of a script, in any system that runs one: the job outputs as a file next to the reports."""

from pathlib import Path

from koregate.ci import dotenv
from koregate.ci.base import CISystem, Publication


class Shell(CISystem):
    """CISystem output, and outputs.env in the report directory."""

    name = "shell"
    title = "a shell"
    gives = "outputs.env in the report directory"

    def publish(self, publication: Publication) -> None:
        """Write the job outputs to outputs.env."""
        self._save(publication, dotenv.FILE, dotenv.render(publication.outputs))

    def _save(self, publication: Publication, name: str, text: str) -> Path | None:
        """Write a file into the report directory. Returns its path, or None if it could not be written."""
        if publication.report_dir is None:
            return None
        try:
            publication.report_dir.write(name, text.encode("utf-8", "backslashreplace"))
        except OSError as problem:
            self.say(f"koregate cannot write {name}: {problem.strerror or problem}.")
            return None
        return publication.report_dir.path / name
