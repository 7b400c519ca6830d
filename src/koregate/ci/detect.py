"""Which CI system runs the job, and where its workspace is."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from koregate.ci.azure import Azure
from koregate.ci.base import CISystem
from koregate.ci.bitbucket import Bitbucket
from koregate.ci.buildkite import Buildkite
from koregate.ci.circleci import CircleCI
from koregate.ci.github import GitHub
from koregate.ci.gitlab import GitLab
from koregate.ci.jenkins import Jenkins
from koregate.ci.log_writer import TextStream
from koregate.ci.shell import Shell
from koregate.ci.terminal import Terminal
from koregate.ci_variables import contradicted, doubts, recognized


class KnownSystem(NamedTuple):
    """A CI system: the variable by which it is recognized, the one that names its workspace, and its adapter."""

    variable: str
    workspace: str
    adapter: type[CISystem]


# From each system's list of predefined variables. The first one that is recognized takes the log and the outputs.
SYSTEMS = (
    KnownSystem("GITHUB_ACTIONS", "GITHUB_WORKSPACE", GitHub),
    KnownSystem("GITLAB_CI", "CI_PROJECT_DIR", GitLab),
    KnownSystem("TF_BUILD", "BUILD_SOURCESDIRECTORY", Azure),
    KnownSystem("CIRCLECI", "CIRCLE_WORKING_DIRECTORY", CircleCI),
    KnownSystem("BUILDKITE", "BUILDKITE_BUILD_CHECKOUT_PATH", Buildkite),
    KnownSystem("BITBUCKET_BUILD_NUMBER", "BITBUCKET_CLONE_DIR", Bitbucket),
    KnownSystem("JENKINS_URL", "WORKSPACE", Jenkins),
)


def detect(environ: Mapping[str, str], stream: TextStream) -> CISystem:
    """The adapter for the CI system with this environment, or the one for shells or terminals.

    If it may be another system's job too, the adapter knows the others.
    """
    systems = [system.adapter(environ, stream) for system in _systems(environ)] or [_without_system(environ, stream)]
    # A plain system says of no job that it belongs to a pull request.
    unknown = [CISystem(environ, stream) for _ in contradicted(environ)]
    systems[0].others = (*systems[1:], *unknown)
    return systems[0]


def _without_system(environ: Mapping[str, str], stream: TextStream) -> CISystem:
    # TERM=dumb: a terminal without escape sequences (terminfo).
    is_terminal = stream.isatty() and "CI" not in environ and environ.get("TERM", "dumb") != "dumb"
    if is_terminal:
        return Terminal(environ, stream)
    shell = Shell(environ, stream)
    # A person's shell whose output goes to a file or a pipe.
    shell.takes_options = "CI" not in environ
    return shell


def workspace(environ: Mapping[str, str], cwd: Path) -> Path:
    """The CI system's workspace if the current directory is inside it, else the current directory.

    On GitHub it is always the workspace, because a container action may be started anywhere. Elsewhere the variable may
    hold the path of another machine, for example in a container that got the host's variables.
    """
    systems = _systems(environ)
    system = systems[0] if systems else None
    folder = _folder(environ.get(system.workspace, ""), environ.get("HOME", "")) if system else None
    if system is None or folder is None:
        return cwd
    inside = cwd.resolve().is_relative_to(folder.resolve())
    is_github = system.adapter is GitHub and not doubts(environ)
    return folder if inside or is_github else cwd


def _systems(environ: Mapping[str, str]) -> list[KnownSystem]:
    """Each system whose job this may be."""
    variables = recognized(environ)
    return [system for system in SYSTEMS if system.variable in variables]


def _folder(name: str, home: str) -> Path | None:
    """The folder with that name. `~`, which CircleCI uses, is the home directory."""
    path = Path(home, name.removeprefix("~").lstrip("/")) if name == "~" or name.startswith("~/") else Path(name)
    return path if path.is_absolute() else None
