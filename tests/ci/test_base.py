"""Lines that act on nothing, in whatever CI system shows them."""

from __future__ import annotations

import io
import re
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.ci.base import Plain, Publication, defused

ANY = st.text(
    st.one_of(
        st.characters(exclude_categories=()), st.sampled_from("\t\n\r\x1b\x85\u2028\u3000\ud800 :#[]%vsoteamcityVSO")
    )
)
PIECES = st.lists(
    st.sampled_from(["::", ":", "##[", "##vso[", "##teamcity[", "#", "[", " ", "\t", "\n", "error", "vso["])
).map("".join)


def commands(line: str) -> bool:
    """Whether a CI system would see a command: actions/runner's two forms, Azure Pipelines' and TeamCity's."""
    lower = line.lower()
    return line.strip().startswith("::") or any(mark in lower for mark in ("##[", "##vso", "##teamcity"))


@pytest.mark.parametrize(
    ("line", "harmless"),
    [
        ("::error::forged", ": :error::forged"),
        ("  \t::set-output name=a::b", "  \t: :set-output name=a::b"),
        ("\u3000::error::wide blank", "\u3000: :error::wide blank"),
        ("said ::error::inside", "said ::error::inside"),
        ("::", ": :"),
        (":::", ": ::"),
        ("a ##[error]forged", "a # #[error]forged"),
        ("####[group]", "### #[group]"),
        ("##vso[task.setvariable]", "# #vso[task.setvariable]"),
        ("##VSO[x] ##TeamCity[y]", "# #VSO[x] # #TeamCity[y]"),
        ("## a heading", "## a heading"),
        ("", ""),
    ],
)
def test_a_command_is_broken_and_the_rest_stays(line: str, harmless: str) -> None:
    assert harmless == defused(line)


@given(st.one_of(ANY, PIECES))
def test_no_text_is_a_command_once_defused(text: str) -> None:
    line = defused(text)

    assert not commands(line)
    assert line == defused(line)
    assert text.replace(" ", "") == line.replace(" ", "")


def said(text: str) -> str:
    stream = io.StringIO(newline="")
    Plain({}, stream).say(text)
    return stream.getvalue()


@given(st.one_of(ANY, PIECES))
def test_whatever_is_said_is_one_line_that_acts_on_nothing(text: str) -> None:
    written = said(text)

    assert written.endswith("\n")
    line = written[:-1]
    assert len(line.splitlines()) <= 1
    assert not commands(line)
    assert not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "\n"),
        ("a\n::error::b", "a ::error::b\n"),
        ("\n::error::b", ": :error::b\n"),
        ("\x1b[2J", "\\x1b[2J\n"),
    ],
)
def test_a_line_is_printed_with_its_end(text: str, line: str) -> None:
    assert line == said(text)


def test_what_is_said_is_redacted_before_it_is_made_safe() -> None:
    stream = io.StringIO()
    ci = Plain({}, stream)
    ci.redact = lambda text: text.replace("ann@example.com", "\n::[email]")

    ci.say("ann@example.com")
    ci.group("to ann@example.com")

    assert ": :[email]\nto ::[email]\n" == stream.getvalue()


def test_progress_is_said_where_it_changed() -> None:
    stream = io.StringIO()
    ci = Plain({}, stream)

    ci.progress("Pizza\n::x", 10.0, "Running: 10 %", changed=True)
    ci.progress("Pizza", 10.0, "Running: 10 %", changed=False)
    ci.progress("x" * 100, None, "Running", changed=True)
    ci.done("Pizza")

    first, second = stream.getvalue().splitlines()
    assert "[Pizza ::x] Running: 10 %" == first
    assert re.fullmatch(r"\[.{60}\] Running", second)


def test_a_plain_log_has_no_masks_no_ends_of_groups_and_no_publication() -> None:
    stream = io.StringIO()
    ci = Plain({}, stream)

    ci.mask(["secret"])
    ci.end_group()
    ci.publish(Publication({"verdict": "passed"}, "line", passed=True, annotations=(), summary="# x", report_dir=None))

    assert "" == stream.getvalue()


def test_it_is_known_when_something_was_last_said() -> None:
    began = time.monotonic()
    ci = Plain({}, io.StringIO())
    made = ci.said
    ci.say("hi")

    assert began <= made <= ci.said <= time.monotonic()


class Gone(io.StringIO):
    """A log that nobody reads any more."""

    def __init__(self, problem: Exception) -> None:
        super().__init__()
        self._problem = problem

    def write(self, _text: str) -> int:
        raise self._problem


@pytest.mark.parametrize("problem", [BrokenPipeError(32, "Broken pipe"), ValueError("I/O operation on closed file")])
def test_a_log_that_is_gone_stops_nothing(problem: Exception) -> None:
    ci = Plain({}, Gone(problem))
    before = ci.said

    ci.say("hi")

    assert ci.said >= before


def test_lines_of_several_threads_stay_whole() -> None:
    stream = io.StringIO()
    ci = Plain({}, stream)

    def say(mark: str) -> None:
        for _ in range(200):
            ci.say(mark * 50)

    threads = [threading.Thread(target=say, args=(mark,)) for mark in "abcd"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(mark * 50 for mark in "abcd" for _ in range(200)) == sorted(stream.getvalue().splitlines())
