"""Colors: only for words that koregate says itself, only where they are shown, and never against the user's wish."""

import io
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.ci.azure import Azure
from koregate.ci.base import CISystem
from koregate.ci.bitbucket import Bitbucket
from koregate.ci.buildkite import Buildkite
from koregate.ci.circleci import CircleCI
from koregate.ci.colors import allows_colors, colored
from koregate.ci.github import GitHub
from koregate.ci.gitlab import GitLab
from koregate.ci.jenkins import Jenkins
from koregate.ci.shell import Shell
from koregate.ci.terminal import Terminal
from koregate.reports.log_line import Line
from koregate.verdicts import Verdict

RENDER = (GitHub, GitLab, Buildkite, CircleCI, Terminal)
DO_NOT = (Azure, Bitbucket, Jenkins, Shell, CISystem)


def said(kind: type[CISystem], line: Line, environ: Mapping[str, str] | None = None) -> str:
    stream = io.StringIO(newline="")
    kind(environ or {}, stream).say(line)
    return stream.getvalue()


@pytest.mark.parametrize("kind", RENDER)
def test_a_log_that_shows_colors_gets_the_verdict_in_its_color(kind: type[CISystem]) -> None:
    assert "[Pizza] \x1b[1;31mFAILED\x1b[0m in 4s\n" == said(kind, Line("[Pizza] ", "FAILED", " in 4s"))


@pytest.mark.parametrize("kind", DO_NOT)
def test_any_other_log_gets_plain_text(kind: type[CISystem]) -> None:
    assert "[Pizza] FAILED in 4s\n" == said(kind, Line("[Pizza] ", "FAILED", " in 4s"))


@pytest.mark.parametrize(
    ("environ", "allowed"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "0"}, False),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
    ],
)
def test_no_color_and_a_dumb_terminal_switch_colors_off(environ: dict[str, str], allowed: bool) -> None:
    assert allowed == allows_colors(environ)
    assert allowed == ("\x1b[1;32m" in said(GitHub, Line("", "PASSED"), environ))


def test_a_verdict_colors_the_words_for_it() -> None:
    line = Line("", "Verdict: passed (exit code 0)", ". Pizza", "passed")

    assert "\x1b[1;32mVerdict: passed (exit code 0)\x1b[0m. Pizza\n" == said(GitHub, line)


def test_every_verdict_has_a_color_in_upper_and_lower_case_and_no_other_word_has_one() -> None:
    assert all("mX\x1b[0m" in colored("X", word) for verdict in Verdict for word in (verdict, verdict.upper()))
    assert "X" == colored("X", "odd")


@pytest.mark.parametrize("kind", RENDER)
@given(before=st.text(), after=st.text())
def test_no_other_text_can_color_the_log_or_become_a_command(kind: type[CISystem], before: str, after: str) -> None:
    written = said(kind, Line(f"\x1b[31m::error::{before}", "PASSED", f"##[error]\x1b[0m{after}"))

    assert ["\x1b[1;32m", "\x1b[0m"] == re.findall("\x1b[^m]*m", written)
    assert 2 == written.count("\x1b")
    assert 1 == len(written.splitlines())
    assert "##[" not in written
    assert not written.strip().startswith("::")


def test_secrets_and_personal_data_are_removed_around_a_verdict() -> None:
    stream = io.StringIO()
    ci = GitHub({}, stream)
    ci.mask_with(lambda text: text.replace("hush", "***"))
    ci.redact_with(lambda text: text.replace("ann", "[email]"))

    ci.say(Line("[hush ann] ", "FAILED", " ann hush"))

    assert "[*** [email]] \x1b[1;31mFAILED\x1b[0m [email] ***\n" == stream.getvalue()
