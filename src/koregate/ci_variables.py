"""The variables by which each CI system is recognized, and whether they contradict each other.

An earlier step or job can set the variables of a second CI system, or make those of its own blank.
"""

from collections.abc import Mapping
from typing import NamedTuple

_MAX_VALUE = 40


class Sign(NamedTuple):
    """A variable that a CI system sets in every job: to this value, in any case, or to any value if it is empty.

    `with_any_of` names others of the system, if the variable is also set on machines that only talk to it.
    """

    variable: str
    value: str = ""
    with_any_of: tuple[str, ...] = ()


# From each system's list of predefined variables, and for Jenkins from its handbook, "Using environment variables".
SIGNS = (
    Sign("GITHUB_ACTIONS", "true"),
    Sign("GITLAB_CI", "true"),
    Sign("TF_BUILD", "true"),
    Sign("CIRCLECI", "true"),
    Sign("BUILDKITE", "true"),
    Sign("BITBUCKET_BUILD_NUMBER"),
    Sign("JENKINS_URL", with_any_of=("BUILD_TAG", "BUILD_URL", "JOB_NAME")),
)


def recognized(environ: Mapping[str, str]) -> list[str]:
    """The variable of each CI system whose job this may be, in the order of `SIGNS`."""
    matching = [sign for sign in SIGNS if _matches(sign, environ.get(sign.variable, ""))]
    return [sign.variable for sign in matching if len(matching) == 1 or _is_confirmed(sign, environ)]


def contradicted(environ: Mapping[str, str]) -> list[str]:
    """The variable of each CI system that is set, but not to what the system sets: a blank one, for example."""
    return [
        sign.variable
        for sign in SIGNS
        if sign.variable in environ and not _matches(sign, environ[sign.variable]) and _is_confirmed(sign, environ)
    ]


def doubts(environ: Mapping[str, str]) -> str:
    """A sentence that names the variables if it is not certain which CI system runs the job, or an empty text."""
    systems, wrong = recognized(environ), contradicted(environ)
    several = f"{' and '.join(systems)} name different CI systems." if len(systems) > 1 else ""
    others = (f"{name} is {_quoted(environ[name])}, but {_expected(name)} in a job of its CI system." for name in wrong)
    return " ".join(filter(None, [several, *others]))


def _quoted(value: str) -> str:
    shown = value if len(value) <= _MAX_VALUE else f"{value[: _MAX_VALUE - 1]}…"
    return f'"{shown}"' if value.strip() else "blank"


def _expected(name: str) -> str:
    value = next(sign.value for sign in SIGNS if sign.variable == name)
    return f'"{value}"' if value else "never"


def _matches(sign: Sign, value: str) -> bool:
    return value.lower() == sign.value if sign.value else bool(value.strip())


def _is_confirmed(sign: Sign, environ: Mapping[str, str]) -> bool:
    return not sign.with_any_of or any(name in environ for name in sign.with_any_of)
