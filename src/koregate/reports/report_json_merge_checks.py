"""Problems between several report.json files: repetitions, different targets or jobs, and unexpected suites.

Every function that checks something yields one line per finding.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from koregate.judging.facts import CIFacts
from koregate.judging.results import SuiteResult
from koregate.policy.baseline import TOLERATED_SKEW
from koregate.redaction.exact_names import ADVICE, is_exact
from koregate.reports.log_line import plural
from koregate.reports.report_json_checks import quoted, quoted_or_unknown
from koregate.runs.record import Target
from koregate.text import visible
from koregate.verdicts import NO_RESULT

_MAX_LISTED = 50
_MAX_VALUES = 5
_SHORT_COMMIT = 12
_OLD = timedelta(days=1)
_TARGET_NAMES = ("host", "stream id", "bot version", "bot language")


class Finding(NamedTuple):
    """What keeps reports from proving anything, and what to do about it, each in sentences.

    `alone` is the advice for readers who do not have the text before it, if it is another one.
    """

    text: str
    advice: str
    alone: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.advice}"


def repetitions(reports: Sequence[Sequence[SuiteResult]]) -> Iterator[Finding]:
    """Repeated test runs and test suites. Each report is given with its suites.

    A name that is not exact may be there more than once in one report: a job runs each of its suites once, so these are
    different suites. In two reports they may be the same.
    """
    if again := _repeated(run_id for suites in reports for suite in suites for run_id in suite.run_ids):
        yield Finding(f"{_are_there_again('test run', again)}.", "Give each report to `koregate merge` once.")
    if again := _repeated(name for suites in reports for name in _names_to_tell_apart(suites)):
        yield Finding(
            f"{_are_there_again('test suite', again)}.",
            f"Run each test suite in one job only.{_advice(again)}",
        )


def _are_there_again(noun: str, names: Sequence[str]) -> str:
    return f"{plural(len(names), noun)} {'are' if names[1:] else 'is'} in the reports more than once: {_listed(names)}"


def _names_to_tell_apart(suites: Sequence[SuiteResult]) -> Iterator[str]:
    names = [suite.suite for suite in suites if not suite.is_gate]
    yield from filter(is_exact, names)
    yield from {name for name in names if not is_exact(name)}


def _advice(names: Iterable[str]) -> str:
    """What to do about names that several suites may have."""
    return "" if all(map(is_exact, names)) else f" Several suites may have such a name in reports. {ADVICE}"


def differences(targets: Sequence[tuple[str, Target]]) -> Iterator[Finding]:
    """Differences in what the reports tested. Each target is given with the path of its report."""
    for place, name in enumerate(_TARGET_NAMES):
        values = _first_with((path, target[place]) for path, target in targets)
        if len(values) > 1:
            listed = _listed_values({quoted_or_unknown(value): path for value, path in values.items()})
            text = f"The reports differ in their {name}: {listed}."
            yield Finding(text, f"Merge only reports with the same {name}.")


def different_jobs(jobs: Sequence[tuple[str, CIFacts]]) -> Iterator[Finding]:
    """Reports of different commits, or of a pull request and of none. Each is given with the path of its report.

    A report that does not say it, like one from a laptop, differs from none.
    """
    commits = _first_with((path, facts.commit) for path, facts in jobs if facts.commit)
    if len(commits) > 1:
        short = {quoted(commit[:_SHORT_COMMIT]): path for commit, path in commits.items()}
        listed = _listed_values(short if len(short) == len(commits) else {quoted(c): p for c, p in commits.items()})
        yield Finding(f"The reports are of different commits: {listed}.", "Merge only reports of one commit.")
    kinds = _first_with((path, facts.is_pull_request) for path, facts in jobs if facts.is_pull_request is not None)
    if len(kinds) > 1:
        yield Finding(
            f"The report {quoted(kinds[True])} is of a pull request, and the report {quoted(kinds[False])} is of none.",
            "Merge only reports of the same pipeline.",
        )


def is_in_future(finished: datetime | None, now: datetime) -> bool:
    """Whether a report says that it finished later than the clocks of two machines can differ."""
    return finished is not None and finished - now > TOLERATED_SKEW


def age_remark(finished: datetime | None, newest: datetime | None) -> str:
    """A remark on a report that is more than a day older than the newest one of the same merge, or an empty text."""
    if finished is None or newest is None or newest - finished <= _OLD:
        return ""
    return (
        f"This suite is from a report of {finished:%Y-%m-%d %H:%M} UTC. The newest report that was merged with it is "
        f"of {newest:%Y-%m-%d %H:%M} UTC."
    )


def unexpected_suites(suites: Sequence[SuiteResult], expected: Sequence[str]) -> Iterator[Finding]:
    """Expected test suites that are missing, and unexpected ones. `repetitions` finds the repeated ones.

    A suite whose name is not exact is none of those that are expected.
    """
    names = dict.fromkeys(map(visible, expected))
    given = dict.fromkeys(suite.suite for suite in suites if not suite.is_gate)
    if missing := [name for name in names if name not in given or not is_exact(name)]:
        several = " Write one name per line in expect-suites." if any("," in name for name in missing) else ""
        text = f"These test suites are expected but missing: {_listed(missing)}."
        yield Finding(text, f"Give the reports of all jobs.{several}")
    if others := [name for name in given if name not in names or not is_exact(name)]:
        only = "Give only reports of suites in expect-suites."
        yield Finding(f"These test suites are not expected: {_listed(others)}.", f"{only}{_advice(others)}")


def untold_target(path: str, target: Target, suites: Sequence[SuiteResult]) -> Iterator[Finding]:
    """What a report does not say about what it tested. Only a report from single saved replies says less."""
    missing = [name for place, name in enumerate(_TARGET_NAMES) if not target[place]]
    if missing and not all(suite.is_gate for suite in suites):
        yield Finding(
            f"The report {quoted(path)} proves nothing: it does not have its {', '.join(missing)}.",
            "Give the report of a job that ran its test suites, or rebuild it from a raw folder.",
        )


def tested_nothing(suites: Sequence[SuiteResult]) -> bool:
    """Whether a report is of a job that ended in an error before it knew what to test.

    One that was skipped is none of these: only that its target differs keeps it from passing for the others.
    """
    return bool(suites) and all(suite.is_gate and suite.verdict in NO_RESULT for suite in suites)


_Value = TypeVar("_Value")


def _first_with(values: Iterable[tuple[str, _Value]]) -> dict[_Value, str]:
    """Each value, with the path of the first report that has it."""
    first: dict[_Value, str] = {}
    for path, value in values:
        first.setdefault(value, path)
    return first


def _listed_values(values: Mapping[str, str]) -> str:
    """The first values, each with the path of its report."""
    return ", ".join(f"{value} in {quoted(path)}" for value, path in list(values.items())[:_MAX_VALUES])


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, number in Counter(names).items() if number > 1]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_LISTED} more" if names[_MAX_LISTED:] else ""
    return ", ".join(map(quoted, names[:_MAX_LISTED])) + more
