"""Plays the release workflow as it stands. Only what uploads is a stub, which notes what it was asked for."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from recipes.engine import IMAGE
from recipes.github import Workflows, git
from recipes.pages import ROOT
from recipes.platforms import platform

_VERSION = "0.1.0"
_DIGEST = f"sha256:{'d' * 64}"
_BASE = f"sha256:{'b' * 64}"
_REMOTE = "git@github.com:owner/bot.git"
_KEY = "made-up-deploy-key"
_PLAIN = IMAGE.partition(":")[0]
# No registry holds the image under its digest: what was built from these sources runs, on this machine's architecture.
_DOCKER = f"""#!/bin/sh
case "$1 $2 $3" in
  "buildx imagetools "*) echo "docker $*" >> /shared/calls; echo '{{"digest": "{_BASE}"}}' ;;
  "run --rm --platform") echo "docker $*" >> /shared/calls; exec /usr/bin/docker run --rm {IMAGE} "$6" ;;
  *) exec /usr/bin/docker "$@" ;;
esac
"""
_GH = """#!/bin/sh
echo "gh $*" >> /shared/calls
case "$*" in "release view"*) grep -q "gh release create" /shared/calls ;; esac
"""


def problems(folder: Path, act: Path, log: Path) -> Iterator[str]:
    """What is not as it should be: the first release, and the same version once more."""
    workflows = Workflows(folder, act)
    repository = workflows.shared / "repository"
    _commit_project(workflows, repository)
    for name, script in {"docker": _DOCKER, "gh": _GH}.items():
        (program := workflows.shared / "programs" / name).parent.mkdir(exist_ok=True)
        program.write_text(script)
        program.chmod(0o755)
    (calls := workflows.shared / "calls").touch()
    calls.chmod(0o666)
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    around: dict[str, Any] = {
        "actions": _stubs(text, folder / "stubs"),
        "secrets": {"RELEASE_KEY": _KEY},
        "variables": {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "url./shared/repository.insteadOf",
            "GIT_CONFIG_VALUE_0": _REMOTE,
        },
    }
    main = git(repository, "rev-parse", "main")
    with platform(fails=False) as on:
        first = workflows.play(text, on, **around)
        noted = calls.read_text().splitlines()
        tags = git(repository, "tag", "--list").split()
        second = workflows.play(text, on, **around)
        again = calls.read_text().splitlines()[len(noted) :]
    first.write("release", log)
    second.write("release of the same version", log)
    if first.code or not all(first.passed.values()):
        yield f"exit code {first.code}, jobs {first.passed}"
    yield from _differences([line for line in noted if "setup-" not in line])
    if tags != ["v0", f"v{_VERSION}"] or git(repository, "rev-parse", "main") != main:
        yield f"the tags are {tags}, and main is {main}"
        return
    if git(repository, "rev-parse", "v0", f"v{_VERSION}^").split() != [
        git(repository, "rev-parse", f"v{_VERSION}"),
        main,
    ]:
        yield "v0 is not the version, or its parent is not main"
    if f"image: docker://{_PLAIN}@{_DIGEST}" not in git(repository, "show", "v0:action.yml"):
        yield "the tagged action does not name the image by its digest"
    if _KEY in first.log:
        yield "the log has the deploy key"
    if not second.code or f"v{_VERSION} exists already" not in second.log or again:
        yield f"the same version was released again: {again}"


def _differences(noted: list[str]) -> Iterator[str]:
    """What differs from the uploads of a first release, in their order."""
    image, files = f"{_PLAIN}@{_DIGEST}", [f"koregate-{_VERSION}-py3-none-any.whl", f"koregate-{_VERSION}.tar.gz"]
    create = f"docker buildx imagetools create --tag {_PLAIN}"
    expected = [
        "docker/login-action registry=ghcr.io username=*",
        "docker buildx imagetools inspect python:3.13-slim-trixie --format {{json .Manifest}}",
        "docker/build-push-action context=. *push-by-digest=true*platforms=linux/amd64,linux/arm64*",
        f"docker run --rm --platform linux/amd64 {image} demo",
        f"docker run --rm --platform linux/arm64 {image} demo",
        f"actions/attest-build-provenance *subject-digest={_DIGEST}*",
        f"gh release view v{_VERSION}",
        f"gh release create v{_VERSION} --draft --verify-tag *--prerelease=false",
        f"gh release upload v{_VERSION} --clobber release/dist/{files[0]} release/dist/{files[1]} release/SHA256SUMS",
        f"pypa/gh-action-pypi-publish packages-dir=release/dist skip-existing=true: {' '.join(files)}",
        "docker/login-action registry=ghcr.io username=*",
        f"{create}:v{_VERSION} {image}",
        f"{create}:v0 {image}",
        f"gh release edit v{_VERSION} --draft=false --latest=true",
    ]
    for number, (line, pattern) in enumerate(zip(noted, expected, strict=False), 1):
        if not re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), line):
            yield f"call {number} is {line}, not {pattern}"
    if len(noted) != len(expected):
        yield f"{len(noted)} calls, not {len(expected)}: {noted[-1:]}"


def _commit_project(workflows: Workflows, repository: Path) -> None:
    """This project on main, with a version to release."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0")[:-1]:
        if (ROOT / name).exists():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, repository / name)
    workflows.commit(
        {
            "src/koregate/__init__.py": f'"""koregate."""\n\n__version__ = "{_VERSION}"\n',
            "CHANGELOG.md": f"# Changelog\n\n## [{_VERSION}] - 2026-11-30\n\n- New: everything.\n",
        }
    )


def _stubs(text: str, folder: Path) -> Mapping[str, Path]:
    """Actions that note their inputs, for those of the workflow that have no stand-in."""
    stubs: dict[str, Path] = {}
    for step in (step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"]):
        name, _, version = step.get("uses", "").partition("@")
        if not name or re.fullmatch("actions/(checkout|(up|down)load-artifact)", name):
            continue
        (file := folder / name / "action.yml").parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(_stub(name, sorted(step.get("with", {})))))
        stubs[f"{name}@{version}"] = file.parent
    return stubs


def _stub(name: str, inputs: list[str]) -> dict[str, Any]:
    shown = [key for key in inputs if key not in {"password", "labels"}]
    packages = ": $(ls release/dist | xargs)" if "pypi" in name else ""
    note = {
        "id": "note",
        "shell": "bash",
        "run": f'echo "{name} $GIVEN{packages}" >> /shared/calls\necho digest={_DIGEST} >> "$GITHUB_OUTPUT"',
        "env": {"GIVEN": " ".join(f"{key}=${{{{ inputs.{key} }}}}" for key in shown)},
    }
    return {
        "name": name,
        "description": "A stub.",
        "inputs": {key: {"default": ""} for key in inputs},
        "outputs": {"digest": {"value": "${{ steps.note.outputs.digest }}"}},
        "runs": {"using": "composite", "steps": [note]},
    }
