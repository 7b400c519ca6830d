"""Which CI system is this? One adapter each, all with the same verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koregate.ci.github import GitHub
from koregate.ci.plain import Plain
from koregate.ci.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO


def detect(environ: Mapping[str, str], stream: TextIO) -> Plain:
    """The adapter for the CI system whose environment this is; a plain one where it is none we know."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return GitHub(environ, stream)
    # TERM=dumb: a terminal without escape sequences (terminfo).
    fit = stream.isatty() and "CI" not in environ and environ.get("TERM", "dumb") != "dumb"
    return (Terminal if fit else Plain)(environ, stream)
