"""The search and the filters of report.html. They need the script, so they are hidden until it shows them."""

from collections.abc import Sequence

from koregate.judging.cases import Outcome, overall
from koregate.judging.results import JobResult
from koregate.reports.figures_text import steps_noun
from koregate.reports.page_step import is_new


def tools(job: JobResult) -> str:
    """The search, and a filter for each kind of step on the page. Kinds of the same steps share a filter."""
    noun = steps_noun(job.platform_suites)
    names: dict[frozenset[tuple[int, int]], list[str]] = {}
    found = _steps(job)
    for name, steps in found.items():
        if steps:
            names.setdefault(frozenset(steps), []).append(name)
    jumps = "<kbd>n</kbd> next failure, <kbd>p</kbd> previous one, " if found["failed"] else ""
    choices = "".join(_choice(alike[0], f"{_label(alike)} ({len(steps)})") for steps, alike in names.items())
    shown = f"<fieldset><legend>Show {noun}</legend>{_choice('all', 'all')}{choices}</fieldset>\n" if choices else ""
    return f"""<div id="tools" role="search" data-noun="{noun}" hidden>
<label>Search <kbd aria-hidden="true">/</kbd> <input id="search" type="search" aria-keyshortcuts="/"></label>
{shown}<label><input id="open" type="checkbox"> Unfold passed {noun}</label>
<p id="keys">Keys: <kbd>/</kbd> search, {jumps}<kbd>Esc</kbd> clear</p>
<output id="found"></output>
</div>
"""


def _label(kinds: Sequence[str]) -> str:
    """The kinds of the same steps in words that follow "Show steps". The headline counts test cases, not steps."""
    words = " and ".join(kind for kind in kinds if kind not in ("failed", "tolerated"))
    if not words or [*kinds] == ["flaky"]:
        return " and ".join(kinds)
    return f"with {words} failures{', tolerated' if 'tolerated' in kinds else ''}"


def _choice(name: str, label: str) -> str:
    checked = " checked" if name == "all" else ""
    return f'<label><input type="radio" name="show" value="{name}"{checked}> {label}</label>'


def _steps(job: JobResult) -> dict[str, list[tuple[int, int]]]:
    """The numbers of suite and step for each kind. A step may belong to several kinds."""
    kinds = ("failed", "new", "known", "flaky", "tolerated")
    steps: dict[str, list[tuple[int, int]]] = {kind: [] for kind in kinds}
    has_baseline = job.policy.comparison is not None
    for number, suite in enumerate(job.suites):
        for step in suite.steps:
            is_of = (
                overall(step.cases) in (Outcome.FAILED, Outcome.ERROR),
                has_baseline and any(map(is_new, step.cases)),
                any(case.known_since is not None for case in step.cases),
                any(case.earlier_failures for case in step.cases),
                any(case.outcome is Outcome.TOLERATED for case in step.cases),
            )
            for kind, is_one in zip(kinds, is_of, strict=True):
                if is_one:
                    steps[kind].append((number, step.number))
    return steps
