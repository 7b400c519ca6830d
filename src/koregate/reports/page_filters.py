"""The search and the filters of report.html. They need the script, so they are hidden until it shows them."""

from collections.abc import Collection, Sequence

from koregate.judging.cases import Outcome, overall
from koregate.judging.results import JobResult
from koregate.reports.figures_text import steps_noun
from koregate.reports.page_step import KINDS, kinds_of
from koregate.verdicts import NO_RESULT


def tools(job: JobResult, without_section: Collection[int] = ()) -> str:
    """The search, and a filter for each kind of step on the page. Kinds of the same steps share a filter.

    The suites with these numbers have no section on the page.
    """
    noun = steps_noun(job.platform_suites)
    names: dict[frozenset[tuple[int, int]], list[str]] = {}
    found = _steps(job)
    for name, steps in found.items():
        if steps:
            names.setdefault(frozenset(steps), []).append(name)
    void = sum(
        suite.verdict in NO_RESULT and number not in without_section
        for number, suite in enumerate(job.platform_suites, 1)
    )
    jumps = "<kbd>n</kbd> next failure, <kbd>p</kbd> previous one, " if found["failed"] or void else ""
    # The script shows those suites with the failed steps.
    runs = f" and suites without a result ({void})" if void else ""
    choices = "".join(
        _choice(alike[0], f"{_label(alike)} ({len(steps)}){runs if alike[0] == 'failed' else ''}")
        for steps, alike in names.items()
    )
    shown = f"<fieldset><legend>Show {noun}</legend>{_choice('all', 'all')}{choices}</fieldset>\n" if choices else ""
    return f"""<div id="tools" role="search" data-noun="{noun}" hidden>
<label>Search <kbd aria-hidden="true">/</kbd> <input id="search" type="search" aria-keyshortcuts="/"></label>
{shown}<label><input id="open" type="checkbox"> Unfold passed {noun}</label>
<p><span id="keys">Keys: <kbd>/</kbd> search, {jumps}<kbd>Esc</kbd> clear</span> <output id="found"></output></p>
</div>
"""


def _label(kinds: Sequence[str]) -> str:
    """The kinds of the same steps in words that follow "Show steps". The headline counts test cases, not steps."""
    named = " and ".join(kind for kind in kinds if kind not in ("failed", "tolerated"))
    if {"failed", "tolerated"} <= {*kinds}:
        return f"{', '.join(kinds[:-1])} and {kinds[-1]}"
    if "failed" in kinds:
        return f"failed, all {named}" if named else "failed"
    if "tolerated" in kinds:
        rules = " and ".join(kind for kind in kinds if kind not in ("new", "tolerated"))
        return f"tolerated{f' as {rules}' if rules else ''}{', all new' if 'new' in kinds else ''}"
    return f"with {named} failures" if {"new", "known"} & {*kinds} else named


def _choice(name: str, label: str) -> str:
    checked = " checked" if name == "all" else ""
    return f'<label><input type="radio" name="show" value="{name}"{checked}> {label}</label>'


def _steps(job: JobResult) -> dict[str, list[tuple[int, int]]]:
    """The numbers of suite and step for each kind. A step may belong to several kinds."""
    steps: dict[str, list[tuple[int, int]]] = {kind: [] for kind in ("failed", *KINDS)}
    has_baseline = job.policy.comparison is not None
    for number, suite in enumerate(job.suites):
        for step in suite.steps:
            is_bad = overall(step.cases) in (Outcome.FAILED, Outcome.ERROR)
            for kind in [*["failed"] * is_bad, *kinds_of(step.cases, has_baseline=has_baseline)]:
                steps[kind].append((number, step.number))
    return steps
