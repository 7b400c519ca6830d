"""Files of the workspace by name or pattern, found without following a link."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.globs import paths_that_fit

FILES = (
    "suites/b.json",
    "suites/a.json",
    "suites/c.csv",
    "suites/.hidden.json",
    "suites/deep/d.json",
    "suites/deep/er/e.json",
    "suites/[v2].json",
    ".git/config.json",
    "top.json",
)


def made(workspace: Path, files: Iterable[str] = FILES) -> Path:
    for name in files:
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return workspace


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("suites/a.json", ["suites/a.json"]),
        ("suites/*.json", ["suites/[v2].json", "suites/a.json", "suites/b.json"]),
        ("suites/?.json", ["suites/a.json", "suites/b.json"]),
        ("suites/[ab].*", ["suites/a.json", "suites/b.json"]),
        ("suites/[v2].json", ["suites/[v2].json"]),
        ("suites/[!v].csv", ["suites/c.csv"]),
        ("*/*.csv", ["suites/c.csv"]),
        ("**/d.json", ["suites/deep/d.json"]),
        ("suites/**/e.json", ["suites/deep/er/e.json"]),
        ("**/deep/**/*.json", ["suites/deep/d.json", "suites/deep/er/e.json"]),
        ("suites/deep/**", ["suites/deep/d.json", "suites/deep/er/e.json"]),
        ("**/**/top.json", ["top.json"]),
        ("suites/.*.json", ["suites/.hidden.json"]),
        (".git/*.json", [".git/config.json"]),
        ("**/config.json", []),
        ("suites/*", ["suites/[v2].json", "suites/a.json", "suites/b.json", "suites/c.csv"]),
        ("suites", ["suites"]),
        ("suites/deep/*.csv", []),
        ("nowhere/*.json", []),
        ("suites/a.json/*", []),
        ("SUITES/*.json", []),
    ],
)
def test_a_pattern_fits_what_it_says(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    assert expected == paths_that_fit(made(tmp_path), pattern)


def test_a_link_that_fits_is_listed_and_nothing_behind_it(tmp_path: Path) -> None:
    workspace, outside = tmp_path / "workspace", tmp_path / "outside"
    made(workspace, ["suites/a.json"])
    made(outside, ["secret.json"])
    (workspace / "suites" / "link.json").symlink_to(outside / "secret.json")
    (workspace / "suites" / "folder").symlink_to(outside)

    assert ["suites/a.json", "suites/link.json"] == paths_that_fit(workspace, "suites/*.json")
    assert ["suites/folder"] == paths_that_fit(workspace, "suites/*/secret.json")
    assert ["suites/a.json", "suites/link.json"] == paths_that_fit(workspace, "**/*.json")


def test_a_file_that_is_called_like_the_pattern_hides_no_other(tmp_path: Path) -> None:
    for pattern in ("suites/*.json", "suites/[ab].json", "**"):
        workspace = made(tmp_path / pattern.replace("/", " "), ["suites/a.json", pattern])

        assert sorted({"suites/a.json", pattern}) == [
            path for path in paths_that_fit(workspace, pattern) if path in ("suites/a.json", pattern)
        ]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    made(tmp_path, ["suites/a.json"])
    (tmp_path / "suites" / "again").symlink_to(tmp_path)
    (tmp_path / "suites" / "itself").symlink_to("itself")

    assert [] == paths_that_fit(tmp_path, "suites/*/a.json")[1:]
    assert ["suites/a.json"] == paths_that_fit(tmp_path, "**/*.json")


def test_folders_nested_hundreds_of_levels_deep_are_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(300):
        Path("deeper").mkdir()
        monkeypatch.chdir("deeper")
    Path("a.json").write_text("{}")

    (path,) = paths_that_fit(tmp_path, "**/a.json")

    assert path.endswith("deeper/a.json")


def test_a_folder_that_cannot_be_read_is_no_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError):
        paths_that_fit(made(tmp_path), "suites/*.json")


@given(st.text(st.sampled_from("ab*?[]!-./\\é\n"), min_size=1, max_size=12))
def test_any_pattern_fits_files_of_the_workspace_only(tmp_path_factory: pytest.TempPathFactory, pattern: str) -> None:
    workspace = tmp_path_factory.getbasetemp() / "any-pattern"
    if not workspace.exists():
        made(workspace, ["a.json", "b/a", "b/b/é", "a\nb"])
    if pattern.startswith("/") or ".." in pattern.split("/"):
        return

    for path in paths_that_fit(workspace, pattern):
        assert (workspace / path).resolve().is_relative_to(workspace)
