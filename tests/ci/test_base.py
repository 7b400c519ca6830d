"""Lines that act on nothing, in whatever CI system shows them."""

import io
import re
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.ci.base import CISystem, Publication, neutralized
from koregate.runs.events import Progress

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
    assert harmless == neutralized(line)


@given(st.one_of(ANY, PIECES))
def test_no_text_is_a_command_after_it_was_neutralized(text: str) -> None:
    line = neutralized(text)

    assert not commands(line)
    assert line == neutralized(line)
    assert text.replace(" ", "") == line.replace(" ", "")


def printed(text: str) -> str:
    stream = io.StringIO(newline="")
    CISystem({}, stream).say(text)
    return stream.getvalue()


@given(st.one_of(ANY, PIECES))
def test_whatever_is_said_is_one_line_that_acts_on_nothing(text: str) -> None:
    written = printed(text)

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
    assert line == printed(text)


def test_a_line_is_redacted_before_it_is_made_safe() -> None:
    stream = io.StringIO()
    ci = CISystem({}, stream)
    ci.say("before: ann@example.com")
    ci.redact_with(lambda text: text.replace("ann@example.com", "\n::[email]"))

    ci.say("ann@example.com")
    ci.group("to ann@example.com")
    ci.show_progress(Progress("Pizza", 10.0, None, 1.0, None, changed=True), "ann@example.com")

    assert ["before: ann@example.com", ": :[email]", "to ::[email]", ": :[email]"] == stream.getvalue().splitlines()


def test_progress_is_a_line_of_the_log_if_there_is_something_to_say() -> None:
    stream = io.StringIO()
    ci = CISystem({}, stream)
    progress = Progress("Pizza", 10.0, 13, 12.0, None, changed=True)

    for line in ("[Pizza\n::x] 10%.", "", "::x"):
        ci.show_progress(progress, line)
    ci.end_progress("Pizza")

    assert ["[Pizza ::x] 10%.", ": :x"] == stream.getvalue().splitlines()


def test_whatever_is_printed_ends_the_silence() -> None:
    ci = CISystem({}, io.StringIO())
    time.sleep(0.05)
    before = ci.silence

    ci.say("hi")

    assert ci.silence < before


def test_a_plain_log_has_no_masks_no_ends_of_groups_and_no_publication() -> None:
    stream = io.StringIO()
    ci = CISystem({}, stream)

    ci.mask(["secret"])
    ci.end_group()
    ci.publish(Publication({"verdict": "passed"}, "line", passed=True, annotations=(), summary="# x", report_dir=None))

    assert "" == stream.getvalue()


class Gone(io.StringIO):
    """A log that nobody reads any more."""

    def __init__(self, problem: Exception) -> None:
        super().__init__()
        self._problem = problem
        self.tried: list[str] = []

    def write(self, text: str) -> int:
        self.tried.append(text)
        raise self._problem


@pytest.mark.parametrize("problem", [BrokenPipeError(32, "Broken pipe"), ValueError("I/O operation on closed file")])
def test_a_log_that_is_gone_stops_nothing(problem: Exception) -> None:
    stream = Gone(problem)
    ci = CISystem({}, stream)

    ci.say("hi")
    ci.say("there")

    assert ["hi\n", "there\n"] == stream.tried


def test_lines_of_several_threads_stay_whole() -> None:
    stream = io.StringIO()
    ci = CISystem({}, stream)

    def say(mark: str) -> None:
        for _ in range(200):
            ci.say(mark * 50)

    threads = [threading.Thread(target=say, args=(mark,)) for mark in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(mark * 50 for mark in "abcd" for _ in range(200)) == sorted(stream.getvalue().splitlines())
