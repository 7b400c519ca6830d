"""Builds the container image, and prints its layers, their compressed sizes, and the cold start: `make image`.

Uses docker if a daemon runs, and buildah otherwise.
"""

import json
import os
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
            with Simulator(scenario(Pizza={"seconds": 0, "steps": [{"say": "hi", "expect": "Hello"}]})) as simulator:
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


if __name__ == "__main__":
    main()
