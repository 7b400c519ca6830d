"""Jenkins: outputs.env as readProperties reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import javaproperties
from support.publishing import OUTPUTS, made, publication

from koregate.ci import dotenv
from koregate.ci.jenkins import Jenkins

if TYPE_CHECKING:
    from pathlib import Path


def test_job_outputs_are_properties(tmp_path: Path) -> None:
    adapter, stream = made(Jenkins)

    adapter.publish(publication(tmp_path))

    with (tmp_path / "outputs.env").open("rb") as file:
        assert dotenv.variables(OUTPUTS) == javaproperties.load(file)
    assert "" == stream.getvalue()
