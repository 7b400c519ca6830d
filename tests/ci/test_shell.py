"""Plain shells: outputs.env beside the reports. And what holds for every adapter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.publishing import FORGERIES, LINES, made, publication

from koregate.ci.detect import SYSTEMS
from koregate.ci.shell import Shell

if TYPE_CHECKING:
    from koregate.ci.base import Plain

ADAPTERS: list[type[Plain]] = [Shell, *(one.adapter for one in SYSTEMS)]
# actions/runner ActionCommand.cs, azure-pipelines-agent Command.cs, gitlab-runner's sections, buildkite/agent headers.
COMMANDS = re.compile(r"^\s*::|##\[|##vso|##teamcity|\x1b|\r|^(?:---|\+\+\+|~~~|\^\^\^)(?:\s|$)", re.IGNORECASE)


def test_job_outputs_are_a_file_beside_the_reports(tmp_path: Path) -> None:
    adapter, stream = made(Shell)

    adapter.publish(publication(tmp_path))

    assert LINES == (tmp_path / "outputs.env").read_text()
    assert "" == stream.getvalue()


@pytest.mark.parametrize("kind", ADAPTERS, ids=lambda kind: kind.name)
def test_what_was_said_acts_on_nothing(kind: type[Plain]) -> None:
    adapter, stream = made(kind)

    for text in FORGERIES:
        # GitHub knows no headings: only Buildkite's adapter has to break them.
        if kind.name == "buildkite" or not re.match(r"\s*[-+~^]{3}", text):
            adapter.say(text)

    lines = stream.getvalue().split("\n")
    assert "" == lines.pop()
    assert [] == [line for line in lines if COMMANDS.search(line)]
    assert any("forged" in line for line in lines) == (kind.name == "buildkite")


@pytest.mark.parametrize("kind", ADAPTERS, ids=lambda kind: kind.name)
def test_a_job_without_a_report_directory_is_published_all_the_same(kind: type[Plain]) -> None:
    adapter, _ = made(kind, {"PATH": ""})

    adapter.publish(publication(None))


@pytest.mark.parametrize("kind", [one for one in ADAPTERS if issubclass(one, Shell)], ids=lambda kind: kind.name)
def test_a_file_that_cannot_be_written_is_said_and_harms_nothing(kind: type[Plain], tmp_path: Path) -> None:
    (tmp_path / "outputs.env").mkdir()
    adapter, stream = made(kind, {"PATH": ""})

    adapter.publish(publication(tmp_path))

    assert "outputs.env cannot be written: " in stream.getvalue()


@pytest.mark.parametrize("kind", ADAPTERS[1:], ids=lambda kind: kind.name)
def test_every_adapter_has_a_name_and_a_page(kind: type[Plain]) -> None:
    docs = Path(__file__).parents[2] / "docs" / "ci"

    assert kind.__module__ == f"koregate.ci.{kind.name}"
    assert kind.name == "github" or (docs / f"{kind.name}.md").is_file()
