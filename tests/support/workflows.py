"""The reusable workflow, played step by step as the runner would play it, with a program in place of docker."""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.name: yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")}
# YAML 1.1 reads the key `on` as true.
DECLARED = WORKFLOWS["conversation-tests.yml"][True]["workflow_call"]
JOBS = WORKFLOWS["conversation-tests.yml"]["jobs"]
STREAM = "st-simulator"
CREDENTIALS = {"client-id": "client", "client-secret": "secret"}
_SHARDS = "inputs.shards || format('[{0}]', toJSON(inputs.test-suites))"
_BASE_BRANCH = "github.base_ref || github.event.merge_group.base_ref || github.ref"
_WITHOUT_CREDENTIALS = "inputs.on-missing-credentials == 'skip' && secrets.jwt == '' && secrets.client-secret == ''"

# In place of docker. With credentials, `run` gives the report that the test prepared for the suites. Everything else is
# koregate's own.
DOCKER = f"""#!{sys.executable}
import os, pathlib, shutil, sys

words = sys.argv[1:]
before, after = words[:words.index("image")], words[words.index("image") + 1:]
given = [before[at + 1] for at, word in enumerate(before) if word == "--env"]
env = dict(name.split("=", 1) if "=" in name else (name, os.environ[name]) for name in given)
if after == ["run"] and env.get("KOREGATE_CLIENT_ID") and env.get("KOREGATE_CLIENT_SECRET"):
    prepared = pathlib.Path(os.environ["PREPARED"]) / env["KOREGATE_STREAM_ID"] / env["KOREGATE_TEST_SUITES"].strip()
    if not (prepared / "report.json").exists():
        sys.exit(125)
    shutil.copytree(prepared, env["KOREGATE_REPORT_DIR"])
    sys.exit(int((prepared / "code").read_text()))
volumes = [before[at + 1].removesuffix(":ro") for at, word in enumerate(before) if word == "--volume"]
for volume in volumes:
    outside, _, inside = volume.rpartition(":")
    for name, value in env.items():
        if value == inside or value.startswith(f"{{inside}}/"):
            env[name] = outside + value.removeprefix(inside)
env["PYTHONPATH"] = {str(ROOT / "src")!r}
os.execve(sys.executable, [sys.executable, "-m", "koregate", *after], env)
"""


def calls(**inputs: str) -> dict[str, str]:
    """The inputs of one call, with the defaults of the workflow."""
    given = {"host": "http://127.0.0.1:1", "stream-id": STREAM, "user-email": "developer@example.com", "image": "image"}
    return {name: item.get("default", "") for name, item in DECLARED["inputs"].items()} | given | inputs


@dataclass
class Job:
    """How a job ended."""

    result: str
    outputs: dict[str, str]
    log: str


@dataclass
class WorkflowRun:
    """One run of a workflow: what its jobs share are artifacts, by name.

    `repository` has the files of each branch by name, "" is what triggered the run. `left` is in each job's workspace.
    """

    folder: Path
    secrets: Mapping[str, str] = field(default_factory=lambda: CREDENTIALS)
    event: Mapping[str, Any] = field(default_factory=dict)
    artifacts: dict[str, Path] = field(default_factory=dict)
    repository: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    number: "itertools.count[int]" = field(default_factory=itertools.count)

    def call(
        self,
        inputs: Mapping[str, str],
        jobs: str | None = None,
        between: Callable[["WorkflowRun", str], None] | None = None,
    ) -> Job:
        """The Verdict job of one call. `between` touches the artifacts first; `jobs` replaces its shards' result."""
        shards = json.loads(inputs["shards"] or json.dumps([inputs["test-suites"]]))
        results = [self.job("shard", inputs, {"matrix.suites": suites}) for suites in shards]
        if between:
            between(self, self.call_name(inputs))
        if jobs is None:
            jobs = "success" if all(one.result == "success" for one in results) else "failure"
        return self.job("verdict", inputs, {"needs.shard.result": jobs})

    def call_name(self, inputs: Mapping[str, str]) -> str:
        """The part of the artifacts' names that stands for this call."""
        return self.job("verdict", inputs, {"needs.shard.result": ""}, only="Name the call").outputs["call.name"]

    def job(self, name: str, inputs: Mapping[str, str], context: Mapping[str, str], only: str = "") -> Job:
        """Play the steps of a job as the runner does, each in `bash -e`."""
        home = self.folder / f"job-{next(self.number)}"
        (workspace := home / "workspace").mkdir(parents=True)
        (docker := home / "docker").write_text(DOCKER)
        docker.chmod(0o755)
        known = {f"inputs.{key}": value for key, value in inputs.items()} | {"toJSON(inputs)": json.dumps(dict(inputs))}
        given = {name: self.secrets.get(name, "") for name in DECLARED["secrets"]}
        known |= {f"secrets.{name}": value for name, value in given.items()} | dict(context)
        known[_SHARDS] = inputs["shards"] or json.dumps([inputs["test-suites"]])
        known["secrets.client-id || inputs.client-id"] = given["client-id"] or inputs["client-id"]
        quarantine = inputs["quarantine"]
        known |= {
            f"inputs.quarantine && format('{folder}/{{0}}', inputs.quarantine)": quarantine and f"{folder}/{quarantine}"
            for folder in ("change", "base")
        }
        known[_BASE_BRANCH] = "main"
        for path, text in self.left.items():
            (workspace / path).parent.mkdir(parents=True, exist_ok=True)
            (workspace / path).write_text(text)
        without = not given["jwt"] and not given["client-secret"]
        known[_WITHOUT_CREDENTIALS] = str(without and inputs["on-missing-credentials"] == "skip").lower()
        (event := home / "event.json").write_text(json.dumps(self.event))
        outputs: dict[str, str] = {}
        failed, log = False, ""

        def filled(text: str) -> str:
            # What a step that did not run would have set is empty.
            return re.sub(
                r"\$\{\{ (.+?) \}\}",
                lambda found: known.get(found[1], "") if found[1].startswith("steps.") else known[found[1]],
                text,
            )

        for step in JOBS[name]["steps"]:
            if only and step.get("name") != only:
                continue
            outcome = "skipped"
            if step.get("if") == "inputs.quarantine != ''" and not quarantine:
                continue
            if not failed or step.get("if") == "always()":
                if "uses" in step:
                    code = self._action(
                        step["uses"], {key: filled(str(value)) for key, value in step["with"].items()}, workspace
                    )
                else:
                    (written := home / "output").write_text("")
                    done = subprocess.run(
                        ["bash", "-e", "-c", step["run"]],
                        cwd=workspace,
                        env={
                            "PATH": f"{home}:{os.environ['PATH']}",
                            "PREPARED": str(self.folder / "prepared"),
                            "RUNNER_TEMP": str(home),
                            "GITHUB_ACTIONS": "true",
                            "GITHUB_EVENT_PATH": str(event),
                            "GITHUB_REPOSITORY": "owner/bot",
                            "GITHUB_OUTPUT": str(written),
                            "GITHUB_STEP_SUMMARY": str(home / "summary"),
                            **{key: filled(value) for key, value in step.get("env", {}).items()},
                        },
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                        text=True,
                        check=False,
                    )
                    code, log = done.returncode, log + done.stdout
                    for line in written.read_text().splitlines():
                        key, _, value = line.partition("=")
                        outputs[f"{step['id']}.{key}"] = known[f"steps.{step['id']}.outputs.{key}"] = value
                outcome = "failure" if code else "success"
                failed = failed or code != 0
            if "id" in step:
                known[f"steps.{step['id']}.outcome"] = outcome
        return Job("failure" if failed else "success", outputs, log)

    def _action(self, action: str, inputs: Mapping[str, str], workspace: Path) -> int:
        if action.startswith("actions/download-artifact@"):
            prefix = inputs["pattern"].removesuffix("*")
            for name, folder in self.artifacts.items():
                if name.startswith(prefix):
                    shutil.copytree(folder, workspace / inputs["path"] / name)
            return 0
        if action.startswith("actions/checkout@"):
            # An action removes nothing that an earlier job left in the folder.
            for name, text in self.repository.get(inputs.get("ref", ""), {}).items():
                if inputs["sparse-checkout"] == f"/{name}":
                    path = workspace / inputs["path"] / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
            return 0
        assert action.startswith("actions/upload-artifact@")
        assert inputs["overwrite"] == "True"
        source = workspace / inputs["path"].splitlines()[0]
        if source.exists():
            self.plant(inputs["name"], source)
        return 0

    def plant(self, name: str, source: Path) -> None:
        """Store a file or a folder as an artifact, over one of the same name."""
        target = self.folder / "artifacts" / f"{next(self.number)}"
        target.mkdir(parents=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
        self.artifacts[name] = target


def forked(source: str) -> dict[str, Any]:
    """The event of a pull request from a branch of that repository."""
    return {"pull_request": {"head": {"repo": {"full_name": source}}}}
