"""The Makefile installs what the lock files name, with the pip that Python brings along, from a folder of wheels."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.wheels import pinned, wheel

MAKEFILE = Path(__file__).parents[2] / "Makefile"
# The one beneath this virtual environment, as on a fresh machine: its venv gets the pip that it was released with.
PYTHON = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
PRINT_VERSIONS = "from importlib.metadata import version; print(version('gauge'), version('plugin'))"


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("target", [".venv/runtime", ".venv/tests"])
def test_a_locked_version_is_installed_although_a_dependency_with_an_extra_has_a_newer_one(
    tmp_path: Path, target: str
) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    gauge = wheel(wheels, "gauge", "1.0", "Provides-Extra: toml")
    wheel(wheels, "gauge", "1.1", "Provides-Extra: toml")
    plugin = wheel(wheels, "plugin", "1.0", "Requires-Dist: gauge[toml]>=1.0")
    (tmp_path / "tests").mkdir()
    for lock in ("requirements.lock", "tests/requirements.lock"):
        (tmp_path / lock).write_text(pinned("gauge", gauge) + pinned("plugin", plugin))
    # Nothing else from around: no settings of pip's, and no flags of a `make test` that runs this.
    environ = {
        "PATH": os.environ["PATH"],
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": wheels.as_uri(),
    }
    command = ["make", "-f", str(MAKEFILE), f"PYTHON={PYTHON}", "VENV=.venv", target]

    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr
    installed = [str(tmp_path / ".venv" / "bin" / "python"), "-c", PRINT_VERSIONS]
    assert "1.0 1.0\n" == subprocess.run(installed, env=environ, capture_output=True, text=True, check=True).stdout
