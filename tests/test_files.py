"""Files inside the workspace, whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from koregate import files
from koregate.errors import InputsRefused

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def _umask_027() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_report_directory_is_made_with_what_is_above_it(workspace: Path) -> None:
    folder = files.prepare(workspace, "a/b/c")

    assert workspace / "a" / "b" / "c" == folder
    assert folder.is_dir()
    assert {} == tree(workspace)


def test_a_report_directory_that_is_there_keeps_what_it_holds(workspace: Path) -> None:
    (workspace / "reports").mkdir()
    (workspace / "reports" / "kept.txt").write_bytes(b"kept")

    assert workspace / "reports" == files.prepare(workspace, "reports")
    assert workspace == files.prepare(workspace, ".")
    assert {"reports/kept.txt": b"kept"} == tree(workspace)


def refusal(workspace: Path, report_dir: str) -> str:
    with pytest.raises(InputsRefused) as refused:
        files.prepare(workspace, report_dir)
    (problem,) = refused.value.problems
    assert "report-dir" == problem.name
    assert "Name another folder." in problem.text
    return problem.text


@pytest.mark.parametrize("report_dir", ["link", "link/below", "deep/link"])
def test_a_symbolic_link_out_of_the_workspace_is_refused(workspace: Path, report_dir: str) -> None:
    outside = workspace.parent / "outside"
    outside.mkdir()
    (workspace / "deep").mkdir()
    for name in ("link", "deep/link"):
        (workspace / name).symlink_to(outside)

    assert "leaves the workspace through a symbolic link" in refusal(workspace, report_dir)
    assert [] == list(outside.iterdir())


def test_a_symbolic_link_within_the_workspace_is_followed(workspace: Path) -> None:
    (workspace / "real").mkdir()
    (workspace / "link").symlink_to("real")

    files.write(files.prepare(workspace, "link"), "a.txt", b"a")

    assert b"a" == (workspace / "real" / "a.txt").read_bytes()


def test_a_link_to_itself_a_link_to_nothing_and_a_file_are_refused(workspace: Path) -> None:
    (workspace / "loop").symlink_to("loop")
    (workspace / "gone").symlink_to("nothing")
    (workspace / "file").write_bytes(b"")

    for report_dir in ("loop", "loop/below", "gone", "file", "file/below", "x" * 300):
        assert "cannot be written to (" in refusal(workspace, report_dir)
    assert {"file": b""} == tree(workspace)


def test_a_file_is_written_whole_below_the_folder_and_over_an_old_one(workspace: Path) -> None:
    files.write(workspace, "raw/001-pizza.json", b"old and longer")
    files.write(workspace, "raw/001-pizza.json", b"new")
    files.write(workspace, "junit.xml", b"")

    assert {"raw/001-pizza.json": b"new", "junit.xml": b""} == tree(workspace)


def test_what_fails_leaves_the_old_file_and_no_temporary_one(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write(workspace, "junit.xml", b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(workspace, "junit.xml", b"new")

    assert {"junit.xml": b"old"} == tree(workspace)


def test_an_interrupted_write_leaves_no_temporary_file(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write(workspace, "junit.xml", b"new")

    assert {} == tree(workspace)


def test_a_folder_in_the_files_place_is_an_error_and_stays(workspace: Path) -> None:
    (workspace / "junit.xml").mkdir()

    with pytest.raises(OSError, match="directory"):
        files.write(workspace, "junit.xml", b"new")

    assert ["junit.xml"] == [path.name for path in workspace.iterdir()]


@pytest.mark.parametrize("name", ["../escaped.txt", "raw/escaped.txt", "raw/deeper/escaped.txt"])
def test_nothing_is_written_outside_the_folder(workspace: Path, name: str) -> None:
    outside = workspace.parent / "outside"
    outside.mkdir()
    (workspace / "raw").symlink_to(outside)

    with pytest.raises(OSError, match="a symbolic link leads it elsewhere"):
        files.write(workspace, name, b"x")

    assert {} == tree(workspace.parent)
    assert [] == list(outside.iterdir())


def test_a_link_to_itself_below_the_folder_is_an_error_of_the_system(workspace: Path) -> None:
    (workspace / "raw").symlink_to("raw")

    with pytest.raises(OSError, match="raw"):
        files.write(workspace, "raw/001.json", b"x")


def test_a_link_in_the_files_place_is_replaced_and_what_it_names_untouched(workspace: Path) -> None:
    victim = workspace.parent / "victim.txt"
    victim.write_bytes(b"precious")
    (workspace / "junit.xml").symlink_to(victim)

    files.write(workspace, "junit.xml", b"new")

    assert b"precious" == victim.read_bytes()
    assert not (workspace / "junit.xml").is_symlink()
    assert b"new" == (workspace / "junit.xml").read_bytes()


@pytest.mark.usefixtures("_umask_027")
def test_files_and_folders_have_the_usual_modes(workspace: Path) -> None:
    folder = files.prepare(workspace, "a/b")
    files.write(folder, "raw/one.json", b"1")

    assert [0o750] * 3 == [mode(path) for path in (workspace / "a", folder, folder / "raw")]
    assert 0o640 == mode(folder / "raw" / "one.json")
    assert 0o027 == os.umask(0o027)


def test_root_hands_what_it_makes_over_to_the_workspaces_owner(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[tuple[str, int, int]] = []
    owner = workspace.stat()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, user, group: handed.append((Path(path).name, user, group)))

    files.write(files.prepare(workspace, "reports"), "junit.xml", b"")

    assert ("reports", owner.st_uid, owner.st_gid) == handed[0]
    assert {(owner.st_uid, owner.st_gid)} == {one[1:] for one in handed}
    assert 2 == len(handed)


def test_a_file_system_without_owners_does_not_stop_a_report(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", refused)

    files.write(files.prepare(workspace, "reports"), "junit.xml", b"whole")

    assert {"reports/junit.xml": b"whole"} == tree(workspace)


def test_anyone_else_than_root_changes_no_owner(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "chown", lambda *_: pytest.fail("an owner was changed"))

    files.write(files.prepare(workspace, "reports"), "junit.xml", b"")

    assert {"reports/junit.xml": b""} == tree(workspace)


def test_an_earlier_runs_reports_and_stale_temporary_files_are_cleared(workspace: Path) -> None:
    for name in ("junit.xml", "raw/001.json", "raw/.koregate-abc", ".koregate-def", "notes.txt", "raw/notes.txt"):
        files.write(workspace, name, b"old")
    (workspace / "report.json").mkdir()

    files.clear(workspace, ("junit.xml", "report.json", "missing.html", "raw/*.json", "**/.koregate-*"))

    assert {"notes.txt": b"old", "raw/notes.txt": b"old"} == tree(workspace)
    assert (workspace / "report.json").is_dir()


def test_nothing_is_cleared_through_a_symbolic_link(workspace: Path) -> None:
    outside = workspace.parent / "outside"
    outside.mkdir()
    (outside / "precious.json").write_bytes(b"precious")
    (workspace / "raw").symlink_to(outside)
    (workspace / "junit.xml").symlink_to(outside / "precious.json")

    files.clear(workspace, ("junit.xml", "raw/*.json"))

    assert {"precious.json": b"precious"} == tree(outside)
    assert ["raw"] == [path.name for path in workspace.iterdir()]
