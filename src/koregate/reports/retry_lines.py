"""The suites that ran more than once, in words: for the log, the summary, the comment and the page."""

from collections.abc import Iterator

from koregate.judging.cases import EarlierRun
from koregate.judging.moving_failures import failed_last, failed_steps_by_run
from koregate.judging.results import JobResult, SuiteResult
from koregate.reports.figures_text import step_noun
from koregate.reports.log_line import plural, short_name
from koregate.reports.run_names import runs_text
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
    """How often the suite ran and how its runs ended. If no step failed in two of them, where each run failed."""
    times = f"{len(suite.earlier_runs) + 1} times" if suite.earlier_runs[1:] else "twice"
    if steps := failed_steps_by_run(suite):
        noun = step_noun(suite)
        places = [f"{noun}{'s' if numbers[1:] else ''} {number_list(numbers)}" for numbers in steps]
        runs = [f"run {number} at {place}" for number, place in enumerate(places, 1)]
        first = runs[0].replace(" at ", " failed at ", 1)
        return f"{times}: {runs_text([first, *runs[1:]])}. The bot's answers vary from run to run."
    runs = [*map(_earlier, suite.earlier_runs), _last(suite)]
    return f"{times}: {', '.join(f'run {number} {text}' for number, text in enumerate(runs, 1))}."


def _earlier(run: EarlierRun) -> str:
    if run.verdict is not Verdict.FAILED:
        return _WORDS.get(run.verdict, str(run.verdict))
    return f"failed in {plural(len(run.failures), 'test case')}"


def _last(suite: SuiteResult) -> str:
    """How the last run ended before policy."""
    if suite.verdict in _WORDS:
        return _WORDS[suite.verdict]
    failed = sum(map(failed_last, suite.cases))
    return f"failed in {plural(failed, 'test case')}" if failed else "passed"
