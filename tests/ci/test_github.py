"""GitHub's workflow commands and environment files, read back by strict readers of their own."""

import io
import re
import resource
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.ci.base import Publication
from koregate.ci.github import GitHub, command, fitted_message, fitted_outputs, heredoc
from koregate.reports.annotations import Annotation

ANY = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\r\n:,%=<>koregate_02ADC")))


def entries(text: str) -> dict[str, str]:
    """An environment file as the runner reads it, line by LF or CRLF line (actions/runner, FileCommandManager.cs)."""
    lines = re.findall(r"(.*?)(\r\n|\n)", text, re.DOTALL)
    assert text == "".join(line + end for line, end in lines), "the last line has an end"
    values: dict[str, str] = {}
    rest = iter(lines)
    for line, _ in rest:
        if not line:
            continue
        name, mark, delimiter = line.partition("<<")
        assert mark
        assert name
        assert delimiter
        assert "=" not in name
        assert name not in values, "no output is written twice"
        value: list[str] = []
        for inner, end in rest:
            if inner == delimiter:
                break
            value += [inner, end]
        else:
            pytest.fail(f"{name} has no end")
        values[name] = "".join(value[:-1])
    return values


@pytest.mark.parametrize(
    "value",
    ["", "plain", "two\nlines", "\n", "end\n", "a=b<<EOF\nEOF", "name<<koregate_\nkoregate_", "ünï 🍕", "a\r\nb"],
)
def test_a_value_is_read_back_as_it_was(value: str) -> None:
    assert {"verdict": value, "next": "kept"} == entries(heredoc("verdict", value) + heredoc("next", "kept"))


@given(st.lists(ANY.filter(lambda value: not value.endswith("\r")), max_size=4))
def test_no_value_can_forge_another_output(values: list[str]) -> None:
    outputs = {f"output-{number}": value for number, value in enumerate(values)}

    assert outputs == entries("".join(heredoc(name, value) for name, value in outputs.items()))


def test_a_delimiter_is_random_and_never_in_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heredoc("a", "b") != heredoc("a", "b")
    assert re.fullmatch(r"a<<koregate_[0-9a-f]{32}\nb\nkoregate_[0-9a-f]{32}\n", heredoc("a", "b"))

    drawn = iter(["11", "22", "33"])
    monkeypatch.setattr(secrets, "token_hex", lambda _: next(drawn))
    assert "name-koregate_22<<koregate_33\nx koregate_11\nkoregate_33\n" == heredoc("name-koregate_22", "x koregate_11")


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it (actions/runner, ActionCommand.cs)."""
    assert "\n" not in line
    assert "\r" not in line
    assert line.startswith("::")
    info, mark, data = line[2:].partition("::")
    assert mark
    name, _, rest = info.partition(" ")
    given = dict(part.split("=", 1) for part in rest.split(",") if part)
    return name, {key: unescaped(value, ":,") for key, value in given.items()}, unescaped(data)


def unescaped(text: str, more: str = "") -> str:
    assert re.fullmatch(r"([^%\r\n]|%0A|%0D|%25|%3A|%2C)*", text)
    for character in "\r\n" + more:
        text = text.replace(f"%{ord(character):02X}", character)
    return text.replace("%25", "%")


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (command("group", "Title"), "::group::Title"),
        (command("error", "100%\r\nsure: a,b", title="a:b,c%"), "::error title=a%3Ab%2Cc%25::100%25%0D%0Asure: a,b"),
        (command("error", "%0A", title="%2C"), "::error title=%252C::%250A"),
        (command("warning", "", file="a", line="1"), "::warning file=a,line=1::"),
        (command("add-mask", "::x"), "::add-mask::::x"),
    ],
)
def test_a_command_escapes_its_parts(written: str, line: str) -> None:
    assert line == written


@given(ANY, ANY.filter(bool), ANY.filter(bool))
def test_a_command_is_read_back_as_it_was(data: str, title: str, file: str) -> None:
    assert ("error", {"title": title, "file": file}, data) == parsed(command("error", data, title=title, file=file))


class Step:
    """A step of a workflow with its files."""

    def __init__(self, folder: Path) -> None:
        self.output, self.summary = folder / "output.txt", folder / "summary.md"
        self.stream = io.StringIO()
        self.ci = GitHub({"GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary)}, self.stream)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


def publication(
    *,
    passed: bool = False,
    outputs: Mapping[str, str] | None = None,
    annotations: tuple[Annotation, ...] = (),
    summary: str = "",
) -> Publication:
    given = {"verdict": "failed", "test-run-ids": "ctr-1\nctr-2"} if outputs is None else outputs
    return Publication(given, "Verdict:\nfailed", passed, annotations, summary, None)


def test_outputs_are_appended_to_what_is_there(step: Step) -> None:
    step.output.write_text("earlier<<EOF\nkept\nEOF\n")

    step.ci.publish(publication())

    expected = {"earlier": "kept", "verdict": "failed", "test-run-ids": "ctr-1\nctr-2"}
    assert expected == entries(step.output.read_text(encoding="utf-8"))


def test_text_that_is_no_utf_8_is_written_visibly(step: Step) -> None:
    step.ci.publish(publication(outputs={"junit-path": "a\udcffb"}, summary="c\ud800"))

    assert {"junit-path": "a\\udcffb"} == entries(step.output.read_text(encoding="utf-8"))
    assert "c\\ud800" == step.summary.read_text(encoding="utf-8")


def test_the_summary_is_appended_and_an_empty_one_is_not_written(step: Step) -> None:
    step.ci.publish(publication())
    assert not step.summary.exists()

    step.summary.write_text("# Before\n")
    step.ci.publish(publication(summary="# Köre\n"))
    assert "# Before\n# Köre\n" == step.summary.read_text(encoding="utf-8")


def test_a_job_that_did_not_pass_is_an_error_in_one_line(step: Step) -> None:
    step.ci.publish(publication())

    assert ["::group::Annotations", "::error title=koregate::Failed", "::endgroup::"] == step.lines


def test_a_job_that_passed_says_nothing_more(step: Step) -> None:
    step.ci.publish(publication(passed=True))

    assert [] == step.lines


def test_an_annotation_keeps_its_lines_and_can_end_nothing(step: Step) -> None:
    error = Annotation("error", "Pizza, step 1: a\nb", "Expected\n::endgroup::\x1b[0m\r\n100 %")
    warning = Annotation("warning", "koregate", "Skipped.")

    step.ci.publish(publication(passed=True, annotations=(error, warning)))

    first, second = map(parsed, step.lines[1:-1])
    assert ("::group::Annotations", "::endgroup::") == (step.lines[0], step.lines[-1])
    assert ("error", {"title": "Pizza, step 1: a b"}, "Expected\n::endgroup::\\x1b[0m\n100 %") == first
    assert ("warning", {"title": "koregate"}, "Skipped.") == second


@given(ANY, ANY)
def test_no_title_and_no_message_can_become_a_second_command(title: str, message: str) -> None:
    stream = io.StringIO(newline="")
    ci = GitHub({}, stream)

    ci.publish(publication(passed=True, annotations=(Annotation("error", f"x{title}", message, f"x{title}"),)))
    ci.group(title)
    ci.end_group()

    _, error, _, group, end = stream.getvalue()[:-1].split("\n")
    assert ("error", "group", "::endgroup::") == (parsed(error)[0], parsed(group)[0], end)


def test_a_group_has_its_title_redacted_and_an_end(step: Step) -> None:
    step.ci.redact_with(lambda text: text.replace("ann", "[email]"))

    step.ci.group("Running\nfor ann")
    step.ci.end_group()

    assert ["::group::Running for [email]", "::endgroup::"] == step.lines


def test_each_line_of_each_secret_is_masked_and_no_empty_one(step: Step) -> None:
    step.ci.mask(["one%", "two\n\n  \r\nthree", ""])

    assert ["::add-mask::one%25", "::add-mask::two", "::add-mask::three"] == step.lines


def test_what_the_bot_said_is_no_command(step: Step) -> None:
    step.ci.say("::set-output name=verdict::passed")

    assert [": :set-output name=verdict::passed"] == step.lines


def test_an_annotation_of_a_suite_file_names_it_and_the_name_can_end_nothing(step: Step) -> None:
    annotation = Annotation("error", "Pizza", "expected", "suites/a,line=9::b\n::c%.csv")

    step.ci.publish(publication(passed=True, annotations=(annotation,)))

    given = {"title": "Pizza", "file": "suites/a,line=9::b ::c%.csv"}
    assert ("error", given, "expected") == parsed(step.lines[1])


def test_a_warning_is_an_annotation_without_secrets_and_personal_data(step: Step) -> None:
    step.ci.mask_with(lambda text: text.replace("s3cret", "***"))
    step.ci.redact_with(lambda text: text.replace("ann@example.com", "[email]"))

    step.ci.warn("100% s3cret of ann@example.com\n::error::x")

    assert ["::warning title=koregate::100%25 *** of [email] ::error::x"] == step.lines


def test_without_its_files_a_step_still_says_the_verdict() -> None:
    stream = io.StringIO()
    GitHub({"GITHUB_OUTPUT": ""}, stream).publish(publication(summary="# x"))

    assert "::error title=koregate::Failed" in stream.getvalue().splitlines()


def test_a_file_that_cannot_be_written_is_named_and_stops_nothing(tmp_path: Path) -> None:
    stream = io.StringIO()
    environ = {"GITHUB_OUTPUT": str(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}

    GitHub(environ, stream).publish(publication(summary="# x"))

    line = "::warning title=koregate::cannot write to the file that GITHUB_OUTPUT names: Is a directory."
    assert line == stream.getvalue().splitlines()[0]
    assert "# x" == (tmp_path / "summary.md").read_text()


MAX_FILE_BYTES = 4096


@pytest.fixture
def _small_files() -> Iterator[None]:
    """A limit per file, which the system enforces like a full disk: it writes the bytes that fit."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("_small_files")
def test_a_disk_that_is_full_inside_an_output_leaves_no_part_of_it(step: Step) -> None:
    outputs = {"verdict": "passed", "failed-tests": "a\nverdict=passed\nverdict<<EOF", "exit-code": "0"}
    step.ci.publish(publication(outputs=outputs))
    needed = step.output.stat().st_size

    for room in range(needed):
        earlier = {"earlier": "x" * (MAX_FILE_BYTES - room - len("earlier<<EOF\n\nEOF\n"))}
        step.output.write_text(f"earlier<<EOF\n{earlier['earlier']}\nEOF\n")
        # What was handed over is not handed over again.
        step.ci.publish(publication(outputs={**outputs, "exit-code": str((room + 1) % 2)}))
        assert earlier == entries(step.output.read_text()), room

    reason = "::warning title=koregate::cannot write to the file that GITHUB_OUTPUT names: No space left on device."
    assert needed == step.lines.count(reason)


def test_outputs_that_were_handed_over_are_written_once_and_before_the_rest(step: Step) -> None:
    outputs = {"verdict": "passed", "exit-code": "0"}

    step.ci.hand_over(outputs, None)
    assert outputs == entries(step.output.read_text())
    assert [] == step.lines
    step.ci.publish(publication(outputs={**outputs}))

    assert outputs == entries(step.output.read_text())
    assert 1 == step.output.read_text().count("verdict<<")


def units(text: str) -> int:
    """The length of a text as .NET counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize("text", ["x" * 4_096, "🍕" * 2_048], ids=["letters", "pairs of surrogates"])
def test_a_message_that_the_runner_keeps_whole_stays_whole(text: str) -> None:
    assert text == fitted_message(text)
    assert f"{text[:-1]}…" == fitted_message(text + "y")


@given(st.text(st.sampled_from("a🍕\n:#["), min_size=1), st.integers(1, 9_000))
def test_no_message_is_longer_than_the_runner_keeps(text: str, times: int) -> None:
    fitted = fitted_message(text * times)

    assert units(fitted) <= 4_096
    assert text * times == fitted or (fitted.endswith("…") and (text * times).startswith(fitted[:-1]))


def test_messages_of_any_length_are_fitted_after_they_were_escaped(step: Step) -> None:
    long = Annotation("error", "Pizza", "::error::\x1b" * 1_000)

    step.ci.publish(publication(annotations=(long,))._replace(line="##[error]" * 1_000))

    assert [4_096, 4_096] == [units(parsed(line)[2]) for line in step.lines[1:-1]]


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.sampled_from("x🍕"), st.integers(0, 700_000))))
def test_all_outputs_together_are_never_larger_than_the_runner_takes(sizes: Mapping[str, tuple[str, int]]) -> None:
    outputs = {name: character * count for name, (character, count) in sizes.items()}

    fitted, emptied = fitted_outputs(outputs)

    assert sum(2 * units(name + value) for name, value in fitted.items()) <= 2**20
    assert list(outputs) == list(fitted)
    assert {name for name in outputs if outputs[name] != fitted[name]} == set(emptied)
    assert sum(2 * units(name + value) for name, value in outputs.items()) > 1_000_000 or not emptied


def test_a_list_that_does_not_fit_is_emptied_and_named(step: Step) -> None:
    ids = "\n".join(f"ctr-{number:036}" for number in range(13_000))

    step.ci.publish(publication(passed=True, outputs={"verdict": "passed", "test-run-ids": ids, "total": "3"}))

    assert {"verdict": "passed", "test-run-ids": "", "total": "3"} == entries(step.output.read_text(encoding="utf-8"))
    message = "GitHub accepts at most 1 MB of outputs per job, so these are empty: test-run-ids."
    assert [f"::warning title=koregate::{message} Read the values from report.json."] == step.lines
