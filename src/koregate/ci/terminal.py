"""A person's terminal: a progress bar for each suite below the lines of the log."""

from collections.abc import Mapping

from koregate.ci.base import neutralized
from koregate.ci.log_writer import TextStream
from koregate.ci.shell import Shell
from koregate.reports.wait_lines import progress_text
from koregate.runs.events import Progress
from koregate.text import one_line

_WIDTH = 24
_NAME = 28
# ECMA-48: move up that many lines, to the start of the line, and erase from there to the end of the screen.
_UP, _ERASE = "\x1b[{}F", "\x1b[J"


class Terminal(Shell):
    """Redraws its bars below the other lines. Only koregate's own text has escape sequences, never untrusted text."""

    name = "terminal"
    title = "a terminal"
    gives = "progress bars, and outputs.env in the report directory"
    takes_options = True
    opens_files = True
    renders_colors = True

    def __init__(self, environ: Mapping[str, str], stream: TextStream) -> None:
        super().__init__(environ, stream)
        self._bars: dict[str, str] = {}
        self._drawn = 0

    def show_progress(self, progress: Progress, line: str) -> None:  # noqa: ARG002 -- the bar is shorter
        """Redraw the suite's bar."""
        with self._lock:
            self._bars[progress.suite] = bar(
                self._redact(progress.suite), progress.percent, self._redact(progress_text(progress))
            )
            self._redraw("")

    def end_progress(self, suite: str) -> None:
        """Remove the suite's bar."""
        with self._lock:
            if self._bars.pop(suite, None) is not None:
                self._redraw("")

    def _write(self, line: str) -> None:
        self._redraw(f"{line}\n")

    def _redraw(self, above: str) -> None:
        back = _UP.format(self._drawn) + _ERASE if self._drawn else ""
        self._drawn = len(self._bars)
        self._send(back + above + "".join(f"{line}\n" for line in self._bars.values()))


def bar(suite: str, percent: float | None, line: str) -> str:
    """One line: the suite's name, its bar, and its progress in words."""
    done = round(_WIDTH * min(percent or 0, 100) / 100)
    name = one_line(suite, _NAME).ljust(_NAME)
    return neutralized(f"{name} {'█' * done}{'░' * (_WIDTH - done)} {one_line(line, 60)}")
