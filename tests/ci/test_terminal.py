"""Progress bars on a terminal: redrawn below the log, gone when a suite has ended, safe with any text."""

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from koregate.ci.detect import detect
from koregate.ci.terminal import Terminal, bar
from koregate.runs.events import Progress


class Screen(io.StringIO):
    """A terminal as far as the program can tell, that can show what a person would see."""

    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
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


def show(ci: Terminal, suite: str, percent: float | None, *, changed: bool) -> None:
    ci.show_progress(Progress(suite, percent, None, 12.0, None, changed=changed), "a line for a log")


def test_bars_stay_below_the_lines_and_are_drawn_anew_even_if_nothing_changed() -> None:
    ci, screen = terminal()

    show(ci, "Pizza", 10, changed=True)
    show(ci, "Pasta", 50, changed=True)
    ci.say("[Pizza] Retrying the status request in 1.2 s.")
    show(ci, "Pizza", 75, changed=False)

    line, pizza, pasta = screen.lines()
    assert "[Pizza] Retrying the status request in 1.2 s." == line
    assert pizza.startswith("Pizza ")
    assert pizza.endswith(" 75%, 12s elapsed.")
    assert 18 == pizza.count("█")
    assert pasta.startswith("Pasta ")
    assert pasta.endswith(" 50%, 12s elapsed.")
    assert 12 == pasta.count("█")


def test_the_bar_of_a_suite_is_gone_when_its_progress_ends() -> None:
    ci, screen = terminal()

    show(ci, "Pizza", None, changed=True)
    show(ci, "Pasta", None, changed=True)
    ci.end_progress("Pizza")
    ci.end_progress("Pizza")
    ci.say("[Pizza] Passed.")

    line, pasta = screen.lines()
    assert "[Pizza] Passed." == line
    assert pasta.startswith("Pasta ")


@given(st.text(), st.floats(0, 1e9) | st.none(), st.text())
def test_a_bar_is_one_harmless_line(suite: str, percent: float | None, line: str) -> None:
    drawn = bar(suite, percent, line)

    assert "\x1b" not in drawn
    assert 1 == len(drawn.splitlines())


def test_a_bar_shows_no_secret_and_no_personal_data() -> None:
    adapter, stream = terminal()
    adapter.mask_with(lambda text: text.replace("hush", "***"))
    adapter.redact_with(lambda text: text.replace("ann@example.com", "[email]"))

    adapter.show_progress(Progress("hush ann@example.com", 50, None, 12.0, None, changed=True), "")

    assert "*** [email]" in stream.getvalue()
