"""The Markdown of a job summary for `koregate doctor`: the checks as a table."""

from collections.abc import Sequence

from koregate.checks import Check, CheckResult
from koregate.reports.markdown import markdown
from koregate.text import shorten

_SIGNS = {CheckResult.OK: "✅", CheckResult.WARN: "⚠️", CheckResult.FAIL: "❌"}
_MAX_TEXT = 1000


def render(line: str, checks: Sequence[Check]) -> str:
    """The conclusion, and a row for each check."""
    rows = [
        f"| {_SIGNS[result]} {result} | {markdown(name)} | {markdown(shorten(message, _MAX_TEXT))} |"
        for name, result, message, _ in checks
    ]
    return "\n".join([f"## {markdown(line)}\n", "| Result | Check | Details |", "|---|---|---|", *rows, ""])
