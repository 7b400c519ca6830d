"""Inputs that can be used, with changes."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from koregate.errors import InputsRefused, Problem
from koregate.inputs.model import Inputs

WORKSPACE = PurePosixPath("/ws")
GIVEN = {
    "host": "platform.kore.ai",
    "stream-id": "st-1",
    "test-suites": "Pizza",
    "client-id": "cs-1",
    "client-secret": "made-up-secret",
    "user-email": "dev@example.com",
}


def gather(**changes: str) -> Inputs:
    """The inputs with changes by name; an empty one takes an input away."""
    given = {**GIVEN, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return Inputs.gather(given, {}, WORKSPACE)


def problems(**changes: str) -> list[Problem]:
    with pytest.raises(InputsRefused) as refused:
        gather(**changes)
    return list(refused.value.problems)


def names(found: list[Problem]) -> list[str]:
    return [problem.name for problem in found]
