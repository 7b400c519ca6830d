"""The wheel holds what a run needs and nothing else, and works without the sources."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_every_module_and_every_file_beside_them(wheel: Path) -> None:
    sources = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src" / "koregate").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    names = set(zipfile.ZipFile(wheel).namelist())

    assert sources == {name for name in names if ".dist-info/" not in name}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_runs_without_the_sources(wheel: Path, tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(wheel)}
    command = [sys.executable, "-m", "koregate", "demo", "--scenario", "credentials"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)

    assert (3, "") == (done.returncode, done.stderr)
    assert (tmp_path / "koregate-report" / "report.html").is_file()
