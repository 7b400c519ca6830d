"""Which test runs were started and not yet seen to end: what `resume` attaches to after a job was killed."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from koregate import files

if TYPE_CHECKING:
    from pathlib import Path

    from koregate.ci.base import Plain
    from koregate.inputs.model import Inputs

FILE = "resume.json"


class Memory:
    """Run ids by suite, kept in a file of the report directory. May be used by several threads."""

    def __init__(self, folder: Path, inputs: Inputs, ci: Plain) -> None:
        self._folder = folder
        self._ci = ci
        self._lock = threading.Lock()
        self._place = {"host": inputs.host, "streamId": inputs.stream_id}
        self._runs = self._load() if inputs.resume else {}
        self._save()

    def run_id(self, suite: str) -> str | None:
        """The suite's run that an earlier job did not see end."""
        return self._runs.get(suite)

    def note(self, suite: str, run_id: str) -> None:
        """Keep a run that was just started."""
        with self._lock:
            self._runs[suite] = run_id
            self._save()

    def forget(self, suites: list[str]) -> None:
        """These suites' runs have ended."""
        with self._lock:
            for suite in suites:
                self._runs.pop(suite, None)
            self._save()

    def _load(self) -> dict[str, str]:
        """The runs of an earlier job for the same host and stream; a file that cannot be read holds none."""
        try:
            kept = json.loads((self._folder / FILE).read_bytes())
            runs = kept.pop("runs")
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            return {}
        if kept != self._place or not isinstance(runs, dict):
            return {}
        return {suite: run_id for suite, run_id in runs.items() if isinstance(run_id, str)}

    def _save(self) -> None:
        try:
            if self._runs:
                text = json.dumps({**self._place, "runs": self._runs}, indent=2)
                files.write(self._folder, FILE, f"{text}\n".encode())
            else:
                (self._folder / FILE).unlink(missing_ok=True)
        except OSError as problem:
            self._ci.say(f"The run ids cannot be kept for resume: {problem.strerror or problem}.")
