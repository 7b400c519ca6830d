"""Jenkins: outputs.env as readProperties reads it."""

from pathlib import Path

import javaproperties
from support.publishing import OUTPUTS, new_adapter, publication

from koregate.ci import dotenv
from koregate.ci.jenkins import Jenkins


def test_job_outputs_are_properties(tmp_path: Path) -> None:
    adapter, stream = new_adapter(Jenkins)

    adapter.publish(publication(tmp_path))

    with (tmp_path / "outputs.env").open("rb") as file:
        assert dotenv.file_variables(OUTPUTS) == javaproperties.load(file)
    assert "" == stream.getvalue()
