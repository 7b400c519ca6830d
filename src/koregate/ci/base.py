"""Plain output, for a terminal and for CI systems without commands of their own; the base the others differ from."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from koregate.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from koregate.reports.annotations import Annotation

# `::` is a command at the start of a line, blanks before it do not help; `##[` is one anywhere in a line
# (actions/runner, ActionCommand.cs). `##vso[` and `##teamcity[` are Azure Pipelines' and TeamCity's.
_COMMANDS = re.compile(r"^(\s*)::|##(?=\[|vso|teamcity)", re.IGNORECASE)


_NAME = 60


def _broken(match: re.Match[str]) -> str:
    return f"{match[1]}: :" if match[0].endswith("::") else "# #"


def defused(line: str) -> str:
    """The line with nothing in it that a CI system would take for a command."""
    return _COMMANDS.sub(_broken, line)


class Publication(NamedTuple):
    """What a CI system is handed at the end. `summary` is Markdown, empty where it is switched off."""

    outputs: Mapping[str, str]
    line: str
    passed: bool
    annotations: tuple[Annotation, ...]
    summary: str
    report_dir: Path | None


class Plain:
    """Says lines. `said` is when the last one was, in seconds of the machine's monotonic clock."""

    name = "plain"

    def __init__(self, environ: Mapping[str, str], stream: TextIO) -> None:
        self.environ = environ
        self._stream = stream
        self._lock = threading.Lock()
        self.said = time.monotonic()
        self.redact: Callable[[str], str] = str

    def say(self, line: str = "") -> None:
        """Print one line. Whatever is in it, it acts on nothing: no command, no colour, no second line."""
        self._print(defused(one_line(self.redact(line))))

    def progress(self, suite: str, percent: float | None, line: str, *, changed: bool) -> None:  # noqa: ARG002 -- for bars
        """Say how far a suite's run is, where that changed."""
        if changed:
            self.say(f"[{one_line(suite, _NAME)}] {line}")

    def done(self, suite: str) -> None:
        """The suite's wait is over."""

    def _print(self, line: str) -> None:
        with self._lock:
            self._write(line)

    def _write(self, line: str) -> None:
        self._send(f"{line}\n")

    def _send(self, text: str) -> None:
        self.said = time.monotonic()
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # The reader of the log is gone: the reports and the exit code still count.
            return

    def mask(self, secrets: Iterable[str]) -> None:
        """Ask the CI system to star the secrets out of its logs."""

    def group(self, title: str) -> None:
        """Begin a part of the log that a reader may fold."""
        self.say(title)

    def end_group(self) -> None:
        """End that part."""

    def publish(self, publication: Publication) -> None:
        """Hand the result to the CI system."""

    def _append(self, variable: str, text: str) -> None:
        """Append to the file that the variable names: other steps' entries stay."""
        path = self.environ.get(variable)
        if not path:
            return
        try:
            with Path(path).open("ab") as file:
                file.write(text.encode("utf-8", "backslashreplace"))
        except OSError as problem:
            self.say(f"Cannot write to the file that {variable} names: {problem.strerror}.")
