"""Buildkite: groups of the log, and the annotation through a stand-in for its agent."""

import html
import re
from pathlib import Path

import pytest
from support.publishing import LINES, new_adapter, publication

from koregate.ci.base import Publication
from koregate.ci.buildkite import Buildkite
from koregate.reports.annotations import Annotation

# Notes its arguments, its input and its environment.
AGENT = '#!/bin/sh\nprintf "%s\\n" "$@" >"$NOTES/arguments"\ncat >"$NOTES/input"\nenv >"$NOTES/environment"\n'


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of a step, with an agent on the path."""
    notes, programs, report = tmp_path / "notes", tmp_path / "bin", tmp_path / "report"
    for folder in (notes, programs, report):
        folder.mkdir()
    install(programs, AGENT)
    return {"BUILDKITE": "true", "PATH": f"{programs}:/usr/bin:/bin", "NOTES": str(notes)}


def install(programs: Path, script: str) -> None:
    agent = programs / "buildkite-agent"
    agent.write_text(script)
    agent.chmod(0o755)


def published(tmp_path: Path, environ: dict[str, str], given: Publication) -> tuple[dict[str, str], str]:
    """What the agent noted, and what was printed."""
    adapter, stream = new_adapter(Buildkite, environ)
    adapter.publish(given)
    return {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "notes").iterdir()}, stream.getvalue()


@pytest.mark.parametrize(("passed", "style"), [(True, "success"), (False, "error")])
def test_the_summary_is_an_annotation(tmp_path: Path, environ: dict[str, str], passed: bool, style: str) -> None:
    given = publication(tmp_path / "report", passed=passed, summary="# Grün\n`$(touch x)`")

    notes, log = published(tmp_path, environ, given)

    assert f"annotate\n--style\n{style}\n--context\nkoregate\n" == notes["arguments"]
    assert "# Grün\n`$(touch x)`" == notes["input"]
    assert "" == log
    assert LINES == (tmp_path / "report" / "outputs.env").read_text()


def test_each_step_has_an_annotation_of_its_own(tmp_path: Path, environ: dict[str, str]) -> None:
    given = publication(tmp_path / "report")

    notes, _ = published(tmp_path, {**environ, "BUILDKITE_STEP_KEY": "bot-b"}, given)

    assert notes["arguments"].endswith("--context\nkoregate-bot-b\n")


def test_without_a_summary_the_annotation_lists_the_failures_as_text(tmp_path: Path, environ: dict[str, str]) -> None:
    given = publication(tmp_path / "report", summary="")

    notes, _ = published(tmp_path, environ, given)

    assert "Pizza, step 1\n\n    expected: a\n    got: b" == notes["input"]


def test_no_title_of_a_failure_acts_as_markdown_or_html(tmp_path: Path, environ: dict[str, str]) -> None:
    title = "# a <img src=x> [b](c) **d** `e` @f"
    annotation = Annotation("error", title, "<b>text</b>\n# text")

    notes, _ = published(tmp_path, environ, publication(tmp_path / "report", summary="", annotations=(annotation,)))

    heading, _, body = notes["input"].partition("\n\n")
    assert not re.search(r"[<>\[\]*`#](?!\d+;)", heading)
    assert title == html.unescape(heading).replace("\u200b", "")
    assert "    <b>text</b>\n    # text" == body


def test_with_both_switched_off_the_agent_is_left_alone(tmp_path: Path, environ: dict[str, str]) -> None:
    given = publication(tmp_path / "report", summary="", annotations=())

    assert ({}, "") == published(tmp_path, environ, given)


def test_the_agent_gets_no_input_of_the_gate(tmp_path: Path, environ: dict[str, str]) -> None:
    secrets = {"KOREGATE_CLIENT_SECRET": "hunter2", "INPUT_CLIENT-SECRET": "hunter2", "BUILDKITE_JOB_ID": "job"}

    notes, _ = published(tmp_path, {**environ, **secrets}, publication(tmp_path / "report"))

    assert "hunter2" not in notes["environment"]
    assert "BUILDKITE_JOB_ID=job" in notes["environment"]


def test_without_an_agent_the_job_continues_in_silence(tmp_path: Path, environ: dict[str, str]) -> None:
    notes, log = published(tmp_path, {**environ, "PATH": "/nowhere"}, publication(tmp_path / "report"))

    assert ({}, "") == (notes, log)
    assert LINES == (tmp_path / "report" / "outputs.env").read_text()


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", "#!/nowhere/sh\n"], ids=["refuses", "cannot start"])
def test_an_agent_that_fails_is_reported_in_one_line(tmp_path: Path, environ: dict[str, str], script: str) -> None:
    install(tmp_path / "bin", script)

    notes, log = published(tmp_path, environ, publication(tmp_path / "report"))

    assert {} == notes
    assert log.startswith("The Buildkite agent did not accept the annotation: ")
    assert 1 == log.count("\n")


def test_a_group_is_folded_and_what_follows_it_is_open() -> None:
    adapter, stream = new_adapter(Buildkite)

    adapter.group("Running\n+++ forged")
    adapter.say("inside")
    adapter.end_group()

    assert "--- Running +++ forged\ninside\n+++ koregate\n" == stream.getvalue()
