"""outputs.env: one file that shells, GitLab and Jenkins read alike, whatever is in the job outputs."""

import re
import subprocess
import tempfile
from pathlib import Path

import javaproperties
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.publishing import LINES, OUTPUTS

from koregate.ci import dotenv
from koregate.inputs import input_specs

# Made of what shells, dotenv readers and Java properties act on, and of what they leave alone.
VALUES = st.text(alphabet=st.sampled_from("ab1-_./:@+,=%~$`'\"\\!#;&|<>(){}[]*?^ \t\r\n\0é\u2028\ud800"), max_size=12)
ANY = st.fixed_dictionaries(dict.fromkeys(OUTPUTS, VALUES | st.text(max_size=12)))


def sourced(shell: str, text: str) -> dict[str, str]:
    """The variables after a shell ran the text in an empty folder; nothing else may have happened."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, dotenv.FILE)
        path.write_text(text)
        script = "set -a; . ./outputs.env; exec env -0"
        done = subprocess.run(
            [shell, "-euc", script],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ("", [path]) == (done.stderr, list(Path(folder).iterdir()))
    environ = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
    return {name: value for name, value in environ.items() if name not in {"PATH", "PWD", "OLDPWD", "SHLVL", "_"}}


def as_gitlab(text: str) -> dict[str, str]:
    """GitLab's reader (parse_dotenv_artifact_service.rb), and the expansion its variables go through."""
    assert len(text.encode()) < 5 * 1024
    values = {}
    for line in text.splitlines():
        match = re.fullmatch(r"(.*?)=(.*)", line)
        assert match, line
        values[match[1].strip()] = match[2].strip()
    assert not re.search(r"[$%]", "".join(values.values()))
    assert len(values) <= 20
    return values


def test_the_file_has_what_fits_into_gitlabs_twenty_variables() -> None:
    assert LINES == dotenv.render(OUTPUTS)
    assert len(LINES.splitlines()) <= 20


def test_the_variables_are_every_output_but_lists_in_json() -> None:
    names = [name.replace("run_ids", "test_run_ids").replace("_", "-") for name in dotenv.plain_values(OUTPUTS)]

    assert [name for name in OUTPUTS if name not in ("failed-tests", "failed-suites", "failure-classes")] == names


def test_no_output_is_named_like_an_input() -> None:
    # A later gate in the same environment would use it as its input, and attach to the runs of this job.
    assert not {spec.variable for spec in input_specs()} & set(dotenv.variables(OUTPUTS))


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_reads_what_was_written(shell: str) -> None:
    assert dotenv.file_variables(OUTPUTS) == sourced(shell, LINES)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("passed", "passed"),
        ("99.50", "99.50"),
        ("a/b-c_d.xml", "a/b-c_d.xml"),
        ("ctr-1\nctr-2", "ctr-1,ctr-2"),
        ("", ""),
        ("$HOME", ""),
        ("a$HOME", ""),
        ("=sh", ""),
        ("$(touch pwned)", ""),
        ("`touch pwned`", ""),
        ("a; touch pwned", ""),
        ("a\ttouch pwned", ""),
        ("a\r\ntouch pwned", ""),
        ("'a'", ""),
        ("~/x", ""),
        ("a:~/x", ""),
        ("%PATH%", ""),
        ("a\\nb", ""),
        ("my reports/junit.xml", ""),
        ("prüfung/junit.xml", ""),
    ],
)
def test_a_value_that_a_reader_could_act_on_is_left_empty(value: str, expected: str) -> None:
    text = dotenv.render({"junit-path": value})

    assert f"KOREGATE_JUNIT_PATH={expected}\n" == text
    assert {"KOREGATE_JUNIT_PATH": expected} == sourced("sh", text)


@settings(max_examples=150, deadline=None)
@given(outputs=ANY)
def test_all_readers_get_the_same_values_and_run_nothing(outputs: dict[str, str]) -> None:
    text = dotenv.render(outputs)
    expected = dotenv.file_variables(outputs)

    assert expected == sourced("sh", text)
    assert expected == as_gitlab(text)
    assert expected == javaproperties.loads(text)


def test_the_longest_values_are_left_empty_to_keep_gitlabs_limit() -> None:
    many = "\n".join(f"ctr-{number:036}" for number in range(200))
    outputs = {**OUTPUTS, "test-run-ids": many, "junit-path": "a" * 4_900}
    variables = dotenv.file_variables(outputs)

    assert variables == as_gitlab(dotenv.render(outputs))
    without_baseline = {"KOREGATE_NEW_FAILURES", "KOREGATE_KNOWN_FAILURES"}
    assert {"KOREGATE_RUN_IDS", "KOREGATE_JUNIT_PATH", *without_baseline} == {
        name for name, value in variables.items() if not value
    }
    assert dotenv.file_variables({**OUTPUTS, "test-run-ids": many[: 41 * 90]})["KOREGATE_RUN_IDS"]
