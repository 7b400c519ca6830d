"""The steps of all suites as HTML list items. Failed steps get the room of the page first, then the others."""

from collections import Counter
from collections.abc import Sequence

from koregate.judging.cases import Outcome, overall
from koregate.judging.results import BlockingStep, StepResult, SuiteResult
from koregate.reports.figures_text import step_noun
from koregate.reports.page_message import escaped
from koregate.reports.page_step import MAX_RESPONSES, SIGNS, Cause, step_item
from koregate.text import one_line

# The maximum bytes of an item without a conversation, and of an item for several steps.
_SHORT_BYTES, _RANGE_BYTES = 400, 250
# The tags of a fold around a series of passed steps.
_FOLD_BYTES = 200
# A shorter series of passed steps is not folded. The step before a failed one stays outside as its context.
_LEAST_FOLDED = 3
_MAX_INPUT = 80
# Hardly any step fits into less room than this.
_LEAST_ROOM = 2_000
# If there is less room than this, a step is rendered only if its texts fit.
_MUCH_ROOM = 2_000_000
_RED = (Outcome.FAILED, Outcome.ERROR, Outcome.TOLERATED)
_WORST_FIRST = (Outcome.FAILED, Outcome.ERROR, Outcome.TOLERATED, Outcome.SKIPPED, Outcome.PASSED)


def anchor(suite: int, step: int) -> str:
    """The id of a step on the page."""
    return f"s{suite}-step-{step}"


def step_lists(suites: Sequence[tuple[int, SuiteResult]], room: int, *, has_baseline: bool = False) -> list[list[str]]:
    """The items of each suite, in the order of its steps, in about `room` bytes together.

    If there is no room for the conversation of a failed step, it is listed without it. Other steps are only counted.
    """
    outcomes = [[overall(step.cases) for step in suite.steps] for _, suite in suites]
    items: list[dict[int, str]] = [{} for _ in suites]
    failed = _places(suites, outcomes, _RED)
    reserved = min(len(failed) * (_SHORT_BYTES + _RANGE_BYTES), room // 2)
    room -= reserved
    for index, place in failed:
        step = suites[index][1].steps[place]
        room = _add(items[index], suites[index], step, room - _RANGE_BYTES, has_baseline=has_baseline)
        if room < _LEAST_ROOM:
            break
    room += reserved
    for index, place in failed:
        if place not in items[index] and room > _SHORT_BYTES:
            number, suite = suites[index]
            items[index][place] = item = _short_item(number, suite.steps[place], outcomes[index][place])
            room -= len(item.encode()) + _RANGE_BYTES
    for index, place in _places(suites, outcomes, (Outcome.PASSED, Outcome.SKIPPED)):
        step = suites[index][1].steps[place]
        room -= 0 if place - 1 in items[index] and outcomes[index][place - 1] not in _RED else _FOLD_BYTES
        room = _add(items[index], suites[index], step, room, has_baseline=has_baseline)
        if room < _LEAST_ROOM or place not in items[index]:
            break
    return [
        _in_order(number, suite, shown, of) for (number, suite), shown, of in zip(suites, items, outcomes, strict=True)
    ]


def _places(
    suites: Sequence[tuple[int, SuiteResult]], outcomes: list[list[Outcome]], wanted: tuple[Outcome, ...]
) -> list[tuple[int, int]]:
    """The suite and the index of every returned step with one of these outcomes."""
    return [
        (index, place)
        for index, (_, suite) in enumerate(suites)
        for place, step in enumerate(suite.steps)
        if step.returned and outcomes[index][place] in wanted
    ]


def _add(
    items: dict[int, str], numbered: tuple[int, SuiteResult], step: StepResult, room: int, *, has_baseline: bool
) -> int:
    """Add the complete item of a step if there is room for it. Returns the remaining room."""
    number, suite = numbered
    if room < _MUCH_ROOM and sum(len(pair.actual or "") for pair in step.pairs[:MAX_RESPONSES]) > room:
        return room
    item = step_item(
        anchor(number, step.number),
        step,
        suite,
        cause=_cause_of(number, suite, step),
        has_baseline=has_baseline,
    )
    left = room - len(item.encode())
    if left < 0:
        return room
    items[step.number - 1] = item
    return left


def _cause_of(number: int, suite: SuiteResult, step: StepResult) -> Cause:
    """What likely caused the failures of a step. What blocks decides, if anything does."""
    blocking = [case for case in step.cases if case.is_blocking]
    told = blocking or [case for case in step.cases if case.is_told]
    if not told:
        return Cause()
    found = BlockingStep(suite, step, told)
    return Cause(found.caused_by, anchor(number, found.caused_by), found.is_consequence)


def _short_item(suite: int, step: StepResult, outcome: Outcome) -> str:
    name = anchor(suite, step.number)
    said = f' <q dir="auto">{escaped(one_line(step.input, _MAX_INPUT))}</q>' if step.input else ""
    mark = f'<span class="mark">{SIGNS[outcome]} {outcome}</span>'
    return f'<li id="{name}" class="{outcome}"><a href="#{name}">#{step.number}</a><p>{mark}{said}</p></li>\n'


def _in_order(number: int, suite: SuiteResult, items: dict[int, str], outcomes: list[Outcome]) -> list[str]:
    """The items of a suite, with one item for each sequence of steps without items."""
    ordered: list[str] = []
    series: list[int] = []
    left_out: list[int] = []
    for place, step in enumerate(suite.steps):
        if not step.returned:
            continue
        if place not in items:
            ordered += _series(suite, items, series, outcomes)
            series = []
            left_out.append(place)
            continue
        ordered += _left_out(number, suite, left_out, outcomes)
        left_out = []
        is_flaky = bool(suite.earlier_runs) and any(case.earlier_failures for case in step.cases)
        if outcomes[place] in _RED or is_flaky:
            context = series[-1:]
            ordered += _series(suite, items, series[: len(series) - len(context)], outcomes)
            ordered += [items[before] for before in context]
            ordered.append(items[place])
            series = []
        else:
            if series and outcomes[series[-1]] is not outcomes[place]:
                ordered += _series(suite, items, series, outcomes)
                series = []
            series.append(place)
    rest = _series(suite, items, series, outcomes)
    return [*ordered, *rest, *_left_out(number, suite, left_out, outcomes)]


def _series(suite: SuiteResult, items: dict[int, str], places: list[int], outcomes: list[Outcome]) -> list[str]:
    """The items of a series of steps with one outcome, folded into one item if there are many."""
    shown = [items[place] for place in places]
    if len(shown) < _LEAST_FOLDED:
        return shown
    first, last = suite.steps[places[0]].number, suite.steps[places[-1]].number
    outcome = outcomes[places[0]]
    counted = f"{len(shown)} {outcome} {step_noun(suite)}s"
    title = f'<b class="mark {outcome}">{SIGNS[outcome]} {counted}</b> ({first} to {last})'
    start = f'<li class="series"><details><summary>{title}</summary><ol class="steps" role="list">\n'
    return [f"{start}{''.join(shown)}</ol></details></li>\n"]


def _left_out(number: int, suite: SuiteResult, places: list[int], outcomes: list[Outcome]) -> list[str]:
    if not places:
        return []
    first, last = suite.steps[places[0]].number, suite.steps[places[-1]].number
    counts = Counter(outcomes[place] for place in places)
    present = [outcome for outcome in _WORST_FIRST if counts[outcome]]
    counted = ", ".join(f"{counts[outcome]} {outcome}" for outcome in present)
    subject = f"Step {first} is" if first == last else f"Steps {first} to {last} are"
    name, worst = anchor(number, first), present[0]
    note = f"{subject} not shown, because the page is full. See report.json."
    text = f'<span class="mark">{SIGNS[worst]} {counted}</span> {note}'
    return [f'<li id="{name}" class="{worst}"><a href="#{name}">#{first}</a><p>{text}</p></li>\n']
