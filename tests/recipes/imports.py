"""Plays the workflow that imports the branch first, with an import that fails: the gate fails and tests nothing."""

from collections.abc import Iterator
from pathlib import Path

from recipes.github import Workflows
from recipes.pages import github_workflows
from recipes.platforms import platform

NAME = "docs/ci/github.md, Import the branch, then test it"


def problems(workflows: Workflows, log: Path) -> Iterator[str]:
    """What is not as it should be, although every suite would pass."""
    (block,) = [block for block in github_workflows() if block.name == NAME]
    workflows.commit({"import-bot": "#!/bin/sh\necho The import failed.\nexit 1\n"})
    with platform(fails=False) as on:
        played = workflows.play(block.text, on)
        asked = bool(on.simulator.requests)
    played.write("a failed import", log)
    if played.passed.get("bot", True):
        yield f"exit code {played.code}, jobs {played.passed}"
    if asked:
        yield "a request came to the platform"
    if "The job import ended as failure" not in played.log:
        yield "the log does not say how the import ended"
