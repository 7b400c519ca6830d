"""Which CI system is this, and where is its workspace?"""

import io
from pathlib import Path

import pytest

from koregate.ci.azure import Azure
from koregate.ci.base import CISystem
from koregate.ci.bitbucket import Bitbucket
from koregate.ci.buildkite import Buildkite
from koregate.ci.circleci import CircleCI
from koregate.ci.detect import SYSTEMS, detect, workspace
from koregate.ci.github import GitHub
from koregate.ci.gitlab import GitLab
from koregate.ci.jenkins import Jenkins
from koregate.ci.shell import Shell
from koregate.ci.terminal import Terminal
from koregate.ci_variables import SIGNS

# As each system's list of predefined variables has it.
DOCUMENTED: list[tuple[dict[str, str], str, type[CISystem]]] = [
    ({"GITHUB_ACTIONS": "true"}, "GITHUB_WORKSPACE", GitHub),
    ({"GITLAB_CI": "true"}, "CI_PROJECT_DIR", GitLab),
    ({"TF_BUILD": "True"}, "BUILD_SOURCESDIRECTORY", Azure),
    ({"JENKINS_URL": "https://ci.example.com/"}, "WORKSPACE", Jenkins),
    ({"CIRCLECI": "true"}, "CIRCLE_WORKING_DIRECTORY", CircleCI),
    ({"BUILDKITE": "true"}, "BUILDKITE_BUILD_CHECKOUT_PATH", Buildkite),
    ({"BITBUCKET_BUILD_NUMBER": "17"}, "BITBUCKET_CLONE_DIR", Bitbucket),
]
NAMES = [kind.name for _, _, kind in DOCUMENTED]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("environ", "_variable", "kind"), DOCUMENTED, ids=NAMES)
def test_each_system_is_known_by_its_documented_variable(
    environ: dict[str, str], _variable: str, kind: type[CISystem]
) -> None:
    assert kind is type(detect({"CI": "true", **environ}, io.StringIO()))
    # `docker run --tty` makes no terminal with a person before it.
    assert kind is type(detect({"TERM": "xterm", **environ}, Screen()))


def test_every_system_of_the_table_is_tested_above() -> None:
    assert {system.adapter for system in SYSTEMS} == {kind for _, _, kind in DOCUMENTED}
    assert [sign.variable for sign in SIGNS] == [system.variable for system in SYSTEMS]


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"CI": "true"},
        {"GITLAB_CI": ""},
        {"BUILDKITE": "false"},
        {"JENKINS_URL": ""},
        {"BITBUCKET_BUILD_NUMBER": ""},
    ],
    ids=str,
)
def test_anything_else_is_a_shell(environ: dict[str, str]) -> None:
    assert Shell is type(detect(environ, io.StringIO()))


def test_the_first_match_wins_github_first_and_jenkins_last() -> None:
    everything = {name: value for environ, _, _ in DOCUMENTED for name, value in environ.items()}
    order = []
    while (adapter := detect(everything, io.StringIO())).name != "shell":
        order.append(adapter.name)
        for environ, _, kind in DOCUMENTED:
            if kind is type(adapter):
                everything = {name: value for name, value in everything.items() if name not in environ}

    assert ("github", "jenkins") == (order[0], order[-1])
    assert sorted(NAMES) == sorted(order)


@pytest.mark.parametrize(
    ("environ", "kind"),
    [({"TERM": "xterm"}, Terminal), ({"TERM": "dumb"}, Shell), ({}, Shell), ({"TERM": "xterm", "CI": "true"}, Shell)],
    ids=str,
)
def test_a_terminal_with_a_person_before_it_has_bars(environ: dict[str, str], kind: type[CISystem]) -> None:
    assert kind is type(detect(environ, Screen()))


@pytest.mark.parametrize(("environ", "variable", "_kind"), DOCUMENTED, ids=NAMES)
def test_the_workspace_is_the_systems_where_the_current_directory_lies_inside(
    environ: dict[str, str], variable: str, _kind: type[CISystem], tmp_path: Path
) -> None:
    inside = tmp_path / "repository" / "bots"
    inside.mkdir(parents=True)
    around = {**environ, variable: str(tmp_path / "repository")}

    assert tmp_path / "repository" == workspace(around, inside)
    assert tmp_path / "repository" == workspace(around, tmp_path / "repository")
    assert inside == workspace(environ, inside)
    assert inside == workspace({variable: str(tmp_path / "repository")}, inside)


@pytest.mark.parametrize(("environ", "variable", "kind"), DOCUMENTED, ids=NAMES)
def test_elsewhere_it_is_the_current_directory_but_on_github(
    environ: dict[str, str], variable: str, kind: type[CISystem], tmp_path: Path
) -> None:
    # As in a container that was given the host's variables: the path is another machine's.
    folder = workspace({**environ, variable: "/home/vsts/1/s"}, tmp_path)

    assert (Path("/home/vsts/1/s") if kind is GitHub else tmp_path) == folder


def test_a_second_system_does_not_move_the_workspace(tmp_path: Path) -> None:
    around = {"GITLAB_CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path / "elsewhere")}

    assert tmp_path == workspace(around, tmp_path)


def test_a_sibling_with_a_longer_name_lies_not_inside(tmp_path: Path) -> None:
    around = {"GITLAB_CI": "true", "CI_PROJECT_DIR": str(tmp_path / "bot")}

    assert tmp_path / "bot-2" == workspace(around, tmp_path / "bot-2")


def test_a_link_to_the_workspace_is_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "real" / "bots").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    around = {"JENKINS_URL": "https://ci.example.com/", "WORKSPACE": str(tmp_path / "link")}

    assert tmp_path / "link" == workspace(around, tmp_path / "real" / "bots")


@pytest.mark.parametrize(
    ("given", "expected"),
    [("~/project", "project"), ("~", ""), ("~//project", "project"), ("project", None), ("~other/project", None)],
)
def test_circleci_may_write_the_home_directory_as_a_tilde(given: str, expected: str | None, tmp_path: Path) -> None:
    cwd = tmp_path / "project" / "bots"
    around = {"CIRCLECI": "true", "CIRCLE_WORKING_DIRECTORY": given, "HOME": str(tmp_path)}

    assert (cwd if expected is None else tmp_path / expected) == workspace(around, cwd)
    assert cwd == workspace({**around, "HOME": ""}, cwd)


@pytest.mark.parametrize(("environ", "_variable", "kind"), DOCUMENTED, ids=NAMES)
def test_a_job_is_named_by_the_run_of_its_pipeline_and_its_own_name(
    environ: dict[str, str], _variable: str, kind: type[CISystem]
) -> None:
    named = {**environ, **{name: f"the {name}" for name in kind.job_variables}}
    run_of_pipeline = kind.job_variables[0]

    assert tuple(f"the {name}" for name in kind.job_variables) == detect(named, io.StringIO()).job
    assert () == detect({"JENKINS_URL": "x", **environ, run_of_pipeline: ""}, io.StringIO()).job


def test_a_shell_does_not_tell_which_job_it_is() -> None:
    assert () == detect({}, io.StringIO()).job
