"""The texts of the help: layout, examples, exit codes and environment."""

import argparse
import shutil
import textwrap
from collections.abc import Mapping

DOCS = "https://github.com/koregate/koregate"
_PAGES = {"simulate": "scenarios", "demo": "scenarios", "diff": "policy", "quarantine": "policy"}
_MAX_WIDTH = 100
_MIN_WIDTH = 60
_MARGIN = 2
_INDENT = 2
_TEXT_COLUMN = 28

_RUN = """koregate run --host https://platform.kore.ai --stream-id st-1234 \\
      --test-suites "Order a pizza" --test-suites Refunds"""
EXAMPLES = {
    "": ("koregate demo --scenario failing", "koregate run --help"),
    "run": (_RUN, "koregate run --timeout 1h --fail-on error"),
    "report": ("koregate report koregate-report/raw", "koregate report saved-status.json --report-dir rebuilt"),
    "merge": ("koregate merge shard-1/report.json shard-2/report.json --expect-suites Refunds",),
    "diff": ("koregate diff main/report.json koregate-report/report.json",),
    "quarantine": ("koregate quarantine koregate-report/report.json --owner ann --until 2026-12-24",),
    "doctor": ("koregate doctor", "koregate doctor --json"),
    "shape": ("koregate shape koregate-report/raw",),
    "simulate": ("koregate simulate --scenario failing", "koregate simulate --scenario mine.json --port 0"),
    "demo": ("koregate demo", "koregate demo --scenario failing --report-dir demo-report"),
    "help": ("koregate help run",),
}
EXIT_CODES = {
    "0": "passed, tolerated or skipped",
    "1": "failed",
    "2": "invalid inputs or command line; nothing was sent",
    "3": "credentials or scope rejected",
    "4": "no usable verdict from the platform",
    "5": "timeout",
    "129, 130, 143": "canceled by SIGHUP, SIGINT or SIGTERM",
}
DIFF_EXIT_CODES = {
    "0": "nothing is new",
    "1": "something is new",
    "2": "a file or a command line that cannot be used",
    "4": "NEW has no verdict on failures, lacks a test suite of OLD, or one of them contradicts itself",
}
_ENVIRONMENT = (
    "Every option is also a variable: --test-suites is KOREGATE_TEST_SUITES, with one name per line. Options win over "
    "variables. HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE and SSL_CERT_FILE are honored."
)


class Help(argparse.RawDescriptionHelpFormatter):
    """Help for 80 columns or more. It never breaks an option's name at a hyphen."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=_TEXT_COLUMN, width=_width())

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _wrapped(text, width)


def overview(commands: Mapping[str, str]) -> str:
    """The help of koregate itself, with one line for each command."""
    options = {"-h, --help": "show this help", "-V, --version": "show the versions of koregate and Python"}
    parts = [
        "usage: koregate [COMMAND] [OPTIONS]",
        "The merge gate for Kore.ai conversation test suites.",
        rows("Commands", commands),
        rows("Options", options),
        epilog(""),
    ]
    return "\n\n".join(parts)


def epilog(command: str) -> str:
    """The text below the options of a command, or of koregate itself."""
    parts = []
    if examples := EXAMPLES.get(command):
        parts.append("\n".join(["Examples:", *(f"  {example}" for example in examples)]))
    if command in ("", "run", "report", "merge", "doctor", "demo"):
        parts.append(rows("Exit codes", EXIT_CODES))
    if command == "diff":
        parts.append(rows("Exit codes", DIFF_EXIT_CODES))
    if command in ("", "run", "doctor"):
        parts.append(f"Environment:\n{textwrap.indent(paragraph(_ENVIRONMENT), '  ')}")
    page = _PAGES.get(command)
    return "\n\n".join([*parts, f"Documentation: {DOCS}{f'/blob/HEAD/docs/{page}.md' if page else ''}"])


def paragraph(text: str) -> str:
    """The text wrapped to the width."""
    return "\n".join(_wrapped(text, _width() - _INDENT))


def rows(title: str, texts: Mapping[str, str]) -> str:
    """A title with a text for each name, in two columns."""
    column = max(map(len, texts)) + 4
    lines = [f"{title}:"]
    for name, text in texts.items():
        first, *others = _wrapped(text, _width() - column)
        lines += [f"  {name}".ljust(column) + first, *(" " * column + line for line in others)]
    return "\n".join(lines)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


def _width() -> int:
    return max(min(shutil.get_terminal_size().columns, _MAX_WIDTH), _MIN_WIDTH) - _MARGIN
