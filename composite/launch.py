"""Starts koregate on a runner without Docker, from the source of this checkout.

Its dependencies go into a new virtual environment outside the workspace. Python is isolated (`-I`), as in the image: no
file of the workspace and no PYTHON* variable is read.
"""

import os
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
# -I alone ignores the variables that say the rest: no bytecode in the checkout, no buffer, UTF-8.
ISOLATED = ("-I", "-B", "-u", "-X", "utf8")
# Nothing is built, and nothing is installed that the lock file does not name with its hash.
PIP_OPTIONS = (
    "--quiet",
    "--disable-pip-version-check",
    "--no-input",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
)
# How to reach the package index. Other variables of pip could add packages, or put them elsewhere.
PIP_VARIABLES = {
    "PIP_CACHE_DIR",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONFIG_FILE",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_RETRIES",
    "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
}
NO_VERDICT = 4


def environment_of_pip(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that pip gets: no input, and so no secret, is among them."""
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith(("INPUT_", "KOREGATE_", "PIP_")) or name in PIP_VARIABLES
    }


def install(home: Path, environ: Mapping[str, str]) -> Path:
    """The Python of a new virtual environment with the locked dependencies and the source.

    Raises CalledProcessError or OSError.
    """
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    command = [str(python), "-I", "-m", "pip", "install", *PIP_OPTIONS, "-r", str(ROOT / "requirements.lock")]
    subprocess.run(command, cwd=home, env=environment_of_pip(environ), check=True)
    (site,) = home.glob("lib/python3*/site-packages")
    (site / "koregate.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    return python


def give_up(problem: str, environ: Mapping[str, str]) -> NoReturn:
    """End the step as an error that proves nothing."""
    print(f"::error title=koregate::{problem}", flush=True)
    if output := environ.get("GITHUB_OUTPUT"):
        with Path(output).open("a", encoding="utf-8") as file:
            file.write(f"verdict=error\nexit-code={NO_VERDICT}\n")
    sys.exit(NO_VERDICT)


def main(environ: Mapping[str, str]) -> NoReturn:
    """Install koregate's dependencies, and become koregate."""
    # No traceback if the job is cancelled here: nothing was started yet.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        python = install(Path(tempfile.mkdtemp(prefix="koregate-", dir=environ.get("RUNNER_TEMP"))), environ)
    except subprocess.CalledProcessError as problem:
        advice = "Check that the runner reaches the package index, or name a mirror in PIP_INDEX_URL."
        give_up(f"koregate's dependencies cannot be installed (exit code {problem.returncode}). {advice}", environ)
    except OSError as problem:
        give_up(f"No virtual environment can be made: {problem.strerror}. Check RUNNER_TEMP and the disk.", environ)
    os.execve(python, [str(python), *ISOLATED, "-m", "koregate"], dict(environ))


if __name__ == "__main__":
    main(os.environ)
