"""The search and the filters of report.html. They need the script, so they are hidden until it shows them."""

from koregate.judging.cases import Outcome, overall
from koregate.judging.results import JobResult
from koregate.reports.figures_text import steps_noun
from koregate.reports.page_step import is_new


def tools(job: JobResult) -> str:
    """The search, and a filter for each kind of step on the page."""
    noun = steps_noun(job.suites)
    found = {name: number for name, number in _numbers(job).items() if number}
    choices = "".join(_choice(name, f"{name} {number}") for name, number in found.items())
    shown = f"<fieldset><legend>Show {noun}</legend>{_choice('all', 'all')}{choices}</fieldset>\n" if choices else ""
    return f"""<div id="tools" role="search" data-noun="{noun}" hidden>
<label>Search <kbd aria-hidden="true">/</kbd> <input id="search" type="search" aria-keyshortcuts="/"></label>
{shown}<label><input id="open" type="checkbox"> Unfold passed {noun}</label>
<p id="keys">Keys: <kbd>/</kbd> search, <kbd>n</kbd> next failure, <kbd>p</kbd> previous one, <kbd>Esc</kbd> clear</p>
<output id="found"></output>
</div>
"""


def _choice(name: str, label: str) -> str:
    checked = " checked" if name == "all" else ""
    return f'<label><input type="radio" name="show" value="{name}"{checked}> {label}</label>'


def _numbers(job: JobResult) -> dict[str, int]:
    """How many steps there are of each kind. A step may belong to several kinds."""
    numbers = dict.fromkeys(("failed", "new", "known", "flaky", "tolerated"), 0)
    has_baseline = job.policy.comparison is not None
    for suite in job.suites:
        for step in suite.steps:
            numbers["failed"] += overall(step.cases) in (Outcome.FAILED, Outcome.ERROR)
            numbers["new"] += has_baseline and any(map(is_new, step.cases))
            numbers["known"] += any(case.known_since is not None for case in step.cases)
            numbers["flaky"] += any(case.earlier_failures for case in step.cases)
            numbers["tolerated"] += any(case.outcome is Outcome.TOLERATED for case in step.cases)
    return numbers
