"""GitHub Actions: workflow commands and environment files. The only module that writes `::`."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from koregate.ci.plain import Plain
from koregate.errors import Verdict
from koregate.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from koregate.results import Report

# actions/toolkit, packages/core/src/command.ts: what data and properties escape.
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def command(name: str, data: str, **properties: str) -> str:
    """A workflow command that ends where it should, whatever is in its parts."""
    given = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{name}{' ' if given else ''}{given}::{data.translate(_DATA)}"


def heredoc(name: str, value: str) -> str:
    """An entry of an environment file (actions/toolkit, packages/core/src/file-command.ts)."""
    delimiter = f"koregate_{secrets.token_hex(16)}"
    while delimiter in value or delimiter in name:
        delimiter = f"koregate_{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


class GitHub(Plain):
    """A step of a GitHub workflow."""

    name = "github"

    def mask(self, secrets: Iterable[str]) -> None:
        """Register each line of each secret with the runner, which stars it out in the log."""
        for secret in secrets:
            for line in secret.splitlines():
                if line.strip():
                    self._print(command("add-mask", line))

    def publish(self, report: Report, outputs: Mapping[str, str], line: str) -> None:
        """Write the job outputs, and the verdict as an annotation where it is no pass."""
        self._append("GITHUB_OUTPUT", "".join(heredoc(name, value) for name, value in outputs.items()))
        if report.verdict is not Verdict.PASSED:
            self._print(command("error", one_line(line), title="koregate"))

    def _append(self, variable: str, text: str) -> None:
        """Append to the file that the variable names: other steps' entries stay."""
        path = self.environ.get(variable)
        if not path:
            return
        try:
            with Path(path).open("ab") as file:
                file.write(text.encode("utf-8", "backslashreplace"))
        except OSError as problem:
            self.say(f"Cannot write to the file that {variable} names: {problem.strerror}.")
