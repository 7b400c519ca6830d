"""Problems between several report.json files: repetitions, different targets, and unexpected suites.

Every function yields one line per finding.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from koregate.judging.results import GATE, SuiteResult
from koregate.redaction.exact_names import ADVICE, is_exact
from koregate.reports.report_json_checks import quoted, quoted_or_unknown
from koregate.runs.record import Target
from koregate.text import visible

_MAX_LISTED = 50
_MAX_VALUES = 5
_TARGET_NAMES = ("host", "stream id", "bot version", "bot language")


def repeated_files(paths: Iterable[str]) -> Iterator[str]:
    """Repeated files."""
    if again := _repeated(paths):
        yield f"These files are given more than once: {_listed(again)}. Give each file once."


def repetitions(reports: Sequence[Sequence[SuiteResult]]) -> Iterator[str]:
    """Repeated test runs and test suites. Each report is given with its suites.

    A name that is not exact may be there more than once in one report: a job runs each of its suites once, so these are
    different suites. In two reports they may be the same.
    """
    if again := _repeated(run_id for suites in reports for suite in suites for run_id in suite.run_ids):
        yield f"These test runs are in the reports more than once: {_listed(again)}. Give each report once."
    if again := _repeated(name for suites in reports for name in _names_to_tell_apart(suites)):
        yield (
            f"These test suites are in the reports more than once: {_listed(again)}. Run each test suite in one job "
            f"only, and give its report once.{_advice(again)}"
        )


def _names_to_tell_apart(suites: Sequence[SuiteResult]) -> Iterator[str]:
    names = [suite.suite for suite in suites if not is_gate(suite)]
    yield from filter(is_exact, names)
    yield from {name for name in names if not is_exact(name)}


def _advice(names: Iterable[str]) -> str:
    """What to do about names that several suites may have."""
    return "" if all(map(is_exact, names)) else f" Several suites may have such a name in reports. {ADVICE}"


def differences(targets: Sequence[tuple[str, Target]]) -> Iterator[str]:
    """Differences in what the reports tested. Each target is given with the path of its report."""
    for place, name in enumerate(_TARGET_NAMES):
        values: dict[str | None, str] = {}
        for path, target in targets:
            values.setdefault(target[place], path)
        if len(values) > 1:
            listed = ", ".join(
                f"{quoted_or_unknown(value)} in {quoted(path)}" for value, path in list(values.items())[:_MAX_VALUES]
            )
            yield f"The reports differ in their {name}: {listed}. Merge only reports with the same {name}."


def unexpected_suites(suites: Sequence[SuiteResult], expected: Sequence[str]) -> Iterator[str]:
    """Expected test suites that are missing, and unexpected ones. `repetitions` finds the repeated ones.

    A suite whose name is not exact is none of those that are expected.
    """
    names = dict.fromkeys(map(visible, expected))
    given = dict.fromkeys(suite.suite for suite in suites if not is_gate(suite))
    if missing := [name for name in names if name not in given or not is_exact(name)]:
        several = " Write one name per line in expect-suites." if any("," in name for name in missing) else ""
        yield f"These test suites are expected but missing: {_listed(missing)}. Give the reports of all jobs.{several}"
    if others := [name for name in given if name not in names or not is_exact(name)]:
        only = "Give only reports of suites in expect-suites."
        yield f"These test suites are not expected: {_listed(others)}. {only}{_advice(others)}"


def untold_target(path: str, target: Target, suites: Sequence[SuiteResult]) -> Iterator[str]:
    """What a report does not say about what it tested. Only a report from single saved replies says less."""
    missing = [name for place, name in enumerate(_TARGET_NAMES) if not target[place]]
    if missing and not all(map(is_gate, suites)):
        yield (
            f"The report {quoted(path)} proves nothing: it does not have its {', '.join(missing)}. Give the report of "
            "a job that ran its test suites, or rebuild it from a raw folder."
        )


def is_gate(suite: SuiteResult) -> bool:
    """Whether the suite represents the job itself: one without suites, or one whose reports could not be written."""
    return suite.suite == GATE and not suite.run_id and not suite.steps and suite.platform_status is None


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, number in Counter(names).items() if number > 1]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_LISTED} more" if names[_MAX_LISTED:] else ""
    return ", ".join(map(quoted, names[:_MAX_LISTED])) + more
