"""Which CI system is this, and where is its workspace? One adapter each, all with the same verbs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from koregate.ci.base import Plain


class System(NamedTuple):
    """How a CI system makes itself known: a variable with this value, in any case, or with any where it is empty."""

    variable: str
    value: str
    workspace: str
    name: str

    @property
    def adapter(self) -> type[Plain]:
        """The class that speaks to this system."""
        return _adapter(self.name)


# Each system's list of predefined variables names these. The first match wins; Jenkins is last, because its URL is
# also set on machines that only talk to it.
SYSTEMS = (
    System("GITHUB_ACTIONS", "true", "GITHUB_WORKSPACE", "GitHub"),
    System("GITLAB_CI", "true", "CI_PROJECT_DIR", "GitLab"),
    System("TF_BUILD", "true", "BUILD_SOURCESDIRECTORY", "Azure"),
    System("CIRCLECI", "true", "CIRCLE_WORKING_DIRECTORY", "CircleCI"),
    System("BUILDKITE", "true", "BUILDKITE_BUILD_CHECKOUT_PATH", "Buildkite"),
    System("BITBUCKET_BUILD_NUMBER", "", "BITBUCKET_CLONE_DIR", "Bitbucket"),
    System("JENKINS_URL", "", "WORKSPACE", "Jenkins"),
)


def detect(environ: Mapping[str, str], stream: TextIO) -> Plain:
    """The adapter for the CI system whose environment this is; one for shells where it is none we know."""
    if system := _system(environ):
        return system.adapter(environ, stream)
    # TERM=dumb: a terminal without escape sequences (terminfo).
    fit = stream.isatty() and "CI" not in environ and environ.get("TERM", "dumb") != "dumb"
    return _adapter("Terminal" if fit else "Shell")(environ, stream)


def _adapter(name: str) -> type[Plain]:
    # A job meets one system: the adapters of the others are not loaded.
    found: type[Plain] = getattr(import_module(f"koregate.ci.{name.lower()}"), name)
    return found


def workspace(environ: Mapping[str, str], cwd: Path) -> Path:
    """The CI system's workspace where the current directory lies inside it, else the current directory.

    On GitHub always its workspace: a container action may be started anywhere. Elsewhere the variable may hold the
    path of another machine, as in a container that was given the host's variables.
    """
    system = _system(environ)
    folder = _folder(environ.get(system.workspace, ""), environ.get("HOME", "")) if system else None
    if system is None or folder is None:
        return cwd
    inside = cwd.resolve().is_relative_to(folder.resolve())
    return folder if inside or system.name == "GitHub" else cwd


def _system(environ: Mapping[str, str]) -> System | None:
    return next((one for one in SYSTEMS if _is(one, environ.get(one.variable, ""))), None)


def _is(system: System, found: str) -> bool:
    return found.lower() == system.value if system.value else bool(found)


def _folder(name: str, home: str) -> Path | None:
    """The folder of that name; `~` as CircleCI writes it is the home directory."""
    path = Path(home, name.removeprefix("~").lstrip("/")) if name == "~" or name.startswith("~/") else Path(name)
    return path if path.is_absolute() else None
