"""Inputs that can be used, with changes."""

from collections.abc import Iterable
from pathlib import PurePosixPath

import pytest

from koregate.errors import InvalidInputs, Problem
from koregate.inputs import Inputs, read_inputs

WORKSPACE = PurePosixPath("/ws")
GIVEN = {
    "host": "platform.kore.ai",
    "stream-id": "st-1",
    "test-suites": "Pizza",
    "client-id": "cs-1",
    "client-secret": "made-up-secret",
    "user-email": "dev@example.com",
}


def inputs(**changes: str) -> Inputs:
    """The inputs with changes by name; an empty value removes an input."""
    given = {**GIVEN, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return read_inputs(Inputs, given, {}, WORKSPACE)


def problems(**changes: str) -> list[Problem]:
    """Every problem with the inputs after these changes."""
    with pytest.raises(InvalidInputs) as caught:
        inputs(**changes)
    return list(caught.value.problems)


def names(problems: Iterable[Problem]) -> list[str]:
    """The inputs that the problems name, in their order."""
    return [problem.name for problem in problems]
