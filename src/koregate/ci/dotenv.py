"""The job outputs as variables, in the one form that shells, GitLab, Jenkins and Bitbucket all read alike."""

import re
from collections.abc import Mapping

FILE = "outputs.env"

# What every reader takes as it stands: a POSIX shell neither expands nor splits it, GitLab neither keeps quotes in it
# nor expands $NAME and %NAME% (gitlab, lib/expand_variables.rb), Java finds no backslash and nothing beyond Latin-1
# (java.util.Properties).
_SAFE = re.compile(r"[A-Za-z0-9_./:@+,-]*")
# The input test-run-ids is KOREGATE_TEST_RUN_IDS: an output of that name would make a later gate attach to this run.
_RENAMED = {"test-run-ids": "run-ids"}
# JSON: no reader takes it as it stands, and the names in it stay in report.json.
_LEFT_OUT = {"failed-tests", "failed-suites", "failure-classes"}
# What outputs.env holds. GitLab takes twenty variables at most (docs.gitlab.com, artifacts:reports:dotenv).
_IN_FILE = (
    *("verdict", "exit-code", "test-run-ids", "total", "passed", "failed", "errors", "skipped"),
    *("steps-total", "steps-passed", "steps-failed", "pass-rate", "duration-seconds"),
    *("junit-path", "json-path", "html-path"),
    *("tolerated", "flaky-tests", "new-failures", "known-failures"),
)
# GitLab refuses a dotenv report of 5 KB or more (gitlab, parse_dotenv_artifact_service.rb).
_SIZE = 5 * 1024
_PREFIX = "KOREGATE_"


def plain_values(outputs: Mapping[str, str]) -> dict[str, str]:
    """The job outputs by names of letters and underscores, with values of one line that no reader interprets.

    Lines are joined by commas. A value with other characters is left empty. If all together are too long, the longest
    are left empty.
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
    """The same by the names of environment variables: KOREGATE_VERDICT and so on."""
    return {_variable(name): value for name, value in plain_values(outputs).items()}


def file_variables(outputs: Mapping[str, str]) -> dict[str, str]:
    """The variables of outputs.env: at most twenty of them."""
    return variables({name: outputs[name] for name in _IN_FILE if name in outputs})


def render(outputs: Mapping[str, str]) -> str:
    """outputs.env."""
    return lines(file_variables(outputs))


def lines(variables: Mapping[str, str]) -> str:
    """Variables as the lines of a file: to be sourced by a shell, or read as dotenv or as Java properties."""
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def _plain(value: str) -> str:
    joined = value.replace("\n", ",")
    return joined if _SAFE.fullmatch(joined) else ""


def _variable(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"
