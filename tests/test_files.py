"""Files inside the workspace: whole or not at all, regular files only, never through a link."""

import os
import resource
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from koregate import files
from koregate.errors import InvalidInputs
from koregate.files import ReportDir, link_in


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


def report_dir(workspace: Path) -> ReportDir:
    return files.prepare(workspace, "koregate-report")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_report_directory_is_created_with_its_parents(workspace: Path) -> None:
    assert workspace / "a" / "b" / "c" == files.prepare(workspace, "a/b/c").path
    assert (workspace / "a" / "b" / "c").is_dir()
    assert {} == tree(workspace)


def test_a_report_directory_that_exists_keeps_its_files(workspace: Path) -> None:
    (workspace / "reports").mkdir()
    (workspace / "reports" / "kept.txt").write_bytes(b"kept")

    files.prepare(workspace, "reports")
    files.prepare(workspace, ".").write("new.txt", b"new")

    assert {"reports/kept.txt": b"kept", "new.txt": b"new"} == tree(workspace)


def test_a_workspace_that_is_reached_by_a_link_is_used(workspace: Path) -> None:
    (workspace.parent / "link").symlink_to(workspace)

    files.prepare(workspace.parent / "link", "reports").write("a.txt", b"a")

    assert {"reports/a.txt": b"a"} == tree(workspace)


def problem_with(workspace: Path, name: str) -> str:
    with pytest.raises(InvalidInputs) as caught:
        files.prepare(workspace, name)
    (problem,) = caught.value.problems
    assert "report-dir" == problem.name
    assert "Name another folder." in problem.text
    return problem.text


@pytest.mark.parametrize("name", ["link", "link/below", "deep/link"])
@pytest.mark.parametrize("target", ["../outside", ".git", ".", "nothing"])
def test_a_symbolic_link_is_no_report_directory_wherever_it_leads(workspace: Path, name: str, target: str) -> None:
    (workspace.parent / "outside").mkdir()
    for folder in (".git", "deep"):
        (workspace / folder).mkdir()
    (workspace / "link").symlink_to(target)
    (workspace / "deep" / "link").symlink_to(Path("..") / target)

    assert "symbolic link" in problem_with(workspace, name)
    assert {} == tree(workspace.parent)


def test_a_link_to_itself_a_file_and_a_name_that_is_too_long_are_no_report_directory(workspace: Path) -> None:
    (workspace / "loop").symlink_to("loop")
    (workspace / "file").write_bytes(b"")

    for name in ("loop", "loop/below", "file", "file/below", "x" * 300):
        problem_with(workspace, name)
    assert {"file": b""} == tree(workspace)


def test_a_file_is_written_whole_below_the_folder_and_over_an_old_one(workspace: Path) -> None:
    folder = report_dir(workspace)
    folder.write("raw/001-pizza.json", b"old and longer")
    folder.write("raw/001-pizza.json", b"new")
    folder.write("junit.xml", b"")

    assert {"raw/001-pizza.json": b"new", "junit.xml": b""} == tree(folder.path)


@pytest.fixture
def _small_files() -> Iterator[None]:
    """A limit of 1 KiB per file, which the system enforces like a full disk: the first bytes are written."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("_small_files")
def test_a_disk_that_is_full_leaves_the_old_file_and_no_temporary_one(workspace: Path) -> None:
    folder = report_dir(workspace)
    folder.write("junit.xml", b"old")

    with pytest.raises(OSError, match="File too large"):
        folder.write("junit.xml", b"new" * 1000)

    assert {"junit.xml": b"old"} == tree(folder.path)


@pytest.mark.parametrize("obstacle", ["folder", "link", "file", "pipe"])
def test_whatever_stands_in_the_place_of_raw_is_moved_aside_and_nothing_is_lost(workspace: Path, obstacle: str) -> None:
    folder = report_dir(workspace)
    outside = workspace.parent / "outside"
    outside.mkdir()
    place = folder.path / "raw"
    create: dict[str, Callable[[], object]] = {
        "folder": place.mkdir,
        "link": lambda: place.symlink_to(outside),
        "file": lambda: place.write_bytes(b"precious"),
        "pipe": lambda: os.mkfifo(place),
    }
    create[obstacle]()

    folder.write("raw/001-pizza.json", b"new")

    assert b"new" == (place / "001-pizza.json").read_bytes()
    assert [] == list(outside.iterdir())
    moved = [path for path in folder.path.iterdir() if path.name.startswith("raw.moved-")]
    assert ([] if obstacle == "folder" else [place.name]) == [path.name.partition(".")[0] for path in moved]
    if obstacle == "file":
        assert b"precious" == moved[0].read_bytes()


def test_a_folder_in_the_place_of_a_report_is_moved_aside_with_what_is_in_it(workspace: Path) -> None:
    folder = report_dir(workspace)
    (folder.path / "junit.xml").mkdir()
    (folder.path / "junit.xml" / "precious.txt").write_bytes(b"precious")

    folder.write("junit.xml", b"new")

    assert b"new" == (folder.path / "junit.xml").read_bytes()
    assert [b"precious"] == [path.read_bytes() for path in folder.path.glob("junit.xml.moved-*/precious.txt")]


def test_a_file_of_another_tool_in_the_place_of_a_report_is_moved_aside(workspace: Path) -> None:
    folder = report_dir(workspace)
    (folder.path / "junit.xml").write_bytes(b"<testsuites/>")
    (folder.path / "outputs.env").write_bytes(b"")
    (folder.path / "raw").mkdir()
    (folder.path / "raw" / "001-pizza.json").write_bytes(b"{}")

    for content in (b"KOREGATE one", b"KOREGATE two"):
        for name in ("junit.xml", "outputs.env", "raw/001-pizza.json"):
            folder.write(name, content)

    moved = {name: data for name, data in tree(folder.path).items() if ".moved-" in name}
    assert [b"<testsuites/>"] == list(moved.values())
    assert all(name.startswith("junit.xml.moved-") for name in moved)
    assert {b"KOREGATE two"} == {data for name, data in tree(folder.path).items() if name not in moved}


@pytest.mark.usefixtures("_small_files")
def test_a_disk_that_is_full_moves_no_file_of_another_tool(workspace: Path) -> None:
    folder = report_dir(workspace)
    (folder.path / "junit.xml").write_bytes(b"<testsuites/>")

    with pytest.raises(OSError, match="File too large"):
        folder.write("junit.xml", b"koregate" * 1000)

    assert {"junit.xml": b"<testsuites/>"} == tree(folder.path)


def test_a_link_in_the_place_of_the_file_is_replaced_and_its_target_unchanged(workspace: Path) -> None:
    folder = report_dir(workspace)
    victim = workspace.parent / "victim.txt"
    victim.write_bytes(b"precious")
    (folder.path / "junit.xml").symlink_to(victim)

    folder.write("junit.xml", b"new")

    assert b"precious" == victim.read_bytes()
    assert not (folder.path / "junit.xml").is_symlink()
    assert b"new" == (folder.path / "junit.xml").read_bytes()


def test_a_link_that_takes_the_place_of_the_folder_during_the_job_redirects_nothing(workspace: Path) -> None:
    folder = report_dir(workspace)
    outside = workspace.parent / "outside"
    outside.mkdir()
    folder.path.rename(workspace / "moved")
    folder.path.symlink_to(outside)

    for name in ("junit.xml", "raw/run.json"):
        with pytest.raises(OSError, match="moved or replaced during the job"):
            folder.write(name, b"new")
    folder.remove("junit.xml")

    assert [] == list(outside.iterdir())


def test_a_workspace_may_be_behind_a_link_and_a_file_lie_directly_in_it(workspace: Path) -> None:
    link = workspace.parent / "link"
    link.symlink_to(workspace)

    files.prepare(link, "reports").write("junit.xml", b"new")
    files.open_folder(link, "").write("history.jsonl", b"new")

    assert b"new" == (workspace / "reports" / "junit.xml").read_bytes() == (workspace / "history.jsonl").read_bytes()


def test_nothing_is_written_into_a_folder_whose_parent_was_moved_behind_a_link(workspace: Path) -> None:
    folder = files.prepare(workspace, "out/reports")
    (workspace / "out").rename(moved := workspace.parent / "moved")
    (workspace / "out").symlink_to(moved)

    with pytest.raises(OSError, match="moved or replaced during the job"):
        folder.write("junit.xml", b"new")


@pytest.mark.parametrize("instead", [None, "folder"])
def test_nothing_is_written_into_a_folder_that_was_moved_during_the_job(workspace: Path, instead: str | None) -> None:
    folder = report_dir(workspace)
    folder.path.rename(moved := workspace.parent / "moved")
    if instead:
        folder.path.mkdir()

    with pytest.raises(OSError, match="moved or replaced during the job"):
        folder.write("junit.xml", b"new")

    assert not (moved / "junit.xml").exists()


@pytest.mark.parametrize("name", ["../escaped.txt", "raw/../../escaped.txt", "/escaped.txt"])
def test_no_name_leads_out_of_the_folder(workspace: Path, name: str) -> None:
    folder = report_dir(workspace)

    for act in (folder.remove, lambda path: folder.write(path, b"x"), lambda path: folder.read(path, 10)):
        with pytest.raises(OSError, match="is outside the report directory"):
            act(name)

    assert {} == tree(workspace.parent)


@pytest.mark.usefixtures("_umask_027")
def test_files_and_folders_have_the_usual_modes(workspace: Path) -> None:
    folder = files.prepare(workspace, "a/b")
    folder.write("raw/one.json", b"1")

    assert [0o750] * 3 == [mode(path) for path in (workspace / "a", folder.path, folder.path / "raw")]
    assert 0o640 == mode(folder.path / "raw" / "one.json")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_gives_what_it_creates_to_the_owner_of_the_workspace(workspace: Path) -> None:
    os.chown(workspace, 1234, 1235)

    files.prepare(workspace, "a/reports").write("raw/run.json", b"")

    created = [workspace / "a", *(workspace / "a").rglob("*")]
    assert 4 == len(created)
    assert {(1234, 1235)} == {(path.stat().st_uid, path.stat().st_gid) for path in created}


def test_a_file_system_without_owners_does_not_stop_a_report(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", fail)

    report_dir(workspace).write("junit.xml", b"whole")

    assert {"koregate-report/junit.xml": b"whole"} == tree(workspace)


def test_only_files_that_koregate_wrote_are_removed(workspace: Path) -> None:
    folder = report_dir(workspace)
    folder.write("junit.xml", b'<testsuites name="koregate">')
    folder.write("outputs.env", b"KOREGATE_VERDICT=passed")
    folder.write("report.json", b'{"somebody": "else"}')
    (folder.path / "report.html").symlink_to("outputs.env")

    for name in ("junit.xml", "outputs.env", "report.json", "report.html", "missing.html", "raw/run.json"):
        folder.remove(name)

    assert ["report.html", "report.json"] == sorted(path.name for path in folder.path.iterdir())


def test_listed_files_are_removed_if_they_are_files(workspace: Path) -> None:
    folder = report_dir(workspace)
    folder.write("raw/001-pizza.json", b"{}")
    folder.write("raw/customers.json", b"{}")
    (folder.path / "raw" / "002-x.json").symlink_to("customers.json")

    folder.remove_listed(["raw/001-pizza.json", "raw/002-x.json", "raw/003-gone.json", "../x.json"])

    assert ["002-x.json", "customers.json"] == sorted(path.name for path in (folder.path / "raw").iterdir())


def test_what_a_killed_job_left_of_its_writes_is_removed(workspace: Path) -> None:
    folder = report_dir(workspace)
    for name in (".koregate-0123456789abcdef", "raw/.koregate-0123456789abcdef", ".koregate-mine", "raw/notes.txt"):
        folder.write(name, b"half")

    folder.remove_temporary_files()
    folder.remove_temporary_files("raw")

    assert {".koregate-mine": b"half", "raw/notes.txt": b"half"} == tree(folder.path)


def test_only_regular_files_are_removed_as_the_rest_of_a_write_and_none_behind_a_link(workspace: Path) -> None:
    folder = report_dir(workspace)
    names = [f".koregate-{number:016x}" for number in range(9)]
    (folder.path / names[0]).mkdir()
    os.mkfifo(folder.path / names[1])
    (folder.path / names[2]).symlink_to("notes.txt")
    others = [f"{names[3]}0", names[3][:-1], ".koregate-0123456789ABCDEF", f"x{names[3]}", "notes.txt"]
    for name in (*names[4:], *others, f"elsewhere/{names[4]}"):
        folder.write(name, b"half")
    os.utime(folder.path / names[5], (1, time.time() + 3600))
    (folder.path / "raw").symlink_to("elsewhere")

    folder.remove_temporary_files()
    folder.remove_temporary_files("raw")

    assert {*names[:3], *others, "elsewhere", "raw"} == {path.name for path in folder.path.iterdir()}
    assert [names[4]] == [path.name for path in (folder.path / "elsewhere").iterdir()]


def test_a_temporary_file_that_another_job_may_still_write_is_left(workspace: Path) -> None:
    folder = report_dir(workspace)
    old, new = ".koregate-0123456789abcdef", ".koregate-fedcba9876543210"
    for name in (old, new):
        folder.write(name, b"half")
    os.utime(folder.path / old, (1, time.time() - 61))

    folder.remove_temporary_files(min_age=60)

    assert [new] == [path.name for path in folder.path.iterdir()]


def test_only_regular_files_within_the_limit_are_read(workspace: Path) -> None:
    folder = report_dir(workspace)
    folder.write("state.json", b"12345")
    (folder.path / "zero").symlink_to("/dev/zero")
    os.mkfifo(folder.path / "pipe")
    (folder.path / "folder").mkdir()

    assert b"12345" == folder.read("state.json", 5)
    for name, limit in (("state.json", 4), ("zero", 5), ("pipe", 5), ("folder", 5), ("gone", 5)):
        with pytest.raises(OSError, match=r"large|symbolic|regular|directory|No such"):
            folder.read(name, limit)


def test_a_link_is_not_read_even_if_it_leads_to_a_file_that_could_be(workspace: Path) -> None:
    folder = report_dir(workspace)
    folder.write("state.json", b"12345")
    (link := folder.path / "link").symlink_to("state.json")
    reads: list[Callable[[], bytes]] = [
        lambda: folder.read("link", 5),
        lambda: files.read_inside(workspace, "koregate-report/link", 5),
        lambda: files.read_file(link, 5),
    ]

    for read in reads:
        with pytest.raises(OSError, match="symbolic link"):
            read()


def test_links_to_each_other_and_names_that_no_file_can_have_end_the_search_for_links(tmp_path: Path) -> None:
    (workspace := tmp_path / "workspace").mkdir()
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "into").symlink_to(workspace / "link")
    (workspace / "link").symlink_to("/")

    assert link_in(str(tmp_path / "a"), workspace, workspace) in (tmp_path / "a", tmp_path / "b")
    assert workspace / "link" == link_in(str(tmp_path / "into" / "x"), workspace, workspace)
    assert None is link_in("x" * 5000, workspace, workspace)
    assert None is link_in(f"{workspace}/gone/../..", workspace, workspace)


def test_a_folder_that_was_removed_during_the_job_is_an_error(workspace: Path) -> None:
    folder = report_dir(workspace)
    shutil.rmtree(folder.path)

    with pytest.raises(FileNotFoundError):
        folder.write("junit.xml", b"new")


@pytest.mark.parametrize("name", ["koregate-report", "a/b/c", ".", "there"])
def test_a_report_directory_is_checked_without_a_trace(workspace: Path, name: str) -> None:
    (workspace / "there").mkdir()
    files.check(workspace, name)

    assert [workspace / "there"] == list(workspace.rglob("*"))


@pytest.mark.parametrize("name", ["link", "link/inside", "file", "file/inside", "dangling"])
def test_a_check_refuses_what_a_job_would_refuse(workspace: Path, name: str) -> None:
    (workspace / "link").symlink_to(workspace.parent)
    (workspace / "dangling").symlink_to(workspace.parent / "nowhere")
    (workspace / "file").write_text("mine")
    with pytest.raises(InvalidInputs) as prepared:
        files.prepare(workspace, name)
    with pytest.raises(InvalidInputs) as checked:
        files.check(workspace, name)

    assert prepared.value.problems == checked.value.problems
