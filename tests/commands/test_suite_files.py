"""The suite files that the inputs name: found, read and checked before the first request."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clock import FakeClock
from support.job import Done, gate
from support.suite_files import as_csv, as_json

from koregate.commands import suite_files
from koregate.commands.suite_files import read_suite_files
from koregate.errors import InvalidInputs
from koregate.inputs import Inputs, read_inputs

GIVEN = {"host": "platform.kore.ai", "stream-id": "st-1", "suite-kind": "batch", "jwt": "a.b.c"}
ONE = as_json([{"input": "hi", "intent": "Greet"}])


def write(workspace: Path, name: str, data: bytes = ONE) -> None:
    path = workspace / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def read(workspace: Path, **options: str) -> list[tuple[str, str]]:
    """Path and suite of each file."""
    named = {name.replace("_", "-"): value for name, value in options.items()}
    inputs = read_inputs(Inputs, {**GIVEN, **named}, {}, workspace)
    return [(file.path, file.suite) for file in read_suite_files(inputs, workspace)]


def problems(workspace: Path, **options: str) -> list[str]:
    with pytest.raises(InvalidInputs) as caught:
        read(workspace, **options)
    return [str(problem) for problem in caught.value.problems]


def refused(workspace: Path, clock: FakeClock, **options: str) -> Done:
    """A job whose inputs cannot be used: it has no platform that a request could reach."""
    named = {name.replace("_", "-"): value for name, value in options.items()}
    done = gate({**GIVEN, **named}, workspace, clock)
    assert (2, "error") == (done.code, done.outputs["verdict"])
    return done


def test_files_are_taken_in_the_order_of_their_patterns_and_each_once(tmp_path: Path) -> None:
    for name in ("a/z.json", "a/b.json", "c.json", "a/b.v2.json"):
        write(tmp_path, name)
    write(tmp_path, "a/y.csv", as_csv([{"input": "hi", "intent": "Greet"}]))

    assert [("c.json", "c"), ("a/b.json", "b"), ("a/b.v2.json", "b.v2"), ("a/z.json", "z"), ("a/y.csv", "y")] == read(
        tmp_path, suite_files=f"./c.json\n{tmp_path}/a/*.json\na/../a/y.csv\na/b.json"
    )


def test_the_prefix_goes_before_every_name(tmp_path: Path) -> None:
    write(tmp_path, "a.json")

    assert [("a.json", "pr-7/a")] == read(tmp_path, suite_files="a.json", suite_prefix="pr-7/")
    assert [("a.json", "pr 7 a")] == read(tmp_path, suite_files="a.json", suite_prefix="pr 7 ")


NO_FILE = "fits no file in the workspace. Check the path, and that the job checks the files out."


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"suite_files": "b.json"}, "suite-files: b.json: fits no file in the workspace."),
        ({"suite_files": "b/*.json"}, "suite-files: b/*.json: fits no file in the workspace."),
        ({"suite_files": "b.json,c.json"}, f"suite-files: b.json,c.json: {NO_FILE} Give one path per line."),
        ({"suite_files": "notes.txt"}, "suite-files: notes.txt: does not end in .json or .csv."),
        ({"suite_files": "no*"}, "suite-files: notes.txt: does not end in .json or .csv."),
        ({"suite_files": "."}, "suite-files: . is a folder. Name the files in it, like suites/*.json."),
        ({"suite_files": "folder.json"}, "suite-files: folder.json is a folder. Name the files in it"),
        ({"suite_files": "pipe.json"}, "suite-files: pipe.json: cannot be read (is not a regular file)."),
        ({"suite_files": "link.json"}, "suite-files: link.json is a symbolic link, or lies behind one."),
        ({"suite_files": "l*.json"}, "suite-files: link.json is a symbolic link, or lies behind one."),
        ({"suite_files": "linked/a.json"}, "suite-files: linked/a.json is a symbolic link, or lies behind one."),
        ({"suite_files": "lin*d/a.json"}, "suite-files: linked: does not end in .json or .csv."),
        ({"suite_files": "../a.json"}, 'suite-files: "../a.json" is outside the workspace.'),
        ({"suite_files": "/etc/a.json"}, 'suite-files: "/etc/a.json" is outside the workspace.'),
        ({"suite_files": "a.json\na.json"}, 'suite-files: "a.json" is listed more than once.'),
        (
            {"suite_files": "broken.json"},
            "suite-files: broken.json is empty.",
        ),
        ({"suite_files": " lead.json"}, "suite-files: lead.json: fits no file"),
        ({"suite_files": "? lead.json"}, "suite-files: ? lead.json: fits no file"),
        (
            {"suite_files": "?lead.json"},
            'suite-files:  lead.json: gives the suite the name " lead", with spaces at its ends. Rename the file',
        ),
        (
            {"suite_files": "tab*.json"},
            'suite-files: tab .json: gives the suite the name "tab", which has a control character.',
        ),
        (
            {"suite_files": "sub/..json", "suite_prefix": "."},
            'suite-files: sub/..json: gives the suite the name "..", which cannot be part of a URL.',
        ),
        ({"suite_files": "a.json", "suite_prefix": "x" * 101}, "suite-prefix has 101 characters. Give at most 100"),
        ({"suite_files": "a.json", "suite_prefix": "a\nb"}, 'suite-prefix: "a b" has a character that no suite name'),
        ({"suite_files": "a.json", "suite_prefix": "a\u202eb"}, 'suite-prefix: "a\\u202eb" has a character'),
        *(
            ({"suite_files": "a.json", "suite_prefix": prefix}, f'suite-prefix: "{prefix}" has no number of a pull')
            for prefix in ("pr-null-", "pr-false-", "mr--")
        ),
        *(
            ({"suite_files": "a.json", "suite_prefix": prefix}, f'suite-prefix: "{prefix}" has a variable that the CI')
            for prefix in ("pr-$(System.PullRequest.PullRequestId)-", "pr-${CHANGE_ID}-", "mr-$CI_MERGE_REQUEST_IID-")
        ),
        (
            {"test_suites": "x", "suite_prefix": "a"},
            "suite-prefix is given without suite-files.",
        ),
        ({"suite_files": "a.json", "suite_kind": "conversation"}, "suite-files is for batch suites only."),
        ({"suite_files": "a.json", "test_run_ids": "tr-1"}, "test-run-ids: cannot be combined with suite-files"),
        ({}, "test-suites is required, or suite-files."),
        (
            {"suite_files": "a.json", "test_suites": "a"},
            'suite-files: a.json is of the suite "a", which test-suites names too. Leave one of them out.',
        ),
        (
            {"suite_files": "a.json", "test_suites": "A"},
            'suite-files: a.json: the names "A" and "a" differ only by case. Rename one of them.',
        ),
        (
            {"suite_files": "a.json\nsub/a.json"},
            'suite-files: a.json and sub/a.json are both files of the suite "a". Rename all but one of them.',
        ),
        (
            {"suite_files": "a.json\nsub/A.json"},
            'suite-files: sub/A.json: the names "a" and "A" differ only by case. Rename one of them.',
        ),
        (
            {"suite_files": "a.json\nsub/\u0430.json"},
            'suite-files: sub/\u0430.json: the names "a" and "\u0430" look alike. Rename one of them.',
        ),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_named_and_nothing_is_sent(
    tmp_path: Path, clock: FakeClock, options: dict[str, str], problem: str
) -> None:
    for name in ("a.json", "sub/a.json", "sub/A.json", "sub/..json", "sub/\u0430.json", " lead.json", "tab\t.json"):
        write(tmp_path, name)
    write(tmp_path, "notes.txt")
    write(tmp_path, "broken.json", b"")
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "link.json").symlink_to("a.json")
    (tmp_path / "linked").symlink_to("sub")

    done = refused(tmp_path, clock, **options)

    told = [line for line in done.problems if line.startswith(("suite-", "test-"))]
    assert [True] == [line.startswith(problem) for line in told], told


def test_a_file_name_that_is_not_utf_8_is_refused_and_shown(tmp_path: Path, clock: FakeClock) -> None:
    write(tmp_path, os.fsdecode(b"suites/a\xff.json"))

    done = refused(tmp_path, clock, suite_files="suites/*.json")

    assert "suite-files: suites/a\\udcff.json is a path that is not valid UTF-8." in done.log


def test_all_problems_are_reported_at_once_also_beside_those_of_other_inputs(tmp_path: Path, clock: FakeClock) -> None:
    write(tmp_path, "a.json", b'{"testCases": [{"input": 1}]}')
    write(tmp_path, "b.csv", b"input\n")

    done = refused(tmp_path, clock, suite_files="*.json\n*.csv\nc.json", timeout="soon", quarantine="nothing.toml")

    for told in (
        'timeout: "soon" is not a duration.',
        'quarantine: "nothing.toml" cannot be read',
        "suite-files: a.json: line 1, testCases[0].intent is missing.",
        "suite-files: a.json: line 1, testCases[0].input must be a text in quotes",
        "suite-files: b.csv: line 1, intent is missing.",
        "suite-files: c.json: fits no file in the workspace.",
    ):
        assert any(line.startswith(told) for line in done.problems), told


def test_personal_data_in_a_file_or_its_name_is_not_reported(tmp_path: Path, clock: FakeClock) -> None:
    write(tmp_path, "ann@example.com.csv", b"ann@example.com,intent\nhi,Greet\n")
    write(tmp_path, "b.json", b'{"testCases": [{"ann@example.com": 1}]}')

    for more in ({}, {"timeout": "soon"}):
        done = refused(tmp_path, clock, suite_files="*.csv\n*.json", **more)

        assert 4 <= done.log.count("suite-files: ")
        assert "ann@" not in done.log + done.summary + str(done.files)


def test_the_files_together_have_at_most_64_mib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 64 * 1024 * 1024 == suite_files.MAX_BYTES
    monkeypatch.setattr(suite_files, "MAX_BYTES", 2 * len(ONE))
    for name in ("a.json", "b.json", "c.json"):
        write(tmp_path, name)

    assert [("a.json", "a"), ("b.json", "b")] == read(tmp_path, suite_files="a.json\nb.json")
    monkeypatch.setattr(suite_files, "MAX_BYTES", 2 * len(ONE) - 1)
    (told,) = problems(tmp_path, suite_files="a.json\nb.json")
    assert told.startswith("suite-files: b.json: makes the suite files larger than 0 MiB together.")


def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite_files, "MAX_BYTES", 1000)
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(10**12)

    (told,) = problems(tmp_path, suite_files="a.json")

    assert "larger than 0 MiB" in told


def test_there_are_at_most_a_thousand_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1000 == suite_files.MAX_FILES
    monkeypatch.setattr(suite_files, "MAX_FILES", 2)
    for name in ("a.json", "b.json", "c.json"):
        write(tmp_path, name)

    assert ["suite-files: names 3 files. Name at most 2."] == problems(tmp_path, suite_files="*.json")


def outcome(workspace: Path, **options: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The files, and what is wrong with the inputs."""
    try:
        return read(workspace, **options), []
    except InvalidInputs as invalid:
        return [], list(map(str, invalid.problems))


_PARTS = st.text(st.sampled_from("aA.*?[]!-~/\\ é\t\u202e\udcff"), min_size=1, max_size=10)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_PARTS, st.sampled_from([".json", ".csv", "/*.json", ""]), st.text(max_size=4))
def test_any_pattern_and_prefix_give_usable_names_of_files_inside_or_problems(
    tmp_path_factory: pytest.TempPathFactory, pattern: str, end: str, prefix: str
) -> None:
    workspace = tmp_path_factory.getbasetemp() / "any-files"
    if not workspace.exists():
        for name in ("a.json", "A.json", "a/a.json", "~.json", "é.json"):
            write(workspace, name)
        (workspace / "out").symlink_to("/")
    found, refusals = outcome(workspace, suite_files=pattern + end, suite_prefix=prefix)

    assert found or refusals
    assert all("\n" not in refusal for refusal in refusals)
    for path, suite in found:
        assert (workspace / path).resolve().is_relative_to(workspace)
        assert suite == suite.strip()
        assert suite.isprintable()
        assert suite not in ("", ".", "..")
