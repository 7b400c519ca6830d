"""Plays workflows for GitHub on a workflow engine (nektos/act), in containers of the machine's engine."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from recipes.engine import HERE, IMAGE, RUNNER, bare_environment
from recipes.pages import ROOT
from recipes.platforms import HOST, SUITE_FILE, Platform, Played

_ACTION = "koregate/koregate@v0"
_STANDINS = r"uses: *(actions/(?:checkout|cache|upload-artifact|download-artifact))(?:/\w+)?@(\S+)"
_EVENT = {
    "number": 7,
    "pull_request": {
        "number": 7,
        "head": {"ref": "change", "sha": "1" * 40, "repo": {"full_name": "owner/bot"}},
        "base": {"ref": "main", "sha": "2" * 40, "repo": {"full_name": "owner/bot"}},
    },
    "repository": {"full_name": "owner/bot", "default_branch": "main"},
}
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_ACTIONS: Mapping[str, Path] = MappingProxyType({})
_ON_MAIN = {"ref": "refs/heads/main", "repository": _EVENT["repository"]}


class Workflows:
    """A repository of its own, in which workflows run. Its artifacts are gone with the next run, its caches are not."""

    def __init__(self, folder: Path, act: Path) -> None:
        self.shared = folder / "shared"
        self._folder = folder
        self._act = act
        self._action = folder / "action"
        for name in ("artifacts", "caches", "repository"):
            (self.shared / name).mkdir(parents=True)
        _released_action(self._action)
        self.commit(
            {
                "publish-app": "#!/bin/sh\necho The app is published.\n",
                "import-bot": "#!/bin/sh\necho The branch is imported.\n",
                "quarantine.toml": "",
                **dict([SUITE_FILE]),
            }
        )

    def commit(self, files: dict[str, str], branch: str = "main") -> None:
        """Add files to the repository. Workflow runs are of the last commit."""
        repository = self.shared / "repository"
        if not (repository / ".git").exists():
            git(repository, "init", "--quiet", f"--initial-branch={branch}")
        git(repository, "checkout", "--quiet", "-B", branch)
        for name, text in files.items():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            (repository / name).write_text(text)
            (repository / name).chmod(0o755)
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--allow-empty", "--message", "A change")

    def play(
        self,
        text: str,
        platform: Platform,
        event: str = "",
        *,
        left: Mapping[str, str] = _NOTHING,
        actions: Mapping[str, Path] = _NO_ACTIONS,
        secrets: Mapping[str, str] = _NOTHING,
        variables: Mapping[str, str] = _NOTHING,
    ) -> Played:
        """Run the workflow for an event, or for its first one.

        Only the workflow's checkout brings the files of the repository into its workspaces. `left` is what they hold
        already. `actions` are folders that stand for actions, besides those that are here.
        """
        run = self._folder / "run"
        shutil.rmtree(run, ignore_errors=True)
        git(self._folder, "clone", "--quiet", "--no-checkout", str(self.shared / "repository"), str(run))
        git(run, "remote", "set-url", "origin", "https://github.com/owner/bot")
        for name, content in left.items():
            (run / name).parent.mkdir(parents=True, exist_ok=True)
            (run / name).write_text(content)
        artifacts = self.shared / "artifacts"
        shutil.rmtree(artifacts)
        artifacts.mkdir()
        # The engine gives its own options to the jobs without a container only.
        volumes = f"--volume {self.shared}:/shared --volume {self._folder}:{self._folder}"
        written = re.sub(
            r"^( +)container: (\S+)$", rf"\1container:\n\1  image: \2\n\1  options: {volumes}", text, flags=re.MULTILINE
        )
        # The engine does not know this key of a concurrency group yet. GitHub documents it.
        written = written.replace("\n  queue: max\n", "\n").replace(", queue: max }", " }")
        (workflow := self._folder / "workflow.yml").write_text(written.replace(HOST, platform.simulator.url))
        name = event or re.findall(r"^on:\s+\[?(\w+)", text, re.MULTILINE)[0]
        event_of = _ON_MAIN if name in ("push", "schedule") else _EVENT
        (payload := self._folder / "event.json").write_text(json.dumps(event_of))
        # What a nested container mounts must have the same path on the machine. All jobs then share one workspace.
        nested = ["--bind", "--concurrent-jobs=1", "--env", f"RUNNER_TEMP={self._folder}/temp"]
        if "conversation-tests.yml@" not in text:
            nested = []
        done = subprocess.run(
            [
                *(str(self._act), name, "--json", "--workflows", str(workflow), "--eventpath", str(payload)),
                *(
                    "--rm",
                    "--pull=false",
                    "--no-cache-server",
                    "--no-skip-checkout",
                    "--platform",
                    f"ubuntu-latest={RUNNER}",
                ),
                *("--platform", f"ubuntu-24.04={RUNNER}", *self._actions(text, actions), *nested, *_socket()),
                *("--container-options", volumes),
                *("--env", f"GITHUB_API_URL={platform.listener.address}"),
                *(f"--env={name}={value}" for name, value in variables.items()),
                *(f"--secret={name}={value}" for name, value in {**platform.variables(), **secrets}.items()),
            ],
            cwd=run,
            env=bare_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return _played(done, artifacts)

    def _actions(self, text: str, more: Mapping[str, Path]) -> list[str]:
        """The folders that stand for actions: koregate's own as a release has it, and small ones for GitHub's."""
        reusable = (self._action / ".github" / "workflows" / "conversation-tests.yml").read_text()
        folders = {f"{name}@{version}": HERE / name for name, version in re.findall(_STANDINS, text + reusable)}
        return [
            f"--local-repository={name}={folder}" for name, folder in {_ACTION: self._action, **folders, **more}.items()
        ]


def _played(done: "subprocess.CompletedProcess[str]", artifacts: Path) -> Played:
    played = Played(done.returncode, "", artifacts)
    for line in done.stdout.splitlines():
        entry = json.loads(line) if line.startswith("{") else {"msg": line}
        played.log += f"{entry.get('job', '')} | {entry['msg'].strip()}\n"
        if "jobResult" in entry:
            # Names of several jobs are padded. One name stands for all jobs of a matrix.
            name = re.sub(r"-\d+$", "", entry["job"].partition("/")[2].strip())
            played.passed[name] = played.passed.get(name, True) and entry["jobResult"] == "success"
    return played


def _released_action(folder: Path) -> None:
    """The action as a release has it: it names its image."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "action.yml", ".github"], cwd=ROOT, capture_output=True, check=True
    )
    for name in names.stdout.decode().split("\0")[:-1]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    action = folder / "action.yml"
    action.write_text(action.read_text().replace("image: Dockerfile\n", f"image: docker://{IMAGE}\n"))


def _socket() -> list[str]:
    address = os.environ.get("DOCKER_HOST", "")
    return [f"--container-daemon-socket={address}"] if address else []


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    identity = ("-c", "user.name=koregate", "-c", "user.email=koregate@example.com")
    command = ["git", *identity, *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
