"""The action for runners without Docker: declared like the container action, and its step played as the runner does."""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.wheels import pinned, wheel

from koregate.inputs import action_inputs

ROOT = Path(__file__).parents[2]
CONTAINER = yaml.safe_load((ROOT / "action.yml").read_text())
COMPOSITE = yaml.safe_load((ROOT / "composite" / "action.yml").read_text())
(STEP,) = COMPOSITE["runs"]["steps"]
BASH = shutil.which("bash") or "bash"
spec = importlib.util.spec_from_file_location("launch", ROOT / "composite" / "launch.py")
assert spec is not None
assert spec.loader is not None
launch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(launch)
SUITES = 'Order "a" $pizza\n`date` $(id) \\ ${{ secrets }} ünï'

# In place of koregate: tells how it was started.
STANDIN = """import gauge, json, os, sys
from importlib.metadata import version
given = {name: value for name, value in os.environ.items() if name.startswith("INPUT_")}
flags = [sys.flags.isolated, sys.flags.dont_write_bytecode, sys.flags.utf8_mode, sys.stdout.write_through]
told = {"argv": sys.argv[1:], "given": given, "flags": flags, "path": sys.path, "gauge": version("gauge")}
print("TOLD", json.dumps({**told, "prefix": sys.prefix, "home": __file__}))
sys.exit(7)
"""


def test_it_declares_the_inputs_of_the_container_action() -> None:
    assert CONTAINER["inputs"] == COMPOSITE["inputs"]


def test_it_hands_on_every_output_of_the_container_action() -> None:
    expected = {
        name: {**output, "value": f"${{{{ steps.{STEP['id']}.outputs.{name} }}}}"}
        for name, output in CONTAINER["outputs"].items()
    }

    assert expected == COMPOSITE["outputs"]


def test_every_input_is_in_the_variable_that_the_runner_would_set_for_a_container() -> None:
    assert {spec.runner_variable: f"${{{{ inputs.{spec.name} }}}}" for spec in action_inputs()} == STEP["env"]


def test_it_uses_no_other_action_and_no_expression_is_part_of_its_script() -> None:
    assert "uses" not in STEP
    assert "${{" not in STEP["run"] + STEP["shell"]


def play(folder: Path, action: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Play the step as the runner does, in a workspace with modules that Python would import."""
    (workspace := folder / "workspace").mkdir(exist_ok=True)
    for name in ("gauge.py", "json.py", "pip.py", "venv.py", "koregate.py", "sitecustomize.py"):
        (workspace / name).write_text("raise SystemExit('a module of the workspace was imported')\n")
    (temp := folder / "temp").mkdir(exist_ok=True)
    (script := temp / "script.sh").write_text(STEP["run"])
    known = {
        "PATH": os.environ["PATH"],
        "PIP_CONFIG_FILE": os.devnull,
        "RUNNER_TEMP": str(temp),
        "RUNNER_TOOL_CACHE": str(folder / "tools"),
        "GITHUB_ACTION_PATH": str(action),
        "GITHUB_OUTPUT": str(folder / "output"),
    }
    _, *options = shlex.split(STEP["shell"].replace("{0}", str(script)))
    return subprocess.run(
        [BASH, *options], cwd=workspace, env=known | environ, capture_output=True, text=True, check=False
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the real action, and one dependency that is a wheel in a folder."""
    (root := tmp_path / "checkout").mkdir()
    shutil.copytree(ROOT / "composite", root / "composite")
    (package := root / "src" / "koregate").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(STANDIN)
    (wheels := tmp_path / "wheels").mkdir()
    (root / "requirements.lock").write_text(pinned("gauge", wheel(wheels, "gauge", "1.0")))
    wheel(wheels, "gauge", "1.1")
    wheel(wheels, "intruder", "1.0")
    return root


def played(checkout: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Play the step with an index that is the folder of wheels, by the Python of this test."""
    (programs := checkout.parent / "bin").mkdir()
    (programs / "python3").symlink_to(sys.executable)
    around = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (checkout.parent / "wheels").as_uri()}
    return play(checkout.parent, checkout / "composite", PATH=f"{programs}:{os.environ['PATH']}", **around, **environ)


def test_it_starts_the_source_of_its_checkout_isolated_with_the_locked_dependencies(checkout: Path) -> None:
    lines = {"INPUT_TEST-SUITES": SUITES, "INPUT_CLIENT-SECRET": "secret"}
    (checkout.parent / "more.txt").write_text("intruder\n")
    astray = {"PIP_REQUIREMENT": str(checkout.parent / "more.txt"), "PIP_TARGET": str(checkout.parent / "astray")}

    done = played(checkout, PYTHONPATH=".", **lines, **astray)

    assert (7, "") == (done.returncode, done.stderr), done.stdout
    (line,) = done.stdout.splitlines()
    told: dict[str, Any] = json.loads(line.removeprefix("TOLD "))
    assert {"argv": [], "given": lines, "flags": [1, 1, 1, True], "gauge": "1.0"}.items() <= told.items()
    assert str(checkout / "src" / "koregate" / "__main__.py") == told["home"]
    assert Path(told["prefix"]).parent == checkout.parent / "temp"
    assert not [path for path in told["path"] if Path(path).is_relative_to(checkout.parent / "workspace")]
    assert not list(Path(told["prefix"]).glob("lib/python3*/site-packages/intruder*"))
    assert not (checkout.parent / "astray").exists()
    assert not list(checkout.rglob("__pycache__"))


def test_a_dependency_whose_hash_is_another_is_not_installed_and_the_step_says_so(checkout: Path) -> None:
    lock = checkout / "requirements.lock"
    lock.write_text(re.sub(r"sha256:\w{8}", "sha256:00000000", lock.read_text()))

    done = played(checkout)

    assert 4 == done.returncode
    assert "::error title=koregate::koregate's dependencies cannot be installed (exit code 1). Check" in done.stdout
    assert "verdict=error\nexit-code=4\n" == (checkout.parent / "output").read_text()


def test_a_dependency_that_would_have_to_be_built_is_not_installed(tmp_path: Path) -> None:
    (source := tmp_path / "gauge-1.0.tar.gz").write_bytes(b"would run setup.py")
    (tmp_path / "lock").write_text(pinned("gauge", source))
    options = [*launch.PIP_OPTIONS, "--no-index", f"--find-links={tmp_path}", f"--target={tmp_path / 'site'}"]

    command = [sys.executable, "-I", "-m", "pip", "install", *options, "-r", str(tmp_path / "lock")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 1 == done.returncode
    assert "No matching distribution found for gauge==1.0" in done.stderr


def python_standin(path: Path, *, usable: bool = True) -> None:
    """A program that says whether it is a Python that can be used, and else how it was called."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n[ "$2" = -c ] && exit {0 if usable else 1}\necho "{path} $*"\n')
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("usable", "chosen"),
    [
        (["bin/python3", "bin/python3.13"], "bin/python3"),
        (["bin/python3.11", "bin/python3.13"], "bin/python3.13"),
        (["tools/Python/3.12.1/x64/bin/python3"], "tools/Python/3.12.1/x64/bin/python3"),
    ],
)
def test_it_takes_the_first_python_that_can_be_used(tmp_path: Path, usable: list[str], chosen: str) -> None:
    python_standin(tmp_path / "bin" / "python3", usable=False)
    for name in usable:
        python_standin(tmp_path / name)

    done = play(tmp_path, tmp_path / "action", PATH=str(tmp_path / "bin"))

    assert (0, f"{tmp_path / chosen} -I {tmp_path / 'action'}/launch.py\n") == (done.returncode, done.stdout)


def test_without_a_python_that_can_be_used_it_says_what_to_do(tmp_path: Path) -> None:
    python_standin(tmp_path / "bin" / "python3", usable=False)

    done = play(tmp_path, tmp_path / "action", PATH=str(tmp_path / "bin"))

    assert (4, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("::error title=koregate::This runner has no Python 3.11 or newer with venv. Run ")
    assert "verdict=error\nexit-code=4\n" == (tmp_path / "output").read_text()


def test_no_variable_replaces_what_the_script_calls(tmp_path: Path) -> None:
    python_standin(tmp_path / "bin" / "python3")
    (tmp_path / "env.sh").write_text("echo replaced; exit 0\n")
    functions = {f"BASH_FUNC_{name}%%": "() { echo replaced; exit 0; }" for name in ("shopt", "exec", "python3")}

    done = play(
        tmp_path, tmp_path / "action", PATH=str(tmp_path / "bin"), BASH_ENV=str(tmp_path / "env.sh"), **functions
    )

    assert f"{tmp_path}/bin/python3 -I {tmp_path}/action/launch.py\n" == done.stdout
