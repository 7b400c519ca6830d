"""The container action: its launcher, played as the runner and the Kubernetes hooks start it, without a container."""

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
RUNS = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]
HOSTILE = "raise SystemExit('a module of the workspace was imported')\n"


def test_action_yml_names_the_entrypoint_that_the_image_has() -> None:
    (entrypoint,) = re.findall(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)
    (copied,) = re.findall(r"^COPY --from=build /build/koregate (.+)$", DOCKERFILE, re.MULTILINE)

    assert [RUNS["entrypoint"]] == json.loads(entrypoint) == [copied]
    assert "args" not in RUNS


def test_the_entrypoint_is_one_word_since_kubernetes_hooks_do_not_quote_it() -> None:
    assert re.fullmatch(r"(/[a-z]+)+", RUNS["entrypoint"])


def test_the_build_checks_every_tool_that_kubernetes_hooks_call() -> None:
    (tools,) = re.findall(r"^RUN for tool in (.+?);", DOCKERFILE, re.MULTILINE)

    assert {"sh", "tail", "env", "mv", "rm", "cp", "chmod", "tar", "find"} == set(tools.split())


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """The launcher that the Dockerfile writes, for a virtual environment that finds koregate as the image's does."""
    (text,) = re.findall(r"printf '(.+?)' > /build/koregate", DOCKERFILE)
    home = tmp_path / "opt"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(home)], check=True)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "image.pth").write_text(f"{ROOT / 'src'}\n{sysconfig.get_path('purelib')}\n")
    path = tmp_path / "koregate"
    path.write_text(text.replace("\\n", "\n").replace("/opt/koregate/", f"{home}/"))
    path.chmod(0o755)
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace in which a pull request has put modules that Python would import."""
    (folder := tmp_path / "workspace").mkdir()
    for name in ("requests.py", "sitecustomize.py", "usercustomize.py", "koregate.py", "json.py"):
        (folder / name).write_text(HOSTILE)
    return folder


def double_quoted(text: str) -> str:
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'


def start(launcher: Path, workspace: Path, variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Start the launcher as the hooks do (actions/runner-container-hooks, packages/k8s/src/k8s/utils.ts)."""
    words = " ".join(double_quoted(f"{name}={value}") for name, value in variables.items())
    script = f"cd {workspace} && exec env {words} {launcher}"
    return subprocess.run(
        ["sh", "-e", "-c", script],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def test_hyphenated_inputs_and_inputs_of_many_lines_arrive_through_env(launcher: Path, workspace: Path) -> None:
    suites = 'Order "a" $pizza\n`date` \\ two'
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(workspace),
        "INPUT_HOST": "http://127.0.0.1:9",
        "INPUT_STREAM-ID": "st-simulator",
        "INPUT_TEST-SUITES": suites,
        "INPUT_TEST-RUN-IDS": "ctr-1",
        "INPUT_JWT": "a.b.c",
    }

    done = start(launcher, workspace, variables)

    assert (2, "") == (done.returncode, done.stderr)
    refusals = [line for line in done.stdout.splitlines() if line.startswith("  test-")]
    assert ["  test-run-ids: 1 run id for 2 test suites. Give one run id per suite, in their order."] == refusals


@pytest.mark.parametrize("variable", ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONINSPECT"])
def test_nothing_of_the_workspace_and_no_variable_of_pythons_changes_what_runs(
    launcher: Path, workspace: Path, variable: str
) -> None:
    done = start(launcher, workspace, {variable: str(workspace), "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "."})

    assert (2, "") == (done.returncode, done.stderr)
    assert "a module of the workspace" not in done.stdout


@pytest.mark.parametrize("variable", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
@pytest.mark.parametrize("place", ["missing/file", "folder"])
def test_a_file_of_the_runner_that_cannot_be_written_is_a_warning(
    launcher: Path, workspace: Path, variable: str, place: str
) -> None:
    (workspace / "folder").mkdir()
    usable = {"GITHUB_OUTPUT": str(workspace / "output"), "GITHUB_STEP_SUMMARY": str(workspace / "summary")}
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(workspace), **usable, variable: f"/nowhere/{place}"}
    if place == "folder":
        variables[variable] = str(workspace / "folder")

    done = start(launcher, workspace, variables)

    assert (2, "") == (done.returncode, done.stderr)
    assert f"::warning title=koregate::cannot write to the file that {variable} names: " in done.stdout
    assert "Verdict: error" in done.stdout
    other = next(path for name, path in usable.items() if name != variable)
    assert Path(other).stat().st_size
    assert (workspace / "koregate-report" / "junit.xml").is_file()
