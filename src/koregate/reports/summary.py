"""The Markdown of a job summary: the verdict, the suites, and each failed step as a short chat."""

from collections.abc import Iterator, Sequence

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.difference import Difference, difference_of
from koregate.judging.excerpts import around
from koregate.judging.results import BlockingStep, JobResult, SuiteResult
from koregate.judging.transcript import USER, turns
from koregate.reports.figures_text import confusions_of, figures_of, step_noun, title_of
from koregate.reports.markdown import markdown
from koregate.reports.verdict_signs import SIGNS
from koregate.reports.word_diff import ADDED, REMOVED, diff_words
from koregate.runs.record import Target
from koregate.text import human_duration, one_line, shorten
from koregate.verdicts import Verdict

# GitHub shows nothing of a summary over 1 MiB; other steps of the job may write to theirs, not to ours.
MAX_BYTES = 900 * 1024
_CONTEXT_STEPS = (3, 1)
_MAX_OPEN = 10
_MAX_FACT = 300
_MAX_REMARKS = 10
_MAX_REMARK = 1000
_MAX_TURN = 600
_MAX_TEXT = 1500
_MAX_TURNS = 40
_MAX_CASES = 30
_MAX_NOTES = 20
_MAX_OTHERS = 7
_MAX_FIELDS = 10


def render(job: JobResult, largest: int = MAX_BYTES) -> str:
    """The summary in at most `largest` bytes. What passed is cut first, then the oldest turns, then the last steps."""
    head, remarks = _head(job), _remarks(job)
    largest -= _size(remarks)
    failed = [suite for suite in job.suites if suite.verdict is not Verdict.PASSED]
    tables = [
        _table(list(job.suites)) + _notes(job.suites),
        _table(failed, len(job.suites) - len(failed)) + _notes(failed),
    ]
    for table in tables:
        for context in _CONTEXT_STEPS:
            blocks, complete = _blocks(job, context, largest - _size(head) - _size(table) - 500)
            if complete:
                return "\n".join([head, table, *blocks, remarks])
    left = len(job.blocking_steps) - len(blocks)
    note = f"_{left} more failed steps did not fit. See report.html or junit.xml._\n"
    if _size(head) + _size(table) > largest:
        table = f"_{len(failed)} of {len(job.suites)} suites did not pass; their table is too long for a summary._\n"
    return "\n".join([head, table, *blocks, note, remarks])


def _remarks(job: JobResult) -> str:
    """What is worth a look and decides nothing, folded; an empty text if there is nothing."""
    told = [(suite, remark) for suite in job.suites for remark in suite.remarks]
    if not told:
        return ""
    lines = [
        f"- {markdown(shorten(suite.name, 100))}: {markdown(one_line(remark, _MAX_REMARK))}"
        for suite, remark in told[:_MAX_REMARKS]
    ]
    if more := len(told) - len(lines):
        lines.append(f"- … and {more} more. See report.html.")
    title = f"{len(told)} remark{'' if len(told) == 1 else 's'}, without influence on the verdict"
    return "\n".join([f"<details><summary>{title}</summary>\n", *lines, "\n</details>\n"])


def _size(text: str) -> int:
    return len(text.encode()) + 1


def _head(job: JobResult) -> str:
    counts, steps = job.counts, job.step_counts
    tested = _tested(job.target)
    return (
        f"## {SIGNS[job.verdict]} {title_of(job.suites)}: {job.verdict}\n\n"
        f"**{counts.passed} of {counts.total}** test cases passed ({counts.pass_rate} %): {counts.failed} failed, "
        f"{counts.errors} errors, {counts.skipped} skipped. **{steps.passed} of {steps.total}** steps passed.\n"
        f"{tested}{_last_runs(job)}"
    )


def _tested(target: Target) -> str:
    """Which bot was tested, as far as it is known."""
    facts = {"version": target.bot_version, "language": target.bot_language, "model": target.training}
    told = ", ".join(f"{name} {markdown(one_line(value, _MAX_FACT))}" for name, value in facts.items() if value)
    return f"\nTested: {told}.\n" if told else ""


def _last_runs(job: JobResult) -> str:
    """The verdicts of the last runs, oldest first, this one included."""
    if not job.facts.history:
        return ""
    verdicts = [*(run.verdict for run in job.facts.history), job.verdict]
    return f"\nLast {len(verdicts)} runs, the newest at the end: {' '.join(SIGNS[verdict] for verdict in verdicts)}\n"


def _table(suites: list[SuiteResult], left_out: int = 0) -> str:
    rows = [
        "| Suite | Verdict | Steps | Assertions | Pass rate | Duration | Test run |",
        "|---|---|---:|---:|---:|---:|---|",
        *map(_row, suites),
        "",
    ]
    if left_out:
        rows.append(f"_{left_out} suites that passed are left out._\n")
    return "\n".join(rows)


def _notes(suites: Sequence[SuiteResult]) -> str:
    """The figures of batch suites and their mistaken intents, a paragraph for each suite that has some."""
    noted = [note for suite in suites if (note := _note(suite))]
    more = [f"_{len(noted) - _MAX_NOTES} more suites have figures. See report.json._"]
    return "".join(f"\n{note}\n" for note in noted[:_MAX_NOTES] + (more if noted[_MAX_NOTES:] else []))


def _note(suite: SuiteResult) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in figures_of(suite.figures).items())
    mistaken = ", ".join(
        f"{markdown(told.expected)} → {markdown(told.actual)} ({told.times})" for told in confusions_of(suite)
    )
    parts = [
        f"{figures}." if figures else "",
        f"Most often mistaken: {mistaken}." if mistaken else "",
    ]
    text = " ".join(filter(None, parts))
    return f"**{markdown(shorten(suite.name, 100))}**: {text}" if text else ""


def _row(suite: SuiteResult) -> str:
    cells = [
        markdown(shorten(suite.name, 100)),
        f"{SIGNS[suite.verdict]} {suite.verdict}",
        f"{suite.step_counts.passed} of {suite.step_counts.total}",
        f"{suite.counts.passed} of {suite.counts.total}",
        f"{suite.counts.pass_rate} %",
        human_duration(suite.seconds) if suite.seconds else "",
        markdown(one_line(suite.run_id or "", 100)),
    ]
    return f"| {' | '.join(cells)} |"


def _blocks(job: JobResult, context: int, room: int) -> tuple[list[str], bool]:
    """A block for each failed step while there is room, and whether all are there."""
    blocks: list[str] = []
    shown = ""
    for blocking in job.blocking_steps:
        name = blocking.suite.name
        heading = f"### {markdown(shorten(name, 100))}\n\n" if name != shown else ""
        block = heading + _block(blocking, context, folded=len(blocks) >= _MAX_OPEN)
        room -= _size(block)
        if room < 0:
            return blocks, False
        blocks.append(block)
        shown = name
    return blocks, True


def _block(blocking: BlockingStep, context: int, *, folded: bool) -> str:
    """One failed step: HTML without an empty line, so that nothing in it is read as Markdown."""
    step, cases = blocking.step, blocking.cases
    title = (
        f"{step_noun(blocking.suite).capitalize()} {step.number}: {markdown(one_line(step.input, 100))}"
        if step
        else "Whole run"
    )
    kinds = ", ".join(dict.fromkeys(case.kind for case in cases if case.kind not in ("run", "step")))
    trend = f" · {step.trend}" if step and step.trend else ""
    rows = [*_chat(blocking, context), *(row for case in cases[:_MAX_CASES] for row in _case_rows(case))]
    if len(cases) > _MAX_CASES:
        rows.append(f"<tr><td></td><td></td><td>… {len(cases) - _MAX_CASES} more failed test cases</td></tr>")
    return "\n".join(
        [
            "<details>" if folded else "<details open>",
            f"<summary><b>{title}</b>{f' ({kinds})' if kinds else ''}{trend}</summary>",
            "<table>",
            *rows,
            "</table>",
            "</details>",
            "",
        ]
    )


def _chat(blocking: BlockingStep, context: int) -> Iterator[str]:
    last = blocking.step.number if blocking.step else 0
    # The newest turns matter most: the oldest are left out.
    shown = [*turns(blocking.suite.steps, last, context, stand_alone=blocking.suite.steps_stand_alone)]
    if len(shown) > _MAX_TURNS:
        yield f"<tr><td></td><td></td><td>… {len(shown) - _MAX_TURNS} messages before these</td></tr>"
    for turn in shown[-_MAX_TURNS:]:
        speaker = "👤 user" if turn.speaker == USER else "🤖 bot"
        yield f"<tr><td>{turn.step}</td><td>{speaker}</td><td>{markdown(shorten(turn.text, _MAX_TURN))}</td></tr>"


def _case_rows(case: TestCase) -> Iterator[str]:
    place = f"{case.step}.{case.response}" if case.response else ""
    label = f"❌ {case.kind}" if case.outcome is Outcome.FAILED else f"⚠️ {case.kind}"
    if case.expected == case.actual and not case.alternatives:
        yield f"<tr><td>{place}</td><td>{label}</td><td>{markdown(shorten(case.message, _MAX_TEXT))}</td></tr>"
        return
    expected, actual = _marked(difference_of(case))
    yield (
        f"<tr><td>{place}</td><td>{label}</td><td><b>expected</b><br>{expected}<br><br><b>got</b><br>{actual}</td></tr>"
    )


def _marked(told: Difference) -> tuple[str, str]:
    """Expected and actual, with the words that differ marked in texts that are alike."""
    expected, actual = (
        shorten(around(text, told.place, _MAX_TEXT), _MAX_TEXT) for text in (told.expected, told.actual)
    )
    rest = "".join(f"<br>or: {markdown(shorten(other, _MAX_TEXT))}" for other in told.others[:_MAX_OTHERS])
    if told.others[_MAX_OTHERS:]:
        rest += f"<br>or one of {len(told.others) - _MAX_OTHERS} more texts"
    note = "".join(f"<br>{markdown(str(field))}" for field in told.fields[:_MAX_FIELDS])
    if told.only:
        note = f"<br><em>differs in {told.only} only</em>"
    if not told.is_alike:
        return f"{markdown(expected)}{rest}", f"{markdown(actual)}{note}"
    pieces = diff_words(expected, actual)
    left = "".join(_marked_piece(text, marked=kind == REMOVED) for kind, text in pieces if kind != ADDED)
    right = "".join(_marked_piece(text, marked=kind == ADDED) for kind, text in pieces if kind != REMOVED)
    return f"{left}{rest}", f"{right}{note}"


def _marked_piece(text: str, *, marked: bool) -> str:
    """A piece of a text. The mark begins at the word, not at the blanks before it, unless there is nothing else."""
    if not marked:
        return markdown(text)
    word = text.lstrip(" \n") or text
    return f"{markdown(text[: len(text) - len(word)])}<ins>{markdown(word)}</ins>"
