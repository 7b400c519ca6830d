"""The reusable workflow, played step by step: no artifact, no lost shard and no cancelled run makes it pass."""

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.clock import FakeClock
from support.job import FAILING, PASSING, run, scenario

from koregate.inputs import input_specs
from koregate.simulator import Simulator

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.name: yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")}
JOBS = WORKFLOWS["conversation-tests.yml"]["jobs"]
STREAM = "st-simulator"

# In place of docker. `run` gives the report that the test prepared for the suites; `merge` is koregate's own.
DOCKER = f"""#!{sys.executable}
import os, pathlib, shutil, sys

words = sys.argv[1:]
before, after = words[:words.index("image")], words[words.index("image") + 1:]
given = [before[at + 1] for at, word in enumerate(before) if word == "--env"]
env = dict(name.split("=", 1) if "=" in name else (name, os.environ[name]) for name in given)
if after[0] == "run":
    assert after == ["run"] and env["KOREGATE_CLIENT_SECRET"] == "secret", (after, env)
    prepared = pathlib.Path(os.environ["PREPARED"]) / env["KOREGATE_STREAM_ID"] / env["KOREGATE_TEST_SUITES"].strip()
    if not (prepared / "report.json").exists():
        sys.exit(125)
    shutil.copytree(prepared, "koregate-report")
    sys.exit(int((prepared / "code").read_text()))
mounted = {{"/work": os.getcwd(), "/commands": os.environ["RUNNER_TEMP"] + "/koregate"}}
for name, value in env.items():
    for inside, outside in mounted.items():
        env[name] = env[name].replace(inside, outside)
env["PYTHONPATH"] = {str(ROOT / "src")!r}
os.execve(sys.executable, [sys.executable, "-m", "koregate", *after], env)
"""


def calls(**inputs: str) -> dict[str, str]:
    """The inputs of one call, with the defaults of the workflow."""
    # YAML 1.1 reads the key `on` as true.
    declared = WORKFLOWS["conversation-tests.yml"][True]["workflow_call"]["inputs"]
    given = {"host": "http://127.0.0.1:1", "stream-id": STREAM, "user-email": "developer@example.com", "image": "image"}
    return {name: item.get("default", "") for name, item in declared.items()} | given | inputs


@dataclass
class Job:
    """How a job ended."""

    result: str
    outputs: dict[str, str]
    log: str


@dataclass
class WorkflowRun:
    """One run of a workflow: what its jobs share are artifacts, by name."""

    folder: Path
    artifacts: dict[str, Path] = field(default_factory=dict)
    number: "itertools.count[int]" = field(default_factory=itertools.count)

    def call(
        self,
        inputs: Mapping[str, str],
        jobs: str | None = None,
        between: Callable[["WorkflowRun", str], None] | None = None,
    ) -> Job:
        """The Verdict job of one call. `between` touches the artifacts first; `jobs` replaces its shards' result."""
        results = [self.job("shard", inputs, {"matrix.suites": suites}) for suites in json.loads(inputs["shards"])]
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
        known |= {"secrets.client-id": "client", "secrets.client-secret": "secret", **context}
        outputs: dict[str, str] = {}
        failed, log = False, ""

        def filled(text: str) -> str:
            return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: known[found[1]], text)

        for step in JOBS[name]["steps"]:
            if only and step.get("name") != only:
                continue
            outcome = "skipped"
            if not failed or step.get("if") == "always()":
                if "uses" in step:
                    code = self._artifact(
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

    def _artifact(self, action: str, inputs: Mapping[str, str], workspace: Path) -> int:
        if action.startswith("actions/download-artifact@"):
            prefix = inputs["pattern"].removesuffix("*")
            for name, folder in self.artifacts.items():
                if name.startswith(prefix):
                    shutil.copytree(folder, workspace / inputs["path"] / name)
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


@pytest.fixture
def workflow_run(tmp_path: Path, clock: FakeClock) -> WorkflowRun:
    """A workflow run whose shards find the reports of these suites."""
    played = scenario(Good=PASSING, Fine=PASSING, Bad=FAILING, Other=PASSING)
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        for suite in ("Good", "Fine", "Bad", "Other"):
            (place := tmp_path / "jobs" / suite).mkdir(parents=True)
            done = run(simulator, place, clock, test_suites=suite)
            prepared = tmp_path / "prepared" / STREAM / suite
            shutil.copytree(done.folder, prepared)
            (prepared / "code").write_text(str(done.code))
    return WorkflowRun(tmp_path)


def prepared(workflow_run: WorkflowRun, suite: str) -> Path:
    return workflow_run.folder / "prepared" / STREAM / suite


def test_it_passes_if_every_shard_passed(workflow_run: WorkflowRun) -> None:
    done = workflow_run.call(calls(shards='["Good", "Fine\\n"]'))

    assert ("success", "passed") == (done.result, done.outputs["verdict.verdict"]), done.log


@pytest.mark.parametrize(
    ("shards", "verdict"),
    [
        (["Good", "Bad"], "failed"),
        (["Bad", "Good"], "failed"),
        (["Good", "Lost"], "error"),
        (["Good", "Good"], "error"),
        ([], "error"),
    ],
    ids=["failed", "the first failed", "left no report", "doubled", "none"],
)
def test_it_fails_if_a_shard_did_not_pass(workflow_run: WorkflowRun, shards: list[str], verdict: str) -> None:
    done = workflow_run.call(calls(shards=json.dumps(shards)))

    assert ("failure", verdict) == (done.result, done.outputs["verdict.verdict"]), done.log


def test_a_shard_that_failed_is_a_failed_job_with_a_report(workflow_run: WorkflowRun) -> None:
    inputs = calls(shards='["Bad"]')

    shard = workflow_run.job("shard", inputs, {"matrix.suites": "Bad"})

    assert "failure" == shard.result
    assert [f"koregate-shard-{workflow_run.call_name(inputs)}-0"] == list(workflow_run.artifacts)


def lose(workflow_run: WorkflowRun, call: str) -> None:
    del workflow_run.artifacts[f"koregate-shard-{call}-1"]


def double(workflow_run: WorkflowRun, call: str) -> None:
    workflow_run.artifacts[f"koregate-shard-{call}-1"] = workflow_run.artifacts[f"koregate-shard-{call}-0"]


def exchange_for_another_suite(workflow_run: WorkflowRun, call: str) -> None:
    workflow_run.plant(f"koregate-shard-{call}-1", prepared(workflow_run, "Other"))


def exchange_for_another_app(workflow_run: WorkflowRun, call: str) -> None:
    for index, suite in enumerate(("Good", "Fine")):
        path = workflow_run.folder / "report.json"
        path.write_text((prepared(workflow_run, suite) / "report.json").read_text().replace(STREAM, "st-other"))
        workflow_run.plant(f"koregate-shard-{call}-{index}", path)


def lose_and_plant_others(workflow_run: WorkflowRun, call: str) -> None:
    lose(workflow_run, call)
    for name in ("koregate-shard-build", f"koregate-shard-{call}-2", "koregate-shard-1"):
        workflow_run.plant(name, prepared(workflow_run, "Fine"))


@pytest.mark.parametrize(
    "between", [lose, double, exchange_for_another_suite, exchange_for_another_app, lose_and_plant_others]
)
def test_it_fails_if_the_artifacts_are_not_those_of_its_shards(
    workflow_run: WorkflowRun, between: Callable[[WorkflowRun, str], None]
) -> None:
    done = workflow_run.call(calls(shards='["Good", "Fine"]'), between=between)

    assert ("failure", "error") == (done.result, done.outputs["verdict.verdict"]), done.log


def test_artifacts_of_other_jobs_change_nothing(workflow_run: WorkflowRun) -> None:
    def plant(workflow_run: WorkflowRun, call: str) -> None:
        for name in ("koregate-shard-build", f"koregate-shard-{call}-2", "koregate-shard-0"):
            workflow_run.plant(name, prepared(workflow_run, "Bad"))

    done = workflow_run.call(calls(shards='["Good", "Fine"]'), between=plant)

    assert ("success", "passed") == (done.result, done.outputs["verdict.verdict"]), done.log


def test_a_forged_report_does_not_hide_a_shard_that_failed(workflow_run: WorkflowRun) -> None:
    def forge(workflow_run: WorkflowRun, call: str) -> None:
        path = workflow_run.folder / "report.json"
        path.write_text((prepared(workflow_run, "Good") / "report.json").read_text().replace("Good", "Bad"))
        workflow_run.plant(f"koregate-shard-{call}-0", path)

    done = workflow_run.call(calls(shards='["Bad"]'), between=forge)

    assert ("failure", "error") == (done.result, done.outputs["verdict.verdict"]), done.log
    assert "Merged report: success." in done.log


@pytest.mark.parametrize(
    ("jobs", "verdict"), [("failure", "error"), ("cancelled", "cancelled"), ("skipped", "error"), ("", "error")]
)
def test_it_fails_unless_every_job_of_a_shard_succeeded(workflow_run: WorkflowRun, jobs: str, verdict: str) -> None:
    done = workflow_run.call(calls(shards='["Good"]'), jobs=jobs)

    assert ("failure", verdict) == (done.result, done.outputs["verdict.verdict"]), done.log


def test_two_calls_in_one_run_do_not_see_each_others_reports(workflow_run: WorkflowRun) -> None:
    (bad := workflow_run.folder / "prepared" / "st-second" / "Good").mkdir(parents=True)
    text = (prepared(workflow_run, "Bad") / "report.json").read_text()
    (bad / "report.json").write_text(text.replace('"Bad', '"Good').replace(STREAM, "st-second"))
    (bad / "code").write_text("1")

    first = workflow_run.call(calls(shards='["Good"]'))
    second = workflow_run.call(calls(shards='["Good"]', **{"stream-id": "st-second"}))
    third = workflow_run.call(calls(shards='["Good"]', id="again"))

    assert ["success", "failure", "success"] == [first.result, second.result, third.result], second.log
    assert "failed" == second.outputs["verdict.verdict"]
    assert 6 == len(workflow_run.artifacts)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancel_reaches_the_gate(tmp_path: Path, number: signal.Signals) -> None:
    (step,) = [step for step in JOBS["shard"]["steps"] if step.get("name") == "Run the suites"]
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\ntrap 'echo told; exit 130' INT TERM\necho ready\nwhile :; do sleep 0.05; done\n")
    docker.chmod(0o755)

    with subprocess.Popen(
        ["bash", "-e", "-c", step["run"]],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "IMAGE": "image"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        process.send_signal(number)
        told, _ = process.communicate(timeout=10)

    assert ("told\n", 130) == (told, process.returncode)


def test_the_gate_is_given_every_input_of_the_step_and_no_secret_as_an_argument() -> None:
    (step,) = [step for step in JOBS["shard"]["steps"] if step.get("name") == "Run the suites"]
    variables = {name for name in step["env"] if name.startswith("KOREGATE_")}

    assert variables == set(re.findall(r"--env (KOREGATE_\w+)", step["run"]))
    assert variables <= {spec.variable for spec in input_specs()}
    assert "secret" not in step["run"]


def steps(workflow: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_script_holds_an_expression(name: str) -> None:
    assert [] == [step["run"] for step in steps(WORKFLOWS[name]) if "${{" in step.get("run", "")]


# A release must stop at the first job that fails: see test_release.py.
@pytest.mark.parametrize("name", sorted(WORKFLOWS.keys() - {"release.yml"}))
def test_no_job_that_needs_another_can_be_skipped(name: str) -> None:
    jobs = WORKFLOWS[name]["jobs"].items()

    assert [] == [key for key, job in jobs if job.get("if", "always()") != "always()"]
    assert [] == [key for key, job in jobs if "needs" in job and "if" not in job]


def test_no_failure_of_the_gate_is_masked() -> None:
    commands = [
        command
        for job in JOBS.values()
        for step in job["steps"]
        for command in re.findall(r"docker run(?:.*\\\n)*.*", step.get("run", ""))
    ]

    assert 2 == len(commands)
    assert [] == [command for command in commands if "||" in command or ";" in command]
    assert [] == [
        job for job in [*JOBS.values(), *steps(WORKFLOWS["conversation-tests.yml"])] if "continue-on-error" in job
    ]


def test_calls_do_not_wait_for_each_other() -> None:
    assert "concurrency" not in WORKFLOWS["conversation-tests.yml"]
    assert all("concurrency" not in job for job in JOBS.values())
