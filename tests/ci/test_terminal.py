"""Progress bars on a terminal: redrawn below the log, gone when a suite is done, deaf to foreign text."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from koregate.ci.detect import detect
from koregate.ci.terminal import Terminal, bar


class Screen(io.StringIO):
    """A terminal as far as the program can tell, that can show what a person would see."""

    def isatty(self) -> bool:
        return True

    def shown(self) -> list[str]:
        """The lines left on the screen after every sequence was obeyed."""
        lines: list[str] = []
        for part in re.split(r"(\x1b\[\d*[FJ])", self.getvalue()):
            if moved := re.fullmatch(r"\x1b\[(\d+)F", part):
                del lines[len(lines) - int(moved[1]) :]
            elif part != "\x1b[J":
                lines += part.splitlines()
        return lines


def terminal() -> tuple[Terminal, Screen]:
    screen = Screen()
    return Terminal({}, screen), screen


def test_a_terminal_with_a_person_before_it_gets_bars_and_a_ci_system_gets_lines() -> None:
    assert "terminal" == detect({"TERM": "xterm"}, Screen()).name
    assert {"shell"} == {
        detect(environ, stream).name
        for environ, stream in [
            ({"TERM": "xterm", "CI": "true"}, Screen()),
            ({"TERM": "dumb"}, Screen()),
            ({}, io.StringIO()),
        ]
    }


def test_bars_stay_below_the_lines_and_are_drawn_anew() -> None:
    ci, screen = terminal()

    ci.progress("Pizza", 10, "Running: 10 %.", changed=True)
    ci.progress("Pasta", 50, "Running: 50 %.", changed=True)
    ci.say("[Pizza] Asking again.")
    ci.progress("Pizza", 75, "Running: 75 %.", changed=False)

    line, pizza, pasta = screen.shown()
    assert "[Pizza] Asking again." == line
    assert ("Running: 75 %." in pizza, 18) == (True, pizza.count("█"))
    assert ("Running: 50 %." in pasta, 12) == (True, pasta.count("█"))


def test_a_suite_that_is_done_takes_its_bar_with_it() -> None:
    ci, screen = terminal()

    ci.progress("Pizza", None, "Running.", changed=True)
    ci.done("Pizza")
    ci.done("Pizza")
    ci.say("Verdict: passed")

    assert ["Verdict: passed"] == screen.shown()


@given(st.text(), st.floats(0, 1e9) | st.none(), st.text())
def test_a_bar_is_one_harmless_line(suite: str, percent: float | None, line: str) -> None:
    drawn = bar(suite, percent, line)

    assert "\x1b" not in drawn
    assert 1 == len(drawn.splitlines())
