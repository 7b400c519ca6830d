"""The reusable workflow, played step by step: no artifact, no lost shard and no cancelled run makes it pass."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.workflows import JOBS, STREAM, WORKFLOWS, WorkflowRun, calls


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


def test_a_lost_report_fails_the_call_whatever_fail_on_lets_by(workflow_run: WorkflowRun) -> None:
    inputs = calls(shards='["Good", "Fine"]', **{"fail-on": "never"})

    whole, lost = workflow_run.call(inputs), workflow_run.call(inputs, between=lose)

    assert [("success", "passed"), ("failure", "error")] == [
        (done.result, done.outputs["verdict.verdict"]) for done in (whole, lost)
    ], lost.log
    assert "::error::Shard 1 left no report." in lost.log


def test_artifacts_of_other_jobs_change_nothing(workflow_run: WorkflowRun) -> None:
    def plant(workflow_run: WorkflowRun, call: str) -> None:
        for name in ("koregate-shard-build", f"koregate-shard-{call}-2", "koregate-shard-0"):
            workflow_run.plant(name, prepared(workflow_run, "Bad"))

    done = workflow_run.call(calls(shards='["Good", "Fine"]'), between=plant)

    assert ("success", "passed") == (done.result, done.outputs["verdict.verdict"]), done.log


def test_the_replies_that_a_shard_left_on_the_same_runner_do_not_stop_the_merge(workflow_run: WorkflowRun) -> None:
    def leave(workflow_run: WorkflowRun, _: str) -> None:
        raw = prepared(workflow_run, "Good") / "raw"
        workflow_run.left = {f"koregate-report/raw/{path.name}": path.read_text() for path in raw.iterdir()}

    done = workflow_run.call(calls(shards='["Good"]'), between=leave)

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
    docker.write_text(
        "#!/bin/sh\ntrap 'echo told; exit 130' INT TERM\necho ready\nfor _ in $(seq 100); do sleep 0.05; done\n"
    )
    docker.chmod(0o755)
    # A file, as on the runner: of a text after -c, bash itself replaces its process by the last command.
    script = tmp_path / "script.sh"
    script.write_text(step["run"])

    with subprocess.Popen(
        ["bash", "-e", str(script)],
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
