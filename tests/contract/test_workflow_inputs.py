"""The inputs of the reusable workflow: those of the action, from the one declaration, and what becomes of each."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.workflows import DECLARED, JOBS, WorkflowRun, calls, forked

from koregate.inputs import Group, InputSpec, input_specs

OWN = ["shards", "max-jobs", "runs-on", "timeout-minutes", "image", "id"]
SHARD, MERGE = (
    next(step for step in JOBS[job]["steps"] if step.get("name") == name)
    for job, name in (("shard", "Run the suites"), ("verdict", "Merge the reports"))
)
FOR_THE_WHOLE_RESULT = {"job-summary": "false", "annotations": "false", "comment": "false", "min-tests": "0"}
# Files that its jobs do not have: GitHub refuses a call that names one.
NOT_TAKEN = {"baseline", "history", "suite-files", "suite-prefix"}
CHECKED_OUT = {
    "quarantine": "${{ inputs.quarantine && format('change/{0}', inputs.quarantine) }}",
    "quarantine-base": "${{ inputs.quarantine && format('base/{0}', inputs.quarantine) }}",
}
SPECS = [spec for spec in input_specs() if spec.name not in NOT_TAKEN]


def test_it_declares_every_input_of_the_action_whose_files_it_has_beside_its_own() -> None:
    expected = {
        spec.name: {
            "description": spec.description,
            "type": "string",
            # shards may stand for test-suites.
            **({"required": True} if spec.required and spec.name != "test-suites" else {"default": spec.default or ""}),
        }
        for spec in SPECS
        if not spec.secret and spec.name != "quarantine-base"
    }
    declared = dict(DECLARED["inputs"])
    own = {name: declared.pop(name) for name in OWN}

    assert expected == declared
    assert all(item["description"] and "default" in item for item in own.values())


def test_every_secret_and_the_client_id_is_a_secret_that_may_be_left_out() -> None:
    names = [spec.name for spec in input_specs() if spec.secret or spec.name == "client-id"]

    assert {name: {"required": False} for name in names} == DECLARED["secrets"]


def passed_on(step: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in step["env"].items() if name.startswith("KOREGATE_")}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_input_is_passed_on(spec: InputSpec) -> None:
    given = "${{ secrets.%s }}" if spec.secret else "${{ inputs.%s }}"
    expected = CHECKED_OUT.get(spec.name, given % spec.name)
    if spec.name == "client-id":
        expected = "${{ secrets.client-id || inputs.client-id }}"
    if spec.name == "test-suites":
        expected = "${{ matrix.suites }}"
    is_credential = spec.group is Group.CREDENTIALS and (spec.secret or spec.name == "client-id")
    in_shard = FOR_THE_WHOLE_RESULT.get(spec.name, expected)
    in_verdict = None if is_credential or spec.name == "test-suites" else expected

    assert in_shard == passed_on(SHARD).get(spec.variable) or (spec.secret and not is_credential)
    assert in_verdict == passed_on(MERGE).get(spec.variable)


@pytest.mark.parametrize("step", [SHARD, MERGE], ids=["shard", "merge"])
def test_the_image_gets_the_variables_by_name_and_no_secret_as_an_argument(step: dict[str, Any]) -> None:
    assert set(passed_on(step)) <= {spec.variable for spec in input_specs()}
    assert 'for name in "${!KOREGATE_@}" "${!GITHUB_@}"; do given+=(--env "$name"); done' in step["run"]
    assert [] == re.findall(r"SECRET|JWT|CLIENT", step["run"].replace("WITHOUT_CREDENTIALS", ""))


def test_without_shards_one_job_runs_all_suites(workflow_run: WorkflowRun) -> None:
    done = workflow_run.call(calls(**{"test-suites": "Good\n"}))
    lost = workflow_run.call(calls(**{"test-suites": "Lost"}))

    assert ("success", "passed") == (done.result, done.outputs["verdict.verdict"]), done.log
    assert ("failure", "error") == (lost.result, lost.outputs["verdict.verdict"]), lost.log


def test_suites_and_shards_together_are_refused(workflow_run: WorkflowRun) -> None:
    done = workflow_run.job("shard", calls(shards='["Good"]', **{"test-suites": "Bad"}), {"matrix.suites": "Good"})

    assert "failure" == done.result
    assert "::error::Give either test-suites or shards, not both." in done.log


def test_the_reports_may_have_another_folder(workflow_run: WorkflowRun) -> None:
    done = workflow_run.call(calls(shards='["Good", "Fine"]', **{"report-dir": "out/of the way"}))

    assert ("success", "passed") == (done.result, done.outputs["verdict.verdict"]), done.log
    (artifact,) = [folder for name, folder in workflow_run.artifacts.items() if name.startswith("koregate-report-")]
    assert "passed" == json.loads((artifact / "report.json").read_bytes())["verdict"]


@pytest.mark.parametrize(
    ("fail_on", "jobs", "result"), [("never", "success", "success"), ("any", "failure", "failure")]
)
def test_fail_on_decides_the_result_and_never_the_verdict(
    workflow_run: WorkflowRun, fail_on: str, jobs: str, result: str
) -> None:
    done = workflow_run.call(calls(shards='["Good", "Bad"]', **{"fail-on": fail_on}), jobs=jobs)

    assert (result, "failed") == (done.result, done.outputs["verdict.verdict"]), done.log


@pytest.mark.parametrize(("least", "result", "verdict"), [("4", "success", "passed"), ("5", "failure", "error")])
def test_the_test_cases_of_all_shards_are_counted_together(
    workflow_run: WorkflowRun, least: str, result: str, verdict: str
) -> None:
    done = workflow_run.call(calls(shards='["Good", "Fine"]', **{"min-tests": least}))

    assert (result, verdict) == (done.result, done.outputs["verdict.verdict"]), done.log


SKIP = {"on-missing-credentials": "skip"}


@pytest.mark.parametrize("secrets", [{}, {"client-id": "client"}, {"client-secret": "secret"}])
def test_a_forks_pull_request_is_skipped_if_the_inputs_say_so(
    workflow_run: WorkflowRun, secrets: dict[str, str]
) -> None:
    workflow_run.secrets = secrets
    workflow_run.event = forked("someone/bot")

    done = workflow_run.call(calls(shards='["Good", "Fine"]', **SKIP))

    expected = ("failure", "error") if "client-secret" in secrets else ("success", "skipped")
    assert expected == (done.result, done.outputs["verdict.verdict"]), done.log


@pytest.mark.parametrize(
    ("source", "secrets", "inputs"),
    [("owner/bot", {}, SKIP), ("someone/bot", {}, {})],
    ids=["no fork", "no skip"],
)
def test_missing_credentials_are_an_error_anywhere_else(
    workflow_run: WorkflowRun, source: str, secrets: dict[str, str], inputs: dict[str, str]
) -> None:
    workflow_run.secrets = secrets
    workflow_run.event = forked(source)

    done = workflow_run.call(calls(shards='["Good"]', **inputs))

    assert ("failure", "error") == (done.result, done.outputs["verdict.verdict"]), done.log


def test_a_report_that_says_skipped_skips_nothing(workflow_run: WorkflowRun) -> None:
    workflow_run.secrets = {}
    workflow_run.event = forked("someone/bot")
    workflow_run.job("shard", calls(shards='["Good"]', **SKIP), {"matrix.suites": "Good"})
    (skipped,) = workflow_run.artifacts.values()
    workflow_run.secrets = {"client-id": "client", "client-secret": "secret"}
    call = workflow_run.call_name(inputs := calls(shards='["Good"]', **SKIP))
    workflow_run.plant(f"koregate-shard-{call}-0", skipped)

    done = workflow_run.job("verdict", inputs, {"needs.shard.result": "success"})

    assert ("failure", "error") == (done.result, done.outputs["verdict.verdict"]), done.log


UNTIL = datetime.now(UTC).date() + timedelta(days=30)
QUARANTINE = f"""
[[quarantine]]
suite = "Bad"
input = "hi"
reason = "known"
owner = "qa"
until = {UNTIL}
"""


def test_the_quarantine_file_of_this_change_is_read_and_what_it_adds_is_marked(workflow_run: WorkflowRun) -> None:
    workflow_run.repository = {"": {"ci/known.toml": QUARANTINE, "report.json": "{}"}, "main": {}}

    done = workflow_run.call(calls(shards='["Bad"]', quarantine="ci/known.toml"), jobs="success")

    assert ("success", "tolerated") == (done.result, done.outputs["verdict.verdict"]), done.log
    assert "1 quarantine entry is added by this change" in done.log


def test_the_entry_is_not_new_if_the_base_branch_has_it(workflow_run: WorkflowRun) -> None:
    files = {"ci/known.toml": QUARANTINE}
    workflow_run.repository = {"": files, "main": files}

    done = workflow_run.call(calls(shards='["Bad"]', quarantine="ci/known.toml"), jobs="success")

    assert ("success", "tolerated") == (done.result, done.outputs["verdict.verdict"]), done.log
    assert "added by this change" not in done.log


def test_a_quarantine_file_that_an_earlier_job_left_excuses_nothing(workflow_run: WorkflowRun) -> None:
    workflow_run.left = {"change/ci/known.toml": QUARANTINE, "base/ci/known.toml": QUARANTINE}

    without = workflow_run.call(calls(shards='["Bad"]'), jobs="success")
    missing = workflow_run.call(calls(shards='["Bad"]', quarantine="ci/known.toml"), jobs="success")

    assert "failed" == without.outputs["verdict.verdict"], without.log
    assert ("failure", "error") == (missing.result, missing.outputs["verdict.verdict"]), missing.log


@pytest.mark.parametrize("job", ["shard", "verdict"])
def test_a_job_checks_out_nothing_but_the_quarantine_file(job: str) -> None:
    checkouts = [step for step in JOBS[job]["steps"] if "actions/checkout@" in step.get("uses", "")]

    assert {"contents": "read"} == JOBS[job]["permissions"]
    assert ["change", "base"] == [step["with"]["path"] for step in checkouts]
    for step in checkouts:
        assert "inputs.quarantine != ''" == step["if"]
        assert "/${{ inputs.quarantine }}" == step["with"]["sparse-checkout"]
        assert (False, False) == (step["with"]["sparse-checkout-cone-mode"], step["with"]["persist-credentials"])
