"""Which CI system runs the job, and where its workspace is."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TextIO

from koregate.ci.azure import Azure
from koregate.ci.base import CISystem
from koregate.ci.bitbucket import Bitbucket
from koregate.ci.buildkite import Buildkite
from koregate.ci.circleci import CircleCI
from koregate.ci.github import GitHub
from koregate.ci.gitlab import GitLab
from koregate.ci.jenkins import Jenkins
from koregate.ci.shell import Shell
from koregate.ci.terminal import Terminal


class KnownSystem(NamedTuple):
    """How to recognize a CI system: a variable has this value, in any case, or any value if this one is empty."""

    variable: str
    value: str
    workspace: str
    adapter: type[CISystem]


# From each system's list of predefined variables. The first match wins. Jenkins is last, because its URL is also set
# on machines that only talk to it.
SYSTEMS = (
    KnownSystem("GITHUB_ACTIONS", "true", "GITHUB_WORKSPACE", GitHub),
    KnownSystem("GITLAB_CI", "true", "CI_PROJECT_DIR", GitLab),
    KnownSystem("TF_BUILD", "true", "BUILD_SOURCESDIRECTORY", Azure),
    KnownSystem("CIRCLECI", "true", "CIRCLE_WORKING_DIRECTORY", CircleCI),
    KnownSystem("BUILDKITE", "true", "BUILDKITE_BUILD_CHECKOUT_PATH", Buildkite),
    KnownSystem("BITBUCKET_BUILD_NUMBER", "", "BITBUCKET_CLONE_DIR", Bitbucket),
    KnownSystem("JENKINS_URL", "", "WORKSPACE", Jenkins),
)


def detect(environ: Mapping[str, str], stream: TextIO) -> CISystem:
    """The adapter for the CI system with this environment, or the one for shells or terminals."""
    if system := _system(environ):
        return system.adapter(environ, stream)
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
    system = _system(environ)
    folder = _folder(environ.get(system.workspace, ""), environ.get("HOME", "")) if system else None
    if system is None or folder is None:
        return cwd
    inside = cwd.resolve().is_relative_to(folder.resolve())
    return folder if inside or system.adapter is GitHub else cwd


def _system(environ: Mapping[str, str]) -> KnownSystem | None:
    return next((system for system in SYSTEMS if _matches(system, environ.get(system.variable, ""))), None)


def _matches(system: KnownSystem, value: str) -> bool:
    return value.lower() == system.value if system.value else bool(value)


def _folder(name: str, home: str) -> Path | None:
    """The folder with that name. `~`, which CircleCI uses, is the home directory."""
    path = Path(home, name.removeprefix("~").lstrip("/")) if name == "~" or name.startswith("~/") else Path(name)
    return path if path.is_absolute() else None
