"""The release workflow, played job by job with a real Git remote: the first real release is not the first try."""

import base64
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from koregate import __version__
from koregate.arguments import VERSION

ROOT = Path(__file__).parents[2]
RELEASE = ROOT / ".github" / "release"
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
JOBS = WORKFLOW["jobs"]
IMAGE = WORKFLOW["env"]["IMAGE"]
DIGEST = f"sha256:{'d' * 64}"
BASE = f"sha256:{'b' * 64}"
REMOTE = "git@github.com:koregate/koregate.git"

spec = importlib.util.spec_from_file_location("plan", RELEASE / "plan.py")
assert spec is not None
assert spec.loader is not None
plan = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plan)

# What stands in for programs that need a network. Each call is a line of the file CALLS.
DOCKER = f"""#!/bin/sh
echo "docker $*" >> "$CALLS"
case "$*" in *inspect*) echo '{{"digest": "{BASE}"}}';; esac
"""
GH = """#!/bin/sh
echo "gh $*" >> "$CALLS"
case "$*" in "release view"*) grep -q "gh release create" "$CALLS";; esac
"""
MAKE = """#!/bin/sh
mkdir -p .venv/bin && ln -s "$BUILDER" .venv/bin/python
"""
# In place of `python -m build`, but for one test: the names count here.
BUILDER = """#!/bin/sh
mkdir -p release/dist
touch "release/dist/koregate-$BUILT-py3-none-any.whl" "release/dist/koregate-$BUILT.tar.gz"
"""
REAL_BUILDER = f"""#!/bin/sh
exec {sys.executable} "$@"
"""
# In place of `python -m venv --clear clean`. The tests have no package index to install from.
PRINTED = VERSION.replace(__version__, "$BUILT")
PYTHON = f"""#!/bin/sh
mkdir -p clean/bin
printf '#!/bin/sh\\necho "install $*" >> "$CALLS"\\n' > clean/bin/python
printf '#!/bin/sh\\necho "{PRINTED}"\\n' > clean/bin/koregate
chmod +x clean/bin/*
"""


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class Repository:
    """A remote repository with this project in it, and everything that a release calls."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.remote, self.main = folder, folder / "remote.git", folder / "main"
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for name in listed.decode().split("\0"):
            if name and not name.startswith(("tests/", "docs/")):
                (self.main / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.main / name)
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        git(folder, "init", "--quiet", "--initial-branch=main", str(self.main))
        self.calls = folder / "calls"
        self.calls.write_text("")
        self.artifacts = folder / "artifacts"
        self.jobs = 0
        (programs := folder / "bin").mkdir()
        for name, text in {"docker": DOCKER, "gh": GH, "make": MAKE, "python": PYTHON, "builder": BUILDER}.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)

    def set_version(self, version: str) -> None:
        """Commit this version to main, with its section in the changelog."""
        (self.main / "src" / "koregate" / "__init__.py").write_text(f'"""koregate."""\n\n__version__ = "{version}"\n')
        changelog = (
            f"# Changelog\n\n## [{version}] - 2026-11-30\n\n- New: {version}.\n\n## [0.0.1] - 2026-01-01\n\n- Old.\n"
        )
        (self.main / "CHANGELOG.md").write_text(changelog)
        git(self.main, "add", "--all")
        git(self.main, "commit", "--quiet", "--message", version)
        git(self.main, "push", "--quiet", str(self.remote), "main")

    def tags(self) -> dict[str, str]:
        """The tags of the remote repository with their commits."""
        listed = git(
            self.remote, "for-each-ref", "--format=%(refname:strip=2) %(objecttype) %(objectname)", "refs/tags"
        )
        return {name: commit for name, kind, commit in map(str.split, listed.splitlines()) if kind == "commit"}

    def file(self, tag: str, name: str) -> str:
        return git(self.remote, "show", f"{tag}:{name}")

    def log(self) -> list[str]:
        return self.calls.read_text().splitlines()

    def release(self, version: str, ref: str = "refs/heads/main", built: str = "") -> list[str]:
        """Play the workflow for this version. Returns the jobs that succeeded: the first that fails is the last."""
        self.set_version(version)
        needs: dict[str, str] = {}
        done: list[str] = []
        for name in JOBS:
            outputs = self.job(name, needs, ref, built or version)
            if outputs is None:
                break
            done.append(name)
            needs |= {f"needs.{name}.outputs.{key}": value for key, value in outputs.items()}
        self.needs = needs
        return done

    def job(self, name: str, needs: Mapping[str, str], ref: str, built: str) -> dict[str, str] | None:
        """The outputs of one job, or None if it failed."""
        self.jobs += 1
        home = self.folder / f"job-{self.jobs}"
        (workspace := home / "workspace").mkdir(parents=True)
        known = {**needs, "env.IMAGE": IMAGE, "github.repository": "koregate/koregate", "github.ref": ref}
        known |= {"secrets.RELEASE_KEY": "the key", "secrets.GITHUB_TOKEN": "token", "matrix.python": "3.13"}
        known |= {"github.sha": "c" * 40, "github.server_url": "https://github.com", "github.actor": "somebody"}
        around = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(home),
            "CALLS": str(self.calls),
            "BUILT": built,
            "BUILDER": str(self.folder / "bin" / "builder"),
            "IMAGE": IMAGE,
            "RUNNER_TEMP": str(home),
            "GITHUB_REF": ref,
            "GITHUB_OUTPUT": str(home / "output"),
            # Instead of the real repository.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.remote}.insteadOf",
            "GIT_CONFIG_VALUE_0": REMOTE,
        }

        def filled(text: object) -> str:
            return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: known[found[1]], str(text))

        for step in JOBS[name]["steps"]:
            if "uses" in step:
                given = {key: filled(value) for key, value in step.get("with", {}).items()}
                outputs = self.action(step["uses"].partition("@")[0], given, workspace)
            else:
                (home / "output").write_text("")
                environ = around | {key: filled(value) for key, value in step.get("env", {}).items()}
                command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
                finished = subprocess.run(
                    command, cwd=workspace, env=environ, capture_output=True, text=True, check=False
                )
                if finished.returncode:
                    self.error = finished.stderr
                    return None
                outputs = dict(line.split("=", 1) for line in (home / "output").read_text().splitlines())
            known |= {f"steps.{step.get('id')}.outputs.{key}": value for key, value in outputs.items()}
        assert not list(home.glob("*key*")), "the deploy key is removed"
        return {key: filled(value) for key, value in JOBS[name].get("outputs", {}).items()}

    def action(self, name: str, given: Mapping[str, str], workspace: Path) -> dict[str, str]:
        """What stands in for an action. Returns its outputs."""
        match name:
            case "actions/checkout":
                assert "False" == given["persist-credentials"]
                tags = [] if given.get("fetch-depth") == "0" else ["--no-tags"]
                git(self.folder, "clone", "--quiet", *tags, str(self.remote), str(workspace))
            case "actions/upload-artifact":
                shutil.copytree(workspace / given["path"], self.artifacts, dirs_exist_ok=True)
            case "actions/download-artifact":
                shutil.copytree(self.artifacts, workspace / given["path"])
            case "docker/build-push-action":
                base = (workspace / "Dockerfile").read_text().partition("FROM ")[2].partition(" AS ")[0]
                self.note(f"build {base} for {given['platforms']}: {given['outputs']}")
                return {"digest": DIGEST}
            case "actions/attest-build-provenance":
                self.note(f"attest {given['subject-name']}@{given['subject-digest']}")
            case "pypa/gh-action-pypi-publish":
                self.note(
                    f"index {' '.join(sorted(path.name for path in (workspace / given['packages-dir']).iterdir()))}"
                )
            case _:
                assert name in {
                    "actions/setup-python",
                    *(f"docker/{kind}-action" for kind in ("setup-qemu", "setup-buildx", "login")),
                }
        return {}

    def note(self, line: str) -> None:
        self.calls.write_text(f"{self.calls.read_text()}{line}\n")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_the_first_release_is_tried_uploaded_and_named_in_this_order(repository: Repository) -> None:
    (repository.folder / "bin" / "builder").write_text(REAL_BUILDER)

    assert list(JOBS) == repository.release("0.1.0")

    image = f"{IMAGE}@{DIGEST}"
    output = f"type=image,name={IMAGE},push-by-digest=true,name-canonical=true,push=true"
    wheel, source = "koregate-0.1.0-py3-none-any.whl", "koregate-0.1.0.tar.gz"
    assert [
        f"install -m pip install --quiet release/dist/{wheel}",
        f"install -m pip install --quiet release/dist/{source}",
        "docker buildx imagetools inspect python:3.13-slim-trixie --format {{json .Manifest}}",
        f"build python:3.13-slim-trixie@{BASE} for linux/amd64,linux/arm64: {output}",
        f"docker run --rm --platform linux/amd64 {image} demo",
        f"docker run --rm --platform linux/arm64 {image} demo",
        f"attest {image}",
        "gh release view v0.1.0",
        "gh release create v0.1.0 --draft --verify-tag --title v0.1.0 --notes-file notes.md --prerelease=false",
        f"gh release upload v0.1.0 --clobber release/dist/{wheel} release/dist/{source} release/SHA256SUMS",
        f"index {wheel} {source}",
        f"docker buildx imagetools create --tag {IMAGE}:v0.1.0 {image}",
        f"docker buildx imagetools create --tag {IMAGE}:v0 {image}",
        "gh release edit v0.1.0 --draft=false --latest=true",
    ] == repository.log()


def test_the_tagged_commit_names_every_image_by_its_digest_and_main_stays(repository: Repository) -> None:
    repository.release("0.1.0")

    tags = repository.tags()
    assert {"v0", "v0.1.0"} == set(tags)
    assert tags["v0"] == tags["v0.1.0"]
    main = git(repository.remote, "rev-parse", "main")
    assert main == git(repository.remote, "rev-parse", "v0.1.0^")
    changed = git(repository.remote, "diff", "--name-only", "main", "v0.1.0").splitlines()
    assert [".github/workflows/conversation-tests.yml", "Dockerfile", "action.yml"] == changed
    runs = yaml.safe_load(repository.file("v0", "action.yml"))["runs"]
    assert {"using": "docker", "image": f"docker://{IMAGE}@{DIGEST}"}.items() <= runs.items()
    assert yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["entrypoint"] == runs["entrypoint"]
    workflow = repository.file("v0", ".github/workflows/conversation-tests.yml")
    assert f"{IMAGE}@{DIGEST}" == yaml.safe_load(workflow)[True]["workflow_call"]["inputs"]["image"]["default"]
    assert f"{IMAGE}:" not in workflow
    assert f"\nFROM python:3.13-slim-trixie@{BASE} AS base\n" in repository.file("v0", "Dockerfile")


def test_no_name_moves_backwards_or_to_a_prerelease(repository: Repository) -> None:
    # In this order: each version, whether v0 moves to it, and whether it becomes the latest release.
    releases = [
        ("0.2.0", True, True),
        ("0.1.5", False, False),
        ("0.3.0rc1", False, False),
        ("1.0.0", False, True),
        ("0.2.1", True, False),
    ]
    major = ""
    for version, moves, latest in releases:
        repository.calls.write_text("")
        assert list(JOBS) == repository.release(version)

        tags, log = repository.tags(), repository.log()
        major = tags[f"v{version}"] if moves else major
        assert major == tags["v0"]
        assert moves is (f"docker buildx imagetools create --tag {IMAGE}:v0 {IMAGE}@{DIGEST}" in log)
        assert f"docker buildx imagetools create --tag {IMAGE}:v{version} {IMAGE}@{DIGEST}" in log
        assert f"gh release edit v{version} --draft=false --latest={str(latest).lower()}" in log
        (created,) = [line for line in log if line.startswith("gh release create")]
        assert created.endswith(f"--prerelease={str('rc' in version).lower()}")
    assert {"v0", "v1", *(f"v{version}" for version, _, _ in releases)} == set(tags)
    assert tags["v1"] == tags["v1.0.0"]


def test_a_job_that_runs_again_after_a_newer_release_moves_nothing_back(repository: Repository) -> None:
    repository.release("0.1.0")
    needs = dict(repository.needs)
    repository.release("0.2.0")
    before = repository.tags()
    repository.calls.write_text("")

    assert repository.job("publish", needs, "refs/heads/main", "0.1.0") is not None

    assert before == repository.tags()
    assert f"docker buildx imagetools create --tag {IMAGE}:v0 {IMAGE}@{DIGEST}" not in repository.log()


def test_the_draft_can_be_made_again_after_a_failure(repository: Repository) -> None:
    repository.release("0.1.0")
    before = repository.tags()

    assert repository.job("draft", repository.needs, "refs/heads/main", "0.1.0") is not None

    assert before == repository.tags()
    assert 1 == len([line for line in repository.log() if line.startswith("gh release create")])


def test_packages_of_another_version_stop_the_release_before_anything_is_uploaded(repository: Repository) -> None:
    assert ["plan", "package"] == repository.release("0.1.0", built="0.0.9")

    assert {} == repository.tags()
    assert [] == [line for line in repository.log() if not line.startswith("install")]


def test_a_version_is_released_once_and_from_main_only(repository: Repository) -> None:
    assert [] == repository.release("0.1.0", ref="refs/heads/topic")
    assert "releases are made from main only. Run the workflow on main." in repository.error
    repository.set_version("0.0.9")
    assert list(JOBS) == repository.release("0.1.0")

    (repository.main / "more.txt").write_text("more")
    assert [] == repository.release("0.1.0")
    assert "v0.1.0 exists already. Raise __version__." in repository.error


def test_nothing_runs_after_a_job_that_failed() -> None:
    assert ["workflow_dispatch"] == list(WORKFLOW[True])  # YAML 1.1 reads the key `on` as true
    for earlier, name in zip(JOBS, list(JOBS)[1:], strict=False):
        assert earlier == JOBS[name]["needs"] or earlier in list(JOBS[name]["needs"])
    assert [] == [name for name, job in JOBS.items() if "if" in job or "continue-on-error" in job]
    assert [] == [step for job in JOBS.values() for step in job["steps"] if "if" in step or "continue-on-error" in step]


@pytest.mark.parametrize("version", ["1.2", "v1.2.3", "1.2.3-rc1", "1.2.3.dev1", "01.2.3", "1.2.3 ", "1.2.3\n", ""])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(plan.Refused, match="is no version"):
        plan.new_release("refs/heads/main", version, f"## [{version}] - 2026-01-01\n", [])


@pytest.mark.parametrize(
    "changelog", ["", "## [1.2.3] - unreleased\n", "## [1.2.30] - 2026-01-01\n", "## [1x2.3] - 2026-01-01"]
)
def test_a_version_without_a_dated_section_in_the_changelog_is_refused(changelog: str) -> None:
    with pytest.raises(plan.Refused, match="has no section"):
        plan.new_release("refs/heads/main", "1.2.3", changelog, [])


def test_only_tags_of_final_versions_are_compared_and_by_number() -> None:
    tags = ["v1", "v1.9.0", "v1.11.0rc1", "v2.0.0rc1", "1.99.0", "v1.99", "vv1.99.0", "latest"]

    assert {"major": "v1", "latest": "true"} == plan.moves("1.10.0", tags)


def test_the_deploy_key_is_a_private_file_for_this_push_only(tmp_path: Path) -> None:
    (tmp_path / "git").write_text(
        '#!/bin/sh\necho "$GIT_SSH_COMMAND|$*"\nstat -c %a "$RUNNER_TEMP"/*key\ncat "$RUNNER_TEMP"/*key\nexit 3\n'
    )
    (tmp_path / "git").chmod(0o755)
    (temp := tmp_path / "temp").mkdir()
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "RUNNER_TEMP": str(temp), "RELEASE_KEY": "a\nb", "REMOTE": "remote"}

    done = subprocess.run(
        [RELEASE / "push.sh", "x:y"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )

    command, mode, *key = done.stdout.splitlines()
    assert command.endswith(f"UserKnownHostsFile='{RELEASE}/known_hosts'|push remote x:y")
    assert "StrictHostKeyChecking=yes" in command
    assert (3, "600", ["a", "b"], []) == (done.returncode, mode, key, list(temp.iterdir()))


def test_the_known_host_has_the_fingerprint_that_github_publishes() -> None:
    host, kind, key = (RELEASE / "known_hosts").read_text().split()

    # GitHub docs, "GitHub's SSH key fingerprints".
    fingerprint = base64.b64encode(hashlib.sha256(base64.b64decode(key)).digest()).decode()
    assert ("github.com", "ssh-ed25519") == (host, kind)
    assert "+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU=" == fingerprint


def test_the_page_names_every_job_and_what_must_be_set_up() -> None:
    page = (ROOT / "docs" / "releasing.md").read_text()
    secrets = set(re.findall(r"secrets\.(\w+)", (ROOT / ".github" / "workflows" / "release.yml").read_text()))

    assert list(JOBS) == re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert {"RELEASE_KEY", "GITHUB_TOKEN"} == secrets
    assert all(f"`{word}`" in page for word in ("RELEASE_KEY", "release", "release.yml"))
    assert {"release"} == {job["environment"] for job in JOBS.values() if "environment" in job}
    uploading = {name for name, job in JOBS.items() if set(job["permissions"].values()) & {"write"}}
    assert uploading == {name for name, job in JOBS.items() if "environment" in job}
