"""The workflows to copy: nothing untrusted in a script, a job of its own for the gate, no raw replies published."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from recipes import baselines
from recipes.pages import Block, github_workflows

from koregate.inputs import input_specs

ROOT = Path(__file__).parents[2]
# The README's has tests in test_readme.py, the one with a baseline in test_baseline_recipe.py, and those with suite
# files, which check the files out, in test_batch_page.py.
OURS = [block for block in github_workflows() if block.page not in ("README.md", "docs/ci/baseline.md")]
OURS = [block for block in OURS if block.page not in ("docs/suite-files.md", "docs/doctor.md")]
OURS = [block for block in OURS if any("steps" in job for job in yaml.safe_load(block.text)["jobs"].values())]
OUTPUTS = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["outputs"]
ACTION = re.compile(r"koregate/koregate(/composite)?@v0")
on_all = pytest.mark.parametrize("block", OURS, ids=[block.name for block in OURS])


def jobs(block: Block) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(block.text)["jobs"]
    return loaded


def steps(block: Block) -> list[dict[str, Any]]:
    return [step for job in jobs(block).values() for step in job.get("steps", [])]


def gates(block: Block) -> list[dict[str, Any]]:
    """The jobs that get credentials of Kore.ai."""
    return [job for job in jobs(block).values() if "secrets.KOREGATE_CLIENT_" in str(job)]


def test_each_way_to_use_it_has_a_workflow() -> None:
    assert {
        "docs/batch.md, Batch suites",
        "docs/ci/github.md, After publishing",
        "docs/ci/github.md, Import the branch, then test it",
        "docs/ci/github.md, On a pull request",
        "docs/ci/github.md, On a schedule, with a message",
        "docs/ci/github.md, Suites of both kinds",
        "docs/comment.md, GitHub",
        "docs/history.md, GitHub",
    } <= {block.name for block in OURS}


@on_all
def test_no_script_holds_an_expression(block: Block) -> None:
    assert [] == [step["run"] for step in steps(block) if "${{" in step.get("run", "")]


@on_all
def test_an_action_is_pinned_by_its_commit_but_for_koregate(block: Block) -> None:
    named = [step["uses"] for step in steps(block) if "uses" in step and not ACTION.fullmatch(step["uses"])]

    assert [] == [name for name in named if not re.search(r"@[0-9a-f]{40}$", name)]


@on_all
def test_the_gate_has_a_job_of_its_own_with_a_limit_and_a_concurrency_group(block: Block) -> None:
    (gate,) = gates(block)

    # The bot is shared: its name is the group's, and no event's job displaces that of another one.
    assert {"group": "kore-bot", "queue": "max"} == yaml.safe_load(block.text)["concurrency"]
    assert {} == yaml.safe_load(block.text)["permissions"]
    assert [] == [step for step in gate["steps"] if "checkout" in step.get("uses", "")]
    assert {"pull-requests": "write"} == gate.get("permissions", {"pull-requests": "write"})
    assert gate.get("if", "always()") == "always()"
    assert all("timeout-minutes" in job for job in jobs(block).values())


@on_all
def test_a_pull_request_never_passes_because_a_job_was_skipped(block: Block) -> None:
    triggers = yaml.safe_load(block.text)[True]  # YAML 1.1 reads the key `on` as true
    (gate,) = gates(block)

    assert "needs" not in gate or "always()" == gate.get("if") or "pull_request" not in triggers
    # A filter of paths or branches would skip the whole workflow.
    assert not isinstance(triggers, dict) or triggers.get("pull_request") is None


@on_all
def test_the_job_has_more_time_than_its_runs_of_koregate_may_take(block: Block) -> None:
    (gate,) = gates(block)
    runs = [step for step in gate["steps"] if ACTION.fullmatch(step.get("uses", "")) or "koregate run" in str(step)]
    # The formula of docs/ci/README.md, with the defaults: at most four suites, and no retries.
    minutes = sum(35 + 30 * step.get("with", {}).get("require-trained", False) for step in runs)

    assert runs
    assert not re.search("retries|max-parallel|RETRIES|MAX_PARALLEL| timeout:|_TIMEOUT", block.text)
    assert gate["timeout-minutes"] > minutes


@pytest.mark.parametrize(
    ("result", "attempt", "passes"),
    [
        ("success", "2", True),
        ("success", "1", False),
        ("success", "", False),
        ("failure", "2", False),
        ("failure", "", False),
        ("cancelled", "", False),
        ("skipped", "", False),
        ("", "2", False),
    ],
)
def test_nothing_is_tested_unless_this_attempt_imported_the_branch(result: str, attempt: str, passes: bool) -> None:
    (block,) = [block for block in OURS if block.heading == "Import the branch, then test it"]
    imports, gate = jobs(block)["import"], jobs(block)["bot"]
    check, koregate, _ = gate["steps"]

    assert ("import", "always()") == (gate["needs"], gate["if"])
    assert "koregate/koregate@v0" == koregate["uses"]
    assert "if" not in {**check, **koregate}
    assert {"RESULT": "${{ needs.import.result }}", "ATTEMPT": "${{ needs.import.outputs.attempt }}"} == check["env"]
    # The attempt is written only after the import, by the step that the output is taken from.
    assert {"attempt": "${{ steps.import.outputs.attempt }}"} == imports["outputs"]
    assert "import" == imports["steps"][-1]["id"]
    assert re.match(r"\./import-bot .*\necho \"attempt=\$GITHUB_RUN_ATTEMPT\" >>", imports["steps"][-1]["run"])
    environment = {"RESULT": result, "ATTEMPT": attempt, "GITHUB_RUN_ATTEMPT": "2"}
    done = subprocess.run(["bash", "-e", "-c", check["run"]], env=environment, capture_output=True, check=False)
    assert passes == (done.returncode == 0)


@on_all
def test_only_inputs_and_outputs_that_exist_are_named(block: Block) -> None:
    specs = {spec.name: spec for spec in input_specs()}
    for step in steps(block):
        if ACTION.fullmatch(step.get("uses", "")):
            assert set(step["with"]) <= set(specs)
            assert {name for name, spec in specs.items() if spec.required} <= set(step["with"])

    assert set(re.findall(r"steps\.gate\.outputs\.([\w-]+)", block.text)) <= set(OUTPUTS)
    assert set(re.findall(r"KOREGATE_\w+", block.text)) <= {spec.variable for spec in specs.values()}
    (gate,) = gates(block)
    assert set(re.findall(r"needs\.bot\.outputs\.([\w-]+)", block.text)) <= set(gate.get("outputs", []))


def test_the_check_of_the_setup_is_started_by_hand_and_starts_no_test_run() -> None:
    (block,) = [block for block in github_workflows() if block.page == "docs/doctor.md"]
    ((job,), (step,)) = (jobs(block).values(), steps(block))
    specs = {spec.name: spec for spec in input_specs()}

    workflow = yaml.safe_load(block.text)
    assert ("workflow_dispatch", {}) == (workflow[True], workflow["permissions"])
    assert {"runs-on", "timeout-minutes", "steps"} == set(job)
    assert ("koregate/koregate@v0", "doctor") == (step["uses"], step["with"]["command"])
    assert {name for name, spec in specs.items() if spec.required} <= set(step["with"]) <= {"command", *specs}
    assert "**Actions > Check the setup > Run workflow**" in " ".join(
        (ROOT / block.page).read_text(encoding="utf-8").split()
    )


@on_all
def test_raw_replies_are_not_published(block: Block) -> None:
    for step in steps(block):
        if step.get("with", {}).get("name") == "koregate-report":
            folder, excluded = step["with"]["path"].splitlines()
            assert f"!{folder}/raw" == excluded
            assert "always()" == step["if"]
        elif "upload-artifact" in step.get("uses", ""):
            assert step["with"]["path"] in ("history/koregate-history.jsonl", "koregate-report/resume.json")


@on_all
def test_no_cache_is_unpacked_in_a_job_with_a_secret(block: Block) -> None:
    (gate,) = gates(block)

    assert [] == [step for step in gate["steps"] if re.search(r"actions/cache(/restore)?@", step.get("uses", ""))]


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "ci" / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs" / "ci").glob("*.md")} - {"README.md"}

    assert pages <= set(re.findall(r"\]\(([\w.-]+)", index))


def test_the_workflow_that_is_played_with_a_baseline_is_one_of_them() -> None:
    assert 1 == [block.name for block in github_workflows()].count(baselines.NAME)
