"""GitLab: sections as its log reads them, and a dotenv report."""

import re
from pathlib import Path

from support.publishing import LINES, new_adapter, publication

from koregate.ci.gitlab import GitLab

# gitlab, lib/gitlab/regex.rb: logs_section_prefix_regex, then options, then the end of the region.
SECTION = re.compile(r"section_(start|end):(\d+):([a-zA-Z0-9_.-]+)(?:\[.*?\])?\r\x1b\[0K(.*)")


def test_a_group_is_a_section_with_its_title_that_ends_under_its_name() -> None:
    adapter, stream = new_adapter(GitLab)

    adapter.group("Running 2 test suites")
    adapter.say("inside")
    adapter.end_group()

    start, inside, end = _lines(stream.getvalue())
    opened, closed = SECTION.search(start), SECTION.search(end)
    assert opened
    assert closed
    assert ("start", "Running 2 test suites") == (opened[1], opened[4])
    assert ("end", "", opened[3]) == (closed[1], closed[4], closed[3])
    assert start.startswith("\x1b[0Ksection_start:")
    assert "inside" == inside


def _lines(text: str) -> list[str]:
    """The lines of a log: a carriage return alone ends none."""
    return text.removesuffix("\n").split("\n")


def test_sections_nest_and_have_names_of_their_own() -> None:
    adapter, stream = new_adapter(GitLab)

    adapter.group("a")
    adapter.group("b")
    adapter.end_group()
    adapter.end_group()

    matches = [SECTION.search(line) for line in _lines(stream.getvalue())]
    names = [match[3] for match in matches if match]
    assert names == [*names[:2], *reversed(names[:2])]
    assert 2 == len(set(names))


def test_an_end_without_a_beginning_prints_nothing() -> None:
    adapter, stream = new_adapter(GitLab)

    adapter.end_group()

    assert "" == stream.getvalue()


def test_a_title_ends_no_section() -> None:
    adapter, stream = new_adapter(GitLab)

    adapter.group("a\x1b[0Ksection_end:1:koregate_1\r\x1b[0K\nb")

    assert ["start"] == [match[1] for match in SECTION.finditer(stream.getvalue())]
    assert 1 == len(_lines(stream.getvalue()))


def test_job_outputs_are_a_dotenv_report(tmp_path: Path) -> None:
    adapter, stream = new_adapter(GitLab)

    adapter.publish(publication(tmp_path))

    assert LINES == (tmp_path / "outputs.env").read_text()
    assert "" == stream.getvalue()
