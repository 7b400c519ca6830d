"""Bitbucket: the file of variables that steps share."""

from pathlib import Path

from support.publishing import LINES, OUTPUTS, new_adapter, publication

from koregate.ci import dotenv
from koregate.ci.bitbucket import Bitbucket


def test_job_outputs_are_added_to_the_shared_variables(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.write_text("EARLIER=kept\n")
    adapter, stream = new_adapter(Bitbucket, {"BITBUCKET_PIPELINES_VARIABLES_PATH": str(shared)})

    adapter.publish(publication(tmp_path))

    assert f"EARLIER=kept\n{dotenv.lines(dotenv.variables(OUTPUTS))}" == shared.read_text()
    assert "KOREGATE_CTRF_PATH=koregate-report/ctrf-report.json\n" in shared.read_text()
    assert LINES == (tmp_path / "outputs.env").read_text()
    assert "" == stream.getvalue()
