"""The Markdown of a job summary for `koregate doctor`: the checks as a table."""

from collections.abc import Sequence

from koregate.checks import Check, CheckResult
from koregate.reports.markdown import markdown
from koregate.text import shorten

_SIGNS = {CheckResult.OK: "✅", CheckResult.WARN: "⚠️", CheckResult.FAIL: "❌"}
_MAX_TEXT = 1000


def render(line: str, checks: Sequence[Check]) -> str:
    """The conclusion, its first sentence as the title, and a row for each check."""
    rows = [
        f"| {_SIGNS[check.result]} {check.result} | {markdown(check.name)} "
        f"| {markdown(shorten(check.message, _MAX_TEXT))} |"
        for check in checks
    ]
    title, _, then = line.partition(". ")
    return "\n".join(
        [f"## {markdown(title)}\n", f"{markdown(then)}\n", "| Result | Check | Details |", "|---|---|---|", *rows, ""]
    )
