"""The job outputs as variables, in a form that shells, GitLab, Jenkins and Bitbucket all read in the same way."""

import re
from collections.abc import Mapping

FILE = "outputs.env"

# Characters that every reader leaves unchanged. A POSIX shell does not expand or split them, GitLab has no quotes to
# keep and no $NAME or %NAME% to expand (gitlab, lib/expand_variables.rb), and Java sees no backslash and only Latin-1
# (java.util.Properties).
_SAFE = re.compile(r"[A-Za-z0-9_./:@+,-]*")
# KOREGATE_TEST_RUN_IDS is an input: an output with that name would make a later job attach to this run.
_RENAMED = {"test-run-ids": "run-ids"}
# JSON, which some readers would change. The names in it are in report.json.
_LEFT_OUT = {"failed-tests", "failed-suites", "failure-classes"}
# The outputs in outputs.env. GitLab accepts at most twenty variables (docs.gitlab.com, artifacts:reports:dotenv).
_IN_FILE = (
    *("verdict", "exit-code", "test-run-ids", "total", "passed", "failed", "errors", "skipped"),
    *("steps-total", "steps-passed", "steps-failed", "pass-rate", "duration-seconds"),
    *("junit-path", "json-path", "html-path"),
    *("tolerated", "flaky-tests", "new-failures", "known-failures"),
)
# GitLab rejects a dotenv report of 5 KB or more (gitlab, parse_dotenv_artifact_service.rb).
_SIZE = 5 * 1024
_PREFIX = "KOREGATE_"


def plain_values(outputs: Mapping[str, str]) -> dict[str, str]:
    """The job outputs under names of letters and underscores, with values on one line that no reader interprets.

    Commas join the lines of a value. A value with other characters becomes empty. If all values together are too long,
    the longest become empty.
    """
    values = {
        _RENAMED.get(name, name).replace("-", "_"): _plain(value)
        for name, value in outputs.items()
        if name not in _LEFT_OUT
    }
    while len(lines({_variable(name): value for name, value in values.items()})) >= _SIZE and any(values.values()):
        values[max(values, key=lambda name: len(values[name]))] = ""
    return values


def variables(outputs: Mapping[str, str]) -> dict[str, str]:
    """The same under the names of environment variables: KOREGATE_VERDICT and so on."""
    return {_variable(name): value for name, value in plain_values(outputs).items()}


def file_variables(outputs: Mapping[str, str]) -> dict[str, str]:
    """The variables of outputs.env: at most twenty of them."""
    return variables({name: outputs[name] for name in _IN_FILE if name in outputs})


def render(outputs: Mapping[str, str]) -> str:
    """outputs.env."""
    return lines(file_variables(outputs))


def lines(variables: Mapping[str, str]) -> str:
    """Variables as the lines of a file that a shell can source, and that is valid dotenv and valid Java properties."""
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def _plain(value: str) -> str:
    joined = value.replace("\n", ",")
    return joined if _SAFE.fullmatch(joined) else ""


def _variable(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"
