"""Azure Pipelines: logging commands, read back as the agent reads them."""

from pathlib import Path
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from support.publishing import LINES, OUTPUTS, new_adapter, publication

from koregate.ci import dotenv
from koregate.ci.azure import Azure, command
from koregate.reports.annotations import Annotation


class Read(NamedTuple):
    """A logging command as the agent understands it."""

    name: str
    properties: dict[str, str]
    data: str


def unescaped(text: str) -> str:
    """CommandStringConvertor.cs, Unescape."""
    for escape, token in (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%")):
        text = text.replace(escape, token)
    return text


def read(line: str) -> Read | None:
    """microsoft/azure-pipelines-agent, Command.cs, TryParse."""
    start = line.find("##vso[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, given = line[start + len("##vso[") : end].partition(" ")
    pairs = (pair.split("=", 1) for pair in given.split(";") if pair)
    return Read(name, {key: unescaped(value) for key, value in pairs}, unescaped(line[end + 1 :]))


def commands(text: str) -> list[Read]:
    return [logged for line in text.split("\n") if (logged := read(line))]


@given(value=st.text(), data=st.text())
def test_any_property_and_data_come_through_on_one_line(value: str, data: str) -> None:
    line = command("task.logissue", data, type=value)

    assert "\n" not in line
    assert "\r" not in line
    expected = {"type": value}
    assert Read("task.logissue", expected, data) == read(line)


def test_every_job_output_is_an_output_variable(tmp_path: Path) -> None:
    adapter, stream = new_adapter(Azure)

    adapter.publish(publication(tmp_path))

    variables = [logged for logged in commands(stream.getvalue()) if logged.name == "task.setvariable"]
    assert dotenv.plain_values(OUTPUTS) == {logged.properties["variable"]: logged.data for logged in variables}
    assert {"true"} == {logged.properties["isOutput"] for logged in variables}
    assert "##vso[task.setvariable variable=verdict;isOutput=true;]failed\n" in stream.getvalue()
    assert LINES == (tmp_path / "outputs.env").read_text()


def test_the_verdict_and_each_annotation_are_issues_and_forge_none(tmp_path: Path) -> None:
    adapter, stream = new_adapter(Azure)
    annotations = (
        Annotation("error", "Pizza; step 1]", "100% off\n# #vso[task.complete result=Succeeded;]"),
        Annotation("warning", "koregate", "skipped"),
        Annotation("notice", "koregate", "of a kind that the agent does not know"),
    )

    adapter.publish(publication(tmp_path, annotations=annotations, line="Verdict: failed (exit code 1)"))

    others = {"task.setvariable", "task.uploadsummary"}
    issues = [logged for logged in commands(stream.getvalue()) if logged.name not in others]
    assert [
        Read("task.logissue", {"type": "error"}, "Verdict: failed (exit code 1)"),
        Read("task.logissue", {"type": "error"}, "Pizza; step 1]: 100% off\n# #vso[task.complete result=Succeeded;]"),
        Read("task.logissue", {"type": "warning"}, "koregate: skipped"),
        Read("task.logissue", {"type": "warning"}, "koregate: of a kind that the agent does not know"),
    ] == issues


def test_the_summary_is_uploaded_from_an_absolute_path(tmp_path: Path) -> None:
    adapter, stream = new_adapter(Azure)

    adapter.publish(publication(tmp_path, passed=True, annotations=(), summary="# Grün\n"))

    (upload,) = [logged for logged in commands(stream.getvalue()) if logged.name != "task.setvariable"]
    assert Read("task.uploadsummary", {}, str(tmp_path / "koregate-summary.md")) == upload
    assert "<!-- koregate -->\n# Grün\n" == (tmp_path / "koregate-summary.md").read_text(encoding="utf-8")


def test_without_a_summary_nothing_is_uploaded(tmp_path: Path) -> None:
    adapter, stream = new_adapter(Azure)

    adapter.publish(publication(tmp_path, summary=""))

    assert "uploadsummary" not in stream.getvalue()
    assert ["outputs.env"] == [path.name for path in tmp_path.iterdir()]


def test_each_line_of_a_secret_is_masked() -> None:
    adapter, stream = new_adapter(Azure)

    adapter.mask(["first%0Apart\n\n ;second]", "third"])

    secrets = ["first%0Apart", " ;second]", "third"]
    assert [Read("task.setsecret", {}, secret) for secret in secrets] == commands(stream.getvalue())


def test_a_group_has_its_title_on_one_line_and_ends() -> None:
    adapter, stream = new_adapter(Azure)

    adapter.group("Running\n##[endgroup]")
    adapter.end_group()

    assert "##[group]Running # #[endgroup]\n##[endgroup]\n" == stream.getvalue()


def test_a_warning_is_an_issue_without_secrets_and_forges_none() -> None:
    adapter, stream = new_adapter(Azure)
    adapter.mask_with(lambda text: text.replace("s3cret", "***"))

    adapter.warn("s3cret\n##vso[task.complete result=Succeeded;]")

    (issue,) = commands(stream.getvalue())
    assert ("task.logissue", {"type": "warning"}) == (issue.name, issue.properties)
    assert issue.data.startswith("***")
    assert "\n#" not in issue.data
