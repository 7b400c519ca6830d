"""The suites that ran more than once, in words: for the log, the summary, the comment and the page."""

from collections.abc import Iterator

from koregate.judging.cases import ADDED_KINDS, EarlierRun, Outcome, TestCase
from koregate.judging.results import JobResult, SuiteResult
from koregate.reports.figures_text import step_noun
from koregate.reports.log_line import plural, short_name
from koregate.text import number_list, one_line
from koregate.verdicts import Verdict

_MAX_SUITES = 10
_MAX_LINE = 500
_MAX_RUN_ID = 60
# How a run without a result ended. A signal leaves one that was not even started.
_WORDS = {
    Verdict.ERROR: "gave no usable verdict",
    Verdict.TIMEOUT: "timed out",
    Verdict.CANCELLED: "was canceled",
}


def retry_text(job: JobResult) -> str:
    """How many suites ran again. Empty if none did."""
    again = sum(bool(suite.earlier_runs) for suite in job.suites)
    return f"{plural(again, 'suite')} ran again." if again else ""


def retry_lines(job: JobResult) -> Iterator[str]:
    """How each run of the suites ended that ran more than once, a line for each suite."""
    again = [suite for suite in job.suites if suite.earlier_runs]
    for suite in again[:_MAX_SUITES]:
        yield one_line(f"{short_name(suite.name)} ran {_how_it_ran(suite)}", _MAX_LINE)
    if more := len(again) - _MAX_SUITES:
        yield from [f"… and {plural(more, 'more suite')} that ran again. See report.json."] if more > 0 else []


def earlier_runs_text(suite: SuiteResult) -> str:
    """The earlier runs of a suite with their ids."""
    return ", ".join(f"{one_line(run.run_id, _MAX_RUN_ID)} ({run.verdict})" for run in suite.earlier_runs)


def _how_it_ran(suite: SuiteResult) -> str:
    """How often the suite ran and how its runs ended. If no step failed in two of them, it says that."""
    times = f"{len(suite.earlier_runs) + 1} times"
    if steps := _moving_steps(suite):
        places = [number_list(numbers) for numbers in steps]
        noun = step_noun(suite)
        if all(len(numbers) == 1 for numbers in steps):
            where = f"another {noun}: {', '.join(places[:-1])} and {places[-1]}"
        else:
            where = f"other {noun}s: {', then '.join(places)}"
        return f"{times}, and each run failed at {where}. The bot's answers vary from run to run."
    runs = [*map(_earlier, suite.earlier_runs), _last(suite)]
    return f"{times}: {', '.join(f'run {number} {text}' for number, text in enumerate(runs, 1))}."


def _moving_steps(suite: SuiteResult) -> list[list[int]]:
    """The numbers of the steps in which each run failed. Empty unless every run failed, and no step in two of them."""
    runs: list[dict[tuple[str, int], int]] = []
    for run in suite.earlier_runs:
        if run.verdict is not Verdict.FAILED:
            return []
        runs.append({(identity.input, identity.occurrence): failure.step for identity, failure in run.failures})
    if suite.verdict in _WORDS:
        return []
    failed = [(identity, case) for identity, case in suite.identified_cases if _failed_last(case)]
    runs.append({(identity.input, identity.occurrence): case.step for identity, case in failed})
    places = [place for run in runs for place in run]
    # A failure of the run itself has no step.
    if not all(run and all(run.values()) for run in runs) or len(places) > len({*places}):
        return []
    return [sorted({*run.values()}) for run in runs]


def _earlier(run: EarlierRun) -> str:
    if run.verdict is not Verdict.FAILED:
        return _WORDS.get(run.verdict, str(run.verdict))
    return f"failed in {plural(len(run.failures), 'test case')}"


def _last(suite: SuiteResult) -> str:
    """How the last run ended before policy."""
    if suite.verdict in _WORDS:
        return _WORDS[suite.verdict]
    failed = sum(map(_failed_last, suite.cases))
    return f"failed in {plural(failed, 'test case')}" if failed else "passed"


def _failed_last(case: TestCase) -> bool:
    """Whether the case failed in the last run before policy."""
    return case.judged is Outcome.FAILED and case.kind not in ADDED_KINDS
