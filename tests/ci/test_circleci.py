"""CircleCI: the file that it sources before each step."""

import subprocess
from pathlib import Path

from support.publishing import LINES, OUTPUTS, new_adapter, publication

from koregate.ci import dotenv
from koregate.ci.circleci import CircleCI


def test_later_steps_have_the_job_outputs_in_their_environment(tmp_path: Path) -> None:
    shared = tmp_path / "bash.env"
    shared.write_text("export EARLIER=kept\n")
    adapter, stream = new_adapter(CircleCI, {"BASH_ENV": str(shared)})

    adapter.publish(publication(tmp_path))

    # Bash sources the file that BASH_ENV names by itself.
    step = subprocess.run(
        ["bash", "-c", "env -0"],
        env={"BASH_ENV": str(shared), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    environ = dict(line.split("=", 1) for line in step.stdout.decode().split("\0") if line)
    expected = {"EARLIER": "kept", **dotenv.variables(OUTPUTS)}
    assert expected == {name: value for name, value in environ.items() if name == "EARLIER" or "KOREGATE" in name}
    assert LINES == (tmp_path / "outputs.env").read_text()
    assert "" == stream.getvalue()


def test_a_file_that_cannot_be_written_is_named_and_harms_nothing(tmp_path: Path) -> None:
    adapter, stream = new_adapter(CircleCI, {"BASH_ENV": str(tmp_path / "missing" / "bash.env")})

    adapter.publish(publication(tmp_path))

    assert "Warning: cannot write to the file that BASH_ENV names: No such file or directory.\n" == stream.getvalue()
    assert (tmp_path / "outputs.env").exists()
