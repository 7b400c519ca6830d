"""The README and the pages that it leans on: workflow, commands, ways to install and messages are real."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml
from support.page_shell import play, scripts

from koregate.inputs import DemoInputs, input_specs
from koregate.policy.quarantine import MAX_DAYS
from koregate.simulator import Simulator, load_scenario
from koregate.usage import DOCS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
INPUTS = (ROOT / "docs" / "inputs.md").read_text()
TROUBLESHOOTING = (ROOT / "docs" / "troubleshooting.md").read_text()
LAPTOP = (ROOT / "docs" / "laptop.md").read_text()
WORKFLOW = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)[0])
SPECS = {spec.name: spec for spec in input_specs()}
# The recipes use the same version of this action.
(UPLOAD,) = set(re.findall(r"actions/upload-artifact@[0-9a-f]{40}", (ROOT / "docs" / "ci" / "github.md").read_text()))
# Runs a command, keeps its log, and presses Ctrl-C as soon as both test runs have started.
INTERRUPT = """
import signal, subprocess, sys
with subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True) as job, open("log", "w") as log:
    started = 0
    for line in job.stdout:
        print(line, end="")
        log.write(line)
        started += "Started test run" in line
        if "Started test run" in line and started == 2:
            job.send_signal(signal.SIGINT)
sys.exit(job.returncode)
"""


def section(heading: str) -> str:
    return README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def gate() -> dict[str, Any]:
    step: dict[str, Any]
    (step,) = [step for step in WORKFLOW["jobs"]["bot"]["steps"] if step.get("uses") == "koregate/koregate@v0"]
    return step


def test_it_is_one_page() -> None:
    assert len(README.splitlines()) < 250


def test_the_inputs_of_a_demo_are_those_that_the_page_names() -> None:
    sentence = INPUTS.partition("`demo` also ")[2].partition(". ")[0]
    of_policy_and_reports = {"Policy", "Reports"}
    others = {spec.name for spec in input_specs(DemoInputs) if spec.group.value not in of_policy_and_reports}

    assert others == set(re.findall(r"`([\w-]+)`", sentence))


def test_its_first_commands_fetch_the_project_and_show_a_failure(tmp_path: Path) -> None:
    (block,) = scripts(section("Try it without an account"))
    clone, enter, demo = block.splitlines()
    # What the last command would run, without the set-up of a virtual environment.
    words = ["make", "--no-print-directory", "--dry-run", *shlex.split(demo)[1:], "PYTHON=python3"]
    printed = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    gate = re.sub(r"^PYTHONPATH=src \S+/python -m ", "", printed.splitlines()[-1])
    played = play([f"{gate}\n"], tmp_path)

    assert f"git clone {DOCS}" == clone
    assert f"cd {DOCS.rpartition('/')[2]}" == enter
    assert "koregate demo --scenario failing" == gate
    assert [1] == played.exit_codes, played.log
    assert (tmp_path / "koregate-report" / "report.html").is_file()
    assert "`make demo` tests a bot that passes" in README


def test_the_demo_says_that_it_installs_before_it_does_so(tmp_path: Path) -> None:
    words = ["make", "--dry-run", "demo", f"VENV={tmp_path / 'new'}", "PYTHON=python3"]
    printed = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout

    said, installed = printed.index("Installing what the demo needs"), printed.index(" -m pip install ")
    assert said < installed
    assert "(once)" in printed[said:installed]


def test_the_workflow_gives_the_inputs_that_a_run_needs() -> None:
    assert set(gate()["with"]) <= set(SPECS)
    assert {name for name, spec in SPECS.items() if spec.required} <= set(gate()["with"])


def test_the_gate_has_a_job_of_its_own_that_cannot_be_skipped() -> None:
    (job,) = WORKFLOW["jobs"].values()

    assert {"runs-on", "timeout-minutes", "steps"} == set(job)
    assert [gate()["uses"], UPLOAD] == [step["uses"] for step in job["steps"]]
    assert all("always()" in step["if"] for step in job["steps"][1:])
    assert "pull_request" == WORKFLOW[True]  # YAML 1.1 reads the key `on` as true


def test_runs_of_the_one_bot_wait_for_each_other() -> None:
    assert {"group": "kore-bot", "queue": "max"} == WORKFLOW["concurrency"]


def test_the_job_has_time_for_the_longest_run() -> None:
    timeout = SPECS["timeout"].default or ""
    minutes, unit = timeout[:-1], timeout[-1:]

    assert "m" == unit
    limit = WORKFLOW["jobs"]["bot"]["timeout-minutes"]
    at_once = int(SPECS["max-parallel"].default or "")
    # The formula of docs/ci/README.md: with one suite more, there is another round.
    assert int(minutes) + 5 < limit <= 2 * int(minutes) + 5
    assert (4, 60) == (at_once, limit)
    assert "timeout-minutes: 60 # more with five suites, retries or a longer timeout" in README
    advice = f"up to four suites and the defaults, the limit must be more than {int(minutes) + 5} minutes"
    assert advice in " ".join(INPUTS.split())


def test_the_tour_on_a_laptop_begins_with_the_code_and_a_pass(tmp_path: Path) -> None:
    (block,) = scripts(LAPTOP)
    clone, enter, install, demo = block.splitlines()
    played = play([f"{demo}\n"], tmp_path)

    assert (f"git clone {DOCS}", f"cd {DOCS.rpartition('/')[2]}", "pipx install .") == (clone, enter, install)
    assert [0] == played.exit_codes, played.log
    assert "Running 2 test suites" in played.log
    assert "two test suites that pass, and ends with exit code 0" in LAPTOP
    assert "pip install .` in place of the third line." in LAPTOP


def laptop_rows(heading: str) -> list[tuple[str, str]]:
    """The commands below a heading of the tour, and what happens."""
    text = LAPTOP.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(koregate [^`]+)`[^|]*\| (.*) \|$", text, re.MULTILINE)


def test_the_laptops_demos_and_offline_commands_end_as_the_table_says(tmp_path: Path) -> None:
    rows = laptop_rows("Without another shell")
    scenarios = (ROOT / "docs" / "scenarios.md").read_text()
    played = play([f"{command}\n" for command, _ in rows], tmp_path)

    assert [re.findall(r"Exit code (\d+)", what) for _, what in rows] == [[str(code)] for code in played.exit_codes]
    retried, passed, failed, diff, _, rebuilt = played.outputs
    assert "2 suites: 1 passed, 1 tolerated." in retried
    assert "2 suites: all passed." in passed
    assert "2 suites: 1 passed, 1 failed." in failed
    assert "Diff: 7 new," in diff
    assert 7 == (tmp_path / "quarantine.toml").read_text().count("[[quarantine]]")
    assert "7 test cases tolerated as quarantined" in rebuilt
    assert f"`{rows[0][0].removesuffix(' --flaky pass')}`" in scenarios


def test_the_laptops_commands_end_as_the_table_says(tmp_path: Path) -> None:
    rows = laptop_rows("With a platform in another shell")
    doctor, run, interrupted, attach, policy = [command for command, _ in rows]
    (tmp_path / "interrupt.py").write_text(INTERRUPT)
    interrupted = f"{sys.executable} interrupt.py {interrupted}"
    pasted = """eval "$(grep -e ' --test-run-ids=' log)\""""

    commands = [f"{command}\n" for command in (doctor, run, interrupted, pasted, policy)]
    played = play(commands, tmp_path, served="known", speed=1)

    assert [[], ["1"], ["130"], ["1"], ["0"]] == [re.findall(r"Exit code (\d+)", what) for _, what in rows]
    assert [0, 1, 130, 1, 0] == played.exit_codes, played.log
    assert "The command that attaches to them:" in played.outputs[2]
    assert re.search(re.escape(attach).replace("…", ".+"), played.outputs[2])
    assert 2 == played.outputs[3].count("Attaching to test run")
    assert "`koregate simulate --scenario known`" in LAPTOP


def test_the_setup_on_a_laptop_checks_the_credentials_and_runs(tmp_path: Path) -> None:
    block, secret = scripts(section("Set up in ten minutes"))
    with Simulator(load_scenario("passing")) as simulator:
        for sample, value in {
            "https://platform.kore.ai": simulator.url,
            "st-12345678-90ab-5cde-8f01-234567890abc": simulator.stream_id,
            "cs-12345678-90ab-5cde-8f01-234567890abc": simulator.client_id,
            "bot-ci@example.com": simulator.user_email,
        }.items():
            assert sample in block
            block = block.replace(sample, value)
        commands = ["koregate doctor\n", "koregate run\n"]
        played = play([block, secret, *commands], tmp_path, shell="bash", typed=f"{simulator.client_secret}\n")

    # A shell holds a pasted block until Enter: a secret that is pasted after it would be on the screen.
    assert "read" not in block
    assert ["read -rs KOREGATE_CLIENT_SECRET && export KOREGATE_CLIENT_SECRET"] == secret.splitlines()
    assert "run this line by itself" in section("Set up in ten minutes")
    assert all(f"`{command.strip()}`" in section("Set up in ten minutes") for command in commands)
    assert [0, 0, 0, 0] == played.exit_codes, played.log
    assert "Doctor: 13 of 13 checks ok (exit code 0). Nothing was started. Next: koregate run." in played.log
    assert "Verdict: passed (exit code 0)" in played.log


def test_conditions_name_outputs_that_exist_and_compare_them() -> None:
    outputs = yaml.safe_load((ROOT / "action.yml").read_text())["outputs"]
    conditions = re.findall(r"\bif: .*steps\.gate\.outputs\.([\w-]+) (\S+)", README + INPUTS)
    values = re.findall(r"\{\{ steps\.gate\.outputs\.([\w-]+) \}\}", INPUTS)

    assert 2 == len(conditions)
    assert all(name in outputs and operator in ("==", "!=") for name, operator in conditions)
    assert set(values) == {name for name, _ in conditions}


def test_every_way_to_install_it_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    actions = re.findall(r"uses: koregate/koregate(/\w+|)@v0", section("Install"))

    assert ["", "/composite"] == actions
    assert all((ROOT / name.removeprefix("/") / "action.yml").is_file() for name in actions)
    assert ["koregate"] == list(project["scripts"])
    assert {"pip install koregate", "pipx run koregate", "uvx koregate"} <= set(
        re.findall(r"`([^`]+)`", section("Install"))
    )


def test_the_messages_that_are_explained_are_those_of_the_code() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    scenarios = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.json"))
    # A message may be broken into adjacent literals.
    source = re.sub(r'"\s*\n\s*f?"', "", source)
    messages = re.findall(r"^\| `([^`]+)`", TROUBLESHOOTING, re.MULTILINE)

    assert 22 == len(messages)
    assert [] == [message for message in messages if message not in source and message not in scenarios]


def test_its_policy_uses_inputs_and_values_that_exist() -> None:
    named = dict(re.findall(r"`([a-z][\w-]+): ([^`]+)`", section("Failures that need not block")))

    assert set(named) <= set(SPECS)
    assert f"at most {MAX_DAYS} days" in section("Failures that need not block")


def test_the_sample_of_the_reusable_workflow_gives_what_it_declares() -> None:
    page = (ROOT / "docs" / "many-suites.md").read_text()
    (sample,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (call,) = yaml.safe_load(sample)["jobs"].values()
    declared = yaml.safe_load((ROOT / ".github" / "workflows" / "conversation-tests.yml").read_text())[True]

    for kind, given in (("inputs", call["with"]), ("secrets", call["secrets"])):
        items = declared["workflow_call"][kind]
        assert {name for name, item in items.items() if item.get("required")} <= set(given) <= set(items)
    assert all(isinstance(suites, str) for suites in json.loads(call["with"]["shards"]))
    assert {"uses", "permissions", "with", "secrets"} == set(call)


def test_the_page_of_the_reusable_workflow_lists_the_inputs_that_differ_from_the_actions() -> None:
    page = " ".join((ROOT / "docs" / "many-suites.md").read_text().split())
    declared = yaml.safe_load((ROOT / ".github" / "workflows" / "conversation-tests.yml").read_text())[True]
    inputs, secrets = (set(declared["workflow_call"][kind]) for kind in ("inputs", "secrets"))
    action = set(yaml.safe_load((ROOT / "action.yml").read_text())["inputs"])
    missing, own = re.findall(r"the inputs of the action except ([^.]+)\..* Its own inputs are ([^.]+)\.", page)[0]

    assert action - inputs - secrets == set(re.findall(r"`([\w-]+)`", missing))
    assert inputs - action == set(re.findall(r"`([\w-]+)`", own))
    rows = re.findall(r"\| `([\w-]+)` \| (?:`([^`]+)` )?\| ([^|]+) \|", page)
    assert [
        (name, str(item["default"]), item["description"])
        for name, item in declared["workflow_call"]["inputs"].items()
        if name in inputs - action
    ] == [(name, default, meaning.replace("`", "")) for name, default, meaning in rows]
