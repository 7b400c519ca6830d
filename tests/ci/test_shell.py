"""Shells: outputs.env beside the reports. And what holds for every adapter."""

import re
from pathlib import Path

import pytest
from support.publishing import FORGERIES, LINES, new_adapter, publication

from koregate.ci.base import CISystem
from koregate.ci.detect import SYSTEMS
from koregate.ci.shell import Shell

ADAPTERS: list[type[CISystem]] = [Shell, *(system.adapter for system in SYSTEMS)]
# actions/runner ActionCommand.cs, azure-pipelines-agent Command.cs, gitlab-runner's sections, buildkite/agent headers.
COMMANDS = re.compile(r"^\s*::|##\[|##vso|##teamcity|\x1b|\r|^(?:---|\+\+\+|~~~|\^\^\^)(?:\s|$)", re.IGNORECASE)


def test_job_outputs_are_a_file_beside_the_reports(tmp_path: Path) -> None:
    adapter, stream = new_adapter(Shell)

    adapter.publish(publication(tmp_path))

    assert LINES == (tmp_path / "outputs.env").read_text()
    assert "" == stream.getvalue()


@pytest.mark.parametrize("kind", ADAPTERS, ids=lambda kind: kind.name)
def test_no_line_of_the_log_acts_on_anything(kind: type[CISystem]) -> None:
    adapter, stream = new_adapter(kind)

    for text in FORGERIES:
        # GitHub knows no headings: only Buildkite's adapter has to break them.
        if kind.name == "buildkite" or not re.match(r"\s*[-+~^]{3}", text):
            adapter.say(text)

    lines = stream.getvalue().split("\n")
    assert "" == lines.pop()
    assert [] == [line for line in lines if COMMANDS.search(line)]
    assert any("forged" in line for line in lines) == (kind.name == "buildkite")


@pytest.mark.parametrize("kind", ADAPTERS, ids=lambda kind: kind.name)
def test_lines_and_titles_of_groups_are_redacted(kind: type[CISystem]) -> None:
    adapter, stream = new_adapter(kind)
    adapter.redact_with(lambda text: text.replace("ann@example.com", "[email]"))

    adapter.group("Running for ann@example.com")
    adapter.say("ann@example.com")
    adapter.end_group()

    assert "ann@" not in stream.getvalue()
    assert 2 == stream.getvalue().count("[email]")


@pytest.mark.parametrize("kind", ADAPTERS, ids=lambda kind: kind.name)
def test_a_job_without_a_report_directory_is_published_all_the_same(kind: type[CISystem]) -> None:
    adapter, _ = new_adapter(kind, {"PATH": ""})

    adapter.publish(publication(None))


@pytest.mark.parametrize("kind", [kind for kind in ADAPTERS if issubclass(kind, Shell)], ids=lambda kind: kind.name)
def test_a_file_that_cannot_be_written_is_named_and_harms_nothing(kind: type[CISystem], tmp_path: Path) -> None:
    adapter, stream = new_adapter(kind, {"PATH": ""})
    (folder := tmp_path / "removed").mkdir()
    late = publication(folder)
    folder.rmdir()

    adapter.publish(late)

    assert (
        "koregate cannot write outputs.env: the report directory was removed, moved or replaced during the job."
        in stream.getvalue().splitlines()
    )


@pytest.mark.parametrize("kind", ADAPTERS[1:], ids=lambda kind: kind.name)
def test_every_adapter_has_a_name_and_a_page(kind: type[CISystem]) -> None:
    docs = Path(__file__).parents[2] / "docs" / "ci"

    assert kind.__module__ == f"koregate.ci.{kind.name}"
    assert kind.name == "github" or (docs / f"{kind.name}.md").is_file()
