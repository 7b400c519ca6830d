"""The texts of the help: layout, examples, exit codes and environment."""

import argparse
import shutil
import textwrap
from collections.abc import Mapping, Sequence

DOCS = "https://github.com/koregate/koregate"
# The pages on each command, and those that the texts of its options name. Without any, the address of the project.
_PAGES = {
    "run": ("batch", "policy", "retries", "resume", "reports", "history", "comment"),
    "report": ("reports", "policy", "retries"),
    "merge": ("many-suites", "policy", "retries", "history", "comment"),
    "diff": ("policy",),
    "quarantine": ("policy",),
    "doctor": ("doctor",),
    "shape": ("reports",),
    "simulate": ("scenarios",),
    "demo": ("scenarios", "policy", "retries"),
}
_MAX_WIDTH = 100
_MIN_WIDTH = 60
_MARGIN = 2
_INDENT = 2
_TEXT_COLUMN = 28

# Pasted into a shell, they run as they are printed. Names, ids and addresses are the user's to replace.
_CREDENTIALS = (
    "export KOREGATE_CLIENT_ID=cs-1234",
    # A secret in a command would stay in the shell's history, and `read` takes the next line of a pasted block.
    "# Set the client secret by itself: run the next line without its #, paste the secret, and press Enter.",
    "# read -rs KOREGATE_CLIENT_SECRET && export KOREGATE_CLIENT_SECRET",
)
_RUN = """koregate run --host https://platform.kore.ai --stream-id st-1234 \\
      --test-suites "Order a pizza" --test-suites Refunds --user-email ann@example.com"""
_RUN_BATCH = """koregate run --host https://platform.kore.ai --stream-id st-1234 \\
      --test-suites "Order intents" --suite-kind batch"""
_DOCTOR = """koregate doctor --host https://platform.kore.ai --stream-id st-1234 \\
      --test-suites "Order a pizza" --user-email ann@example.com"""
_MERGE = """koregate merge shard-1/report.json shard-2/report.json --report-dir merged \\
      --expect-suites "Order a pizza" --expect-suites Refunds"""
EXAMPLES = {
    "": ("koregate demo --scenario failing", "koregate run --help"),
    "run": (*_CREDENTIALS, _RUN, _RUN_BATCH),
    "report": ("koregate report koregate-report/raw", "koregate report saved-status.json --report-dir rebuilt"),
    "merge": (_MERGE,),
    "diff": ("koregate diff main/report.json koregate-report/report.json",),
    "quarantine": ("koregate quarantine koregate-report/report.json --owner ann --until 30d",),
    "doctor": (*_CREDENTIALS, _DOCTOR),
    "shape": ("koregate shape koregate-report/raw",),
    "simulate": ("koregate simulate --scenario failing", "koregate simulate --scenario mine.json --port 0"),
    "demo": ("koregate demo", "koregate demo --scenario failing --report-dir demo-report"),
    "help": ("koregate help run",),
}
# What a reader may want to do first.
FIRST = {"run": "For a first try without an account: koregate demo."}
# What a reader needs to know before the options, besides the examples.
NOTES = {
    "doctor": (
        (
            "It checks, in this order: the inputs and the files that they name, the report directory, the names of the "
            "test suites and the CI system; then proxy, host name, TLS and the platform's API; then the clock, the "
            "credentials and their scope; last, whether the platform knows the conversation or batch suites, and "
            "whether the app's model is trained."
        ),
        "It takes every option of koregate run, for the connection and for all else: see koregate run --help.",
    )
}
_SIGNALS = {"129, 130, 143": "cancelled, by SIGHUP, SIGINT or SIGTERM"}
_GATE_EXIT_CODES = {
    "0": "passed, tolerated or skipped, or a verdict that --fail-on lets pass",
    "1": "failed",
    "2": "inputs or a command line that cannot be used; no test run was started",
    "3": "credentials or scope rejected",
    "4": "no usable verdict from the platform",
    "5": "timeout or stall-timeout reached",
    **_SIGNALS,
}
_NO_FILE = {"2": "inputs, a file or a command line that cannot be used"}
_DOCUMENT_EXIT_CODES = {"2": "a file or a command line that cannot be used"}
_UNWRITTEN = {"4": "the output cannot be written"}
EXIT_CODES = {
    "": {**_GATE_EXIT_CODES, "0": "passed, tolerated or skipped", "5": "timeout"},
    "run": _GATE_EXIT_CODES,
    "demo": _GATE_EXIT_CODES,
    "report": {**_GATE_EXIT_CODES, **_NO_FILE},
    "merge": {
        **_GATE_EXIT_CODES,
        **_NO_FILE,
        "4": "no usable verdict: in one of the reports, or because they contradict each other or lack a test suite",
    },
    "diff": {
        "0": "nothing is new",
        "1": "something is new",
        **_DOCUMENT_EXIT_CODES,
        "4": "NEW has no verdict on failures, lacks a test suite of OLD, one of them contradicts itself, or the output "
        "cannot be written",
        **_SIGNALS,
    },
    "quarantine": {"0": "the entries were printed", **_DOCUMENT_EXIT_CODES, **_UNWRITTEN, **_SIGNALS},
    "doctor": {
        "0": "no check failed; there may be warnings",
        "2": "inputs, suite files or a folder that cannot be used, or a command line",
        "3": "credentials or scope rejected, or a wrong clock",
        "4": "the platform cannot be reached, or does not know a test suite",
        **_SIGNALS,
    },
    "shape": {"0": "the structure was printed", **_DOCUMENT_EXIT_CODES, **_UNWRITTEN, **_SIGNALS},
    "simulate": {"0": "a signal ended it", "2": "a scenario, a port or a command line that cannot be used"},
    "help": {"0": "the help was printed", "2": "no such command"},
    "version": {"0": "the versions were printed", "2": "a command line that cannot be used"},
}
# What stands beside the title of the exit codes.
_EXIT_CODE_NOTES = {
    "": " of run (the help of each command names its own)",
    "doctor": " (the lowest of the failed checks)",
}
_VARIABLES = "Each input is an option or a variable: {}. Options win over variables."
_PROXY = "HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE and SSL_CERT_FILE are honored."
# Their help says above all options that each is a variable, too.
RULE_ABOVE = ("run", "report", "merge")


class Help(argparse.RawDescriptionHelpFormatter):
    """Help for 80 columns or more. It never breaks an option's name at a hyphen."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=_TEXT_COLUMN, width=_width())

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _wrapped(text, width)

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        """The placeholder of a value. It does not repeat the words that the option's text explains."""
        shown = super()._format_args(action, default_metavar)
        words = shown[1:-1].split(",") if shown.startswith("{") else []
        return "WORD" if words and all(word in (action.help or "") for word in words) else shown


def overview(commands: Mapping[str, str]) -> str:
    """The help of koregate itself, with one line for each command."""
    options = {"-h, --help": "show this help", "-V, --version": "show the versions of koregate and Python"}
    parts = [
        "usage: koregate [COMMAND] [OPTIONS]",
        paragraph("The merge gate for Kore.ai conversation and batch test suites."),
        rows("Commands", commands),
        rows("Options", options),
        epilog(""),
    ]
    return "\n\n".join(parts)


def epilog(command: str) -> str:
    """The text below the options of a command, or of koregate itself."""
    parts = [] if command else [examples(command)]
    parts.append(rows(f"Exit codes{_EXIT_CODE_NOTES.get(command, '')}", EXIT_CODES[command]))
    if command in ("", "run", "doctor"):
        text = _PROXY if command in RULE_ABOVE else f"{variables(command)} {_PROXY}"
        parts.append(f"Environment:\n{textwrap.indent(paragraph(text), '  ')}")
    pages = [f"{DOCS}/blob/HEAD/docs/{page}.md" for page in _PAGES.get(command, ())]
    return "\n\n".join([*parts, _documentation(pages)])


def variables(command: str) -> str:
    """The sentences about inputs as variables, with an option that the command has."""
    if command in ("report", "merge"):
        return _VARIABLES.format("--report-dir is KOREGATE_REPORT_DIR")
    return _VARIABLES.format("--test-suites is KOREGATE_TEST_SUITES, with one name per line")


def examples(command: str) -> str:
    """The examples of a command, or of koregate itself. Empty if it has none."""
    lines = [f"  {example}" for example in EXAMPLES.get(command, ())]
    return "\n".join(["Examples:", *lines]) if lines else ""


def _documentation(pages: Sequence[str]) -> str:
    """The addresses to read more at. An address is never wrapped, so that it can be followed."""
    if len(pages) > 1:
        return "\n".join(["Documentation:", f"  {DOCS}", *(f"  {page}" for page in pages)])
    return f"Documentation: {pages[0] if pages else DOCS}"


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
