"""Builds the container image, and prints its layers, their compressed sizes, and the cold start: `make image`.

Uses docker if a daemon runs, and buildah otherwise. With docker it also plays the start of Kubernetes runners.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.job import scenario

from koregate.commands.simulate import inputs_for
from koregate.simulator import Simulator

ROOT = Path(__file__).parents[1]
TAG = "koregate:dev"
STARTS = 5
QUICK = scenario(Pizza={"seconds": 0, "steps": [{"say": "hi", "expect": "Hello"}]})
ENTRYPOINT = "/usr/local/bin/koregate"
# The user of GitHub's own runner images.
_RUNNER = 1001


def has_docker() -> bool:
    """Whether a docker daemon runs."""
    return (
        bool(shutil.which("docker"))
        and not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    )


def build(*, docker: bool) -> None:
    """Build the image."""
    command = ["docker", "build", "--quiet"] if docker else ["buildah", "bud", "--quiet", "--layers"]
    subprocess.run([*command, "--tag", TAG, str(ROOT)], check=True, stdout=subprocess.DEVNULL)


def layers(*, docker: bool) -> list[int]:
    """The sizes of the layers as a registry would send them, in bytes; those of the base image come first."""
    with tempfile.TemporaryDirectory() as folder:
        if docker:
            archive = f"{folder}/image.tar"
            subprocess.run(["docker", "save", "--output", archive, TAG], check=True)
            subprocess.run(["tar", "--extract", "--file", archive, "--directory", folder], check=True)
        else:
            target = f"oci:{folder}:x"
            push = ["buildah", "push", "--quiet", "--compression-format", "gzip", TAG, target]
            subprocess.run(push, check=True, capture_output=True)
        blobs = Path(folder, "blobs")
        index = json.loads(Path(folder, "index.json").read_bytes())
        manifest = json.loads(_blob(blobs, index["manifests"][0]["digest"]).read_bytes())
        return [_compressed(_blob(blobs, layer["digest"])) for layer in manifest["layers"]]


def _blob(blobs: Path, digest: str) -> Path:
    return blobs / digest.replace(":", "/")


def _compressed(blob: Path) -> int:
    """The size of the blob, compressed by gzip if it is a plain archive."""
    with blob.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            return blob.stat().st_size
    packed = subprocess.run(["gzip", "--stdout", str(blob)], check=True, capture_output=True)
    return len(packed.stdout)


def cold_start(*, docker: bool) -> float:
    """Seconds from the container's start to its first request at a simulator on this machine: the median."""
    taken = []
    container = "" if docker else _output("buildah", "from", "--pull-never", TAG)
    try:
        for _ in range(STARTS):
            with Simulator(QUICK) as simulator:
                given = {f"INPUT_{name.upper()}": value for name, value in inputs_for(simulator).items()}
                variables = [word for name, value in given.items() for word in ("--env", f"{name}={value}")]
                began = time.monotonic()
                subprocess.run(_start(variables, container), check=True, stdout=subprocess.DEVNULL)
                taken.append(simulator.requests[0].time - began)
    finally:
        if container:
            subprocess.run(["buildah", "rm", container], check=True, stdout=subprocess.DEVNULL)
    return statistics.median(taken)


def _start(variables: list[str], container: str) -> list[str]:
    if not container:
        return ["docker", "run", "--rm", "--network", "host", "--workdir", "/tmp", *variables, TAG]
    entrypoint = json.loads(_output("buildah", "inspect", TAG))["OCIv1"]["config"]["Entrypoint"]
    return ["buildah", "run", "--network", "host", "--workingdir", "/tmp", *variables, container, "--", *entrypoint]


def start_as_kubernetes_hooks() -> None:
    """Run the gate beside `tail` as PID 1, through `env` in a shell, in a workspace of another user.

    Source: actions/runner-container-hooks, packages/k8s. Exits with a message if it does not pass there.
    """
    with tempfile.TemporaryDirectory() as folder, Simulator(QUICK) as simulator:
        workspace = Path(folder, "workspace")
        workspace.mkdir()
        if os.geteuid() == 0:
            os.chown(workspace, _RUNNER, _RUNNER)
        variables = {f"INPUT_{name.upper()}": value for name, value in inputs_for(simulator).items()}
        variables |= {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": "/work",
            "GITHUB_OUTPUT": "/no/file_commands/output",
        }
        words = " ".join(_double_quoted(f"{name}={value}") for name, value in variables.items())
        mount = f"{workspace}:/work"
        container = _output(
            "docker", "run", "-d", "--network", "host", "-v", mount, "--entrypoint", "tail", TAG, "-f", "/dev/null"
        )
        try:
            script = f"cd /work && exec env {words} {ENTRYPOINT}"
            done = subprocess.run(
                ["docker", "exec", container, "sh", "-e", "-c", script], capture_output=True, text=True, check=False
            )
        finally:
            subprocess.run(["docker", "rm", "-f", container], check=True, stdout=subprocess.DEVNULL)
        reports = [workspace / "koregate-report", *(workspace / "koregate-report").rglob("*")]
        owners = {path.stat().st_uid for path in reports if path.exists()}
        if done.returncode or owners != {workspace.stat().st_uid} or "GITHUB_OUTPUT names" not in done.stdout:
            print(done.stdout, done.stderr)
            sys.exit(f"image: the start of Kubernetes runners ended with {done.returncode}, reports owned by {owners}")


def _double_quoted(text: str) -> str:
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    """Build, measure and print."""
    docker = has_docker()
    if not docker and not shutil.which("buildah"):
        sys.exit("image: needs a docker daemon or buildah")
    if not docker:
        os.environ.setdefault("BUILDAH_ISOLATION", "chroot")
    build(docker=docker)
    sizes = layers(docker=docker)
    # What koregate adds: its dependencies, itself, and a launcher.
    own = sizes[-3:]
    for number, size in enumerate(sizes):
        owner = "koregate" if number >= len(sizes) - len(own) else "base"
        print(f"layer {number} ({owner}): {size / 1e6:.2f} MB compressed")
    print(f"above the base: {sum(own) / 1e6:.2f} MB compressed")
    print(f"container start to first request: {cold_start(docker=docker):.2f} s")
    if docker:
        start_as_kubernetes_hooks()
        print("start beside another PID 1, as Kubernetes runners do: passed")


if __name__ == "__main__":
    main()
