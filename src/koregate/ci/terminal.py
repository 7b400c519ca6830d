"""A terminal with a person before it: a progress bar for each suite below the lines of the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from koregate.ci.base import defused
from koregate.ci.shell import Shell
from koregate.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH = 24
_NAME = 28
# ECMA-48: move up that many lines, to their beginning; erase from there to the end of the screen.
_UP, _ERASE = "\x1b[{}F", "\x1b[J"


class Terminal(Shell):
    """Redraws its bars below whatever else is printed. The escape sequences are its own: foreign text has none."""

    name = "terminal"

    def __init__(self, environ: Mapping[str, str], stream: TextIO) -> None:
        super().__init__(environ, stream)
        self._bars: dict[str, str] = {}
        self._drawn = 0

    def progress(self, suite: str, percent: float | None, line: str, *, changed: bool) -> None:  # noqa: ARG002 -- bars move on anyway
        """Draw the suite's bar anew."""
        with self._lock:
            self._bars[suite] = bar(suite, percent, line)
            self._redraw("")

    def done(self, suite: str) -> None:
        """Take the suite's bar away."""
        with self._lock:
            if self._bars.pop(suite, None) is not None:
                self._redraw("")

    def _write(self, line: str) -> None:
        self._redraw(f"{line}\n")

    def _redraw(self, above: str) -> None:
        back = _UP.format(self._drawn) + _ERASE if self._drawn else ""
        self._drawn = len(self._bars)
        self._send(back + above + "".join(f"{one}\n" for one in self._bars.values()))


def bar(suite: str, percent: float | None, line: str) -> str:
    """One line: the suite's name, how far it is, and the words for it."""
    done = round(_WIDTH * min(percent or 0, 100) / 100)
    name = one_line(suite, _NAME).ljust(_NAME)
    return defused(f"{name} {'█' * done}{'░' * (_WIDTH - done)} {one_line(line, 60)}")
