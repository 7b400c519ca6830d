"""The container engine, and images that stand in for those that the recipes name."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from recipes.pages import ROOT

IMAGE = "ghcr.io/koregate/koregate:v0"
RUNNER = "koregate-recipes-runner"
HERE = Path(__file__).parent
# With an engine, its containers share the machine's network: the simulator listens on the loopback. Without one,
# koregate itself takes the place of the container.
_WITH_ENGINE = '[ "$1" = run ] && shift && set -- run --network host "$@"\nexec {docker} "$@"\n'
_WITHOUT_ENGINE = """for word do
  shift
  [ "$word" = {image} ] && exec koregate "$@"
done
exit 125
"""


class Engine:
    """What the recipes find on this machine. `docker` is False where no engine runs."""

    def __init__(self) -> None:
        self.docker = bool(shutil.which("docker")) and not _quietly("docker", "info")

    @contextmanager
    def images(self, others: frozenset[str]) -> Iterator[None]:
        """Build koregate's image and the runner's, under the names that the recipes pull. `others` are pulled."""
        if not self.docker:
            yield
            return
        print("Building the images.")
        _build(IMAGE, ROOT)
        _build(RUNNER, HERE)
        for name in others:
            if _quietly("docker", "image", "inspect", name) and _quietly("docker", "pull", name):
                print(f"{name} cannot be pulled: the runner's image stands in for it.")
                subprocess.run(["docker", "tag", RUNNER, name], check=True)
        try:
            yield
        finally:
            # Whoever runs a recipe by hand afterwards gets the published image.
            _quietly("docker", "rmi", IMAGE)

    def programs(self, folder: Path) -> dict[str, str]:
        """The environment in which a recipe finds docker and koregate: programs in this folder come first."""
        folder.mkdir(parents=True, exist_ok=True)
        docker = _WITH_ENGINE if self.docker else _WITHOUT_ENGINE
        scripts = {
            "docker": docker.format(docker=shutil.which("docker"), image=IMAGE),
            "koregate": f'PYTHONPATH={ROOT / "src"} exec {sys.executable} -m koregate "$@"\n',
        }
        for name, text in scripts.items():
            (folder / name).write_text(f"#!/bin/sh\n{text}")
            (folder / name).chmod(0o755)
        return {**bare_environment(), "PATH": f"{folder}:{os.environ['PATH']}"}


def bare_environment() -> Mapping[str, str]:
    """This process's environment without what would be an input, or name a CI system."""
    foreign = ("KOREGATE_", "INPUT_", "GITHUB_", "GITLAB_", "CI_")
    return {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith(foreign)}


def _quietly(*command: str) -> int:
    return subprocess.run(command, capture_output=True, check=False).returncode


def _build(tag: str, folder: Path) -> None:
    subprocess.run(
        ["docker", "build", "--quiet", "--network", "host", "--tag", tag, str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
