"""Plays pipelines for GitLab on gitlab-ci-local: in containers if an engine runs, else in this machine's shell."""

import re
import subprocess
from pathlib import Path

from recipes.engine import RUNNER, Engine
from recipes.platforms import Platform, Played

_VARIABLES = {
    "GITLAB_CI": "true",
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "group/bot",
}


class Pipelines:
    """A repository of its own, in which pipelines run. Its caches stay."""

    def __init__(self, folder: Path, program: Path, engine: Engine) -> None:
        self._folder = folder
        self._program = program
        self._engine = engine
        (repository := folder / "repository").mkdir()
        self._repository = repository
        (repository / "publish-app").write_text("#!/bin/sh\necho The app is published.\n")
        (repository / "publish-app").chmod(0o755)
        for words in (
            ("init", "--quiet", "--initial-branch=main"),
            ("remote", "add", "origin", "https://gitlab.com/group/bot.git"),
            ("add", "publish-app"),
            ("commit", "--quiet", "--message", "A bot"),
        ):
            self._git(*words)

    def _git(self, *words: str) -> None:
        identity = ("-c", "user.name=koregate", "-c", "user.email=koregate@example.com")
        subprocess.run(["git", *identity, *words], cwd=self._repository, check=True, capture_output=True)

    def play(self, text: str, platform: Platform) -> Played:
        """Run the pipeline."""
        (self._repository / ".gitlab-ci.yml").write_text(text)
        self._git("add", ".gitlab-ci.yml")
        subprocess.run(["rm", "-rf", ".gitlab-ci-local/artifacts"], cwd=self._repository, check=True)
        variables = {**_VARIABLES, **platform.variables(), "KOREGATE_HOST": platform.simulator.url}
        if '"web"' in text:
            variables |= {"CI_PIPELINE_SOURCE": "web", "PUBLISH": "yes"}
        variables["CI_API_V4_URL"] = f"{platform.listener.address}/api/v4"
        executor = (
            ["--network=host", "--pull-policy=if-not-present", f"--helper-image={RUNNER}"]
            if self._engine.docker
            else ["--force-shell-executor", "--shell-isolation"]
        )
        done = subprocess.run(
            [
                *(str(self._program), "--no-artifacts-to-source", "--no-color", *executor),
                f"--ignore-predefined-vars={','.join(variables)}",
                *(f"--variable={name}={value}" for name, value in variables.items()),
            ],
            cwd=self._repository,
            env=self._engine.programs(self._folder / "bin"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        ended = re.findall(r"^ (PASS|FAIL|WARN)\s+([\w-]+)", done.stdout, re.MULTILINE)
        passed = {name: word == "PASS" for word, name in ended}
        return Played(done.returncode, done.stdout, self._repository / ".gitlab-ci-local" / "artifacts", passed)
